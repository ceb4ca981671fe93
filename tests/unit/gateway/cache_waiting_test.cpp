// Like requests under way wait for the first one's answer; and the floor that gives old answers.
#include <gmock/gmock.h>

#include <thread>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using simulate::test::kPatience;
using ::testing::HasSubstr;

const std::string kMessage = "floor: { message: sorry }";
constexpr std::size_t kMany = 6;

class Coalescing : public HouseBench {
 protected:
  void open(int workers = 1) {
    serve("routes:\n  - name: chat\n    chain:\n      - cache: { coalesce: true }\n      - " +
              kFirst + "\n      - " + kMessage + "\n",
          ", workers: " + std::to_string(workers));
  }
  /// Sends a leader, and when the provider has it, the others.
  void send_all(const std::string& body) {
    leader_ = std::make_unique<RawClient>(port());
    leader_->send(post(body));
    ASSERT_TRUE(p1->wait_for(1, kPatience));
    for (std::size_t i = 0; i < kMany; ++i) {
      others_.push_back(std::make_unique<RawClient>(port()));
      others_.back()->send(post(body));
    }
  }
  bool all_wait() { return wait_metric("pontage_cache_waiting", {}, kMany); }

  std::unique_ptr<RawClient> leader_;
  std::vector<std::unique_ptr<RawClient>> others_;
};

TEST_F(Coalescing, OneIsAskedForMany) {
  p1->set_default_fault("ttft_ms=2000");
  open();
  for (const auto& body : {chat(), chat_stream(R"(,"seed":1)")}) {
    p1->clear();
    others_.clear();
    send_all(body);
    const auto first = leader_->read_response();
    ASSERT_EQ(first.status, 200);
    EXPECT_EQ(first.header("x-pontage-cache"), "miss");
    for (auto& each : others_) {
      const auto reply = each->read_response();
      EXPECT_EQ(reply.header("x-pontage-cache"), "hit");
      EXPECT_EQ(reply.payload, first.payload);
    }
    EXPECT_EQ(p1->requests().size(), 1U) << body;
  }
  EXPECT_EQ(metric("pontage_cache_hits_total"), 2 * kMany);
  EXPECT_GT(metric("pontage_cache_coalesced_total"), 0);
  EXPECT_EQ(metric("pontage_cache_waiting"), 0);
}

TEST_F(Coalescing, AcrossWorkers) {
  p1->set_default_fault("ttft_ms=2000");
  open(4);
  send_all(chat());
  const auto first = leader_->read_response();
  for (auto& each : others_) EXPECT_EQ(each->read_response().payload, first.payload);
  EXPECT_EQ(p1->requests().size(), 1U);
}

TEST_F(Coalescing, WhenTheFirstFailsEachAsksOnItsOwn) {
  p1->set_default_fault("times=1,slow_headers_ms=1500,status=400");
  open();
  send_all(chat());
  EXPECT_EQ(leader_->read_response().status, 400);
  for (auto& each : others_) {
    const auto reply = each->read_response();
    EXPECT_EQ(reply.status, 200);
    EXPECT_NE(reply.header("x-pontage-cache"), "floor");
  }
  EXPECT_LE(p1->requests().size(), 1 + kMany) << "nobody asks twice";
}

TEST_F(Coalescing, WhenTheFirstClientLeavesTheOthersGoOn) {
  p1->set_default_fault("times=1,ttft_ms=60000");
  open();
  for (const auto& body : {chat(), chat_stream()}) {
    p1->clear();
    others_.clear();
    send_all(body);
    ASSERT_TRUE(all_wait());
    leader_->close();
    for (auto& each : others_) EXPECT_EQ(each->read_response().status, 200) << body;
    ASSERT_TRUE(p1->wait_for_ended(1 + kMany, kPatience));
    EXPECT_EQ(p1->requests().front().outcome, "client_closed");
    EXPECT_EQ(p1->requests().size(), 1 + kMany);
    // The answers were kept: another body for the next turn.
    ASSERT_TRUE(reload("routes: [ { name: chat, chain: [ cache: { coalesce: true, ttl: 2h }, " +
                       kFirst + ", " + kMessage + " ] } ]"));
  }
}

TEST_F(Coalescing, AWaiterThatLeavesIsGoneAtOnce) {
  p1->set_default_fault("ttft_ms=60000");
  open();
  send_all(chat());
  ASSERT_TRUE(all_wait());
  for (auto& each : others_) each->close();
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, kMany));
  EXPECT_EQ(metric("pontage_cache_waiting"), 0);
  EXPECT_EQ(p1->requests().size(), 1U) << "and nothing was asked for them";
  EXPECT_EQ(p1->requests().front().outcome, "open") << "the first one goes on";
}

TEST_F(Coalescing, WithoutItEachAsks) {
  p1->set_default_fault("ttft_ms=300");
  serve_chain({"cache: {}", kFirst, kMessage});
  send_all(chat());
  for (auto& each : others_) EXPECT_EQ(each->read_response().status, 200);
  EXPECT_EQ(p1->requests().size(), 1 + kMany);
}

class StaleFloor : public HouseBench {
 protected:
  void open(const std::string& floor, const std::string& cache = "{ ttl: 1ms, stale: 1h }") {
    serve_chain({"cache: " + cache, kFirst, "floor: " + floor});
  }
  /// Once the answer is too old to be a hit.
  Response ask_late(const std::string& body, std::string_view headers = "") {
    auto reply = ask(body, headers);
    while (reply.header("x-pontage-cache") == "hit") reply = ask(body, headers);
    return reply;
  }
};

