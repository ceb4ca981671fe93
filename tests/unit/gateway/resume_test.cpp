// A stream that breaks off after the commit point goes on from another target: what the client
// sees, and what the other provider was asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "dialects/seam.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using nlohmann::json;
using simulate::test::kPatience;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kTokens = 24;

// The same seed: both would give the same answer.
std::unique_ptr<simulate::Simulator> twin(const char* name) {
  simulate::Options options;
  options.name = name;
  options.seed = 1;
  options.tokens = kTokens;
  auto started = simulate::Simulator::start(options);
  if (!started) throw std::runtime_error(started.error());
  return std::move(*started);
}

class Resume : public HouseBench {
 protected:
  Resume() {
    p1 = twin("one");
    p2 = twin("two");
  }
  /// The first in one dialect, the second in one; `more` stands before them in the chain.
  void serve_pair(const std::string& first, const std::string& second,
                  const std::string& more = "resume: { max: 1 }") {
    std::string yaml = "providers:\n";
    const auto provider = [&](const char* name, const char* kind, const std::string& url) {
      yaml += std::string("  ") + name + ": { kind: " + kind + ", api_key: k, base_url: \"" + url +
              "\" }\n";
    };
    provider("p1", "openai", p1->base_url());
    provider("a1", "anthropic", p1->base_url());
    provider("p2", "openai", p2->base_url());
    provider("a2", "anthropic", p2->base_url());
    yaml += "routes:\n  - name: chat\n    chain:\n      - " + more + "\n";
    yaml += "      - fallback: [ { provider: " + first + ", model: m }";
    if (!second.empty()) yaml += ", { provider: " + second + ", model: m }";
    serve(yaml + " ]\n");
  }
  static std::string request(bool anthropic, std::string_view more = "") {
    const std::string body = R"({"model":"m","max_tokens":500,"stream":true,)"
                             R"("messages":[{"role":"user","content":"hello"}])" +
                             std::string(more) + "}";
    if (!anthropic) return post(body);
    return simulate::test::post("/v1/messages", body, "anthropic-version: 2023-06-01\r\n");
  }
  Response stream(bool anthropic, std::string_view more = "") {
    return raw(request(anthropic, more));
  }
  /// The last message that the second provider was asked with.
  json last_message(int from_end = 1) {
    const auto asked = p2->requests();
    if (asked.empty()) return json();
    const auto body = json::parse(asked.back().body, nullptr, false);
    const auto& messages = body["messages"];
    return messages[messages.size() - static_cast<std::size_t>(from_end)];
  }
};

std::string text_of(const json& message) {
  if (message["content"].is_string()) return message["content"];
  std::string out;
  for (const auto& part : message["content"]) out += part.value("text", "");
  return out;
}

bool ends_in_error(const Response& reply) {
  const auto events = reply.events();
  return !events.empty() && events.back().find("\"error\"") != std::string::npos;
}

// One answer in the eyes of a client of chat completions.
void expect_one_chat(const Response& reply) {
  std::set<std::string> names;
  int roles = 0;
  int finishes = 0;
  for (const auto& data : reply.events()) {
    if (data == "[DONE]") continue;
    const auto chunk = json::parse(data);
    names.insert(chunk["id"].dump() + chunk["created"].dump() + chunk["model"].dump());
    for (const auto& choice : chunk["choices"]) {
      roles += choice["delta"].contains("role") ? 1 : 0;
      finishes += choice["finish_reason"].is_string() ? 1 : 0;
    }
  }
  EXPECT_EQ(names.size(), 1U) << reply.payload;
  EXPECT_EQ(roles, 1) << reply.payload;
  EXPECT_EQ(finishes, 1) << reply.payload;
  EXPECT_EQ(count_done(reply), 1) << reply.payload;
}

