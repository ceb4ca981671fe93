// EventStreamDecoder: the messages of botocore's own test (tests/unit/test_eventstream.py),
// whatever the split; and everything that must be refused.
#include "http/event_stream.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace pontage::http {
namespace {

using std::string_literals::operator""s;
using Type = EventStreamDecoder::Type;
using Next = EventStreamDecoder::Next;

struct Row {
  const char* name;
  std::string wire;
  std::string seen;  // headers as name:type=value, then the payload
};

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      {"empty", "\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2H\xeb}\x98\xc8\xff"s, "|"},
      {"byte", "\x00\x00\x00\x17\x00\x00\x00\x07)\x86\x01X\x04"s + "byte\x02\xff\xc2\xf8i\xdc"s,
       "byte:2=\xff|"},
      {"short", "\x00\x00\x00\x19\x00\x00\x00\tq\x0e\x92>\x05"s + "short\x03\xff\xff\xb2|\xb6\xcc"s,
       "short:3=\xff\xff|"},
      {"integer",
       "\x00\x00\x00\x1d\x00\x00\x00\r\x83\xe3\xf0\xe7\x07"s +
           "integer\x04\xff\xff\xff\xff\x8b\x8e\x12\xeb"s,
       "integer:4=\xff\xff\xff\xff|"},
      {"long",
       "\x00\x00\x00\x1e\x00\x00\x00\x0e]J\xdb\x8d\x04"s +
           "long\x05\xff\xff\xff\xff\xff\xff\xff\xffK\xc2"s + "2\xda"s,
       "long:5=\xff\xff\xff\xff\xff\xff\xff\xff|"},
      {"payload", "\x00\x00\x00\x1d\x00\x00\x00\x00\xfdR\x8cZ{'foo':'bar'}\xc3"s + "e96"s,
       "|{'foo':'bar'}"},
      {"text header",
       "\x00\x00\x00=\x00\x00\x00 \x07\xfd\x83\x96\x0c"s +
           "content-type\x07\x00\x10"
           "application/json{'foo':'bar'}\x8d\x9c\x08\xb1"s,
       "content-type:7=application/json|{'foo':'bar'}"},
      {"every type",
       "\x00\x00\x00\x62\x00\x00\x00\x52\x03\xb5\xcb\x9c"s + "\x01"s + "0\x00\x01"s + "1\x01\x01"s +
           "2\x02\x02\x01"s + "3\x03\x00\x03\x01"s + "4\x04\x00\x00\x00\x04\x01"s +
           "5\x05\x00\x00\x00\x00\x00\x00\x00\x05\x01"s + "6\x06\x00\x05"s + "bytes\x01"s +
           "7\x07\x00\x04"s + "utf8\x01"s + "8\x08\x00\x00\x00\x00\x00\x00\x00\x08\x01"s +
           "9\x09"s + "0123456789abcdef"s + "\x63\x35\x36\x71"s,
       "0:0=,1:1=,2:2=\x02,3:3=\x00\x03,4:4=\x00\x00\x00\x04,"s +
           "5:5=\x00\x00\x00\x00\x00\x00\x00\x05,6:6=bytes,7:7=utf8,"s +
           "8:8=\x00\x00\x00\x00\x00\x00\x00\x08,9:9=0123456789abcdef|"s},
      {"error",
       "\x00\x00\x00\x52\x00\x00\x00\x42\xbf\x23\x63\x7e\x0d"s + ":message-type\x07\x00\x05"s +
           "error\x0b:error-code\x07\x00\x04"s + "code\x0e:error-message\x07\x00\x07"s +
           "message\x6b\x6c\xea\x3d"s,
       ":message-type:7=error,:error-code:7=code,:error-message:7=message|"},
  };
  return kRows;
}

struct Seen {
  std::vector<std::string> messages;
  std::string problem;
  std::size_t left = 0;
  bool operator==(const Seen&) const = default;
};

void drain(EventStreamDecoder& decoder, Seen& seen) {
  EventStreamDecoder::Message message;
  while (true) {
    const auto next = decoder.next(message);
    if (next == Next::kBroken) seen.problem = decoder.problem();
    if (next != Next::kMessage) return;
    std::string text;
    for (const auto& header : message.headers) {
      if (!text.empty()) text += ",";
      text += std::string(header.name) + ":" + std::to_string(static_cast<int>(header.type)) + "=" +
              std::string(header.value);
    }
    seen.messages.push_back(text + "|" + std::string(message.payload));
  }
}

Seen decode(const std::vector<std::string_view>& pieces, std::size_t limit = 1 << 20) {
  EventStreamDecoder decoder(limit);
  Seen seen;
  for (const auto piece : pieces) {
    decoder.feed(piece);
    drain(decoder, seen);
  }
  seen.left = decoder.buffered();
  return seen;
}

std::vector<std::string_view> bytes_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < text.size(); ++i) pieces.push_back(text.substr(i, 1));
  return pieces;
}

