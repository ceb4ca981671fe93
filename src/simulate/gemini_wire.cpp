// Google's generateContent, as a body and as the chunks of a stream, which have the same shape. The
// shapes follow ai.google.dev/api/generate-content: no end mark, calls whole in one part, the first
// of them signed.
#include <algorithm>

#include "core/base64.hpp"
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
    case Finish::kTools:
      return "STOP";
    case Finish::kLength:
      return "MAX_TOKENS";
    case Finish::kRefusal:
      return "SAFETY";
  }
  return "STOP";
}

// Bound to the answer, so that a test can see whose it is.
std::string signature(const Wire& wire) {
  return base64_encode("simulated-thought-" + wire.answer.id);
}

void append_usage(const Wire& wire, std::int64_t said, std::string& out) {
  const Answer& answer = wire.answer;
  const std::int64_t thoughts = std::min(answer.reasoning_tokens, said);
  const auto count = [&out](std::string_view name, std::int64_t value) {
    out += name;
    out += std::to_string(value);
  };
  count(R"(,"usageMetadata":{"promptTokenCount":)", answer.prompt_tokens);
  if (answer.cached_tokens > 0) count(R"(,"cachedContentTokenCount":)", answer.cached_tokens);
  if (said > thoughts) count(R"(,"candidatesTokenCount":)", said - thoughts);
  if (thoughts > 0) count(R"(,"thoughtsTokenCount":)", thoughts);
  count(R"(,"totalTokenCount":)", answer.prompt_tokens + said);
  out += '}';
}

bool is_first_call(const Choice& choice, std::size_t block) {
  for (std::size_t i = 0; i < block; ++i) {
    if (choice.blocks[i].kind == Block::Kind::kTool) return false;
  }
  return true;
}

void append_text(const Block& block, std::string_view text, std::string& out) {
  out += R"({"text":)";
  append_json_string(out, text);
  out += block.kind == Block::Kind::kThinking ? R"(,"thought":true})" : "}";
}

void append_call(const Wire& wire, const Choice& choice, std::size_t index, std::string& out) {
  const Block& block = choice.blocks[index];
  out += R"({"functionCall":{"id":)";
  append_json_string(out, block.id);
  out += R"(,"name":)";
  append_json_string(out, block.name);
  out += R"(,"args":)";
  out += block.pieces.text.empty() ? "{}" : block.pieces.text;
  out += '}';
  if (is_first_call(choice, index)) {
    out += R"(,"thoughtSignature":)";
    append_json_string(out, signature(wire));
  }
  out += '}';
}

void open_candidate(std::string& out) {
  out += R"({"content":{"parts":[)";
}

void close_candidate(std::size_t index, const Choice* finished, std::string& out) {
  out += R"(],"role":"model"})";
  if (finished != nullptr) {
    out += R"(,"finishReason":)";
    append_json_string(out, finish_reason(*finished));
  }
  out += R"(,"index":)" + std::to_string(index) + "}";
}

void close_answer(const Wire& wire, std::int64_t said, std::string& out) {
  out += ']';
  if (wire.usage != UsageStyle::kNone) append_usage(wire, said, out);
  out += R"(,"modelVersion":)";
  append_json_string(out, wire.answer.model);
  out += R"(,"responseId":)";
  append_json_string(out, wire.answer.id);
  out += '}';
}

}  // namespace

std::vector<EventSpec> gemini_events(const Wire& wire) {
  std::vector<EventSpec> events;
  for (std::size_t c = 0; c < wire.answer.choices.size(); ++c) {
    const Choice& choice = wire.answer.choices[c];
    const auto add = [&](Kind kind, std::size_t block, std::uint32_t piece) {
      const bool content = kind == Kind::kDelta || kind == Kind::kBlockStart;
      events.push_back({kind, content, false, static_cast<std::uint16_t>(c),
                        static_cast<std::uint16_t>(block), piece});
    };
    for (std::size_t b = 0; b < choice.blocks.size(); ++b) {
      if (choice.blocks[b].kind == Block::Kind::kTool) {
        add(Kind::kBlockStart, b, 0);
        continue;
      }
      for (std::uint32_t p = 0; p < choice.blocks[b].pieces.count(); ++p) add(Kind::kDelta, b, p);
    }
    add(Kind::kFinish, 0, 0);
  }
  return events;
}

void append_gemini_data(const Wire& wire, const EventSpec& event, std::int64_t said,
                        std::string& out) {
  if (event.kind == Kind::kError) {
    out += wire.error.body;
    return;
  }
  const Choice& choice = wire.answer.choices[event.choice];
  out += R"({"candidates":[)";
  open_candidate(out);
  if (event.kind == Kind::kBlockStart) {
    append_call(wire, choice, event.block, out);
  } else if (event.kind == Kind::kDelta) {
    const Block& block = choice.blocks[event.block];
    append_text(block, block.pieces.piece(event.piece), out);
  } else {
    out += R"({"text":""})";
  }
  const bool last = event.kind == Kind::kFinish;
  close_candidate(event.choice, last ? &choice : nullptr, out);
  close_answer(wire, last ? wire.answer.completion_tokens : said, out);
}

std::string gemini_plain(const Wire& wire) {
  std::string out = R"({"candidates":[)";
  for (std::size_t c = 0; c < wire.answer.choices.size(); ++c) {
    const Choice& choice = wire.answer.choices[c];
    if (c > 0) out += ',';
    open_candidate(out);
    bool first = true;
    for (std::size_t b = 0; b < choice.blocks.size(); ++b) {
      if (!first) out += ',';
      first = false;
      const Block& block = choice.blocks[b];
      if (block.kind == Block::Kind::kTool) {
        append_call(wire, choice, b, out);
      } else {
        append_text(block, block.pieces.text, out);
      }
    }
    close_candidate(c, &choice, out);
  }
  close_answer(wire, wire.answer.completion_tokens, out);
  return out;
}

}  // namespace pontage::simulate
