// Every fault of a provider by client dialect, provider dialect, streamed or not, and shape of the
// chain: one house, thousands of requests, and for each what the client saw and what the broken
// provider was asked.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>

#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;

// What a fault at the first target means.
enum class Effect : std::uint8_t {
  kNone,    // the first answers all the same
  kFails,   // before any content: the next target answers
  kPasses,  // the client's own mistake: its word is the last one, whoever comes next
  kCuts,    // after content: an error event, and nobody else is asked
};

enum class Again : std::uint8_t { kOnce, kAgain, kStreamedAgain };

struct Fault {
  std::string_view script;
  Effect streamed;
  Effect plain;
  Again again;                  // worth another try at the same target
  std::string_view clock = {};  // the deadline that ends it: "early" (to content) or "idle"
};

using enum Effect;
using enum Again;
constexpr std::array kFaults = {
    Fault{"", kNone, kNone, kOnce},
    Fault{"status=429", kFails, kFails, kAgain},
    Fault{"status=429,retry_after=60", kFails, kFails, kOnce},
    Fault{"status=429,retry_after_ms=1", kFails, kFails, kAgain},
    Fault{"status=429,retry_after_date=60", kFails, kFails, kOnce},
    Fault{"status=429,ratelimit_reset_ms=60000", kFails, kFails, kOnce},
    Fault{"status=500", kFails, kFails, kAgain},
    Fault{"status=502", kFails, kFails, kAgain},
    Fault{"status=503", kFails, kFails, kAgain},
    Fault{"status=504", kFails, kFails, kAgain},
    Fault{"error=overloaded", kFails, kFails, kAgain},
    Fault{"status=401", kFails, kFails, kOnce},
    Fault{"status=403", kFails, kFails, kOnce},
    Fault{"refuse", kFails, kFails, kAgain},
    Fault{"reset=before_headers", kFails, kFails, kAgain},
    Fault{"reset=after_headers", kFails, kFails, kAgain},
    Fault{"cut=0", kFails, kFails, kAgain},
    Fault{"silence", kFails, kFails, kOnce, "early"},
    Fault{"slow_headers_ms=60000", kFails, kFails, kOnce, "early"},
    Fault{"ttft_ms=60000", kFails, kFails, kOnce, "early"},
    Fault{"ttft_ms=60000,heartbeat_ms=5", kFails, kFails, kOnce, "early"},
    Fault{"stall=0", kFails, kFails, kOnce, "early"},
    Fault{"error_event=0", kFails, kFails, kStreamedAgain},
    Fault{"empty_stream", kFails, kFails, kStreamedAgain},
    Fault{"garbage", kFails, kFails, kOnce},
    Fault{"garbage_http", kFails, kFails, kOnce},
    Fault{"truncated_json", kFails, kFails, kOnce},
    Fault{"wrong_type=array", kFails, kFails, kOnce},
    Fault{"wrong_type=null", kFails, kFails, kOnce},
    Fault{"wrong_type=text", kFails, kFails, kOnce},
    Fault{"wrong_type=object", kFails, kFails, kOnce},
    Fault{"huge_headers=200KiB", kFails, kFails, kOnce},
    Fault{"framing=chunked,bad_chunk=0", kFails, kFails, kOnce},
    Fault{"framing=chunked,bad_chunk=0,chunk_kind=overflow", kFails, kFails, kOnce},
    Fault{"bad_head=both_lengths", kFails, kFails, kOnce},
    Fault{"bad_head=no_colon", kFails, kFails, kOnce},
    Fault{"bad_gzip=0,gzip=force", kFails, kFails, kOnce},
    Fault{"error=context_length", kPasses, kPasses, kOnce},
    Fault{"error=content_filter", kPasses, kPasses, kOnce},
    Fault{"error=bad_request", kPasses, kPasses, kOnce},
    Fault{"error=not_found", kPasses, kPasses, kOnce},
    Fault{"error=unprocessable", kPasses, kPasses, kOnce},
    Fault{"cut=3", kCuts, kFails, kAgain},
    Fault{"reset=3", kCuts, kFails, kAgain},
    Fault{"error_event=3", kCuts, kFails, kOnce},
    Fault{"framing=chunked,bad_chunk=3", kCuts, kFails, kOnce},
    Fault{"stall=3", kCuts, kFails, kOnce, "idle"},
    Fault{"no_finish,no_done", kCuts, kNone, kOnce},
    Fault{"no_done", kNone, kNone, kOnce},
    Fault{"no_usage", kNone, kNone, kOnce},
    Fault{"extra", kNone, kNone, kOnce},
    Fault{"stale", kNone, kNone, kOnce},
    Fault{"interim=103", kNone, kNone, kOnce},
    Fault{"gzip=force", kNone, kNone, kOnce},
    Fault{"crlf,comments", kNone, kNone, kOnce},
    Fault{"no_space,multiline,bom", kNone, kNone, kOnce},
    Fault{"no_last_newline,coalesce", kNone, kNone, kOnce},
    Fault{"one_byte", kNone, kNone, kOnce},
    Fault{"framing=close", kNone, kNone, kOnce},
    Fault{"framing=chunked,trailers", kNone, kNone, kOnce},
};

