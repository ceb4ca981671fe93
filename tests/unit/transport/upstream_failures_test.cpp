// Pools, stale connections, providers that are not there, deadlines and cancellation.
#include <gtest/gtest.h>

#include "unit/transport/upstream_fixture.hpp"

namespace pontage::transport {
namespace {

using UpstreamPool = UpstreamTest;
using UpstreamFailure = UpstreamTest;

TEST_F(UpstreamPool, LastInFirstOut) {
  test::BlockingListener provider;
  const Endpoint to = plain(provider.port());
  auto first = fetch(to);
  auto one = provider.accept();
  auto second = fetch(to);
  auto two = provider.accept();
  for (auto* each : {&one, &two}) {
    each->read_until("body");
    each->send(ok("x"));
    (each == &one ? first : second).get();
  }
  EXPECT_EQ(idle(), 2U);
  for (int i = 0; i < 3; ++i) {
    auto again = fetch(to);
    EXPECT_NE(two.read_until("body"), "");
    two.send(ok("again"));
    const Fetched got = again.get();
    EXPECT_EQ(got.body, "again");
    EXPECT_TRUE(got.reused);
  }
  EXPECT_FALSE(provider.pending());
  EXPECT_EQ(idle(), 2U);
}

TEST_F(UpstreamPool, KeepsOnlyWhatMayBeUsedAgain) {
  test::BlockingListener provider;
  Endpoint to = plain(provider.port());
  to.idle_limit = 1;
  struct Row {
    const char* response;
    bool kept;
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", true},
  };
  for (const Row& row : rows) {
    auto result = fetch(to);
    auto connection = provider.accept();
    connection.read_until("body");
    connection.send(row.response);
    EXPECT_EQ(result.get().body, "x");
    EXPECT_EQ(idle(), row.kept ? 1U : 0U) << row.response;
    if (!row.kept) EXPECT_EQ(connection.read_to_end(), "");
    if (row.kept) {
      auto next = fetch(to);
      connection.read_until("body");
      connection.send(ok("y"));
      EXPECT_TRUE(next.get().reused);
    }
  }
}

TEST_F(UpstreamPool, AClosedIdleConnectionIsReplaced) {
  test::BlockingListener provider;
  const Endpoint to = plain(provider.port());
  for (const bool reset : {false, true}) {
    auto result = fetch(to);
    auto connection = provider.accept();
    connection.read_until("body");
    connection.send(ok("x"));
    EXPECT_EQ(result.get().body, "x");
    if (reset) {
      connection.reset();
    } else {
      connection.close();
    }
    result = fetch(to);  // whether the end was seen before or after the request went out
    auto fresh = provider.accept();
    EXPECT_TRUE(fresh.read_until("body").ends_with("body"));
    fresh.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\ny");
    const Fetched got = result.get();
    EXPECT_EQ(got.body, "y");
    EXPECT_FALSE(got.reused);
  }
}

TEST_F(UpstreamPool, OneResendAndOnlyOnReusedConnections) {
  for (const bool resend : {true, false}) {
    test::BlockingListener provider;
    const Endpoint to = plain(provider.port());
    FetchPlan plan;
    plan.resend = resend;
    auto result = fetch(to, plan);
    auto connection = provider.accept();
    connection.read_until("body");
    connection.send(ok("x"));
    result.get();

    result = fetch(to, plan);
    connection.read_until("body");
    connection.close();  // after the request, before any byte of an answer
    if (resend) {
      auto fresh = provider.accept();
      fresh.read_until("body");
      fresh.close();  // a fresh connection: no third try
    }
    const Fetched got = result.get();
    EXPECT_EQ(failure_name(got.failure), "closed");
    EXPECT_FALSE(provider.pending());
  }
}

TEST_F(UpstreamPool, NoResendAfterTheFirstByte) {
  test::BlockingListener provider;
  const Endpoint to = plain(provider.port());
  auto result = fetch(to);
  auto connection = provider.accept();
  connection.read_until("body");
  connection.send(ok("x"));
  result.get();
  result = fetch(to);
  connection.read_until("body");
  connection.send("HT");
  connection.close();
  const Fetched got = result.get();
  EXPECT_EQ(failure_name(got.failure), "closed");
  EXPECT_TRUE(got.reused);
  EXPECT_FALSE(provider.pending());
}

TEST_F(UpstreamFailure, NobodyThere) {
  std::uint16_t port = 0;
  {
    const test::BlockingListener gone;
    port = gone.port();
  }
  const Endpoint to = plain(port);
  const Fetched got = fetch(to).get();
  EXPECT_EQ(failure_name(got.failure), "refused");
  EXPECT_NE(got.problem.find("127.0.0.1:" + std::to_string(port)), std::string::npos);
}

TEST_F(UpstreamFailure, NoSuchName) {
  Endpoint to = plain(80);
  to.host = "nonexistent.invalid";
  const Fetched got = fetch(to).get();
  EXPECT_EQ(failure_name(got.failure), "dns");
  EXPECT_NE(got.problem.find("nonexistent.invalid"), std::string::npos);
}

TEST_F(UpstreamFailure, ALocalName) {
  test::BlockingListener provider;
  Endpoint to = plain(provider.port());
  to.host = "localhost";
  for (int i = 0; i < 2; ++i) {  // the second time from the cache
    auto result = fetch(to);
    auto connection = provider.accept();
    connection.read_until("body");
    connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
    EXPECT_EQ(result.get().body, "x");
  }
}

TEST_F(UpstreamFailure, AResetIsNoEnd) {
  test::BlockingListener provider;
  const Endpoint to = plain(provider.port());
  auto result = fetch(to);
  auto connection = provider.accept();
  connection.read_until("body");
  connection.reset();
  EXPECT_EQ(failure_name(result.get().failure), "reset");

  // A body that runs to the close must end with one.
  std::promise<void> head;
  FetchPlan plan;
  plan.on_head = [&] { head.set_value(); };
  result = fetch(to, plan);
  connection = provider.accept();
  connection.read_until("body");
  connection.send("HTTP/1.1 200 OK\r\n\r\nsome");
  head.get_future().get();
  connection.reset();
  EXPECT_EQ(failure_name(result.get().body_failure), "reset");
}

// Answers so much, then nothing more; the call ends by its deadline or by cancel(), and the
// provider sees it.
void expect_cut(test::BlockingSocket& connection) {
  connection.read_to_end();
  EXPECT_FALSE(connection.timed_out());
}

TEST_F(UpstreamFailure, DeadlinesOfEachPhase) {
  for (const char* given : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
    test::BlockingListener provider;
    const Endpoint to = plain(provider.port());
    FetchPlan plan;
    plan.total = Millis(100);
    auto result = fetch(to, plan);
    auto connection = provider.accept();
    connection.read_until("body");
    connection.send(given);
    const Fetched got = result.get();
    const bool head =
        std::string_view(given).ends_with("half") || std::string_view(given).ends_with("half\r\n");
    EXPECT_EQ(failure_name(head ? got.body_failure : got.failure), "timeout") << given;
    expect_cut(connection);
  }
}

TEST_F(UpstreamFailure, DeadlineWhileWriting) {
  test::BlockingListener provider;
  const Endpoint to = plain(provider.port());
  FetchPlan plan;
  plan.total = Millis(100);
  plan.pieces = {"POST / HTTP/1.1\r\n\r\n", std::string(50'000'000, 'x')};
  EXPECT_EQ(failure_name(fetch(to, plan).get().failure), "timeout");
}

// The backlog of a listener that accepts nobody is full after a few connections: the next one
// waits.
class FullListener {
 public:
  FullListener() {
    for (int i = 0; i < 200 && !full_; ++i) {
      waiting_.emplace_back(listener_.port());
      full_ = !waiting_.back().connected;
    }
  }
  [[nodiscard]] bool full() const { return full_; }
  [[nodiscard]] std::uint16_t port() const { return listener_.port(); }