// One answer in the eyes of a client of Anthropic's Messages.
void expect_one_message(const Response& reply) {
  int starts = 0;
  int ends = 0;
  int stops = 0;
  int open = -1;
  int next = 0;
  for (const auto& data : reply.events()) {
    const auto event = json::parse(data);
    const std::string type = event.value("type", "");
    starts += type == "message_start" ? 1 : 0;
    ends += type == "message_delta" ? 1 : 0;
    stops += type == "message_stop" ? 1 : 0;
    if (type == "content_block_start") {
      EXPECT_EQ(open, -1) << reply.payload;
      EXPECT_EQ(event["index"], next++) << reply.payload;
      open = event["index"];
    } else if (type == "content_block_delta") {
      EXPECT_EQ(event["index"], open) << reply.payload;
    } else if (type == "content_block_stop") {
      EXPECT_EQ(event["index"], open) << reply.payload;
      open = -1;
    }
  }
  EXPECT_EQ(starts, 1) << reply.payload;
  EXPECT_EQ(ends, 1) << reply.payload;
  EXPECT_EQ(stops, 1) << reply.payload;
  EXPECT_EQ(open, -1) << reply.payload;
}

struct Pair {
  const char* first;
  const char* second;
};
constexpr Pair kPairs[] = {{"p1", "p2"}, {"p1", "a2"}, {"a1", "p2"}, {"a1", "a2"}};
constexpr const char* kContents[] = {"prose", "code", "emoji", "json"};

// Whatever the second makes of it: the whole answer once, or an error event.
TEST_F(Resume, EveryCutOfEveryTextIsWholeOrAnError) {
  int whole = 0;
  int all = 0;
  for (const Pair& pair : kPairs) {
    serve_pair(pair.first, pair.second);
    for (const char* content : kContents) {
      const std::string says = "content=" + std::string(content);
      // A refusal is remembered, so that from then on each is asked in words.
      for (const char* way :
           {"prefill=continue,instruction=overlap", "prefill=restart,instruction=restart",
            "prefill=overlap,instruction=overlap", "prefill=reject,instruction=overlap",
            "prefill=reject,instruction=continue"}) {
        for (int cut = 1; cut < kTokens; cut += 5) {
          for (const bool anthropic : {false, true}) {
            p2->set_default_fault(says);
            p1->set_default_fault(says);
            const std::string healthy = stream(anthropic).text();
            p1->clear();
            p2->clear();
            const std::string fault = says + ",cut=" + std::to_string(cut);
            SCOPED_TRACE(std::string(pair.first) + pair.second + " " + way + " " + fault +
                         (anthropic ? " messages" : " chat"));
            ASSERT_TRUE(p1->set_default_fault(fault));
            ASSERT_TRUE(p2->set_default_fault(says + "," + way));
            const auto reply = stream(anthropic);
            ++all;
            ASSERT_EQ(reply.status, 200);
            EXPECT_TRUE(reply.framed);
            EXPECT_GE(p1->requests().size(), 1U);
            if (ends_in_error(reply)) {
              EXPECT_THAT(healthy, StartsWith(reply.text()));
              continue;
            }
            ++whole;
            EXPECT_EQ(reply.text(), healthy);
            if (anthropic) {
              expect_one_message(reply);
            } else {
              expect_one_chat(reply);
            }
          }
        }
      }
    }
    stop();
  }
  EXPECT_GE(whole * 100 / all, 50) << whole << " of " << all;
}

TEST_F(Resume, ProseIsWholeAtEveryCut) {
  for (const Pair& pair : kPairs) {
    serve_pair(pair.first, pair.second);
    for (const bool anthropic : {false, true}) {
      p1->set_default_fault("");
      p2->set_default_fault("instruction=overlap");
      const std::string healthy = stream(anthropic).text();
      for (int cut = 1; cut < kTokens; ++cut) {
        p2->clear();
        p1->set_default_fault("cut=" + std::to_string(cut));
        const auto reply = stream(anthropic);
        SCOPED_TRACE(std::string(pair.first) + " " + pair.second);
        if (ends_in_error(reply)) {
          EXPECT_LT(reply.text().size(), dialects::Seam::kEvidence) << "so few words prove nothing";
          EXPECT_THAT(healthy, StartsWith(reply.text()));
          continue;
        }
        EXPECT_EQ(reply.text(), healthy) << cut << reply.payload;
        // An assistant's turn at the end, or one and the wish to go on.
        const bool in_words = last_message().value("role", "") == "user";
        const auto last = last_message(in_words ? 2 : 1);
        EXPECT_EQ(last.value("role", ""), "assistant") << cut;
        EXPECT_THAT(healthy, StartsWith(text_of(last))) << cut;
        EXPECT_EQ(p2->requests().size(), 1U) << cut;
      }
    }
    stop();
  }
}

