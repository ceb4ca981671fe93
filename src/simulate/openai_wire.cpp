// OpenAI's chat completions, as a body and as chunks. The shapes follow
// platform.openai.com/docs/api-reference/chat.
#include <algorithm>

#include "core/strings.hpp"
#include "simulate/wire.hpp"

namespace pontage::simulate {
namespace {

using Kind = EventSpec::Kind;

std::string_view finish_reason(const Choice& choice) {
  if (!choice.finish_as.empty()) return choice.finish_as;
  switch (choice.finish) {
    case Finish::kStop:
    case Finish::kStopSequence:
    case Finish::kRefusal:
      return "stop";
    case Finish::kLength:
      return "length";
    case Finish::kTools:
      return "tool_calls";
  }
  return "stop";
}

void append_number(std::string& out, std::string_view key, std::int64_t value) {
  out += key;
  out += std::to_string(value);
}

void append_usage(const Answer& answer, std::int64_t completion, std::string& out) {
  append_number(out, R"("usage":{"prompt_tokens":)", answer.prompt_tokens);
  append_number(out, R"(,"completion_tokens":)", completion);
  append_number(out, R"(,"total_tokens":)", answer.prompt_tokens + completion);
  append_number(out, R"(,"prompt_tokens_details":{"cached_tokens":)", answer.cached_tokens);
  append_number(out, R"(,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":)",
                std::min(answer.reasoning_tokens, completion));
  out += R"(,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}})";
}

void append_head(const Wire& wire, std::string_view object, std::string& out) {
  out += R"({"id":"chatcmpl-)";
  out += wire.answer.id;
  out += R"(","object":")";
  out += object;
  append_number(out, R"(","created":)", wire.answer.created);
  out += R"(,"model":)";
  append_json_string(out, wire.answer.model);
}

// Place of a tool block among the tool calls of its choice.
std::size_t call_index(const Choice& choice, std::size_t block) {
  std::size_t index = 0;
  for (std::size_t i = 0; i < block; ++i)
    index += choice.blocks[i].kind == Block::Kind::kTool ? 1 : 0;
  return index;
}

std::string_view delta_key(Block::Kind kind) {
  switch (kind) {
    case Block::Kind::kThinking:
      return "reasoning_content";
    case Block::Kind::kRefusal:
      return "refusal";
    case Block::Kind::kText:
    case Block::Kind::kTool:
      break;
  }
  return "content";
}

void append_delta(const Wire& wire, const EventSpec& event, std::string& out) {
  const Choice& choice = wire.answer.choices[event.choice];
  if (event.kind == Kind::kStart) {
    out += R"({"role":"assistant","content":"","refusal":null})";
    return;
  }
  if (event.kind == Kind::kFinish) {
    out += "{}";
    return;
  }
  const Block& block = choice.blocks[event.block];
  if (event.kind == Kind::kBlockStart) {
    append_number(out, R"({"tool_calls":[{"index":)",
                  static_cast<std::int64_t>(call_index(choice, event.block)));
    out += R"(,"id":)";
    append_json_string(out, block.id);
    out += R"(,"type":"function","function":{"name":)";
    append_json_string(out, block.name);
    out += R"(,"arguments":""}}]})";
  } else if (block.kind == Block::Kind::kTool) {
    append_number(out, R"({"tool_calls":[{"index":)",
                  static_cast<std::int64_t>(call_index(choice, event.block)));
    out += R"(,"function":{"arguments":)";
    append_json_string(out, block.pieces.piece(event.piece));
    out += "}}]}";
  } else {
    out += "{\"";
    out += delta_key(block.kind);
    out += "\":";
    append_json_string(out, block.pieces.piece(event.piece));
    out += '}';
  }
}

void append_message(const Choice& choice, std::string& out) {
  std::string text[3];  // by kind: thinking, text, refusal
  std::string calls;
  bool has_text = false;
  for (const Block& block : choice.blocks) {
    if (block.kind != Block::Kind::kTool) {
      text[static_cast<std::size_t>(block.kind)] += block.pieces.text;
      has_text = has_text || block.kind == Block::Kind::kText;
      continue;
    }
    calls += calls.empty() ? R"({"id":)" : R"(,{"id":)";
    append_json_string(calls, block.id);
    calls += R"(,"type":"function","function":{"name":)";
    append_json_string(calls, block.name);
    calls += R"(,"arguments":)";
    append_json_string(calls, block.pieces.text);
    calls += "}}";
  }
  const bool refused = !text[2].empty();
  const bool null_content = refused || (!has_text && !calls.empty());
  out += R"({"role":"assistant","content":)";
  if (null_content) out += "null";
  if (!null_content) append_json_string(out, text[1]);
  if (!text[0].empty()) {
    out += R"(,"reasoning_content":)";
    append_json_string(out, text[0]);
  }
  if (!calls.empty()) out += R"(,"tool_calls":[)" + calls + ']';
  out += R"(,"refusal":)";
  if (refused) append_json_string(out, text[2]);
  if (!refused) out += "null";
  out += R"(,"annotations":[]})";
}

}  // namespace

