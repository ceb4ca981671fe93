// The decision line: what stands in it, how long it may be, and that it fits a header.
#include "pontage/chain/trace.hpp"

#include <gtest/gtest.h>

namespace pontage::chain {
namespace {

TEST(Trace, OnlyDecisionsAreInTheLine) {
  Trace trace;
  EXPECT_EQ(trace.line(), "");
  trace.note("route", "chat");
  trace.decide("conditional", "request.tokens < 500 -> openai/gpt-4o-mini");
  trace.note("dispatch", "tried again");
  trace.decide("dispatch", "openai/gpt-4o-mini answered");
  EXPECT_EQ(trace.line(),
            "conditional: request.tokens < 500 -> openai/gpt-4o-mini; dispatch: openai/gpt-4o-mini "
            "answered");
  EXPECT_EQ(trace.entries().size(), 4U);
}

TEST(Trace, AtMostOneKibibyte) {
  for (const std::size_t size : {900U, 1012U, 1013U, 1014U, 1015U, 5000U}) {
    Trace trace;
    trace.decide("dispatch", std::string(size, 'x'));
    const std::string line = trace.line();
    EXPECT_LE(line.size(), 1024U) << size;
    EXPECT_EQ(line.ends_with("..."), size + 10 > 1024) << size;
  }
  Trace many;
  for (int i = 0; i < 100'000; ++i) many.decide("dispatch", "a/b failed");
  EXPECT_EQ(many.line().size(), 1024U);
}

TEST(Trace, PrintableAsciiWhateverAModelIsCalled) {
  Trace trace;
  trace.decide("dispatch", "evil\r\nx-injected: 1\t\x01 \xE2\x82\xAC \x7F end");
  EXPECT_EQ(trace.line(), "dispatch: evil??x-injected: 1?? ??? ? end");
}

}  // namespace
}  // namespace pontage::chain