struct Shape {
  std::string_view name;
  bool second;   // a target that stands in
  bool retries;  // one more try at the first
  bool floor;
};
constexpr std::array kShapes = {
    Shape{"single", false, false, false},     Shape{"retry", false, true, false},
    Shape{"floor", false, false, true},       Shape{"fallback", true, false, false},
    Shape{"retryfallback", true, true, true},
};

constexpr std::string_view kFloorText = "We are busy.";

enum class Seen : std::uint8_t { kWhole, kTypedError, kBroken, kWrong };
struct View {
  Seen seen;
  std::string text;
  std::string code;
};

struct Cell {
  bool anthropic;  // the client
  bool stream;
  std::string_view first;  // provider names
  std::string_view second;
  const Shape& shape;
  const Fault& fault;

  [[nodiscard]] std::string model() const {
    return std::string(first) + "-" + std::string(second) + "-" + std::string(shape.name) +
           std::string(clock());
  }
  // A whole answer knows no idle time.
  [[nodiscard]] std::string_view clock() const {
    return fault.clock.empty() || stream ? fault.clock : "early";
  }
  [[nodiscard]] std::string label() const {
    return std::string(anthropic ? "anthropic" : "openai") + (stream ? " stream " : " plain ") +
           model() + " [" + std::string(fault.script) + "]";
  }
};

class FaultMatrix : public Messages {
 protected:
  void serve_all();
  std::string chain_of(std::string_view first, std::string_view second, const Shape& shape,
                       std::string_view clock) const;
  Response ask_cell(const Cell& cell);
  static View view_of(const Cell& cell, const Response& reply);
  static View view_of_stream(bool anthropic, const Response& reply);
  std::size_t tries_of(const Fault& fault) const;
  void check(const Cell& cell);
  void run(const Fault& fault);

  std::string text1_, text2_;  // what the two say when they are well
  int asked_ = 0;
};

std::string FaultMatrix::chain_of(std::string_view first, std::string_view second,
                                  const Shape& shape, std::string_view clock) const {
  // Deadlines and retries hold for the first alone: a healthy target may be slow on a busy machine.
  std::string inner = "{ fallback: [ { provider: " + std::string(first) + ", model: m } ] }";
  if (shape.retries) inner = "{ retry: { max: 1, base: 1ms, cap: 1ms } }, " + inner;
  if (clock == "early")
    inner = "{ timeout: { attempt: 10ms, first_byte: 10ms, first_token: 10ms } }, " + inner;
  if (clock == "idle") inner = "{ timeout: { attempt: 5s, idle: 20ms } }, " + inner;
  std::string targets = "{ chain: [ " + inner + " ] }";
  if (shape.second) targets += ", { provider: " + std::string(second) + ", model: n }";
  std::string text = "      - fallback: [ " + targets + " ]\n";
  if (shape.floor) text += "      - floor: [ { message: \"" + std::string(kFloorText) + "\" } ]\n";
  return text;
}

