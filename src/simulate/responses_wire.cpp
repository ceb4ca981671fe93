// OpenAI's Responses API, as a body and as events. Shapes and order follow
// platform.openai.com/docs/api-reference/responses-streaming. An answer has one choice, so the
// field `choice` of an event holds its sequence number.
#include <algorithm>

#include "core/strings.hpp"
#include "simulate/wire.hpp"

namespace pontage::simulate {
namespace {

using Kind = EventSpec::Kind;

// Several events begin and end a block; `piece` says which.
constexpr std::uint32_t kItem = 0;
constexpr std::uint32_t kPart = 1;
constexpr std::uint32_t kText = 2;

const Choice& choice_of(const Wire& wire) {
  return wire.answer.choices[0];
}

std::string item_id(const Wire& wire, std::size_t block) {
  switch (choice_of(wire).blocks[block].kind) {
    case Block::Kind::kThinking:
      return "rs_" + wire.answer.id + block_index(wire, block);
    case Block::Kind::kTool:
      return "fc_" + wire.answer.id + block_index(wire, block);
    case Block::Kind::kText:
    case Block::Kind::kRefusal:
      break;
  }
  return "msg_" + wire.answer.id + block_index(wire, block);
}

void append_part(const Block& block, std::string_view text, std::string& out) {
  if (block.kind == Block::Kind::kThinking) {
    out += R"({"type":"summary_text","text":)";
  } else if (block.kind == Block::Kind::kRefusal) {
    out += R"({"type":"refusal","refusal":)";
  } else {
    out += R"({"type":"output_text","annotations":[],"logprobs":[],"text":)";
  }
  append_json_string(out, text);
  out += '}';
}

void append_item(const Wire& wire, std::size_t index, bool begun, std::string& out) {
  const Block& block = choice_of(wire).blocks[index];
  const std::string_view text = begun ? std::string_view() : std::string_view(block.pieces.text);
  out += R"({"id":")" + item_id(wire, index) + '"';
  if (block.kind == Block::Kind::kThinking) {
    out += R"(,"type":"reasoning","encrypted_content":")" + block_signature(wire);
    out += R"(","summary":[)";
  } else {
    out += block.kind == Block::Kind::kTool ? R"(,"type":"function_call","status":")"
                                            : R"(,"type":"message","status":")";
    out += begun ? "in_progress" : "completed";
  }
  if (block.kind == Block::Kind::kTool) {
    out += R"(","arguments":)";
    append_json_string(out, text);
    out += R"(,"call_id":)";
    append_json_string(out, block.id);
    out += R"(,"name":)";
    append_json_string(out, block.name);
    out += '}';
    return;
  }
  if (block.kind != Block::Kind::kThinking) out += R"(","role":"assistant","content":[)";
  if (!begun) append_part(block, text, out);
  out += "]}";
}

void append_usage(const Answer& answer, std::string& out) {
  const std::int64_t output = answer.completion_tokens;
  out += R"({"input_tokens":)" + std::to_string(answer.prompt_tokens);
  out += R"(,"input_tokens_details":{"cached_tokens":)" + std::to_string(answer.cached_tokens);
  out += R"(},"output_tokens":)" + std::to_string(output);
  out += R"(,"output_tokens_details":{"reasoning_tokens":)" +
         std::to_string(std::min(answer.reasoning_tokens, output));
  out += R"(},"total_tokens":)" + std::to_string(answer.prompt_tokens + output) + '}';
}

bool is_cut(const Choice& choice) {
  return choice.finish == Finish::kLength || !choice.finish_as.empty();
}

void append_response(const Wire& wire, bool begun, std::string& out) {
  const Choice& choice = choice_of(wire);
  const bool cut = !begun && is_cut(choice);
  out += R"({"id":"resp_)" + wire.answer.id + R"(","object":"response","created_at":)";
  out += std::to_string(wire.answer.created);
  out += R"(,"status":")";
  out += begun ? "in_progress" : cut ? "incomplete" : "completed";
  out += R"(","background":false,"error":null,"incomplete_details":)";
  if (cut) {
    out += R"({"reason":)";
    append_json_string(out, choice.finish_as.empty() ? "max_output_tokens" : choice.finish_as);
    out += '}';
  } else {
    out += "null";
  }
  out += R"(,"instructions":null,"max_output_tokens":null,"model":)";
  append_json_string(out, wire.answer.model);
  out += R"(,"output":[)";
  bool first = true;
  for (std::size_t i = 0; !begun && i < choice.blocks.size(); ++i) {
    if (!is_shown(choice.blocks[i])) continue;
    if (!first) out += ',';
    first = false;
    append_item(wire, i, false, out);
  }
  out += R"(],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,)";
  out += R"("summary":null},"service_tier":"default","store":false,"temperature":1.0,)";
  out += R"("text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,)";
  out += R"("truncation":"disabled","usage":)";
  if (begun || wire.usage == UsageStyle::kNone) {
    out += "null";
  } else {
    append_usage(wire.answer, out);
  }
  out += R"(,"user":null,"metadata":{}})";
}

bool thinks(const Wire& wire, const EventSpec& event) {
  return choice_of(wire).blocks[event.block].kind == Block::Kind::kThinking;
}

void append_place(const Wire& wire, const EventSpec& event, std::string& out) {
  out += R"(,"output_index":)" + block_index(wire, event.block);
  const bool item = event.kind != Kind::kDelta && event.piece == kItem;
  if (item) return;
  out += R"(,"item_id":")" + item_id(wire, event.block) + '"';
  if (choice_of(wire).blocks[event.block].kind == Block::Kind::kTool) return;
  out += thinks(wire, event) ? R"(,"summary_index":0)" : R"(,"content_index":0)";
}

