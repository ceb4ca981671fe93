// A response played against a clock in the hand: exact times, exact places at every byte, no socket
// and no waiting.
#include "simulate/response_script.hpp"

#include <gtest/gtest.h>

#include "simulate/deliver.hpp"
#include "unit/simulate/raw_client.hpp"

namespace pontage::simulate {
namespace {

const SteadyTime kStart = SteadyTime(std::chrono::hours(1));

// What a script did: bytes with their times, writes, and how it ended.
struct Played {
  std::string bytes;
  std::vector<std::string> writes;
  std::vector<std::pair<std::int64_t, std::string>> timed;  // milliseconds after the request, bytes
  Do end = Do::kMore;
  SteadyTime end_until{};
  Report report;
};

Planned plan(const std::string& fault, bool stream, const Style& style = {},
             const std::string& headers = "", Dialect dialect = Dialect::kOpenAi) {
  WireRequest request;
  request.method = "POST";
  request.received = kStart;
  if (!headers.empty()) request.headers.emplace_back("accept-encoding", headers);
  const auto ask = parse_ask(dialect, test::chat_body("sim-1", stream, R"(,"max_tokens":1000)"));
  EXPECT_TRUE(ask);
  const auto script = FaultScript::parse(fault);
  EXPECT_TRUE(script) << fault;
  const Fault* chosen = script->pick(0, 1);
  return deliver_answer(request, *ask, make_answer(*ask, chosen, 1, 5, 0), chosen, style);
}

Played play(Planned planned) {
  Played played;
  ResponseScript script(std::move(planned.delivery),
                        [&](const Report& report) { played.report = report; });
  SteadyTime now = kStart;
  std::string pending;
  const auto flush = [&] {
    if (pending.empty()) return;
    played.writes.push_back(pending);
    played.timed.emplace_back(std::chrono::duration_cast<Millis>(now - kStart).count(), pending);
    played.bytes += pending;
    pending.clear();
  };
  for (int steps = 0; steps < 100'000; ++steps) {
    const Step step = script.next(pending, now);
    if (step.what == Do::kMore) continue;
    flush();
    if (step.what == Do::kFlush) continue;
    if (step.what == Do::kWait) {
      EXPECT_GT(step.until, now);
      now = step.until;
      continue;
    }
    played.end = step.what;
    played.end_until = step.until;
    script.ended({Ending::Kind::kPlayed, step.what, now, played.bytes.size()});
    return played;
  }
  ADD_FAILURE() << "the script does not end";
  return played;
}

Played play(const std::string& fault, bool stream = true, const Style& style = {}) {
  return play(plan(fault, stream, style));
}

// The clock may pass a second between two runs.
std::string without_date(std::string bytes) {
  const std::size_t at = bytes.find("date: ");
  for (std::size_t i = 0; at != std::string::npos && i < 29 && at + 6 + i < bytes.size(); ++i)
    bytes[at + 6 + i] = 'D';
  return bytes;
}

std::string body_of(const std::string& bytes) {
  return bytes.substr(bytes.find("\r\n\r\n") + 4);
}

TEST(ResponseScript, HealthyStreamWritesEachEvent) {
  const Played played = play("");
  EXPECT_EQ(played.end, Do::kNext);
  EXPECT_EQ(played.report.outcome, "complete");
  EXPECT_EQ(played.report.content_sent, 5U);
  EXPECT_EQ(played.report.events_sent, 8U);
  ASSERT_EQ(played.writes.size(), 1 + 8 + 1U);  // head, events, last chunk
  EXPECT_TRUE(played.writes[0].starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(played.writes[0].ends_with("\r\n\r\n"));
  EXPECT_EQ(played.writes.back(), "0\r\n\r\n");
}

TEST(ResponseScript, PacingIsExact) {
  Style style;
  style.ttft = Millis(250);
  style.tokens_per_second = 50;
  const Played played = play("", true, style);
  std::vector<std::int64_t> times;
  for (const auto& [at, bytes] : played.timed) times.push_back(at);
  // Head and role at once; five tokens 20 ms apart; finish, [DONE] and the last chunk with the last
  // token.
  EXPECT_EQ(times, (std::vector<std::int64_t>{0, 0, 250, 270, 290, 310, 330, 330, 330, 330}));
}

TEST(ResponseScript, TimeFaults) {
  const auto times = [](const std::string& fault, bool stream, const Style& style = {}) {
    std::vector<std::int64_t> out;
    for (const auto& [at, bytes] : play(fault, stream, style).timed) out.push_back(at);
    return out;
  };
  EXPECT_EQ(times("slow_headers_ms=100,tokens=1", true),
            (std::vector<std::int64_t>{100, 100, 100, 100, 100, 100}));
  EXPECT_EQ(times("ttft_ms=2s,tokens=1", true),
            (std::vector<std::int64_t>{0, 0, 2000, 2000, 2000, 2000}));
  EXPECT_EQ(times("tps=2,tokens=2", true),
            (std::vector<std::int64_t>{0, 0, 0, 500, 500, 500, 500}));
  EXPECT_EQ(times("ttft_ms=300", false), (std::vector<std::int64_t>{300}));
  Style style;
  style.ttft = Millis(100);
  style.tokens_per_second = 10;
  EXPECT_EQ(times("", false, style), (std::vector<std::int64_t>{500}));
  EXPECT_EQ(times("slow_headers_ms=50", false, style), (std::vector<std::int64_t>{550}));
  style.delay_plain = false;
  EXPECT_EQ(times("", false, style), (std::vector<std::int64_t>{0}));
}

TEST(ResponseScript, Heartbeats) {
  const Played played = play("ttft_ms=100,heartbeat_ms=40,tokens=1");
  std::vector<std::int64_t> beats;
  for (const auto& [at, bytes] : played.timed) {
    if (bytes.find(": keep-alive\n\n") != std::string::npos) beats.push_back(at);
  }
  EXPECT_EQ(beats, (std::vector<std::int64_t>{40, 80}));
  const Played ping =
      play(plan("ttft_ms=100,heartbeat_ms=60,tokens=1", true, {}, "", Dialect::kAnthropic));
  EXPECT_NE(ping.timed.at(4).second.find("event: ping\ndata: {\"type\":\"ping\"}\n\n"),
            std::string::npos);
}

// Every place on the wire: exactly so many bytes, then the action, whatever stands there.
TEST(ResponseScript, CutAtEveryWireByte) {
  for (const std::string base : {"tokens=2,content=emoji", "tokens=2,gzip=force",
                                 "tokens=2,one_byte", "tokens=2,coalesce"}) {
    for (const bool stream : {true, false}) {
      const std::string whole = without_date(play(base, stream).bytes);
      ASSERT_GT(whole.size(), 300U);
      const std::size_t stride = base == "tokens=2,content=emoji" ? 1 : 11;
      for (std::size_t at = 0; at <= whole.size(); at += stride) {
        const Played cut = play(base + ",cut=w" + std::to_string(at), stream);
        ASSERT_EQ(without_date(cut.bytes), without_date(whole.substr(0, at))) << base << at;
        ASSERT_EQ(cut.end, Do::kFin);
        ASSERT_EQ(cut.report.outcome, "cut");
      }
    }
  }
}

TEST(ResponseScript, CutAtEveryPayloadByte) {
  test::Response whole;
  whole.bytes = play("tokens=3,content=emoji").bytes;
  const auto payload = [](const std::string& bytes) {
    std::string out;
    http::ChunkedDecoder decoder;
    const std::string body = body_of(bytes);
    std::string_view input = body;
    std::string_view piece;
    auto state = http::ChunkedDecoder::State::kData;
    while (state == http::ChunkedDecoder::State::kData) {
      state = decoder.next(input, piece);
      out += piece;
    }
    return std::pair(out, state);
  };
  const std::string text = payload(whole.bytes).first;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const Played cut = play("tokens=3,content=emoji,cut=b" + std::to_string(at));
    const auto [got, state] = payload(cut.bytes);
    ASSERT_EQ(got, text.substr(0, at));
    ASSERT_EQ(state, http::ChunkedDecoder::State::kNeedMore);  // never a proper end
    ASSERT_EQ(cut.end, Do::kFin);
  }
  const Played past = play("tokens=3,content=emoji,cut=b" + std::to_string(text.size() + 1));
  EXPECT_EQ(past.end, Do::kNext);
  EXPECT_EQ(past.report.outcome, "complete");
}

TEST(ResponseScript, PlacesByEvents) {
  struct Row {
    const char* fault;
    std::uint64_t events;
    std::uint64_t content;
    Do end;
  };
  for (const Row& row :
       {Row{"cut=0", 0, 0, Do::kFin}, Row{"cut=1", 2, 1, Do::kFin}, Row{"cut=5", 6, 5, Do::kFin},
        Row{"cut=e1", 1, 0, Do::kFin}, Row{"cut=e7", 7, 5, Do::kFin},
        Row{"cut=99", 8, 5, Do::kNext}, Row{"reset=3", 4, 3, Do::kReset},
        Row{"reset=after_headers", 0, 0, Do::kReset}, Row{"stall=2", 3, 2, Do::kStall},
        Row{"stall=e1", 1, 0, Do::kStall}, Row{"silence", 0, 0, Do::kStall},
        Row{"bad_chunk=2", 3, 2, Do::kFin}}) {
    const Played played = play(row.fault);
    EXPECT_EQ(played.report.events_sent, row.events) << row.fault;
    EXPECT_EQ(played.report.content_sent, row.content) << row.fault;
    EXPECT_EQ(played.end, row.end) << row.fault;
  }
  EXPECT_EQ(play("refuse").bytes, "");
  EXPECT_EQ(play("reset=before_headers").bytes, "");
  EXPECT_EQ(body_of(play("reset=after_headers").bytes), "");
}

TEST(ResponseScript, ABreakDoesNotWaitForTheNextToken) {
  const Played played = play("tps=1,cut=2");
  EXPECT_EQ(played.timed.back().first, 1000);
  EXPECT_EQ(played.end, Do::kFin);
  EXPECT_EQ(played.report.ending.at, kStart + Millis(1000));
}

TEST(ResponseScript, BrokenChunks) {
  const auto tail = [](const std::string& kind) {
    const Played played = play("bad_chunk=1,chunk_kind=" + kind);
    return played.writes.back();
  };
  EXPECT_EQ(tail("size"), "xyz\r\nbroken\r\n");
  EXPECT_EQ(tail("overflow"), "FFFFFFFFFFFFFFFFF\r\nbroken\r\n");
  EXPECT_EQ(tail("no_crlf"), "5\r\nlonger than five\r\n");
  EXPECT_EQ(tail("garbage").size(), 17U);
  const Played plain = play("bad_chunk=10", false);
  EXPECT_NE(plain.bytes.find("transfer-encoding: chunked"), std::string::npos);
  EXPECT_TRUE(plain.bytes.ends_with("xyz\r\nbroken\r\n"));
}

TEST(ResponseScript, Writes) {
  const std::string whole = without_date(play("").bytes);
  const Played one = play("coalesce");
  ASSERT_EQ(one.writes.size(), 1U);
  EXPECT_EQ(without_date(one.bytes), whole);
  const Played bytes = play("one_byte");
  EXPECT_EQ(without_date(bytes.bytes), whole);
  EXPECT_EQ(bytes.writes.size(), whole.size());
  const Played slow = play("one_byte=1000,tokens=0", false);
  EXPECT_EQ(slow.timed.back().first, static_cast<std::int64_t>(slow.bytes.size()) - 1);
  EXPECT_EQ(play("", false).writes.size(), 1U);
}

TEST(ResponseScript, Gzip) {
  bool ok = false;
  const std::string healthy = body_of(play("", false).bytes);
  const std::string packed = play(plan("gzip", false, {}, "br, gzip")).bytes;
  EXPECT_NE(packed.find("content-encoding: gzip\r\n"), std::string::npos);
  EXPECT_EQ(test::gunzip(body_of(packed), ok), healthy);
  EXPECT_TRUE(ok);
  EXPECT_EQ(play("gzip", false).bytes.find("content-encoding"), std::string::npos);
  EXPECT_EQ(test::gunzip(body_of(play("gzip=force", false).bytes), ok), healthy);
  EXPECT_TRUE(ok);
  test::gunzip(body_of(play("bad_gzip", false).bytes), ok);
  EXPECT_FALSE(ok);
}

TEST(ResponseScript, Ends) {
  EXPECT_EQ(play("keepalive=no").end, Do::kFin);
  EXPECT_NE(play("keepalive=no").bytes.find("connection: close\r\n"), std::string::npos);
  EXPECT_EQ(play("keepalive=no").report.outcome, "complete");
  EXPECT_EQ(play("framing=close").end, Do::kFin);
  EXPECT_EQ(play("").end_until, SteadyTime());
  EXPECT_EQ(play("idle_close_ms=70").end_until, kStart + Millis(70));
  EXPECT_EQ(play("bad_length").end, Do::kFin);
}

}  // namespace
}  // namespace pontage::simulate
