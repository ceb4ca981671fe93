// Anthropic's messages, as a body and as events. Shapes and order follow
// docs.anthropic.com/en/api/messages-streaming.
#include "core/strings.hpp"
#include "simulate/wire.hpp"

namespace pontage::simulate {

// A real signature is an opaque base64 text; this one is bound to the answer, so that a test can
// see whose it is.
std::string block_signature(const Wire& wire) {
  return "c2ltdWxhdGVk" + wire.answer.id + "==";
}

std::string_view stop_reason(const Choice& choice) {
  if (!choice.finish_as.empty()) return choice.finish_as;
  switch (choice.finish) {
    case Finish::kStop:
      return "end_turn";
    case Finish::kLength:
      return "max_tokens";
    case Finish::kTools:
      return "tool_use";
    case Finish::kStopSequence:
      return "stop_sequence";
    case Finish::kRefusal:
      return "refusal";
  }
  return "end_turn";
}

bool is_shown(const Block& block) {
  return block.kind == Block::Kind::kTool || block.pieces.count() > 0;
}

// The index of a block among those that are shown.
std::string block_index(const Wire& wire, std::size_t block) {
  std::size_t index = 0;
  for (std::size_t i = 0; i < block; ++i)
    index += is_shown(wire.answer.choices[0].blocks[i]) ? 1 : 0;
  return std::to_string(index);
}

namespace {

using Kind = EventSpec::Kind;

void append_usage(const Answer& answer, std::int64_t output, std::string& out) {
  out +=
      R"("usage":{"input_tokens":)" + std::to_string(answer.prompt_tokens - answer.cached_tokens);
  out += R"(,"cache_creation_input_tokens":0,"cache_read_input_tokens":)" +
         std::to_string(answer.cached_tokens);
  out += R"(,"output_tokens":)" + std::to_string(output);
  out += '}';
}

void append_stop(const Choice& choice, std::string& out) {
  out += R"("stop_reason":")";
  out += stop_reason(choice);
  out += R"(","stop_sequence":)";
  if (choice.finish == Finish::kStopSequence) {
    append_json_string(out, choice.stop_sequence);
  } else {
    out += "null";
  }
}

void append_message_head(const Wire& wire, std::string& out) {
  out += R"({"id":"msg_)" + wire.answer.id + R"(","type":"message","role":"assistant","model":)";
  append_json_string(out, wire.answer.model);
}

// A whole block, as a body has it; in a stream (`open`) the block as it starts.
void append_block(const Wire& wire, const Block& block, bool open, std::string& out) {
  const auto text = [&](std::string_view value) {
    append_json_string(out, open ? std::string_view() : value);
  };
  if (block.kind == Block::Kind::kTool) {
    out += R"({"type":"tool_use","id":)";
    append_json_string(out, block.id);
    out += R"(,"name":)";
    append_json_string(out, block.name);
    out += R"(,"input":)";
    out += open || block.pieces.text.empty() ? "{}" : block.pieces.text;
    out += '}';
  } else if (block.kind == Block::Kind::kThinking) {
    out += R"({"type":"thinking","thinking":)";
    text(block.pieces.text);
    out += R"(,"signature":)";
    text(block_signature(wire));
    out += '}';
  } else {
    out += R"({"type":"text","text":)";
    text(block.pieces.text);
    out += '}';
  }
}

void append_delta(const Block& block, std::uint32_t piece, std::string& out) {
  switch (block.kind) {
    case Block::Kind::kThinking:
      out += R"({"type":"thinking_delta","thinking":)";
      break;
    case Block::Kind::kTool:
      out += R"({"type":"input_json_delta","partial_json":)";
      break;
    case Block::Kind::kText:
    case Block::Kind::kRefusal:
      out += R"({"type":"text_delta","text":)";
      break;
  }
  append_json_string(out, block.pieces.piece(piece));
  out += '}';
}

void append_message_start(const Wire& wire, std::string& out) {
  out += R"({"type":"message_start","message":)";
  append_message_head(wire, out);
  out += R"(,"content":[],"stop_reason":null,"stop_sequence":null)";
  if (wire.usage != UsageStyle::kNone) {
    out += ',';
    append_usage(wire.answer, 1, out);
  }
  out += "}}";
}

