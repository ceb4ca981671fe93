// ChunkedDecoder: bodies in any split; everything that two parsers could read differently is
// refused.
#include "http/chunked.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pontage::http {
namespace {

using State = ChunkedDecoder::State;

struct Read {
  State state = State::kNeedMore;
  std::string body;
  std::string left;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view text, std::size_t step) {
  ChunkedDecoder decoder;
  Read out;
  while (!text.empty()) {
    std::string_view input = text.substr(0, step);
    const std::size_t size = input.size();
    std::string_view payload;
    do {
      out.state = decoder.next(input, payload);
      out.body.append(payload);
    } while (out.state == State::kData);
    text.remove_prefix(size - input.size());
    if (out.state == State::kDone || out.state == State::kError) break;
  }
  if (out.state == State::kDone) out.left = text;
  return out;
}

TEST(Chunked, ReadsBodiesInAnySplit) {
  struct Row {
    std::string_view text;
    std::string_view body;
    std::string_view left;
  };
  const Row rows[] = {
      {"0\r\n\r\n", "", ""},
      {"5\r\nhello\r\n0\r\n\r\n", "hello", ""},
      {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET /", "hello world", "GET /"},
      {"00000A\r\n0123456789\r\n000\r\n\r\n", "0123456789", ""},
      {"a;name=value;q=\"x y\"\r\n0123456789\r\n0;last\r\n\r\n", "0123456789", ""},
      {"2 ;x\r\nab\r\n0\r\n\r\n", "ab", ""},
      {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n", ""},
      {"1\r\na\r\n0\r\nX-Checksum: 1\r\nServer-Timing: \xC3\xA9\r\n\r\nrest", "a", "rest"},
      {"1\r\na\r\n0\r\nEmpty:\r\n\r\n", "a", ""},
  };
  for (const Row& row : rows) {
    const Read expected{State::kDone, std::string(row.body), std::string(row.left)};
    for (std::size_t step = 1; step <= row.text.size(); ++step) {
      EXPECT_EQ(read(row.text, step), expected) << row.text << " in steps of " << step;
    }
  }
}

TEST(Chunked, PayloadIsAViewOfTheInput) {
  ChunkedDecoder decoder;
  const std::string text = "5\r\nhello\r\n";
  std::string_view input = text;
  std::string_view payload;
  ASSERT_EQ(decoder.next(input, payload), State::kData);
  EXPECT_EQ(payload.data(), text.data() + 3);
  EXPECT_EQ(decoder.next(input, payload), State::kNeedMore);
  EXPECT_TRUE(payload.empty());
  EXPECT_TRUE(input.empty());
}

TEST(Chunked, RefusesWhatCouldBeReadInTwoWays) {
  const std::string_view rows[] = {
      "\r\n",
      " 5\r\nhello\r\n",
      "\t5\r\nhello\r\n",
      "+5\r\nhello\r\n",
      "-5\r\nhello\r\n",
      "0x5\r\nhello\r\n",
      "5g\r\nhello\r\n",
      "5 \r\nhello\r\n",
      "5 5\r\nhello\r\n",
      "5\nhello\r\n",
      "5\rhello\r\n",
      "5\r\r\nhello\r\n",
      "5\r\nhelloo\r\n",
      "5\r\nhello\n0\r\n",
      "5\r\nhello\r0\r\n",
      "5\r\nhello\r\n\r\n0\r\n\r\n",
      "5;a\nb\r\nhello\r\n",
      "5;a\x01\r\nhello\r\n",
      "4000000000000001\r\n",
      "ffffffffffffffff\r\n",
      "10000000000000005\r\nhello\r\n",
      "00000000000000005\r\nhello\r\n",
      "0\r\n\n",
      "0\n\r\n",
      "0\r\n\rx",
      "0\r\nX y: 1\r\n\r\n",
      "0\r\nX : 1\r\n\r\n",
      "0\r\n: 1\r\n\r\n",
      "0\r\nX\r\n\r\n",
      "0\r\nX: 1\n\r\n",
      "0\r\nX: 1\r\n folded\r\n\r\n",
      "0\r\n X: 1\r\n\r\n",
      "<html>",
  };
  for (const auto text : rows) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, text.size()}) {
      EXPECT_EQ(read(text, step).state, State::kError)
          << testing::PrintToString(text) << " in steps of " << step;
    }
  }
  EXPECT_EQ(read(std::string_view("0\r\nX: \0\r\n\r\n", 11), 11).state, State::kError);
}

TEST(Chunked, AnErrorIsForGoodAndSaysWhy) {
  ChunkedDecoder decoder;
  std::string_view input = "zz";
  std::string_view payload;
  EXPECT_EQ(decoder.next(input, payload), State::kError);
  EXPECT_EQ(decoder.problem(), "a chunk without a size");
  input = "5\r\nhello\r\n";
  EXPECT_EQ(decoder.next(input, payload), State::kError);
}

TEST(Chunked, LimitsExtensionsAndTrailers) {
  const std::string extension(ChunkedDecoder::kExtensionLimit - 1, 'x');
  EXPECT_EQ(read("1;" + extension + "\r\na\r\n0;" + extension + "\r\n\r\n", 7).state, State::kDone);
  EXPECT_EQ(read("1;" + extension + "x\r\na\r\n0\r\n\r\n", 7).state, State::kError);
  const std::string line =
      "X: " + std::string(95, 'y') + "\r\n";  // 100 bytes, of which the LF is not counted
  std::string trailers;
  for (int i = 0; i < 80; ++i) trailers += line;
  EXPECT_EQ(read("0\r\n" + trailers + "\r\n", 999).state, State::kDone);
  for (int i = 0; i < 4; ++i) trailers += line;
  EXPECT_EQ(read("0\r\n" + trailers + "\r\n", 999).state, State::kError);
}

TEST(Chunked, HeadersThatWeWriteAreOnesThatWeRead) {
  std::string text;
  append_chunk_header(text, 0x1a2);
  EXPECT_EQ(text, "1a2\r\n");
  const std::string data(0x1a2, 'd');
  text.append(data).append(kChunkEnd).append(kLastChunk);
  EXPECT_EQ(read(text, 64), (Read{State::kDone, data, ""}));
}

}  // namespace
}  // namespace pontage::http
