// smuggling_problem: sound heads pass, each known trick is named.
#include "http/head_rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace pontage::http {
namespace {

std::string head(std::string_view lines) {
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:8080\r\n" + std::string(lines) +
         "\r\n";
}

TEST(HeadRules, SoundHeadsPass) {
  const std::string rows[] = {
      head(""),
      head("Content-Length: 0\r\n"),
      head("content-length:5\r\nAccept: */*\r\nEmpty:\r\n"),
      head("Transfer-Encoding: chunked\r\n"),
      head("TRANSFER-ENCODING:   Chunked  \r\n"),
      head("X-Text: caf\xC3\xA9\tand a tab\r\nX-Quote: \"a: b\"\r\n"),
      head("Content-Length: 9223372036854775807\r\n"),
      "\r\n" + head(""),
      "GET http://other.example/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nhOST: [::1]:8080\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",
  };
  for (const auto& text : rows) EXPECT_EQ(smuggling_problem(text), std::nullopt) << text;
}

struct Trick {
  std::string text;
  std::string_view part;  ///< of the answer
};

const Trick kTricks[] = {
    {head("X: a\r\n folded\r\n"), "folded"},
    {head("X: a\r\n\tfolded\r\n"), "folded"},
    {"GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", "folded"},
    {head("X: a\nY: b\r\n"), "bare LF"},
    {"GET / HTTP/1.1\nHost: a\r\n\r\n", "bare LF"},
    {head("X: a\rb\r\n"), "bare CR"},
    {head("X: a\r\r\n"), "bare CR"},
    {head(std::string_view("X: a\0b\r\n", 8)), "control byte"},
    {head("X: a\x7F\r\n"), "control byte"},
    {head("X: a\x0B\r\n"), "control byte"},
    {"GET / HTTP/1.1\r\nX: y\r\n\r\n", "Host is missing"},
    {head("Host: localhost:8080\r\n"), "Host is repeated"},
    {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "not one host"},
    {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "not one host"},
    {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "Host is repeated"},
    {head("Content-Length: 5\r\nContent-Length: 5\r\n"), "Content-Length is repeated"},
    {head("Content-Length: 5\r\ncontent-length: 6\r\n"), "Content-Length is repeated"},
    {head("Content-Length: 5, 5\r\n"), "not a number"},
    {head("Content-Length: +5\r\n"), "not a number"},
    {head("Content-Length: -5\r\n"), "not a number"},
    {head("Content-Length: 0x5\r\n"), "not a number"},
    {head("Content-Length: 5 5\r\n"), "not a number"},
    {head("Content-Length:\r\n"), "not a number"},
    {head("Content-Length: 12345678901234567890\r\n"), "not a number"},
    {head("Transfer-Encoding: gzip, chunked\r\n"), "not `chunked`"},
    {head("Transfer-Encoding: chunked, identity\r\n"), "not `chunked`"},
    {head("Transfer-Encoding: identity\r\n"), "not `chunked`"},
    {head("Transfer-Encoding: xchunked\r\n"), "not `chunked`"},
    {head("Transfer-Encoding:\r\n"), "not `chunked`"},
    {head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
     "Transfer-Encoding is repeated"},
    {head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), "came with Content-Length"},
    {head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "came with Content-Length"},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0"},
    {head("Content-Length : 5\r\n"), "blank before its colon"},
    {head("Transfer-Encoding\t: chunked\r\n"), "blank before its colon"},
    {head("X(y): 1\r\n"), "not a token"},
    {head("X\xC3\xA9: 1\r\n"), "not a token"},
    {head(": 1\r\n"), "no name"},
    {head("no colon here\r\n"), "blank before its colon"},
    {head("nocolon\r\n"), "no colon"},
    {"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", "more than three parts"},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "no target"},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "more than three parts"},
    {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "no method"},
    {"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", "control byte"},
    {"GET /\r\nHost: a\r\n\r\n", "no target"},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "no HTTP/1 version"},
    {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "no HTTP/1 version"},
    {"GET / http/1.1\r\nHost: a\r\n\r\n", "no HTTP/1 version"},
    {"\r\n\r\n" + head(""), "no method"},
    {"(GET) / HTTP/1.1\r\nHost: a\r\n\r\n", "no method"},
    {"GET / HTTP/1.1\r\nHost: a\r\n", "does not end"},
    {"", "does not end"},
    {head("") + "x", "follow the empty line"},
};

TEST(HeadRules, EachTrickIsNamed) {
  for (const Trick& row : kTricks) {
    const auto problem = smuggling_problem(row.text);
    ASSERT_TRUE(problem.has_value()) << row.text;
    EXPECT_NE(problem->find(row.part), std::string::npos) << row.text << " -> " << *problem;
  }
}

TEST(HeadRules, NoPrefixOfAHeadIsSound) {
  const std::string text = head("Content-Length: 5\r\nX: y\r\n");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TRUE(smuggling_problem(std::string_view(text).substr(0, size)).has_value()) << size;
  }
}

}  // namespace
}  // namespace pontage::http
