// What `check` asks about rules: examples first, then every answer against brute force on small
// worlds.
#include <gtest/gtest.h>

#include <random>

#include "unit/expr/expr_support.hpp"

namespace pontage::expr::test {
namespace {

using Truth = Program::Truth;

TEST(Satisfiable, Examples) {
  const auto truth = [](const char* source) { return program(source).satisfiable(); };
  EXPECT_EQ(truth("request.tokens < 5 && request.tokens > 10"), Truth::kNever);
  EXPECT_EQ(truth("request.tokens > 4 && request.tokens < 5"), Truth::kNever);
  EXPECT_EQ(truth("request.tokens > 4 && request.tokens < 6"), Truth::kSometimes);
  EXPECT_EQ(truth("request.tokens > 4.5 && request.tokens < 4.9"), Truth::kNever);
  EXPECT_EQ(truth("latency_ms > 4.5 && latency_ms < 4.9"), Truth::kSometimes);
  EXPECT_EQ(truth("latency_ms > 4.5 && latency_ms < 4.5"), Truth::kNever);
  EXPECT_EQ(truth("request.model == 'a' && request.model == 'b'"), Truth::kNever);
  EXPECT_EQ(truth("request.model in ['a', 'b'] && request.model == 'c'"), Truth::kNever);
  EXPECT_EQ(truth("request.model in ['a'] && !(request.model != 'b')"), Truth::kNever);
  EXPECT_EQ(truth("request.stream && !request.stream"), Truth::kNever);
  EXPECT_EQ(truth("request.metadata.x == true && request.metadata.x == false"), Truth::kNever);
  EXPECT_EQ(truth("request.metadata.x == true && request.metadata.y == false"), Truth::kSometimes);
  EXPECT_EQ(truth("request.metadata.x > 5 && request.metadata.x < 3"), Truth::kNever);
  EXPECT_EQ(truth("!has(request.metadata.x) && request.metadata.x == 'a'"), Truth::kNever);
  EXPECT_EQ(truth("request.model.contains('a') && !request.model.contains('a')"), Truth::kNever);
  EXPECT_EQ(truth("request.model.contains('a') && !request.model.contains('b')"),
            Truth::kSometimes);
  EXPECT_EQ(truth("false"), Truth::kNever);
  EXPECT_EQ(truth("true"), Truth::kAlways);
  EXPECT_EQ(truth("1 / 0 == 1"), Truth::kNever);  // an error each time
  EXPECT_EQ(truth("!(1 / 0 == 1)"), Truth::kNever);
  EXPECT_EQ(truth("true || request.metadata.x == 'a'"), Truth::kAlways);
  EXPECT_EQ(truth("has(request.metadata.x) || !has(request.metadata.x)"), Truth::kAlways);
  // Not always: the key may be absent, and then the rule is false.
  EXPECT_EQ(truth("request.metadata.x == 'a' || request.metadata.x != 'a'"), Truth::kSometimes);
}

bool implies(const char* a, const char* b) {
  return Program::implies(program(a), program(b));
}

TEST(Implies, Examples) {
  EXPECT_TRUE(implies("request.tokens < 100", "request.tokens < 500"));
  EXPECT_FALSE(implies("request.tokens < 500", "request.tokens < 100"));
  EXPECT_TRUE(implies("request.tokens > 5 && request.stream", "request.tokens >= 6"));
  EXPECT_TRUE(implies("request.tokens == 7", "request.tokens in [1, 7]"));
  EXPECT_TRUE(implies("request.model == 'a'", "request.model != 'b'"));
  EXPECT_TRUE(implies("request.metadata.x == 'a'", "has(request.metadata.x)"));
  EXPECT_FALSE(implies("has(request.metadata.x)", "request.metadata.x == 'a'"));
  EXPECT_TRUE(implies("request.metadata.x > 10", "request.metadata.x > 5"));
  EXPECT_TRUE(implies("request.metadata.x == true", "request.metadata.x"));
  EXPECT_FALSE(implies("request.metadata.x != true", "!request.metadata.x"));
  EXPECT_TRUE(implies("request.model.startsWith('gpt') && request.stream",
                      "request.model.startsWith('gpt')"));
  EXPECT_TRUE(
      implies("request.stream ? request.tokens < 5 : request.tokens < 3", "request.tokens < 5"));
  EXPECT_TRUE(implies("request.model == 'a'", "true"));
  // NaN, and a text that is no bool, are on neither side.
  EXPECT_FALSE(implies("!(latency_ms < 1.0)", "latency_ms >= 1.0"));
  EXPECT_TRUE(implies("latency_ms >= 1.0", "!(latency_ms < 1.0)"));
  EXPECT_FALSE(implies("request.metadata.x != true", "request.metadata.x == false"));
  EXPECT_TRUE(implies("request.metadata.x == false", "request.metadata.x != true"));
}

TEST(Covered, SeveralRulesTogether) {
  const Program small = program("request.tokens < 500");
  const Program middle = program("request.tokens >= 500 && request.tokens < 4000");
  const Program large = program("request.tokens >= 4000");
  const Program rule = program("request.tokens > 100 && request.tokens < 1000");
  const std::array<const Program*, 3> all = {&small, &middle, &large};
  EXPECT_TRUE(Program::covered(rule, std::span(all).first(2)));
  EXPECT_FALSE(Program::covered(rule, std::span(all).first(1)));
  EXPECT_TRUE(Program::covered(program("has(request.tokens) && request.stream"), all));
}

TEST(Overlaps, TheShortRequestWithPersonalData) {
  const Program small = program("request.tokens < 500");
  const Program middle = program("request.tokens > 500 && request.tokens < 4000");
  const Program pii = program("request.metadata.contains_pii == true");
  EXPECT_TRUE(Program::overlaps(small, pii));
  EXPECT_TRUE(Program::overlaps(middle, pii));
  EXPECT_FALSE(Program::overlaps(small, middle));
  EXPECT_FALSE(Program::implies(pii, small));
}

TEST(Reasoning, LargeRulesAreAnsweredWithoutGrowing) {
  std::string source = "true";
  for (int i = 0; i < 50; ++i) {
    source += " && (request.tokens == " + std::to_string(i) + " || request.model == 'x')";
  }
  const Program rule = program(source);
  EXPECT_NE(rule.satisfiable(), Truth::kNever);
  EXPECT_TRUE(Program::overlaps(rule, rule));
}

// --- against brute force
// ---------------------------------------------------------------------------------------------

/// A random condition over few names and few constants, so that contradictions and inclusions are
/// common.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  /// From here on most conditions are about one name, so that two rules have something to do with
  /// each other.
  void choose_topic() { topic_ = pick(kTopics); }

