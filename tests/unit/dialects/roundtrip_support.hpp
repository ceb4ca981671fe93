// What the property tests share: texts and choices of a seeded generator, and conversations and
// answers as JSON, to compare what came back with what was sent.
#pragma once

#include <deque>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/translation.hpp"

namespace pontage::dialects {
const Codec& openai_chat_codec();
const Codec& anthropic_messages_codec();
}  // namespace pontage::dialects

namespace pontage::dialects::test {

using nlohmann::json;

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return random_() % n; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }
  template <class T>
  T one_of(std::initializer_list<T> list) {
    return *(list.begin() + below(list.size()));
  }

  /// Kept as long as the generator: conversations borrow.
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  /// Never blank, and without white space at its end.
  std::string_view text() {
    static constexpr std::string_view kPieces[] = {"a",    "Hello ", "ü",  "🌦️",        "\n",
                                                   "\"",   "\\",     "\t", "{\"x\":1}", "</s>",
                                                   "\x01", "data: ", " "};
    std::string out;
    for (std::size_t i = below(6); i > 0; --i) out.append(kPieces[below(std::size(kPieces))]);
    return keep(out + one_of<std::string>({"end", "é", "7", "."}));
  }
  std::string_view word(std::string_view prefix) {
    return keep(std::string(prefix) + std::to_string(++words_));
  }
  std::string object() {
    json out = json::object();
    for (std::size_t i = below(3); i > 0; --i)
      out[std::string(word("k"))] = one_of<json>({1, -2.5, "v\n", true, nullptr, json::array({1})});
    return out.dump();
  }
  std::string schema() {
    json out = {
        {"type", "object"}, {"properties", json::object()}, {"additionalProperties", false}};
    if (chance(2)) out["properties"]["p"] = {{"type", "string"}};
    return out.dump();
  }

 private:
  std::mt19937 random_;
  std::deque<std::string> kept_;
  int words_ = 0;
};

inline json parsed(const std::string& text) {
  return text.empty() ? json() : json::parse(text, nullptr, false);
}

inline json describe(const std::vector<llm::Part>& parts) {
  json out = json::array();
  for (const llm::Part& part : parts) {
    out.push_back({{"kind", static_cast<int>(part.kind)},
                   {"text", part.text},
                   {"signature", part.signature},
                   {"source", static_cast<int>(part.source)},
                   {"media_type", part.media_type},
                   {"data", part.data},
                   {"title", part.title},
                   {"detail", part.detail},
                   {"context", part.context},
                   {"wants_citations", part.wants_citations},
                   {"id", part.id},
                   {"name", part.name},
                   {"json", parsed(part.json)},
                   {"is_error", part.is_error},
                   {"cache_control", parsed(part.cache_control)},
                   {"parts", describe(part.parts)}});
  }
  return out;
}

inline json describe(const llm::Conversation& c) {
  json turns = json::array();
  for (const llm::Turn& turn : c.turns) {
    turns.push_back({{"role", static_cast<int>(turn.role)},
                     {"name", turn.name},
                     {"parts", describe(turn.parts)}});
  }
  json tools = json::array();
  for (const llm::Tool& tool : c.tools) {
    tools.push_back({{"name", tool.name},
                     {"description", tool.description},
                     {"schema", parsed(tool.schema)},
                     {"strict", tool.strict},
                     {"cache_control", parsed(tool.cache_control)},
                     {"foreign_type", tool.foreign_type}});
  }
  json annex = json::array();
  for (const auto& [name, value] : c.annex) annex.push_back({name, value});
  return {
      {"system", describe(c.system)},
      {"turns", turns},
      {"tools", tools},
      {"choice",
       {static_cast<int>(c.choice.kind), c.choice.name, c.choice.one_at_a_time, c.choice.allowed}},
      {"reasoning",
       {static_cast<int>(c.reasoning.kind), c.reasoning.budget_tokens, c.reasoning.effort}},
      {"max_tokens", c.max_tokens.value_or(-1)},
      {"sampling", {c.temperature, c.top_p, c.top_k, c.frequency_penalty, c.presence_penalty}},
      {"stop", c.stop},
      {"user", c.user},
      {"answer", {parsed(c.answer_schema), c.answer_name, c.answer_strict, c.answer_json}},
      {"extent",
       {c.choices.value_or(1), c.seed.value_or(-1), c.logprobs, c.top_logprobs.value_or(-1),
        parsed(c.logit_bias)}},
      {"annex", annex}};
}

/// What an answer says, with pieces of one kind joined.
class Recorder final : public llm::ReplySink {
 public:
  json said = json::array();
  bool ended = false;

  void start(std::string_view id, std::string_view model) override { add("start", id, model); }
  void text(std::string_view piece) override { join("text", piece); }
  void refusal(std::string_view piece) override { join("refusal", piece); }
  void thinking(std::string_view piece) override { join("thinking", piece); }
  void signature(std::string_view value) override { add("signature", value, ""); }
  void redacted_thinking(std::string_view data) override { add("redacted", data, ""); }
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override {
    if (call != calls_.size()) said.push_back("calls out of order");
    calls_.push_back(said.size());
    said.push_back({"tool", id, name, ""});
  }
  void tool_arguments(std::size_t call, std::string_view piece) override {
    json& arguments = said.at(calls_.at(call)).at(3);
    arguments = arguments.get<std::string>() + std::string(piece);
  }
  void citation(std::string_view url, std::string_view title) override {
    add("citation", url, title);
  }
  void end(const llm::Ending& ending) override {
    for (const std::size_t call : calls_) {
      if (said[call][3] == "") said[call][3] = "{}";
    }
    const llm::Usage& u = ending.usage;
    said.push_back({"end", static_cast<int>(ending.finish), ending.stop_sequence, u.input,
                    u.cache_read, u.cache_write_5m, u.output, u.reasoning});
    ended = true;
  }

 private:
  void add(const char* kind, std::string_view a, std::string_view b) {
    said.push_back({kind, a, b});
  }
  void join(const char* kind, std::string_view piece) {
    if (said.empty() || said.back()[0] != kind) said.push_back({kind, ""});
    said.back()[1] = said.back()[1].get<std::string>() + std::string(piece);
  }
  std::vector<std::size_t> calls_;
};

}  // namespace pontage::dialects::test
