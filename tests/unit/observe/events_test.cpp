// Events as lines, and a reader that does not read.
#include "observe/events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/strings.hpp"
#include "pipe.hpp"

namespace pontage::observe {
namespace {

using test::Pipe;
using testing::ContainsRegex;

std::string events_as(events::Options options) {
  Pipe pipe;
  options.fd = pipe.writer();
  events::init(options);
  events::debug("of no interest");
  events::info("listening on 127.0.0.1:8080");
  events::warn("two\nlines \x1b[31m\xff");
  events::error("caf\xc3\xa9");
  events::shutdown();
  pipe.close_writer();
  return pipe.read_all();
}

TEST(Events, TextLines) {
  const std::string text = events_as({});
  const auto lines = split(text, '\n');
  ASSERT_EQ(lines.size(), 4U);
  const std::string time = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z ";
  EXPECT_THAT(std::string(lines[0]), ContainsRegex(time + "info  listening on 127.0.0.1:8080$"));
  EXPECT_THAT(std::string(lines[1]), ContainsRegex(time + "warn  two.nlines \\?\\[31m"));
  EXPECT_THAT(std::string(lines[2]), ContainsRegex(time + "error caf\xc3\xa9$"));
  EXPECT_EQ(lines[3], "");
}

TEST(Events, JsonLines) {
  const std::string text =
      events_as({.level = events::Level::kWarn, .format = events::Format::kJson});
  const auto lines = split(text, '\n');
  ASSERT_EQ(lines.size(), 3U);  // info is below the level
  const auto warning = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(warning.at("level"), "warn");
  EXPECT_EQ(warning.at("message"), "two\nlines \x1b[31m\xEF\xBF\xBD");
  EXPECT_EQ(warning.at("time").get<std::string>().size(), 24U);
  EXPECT_EQ(nlohmann::json::parse(lines[1]).at("message"), "caf\xc3\xa9");
}

TEST(Events, OffSaysNothing) {
  EXPECT_EQ(events_as({.level = events::Level::kOff}), "");
}

// Would hang for ever if an event waited for its reader.
TEST(Events, AFullPipeStopsNobody) {
  Pipe pipe;
  events::init({.fd = pipe.writer()});
  for (int i = 0; i < 5'000; ++i)
    events::info("a line that nobody reads, long enough to fill a pipe soon");
  events::shutdown();
  pipe.close_writer();
  EXPECT_THAT(pipe.read_all(), testing::HasSubstr("a line that nobody reads"));
}

TEST(Events, AReaderThatHasGoneEndsNothing) {
  Pipe pipe;
  pipe.close_reader();
  events::init({.fd = pipe.writer()});
  events::info("into the void");
  events::shutdown();
}

}  // namespace
}  // namespace pontage::observe
