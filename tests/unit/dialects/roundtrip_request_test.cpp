// decode(encode(x)) = x for requests: a conversation that a dialect can express is written by its
// provider half and read by its client half, and is the same. What a dialect cannot express is not
// generated, and listed where each generator leaves it out.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>

#include "unit/dialects/roundtrip_support.hpp"

namespace pontage::dialects::test {
namespace {

using llm::Part;
using llm::Role;
using llm::Source;
using Choice = llm::ToolChoice::Kind;
using Thinking = llm::Reasoning::Kind;

constexpr int kCases = 3000;

/// What the conversation becomes on the way; a refusal is a test failure.
json there_and_back(const Codec& codec, const llm::Conversation& sent, std::string_view model) {
  TargetShape shape;
  shape.model = model;
  TranslationNotes notes(shape);
  std::string body;
  const bool written = codec.provider->write(notes, sent, RequestView{}, body);
  EXPECT_TRUE(written) << notes.error->param << ": " << notes.error->detail << "\n" << body;
  EXPECT_EQ(notes.dropped, std::vector<std::string>{}) << body;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  EXPECT_EQ(parser.parse(body).get(root), simdjson::SUCCESS) << body;
  llm::Conversation read;
  EXPECT_TRUE(codec.client->read(notes, root, read))
      << notes.error->param << ": " << notes.error->detail << "\n"
      << body;
  EXPECT_EQ(notes.dropped, std::vector<std::string>{}) << body;
  return describe(read);
}

class Making {
 public:
  explicit Making(std::uint32_t seed) : g(seed) {}
  Generator g;

 protected:
  Part part(Part::Kind kind) {
    Part out;
    out.kind = kind;
    return out;
  }
  Part text() {
    Part out = part(Part::Kind::kText);
    out.text = g.text();
    return out;
  }
  Part image() {
    Part out = part(Part::Kind::kImage);
    const bool url = g.chance(2);
    out.source = url ? Source::kUrl : Source::kBase64;
    out.data = url ? g.word("https://a.example/") : g.word("iVBO");
    if (!url)
      out.media_type =
          g.one_of<std::string_view>({"image/png", "image/jpeg", "image/gif", "image/webp"});
    return out;
  }
  Part pdf() {
    Part out = part(Part::Kind::kDocument);
    out.source = Source::kBase64;
    out.media_type = "application/pdf";
    out.data = g.word("JVBE");
    out.title = g.word("file");
    return out;
  }
  Part call() {
    Part out = part(Part::Kind::kToolCall);
    out.id = g.word("call_");
    out.name = g.word("tool_");
    out.json = g.object();
    return out;
  }
  // At least one: a history with calls must declare them to Anthropic.
  void tools(llm::Conversation& c, std::size_t least) {
    for (std::size_t i = least + g.below(3); i > 0; --i) {
      llm::Tool& tool = c.tools.emplace_back();
      tool.name = g.word("tool_");
      if (g.chance(2)) tool.description = g.text();
      tool.schema = g.schema();
      tool.strict = g.chance(3);
    }
    if (c.tools.empty()) return;
    c.choice.kind =
        g.one_of({Choice::kUnsaid, Choice::kAuto, Choice::kAny, Choice::kNone, Choice::kNamed});
    if (c.choice.kind == Choice::kNamed) c.choice.name = c.tools.back().name;
    c.choice.one_at_a_time =
        c.choice.kind != Choice::kNone && c.choice.kind != Choice::kUnsaid && g.chance(3);
  }
  void stops(llm::Conversation& c) {
    for (std::size_t i = g.below(4); i > 0; --i) c.stop.push_back(g.text());
  }
};

// Not expressible: audio, refusals (they become text), files of a store, foreign parts, words of
// the system between turns (they become user text), names of participants, thinking without a
// signature (left out), blank text, an answer's form by name, penalties and other sampling.
class AnthropicMaking : public Making {
 public:
  using Making::Making;