TEST_F(StaleFloor, AnOldAnswerIsBetterThanNone) {
  open("[ cache, { message: sorry } ]");
  const auto first = ask(chat());
  ASSERT_EQ(first.header("x-pontage-cache"), "miss");
  p1->set_default_fault("status=503");
  const auto old = ask_late(chat());
  EXPECT_EQ(old.status, 200);
  EXPECT_EQ(old.header("x-pontage-cache"), "floor");
  EXPECT_NE(old.header("age"), "");
  EXPECT_EQ(old.payload, first.payload);
  EXPECT_THAT(old.header("x-pontage-decision"), HasSubstr("floor: an old answer out of the cache"));
  const auto stream = ask_late(chat_stream());
  EXPECT_EQ(stream.header("x-pontage-cache"), "floor");
  EXPECT_EQ(stream.text(), answer_text(first));
  EXPECT_EQ(count_done(stream), 1);
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"floor\""}), 2);
  EXPECT_EQ(p1->requests().size(), 3U) << "each time the provider was asked first";
}

TEST_F(StaleFloor, WhatWasNeverAskedHasNone) {
  open("[ cache, { message: sorry } ]");
  p1->set_default_fault("status=503");
  const auto reply = ask(chat());
  EXPECT_EQ(answer_text(reply), "sorry");
  EXPECT_THAT(reply.header("x-pontage-decision"),
              HasSubstr("the cache has no answer to this request"));
}

TEST_F(StaleFloor, ToolsAreNoHindrance) {
  open("[ cache, { message: sorry } ]");
  const std::string tools =
      R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])";
  const auto first = ask(chat(tools));
  p1->set_default_fault("status=503");
  EXPECT_EQ(ask_late(chat(tools)).payload, first.payload);
}

TEST_F(StaleFloor, WhoWantsANewAnswerGetsNoOldOne) {
  open("[ cache, { message: sorry } ]");
  ask(chat());
  p1->set_default_fault("status=503");
  EXPECT_EQ(answer_text(ask(chat(), "x-pontage-cache: no-cache\r\n")), "sorry");
}

TEST_F(StaleFloor, WithoutStaleThereIsNothingOld) {
  open("[ cache, { message: sorry } ]", "{ ttl: 1ms, stale: 0s }");
  ask(chat());
  p1->set_default_fault("status=503");
  EXPECT_EQ(answer_text(ask_late(chat())), "sorry");
}

TEST_F(StaleFloor, TheRecoveredProviderAnswersAgain) {
  open("[ cache, { message: sorry } ]");
  ask(chat());
  p1->set_default_fault("times=1,status=503");
  EXPECT_EQ(ask_late(chat()).header("x-pontage-cache"), "floor");
  EXPECT_EQ(ask(chat()).header("x-pontage-cache"), "miss");
}

class FloorProbe : public HouseBench {
 protected:
  void open(const std::string& floor, const std::string& every = "10ms") {
    serve("providers:\n  p1: { kind: openai, api_key: k, base_url: \"" + p1->base_url() +
              "\" }\n  p2: { kind: openai, api_key: k, base_url: \"" + p2->base_url() +
              "\" }\n  ollama: { base_url: \"" + p2->base_url() +
              "/v1\" }\nroutes:\n  - name: chat\n    chain:\n      - " + kFirst +
              "\n      - floor: " + floor + "\n",
          ", floor_probe: " + every);
  }
  bool becomes(int value) {
    const std::string line = "pontage_floor_ready{route=\"chat\"} " + std::to_string(value) + "\n";
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (metrics().find(line) == std::string::npos) {
      if (std::chrono::steady_clock::now() > until) return false;
    }
    return true;
  }
};

TEST_F(FloorProbe, ATargetIsReadyWhileItAnswers) {
  open("{ provider: p2, model: m }");
  EXPECT_TRUE(becomes(1));
  EXPECT_EQ(p2->requests().front().path, "/v1/models");
  EXPECT_EQ(p2->requests().front().method, "GET");
  p2->stop();
  EXPECT_TRUE(becomes(0));
  const auto shown = admin("/api/v1/providers");
  EXPECT_THAT(shown, HasSubstr(R"("target":"p2/m","ready":false,"problem":)"));
  EXPECT_EQ(p1->requests().size(), 0U) << "only floors are probed";
}

TEST_F(FloorProbe, AFixedMessageIsAlwaysReady) {
  p2->stop();
  open("[ { provider: p2, model: m }, { message: sorry } ]");
  EXPECT_TRUE(becomes(1));
}

TEST_F(FloorProbe, OldAnswersAloneAreNoFloor) {
  open("[ cache ]");
  EXPECT_TRUE(becomes(0));
}

TEST_F(FloorProbe, OllamaMustHaveTheModel) {
  open("{ provider: ollama, model: sim-1 }");
  EXPECT_TRUE(becomes(1));
  stop();
  open("{ provider: ollama, model: gone }");
  ASSERT_TRUE(p2->wait_for(2, kPatience));
  EXPECT_TRUE(becomes(0));
}

TEST_F(FloorProbe, ZeroProbesNothing) {
  open("{ provider: p2, model: m }", "0s");
  EXPECT_TRUE(becomes(1)) << "as far as the configuration goes";
  ask(chat());
  EXPECT_EQ(p2->requests().size(), 0U);
}

}  // namespace
}  // namespace pontage::gateway::test
