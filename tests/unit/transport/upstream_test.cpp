// Responses of every framing, in every split; what is no answer is refused.
#include <gtest/gtest.h>

#include "unit/transport/upstream_fixture.hpp"

namespace pontage::transport {
namespace {

using UpstreamReply = UpstreamTest;

TEST_F(UpstreamReply, Framings) {
  const std::string zipped = gzip("zipped text");
  struct Row {
    std::string response;
    bool close;
    int status;
    std::string body;
  };
  const Row rows[] = {
      {ok("hello"), false, 200, "hello"},
      {ok(""), false, 200, ""},
      {"HTTP/1.1 204 No Content\r\n\r\n", false, 204, ""},
      {"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno", false, 503, "no"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n",
       false, 200, "abcd"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\nU: 2\r\n\r\n",
       false, 200, "abc"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", true, 200, "until the end"},
      {"HTTP/1.0 200 OK\r\n\r\n", true, 200, ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("last"),
       false, 200, "last"},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
           std::to_string(zipped.size()) + "\r\n\r\n" + zipped,
       false, 200, "zipped text"},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\n\r\n" + zipped, true, 200, "zipped text"},
      {"HTTP/1.1 500 Oh\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", false, 500, ""},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\nx", false, 200,
       "x"},
  };
  for (const Row& row : rows) {
    const Fetched got = answer(row.response, row.close);
    EXPECT_EQ(got.failure, Failure::kNone) << row.response << got.problem;
    EXPECT_EQ(got.body_failure, Failure::kNone) << row.response << got.problem;
    EXPECT_EQ(got.status, row.status) << row.response;
    EXPECT_EQ(got.body, row.body) << row.response;
  }
}

TEST_F(UpstreamReply, AnySplit) {
  const std::string response =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\nContent-Encoding: gzip\r\n\r\n";
  const std::string zipped = gzip("a text that was packed");
  std::string all = response;
  for (const char byte : zipped) all += "1\r\n" + std::string(1, byte) + "\r\n";
  all += "0\r\n\r\n";
  test::BlockingListener provider;
  const Endpoint to = plain(provider.port());
  auto first = fetch(to);
  auto connection = provider.accept();
  for (std::size_t split = 1; split < all.size(); split += 3) {
    connection.read_until("body");
    connection.send(all.substr(0, split));
    connection.send(all.substr(split));
    const Fetched got = first.get();
    ASSERT_EQ(got.body, "a text that was packed") << split;
    ASSERT_EQ(got.body_failure, Failure::kNone);
    ASSERT_EQ(got.reused, split > 1) << split;
    first = fetch(to);
  }
  connection.read_until("body");
  connection.send(ok(""));
  first.get();
}

TEST_F(UpstreamReply, WhatIsNoAnswer) {
  struct Row {
    std::string response;
    bool close;
    Failure failure;
    Failure body_failure;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string zipped = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n";
  const auto none = Failure::kNone;
  const Row rows[] = {
      {"garbage\r\n\r\n", false, Failure::kGarbage, none},
      {"H", true, Failure::kClosed, none},
      {"", true, Failure::kClosed, none},
      {std::string(5, '\0'), false, Failure::kGarbage, none},
      {"HTTP/1.1 200 OK\r\nContent-Le", true, Failure::kClosed, none},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", false, Failure::kGarbage, none},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", false, Failure::kGarbage, none},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", false, Failure::kGarbage,
       none},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x'), false, Failure::kTooLarge, none},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", false,
       Failure::kBadEncoding, none},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", true, none, Failure::kClosed},
      {chunked + "5\r\nhel", true, none, Failure::kClosed},
      {chunked + "5\r\nhello\r\n", true, none, Failure::kClosed},
      {chunked + "5\r\nhelloX", false, none, Failure::kGarbage},
      {chunked + "zz\r\n", false, none, Failure::kGarbage},
      {zipped + "Content-Length: 5\r\n\r\nplain", false, none, Failure::kBadEncoding},
      {zipped + "\r\n" + gzip("cut in the middle").substr(0, 15), true, none,
       Failure::kBadEncoding},
      {zipped + "\r\n" + gzip("more than one") + "tail", true, none, Failure::kBadEncoding},
  };
  for (const Row& row : rows) {
    const Fetched got = answer(row.response, row.close);
    EXPECT_EQ(failure_name(got.failure), failure_name(row.failure)) << row.response.substr(0, 80);
    EXPECT_EQ(failure_name(got.body_failure), failure_name(row.body_failure))
        << row.response.substr(0, 80);
    EXPECT_NE(got.problem, "") << row.response.substr(0, 80);
  }
  EXPECT_EQ(idle(), 0U) << "such a connection is not used again";
}

