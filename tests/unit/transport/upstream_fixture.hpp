// A worker with pools, and calls started from outside: the test itself is the provider.
#pragma once

#include <gtest/gtest.h>

#include "transport/upstream.hpp"
#include "unit/transport/worker_thread.hpp"

namespace pontage::transport {

struct Fetched {
  Failure failure = Failure::kNone;       ///< of exchange()
  Failure body_failure = Failure::kNone;  ///< of read()
  int status = 0;
  std::string body;
  std::string problem;
  bool reused = false;
};

struct FetchPlan {
  std::vector<std::string> pieces = {"POST /v1 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n",
                                     "body"};
  bool resend = true;
  std::uint64_t body_limit = 64U << 20;
  Millis connect{20'000};
  Millis total{20'000};
  std::function<void()> on_head{};             ///< on the worker, after exchange()
  std::function<void(UpstreamCall&)> begun{};  ///< on the worker, before exchange()
};

class UpstreamTest : public ::testing::Test {
 protected:
  UpstreamTest() {
    thread.start();
    pools = thread.call([this] { return std::make_unique<UpstreamPools>(thread.worker); });
  }
  ~UpstreamTest() override {
    thread.call([this] { pools->close_idle(); });
    thread.stop();
  }

  static Endpoint plain(std::uint16_t port) {
    Endpoint endpoint;
    endpoint.host = "127.0.0.1";
    endpoint.port = port;
    endpoint.key = "http://127.0.0.1:" + std::to_string(port);
    return endpoint;
  }

  std::future<Fetched> fetch(const Endpoint& to, FetchPlan plan = {}) {
    return thread.start_task<Fetched>(
        [this, &to, plan = std::move(plan)] { return run(*pools, to, plan); });
  }
  std::size_t idle() {
    return thread.call([this] { return pools->idle(); });
  }

  static Task<Fetched> run(UpstreamPools& pools, const Endpoint& to, FetchPlan plan) {
    Fetched out;
    std::vector<std::string_view> pieces(plan.pieces.begin(), plan.pieces.end());
    UpstreamCall call(pools, to);
    if (plan.begun) plan.begun(call);
    const auto now = std::chrono::steady_clock::now();
    call.set_deadline(now + plan.total);
    call.set_body_limit(plan.body_limit);
    out.failure = co_await call.exchange(pieces, now + plan.connect, plan.resend);
    out.reused = call.reused_connection();
    if (out.failure == Failure::kNone) {
      out.status = call.head().status;
      if (plan.on_head) plan.on_head();
      while (true) {
        const auto piece = co_await call.read();
        out.body_failure = piece.failure;
        out.body.append(piece.bytes);
        if (piece.failure != Failure::kNone || piece.done) break;
      }
    }
    out.problem = call.problem();
    co_return out;
  }

  /// One request that is answered with `response`; the provider then closes when asked to.
  Fetched answer(const std::string& response, bool close, FetchPlan plan = {}) {
    test::BlockingListener provider;
    const Endpoint to = plain(provider.port());
    auto result = fetch(to, std::move(plan));
    auto connection = provider.accept();
    connection.read_until("body");
    connection.send(response);
    if (close) connection.close();
    return result.get();
  }

  WorkerThread thread;
  std::unique_ptr<UpstreamPools> pools;
};

inline std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

std::string gzip(std::string_view text);  // inflate_test.cpp

}  // namespace pontage::transport