TEST_F(Resume, AllWaysOfBreakingOff) {
  serve_pair("p1", "p2", "resume: { max: 1 }\n      - timeout: { idle: 250ms, first_token: 5s }");
  const std::string healthy = stream(false).text();
  int resumed = 0;
  for (const char* fault : {"cut=5", "reset=5", "stall=5", "bad_chunk=5", "error_event=5",
                            "no_finish,no_done,tokens=5", "cut=b700"}) {
    p1->clear();
    p1->set_default_fault(fault);
    const auto reply = stream(false);
    if (std::string_view(fault).starts_with("no_finish")) {
      EXPECT_TRUE(reply.text() == healthy || ends_in_error(reply)) << fault;
      continue;
    }
    EXPECT_EQ(reply.text(), healthy) << fault << reply.payload;
    expect_one_chat(reply);
    EXPECT_EQ(p1->requests().size(), 1U) << fault;
    ++resumed;
  }
  EXPECT_GE(metric("pontage_resumes_total", {"route=\"chat\"", "outcome=\"resumed\""}), resumed);
}

TEST_F(Resume, AnotherAnswerEndsInTheFirstFailure) {
  for (const Pair& pair : kPairs) {
    serve_pair(pair.first, pair.second);
    for (const char* way : {"content=paraphrase", "content=paraphrase,prefill=reject"}) {
      for (int cut = 4; cut < kTokens; cut += 3) {  // another answer may begin alike
        for (const bool anthropic : {false, true}) {
          p1->set_default_fault("cut=" + std::to_string(cut));
          p2->clear();
          p2->set_default_fault(way);
          const auto reply = stream(anthropic);
          EXPECT_TRUE(ends_in_error(reply)) << reply.payload;
          EXPECT_THAT(reply.events().back(), HasSubstr("cut off"));
          EXPECT_EQ(count_done(reply), 0);
          EXPECT_THAT(reply.payload, Not(HasSubstr("message_stop")));
          EXPECT_GE(p2->requests().size(), 1U);
        }
      }
    }
    EXPECT_GE(metric("pontage_resumes_total", {"outcome=\"unjoinable\""}), 1);
    EXPECT_EQ(metric("pontage_resumes_total", {"outcome=\"resumed\""}), 0);
    stop();
  }
}

TEST_F(Resume, ARefusedPrefillIsRememberedAndAskedForInWords) {
  serve_pair("p1", "a2");
  const std::string healthy = stream(false).text();
  p1->set_default_fault("cut=9");
  p2->set_default_fault("prefill=reject,instruction=overlap");
  EXPECT_EQ(stream(false).text(), healthy);
  ASSERT_EQ(p2->requests().size(), 2U) << "refused, then asked in words";
  EXPECT_EQ(last_message(1).value("role", ""), "user");
  EXPECT_EQ(last_message(2).value("role", ""), "assistant");
  EXPECT_THAT(healthy, StartsWith(text_of(last_message(2))));
  p2->clear();
  EXPECT_EQ(stream(false).text(), healthy);
  EXPECT_EQ(p2->requests().size(), 1U) << "not asked so again";
}

TEST_F(Resume, ARefusalDoesNotHideTheFirstFailure) {
  serve_pair("p1", "p2");
  p1->set_default_fault("error_event=5");
  p2->set_default_fault("status=400");
  const auto reply = stream(false);
  EXPECT_TRUE(ends_in_error(reply));
  EXPECT_THAT(reply.events().back(), Not(HasSubstr("400")));
  EXPECT_EQ(metric("pontage_resumes_total"), 1);
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"truncated\"", "provider=\"p1\""}), 1);
}