void FaultMatrix::serve_all() {
  std::string yaml = "providers:\n";
  const auto provider = [&](const char* name, const char* kind, const std::string& url) {
    yaml += std::string("  ") + name + ": { kind: " + kind + ", api_key: key-" + name +
            ", base_url: \"" + url + "\" }\n";
  };
  provider("p1", "openai", p1->base_url());
  provider("a1", "anthropic", p1->base_url());
  provider("p2", "openai", p2->base_url());
  provider("a2", "anthropic", p2->base_url());
  yaml += "routes:\n";
  for (const char* first : {"p1", "a1"}) {
    for (const char* second : {"p2", "a2"}) {
      for (const Shape& shape : kShapes) {
        for (const char* clock : {"", "early", "idle"}) {
          const Fault of_clock{"", kNone, kNone, kOnce, clock};
          const Cell cell{false, true, first, second, shape, of_clock};
          yaml += "  - match: { model: " + cell.model() + " }\n    name: " + cell.model() +
                  "\n    chain:\n" + chain_of(first, second, shape, clock);
        }
      }
    }
  }
  serve(yaml, ", limits: { retries_per_second: 1000000 }");
  const Fault none{"", kNone, kNone, kOnce};
  const Cell healthy{false, true, "p1", "p2", kShapes[0], none};
  text1_ = view_of(healthy, ask_cell(healthy)).text;
  p1->set_default_fault("status=503");
  const Cell over{false, true, "p1", "p2", kShapes[3], none};
  text2_ = view_of(over, ask_cell(over)).text;
  ASSERT_FALSE(text1_.empty());
  ASSERT_FALSE(text2_.empty());
  ASSERT_NE(text1_, text2_);
}

Response FaultMatrix::ask_cell(const Cell& cell) {
  ++asked_;
  std::string body = R"({"model":")" + cell.model() +
                     R"(","max_tokens":64,"messages":[{"role":"user","content":"hello"}])";
  if (cell.stream) body += R"(,"stream":true)";
  body += "}";
  return cell.anthropic ? send(body) : ask(body);
}

View FaultMatrix::view_of_stream(bool anthropic, const Response& reply) {
  int ends = 0;
  int finishes = 0;
  std::string code;
  for (const auto& data : reply.events()) {
    if (data == "[DONE]") {
      ++ends;
      continue;
    }
    const json event = json::parse(data, nullptr, false);
    if (!event.is_object()) return {Seen::kWrong, "not JSON: " + data, {}};
    if (event.contains("error")) code = event["error"].value(anthropic ? "type" : "code", "none");
    if (event.value("type", "") == "message_stop") ++ends;
    if (event.value("type", "") == "message_delta") ++finishes;
    if (event.contains("choices") && !event["choices"].empty() &&
        event["choices"][0].contains("finish_reason") &&
        event["choices"][0]["finish_reason"].is_string())
      ++finishes;
  }
  if (!reply.framed) return {Seen::kWrong, "our own framing broke", code};
  if (!code.empty())
    return {ends == 0 && finishes == 0 ? Seen::kBroken : Seen::kWrong, reply.text(), code};
  return {ends == 1 && finishes == 1 ? Seen::kWhole : Seen::kWrong, reply.text(), {}};
}

View FaultMatrix::view_of(const Cell& cell, const Response& reply) {
  if (reply.status == 200 && cell.stream) return view_of_stream(cell.anthropic, reply);
  const json body = json::parse(reply.payload, nullptr, false);
  if (!body.is_object()) return {Seen::kWrong, "not JSON: " + reply.bytes, {}};
  if (reply.status == 200)
    return {Seen::kWhole, cell.anthropic ? text_of(reply) : answer_text(reply), {}};
  if (!body.contains("error") || !body["error"].value("message", "").size())
    return {Seen::kWrong, "untyped: " + reply.payload, {}};
  return {Seen::kTypedError, {}, body["error"].value("type", "")};
}

// What closes a reused connection before a byte of the answer is sent once more on a new one, and
// is no attempt: nothing had been processed.
std::size_t FaultMatrix::tries_of(const Fault& fault) const {
  const bool resent =
      fault.script == "stale" || fault.script == "refuse" || fault.script == "reset=before_headers";
  const auto asked = p1->requests();
  return static_cast<std::size_t>(std::ranges::count_if(
      asked, [&](const auto& each) { return !resent || each.on_connection == 1; }));
}

