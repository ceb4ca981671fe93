// Times and numbers as they stand in a log line.
#include "observe/json_line.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace pontage::observe {
namespace {

TEST(IsoTime, CountsInUtcToTheMillisecond) {
  struct Row {
    std::int64_t ms;
    const char* text;
  };
  const Row rows[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {951'782'400'000, "2000-02-29T00:00:00.000Z"},
      {1'782'909'296'789, "2026-07-01T12:34:56.789Z"},
      {4'102'444'799'999, "2099-12-31T23:59:59.999Z"},
  };
  for (const Row& row : rows) {
    std::string out;
    append_iso_time(out, WallTime(std::chrono::milliseconds(row.ms)));
    EXPECT_EQ(out, row.text);
  }
}

TEST(JsonLine, WritesMicrosecondsAsMilliseconds) {
  struct Row {
    std::int64_t micros;
    const char* text;
  };
  for (const Row& row : {Row{0, "0.000"}, Row{1, "0.001"}, Row{999, "0.999"}, Row{1'000, "1.000"},
                         Row{1'234'567, "1234.567"}, Row{-5, "0.000"}}) {
    std::string out;
    JsonLine(out).millis(row.micros);
    EXPECT_EQ(out, row.text);
  }
}

TEST(JsonLine, PutsCommasBetweenValuesOnly) {
  std::string out;
  JsonLine line(out);
  line.open('{');
  line.key("\"a\":");
  line.open('[');
  line.integer(std::numeric_limits<std::int64_t>::min());
  line.open('[');
  line.close(']');
  line.text("x");
  line.null();
  line.close(']');
  line.key("\"b\":");
  line.boolean(false);
  line.close('}');
  EXPECT_EQ(out, R"({"a":[-9223372036854775808,[],"x",null],"b":false})");
}

}  // namespace
}  // namespace pontage::observe