  std::string rule(int depth) {
    if (depth == 0) return atom();
    switch (pick(6)) {
      case 0:
      case 1:
        return "(" + rule(depth - 1) + " && " + rule(depth - 1) + ")";
      case 2:
      case 3:
        return "(" + rule(depth - 1) + " || " + rule(depth - 1) + ")";
      case 4:
        return "!(" + rule(depth - 1) + ")";
      default:
        return "(" + rule(depth - 1) + " ? " + rule(depth - 1) + " : " + rule(depth - 1) + ")";
    }
  }

 private:
  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }
  std::string one_of(std::initializer_list<const char*> options) {
    return options.begin()[pick(static_cast<unsigned>(options.size()))];
  }
  std::string compare() { return one_of({" < ", " <= ", " > ", " >= ", " == ", " != "}); }

  std::string atom() {
    const std::string tokens = one_of({"0", "1", "2", "1.5", "-1", "3u"});
    const std::string latency = one_of({"0.0", "1", "1.5", "2.0", "0.0 / 0.0"});
    const std::string loose = one_of({"1", "1.5", "0", "true", "false", "'a'", "'1'", "'true'"});
    switch (pick(4) == 0 ? pick(kTopics) : topic_) {
      case 0:
        return "request.tokens" + compare() + tokens;
      case 1:
        return tokens + compare() + "request.tokens";
      case 2:
        return "request.tokens in " + one_of({"[0, 1]", "[2]", "[1.0, 5]", "[]"});
      case 3:
        return "request.model" + one_of({" == ", " != ", " < "}) + one_of({"'a'", "'b'"});
      case 4:
        return "request.model in " + one_of({"['a', 'b']", "['b', 'c']", "['z']"});
      case 5:
        return "request.stream" + one_of({"", " == true", " != true", " < true"});
      case 6:
        return "latency_ms" + compare() + latency;
      case 7:
      case 8:
        return "request.metadata.x" + (loose[0] == '\'' ? one_of({" == ", " != "}) : compare()) +
               loose;
      case 9:
        return "request.metadata.x in " + one_of({"[1, 2]", "['a', '1']", "[true]", "[1, 'a']"});
      case 10:
        return one_of({"request.metadata.x", "request.user == 'a'", "!request.user"});
      case 11:
        return one_of({"has(request.metadata.x)", "'x' in request.metadata", "has(request.user)",
                       "true", "false"});
      default:
        return one_of({"request.model.contains('a')", "1 / request.tokens > 0"});
    }
  }

  static constexpr unsigned kTopics = 13;
  std::mt19937 random_;
  unsigned topic_ = 0;
};