TEST_F(Resume, TheSameTargetWhenThereIsNoOther) {
  serve_pair("p1", "");
  const std::string healthy = stream(false).text();
  p1->clear();
  p1->set_default_fault("cut=9,times=1");
  EXPECT_EQ(stream(false).text(), healthy);
  EXPECT_EQ(p1->requests().size(), 2U);
}

TEST_F(Resume, TheBudgetIsOfTheRequest) {
  serve_pair("p1", "p2");
  p1->set_default_fault("cut=5");
  p2->set_default_fault("cut=5");
  EXPECT_TRUE(ends_in_error(stream(false)));
  EXPECT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(p2->requests().size(), 1U);
  stop();
  serve_pair("a1", "a2", "resume: { max: 3 }");
  p1->set_default_fault("");
  const std::string healthy = stream(false).text();
  p1->clear();
  p2->clear();
  p1->set_default_fault("cut=7");
  p2->set_default_fault("cut=7");
  const auto reply = stream(false);
  ASSERT_EQ(reply.text(), healthy) << "from a1 to a2, to a1, to a2";
  expect_one_chat(reply);
  EXPECT_EQ(p1->requests().size(), 2U);
  EXPECT_EQ(p2->requests().size(), 2U);
}

TEST_F(Resume, NeverAfterHalfAToolCallOrHalfAThought) {
  for (const Pair& pair : kPairs) {
    serve_pair(pair.first, pair.second);
    for (const bool anthropic : {false, true}) {
      const char* tools =
          anthropic
              ? R"(,"tools":[{"name":"f","input_schema":{"type":"object","properties":)"
                R"({"a":{"type":"string"}},"required":["a"]}}])"
              : R"(,"tools":[{"type":"function","function":{"name":"f","parameters":)"
                R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}}])";
      for (const char* fault : {"tools=1,cut=2", "tools=1,tokens=4,cut=6", "reasoning=6,cut=3"}) {
        p1->set_default_fault(fault);
        p2->clear();
        const auto reply = stream(anthropic, tools);
        EXPECT_TRUE(ends_in_error(reply)) << fault << reply.payload;
        EXPECT_EQ(p2->requests().size(), 0U) << fault << ": nobody was asked";
      }
    }
    EXPECT_EQ(metric("pontage_resumes_total", {"outcome=\"impossible\""}), 6);
    stop();
  }
}

// Ten tokens of eight bytes a second, where forty of four are the least.
TEST_F(Resume, ATrickleIsACut) {
  const std::string slow = "timeout: { min_tokens_per_second: 40, rate_window: 1s }";
  serve_pair("p1", "p2", slow);
  const std::string healthy = stream(false).text();
  EXPECT_EQ(healthy.empty(), false);
  p1->clear();
  p1->set_default_fault("tps=10");
  const auto cut = stream(false);
  EXPECT_TRUE(ends_in_error(cut));
  EXPECT_THAT(cut.events().back(), HasSubstr("slower than 40 tokens a second"));
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  EXPECT_EQ(p1->requests().front().outcome, "client_closed");
  stop();
  serve_pair("p1", "p2", slow + "\n      - resume: { max: 1 }");
  p1->set_default_fault("tps=10");
  const auto reply = stream(false);
  EXPECT_EQ(reply.text(), healthy);
  expect_one_chat(reply);
  EXPECT_EQ(p2->requests().size(), 1U);
}

TEST_F(Resume, WithoutItNothingGoesOn) {
  serve_pair("p1", "p2", "resume: { max: 0 }");
  p1->set_default_fault("cut=5");
  EXPECT_TRUE(ends_in_error(stream(false)));
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(Resume, AClientThatLeavesMeanwhileEndsBoth) {
  serve_pair("p1", "p2");
  p1->set_default_fault("cut=5");
  p2->set_default_fault("ttft_ms=60000");
  RawClient client(port());
  client.send(request(false));
  client.read_until("chat.completion.chunk", 5);
  ASSERT_TRUE(p2->wait_for(1, kPatience));
  client.close();
  ASSERT_TRUE(p2->wait_for_ended(1, kPatience));
  EXPECT_EQ(p2->requests().front().outcome, "client_closed");
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 1));
}

}  // namespace
}  // namespace pontage::gateway::test