std::string all_rows() {
  std::string wire;
  for (const auto& row : rows()) wire += row.wire;
  return wire;
}

TEST(EventStream, TheMessagesOfTheVendor) {
  for (const auto& row : rows()) {
    const auto seen = decode({row.wire});
    EXPECT_EQ(seen, (Seen{{row.seen}, "", 0})) << row.name << " " << seen.problem;
    EXPECT_EQ(decode(bytes_of(row.wire)), seen) << row.name;
  }
}

TEST(EventStream, SeveralInOneReadAndCutAtEveryByte) {
  const auto wire = all_rows();
  const auto whole = decode({wire});
  ASSERT_EQ(whole.messages.size(), rows().size());
  EXPECT_EQ(decode(bytes_of(wire)), whole);
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    EXPECT_EQ(decode({std::string_view(wire).substr(0, cut), std::string_view(wire).substr(cut)}),
              whole)
        << cut;
  }
}

TEST(EventStream, AStreamThatEndsInsideAMessageLeavesItsBytes) {
  const auto& wire = rows()[6].wire;
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    EXPECT_EQ(decode({std::string_view(wire).substr(0, cut)}), (Seen{{}, "", cut})) << cut;
  }
}

TEST(EventStream, EveryFlippedBitIsSeen) {
  const auto& wire = rows()[6].wire;
  for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
    std::string broken = wire;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << bit % 8));
    const auto seen = decode({broken});
    EXPECT_TRUE(seen.messages.empty()) << bit;
    EXPECT_NE(seen.problem, "") << bit;
  }
}

TEST(EventStream, WhatTheVendorRefuses) {
  const std::array<std::pair<std::string, std::string_view>, 5> refused = {{
      {"\x00\x00\x00=\xFF\x00\x01\x02\x07\xfd\x83\x96\x0c"s +
           "content-type\x07\x00\x10"
           "application/json{'foo':'bar'}\x8d\x9c\x08\xb1"s,
       "an event's prelude has a wrong checksum"},
      {"\x00\x00\x00=\x00\x00\x00 \x07\xfd\x83\x96\x0c"s +
           "content+type\x07\x00\x10"
           "application/json{'foo':'bar'}\x8d\x9c\x08\xb1"s,
       "an event has a wrong checksum"},
      {"\x01\x00\x00\x1d\x00\x00\x00\x00\xfdR\x8cZ{'foo':'bar'}\xc3"s + "e96"s,
       "an event's prelude has a wrong checksum"},
      {"\x00\x00\x00\x1d\x00\x00\x00\x00\xfdR\x8cZ{'foo':'bar'\x8d\xc3"s + "e96"s,
       "an event has a wrong checksum"},
      {"\x00\x00\x00\x24\x00\x00\x00\x14\x4b\xb9\x82\xd0"s + "\x04test\x04"s + "asdf\x04test\x04"s +
           "asdf\xf3\xf4\x75\x63"s,
       "an event's headers are malformed"},
  }};
  for (const auto& [wire, problem] : refused) {
    EXPECT_EQ(decode({wire}).problem, problem);
    EXPECT_EQ(decode(bytes_of(wire)).problem, problem);
  }
}

std::string message(std::string_view payload) {
  std::string wire;
  const std::array<EventStreamText, 2> headers = {
      {{":message-type", "event"}, {":event-type", "contentBlockDelta"}}};
  append_event_stream(wire, headers, payload);
  return wire;
}

TEST(EventStream, TheEncoderWritesWhatTheVendorDoes) {
  std::string wire;
  const std::array<EventStreamText, 1> one = {{{"content-type", "application/json"}}};
  append_event_stream(wire, {}, "");
  append_event_stream(wire, {}, "{'foo':'bar'}");
  append_event_stream(wire, one, "{'foo':'bar'}");
  EXPECT_EQ(wire, rows()[0].wire + rows()[5].wire + rows()[6].wire);
}

TEST(EventStream, LimitsAndTheEndAfterThem) {
  const auto wire = message(std::string(100, 'x'));
  EXPECT_EQ(decode({wire}, wire.size()).messages.size(), 1U);
  const auto seen = decode({wire, wire}, wire.size() - 1);
  EXPECT_EQ(seen.problem, "an event is over the limit");
  EXPECT_TRUE(seen.messages.empty());
  // A huge length is refused by its prelude alone, before any of its bytes has come.
  EXPECT_EQ(decode({std::string_view(message(std::string(5000, 'x'))).substr(0, 12)}, 4096).problem,
            "an event is over the limit");
}

TEST(EventStream, TextHeadersByName) {
  EventStreamDecoder decoder(4096);
  decoder.feed(message("{}"));
  EventStreamDecoder::Message read;
  ASSERT_EQ(decoder.next(read), Next::kMessage);
  EXPECT_EQ(read.text(":event-type"), "contentBlockDelta");
  EXPECT_EQ(read.text(":exception-type"), "");
  EXPECT_EQ(decoder.buffered(), 0U);
}

}  // namespace
}  // namespace pontage::http
