// Clients that leave, answers that are cut, draining, exceptions.
#include <gtest/gtest.h>

#include <atomic>

#include "unit/transport/worker_thread.hpp"

namespace pontage::transport {
namespace {

// Waits until the client has gone, then says what it saw.
struct GoneWatch {
  std::promise<void> started;
  std::promise<int> calls;
  std::promise<bool> gone;
  TestServer* server = nullptr;

  Task<void> handle(ServerExchange& exchange, bool read) {
    if (read) static_cast<void>(co_await exchange.read_body(1'000));
    Gate gate(server->thread.worker);
    int called = 0;
    exchange.on_client_gone([&] {
      ++called;
      gate.open();
    });
    started.set_value();
    co_await gate.wait();
    gone.set_value(exchange.client_gone());
    calls.set_value(called);
    co_await exchange.respond(200, "", "nobody reads this");
  }
};

void expect_gone(const std::string& request, bool read,
                 const std::function<void(test::BlockingSocket&)>& leave) {
  GoneWatch watch;
  TestServer server([&](ServerExchange& exchange) { return watch.handle(exchange, read); });
  watch.server = &server;
  auto client = server.connect();
  client.send(request);
  watch.started.get_future().get();
  leave(client);
  EXPECT_TRUE(watch.gone.get_future().get());
  EXPECT_EQ(watch.calls.get_future().get(), 1);
}

TEST(ServerLifecycle, AClientThatLeavesIsNoticed) {
  const std::string plain = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string with_body = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n";
  for (const std::string& request : {plain, with_body, chunked, with_body + plain}) {
    expect_gone(request, true, [](auto& client) { client.close(); });
    expect_gone(request, true, [](auto& client) { client.reset(); });
  }
  // Also when more came after the request.
  expect_gone(plain, true, [&](auto& client) {
    client.send(plain);
    client.send(plain);
    client.close();
  });
}

TEST(ServerLifecycle, AClientThatLeftBeforeIsTold) {
  std::promise<bool> seen;
  std::promise<void> left;
  auto has_left = left.get_future();
  TestServer* self = nullptr;
  TestServer server([&](ServerExchange& exchange) -> Task<void> {
    has_left.wait();  // holds the worker, so that the end comes in with the next turn
    while (!exchange.client_gone()) {
      Sleep turn(self->thread.worker, std::chrono::steady_clock::now());
      co_await turn;
    }
    Gate gate(self->thread.worker);
    bool inside = true;
    exchange.on_client_gone([&] {
      seen.set_value(inside);
      gate.open();
    });
    inside = false;
    co_await gate.wait();
  });
  self = &server;
  auto client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.close();
  left.set_value();
  EXPECT_FALSE(seen.get_future().get()) << "called from inside on_client_gone()";
}

TEST(ServerLifecycle, AClearedCallbackIsNotCalled) {
  std::atomic<int> called = 0;
  std::promise<bool> written;
  TestServer server([&](ServerExchange& exchange) -> Task<void> {
    exchange.on_client_gone([&] { ++called; });
    exchange.on_client_gone(nullptr);
    exchange.begin_stream(200, "");
    const std::string piece(4'096, 'x');
    while (co_await exchange.write(piece)) {
    }
    written.set_value(exchange.client_gone());
  });
  auto client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_until("\r\n\r\n");
  client.close();
  written.get_future().get();
  server.stop();
  EXPECT_EQ(called, 0);
}

// The worker is busy when the request comes in, and then decides to close: it has arrived, so it
// is answered.
TEST(ServerLifecycle, ARequestThatHasArrivedIsAnswered) {
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const auto hello = [](ServerExchange& exchange) -> Task<void> {
    co_await exchange.respond(200, "", "hello");
  };
  for (const char* why : {"idle", "drain", "drain before accept"}) {
    ListenerOptions options;
    options.limits.idle_timeout = Millis(100);
    TestServer server(hello, options);
    test::BlockingSocket client;
    if (std::string_view(why) != "drain before accept") {
      client = server.connect();
      client.send(request);
      EXPECT_EQ(body_of(client.read_response()), "hello");
    }
    server.thread.call([&] {
      if (client.fd() < 0) client = server.connect();
      client.send(request);
      if (std::string_view(why) == "idle") {
        const auto late = std::chrono::steady_clock::now() + Millis(110);
        while (std::chrono::steady_clock::now() < late) {
        }
        server.thread.worker.timers().advance(std::chrono::steady_clock::now());
      } else {
        server.listener->drain();
      }
    });
    const std::string response = client.read_to_end();
    EXPECT_EQ(status_of(response), 200) << why;
    EXPECT_TRUE(has_line(response, "Connection: close")) << why;
    EXPECT_TRUE(client.at_end()) << why;
  }
}

// A FIN cannot be told from a client that has gone before a write fails; as with nginx, Envoy and
// Go's net/http it counts as gone, because an SDK that cancels sends just that (docs/errors.md).
TEST(ServerLifecycle, AHalfCloseIsALeave) {
  expect_gone("GET / HTTP/1.1\r\nHost: h\r\n\r\n", true,
              [](auto& client) { client.shutdown_send(); });
  // What is answered at once still reaches a client that has only half-closed.
  TestServer server(
      [](ServerExchange& exchange) -> Task<void> { co_await exchange.respond(200, "", "hello"); });
  auto client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.shutdown_send();
  EXPECT_EQ(body_of(client.read_to_end()), "hello");
}

TEST(ServerLifecycle, AbortLeavesTheStreamVisiblyCut) {
  for (const char* version : {"HTTP/1.1", "HTTP/1.0"}) {
    TestServer server([](ServerExchange& exchange) -> Task<void> {
      exchange.begin_stream(200, "");
      co_await exchange.write("some");
      exchange.abort();
      EXPECT_FALSE(co_await exchange.write_last("more"));
    });
    auto client = server.connect();
    client.send("GET / " + std::string(version) + "\r\nHost: h\r\n\r\n");
    const std::string all = client.read_to_end();
    EXPECT_EQ(all.find("0\r\n\r\n"), std::string::npos);
    EXPECT_EQ(all.find("more"), std::string::npos);
    EXPECT_TRUE(client.was_reset()) << version;
  }
}

TEST(ServerLifecycle, AHandlerThatReturnsWithoutAnEndCutsToo) {
  TestServer server([](ServerExchange& exchange) -> Task<void> {
    exchange.begin_stream(200, "");
    co_await exchange.write("some");
  });
  auto client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_to_end();
  EXPECT_TRUE(client.was_reset());
}

TEST(ServerLifecycle, ExceptionsAreAnsweredAndReported) {
  TestServer server([](ServerExchange& exchange) -> Task<void> {
    static_cast<void>(co_await exchange.read_body(100));
    if (exchange.head().path == "/late") {
      exchange.begin_stream(200, "");
      co_await exchange.write("some");
    }
    throw std::runtime_error("a fault at " + std::string(exchange.head().path));
  });
  const std::string early =
      server.ask("POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(status_of(early), 500);
  EXPECT_TRUE(has_line(early, "Connection: close"));
  EXPECT_TRUE(body_of(early).starts_with("internal_error"));
  auto client = server.connect();
  client.send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_to_end();
  EXPECT_TRUE(client.was_reset());
  EXPECT_EQ(server.thread.call([&] { return server.listener->connections(); }), 0U);
  server.stop();
  ASSERT_EQ(server.thread.escaped.size(), 2U);
  EXPECT_EQ(server.thread.escaped[0], "a fault at /early");
}

TEST(ServerLifecycle, DrainClosesIdleAndFinishesTheRunning) {
  std::promise<Gate*> running;
  TestServer* self = nullptr;
  TestServer server([&](ServerExchange& exchange) -> Task<void> {
    if (exchange.head().path == "/wait") {
      Gate gate(self->thread.worker);
      running.set_value(&gate);
      co_await gate.wait();
    }
    co_await exchange.respond(200, "", "done");
  });
  self = &server;
  auto fresh = server.connect();
  auto idle = server.connect();
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.read_response();
  auto busy = server.connect();
  busy.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  Gate* gate = running.get_future().get();
  auto half = server.connect();
  half.send("GET /half HTTP/1.1\r\nHo");

  // Everything that was connected is also accepted: a request went through after it.
  auto last = server.connect();
  last.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  last.read_response();
  server.thread.call([&] { server.listener->drain(); });
  for (auto* each : {&fresh, &idle, &last}) {
    EXPECT_EQ(each->read_to_end(), "");
    EXPECT_TRUE(each->at_end());
  }
  EXPECT_THROW(static_cast<void>(server.connect()), std::runtime_error);
  half.send("st: h\r\n\r\n");
  const std::string finished = half.read_to_end();
  EXPECT_EQ(status_of(finished), 200);
  EXPECT_TRUE(has_line(finished, "Connection: close"));
  server.thread.call([&] { gate->open(); });
  const std::string all = busy.read_to_end();
  EXPECT_EQ(status_of(all), 200);
  EXPECT_TRUE(has_line(all, "Connection: close"));
  EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos) << "nothing new is begun";
  server.stop();  // returns: nothing is left
}

TEST(ServerLifecycle, AbortAllCutsWhatRuns) {
  std::promise<void> running;
  TestServer* self = nullptr;
  TestServer server([&](ServerExchange& exchange) -> Task<void> {
    Gate gate(self->thread.worker);
    exchange.on_client_gone([&] { gate.open(); });
    running.set_value();
    co_await gate.wait();
  });
  self = &server;
  auto client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  running.get_future().get();
  server.thread.call([&] { server.listener->abort_all(); });
  client.read_to_end();
  EXPECT_TRUE(client.was_reset());
}

TEST(Listener, RefusesWhatItCannotServe) {
  Worker worker(0);
  for (const char* address : {"nonsense", "127.0.0.1", "example.com:80", "127.0.0.1:http",
                              "127.0.0.1:70000", "127.0.0.1:"}) {
    ListenerOptions options;
    options.address = address;
    EXPECT_FALSE(Listener::open(worker, options, nullptr)) << address;
    EXPECT_NE(probe_address(address), "") << address;
  }
  const test::BlockingListener taken;
  const std::string address = "127.0.0.1:" + std::to_string(taken.port());
  EXPECT_NE(probe_address(address).find("another process has it"), std::string::npos);
  EXPECT_EQ(probe_address("127.0.0.1:0"), "");
}

}  // namespace
}  // namespace pontage::transport
