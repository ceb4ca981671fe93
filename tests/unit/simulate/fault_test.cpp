// The fault language: what parses, what is refused with which words, and which request gets which
// clause.
#include "simulate/fault.hpp"

#include <gtest/gtest.h>

#include <array>

#include "simulate/fault_table.hpp"

namespace pontage::simulate {
namespace {

Fault parse_one(std::string_view text) {
  const auto script = FaultScript::parse(text);
  EXPECT_TRUE(script) << text << ": " << script.error();
  return script && !script->clauses().empty() ? script->clauses().front() : Fault();
}

TEST(Fault, HealthyScripts) {
  for (const char* text : {"", " ", "none", ";", " ; "}) {
    const auto script = FaultScript::parse(text);
    ASSERT_TRUE(script) << text;
    EXPECT_TRUE(script->clauses().empty()) << text;
    EXPECT_EQ(script->pick(0, 1), nullptr);
  }
}

TEST(Fault, Values) {
  const Fault fault =
      parse_one("status=503, retry_after=2,retry_after_ms=1500,message=a%2Cb%3D%25,code=x");
  EXPECT_EQ(fault.status, 503);
  EXPECT_EQ(fault.retry_after, "2");
  EXPECT_EQ(fault.retry_after_ms, 1500);
  EXPECT_EQ(fault.message, "a,b=%");
  EXPECT_EQ(fault.code, "x");
  EXPECT_EQ(parse_one("ttft_ms=2s").ttft_ms, 2000);
  EXPECT_EQ(parse_one("huge=3MiB").huge, 3U << 20);
  EXPECT_EQ(parse_one("tps=2.5").tps, 2.5);
  EXPECT_EQ(parse_one("header=x-a:%20b").headers.at(0),
            (std::pair<std::string, std::string>("x-a", "b")));
}

TEST(Fault, Places) {
  using Unit = Position::Unit;
  struct Row {
    const char* text;
    Unit unit;
    std::uint64_t count;
  };
  for (const Row& row : {Row{"cut=7", Unit::kContent, 7}, Row{"cut=e2", Unit::kEvent, 2},
                         Row{"cut=b100", Unit::kByte, 100}, Row{"cut=w9", Unit::kWire, 9},
                         Row{"cut_bytes=5", Unit::kByte, 5}, Row{"refuse", Unit::kWire, 0}}) {
    EXPECT_EQ(parse_one(row.text).cut, (Position{row.unit, row.count})) << row.text;
  }
  EXPECT_EQ(parse_one("reset=before_headers").reset, (Position{Unit::kWire, 0}));
  EXPECT_EQ(parse_one("reset=after_headers").reset, (Position{Unit::kByte, 0}));
  EXPECT_EQ(parse_one("silence").stall, (Position{Unit::kWire, 0}));
}

TEST(Fault, MistakesAreNamed) {
  for (const char* text : {"nope",           "nope=1",          "status",         "status=",
                           "status=99",      "status=600",      "status=abc",     "cut",
                           "cut=",           "cut=x1",          "cut=-1",         "cut=1.5",
                           "no_done=1",      "garbage=yes",     "every=0",        "rate=2",
                           "rate=-0.1",      "error=nothing",   "error=",         "framing=odd",
                           "keepalive",      "keepalive=maybe", "chunk_kind=odd", "wrong_type=odd",
                           "error_event=b5", "error_event=w5",  "interim=200",    "header=nocolon",
                           "bad_head=odd",   "content=odd",     "prefill=odd",    "usage=odd",
                           "gzip=odd",       "huge=many",       "times=x",        "status=500,,",
                           "ttft_ms=-1",     "status=500;nope"}) {
    const auto script = FaultScript::parse(text);
    ASSERT_FALSE(script) << text;
    EXPECT_NE(script.error().find("fault"), std::string::npos) << script.error();
  }
  EXPECT_EQ(FaultScript::parse("statsu=500").error(), "unknown fault 'statsu'");
  EXPECT_EQ(FaultScript::parse("status=x").error(), "fault 'status=x': expected status=N");
}

// Which of the first ten requests are faulty, and by which clause: a digit a request, 0 for
// healthy.
std::string picks(std::string_view text) {
  const auto script = FaultScript::parse(text);
  std::string out;
  for (std::uint64_t i = 0; i < 10; ++i) {
    const Fault* fault = script->pick(i, 1);
    out += fault == nullptr ? '0' : static_cast<char>('1' + (fault - script->clauses().data()));
  }
  return out;
}

TEST(Fault, WhichRequests) {
  EXPECT_EQ(picks("status=500"), "1111111111");
  EXPECT_EQ(picks("status=500,times=2"), "1100000000");
  EXPECT_EQ(picks("status=500,times=0"), "0000000000");
  EXPECT_EQ(picks("status=500,skip=3"), "0001111111");
  EXPECT_EQ(picks("status=500,skip=3,times=2"), "0001100000");
  EXPECT_EQ(picks("status=500,every=3"), "0010010010");
  EXPECT_EQ(picks("status=500,every=2,times=2"), "0101000000");
  EXPECT_EQ(picks("status=500,times=1;status=429,times=2;cut=3"), "1223333333");
  EXPECT_EQ(picks("status=500,times=1;status=429,skip=2,times=1"), "1002000000");
}

TEST(Fault, RateIsSeededAndAboutRight) {
  const auto both = FaultScript::parse("status=500,rate=0.25;cut=3,rate=0.25");
  ASSERT_TRUE(both);
  std::array<int, 2> drawn{};
  for (std::uint64_t i = 0; i < 4000; ++i) {
    if (const Fault* fault = both->pick(i, 7)) ++drawn[fault->status ? 0 : 1];
  }
  EXPECT_NEAR(drawn[0], 1000, 120);
  EXPECT_NEAR(drawn[1], 750, 120) << "a quarter of what the first leaves";
  const auto script = FaultScript::parse("status=500,rate=0.25");
  int hits = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const bool hit = script->pick(i, 7) != nullptr;
    EXPECT_EQ(hit, script->pick(i, 7) != nullptr);
    hits += hit ? 1 : 0;
  }
  EXPECT_GT(hits, 850);
  EXPECT_LT(hits, 1150);
}

TEST(Fault, ModelNames) {
  EXPECT_EQ(split_model("sim-1").script, "");
  EXPECT_EQ(split_model("sim-1!cut=3,times=1").base, "sim-1");
  EXPECT_EQ(split_model("sim-1!cut=3,times=1").script, "cut=3,times=1");
  EXPECT_EQ(split_model("fail-503").script, "status=503");
  EXPECT_EQ(split_model("fail-503").base, "fail-503");
  EXPECT_EQ(split_model("fail-200").script, "");
  EXPECT_EQ(split_model("fail-5031").script, "");
  EXPECT_EQ(split_model("fail-abc").script, "");
}

std::string chosen(FaultTable& table, std::string_view model, std::string_view header = "") {
  const auto choice = table.choose(model, header);
  if (!choice) return "mistake";
  return *choice == nullptr ? "healthy" : (*choice)->text;
}

TEST(FaultTable, Precedence) {
  FaultTable table(1);
  EXPECT_EQ(chosen(table, "sim-1"), "healthy");
  ASSERT_TRUE(table.set("*", "status=500"));
  EXPECT_EQ(chosen(table, "sim-1"), "status=500");
  EXPECT_EQ(chosen(table, "sim-1!cut=1"), "cut=1");
  ASSERT_TRUE(table.set("sim-1", "status=429"));
  EXPECT_EQ(chosen(table, "sim-1"), "status=429");
  EXPECT_EQ(chosen(table, "sim-1!cut=1"), "status=429");
  EXPECT_EQ(chosen(table, "sim-2"), "status=500");
  ASSERT_TRUE(table.set("sim-1!cut=1", "none"));
  EXPECT_EQ(chosen(table, "sim-1!cut=1"), "healthy");
  EXPECT_EQ(chosen(table, "sim-1", "silence"), "silence");
  EXPECT_EQ(chosen(table, "sim-1", "none"), "healthy");
  ASSERT_TRUE(table.set("sim-1", ""));
  EXPECT_EQ(chosen(table, "sim-1"), "status=500");
  table.clear();
  EXPECT_EQ(chosen(table, "sim-1"), "healthy");
}

TEST(FaultTable, CountsPerScriptAndModel) {
  FaultTable table(1);
  ASSERT_TRUE(table.set("*", "status=500,times=1"));
  EXPECT_EQ(chosen(table, "a"), "status=500,times=1");
  EXPECT_EQ(chosen(table, "b"), "healthy");
  EXPECT_EQ(chosen(table, "m!cut=1,times=1"), "cut=1,times=1");
  EXPECT_EQ(chosen(table, "m!cut=1,times=1"), "healthy");
  EXPECT_EQ(chosen(table, "n!cut=1,times=1"), "cut=1,times=1");
  EXPECT_EQ(chosen(table, "x", "cut=2,times=1"), "cut=2,times=1");
  EXPECT_EQ(chosen(table, "y", "cut=2,times=1"), "cut=2,times=1");
  EXPECT_EQ(chosen(table, "x", "cut=2,times=1"), "healthy");
  table.reset_counters();
  EXPECT_EQ(chosen(table, "b"), "status=500,times=1");
  EXPECT_EQ(chosen(table, "m!cut=1,times=1"), "cut=1,times=1");
  // Setting a row again starts its count again.
  ASSERT_TRUE(table.set("*", "status=500,times=1"));
  EXPECT_EQ(chosen(table, "b"), "status=500,times=1");
}

TEST(FaultTable, AMistakeIsNeverHealthy) {
  FaultTable table(1);
  const auto result = table.set("*", "statsu=500");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), "unknown fault 'statsu'");
  EXPECT_EQ(chosen(table, "sim-1"), "mistake");
  EXPECT_EQ(chosen(table, "sim-1!oops"), "mistake");
  EXPECT_EQ(chosen(table, "sim-1", "oops"), "mistake");
}

}  // namespace
}  // namespace pontage::simulate
