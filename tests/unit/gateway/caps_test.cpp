// Caps on what is under way: a request goes to the next target, then waits in a fair queue, then is
// told to come again; and no place is ever lost. Both views: the client's, and what the simulated
// providers were asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "core/crypto.hpp"
#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string key_of(const std::string& name) {
  return "Authorization: Bearer secret-of-" + name + "\r\n";
}

class Caps : public HouseBench {
 protected:
  // The first provider takes `cap` requests at once; entries are a chain's.
  void serve_capped(const std::vector<std::string>& entries, const std::string& queue = "",
                    const std::string& more = "", int cap = 1) {
    std::string limits = ", limits: { attempts: 6";
    if (!queue.empty()) limits += ", queue: " + queue;
    serve(config(entries, more, cap), limits + " }" + workers);
  }
  std::string config(const std::vector<std::string>& entries, const std::string& more, int cap) {
    std::string yaml = "providers:\n";
    const auto provider = [&](const char* name, const char* kind, const std::string& url,
                              const std::string& options) {
      yaml += std::string("  ") + name + ": { kind: " + kind + ", api_key: k, base_url: \"" + url +
              "\"" + options + " }\n";
    };
    provider("p1", "openai", p1->base_url(), ", max_concurrency: " + std::to_string(cap));
    provider("p2", "openai", p2->base_url(), "");
    yaml += more + "routes:\n  - name: chat\n    chain:\n";
    for (const auto& entry : entries) yaml += "      - " + entry + "\n";
    return yaml;
  }
  static std::string keys(std::initializer_list<const char*> names, int cap = 0) {
    std::string yaml = "keys:\n";
    for (const char* name : names) {
      yaml += std::string("  - { name: ") + name +
              ", secret_hash: \"sha256:" + sha256_hex("secret-of-" + std::string(name)) + "\"";
      if (cap > 0) yaml += ", max_concurrency: " + std::to_string(cap);
      yaml += " }\n";
    }
    return yaml;
  }
  // A stream that has a place until it is reset.
  std::unique_ptr<RawClient> hold(const std::string& headers = "") {
    p1->set_default_fault("times=1,stall=1");
    auto client = std::make_unique<RawClient>(port());
    client->send(post(chat_stream(), headers));
    EXPECT_THAT(client->read_until("content"), HasSubstr("content"));
    return client;
  }
  // One more that waits.
  std::unique_ptr<RawClient> wait(const std::string& body, const std::string& headers = "",
                                  const char* cap = "provider") {
    auto client = std::make_unique<RawClient>(port());
    client->send(post(body, headers));
    EXPECT_TRUE(wait_metric("pontage_queue_depth", {cap}, ++waiting));
    return client;
  }
  void expect_nothing_held() {
    EXPECT_TRUE(wait_metric("pontage_inflight", {}, 0));
    EXPECT_TRUE(wait_metric("pontage_queue_depth", {}, 0));
    const json listed = json::parse(admin("GET", "/api/v1/providers").payload);
    for (const json& row : listed["targets"]) EXPECT_EQ(row["in_flight"], 0) << row;
  }

  int waiting = 0;
  std::string workers;
};

TEST_F(Caps, AtTheCapARequestGoesToTheNextTarget) {
  serve_capped({kBoth});
  auto held = hold();
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
  EXPECT_EQ(reply.header("x-pontage-attempts"), "1");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("p1/m skipped: at its cap of 1"));
  EXPECT_EQ(p1->requests().size(), 1U);
  held->reset();
  expect_nothing_held();
  EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p1");
}

TEST_F(Caps, WhenAllAreAtTheirCapItWaits) {
  serve_capped({kFirst});
  auto held = hold();
  auto waiter = wait(chat());
  EXPECT_EQ(p1->requests().size(), 1U);
  held->reset();
  const auto reply = waiter->read_response();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("x-pontage-attempts"), "1");
  EXPECT_EQ(p1->requests().size(), 2U);
  EXPECT_EQ(metric("pontage_queue_wait_seconds_count", {"cap=\"provider\""}), 1);
  EXPECT_EQ(metric("pontage_queue_rejected_total"), 0);
  expect_nothing_held();
}

TEST_F(Caps, WhatFailedBeforeIsNotTheLastWordWhileACappedTargetMayAnswer) {
  serve_capped({kBoth});
  auto held = hold();
  p2->set_default_fault("status=500");
  auto waiter = wait(chat());
  EXPECT_EQ(p2->requests().size(), 1U);
  held->reset();
  const auto reply = waiter->read_response();
  EXPECT_EQ(reply.header("x-pontage-provider"), "p1");
  EXPECT_EQ(reply.header("x-pontage-attempts"), "2");
}