/// Plain members: there are a thousand of these, and each rule is asked about all of them.
class World final : public Facts {
 public:
  World(std::int64_t tokens, std::string_view model, bool stream, double latency,
        std::string_view loose)
      : tokens_(tokens), model_(model), stream_(stream), latency_(latency), loose_(loose) {}

  Value get(int id) const override {
    switch (id) {
      case kTokens:
        return Value::integer(tokens_);
      case kModel:
        return Value::text(model_);
      case kStream:
        return Value::boolean(stream_);
      case kLatency:
        return Value::number(latency_);
      default:
        break;
    }
    if (tokens_ % 2 != 0) return Value::absent();
    return Value::text(stream_ ? "a" : "true");
  }
  Value lookup(int, std::string_view key) const override {
    return key == "x" && !loose_.empty() ? Value::text(loose_) : Value::absent();
  }

 private:
  std::int64_t tokens_;
  std::string_view model_;
  bool stream_;
  double latency_;
  std::string_view loose_;  ///< empty: the key is absent
};

std::vector<World> all_worlds() {
  std::vector<World> out;
  for (const std::int64_t tokens : {-1, 0, 1, 2, 3}) {
    for (const char* model : {"a", "b", "c"}) {
      for (const bool stream : {false, true}) {
        for (const double latency : {-0.0, 1.0, 1.25, 1.5, double(NAN)}) {
          for (const char* loose : {"", "1", "1.5", "0", "true", "f", "a", "-", "12"}) {
            out.emplace_back(tokens, model, stream, latency, loose);
          }
        }
      }
    }
  }
  return out;
}

std::vector<bool> table_of(const Program& rule, const std::vector<World>& worlds) {
  std::vector<bool> out;
  out.reserve(worlds.size());
  for (const World& facts : worlds) out.push_back(rule.evaluate(facts).value);
  return out;
}

TEST(Reasoning, NeverContradictsBruteForce) {
  const std::vector<World> worlds = all_worlds();
  constexpr int kRounds = 600;
  Generator generator(20240607);
  int never = 0;
  int always = 0;
  int implied = 0;
  int apart = 0;
  for (int round = 0; round < kRounds; ++round) {
    generator.choose_topic();
    const std::string first = generator.rule(round % 3);
    const std::string second = generator.rule((round / 3) % 3);
    SCOPED_TRACE(first + "   and   " + second);
    const Program a = program(first);
    const Program b = program(second);
    const std::vector<bool> in_a = table_of(a, worlds);
    const std::vector<bool> in_b = table_of(b, worlds);
    const Truth truth = a.satisfiable();
    const bool implied_here = Program::implies(a, b);
    const bool overlap_here = Program::overlaps(a, b);
    bool sound = true;
    for (std::size_t i = 0; i < worlds.size(); ++i) {
      sound = sound && (truth != Truth::kNever || !in_a[i]);
      sound = sound && (truth != Truth::kAlways || in_a[i]);
      sound = sound && (!implied_here || !in_a[i] || in_b[i]);
      sound = sound && (overlap_here || !in_a[i] || !in_b[i]);
    }
    ASSERT_TRUE(sound) << "never " << (truth == Truth::kNever) << ", always "
                       << (truth == Truth::kAlways) << ", implies " << implied_here << ", overlaps "
                       << overlap_here;
    never += truth == Truth::kNever;
    always += truth == Truth::kAlways;
    implied += implied_here && truth != Truth::kNever;
    apart += !overlap_here && truth != Truth::kNever;
  }
  // The generator makes all answers occur, or this would test nothing.
  EXPECT_GT(never, 5);
  EXPECT_GT(always, 1);
  EXPECT_GT(implied, 5);
  EXPECT_GT(apart, 5);
}

/// On rules that the reasoning claims to understand (comparisons of ints with constants, && and
/// ||), it misses nothing: the worlds hold a value for each region that the constants cut.
TEST(Reasoning, IsCompleteForIntegerComparisons) {
  std::mt19937 random(7);
  const auto atom = [&random] {
    constexpr std::array<const char*, 6> kSigns = {"<", "<=", ">", ">=", "==", "!="};
    return "request.tokens " + std::string(kSigns[random() % 6]) + " " +
           std::to_string(random() % 4);
  };
  for (int round = 0; round < 300; ++round) {
    std::string source = atom();
    for (int i = 0; i < 3; ++i)
      source = "(" + source + (random() % 2 ? " && " : " || ") + atom() + ")";
    const Program rule = program(source);
    bool some = false;
    for (std::int64_t tokens = -1; tokens <= 5; ++tokens) {
      TestFacts facts;
      facts.values[kTokens] = Value::integer(tokens);
      some = some || rule.evaluate(facts).value;
    }
    EXPECT_EQ(rule.satisfiable() == Truth::kNever, !some) << source;
  }
}

}  // namespace
}  // namespace pontage::expr::test
