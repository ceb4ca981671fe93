// What the server refuses and whom it cuts: limits, slow clients, requests that two parsers would
// read differently.
#include <gtest/gtest.h>
#include <poll.h>

#include "unit/transport/worker_thread.hpp"

namespace pontage::transport {
namespace {

ListenerOptions with_limits(const std::function<void(ServerLimits&)>& change) {
  ListenerOptions options;
  change(options.limits);
  return options;
}

Task<void> take_body(ServerExchange& exchange) {
  auto body = co_await exchange.read_body(1U << 20);
  const int status = body ? 200 : http_status(body.error().code);
  co_await exchange.respond(status, "", body ? *body : code_name(body.error().code));
}

TEST(ServerLimits, SmugglingIsRefusedAndTheConnectionClosed) {
  const char* const corpus[] = {
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4, 4\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +4\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x4\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \"chunked\"\r\n\r\n",
      "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
      "POST / HTTP/1.1\r\n Host: h\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nX: a\nY: b\r\n\r\n",
      "POST / HTTP/1.1\nHost: h\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nX: a\rY: b\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 4\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding\t: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\n: empty\r\n\r\n",
      "POST / HTTP/1.1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "POST /a b HTTP/1.1\r\nHost: h\r\n\r\n",
      "POST  / HTTP/1.1\r\nHost: h\r\n\r\n",
      "POST / HTTP/2.0\r\nHost: h\r\n\r\n",
      "POST / HTTP/1.1 \r\nHost: h\r\n\r\n",
      "POST /\r\nHost: h\r\n\r\n",
      "\x16\x03\x01\x02\r\n\r\n",
  };
  int handled = 0;
  TestServer server([&handled](ServerExchange& exchange) -> Task<void> {
    ++handled;
    co_await exchange.respond(200, "", "");
  });
  for (const char* text : corpus) {
    auto client = server.connect();
    client.send(std::string(text) + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
    client.shutdown_send();
    const std::string all = client.read_to_end();
    EXPECT_EQ(status_of(all), 400) << text;
    EXPECT_TRUE(has_line(all, "Connection: close")) << text;
    EXPECT_TRUE(body_of(all).starts_with("bad_request")) << text;
    EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos) << "answered twice: " << text;
  }
  std::string nul = "GET / HTTP/1.1\r\nHost: h\r\nX: a?b\r\n\r\n";
  nul[nul.find('?')] = '\0';
  EXPECT_EQ(status_of(server.ask(nul)), 400);
  server.stop();
  EXPECT_EQ(handled, 0);
}

TEST(ServerLimits, BadChunksAreRefusedAndTheConnectionClosed) {
  TestServer server(take_body);
  for (const char* body :
       {"g\r\n", "-1\r\nx", "0x4\r\nbody\r\n0\r\n\r\n", "4 \r\nbody\r\n0\r\n\r\n",
        "4\nbody\r\n0\r\n\r\n", "4\r\nbodyX\r\n0\r\n\r\n", "\r\n4\r\nbody",
        "4\r\nbody\r\n0\r\nT: a\nb\r\n\r\n", "fffffffffffffffff\r\n", "8000000000000000\r\n",
        "4;a\x01\r\nbody\r\n0\r\n\r\n"}) {
    auto client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                std::string(body) + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
    client.shutdown_send();
    const std::string all = client.read_to_end();
    EXPECT_EQ(status_of(all), 400) << body;
    EXPECT_TRUE(has_line(all, "Connection: close")) << body;
    EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos) << body;
  }
}

TEST(ServerLimits, Heads) {
  TestServer server(take_body, with_limits([](ServerLimits& limits) {
                      limits.head = 20'000;
                      limits.header_count = 10;
                    }));
  const std::string start = "GET /p HTTP/1.1\r\nHost: h\r\nX: ";
  EXPECT_EQ(status_of(server.ask(start + std::string(20'000 - start.size() - 23, 'x') +
                                 "\r\nConnection: close\r\n\r\n")),
            200);
  for (const std::size_t size : {20'000U, 30'000U, 500'000U}) {
    auto client = server.connect();
    EXPECT_TRUE(client.send(start + std::string(size, 'x')));
    const std::string response = client.read_response();
    EXPECT_EQ(status_of(response), 431) << size;
    EXPECT_TRUE(has_line(response, "Connection: close"));
  }
  for (const int count : {9, 10}) {
    std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 1; i < count; ++i) request += "X" + std::to_string(i) + ": y\r\n";
    EXPECT_EQ(status_of(server.ask(request + "Connection: close\r\n\r\n")), count == 9 ? 200 : 431);
  }
}

TEST(ServerLimits, SlowHead) {
  TestServer server(take_body,
                    with_limits([](ServerLimits& limits) { limits.head_timeout = Millis(60); }));
  auto client = server.connect();
  // A request before, so that whatever was remembered of it would show.
  client.send("POST /before HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(body_of(client.read_response()), "ok");
  client.send("GET / HTTP/1.1\r\nHo");
  const std::string response = client.read_to_end();
  EXPECT_EQ(status_of(response), 408);
  EXPECT_TRUE(has_line(response, "Connection: close"));
  EXPECT_TRUE(body_of(response).starts_with("request_timeout : ")) << response;
  EXPECT_TRUE(client.at_end());
}

TEST(ServerLimits, SlowBody) {
  TestServer server(take_body,
                    with_limits([](ServerLimits& limits) { limits.body_timeout = Millis(60); }));
  for (const char* part : {"Content-Length: 10\r\n\r\nhalf", "Content-Length: 100000\r\n\r\nhalf",
                           "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
    auto client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: h\r\n" + std::string(part));
    const std::string response = client.read_to_end();
    EXPECT_EQ(status_of(response), 408) << part;
    EXPECT_TRUE(has_line(response, "Connection: close")) << part;
    EXPECT_EQ(body_of(response), "request_timeout");
    EXPECT_TRUE(client.at_end());
  }
}

// One byte always comes in time, the request never ends.
TEST(ServerLimits, TrickledBody) {
  TestServer server(take_body,
                    with_limits([](ServerLimits& limits) { limits.receive_timeout = Millis(80); }));
  for (const bool chunked : {false, true}) {
    auto client = server.connect();
    client.send(
        std::string("POST / HTTP/1.1\r\nHost: h\r\n") +
        (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 900000\r\n\r\n"));
    pollfd readable{client.fd(), POLLIN, 0};
    int sent = 0;
    while (sent < 800'000 && ::poll(&readable, 1, 1) == 0) {
      client.send(chunked ? "1\r\nx\r\n" : "x");
      ++sent;
    }
    EXPECT_GT(sent, 1);
    const std::string response = client.read_to_end();
    EXPECT_EQ(status_of(response), 408) << chunked;
    EXPECT_TRUE(has_line(response, "Connection: close"));
    EXPECT_EQ(body_of(response), "request_timeout");
  }
}

TEST(ServerLimits, IdleConnectionsAreClosed) {
  TestServer server(take_body,
                    with_limits([](ServerLimits& limits) { limits.idle_timeout = Millis(60); }));
  auto fresh = server.connect();
  EXPECT_EQ(fresh.read_to_end(), "");
  EXPECT_TRUE(fresh.at_end());
  auto used = server.connect();
  used.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(used.read_response()), 200);
  EXPECT_EQ(used.read_to_end(), "");
  EXPECT_TRUE(used.at_end());
}

TEST(ServerLimits, ClientThatTakesNothingIsCut) {
  std::promise<std::size_t> taken;
  TestServer server(
      [&taken](ServerExchange& exchange) -> Task<void> {
        exchange.begin_stream(200, "");
        const std::string piece(64 * 1024, 'p');
        std::size_t total = 0;
        while (total < (1U << 30) && co_await exchange.write(piece)) total += piece.size();
        taken.set_value(total);
      },
      with_limits([](ServerLimits& limits) { limits.write_timeout = Millis(100); }));
  auto client = server.connect(4'096);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  // What the kernels hold between the two, and no more: the server waits for the client.
  EXPECT_LT(taken.get_future().get(), 32U << 20);
  const std::string all = client.read_to_end();
  EXPECT_TRUE(client.was_reset()) << "a cut answer must not look whole";
}

TEST(ServerLimits, ConnectionsBeyondTheLimitWait) {
  TestServer server(take_body, with_limits([](ServerLimits& limits) { limits.connections = 2; }));
  auto one = server.connect();
  auto two = server.connect();
  for (auto* each : {&one, &two}) {
    each->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(each->read_response()), 200);
  }
  auto three = server.connect();
  three.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(server.thread.call([&] { return server.listener->connections(); }), 2U);
  one.close();
  EXPECT_EQ(status_of(three.read_to_end()), 200);
}

}  // namespace
}  // namespace pontage::transport