  llm::Conversation make() {
    llm::Conversation c;
    for (std::size_t i = g.below(3); i > 0; --i) c.system.push_back(marked(text()));
    for (std::size_t i = 1 + g.below(3); i > 0; --i) exchange(c, i > 1);
    tools(c, 1);
    for (llm::Tool& tool : c.tools) {
      if (g.chance(3)) tool.cache_control = R"({"type":"ephemeral"})";
    }
    c.max_tokens = 4000 + static_cast<std::int64_t>(g.below(100));
    reasoning(c);
    if (c.reasoning.kind != Thinking::kAdaptive && c.reasoning.kind != Thinking::kBudget) {
      if (g.chance(2)) c.temperature = "0.25";
      if (g.chance(2)) c.top_p = "0.9";
      if (g.chance(2)) c.top_k = "40";
    }
    stops(c);
    if (g.chance(2)) c.user = g.text();
    if (g.chance(2)) c.answer_schema = g.schema();
    return c;
  }

 private:
  Part marked(Part out) {
    if (g.chance(3)) out.cache_control = R"({"type":"ephemeral","ttl":"1h"})";
    return out;
  }
  Part document() {
    Part out = pdf();
    if (g.chance(2)) out.context = g.text();
    out.wants_citations = g.chance(2);
    if (g.chance(2)) return out;
    out.media_type = {};
    out.source = g.one_of({Source::kUrl, Source::kText, Source::kParts});
    if (out.source == Source::kText) out.media_type = "text/plain";
    if (out.source != Source::kParts) return out;
    out.data = {};
    out.parts = {text(), image()};
    return out;
  }
  Part user_part() { return marked(g.chance(2) ? text() : g.chance(2) ? image() : document()); }
  void exchange(llm::Conversation& c, bool answered) {
    llm::Turn user;
    if (!c.turns.empty()) results(c.turns.back(), user);
    for (std::size_t i = g.below(3) + (user.parts.empty() ? 1 : 0); i > 0; --i)
      user.parts.push_back(user_part());
    c.turns.push_back(std::move(user));
    if (!answered) return;
    llm::Turn& assistant = c.turns.emplace_back();
    assistant.role = Role::kAssistant;
    for (std::size_t i = g.below(3); i > 0; --i) {
      Part& part = assistant.parts.emplace_back();
      part.kind = g.chance(3) ? Part::Kind::kRedactedThinking : Part::Kind::kThinking;
      part.text = g.text();
      if (part.kind == Part::Kind::kThinking) part.signature = g.word("sig");
    }
    assistant.parts.push_back(marked(text()));
    for (std::size_t i = g.below(3); i > 0; --i) assistant.parts.push_back(marked(call()));
  }
  // In any order: they come back as they finished.
  void results(const llm::Turn& assistant, llm::Turn& user) {
    for (const Part& asked : assistant.parts) {
      if (asked.kind != Part::Kind::kToolCall) continue;
      Part out = marked(part(Part::Kind::kToolResult));
      out.id = asked.id;
      out.is_error = g.chance(4);
      for (std::size_t i = g.below(3); i > 0; --i) out.parts.push_back(user_part());
      user.parts.insert(
          user.parts.begin() + static_cast<std::ptrdiff_t>(g.below(2) * user.parts.size()),
          std::move(out));
    }
  }
  void reasoning(llm::Conversation& c) {
    if (c.choice.kind == Choice::kAny || c.choice.kind == Choice::kNamed) return;  // cannot think
    const bool runs = !c.turns.back().parts.empty() &&
                      c.turns.back().parts.front().kind == Part::Kind::kToolResult;
    c.reasoning.kind = g.one_of({Thinking::kUnsaid, Thinking::kOff, Thinking::kAdaptive,
                                 runs ? Thinking::kAdaptive : Thinking::kBudget});
    if (c.reasoning.kind == Thinking::kBudget)
      c.reasoning.budget_tokens = 1024 + static_cast<std::int64_t>(g.below(1000));
    if (c.reasoning.kind != Thinking::kOff && g.chance(2))
      c.reasoning.effort = g.one_of<std::string_view>({"low", "medium", "high", "max"});
  }
};

// Not expressible: several texts of one side in a turn of the assistant or the system or of a tool
// (they are joined), cache marks, thinking but for models that want it back, errors of tools (said
// in the text), parts of results beside text, budgets and switched-off thinking, efforts beyond
// high, `allowed` (the tools are filtered), top_k; several answers and log probabilities, which no
// translated answer holds.
class OpenAiMaking : public Making {
 public:
  using Making::Making;
  std::string_view model;