std::vector<EventSpec> openai_events(const Wire& wire, bool interleave) {
  std::vector<EventSpec> events;
  const auto add = [&](Kind kind, std::size_t choice, std::size_t block = 0,
                       std::uint32_t piece = 0) {
    events.push_back({kind, kind == Kind::kDelta, false, static_cast<std::uint16_t>(choice),
                      static_cast<std::uint16_t>(block), piece});
  };
  const auto& choices = wire.answer.choices;
  for (std::size_t c = 0; c < choices.size(); ++c) add(Kind::kStart, c);
  for (std::size_t c = 0; c < choices.size(); ++c) {
    const auto& blocks = choices[c].blocks;
    const auto is_tool = [](const Block& block) { return block.kind == Block::Kind::kTool; };
    const auto first_tool =
        static_cast<std::size_t>(std::ranges::find_if(blocks, is_tool) - blocks.begin());
    const std::size_t in_order = interleave ? first_tool : blocks.size();
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      if (is_tool(blocks[b])) add(Kind::kBlockStart, c, b);
      for (std::uint32_t p = 0; b < in_order && p < blocks[b].pieces.count(); ++p)
        add(Kind::kDelta, c, b, p);
    }
    append_interleaved_deltas(choices[c], in_order, c, events);
    add(Kind::kFinish, c);
  }
  const bool wanted = wire.include_usage || wire.usage == UsageStyle::kAlways;
  if (wanted && wire.usage != UsageStyle::kNone && wire.usage != UsageStyle::kFinish)
    add(Kind::kUsage, 0);
  add(Kind::kDone, 0);
  return events;
}

void append_openai_data(const Wire& wire, const EventSpec& event, std::int64_t said,
                        std::string& out) {
  if (event.kind == Kind::kDone) {
    out += "[DONE]";
    return;
  }
  if (event.kind == Kind::kError) {
    out += wire.error.body;
    return;
  }
  append_head(wire, "chat.completion.chunk", out);
  out += R"(,"service_tier":"default","system_fingerprint":"fp_simulated","choices":[)";
  if (event.kind != Kind::kUsage) {
    append_number(out, R"({"index":)", event.choice);
    out += R"(,"delta":)";
    append_delta(wire, event, out);
    out += R"(,"logprobs":null,"finish_reason":)";
    if (event.kind == Kind::kFinish) {
      out += '"';
      out += finish_reason(wire.answer.choices[event.choice]);
      out += '"';
    } else {
      out += "null";
    }
    out += '}';
  }
  out += ']';
  const bool last = event.kind == Kind::kUsage ||
                    (event.kind == Kind::kFinish && wire.usage == UsageStyle::kFinish);
  if (last || wire.usage == UsageStyle::kEach) {
    out += ',';
    append_usage(wire.answer, last ? wire.answer.completion_tokens : said, out);
  } else if (wire.include_usage && wire.usage == UsageStyle::kDefault) {
    out += R"(,"usage":null)";
  }
  out += '}';
}

std::string openai_plain(const Wire& wire) {
  std::string out;
  append_head(wire, "chat.completion", out);
  out += R"(,"choices":[)";
  for (std::size_t i = 0; i < wire.answer.choices.size(); ++i) {
    const Choice& choice = wire.answer.choices[i];
    append_number(out, i == 0 ? R"({"index":)" : R"(,{"index":)", static_cast<std::int64_t>(i));
    out += R"(,"message":)";
    append_message(choice, out);
    out += R"(,"logprobs":null,"finish_reason":")";
    out += finish_reason(choice);
    out += "\"}";
  }
  out += ']';
  if (wire.usage != UsageStyle::kNone) {
    out += ',';
    append_usage(wire.answer, wire.answer.completion_tokens, out);
  }
  out += R"(,"service_tier":"default","system_fingerprint":"fp_simulated"})";
  return out;
}

}  // namespace pontage::simulate
