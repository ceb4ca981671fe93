// SseParser: the same events whatever the split, line end or noise; raw bytes add up to the stream.
#include "http/sse.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pontage::http {
namespace {

struct Seen {
  std::string raw;
  std::string event;
  std::string data;
  bool has_data = false;
  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << "{raw=" << testing::PrintToString(seen.raw) << " event=" << seen.event
             << " data=" << seen.data << "}";
}

struct Parsed {
  std::vector<Seen> events;
  bool too_large = false;
};

void drain(SseParser& parser, Parsed& run) {
  SseParser::Event event;
  while (true) {
    const auto next = parser.next(event);
    if (next == SseParser::Next::kTooLarge) run.too_large = true;
    if (next != SseParser::Next::kEvent) return;
    run.events.push_back({std::string(event.raw), std::string(event.event), std::string(event.data),
                          event.has_data});
  }
}

Parsed parse(const std::vector<std::string_view>& pieces, std::size_t limit = 1 << 20) {
  SseParser parser(limit);
  Parsed run;
  for (const auto piece : pieces) {
    parser.feed(piece);
    drain(parser, run);
  }
  SseParser::Event event;
  if (parser.rest(event)) {
    run.events.push_back({std::string(event.raw), std::string(event.event), std::string(event.data),
                          event.has_data});
  }
  EXPECT_EQ(run.too_large ? 0 : parser.buffered(), 0U);
  return run;
}

std::vector<std::string_view> bytes_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < text.size(); ++i) pieces.push_back(text.substr(i, 1));
  return pieces;
}

std::string with_line_ends(std::string_view text, std::string_view end) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out.append(end);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

constexpr std::string_view kStream =
    ": OPENROUTER PROCESSING\n\n"
    "data: {\"a\":1}\n\n"
    "event: message_start\ndata: {\"type\":\"message_start\"}\n\n"
    "id: 7\nretry: 10\ndata:{\"no\":\"space\"}\n\n"
    "data: first\ndata:  second\ndata\ndata: fourth\n\n"
    "event:ping\n\n"
    "\n"
    "dataset: not data\nevents: no\ndata: x: y\n\n"
    "data: [DONE]\n\n";

TEST(Sse, ReadsFieldsAsTheStandardSays) {
  const auto run = parse({kStream});
  const std::vector<std::tuple<std::string, std::string, bool>> expected = {
      {"", "", false},
      {"", "{\"a\":1}", true},
      {"message_start", "{\"type\":\"message_start\"}", true},
      {"", "{\"no\":\"space\"}", true},
      {"", "first\n second\n\nfourth", true},
      {"ping", "", false},
      {"", "", false},
      {"", "x: y", true},
      {"", "[DONE]", true}};
  ASSERT_EQ(run.events.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [event, data, has_data] = expected[i];
    EXPECT_EQ(run.events[i].event, event) << i;
    EXPECT_EQ(run.events[i].data, data) << i;
    EXPECT_EQ(run.events[i].has_data, has_data) << i;
  }
}

class SseLineEnds : public testing::TestWithParam<std::string> {};

TEST_P(SseLineEnds, AnySplitGivesTheSameEvents) {
  const std::string stream = with_line_ends(kStream, GetParam());
  const Parsed whole = parse({stream});
  std::string raw;
  for (const auto& seen : whole.events) raw += seen.raw;
  EXPECT_EQ(raw, stream);
  const Parsed lf = parse({kStream});
  ASSERT_EQ(whole.events.size(), lf.events.size());
  for (std::size_t i = 0; i < lf.events.size(); ++i) {
    EXPECT_EQ(whole.events[i].event, lf.events[i].event);
    EXPECT_EQ(whole.events[i].data, lf.events[i].data);
  }
  EXPECT_EQ(parse(bytes_of(stream)).events, whole.events);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    const std::string_view text = stream;
    EXPECT_EQ(parse({text.substr(0, cut), text.substr(cut)}).events, whole.events)
        << "cut at " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(All, SseLineEnds, testing::Values("\n", "\r\n", "\r"));

TEST(Sse, MixedLineEndsDoNotDependOnTheSplit) {
  const std::string stream =
      "data: a\r\n\rdata: b\n\r\ndata: c\r\r\ndata: d\r\n\r\n\r\rdata: e\r\rdata: f\r\n\r\ndata: "
      "g\n\n";
  const Parsed whole = parse({stream});
  std::string raw;
  std::string data;
  for (const auto& seen : whole.events) {
    raw += seen.raw;
    data += seen.data;
  }
  EXPECT_EQ(raw, stream);
  EXPECT_EQ(data, "abcdefg");
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    const std::string_view text = stream;
    EXPECT_EQ(parse({text.substr(0, cut), text.substr(cut)}).events, whole.events)
        << "cut at " << cut;
  }
  EXPECT_EQ(parse(bytes_of(stream)).events, whole.events);
}