  llm::Conversation make() {
    llm::Conversation c;
    model = g.one_of<std::string_view>({"gpt-4o", "gpt-5", "deepseek-reasoner"});
    if (g.chance(2)) c.system.push_back(text());
    for (std::size_t i = g.below(4); i > 0; --i) exchange(c);
    c.turns.push_back(user());
    tools(c, 0);
    if (g.chance(2)) c.max_tokens = 1 + static_cast<std::int64_t>(g.below(1000));
    if (model == "gpt-5") {
      if (g.chance(2)) {
        c.reasoning.kind = Thinking::kAdaptive;
        c.reasoning.effort = g.one_of<std::string_view>({"low", "medium", "high"});
      }
    } else {
      sampling(c);
    }
    stops(c);
    if (g.chance(2)) c.user = g.word("user");
    if (g.chance(3)) {
      c.answer_schema = g.schema();
      c.answer_name = g.word("form");
      c.answer_strict = true;
    } else {
      c.answer_json = g.chance(3);
    }
    return c;
  }

 private:
  llm::Turn user() {
    llm::Turn out;
    if (g.chance(3)) out.name = g.word("name");
    for (std::size_t i = 1 + g.below(3); i > 0; --i) out.parts.push_back(user_part());
    return out;
  }
  Part user_part() {
    if (g.chance(2)) return text();
    if (g.chance(3)) return pdf();
    if (g.chance(3)) {
      Part out = part(Part::Kind::kAudio);
      out.source = Source::kBase64;
      out.media_type = "wav";
      out.data = g.word("UklG");
      return out;
    }
    Part out = image();
    out.detail = g.one_of<std::string_view>({"", "low", "high", "auto"});
    return out;
  }
  void exchange(llm::Conversation& c) {
    if (c.turns.empty() || g.chance(2)) c.turns.push_back(user());
    if (g.chance(4)) {
      llm::Turn& later = c.turns.emplace_back();
      later.role = Role::kSystem;
      later.parts.push_back(text());
    }
    llm::Turn assistant;
    assistant.role = Role::kAssistant;
    if (model.starts_with("deepseek") && g.chance(2)) {
      assistant.parts.push_back(part(Part::Kind::kThinking));
      assistant.parts.back().text = g.text();
    }
    if (g.chance(3)) assistant.name = g.word("name");
    const std::size_t calls = g.below(3);
    if (calls == 0 || g.chance(2)) assistant.parts.push_back(text());
    llm::Turn results;
    for (std::size_t i = calls; i > 0; --i) {
      assistant.parts.push_back(call());
      Part& result = results.parts.emplace_back();
      result.kind = Part::Kind::kToolResult;
      result.id = assistant.parts.back().id;
      result.parts.push_back(text());
    }
    c.turns.push_back(std::move(assistant));
    if (calls > 0) c.turns.push_back(std::move(results));
  }
  void sampling(llm::Conversation& c) {
    if (g.chance(2)) c.temperature = "1.5";
    if (g.chance(2)) c.top_p = "0.5";
    if (g.chance(2)) c.frequency_penalty = "-0.5";
    if (g.chance(2)) c.presence_penalty = "2";
    if (g.chance(2)) c.seed = static_cast<std::int64_t>(g.below(1000));
    if (g.chance(2)) c.logit_bias = R"({"50256":-100})";
  }
};

TEST(RoundTrip, AnthropicRequests) {
  for (std::uint32_t seed = 0; seed < kCases && !HasFailure(); ++seed) {
    AnthropicMaking making(seed);
    const llm::Conversation sent = making.make();
    EXPECT_EQ(there_and_back(anthropic_messages_codec(), sent, "claude-opus-4-6"), describe(sent))
        << "seed " << seed;
  }
}

TEST(RoundTrip, OpenAiRequests) {
  for (std::uint32_t seed = 0; seed < kCases && !HasFailure(); ++seed) {
    OpenAiMaking making(seed);
    const llm::Conversation sent = making.make();
    EXPECT_EQ(there_and_back(openai_chat_codec(), sent, making.model), describe(sent))
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace pontage::dialects::test