void FaultMatrix::check(const Cell& cell) {
  p1->clear();
  p2->clear();
  const Response reply = ask_cell(cell);
  const View view = view_of(cell, reply);
  const Effect effect = cell.stream ? cell.fault.streamed : cell.fault.plain;
  const std::string what = cell.label() + " -> " + std::to_string(reply.status) + " " + view.text +
                           " " + view.code + "; " + reply.header("x-pontage-decision");
  const std::size_t tries = tries_of(cell.fault);
  const std::size_t seconds = p2->requests().size();
  const bool again =
      cell.fault.again == kAgain || (cell.stream && cell.fault.again == kStreamedAgain);
  const bool retried = effect == kFails && again && cell.shape.retries;
  EXPECT_EQ(tries, retried ? 2U : 1U) << what;
  EXPECT_EQ(seconds, effect == kFails && cell.shape.second ? 1U : 0U) << what;
  switch (effect) {
    case kNone:
      EXPECT_EQ(view.seen, Seen::kWhole) << what;
      EXPECT_EQ(view.text, text1_) << what;
      break;
    case kFails:
      if (cell.shape.second) {
        EXPECT_EQ(view.seen, Seen::kWhole) << what;
        EXPECT_EQ(view.text, text2_) << what;
      } else if (cell.shape.floor) {
        EXPECT_EQ(view.seen, Seen::kWhole) << what;
        EXPECT_EQ(view.text, kFloorText) << what;
        EXPECT_EQ(reply.header("x-pontage-cache"), "floor") << what;
      } else {
        EXPECT_EQ(view.seen, Seen::kTypedError) << what;
        EXPECT_NE(reply.status, 401) << what << ": our key is not the client's";
        EXPECT_NE(reply.status, 403) << what;
      }
      break;
    case kPasses:
      EXPECT_EQ(view.seen, Seen::kTypedError) << what;
      EXPECT_THAT(reply.status, ::testing::AllOf(::testing::Ge(400), ::testing::Lt(500))) << what;
      break;
    case kCuts:
      EXPECT_EQ(view.seen, Seen::kBroken) << what;
      EXPECT_FALSE(view.text.empty()) << what;
      EXPECT_TRUE(text1_.starts_with(view.text)) << what;
      break;
  }
}

int parts() {
  return ::testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
}

void FaultMatrix::run(const Fault& fault) {
  const int before = parts();
  for (const bool anthropic : {false, true}) {
    for (const bool stream : {false, true}) {
      for (const char* first : {"p1", "a1"}) {
        for (const char* second : {"p2", "a2"}) {
          for (const Shape& shape : kShapes) {
            if (!shape.second && second != std::string_view("p2")) continue;  // nobody asks it
            check(Cell{anthropic, stream, first, second, shape, fault});
            if (parts() != before) return;  // one cell of a fault says enough
          }
        }
      }
    }
  }
}

TEST_F(FaultMatrix, EveryFaultEndsInAWholeAnswerOrAnHonestError) {
  serve_all();
  for (const Fault& fault : kFaults) {
    ASSERT_TRUE(p1->set_default_fault(fault.script)) << fault.script;
    run(fault);
  }
  stop();
  EXPECT_EQ(access_log().size(), static_cast<std::size_t>(asked_)) << "one line a request";
}

// Wherever the first target's bytes end (head, chunk sizes, inside an event, inside a code point):
// its whole answer, the second's whole answer, or what came of it and an error event.
TEST_F(FaultMatrix, CutAtEveryByteOfTheWire) {
  constexpr std::size_t kStride = 13;  // with each combination starting elsewhere
  constexpr Fault kNoFault{"", kNone, kNone, kOnce};
  serve_all();
  std::size_t offset = 0;
  std::array<int, 3> ends{};  // first, second, broken
  for (const std::string_view content : {"content=emoji", "content=json"}) {
    for (const bool anthropic : {false, true}) {
      for (const bool stream : {false, true}) {
        for (const char* first : {"p1", "a1"}) {
          const Cell cell{anthropic, stream, first, "p2", kShapes[3], kNoFault};
          p1->clear();
          ASSERT_TRUE(p1->set_default_fault(content));
          const std::string whole = view_of(cell, ask_cell(cell)).text;
          ASSERT_TRUE(p1->wait_for_ended(1, simulate::test::kPatience));
          const std::size_t size = p1->requests().back().bytes_sent;
          ASSERT_GT(size, 200U);
          for (std::size_t at = offset++ % kStride; at < size; at += kStride) {
            const std::string script =
                std::string(content) + ",cut=w" + std::to_string(at) + ",keepalive=no";
            ASSERT_TRUE(p1->set_default_fault(script));
            const View view = view_of(cell, ask_cell(cell));
            const std::string what = cell.label() + script + " -> " + view.text + view.code;
            if (view.seen == Seen::kWhole) {
              ASSERT_TRUE(view.text == whole || view.text == text2_) << what;
              ++ends[view.text == whole ? 0 : 1];
            } else {
              ASSERT_EQ(view.seen, Seen::kBroken) << what;
              ASSERT_TRUE(stream && whole.starts_with(view.text)) << what;
              ++ends[2];
            }
          }
        }
      }
    }
  }
  EXPECT_GT(ends[1], 300) << "before any content the second answers";
  EXPECT_GT(ends[2], 100) << "after content the client is told";
}

}  // namespace
}  // namespace pontage::gateway::test
