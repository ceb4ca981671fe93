// The server over real sockets: requests in every split, bodies of every framing, responses.
#include <gtest/gtest.h>

#include "http/chunked.hpp"
#include "http/headers.hpp"
#include "unit/transport/worker_thread.hpp"

namespace pontage::transport {
namespace {

// Says back what it understood: method, target, a header, and the body.
Task<void> echo(ServerExchange& exchange) {
  auto body = co_await exchange.read_body(1U << 20);
  if (!body) {
    co_await exchange.respond(http_status(body.error().code), "", code_name(body.error().code));
    co_return;
  }
  const auto mark = http::find(exchange.head().headers, "x-mark");
  const std::string reply = std::string(exchange.head().method) + " " +
                            std::string(exchange.head().target) + " [" + std::string(mark) + "] " +
                            std::string(*body);
  co_await exchange.respond(200, "Content-Type: text/plain\r\n", reply);
}

TEST(Server, KeepsTheConnection) {
  TestServer server(echo);
  auto client = server.connect();
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    client.send("GET /" + number + " HTTP/1.1\r\nHost: h\r\nX-Mark: m" + number + "\r\n\r\n");
    const std::string response = client.read_response();
    EXPECT_EQ(status_of(response), 200);
    EXPECT_EQ(body_of(response), "GET /" + number + " [m" + number + "] ");
    EXPECT_TRUE(has_line(response, "Content-Type: text/plain"));
    EXPECT_NE(response.find("\r\nDate: "), std::string::npos);
    EXPECT_FALSE(has_line(response, "Connection: close"));
  }
}

const char* const kPipeline =
    "POST /1 HTTP/1.1\r\nHost: h\r\nX-Mark: a\r\nContent-Length: 3\r\n\r\none"
    "\r\n"  // an empty line before a request line is no request
    "GET /2 HTTP/1.1\r\nHost: h\r\nX-Mark: b\r\n\r\n"
    "POST /3 HTTP/1.1\r\nHost: h\r\nX-Mark: c\r\nTransfer-Encoding: chunked\r\n\r\n"
    "2\r\nth\r\n3;x=y\r\nree\r\n0\r\nT: r\r\n\r\n"
    "POST /4 HTTP/1.1\r\nHost: h\r\nX-Mark: d\r\nContent-Length: 4\r\nConnection: "
    "close\r\n\r\nfour";

void expect_pipeline(const std::string& all, std::size_t split) {
  std::string rest = all;
  for (const char* body :
       {"POST /1 [a] one", "GET /2 [b] ", "POST /3 [c] three", "POST /4 [d] four"}) {
    const auto at = rest.find(body);
    ASSERT_NE(at, std::string::npos) << body << " with a split at " << split << " in " << all;
    EXPECT_EQ(status_of(rest), 200) << split;
    rest = rest.substr(at + std::string_view(body).size());
  }
  EXPECT_EQ(rest, "") << split;
}

TEST(Server, PipelinedRequestsInOnePacket) {
  TestServer server(echo);
  expect_pipeline(server.ask(kPipeline), 0);
}

TEST(Server, PipelinedRequestsSplitAtEveryByte) {
  TestServer server(echo);
  const std::string text = kPipeline;
  for (std::size_t split = 1; split < text.size(); ++split) {
    auto client = server.connect();
    client.send(text.substr(0, split));
    client.send(text.substr(split));
    expect_pipeline(client.read_to_end(), split);
  }
  auto client = server.connect();
  for (const char byte : text) client.send({&byte, 1});
  expect_pipeline(client.read_to_end(), text.size());
}

// What stood in the buffer behind the first request must not move under the second one's head.
TEST(Server, PipelinedBodiesAroundTheBuffersEnd) {
  TestServer server(echo);
  for (std::size_t first = 7'000; first < 7'900; first += 37) {
    for (const std::size_t second : {100U, 400U, 900U, 3'000U, 9'000U}) {
      auto client = server.connect();
      const std::string body(second, 'z');
      const std::string head =
          "POST /second HTTP/1.1\r\nHost: h\r\nX-Mark: kept\r\nConnection: close\r\n"
          "Content-Length: " +
          std::to_string(second) + "\r\n\r\n";
      client.send("POST /first HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(first) +
                  "\r\n\r\n" + std::string(first, 'y') + head);
      ASSERT_EQ(body_of(client.read_response()).size(), first + 15);
      client.send(body);
      ASSERT_EQ(body_of(client.read_response()), "POST /second [kept] " + body)
          << first << " " << second;
    }
  }
}

TEST(Server, BodiesOfManySizesAndPackets) {
  TestServer server(echo);
  auto client = server.connect();
  for (const std::size_t size :
       {0U, 1U, 7'700U, 7'900U, 8'000U, 8'064U, 8'128U, 8'192U, 8'300U, 65'536U, 1U << 20}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 26);
    client.send("POST /b HTTP/1.1\r\nHost: h\r\nX-Mark: sized\r\nContent-Length: " +
                std::to_string(size) + "\r\n\r\n");
    for (std::size_t at = 0; at < size; at += 3'001)
      client.send(std::string_view(body).substr(at, 3'001));
    ASSERT_EQ(body_of(client.read_response()), "POST /b [sized] " + body) << size;

    client.send(
        "POST /b HTTP/1.1\r\nHost: h\r\nX-Mark: pieces\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t at = 0; at < size; at += 5'003) {
      const std::string_view piece = std::string_view(body).substr(at, 5'003);
      std::string chunk;
      http::append_chunk_header(chunk, piece.size());
      client.send(chunk.append(piece).append("\r\n"));
    }
    client.send("0\r\n\r\n");
    ASSERT_EQ(body_of(client.read_response()), "POST /b [pieces] " + body) << size;
  }
}

TEST(Server, HeadsOfManySizesWithBodies) {
  TestServer server(echo);
  auto client = server.connect();
  for (std::size_t size = 3'900; size < 20'000; size += 211) {
    const std::string mark(size, 'm');
    for (const std::size_t length : {10U, 5'000U, 40'000U}) {
      const std::string body(length, 'b');
      client.send("POST /h HTTP/1.1\r\nHost: h\r\nX-Mark: " + mark +
                  "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + body);
      ASSERT_EQ(body_of(client.read_response()), "POST /h [" + mark + "] " + body)
          << size << " " << length;
    }
  }
}

TEST(Server, BodyLimitExactAndOver) {
  TestServer server([](ServerExchange& exchange) -> Task<void> {
    auto body = co_await exchange.read_body(300'000);
    const int status = body ? 200 : http_status(body.error().code);
    co_await exchange.respond(status, "", body ? std::to_string(body->size()) : "refused");
  });
  for (const bool chunked : {false, true}) {
    for (const std::size_t size : {300'000U, 300'001U, 5'000'000U}) {
      std::string request = "POST / HTTP/1.1\r\nHost: h\r\n";
      if (chunked) {
        request += "Transfer-Encoding: chunked\r\n\r\n";
        http::append_chunk_header(request, size);
        request += std::string(size, 'x') + "\r\n0\r\n\r\n";
      } else {
        request += "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
      }
      auto client = server.connect();
      EXPECT_TRUE(client.send(request)) << "the connection was cut while the body was on its way";
      const std::string response = client.read_response();
      EXPECT_EQ(status_of(response), size == 300'000 ? 200 : 413) << size << chunked;
      EXPECT_EQ(has_line(response, "Connection: close"), size != 300'000) << size << chunked;
      client.shutdown_send();
      EXPECT_EQ(client.read_to_end(), "");
      EXPECT_FALSE(client.was_reset());
    }
  }
}

TEST(Server, ExpectContinueAsksForTheBody) {
  TestServer server(echo);
  auto client = server.connect();
  for (int i = 0; i < 2; ++i) {
    client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    EXPECT_EQ(body_of(client.read_response()), "POST / [] body");
  }
  // The body is already there: nothing to ask for.
  client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(status_of(client.read_response()), 200);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(status_of(client.read_response()), 400);
}

Task<void> refuse_unread(ServerExchange& exchange) {
  co_await exchange.respond(401, "", "no");
}

TEST(Server, AnswersWithoutReadingTheBody) {
  TestServer server(refuse_unread);
  {  // announced with Expect, and not asked for: it does not come, and the connection ends
    auto client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    const std::string response = client.read_response();
    EXPECT_EQ(status_of(response), 401);
    EXPECT_TRUE(has_line(response, "Connection: close"));
    client.shutdown_send();
    EXPECT_EQ(client.read_to_end(), "");
  }
  {  // short: read away, and the connection goes on
    auto client = server.connect();
    for (int i = 0; i < 3; ++i) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" +
                  std::string(100'000, 'x'));
      const std::string response = client.read_response();
      EXPECT_EQ(status_of(response), 401);
      EXPECT_FALSE(has_line(response, "Connection: close"));
    }
  }
  for (const bool chunked :
       {false, true}) {  // long, or of unknown length: the answer survives the close
    auto client = server.connect();
    const std::string body(8'000'000, 'x');
    const std::string head = chunked ? "Transfer-Encoding: chunked\r\n\r\n7a1200\r\n"
                                     : "Content-Length: 8000000\r\n\r\n";
    EXPECT_TRUE(client.send("POST / HTTP/1.1\r\nHost: h\r\n" + head + body));
    const std::string response = client.read_response();
    EXPECT_EQ(status_of(response), 401);
    EXPECT_TRUE(has_line(response, "Connection: close"));
    client.shutdown_send();
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_FALSE(client.was_reset());
  }
}

TEST(Server, HeadRequestsGetNoBody) {
  TestServer server([](ServerExchange& exchange) -> Task<void> {
    if (exchange.head().path == "/whole") {
      co_await exchange.respond(200, "", "twelve bytes");
      co_return;
    }
    exchange.begin_stream(200, "");
    co_await exchange.write("piece");
    co_await exchange.write_last("last");
  });
  auto client = server.connect();
  client.send("HEAD /whole HTTP/1.1\r\nHost: h\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  client.send("GET /whole HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string whole = client.read_until("\r\n\r\n");
  EXPECT_TRUE(has_line(whole, "Content-Length: 12"));
  const std::string stream = client.read_until("\r\n\r\n");
  EXPECT_EQ(status_of(stream), 200);
  EXPECT_TRUE(has_line(stream, "Transfer-Encoding: chunked"));
  const std::string last = client.read_to_end();
  EXPECT_EQ(status_of(last), 200) << last;
  EXPECT_EQ(body_of(last), "twelve bytes");
}

TEST(Server, AnswerWithoutContentHasNoLength) {
  TestServer server(
      [](ServerExchange& exchange) -> Task<void> { co_await exchange.respond(204, "", ""); });
  const std::string response =
      server.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(response), 204);
  EXPECT_EQ(response.find("Content-Length"), std::string::npos);
}

TEST(Server, SpeaksHttp10) {
  TestServer server([](ServerExchange& exchange) -> Task<void> {
    if (exchange.head().path == "/whole") {
      co_await exchange.respond(200, "", "whole");
      co_return;
    }
    exchange.begin_stream(200, "");
    co_await exchange.write("a");
    co_await exchange.write_last("b");
  });
  EXPECT_EQ(body_of(server.ask("GET /whole HTTP/1.0\r\n\r\n")), "whole");
  const std::string stream = server.ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(body_of(stream), "ab");
  EXPECT_EQ(stream.find("Transfer-Encoding"), std::string::npos);
  EXPECT_TRUE(has_line(stream, "Connection: close"));
  auto client = server.connect();
  for (int i = 0; i < 2; ++i) {
    client.send("GET /whole HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(has_line(client.read_response(), "Connection: keep-alive"));
  }
}

TEST(Server, StreamsInChunks) {
  TestServer server([](ServerExchange& exchange) -> Task<void> {
    exchange.begin_stream(200, "Content-Type: text/event-stream\r\n");
    co_await exchange.write("");  // the head alone
    for (int i = 0; i < 100; ++i) co_await exchange.write("data: " + std::to_string(i) + "\n\n");
    co_await exchange.write_last(exchange.head().path == "/tail" ? "end" : "");
  });
  auto client = server.connect();
  for (const char* path : {"/tail", "/none"}) {
    client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string response = client.read_response();
    EXPECT_TRUE(has_line(response, "Content-Type: text/event-stream"));
    std::string expected;
    for (int i = 0; i < 100; ++i) expected += "data: " + std::to_string(i) + "\n\n";
    EXPECT_EQ(unchunked(body_of(response)), expected + (path[1] == 't' ? "end" : ""));
  }
}

TEST(Server, StreamWithoutReadingABigBodyCloses) {
  TestServer server([](ServerExchange& exchange) -> Task<void> {
    exchange.begin_stream(200, "");
    co_await exchange.write_last("early");
  });
  auto client = server.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000000\r\n\r\nstart");
  const std::string response = client.read_response();
  EXPECT_EQ(unchunked(body_of(response)), "early");
  EXPECT_TRUE(has_line(response, "Connection: close"));
}

}  // namespace
}  // namespace pontage::transport