TEST_F(UpstreamReply, BodyLimits) {
  FetchPlan plan;
  plan.body_limit = 1'000;
  for (const std::size_t size : {1'000U, 1'001U, 500'000U}) {
    const std::string text(size, 'x');
    const auto expected = size == 1'000 ? Failure::kNone : Failure::kTooLarge;
    EXPECT_EQ(answer(ok(text), false, plan).body_failure, expected) << size;
    const std::string packed = gzip(text);
    EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed, true, plan)
                  .body_failure,
              expected)
        << size;
  }
}

TEST_F(UpstreamReply, ALimitThatComesLaterHoldsForPackedBodiesToo) {
  test::BlockingListener provider;
  const Endpoint to = plain(provider.port());
  auto result = thread.start_task<Failure>([&]() -> Task<Failure> {
    UpstreamCall call(*pools, to);
    const std::string_view request = "GET / HTTP/1.1\r\n\r\n";
    co_await call.exchange({&request, 1}, SteadyTime::max(), true);
    call.set_body_limit(1'000);
    while (true) {
      const auto piece = co_await call.read();
      if (piece.done || piece.failure != Failure::kNone) co_return piece.failure;
    }
  });
  auto connection = provider.accept();
  connection.read_until("\r\n\r\n");
  connection.send("HTTP/1.1 500 Oh\r\nContent-Encoding: gzip\r\n\r\n" +
                  gzip(std::string(100'000, 'x')));
  connection.close();
  EXPECT_EQ(result.get(), Failure::kTooLarge);
}

TEST_F(UpstreamReply, BigBothWaysByteForByte) {
  std::string big(20U << 20, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 2'654'435'761U >> 13);
  FetchPlan plan;
  plan.pieces = {"POST / HTTP/1.1\r\nContent-Length: " + std::to_string(big.size()) + "\r\n\r\n"};
  for (std::size_t at = 0; at < big.size(); at += 300'007)
    plan.pieces.push_back(big.substr(at, 300'007));
  plan.pieces.insert(plan.pieces.begin() + 1, "");
  test::BlockingListener provider;
  const Endpoint to = plain(provider.port());
  auto result = fetch(to, plan);
  auto connection = provider.accept();
  connection.read_until("\r\n\r\n");
  EXPECT_TRUE(connection.read_exact(big.size()) == big);
  connection.send(ok(big));
  const Fetched got = result.get();
  EXPECT_EQ(got.body_failure, Failure::kNone);
  EXPECT_TRUE(got.body == big);
  EXPECT_EQ(idle(), 1U);
}

TEST_F(UpstreamReply, AnAnswerBeforeTheRequestIsSent) {
  for (const bool closes : {true, false}) {
    FetchPlan plan;
    plan.pieces = {"POST / HTTP/1.1\r\nContent-Length: 30000000\r\n\r\n",
                   std::string(30'000'000, 'x')};
    test::BlockingListener provider;
    const Endpoint to = plain(provider.port());
    auto result = fetch(to, plan);
    auto connection = provider.accept();
    connection.read_until("\r\n\r\n");
    connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
    if (closes) connection.shutdown_send();
    const Fetched got = result.get();  // although the provider reads nothing more
    EXPECT_EQ(failure_name(got.failure), "none") << got.problem;
    EXPECT_EQ(got.status, 413);
    EXPECT_EQ(got.body, "big");
    EXPECT_EQ(idle(), 0U) << "half a request stands on that connection";
  }
}

}  // namespace
}  // namespace pontage::transport