 private:
  struct Try {
    explicit Try(std::uint16_t port)
        : socket(test::BlockingSocket::try_connect(port)), connected(socket.fd() >= 0) {}
    test::BlockingSocket socket;
    bool connected;
  };
  test::BlockingListener listener_{1};
  std::vector<Try> waiting_;
  bool full_ = false;
};

TEST_F(UpstreamFailure, DeadlineWhileConnecting) {
  const FullListener provider;
  ASSERT_TRUE(provider.full());
  const Endpoint to = plain(provider.port());
  FetchPlan by_connect;
  by_connect.connect = Millis(80);
  EXPECT_EQ(failure_name(fetch(to, by_connect).get().failure), "timeout");
  FetchPlan by_total;
  by_total.total = Millis(80);
  EXPECT_EQ(failure_name(fetch(to, by_total).get().failure), "timeout");
  FetchPlan cancelled;
  cancelled.begun = [&](UpstreamCall& call) { thread.worker.post([&call] { call.cancel(); }); };
  EXPECT_EQ(failure_name(fetch(to, cancelled).get().failure), "cancelled");
}

TEST_F(UpstreamFailure, CancelInEachPhase) {
  for (const char* given :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
    test::BlockingListener provider;
    const Endpoint to = plain(provider.port());
    UpstreamCall* running = nullptr;
    std::promise<void> head;
    FetchPlan plan;
    plan.begun = [&](UpstreamCall& call) { running = &call; };
    plan.on_head = [&] { head.set_value(); };
    auto result = fetch(to, plan);
    auto connection = provider.accept();
    connection.read_until("body");
    connection.send(given);
    const bool with_head = std::string_view(given).ends_with("half");
    if (with_head) head.get_future().get();
    thread.call([&] { running->cancel(); });
    const Fetched got = result.get();
    EXPECT_EQ(failure_name(with_head ? got.body_failure : got.failure), "cancelled") << given;
    expect_cut(connection);
    EXPECT_EQ(idle(), 0U);
  }
}

TEST_F(UpstreamFailure, CancelledBeforeItBegan) {
  test::BlockingListener provider;
  const Endpoint to = plain(provider.port());
  FetchPlan plan;
  plan.begun = [](UpstreamCall& call) { call.cancel(); };
  EXPECT_EQ(failure_name(fetch(to, plan).get().failure), "cancelled");
  EXPECT_FALSE(provider.pending());
}

TEST_F(UpstreamFailure, CancelWhileTheNameIsLookedUp) {
  Endpoint to = plain(80);
  to.host = "nonexistent.invalid";
  FetchPlan plan;
  plan.begun = [&](UpstreamCall& call) { thread.worker.post([&call] { call.cancel(); }); };
  const Fetched got = fetch(to, plan).get();
  EXPECT_EQ(failure_name(got.failure), "cancelled");
}

TEST(FailureName, AreDistinct) {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Failure::kCancelled); ++i) {
    names.push_back(failure_name(static_cast<Failure>(i)));
    for (std::size_t j = 0; j + 1 < names.size(); ++j) EXPECT_NE(names[j], names.back());
  }
}

}  // namespace
}  // namespace pontage::transport