void append_message_delta(const Wire& wire, std::string& out) {
  out += R"({"type":"message_delta","delta":{)";
  append_stop(wire.answer.choices[0], out);
  out += '}';
  if (wire.usage != UsageStyle::kNone) {
    out += ',';
    append_usage(wire.answer, wire.answer.completion_tokens, out);
  }
  out += '}';
}

}  // namespace

std::vector<EventSpec> anthropic_events(const Wire& wire, bool interleave) {
  std::vector<EventSpec> events;
  const auto add = [&](Kind kind, std::size_t block = 0, std::uint32_t piece = 0) {
    events.push_back(
        {kind, kind == Kind::kDelta, false, 0, static_cast<std::uint16_t>(block), piece});
  };
  const Choice& choice = wire.answer.choices[0];
  bool pinged = false;
  std::size_t first_tool = choice.blocks.size();
  add(Kind::kStart);
  for (std::size_t b = 0; b < choice.blocks.size(); ++b) {
    const Block& block = choice.blocks[b];
    if (!is_shown(block)) continue;
    add(Kind::kBlockStart, b);
    if (!pinged) add(Kind::kPing);
    pinged = true;
    if (interleave && block.kind == Block::Kind::kTool) {
      first_tool = std::min(first_tool, b);
      continue;
    }
    for (std::uint32_t p = 0; p < block.pieces.count(); ++p) add(Kind::kDelta, b, p);
    if (block.kind == Block::Kind::kThinking) add(Kind::kSignature, b);
    add(Kind::kBlockStop, b);
  }
  append_interleaved_deltas(choice, first_tool, 0, events);
  for (std::size_t b = first_tool; b < choice.blocks.size(); ++b) add(Kind::kBlockStop, b);
  add(Kind::kFinish);
  add(Kind::kDone);
  return events;
}

void append_anthropic_data(const Wire& wire, const EventSpec& event, std::int64_t,
                           std::string& out) {
  const auto block = [&]() -> const Block& { return wire.answer.choices[0].blocks[event.block]; };
  switch (event.kind) {
    case Kind::kStart:
      append_message_start(wire, out);
      return;
    case Kind::kUsage:
    case Kind::kPing:
      out += R"({"type":"ping"})";
      return;
    case Kind::kBlockStart:
      out += R"({"type":"content_block_start","index":)" + block_index(wire, event.block) +
             R"(,"content_block":)";
      append_block(wire, block(), true, out);
      break;
    case Kind::kDelta:
      out += R"({"type":"content_block_delta","index":)" + block_index(wire, event.block) +
             R"(,"delta":)";
      append_delta(block(), event.piece, out);
      break;
    case Kind::kSignature:
      out += R"({"type":"content_block_delta","index":)" + block_index(wire, event.block);
      out += R"(,"delta":{"type":"signature_delta","signature":)";
      append_json_string(out, block_signature(wire));
      out += '}';
      break;
    case Kind::kBlockStop:
      out += R"({"type":"content_block_stop","index":)" + block_index(wire, event.block);
      break;
    case Kind::kFinish:
      append_message_delta(wire, out);
      return;
    case Kind::kDone:
      out += R"({"type":"message_stop"})";
      return;
    case Kind::kError:
      out += wire.error.body;
      return;
  }
  out += '}';
}

std::string anthropic_plain(const Wire& wire) {
  std::string out;
  append_message_head(wire, out);
  out += R"(,"content":[)";
  bool first = true;
  for (const Block& block : wire.answer.choices[0].blocks) {
    if (!is_shown(block)) continue;
    if (!first) out += ',';
    first = false;
    append_block(wire, block, false, out);
  }
  out += "],";
  append_stop(wire.answer.choices[0], out);
  if (wire.usage != UsageStyle::kNone) {
    out += ',';
    append_usage(wire.answer, wire.answer.completion_tokens, out);
  }
  out += '}';
  return out;
}

}  // namespace pontage::simulate
