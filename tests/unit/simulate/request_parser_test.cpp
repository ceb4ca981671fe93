// Requests are read the same in any split, and what is broken gets its status.
#include "simulate/request_parser.hpp"

#include <gtest/gtest.h>

namespace pontage::simulate {
namespace {

using State = RequestParser::State;

const std::string kPlain =
    "POST /v1/x?a=b HTTP/1.1\r\nHost: h\r\nX-Two:  spaced \t\r\nContent-Length: 5\r\n\r\nhello";
const std::string kChunked =
    "POST /v1/y HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: "
    "chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nt: v\r\n\r\n";

TEST(RequestParser, AnySplit) {
  for (const std::string& one : {kPlain, kChunked}) {
    const std::string stream = one + "\r\n" + one;
    for (std::size_t step = 1; step <= stream.size(); ++step) {
      RequestParser parser;
      std::string in;
      std::vector<WireRequest> requests;
      for (std::size_t at = 0; at < stream.size(); at += step) {
        in += stream.substr(at, step);
        while (parser.parse(in) == State::kReady) requests.push_back(parser.take());
      }
      ASSERT_EQ(requests.size(), 2U) << step;
      for (const auto& request : requests) {
        EXPECT_EQ(request.method, "POST");
        EXPECT_EQ(request.body, "hello");
        EXPECT_TRUE(request.keep_alive);
        EXPECT_EQ(request.header("host"), "h");
      }
      EXPECT_EQ(in, "");
    }
  }
}

TEST(RequestParser, Parts) {
  RequestParser parser;
  std::string in = kPlain;
  ASSERT_EQ(parser.parse(in), State::kReady);
  const WireRequest request = parser.take();
  EXPECT_EQ(request.path(), "/v1/x");
  EXPECT_EQ(request.query("a"), "b");
  EXPECT_EQ(request.query("c"), "");
  EXPECT_EQ(request.header("x-two"), "spaced");
  EXPECT_FALSE(parser.busy());
}

TEST(RequestParser, KeepAlive) {
  const auto keeps = [](std::string in) {
    RequestParser parser;
    EXPECT_EQ(parser.parse(in), State::kReady);
    return parser.take().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nConnection: foo, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestParser, Continue) {
  const std::string head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  RequestParser parser;
  std::string in = head;
  EXPECT_EQ(parser.parse(in), State::kContinue);
  EXPECT_EQ(parser.parse(in), State::kNeedMore);
  in += "ok";
  EXPECT_EQ(parser.parse(in), State::kReady);
  EXPECT_EQ(parser.take().body, "ok");
  // A client that does not wait is not told to go on.
  in = head + "ok";
  EXPECT_EQ(parser.parse(in), State::kReady);
}

TEST(RequestParser, Bad) {
  struct Row {
    std::string head;
    int status;
  };
  const std::vector<Row> rows = {
      {"garbage\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nbad name: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413},
      {"GET / HTTP/1.1\r\na: " + std::string(kHeadLimit, 'x'), 431},
  };
  for (const Row& row : rows) {
    RequestParser parser;
    std::string in = row.head;
    EXPECT_EQ(parser.parse(in), State::kBad) << row.head.substr(0, 60);
    EXPECT_EQ(parser.bad_status(), row.status) << row.head.substr(0, 60);
    EXPECT_EQ(parser.parse(in), State::kBad);
  }
}

TEST(RequestParser, PercentDecode) {
  EXPECT_EQ(percent_decode("a%2Cb%20c"), "a,b c");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%zz%4"), "%zz%4");
}

}  // namespace
}  // namespace pontage::simulate
