// Bedrock's Converse answers, as a body and as the payloads of its events. Shapes and order follow
// docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html.
#include "core/strings.hpp"
#include "simulate/wire.hpp"

namespace pontage::simulate {
namespace {

using Kind = EventSpec::Kind;

const Choice& choice_of(const Wire& wire) {
  return wire.answer.choices[0];
}

// Converse has no reason of its own for a refusal by the model.
std::string_view converse_reason(const Choice& choice) {
  const auto reason = stop_reason(choice);
  return reason == "refusal" ? "content_filtered" : reason;
}

void append_text(std::string& out, std::string_view key, std::string_view value) {
  (out += '"') += key;
  out += "\":";
  append_json_string(out, value);
}

void append_usage(const Wire& wire, std::string& out) {
  const Answer& answer = wire.answer;
  const auto input = answer.prompt_tokens - answer.cached_tokens;
  out += R"("usage":{"inputTokens":)" + std::to_string(input);
  out += R"(,"outputTokens":)" + std::to_string(answer.completion_tokens);
  out += R"(,"totalTokens":)" + std::to_string(answer.prompt_tokens + answer.completion_tokens);
  out += R"(,"cacheReadInputTokens":)" + std::to_string(answer.cached_tokens);
  out += R"(,"cacheWriteInputTokens":0})";
}

void append_tool(const Block& block, std::string& out) {
  append_text(out, "toolUseId", block.id);
  out += ',';
  append_text(out, "name", block.name);
}

void append_block(const Wire& wire, const Block& block, std::string& out) {
  if (block.kind == Block::Kind::kTool) {
    out += R"({"toolUse":{)";
    append_tool(block, out);
    out += R"(,"input":)" + (block.pieces.text.empty() ? "{}" : block.pieces.text) + "}}";
  } else if (block.kind == Block::Kind::kThinking) {
    out += R"({"reasoningContent":{"reasoningText":{)";
    append_text(out, "text", block.pieces.text);
    out += ',';
    append_text(out, "signature", block_signature(wire));
    out += "}}}";
  } else {
    out += '{';
    append_text(out, "text", block.pieces.text);
    out += '}';
  }
}

void append_delta(const Block& block, std::string_view piece, std::string& out) {
  if (block.kind == Block::Kind::kTool) {
    out += R"({"toolUse":{)";
    append_text(out, "input", piece);
    out += "}}";
  } else if (block.kind == Block::Kind::kThinking) {
    out += R"({"reasoningContent":{)";
    append_text(out, "text", piece);
    out += "}}";
  } else {
    out += '{';
    append_text(out, "text", piece);
    out += '}';
  }
}

}  // namespace

// Anthropic's events, without those that Converse has not: pings, and the starts of text.
std::vector<EventSpec> bedrock_events(const Wire& wire, bool interleave) {
  auto events = anthropic_events(wire, interleave);
  std::erase_if(events, [&](const EventSpec& event) {
    const bool tool = event.kind == Kind::kBlockStart &&
                      choice_of(wire).blocks[event.block].kind == Block::Kind::kTool;
    return event.kind == Kind::kPing || (event.kind == Kind::kBlockStart && !tool);
  });
  return events;
}

std::string_view bedrock_event_name(const EventSpec& event) {
  switch (event.kind) {
    case Kind::kStart:
      return "messageStart";
    case Kind::kBlockStart:
      return "contentBlockStart";
    case Kind::kDelta:
    case Kind::kSignature:
      return "contentBlockDelta";
    case Kind::kBlockStop:
      return "contentBlockStop";
    case Kind::kFinish:
      return "messageStop";
    case Kind::kError:
      return "modelStreamErrorException";
    case Kind::kPing:
    case Kind::kUsage:
    case Kind::kDone:
      break;
  }
  return "metadata";
}

void append_bedrock_data(const Wire& wire, const EventSpec& event, std::string& out) {
  const auto index = [&] { return R"("contentBlockIndex":)" + block_index(wire, event.block); };
  switch (event.kind) {
    case Kind::kStart:
      out += R"({"role":"assistant"})";
      return;
    case Kind::kBlockStart:
      out += "{" + index() + R"(,"start":{"toolUse":{)";
      append_tool(choice_of(wire).blocks[event.block], out);
      out += "}}}";
      return;
    case Kind::kDelta: {
      const Block& block = choice_of(wire).blocks[event.block];
      out += "{" + index() + R"(,"delta":)";
      append_delta(block, block.pieces.piece(event.piece), out);
      out += '}';
      return;
    }
    case Kind::kSignature:
      out += "{" + index() + R"(,"delta":{"reasoningContent":{)";
      append_text(out, "signature", block_signature(wire));
      out += "}}}";
      return;
    case Kind::kBlockStop:
      out += "{" + index() + "}";
      return;
    case Kind::kFinish:
      out += '{';
      append_text(out, "stopReason", converse_reason(choice_of(wire)));
      out += '}';
      return;
    case Kind::kError:
      out += R"({"originalStatusCode":)" + std::to_string(wire.error.status) + "," +
             wire.error.body.substr(1);
      return;
    case Kind::kPing:
    case Kind::kUsage:
    case Kind::kDone:
      out += '{';
      if (wire.usage != UsageStyle::kNone) {
        append_usage(wire, out);
        out += ',';
      }
      out += R"("metrics":{"latencyMs":1}})";
      return;
  }
}

std::string bedrock_plain(const Wire& wire) {
  std::string out =
      R"({"metrics":{"latencyMs":1},"output":{"message":{"role":"assistant","content":[)";
  bool first = true;
  for (const Block& block : choice_of(wire).blocks) {
    if (!is_shown(block)) continue;
    if (!first) out += ',';
    first = false;
    append_block(wire, block, out);
  }
  out += "]}},";
  append_text(out, "stopReason", converse_reason(choice_of(wire)));
  if (wire.usage != UsageStyle::kNone) {
    out += ',';
    append_usage(wire, out);
  }
  return out + "}";
}

}  // namespace pontage::simulate