// Text, refusal, thinking and arguments at their end.
void append_whole(const Block& block, std::string& out) {
  if (block.kind == Block::Kind::kTool) {
    out += R"(,"name":)";
    append_json_string(out, block.name);
  }
  out += block.kind == Block::Kind::kTool      ? R"(,"arguments":)"
         : block.kind == Block::Kind::kRefusal ? R"(,"refusal":)"
                                               : R"(,"text":)";
  append_json_string(out, block.pieces.text);
  if (block.kind == Block::Kind::kText) out += R"(,"logprobs":[])";
}

void append_block_event(const Wire& wire, const EventSpec& event, std::string& out) {
  const Block& block = choice_of(wire).blocks[event.block];
  append_place(wire, event, out);
  if (event.kind == Kind::kDelta) {
    out += R"(,"delta":)";
    append_json_string(out, block.pieces.piece(event.piece));
    if (block.kind == Block::Kind::kText) out += R"(,"logprobs":[])";
  } else if (event.piece == kItem) {
    out += R"(,"item":)";
    append_item(wire, event.block, event.kind == Kind::kBlockStart, out);
  } else if (event.piece == kText) {
    append_whole(block, out);
  } else {
    out += R"(,"part":)";
    const bool begun = event.kind == Kind::kBlockStart;
    append_part(block, begun ? std::string_view() : std::string_view(block.pieces.text), out);
  }
}

}  // namespace

std::string_view responses_event_name(const Wire& wire, const EventSpec& event) {
  const auto named = [&](std::string_view text, std::string_view refusal, std::string_view thinking,
                         std::string_view tool) {
    switch (choice_of(wire).blocks[event.block].kind) {
      case Block::Kind::kThinking:
        return thinking;
      case Block::Kind::kRefusal:
        return refusal;
      case Block::Kind::kTool:
        return tool;
      case Block::Kind::kText:
        break;
    }
    return text;
  };
  switch (event.kind) {
    case Kind::kStart:
      return "response.created";
    case Kind::kBlockStart:
      if (event.piece == kItem) return "response.output_item.added";
      return named("response.content_part.added", "response.content_part.added",
                   "response.reasoning_summary_part.added", {});
    case Kind::kDelta:
      return named("response.output_text.delta", "response.refusal.delta",
                   "response.reasoning_summary_text.delta",
                   "response.function_call_arguments.delta");
    case Kind::kBlockStop:
      if (event.piece == kItem) return "response.output_item.done";
      if (event.piece == kPart)
        return named("response.content_part.done", "response.content_part.done",
                     "response.reasoning_summary_part.done", {});
      return named("response.output_text.done", "response.refusal.done",
                   "response.reasoning_summary_text.done", "response.function_call_arguments.done");
    case Kind::kFinish:
      return is_cut(choice_of(wire)) ? "response.incomplete" : "response.completed";
    case Kind::kError:
      return "error";
    case Kind::kPing:
    case Kind::kSignature:
    case Kind::kUsage:
    case Kind::kDone:
      break;
  }
  return "response.in_progress";
}

std::vector<EventSpec> responses_events(const Wire& wire, bool interleave) {
  std::vector<EventSpec> events;
  const auto add = [&](Kind kind, std::size_t block = 0, std::uint32_t piece = 0) {
    events.push_back(
        {kind, kind == Kind::kDelta, false, 0, static_cast<std::uint16_t>(block), piece});
  };
  const auto stop = [&](std::size_t block) {
    add(Kind::kBlockStop, block, kText);
    if (choice_of(wire).blocks[block].kind != Block::Kind::kTool)
      add(Kind::kBlockStop, block, kPart);
    add(Kind::kBlockStop, block, kItem);
  };
  const Choice& choice = choice_of(wire);
  std::size_t first_tool = choice.blocks.size();
  add(Kind::kStart);
  add(Kind::kPing);
  for (std::size_t b = 0; b < choice.blocks.size(); ++b) {
    const Block& block = choice.blocks[b];
    if (!is_shown(block)) continue;
    add(Kind::kBlockStart, b, kItem);
    if (block.kind != Block::Kind::kTool) add(Kind::kBlockStart, b, kPart);
    if (interleave && block.kind == Block::Kind::kTool) {
      first_tool = std::min(first_tool, b);
      continue;
    }
    for (std::uint32_t p = 0; p < block.pieces.count(); ++p) add(Kind::kDelta, b, p);
    stop(b);
  }
  append_interleaved_deltas(choice, first_tool, 0, events);
  for (std::size_t b = first_tool; b < choice.blocks.size(); ++b) stop(b);
  add(Kind::kFinish);
  for (std::size_t i = 0; i < events.size(); ++i) events[i].choice = static_cast<std::uint16_t>(i);
  return events;
}

void append_responses_data(const Wire& wire, const EventSpec& event, std::string& out) {
  out += R"({"type":")";
  out += responses_event_name(wire, event);
  out += R"(","sequence_number":)" + std::to_string(event.choice);
  if (event.kind == Kind::kError) {  // {"error":{…}}
    out += ',' + wire.error.body.substr(1);
    return;
  }
  if (event.kind == Kind::kStart || event.kind == Kind::kPing || event.kind == Kind::kFinish) {
    out += R"(,"response":)";
    append_response(wire, event.kind != Kind::kFinish, out);
  } else {
    append_block_event(wire, event, out);
  }
  out += '}';
}

std::string responses_plain(const Wire& wire) {
  std::string out;
  append_response(wire, false, out);
  return out;
}

}  // namespace pontage::simulate