TEST_F(Caps, FirstComeFirstServedWithinAKeyAndInTurnBetweenKeys) {
  serve_capped({kFirst}, "", keys({"a", "b"}));
  auto held = hold(key_of("a"));
  std::vector<std::unique_ptr<RawClient>> all;
  for (const char* who : {"a1", "a2", "a3", "b1", "b2"}) {
    const std::string user = ",\"user\":\"" + std::string(who) + "\"";
    all.push_back(wait(chat(user), key_of(std::string(1, who[0]))));
  }
  held->reset();
  for (auto& each : all) EXPECT_EQ(each->read_response().status, 200);
  std::vector<std::string> order;
  for (const auto& request : p1->requests()) {
    if (!request.stream) order.push_back(json::parse(request.body)["user"]);
  }
  EXPECT_THAT(order, ElementsAre("a1", "b1", "a2", "b2", "a3"));
  expect_nothing_held();
}

TEST_F(Caps, BeyondTheQueueClientsAreToldToComeAgain) {
  serve_capped({kFirst}, "{ max: 1, wait: 20s }");
  auto held = hold();
  auto waiter = wait(chat());
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(error_code(reply), "overloaded");
  EXPECT_EQ(error_type(reply), "rate_limit_error");
  EXPECT_EQ(reply.header("retry-after"), "20");
  const auto anthropic =
      raw(simulate::test::post("/v1/messages", body_of(), std::string(kVersion)));
  EXPECT_EQ(anthropic.status, 429);
  EXPECT_EQ(anthropic.header("retry-after"), "20");
  EXPECT_THAT(anthropic.payload, HasSubstr(R"("type":"rate_limit_error")"));
  EXPECT_EQ(metric("pontage_queue_rejected_total", {"cap=\"provider\"", "reason=\"full\""}), 2);
  EXPECT_EQ(p1->requests().size(), 1U);
  held->reset();
  EXPECT_EQ(waiter->read_response().status, 200);
}

TEST_F(Caps, WaitingEndsAtItsDeadline) {
  serve_capped({kFirst}, "{ wait: 20ms }");
  auto held = hold();
  for (const auto& body : {chat(), chat_stream()}) {
    const auto reply = ask(body);
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(error_code(reply), "overloaded");
    EXPECT_EQ(reply.header("retry-after"), "1");
  }
  EXPECT_EQ(metric("pontage_queue_rejected_total", {"reason=\"late\""}), 2);
  EXPECT_EQ(p1->requests().size(), 1U);
  held->reset();
  expect_nothing_held();
  EXPECT_EQ(ask(chat()).status, 200);
}

TEST_F(Caps, TheFloorAnswersInstead) {
  serve_capped({kFirst, "floor: [ { message: busy } ]"}, "{ max: 0 }");
  auto held = hold();
  EXPECT_EQ(answer_text(ask(chat())), "busy");
  EXPECT_EQ(p1->requests().size(), 1U);
}

TEST_F(Caps, AWaiterWhoseClientLeavesGoesAtOnce) {
  serve_capped({kFirst});
  auto held = hold();
  auto waiter = wait(chat());
  auto second = wait(chat());
  waiter->reset();
  EXPECT_TRUE(wait_metric("pontage_queue_depth", {}, 1));
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 1));
  held->reset();
  EXPECT_EQ(second->read_response().status, 200);
  EXPECT_EQ(p1->requests().size(), 2U) << "who left was not asked for";
  expect_nothing_held();
}

TEST_F(Caps, AHigherCapLetsWaitersInAndPlacesOutliveAReload) {
  serve_capped({kFirst});
  auto held = hold();
  auto waiter = wait(chat());
  ASSERT_TRUE(reload(config({kFirst}, "# touched\n", 1)));
  EXPECT_EQ(metric("pontage_queue_depth"), 1);
  ASSERT_TRUE(reload(config({kFirst}, "", 2)));
  EXPECT_EQ(waiter->read_response().status, 200);
  held->reset();
  expect_nothing_held();
}