TEST(Sse, HandsAnEventOutAsSoonAsItIsWhole) {
  for (const std::string end : {"\n", "\r\n"}) {
    SseParser parser(1024);
    SseParser::Event event;
    const std::string text = "data: x" + end + end;
    parser.feed(std::string_view(text).substr(0, text.size() - 1));
    EXPECT_EQ(parser.next(event), SseParser::Next::kNeedMore);
    parser.feed(std::string_view(text).substr(text.size() - 1));
    EXPECT_EQ(parser.next(event), SseParser::Next::kEvent);
  }
  SseParser parser(1024);
  SseParser::Event event;
  parser.feed("data: x\r\rdata: y\r\r");
  EXPECT_EQ(parser.next(event), SseParser::Next::kEvent);
  EXPECT_EQ(parser.next(event), SseParser::Next::kEvent)
      << "a stream of lone CRs does not wait for a LF";
  EXPECT_EQ(event.data, "y");
}

TEST(Sse, DropsAByteOrderMark) {
  const std::string stream =
      "\xEF\xBB\xBF"
      "data: x\n\n";
  const Parsed whole = parse({stream});
  ASSERT_EQ(whole.events.size(), 1U);
  EXPECT_EQ(whole.events[0].raw, "data: x\n\n");
  EXPECT_EQ(parse(bytes_of(stream)).events, whole.events);
  EXPECT_EQ(parse({"data: x\n\n\xEF\xBB\xBF"
                   "data: y\n\n"})
                .events[1]
                .data,
            "")
      << "only at the start";
}

TEST(Sse, RestGivesTheLastEventWithoutItsBlankLine) {
  for (const std::string_view tail :
       {"data: [DONE]", "data: [DONE]\n", "data: [DONE]\r\n", "data: [DONE]\r"}) {
    const std::string stream = "data: a\n\n" + std::string(tail);
    for (const Parsed& run : {parse({stream}), parse(bytes_of(stream))}) {
      ASSERT_EQ(run.events.size(), 2U) << tail;
      EXPECT_EQ(run.events[1].data, "[DONE]");
      EXPECT_EQ(run.events[1].raw, tail);
    }
  }
  SseParser parser(10);
  SseParser::Event event;
  EXPECT_FALSE(parser.rest(event));
}

TEST(Sse, AnEventOverTheLimitIsRefusedAtEverySplit) {
  const std::string good = "data: 1234\n\n";  // 12 bytes
  const std::string bad = "data: 12345\n\n";
  EXPECT_FALSE(parse({good}, 12).too_large);
  EXPECT_FALSE(parse(bytes_of(good), 12).too_large);
  EXPECT_FALSE(parse({good + good + good}, 12).too_large);
  EXPECT_EQ(parse(bytes_of(good + good), 12).events.size(), 2U);
  for (const Parsed& run : {parse({bad}, 12), parse(bytes_of(bad), 12), parse({good + bad}, 12)}) {
    EXPECT_TRUE(run.too_large);
  }
  const std::string endless(100, 'x');
  EXPECT_TRUE(parse({endless}, 12).too_large);
  SseParser parser(12);
  SseParser::Event event;
  parser.feed(bad);
  EXPECT_EQ(parser.next(event), SseParser::Next::kTooLarge);
  parser.feed(good);
  EXPECT_EQ(parser.next(event), SseParser::Next::kTooLarge) << "for good";
  EXPECT_FALSE(parser.rest(event));
}

TEST(Sse, ALongEventOfManyLinesFedByteByByteArrivesWhole) {
  std::string stream;
  std::string data;
  for (int i = 0; i < 2000; ++i) {
    stream += "data: " + std::string(50, 'a') + "\n";
    data += (i == 0 ? "" : "\n") + std::string(50, 'a');
  }
  stream += "\n";
  const Parsed run = parse(bytes_of(stream));
  ASSERT_EQ(run.events.size(), 1U);
  EXPECT_EQ(run.events[0].data, data);
}

TEST(Sse, KeepsNothingOfWhatWasHandedOut) {
  SseParser parser(1 << 20);
  SseParser::Event event;
  const std::string one = "data: " + std::string(1000, 'x') + "\n\n";
  for (int i = 0; i < 1000; ++i) {
    parser.feed(one + one.substr(0, 10));
    ASSERT_EQ(parser.next(event), SseParser::Next::kEvent);
    ASSERT_EQ(parser.next(event), SseParser::Next::kNeedMore);
    EXPECT_EQ(parser.buffered(), 10U);
    parser.feed(one.substr(10));
    ASSERT_EQ(parser.next(event), SseParser::Next::kEvent);
    EXPECT_EQ(parser.buffered(), 0U);
  }
}

}  // namespace
}  // namespace pontage::http