TEST_F(Caps, AKeyHasItsOwn) {
  serve_capped({kBoth}, "{ max: 1, wait: 20s }", keys({"a", "b"}, 1), 100);
  auto held = hold(key_of("a"));
  EXPECT_EQ(ask(chat(), key_of("b")).status, 200) << "another key";
  auto waiter = wait(chat(), key_of("a"), "key");
  const auto refused = ask(chat(), key_of("a"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(error_code(refused), "overloaded");
  EXPECT_EQ(refused.header("retry-after"), "20");
  EXPECT_THAT(refused.payload, HasSubstr(R"(the key \"a\" has its 1 requests under way)"));
  EXPECT_EQ(p1->requests().size(), 2U);
  held->reset();
  EXPECT_EQ(waiter->read_response().status, 200);
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"rejected\""}), 1);
  EXPECT_EQ(metric("pontage_queue_rejected_total", {"cap=\"key\"", "reason=\"full\""}), 1);
  auto again = hold(key_of("a"));
  waiting = 0;
  auto leaving = wait(chat(), key_of("a"), "key");
  leaving->reset();
  EXPECT_TRUE(wait_metric("pontage_queue_depth", {}, 0));
  again->reset();
  expect_nothing_held();
  EXPECT_EQ(ask(chat(), key_of("a")).status, 200);
}

TEST_F(Caps, OtherPathsHaveThemToo) {
  serve_capped({kFirst}, "{ wait: 20ms }");
  auto held = hold();
  const auto images = [&] {
    return raw(simulate::test::post("/v1/moderations", R"({"input":"x"})"));
  };
  const auto reply = images();
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.header("retry-after"), "1");
  EXPECT_EQ(p1->requests().size(), 1U);
  held->reset();
  expect_nothing_held();
  EXPECT_NE(images().status, 429);
  EXPECT_EQ(p1->requests().size(), 2U);
  expect_nothing_held();
}

// However an attempt ends: with one place, the next request would wait for ever if it were lost.
TEST_F(Caps, NoPlaceIsEverLost) {
  serve_capped({"timeout: { first_byte: 50ms, first_token: 50ms, idle: 50ms }", kBoth});
  const char* faults[] = {"status=500",
                          "status=429",
                          "refuse",
                          "silence",
                          "garbage",
                          "cut=0",
                          "cut=3",
                          "stall=0",
                          "stall=3",
                          "reset=3",
                          "error_event=0",
                          "error_event=3",
                          "empty_stream",
                          "huge=2MiB",
                          "truncated_json",
                          "bad_chunk=2",
                          "error=context_length"};
  for (const char* fault : faults) {
    for (const bool stream : {true, false}) {
      if (!stream && (std::string_view(fault) == "silence" ||
                      std::string_view(fault) == "stall=0" || std::string_view(fault) == "stall=3"))
        continue;  // whole answers have no such deadline
      p1->set_default_fault(fault);
      ask(stream ? chat_stream() : chat());
      p1->set_default_fault("");
      expect_nothing_held();
      EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p1") << fault << " " << stream;
    }
  }
}

TEST_F(Caps, NoPlaceIsLostWhereverTheClientLeaves) {
  serve_capped({kFirst});
  for (const char* fault : {"silence", "stall=0", "stall=2", "slow_headers_ms=5000", "tps=1"}) {
    for (const bool stream : {true, false}) {
      p1->set_default_fault(fault);
      const std::size_t before = p1->requests().size();
      RawClient client(port());
      client.send(post(stream ? chat_stream() : chat()));
      EXPECT_TRUE(p1->wait_for(before + 1, simulate::test::kPatience));
      client.reset();
      expect_nothing_held();
      p1->set_default_fault("");
      EXPECT_EQ(ask(chat()).status, 200) << fault << " " << stream;
    }
  }
}

// Two workers: places are given back by one and handed to waiters of the other.
TEST_F(Caps, AcrossWorkersNeverMoreThanTheCapAndNobodyIsForgotten) {
  workers = ", workers: 2";
  serve_capped({kFirst}, "", "", 2);
  p1->set_default_fault("ttft_ms=2");
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 12; ++i) {
      clients.emplace_back([&, i] {
        for (int n = 0; n < 10; ++n)
          good += ask(i % 2 == 0 ? chat() : chat_stream()).status == 200 ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(good, 120);
  ASSERT_TRUE(p1->wait_for_ended(120, simulate::test::kPatience));
  std::vector<std::pair<std::int64_t, int>> changes;  // by time; ends before begins
  for (const auto& request : p1->requests()) {
    changes.emplace_back(request.steady_us, 1);
    changes.emplace_back(request.steady_us + request.duration_us, -1);
  }
  std::ranges::sort(changes);
  int now = 0;
  int most = 0;
  for (const auto& [time, change] : changes) most = std::max(most, now += change);
  EXPECT_EQ(most, 2);
  EXPECT_EQ(changes.size(), 240U);
  expect_nothing_held();
}

}  // namespace
}  // namespace pontage::gateway::test
