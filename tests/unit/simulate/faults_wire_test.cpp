// Each fault over a real socket: which bytes came, how the connection ended, and what the log says
// about it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "simulate/simulator.hpp"
#include "unit/simulate/raw_client.hpp"

namespace pontage::simulate {
namespace {

using nlohmann::json;
using test::ask;
using test::chat;
using test::End;
using test::messages;
using test::RawClient;
using test::Response;

class Faults : public ::testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.tokens = 6;
    auto started = Simulator::start(options);
    ASSERT_TRUE(started) << started.error();
    simulator_ = std::move(*started);
  }
  [[nodiscard]] std::uint16_t port() const { return simulator_->port(); }
  // The log entry of the only request, once it is over.
  LoggedRequest logged() {
    EXPECT_TRUE(simulator_->wait_for_ended(1, test::kPatience));
    const auto requests = simulator_->requests();
    EXPECT_EQ(requests.size(), 1U);
    LoggedRequest out = requests.empty() ? LoggedRequest() : requests.back();
    simulator_->clear();
    return out;
  }
  std::unique_ptr<Simulator> simulator_;
};

TEST_F(Faults, Healthy) {
  const Response plain = ask(port(), chat("sim-1"));
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(plain.header("content-type"), "application/json");
  const json body = json::parse(plain.payload);
  EXPECT_EQ(body["usage"]["completion_tokens"], 6);
  LoggedRequest entry = logged();
  EXPECT_EQ(entry.outcome, "complete");
  EXPECT_EQ(entry.fault, "");
  EXPECT_EQ(entry.bytes_sent, plain.bytes.size());
  const Response stream = ask(port(), chat("sim-1", true));
  EXPECT_EQ(stream.text(), body["choices"][0]["message"]["content"].get<std::string>());
  EXPECT_EQ(stream.events().back(), "[DONE]");
  entry = logged();
  EXPECT_EQ(entry.bytes_sent, stream.bytes.size());
  EXPECT_EQ(entry.content_sent, 6U);
  EXPECT_EQ(entry.events_sent, 9U);
  const Response other = ask(port(), messages("sim-1", true));
  EXPECT_EQ(other.text(), stream.text());
  EXPECT_EQ(
      json::parse(ask(port(), messages("sim-1")).payload)["content"][0]["text"].get<std::string>(),
      stream.text());
}

TEST_F(Faults, StatusInTheVendorsShape) {
  for (const int status : {400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 529}) {
    const std::string model = "sim-1!status=" + std::to_string(status);
    const Response openai = ask(port(), chat(model, true));
    EXPECT_EQ(openai.status, status);
    EXPECT_TRUE(json::parse(openai.payload)["error"]["message"].is_string());
    EXPECT_EQ(logged().status, status);
    const Response anthropic = ask(port(), messages(model));
    EXPECT_EQ(anthropic.status, status);
    EXPECT_EQ(json::parse(anthropic.payload)["type"], "error");
    EXPECT_EQ(logged().fault, "status=" + std::to_string(status));
  }
  EXPECT_EQ(ask(port(), chat("fail-503")).status, 503);
}

TEST_F(Faults, RetryHeaders) {
  const Response one = ask(port(), chat("m!status=429,retry_after=7,retry_after_ms=1500"));
  EXPECT_EQ(one.header("retry-after"), "7");
  EXPECT_EQ(one.header("retry-after-ms"), "1500");
  const Response date = ask(port(), chat("m!status=429,retry_after_date=60"));
  EXPECT_TRUE(date.header("retry-after").ends_with(" GMT")) << date.head;
  EXPECT_EQ(ask(port(), chat("m!status=429,ratelimit_reset_ms=2500"))
                .header("x-ratelimit-reset-requests"),
            "2500ms");
  EXPECT_TRUE(ask(port(), messages("m!status=429,ratelimit_reset_ms=2500"))
                  .header("anthropic-ratelimit-requests-reset")
                  .ends_with("Z"));
  EXPECT_EQ(ask(port(), chat("m!header=x-a:%20b%2Cc")).header("x-a"), "b,c");
}

TEST_F(Faults, Resets) {
  struct Row {
    const char* fault;
    bool head;
    std::size_t content;
  };
  for (const Row& row :
       {Row{"reset=before_headers", false, 0}, Row{"reset=after_headers", true, 0},
        Row{"reset=1", true, 1}, Row{"reset=4", true, 4}, Row{"reset=w30", false, 0}}) {
    const Response got = ask(port(), chat(std::string("sim-1!") + row.fault, true), true);
    EXPECT_EQ(got.end, End::kReset) << row.fault;
    EXPECT_EQ(!got.head.empty(), row.head) << row.fault;
    EXPECT_EQ(got.events().size(), row.content == 0 ? 0 : row.content + 1) << row.fault;
    const LoggedRequest entry = logged();
    EXPECT_EQ(entry.outcome, "reset") << row.fault;
    EXPECT_EQ(entry.content_sent, row.content) << row.fault;
    EXPECT_EQ(entry.bytes_sent, got.bytes.size()) << row.fault;
  }
}

TEST_F(Faults, CutsEndInFin) {
  const std::string whole = ask(port(), chat("sim-1", true)).text();
  logged();
  for (const std::string dialect : {"openai", "anthropic"}) {
    for (const std::size_t count : {0UL, 1UL, 5UL}) {
      const std::string model = "sim-1!cut=" + std::to_string(count);
      const Response got =
          ask(port(), dialect == "openai" ? chat(model, true) : messages(model, true), true);
      EXPECT_EQ(got.end, End::kFin);
      EXPECT_FALSE(got.framed);
      EXPECT_TRUE(whole.starts_with(got.text()));
      const LoggedRequest entry = logged();
      EXPECT_EQ(entry.outcome, "cut");
      EXPECT_EQ(entry.content_sent, count);
      EXPECT_EQ(got.text().empty(), count == 0);
    }
  }
  const Response bytes = ask(port(), chat("sim-1!cut_bytes=333", true), true);
  EXPECT_EQ(bytes.payload.size(), 333U);
  EXPECT_FALSE(bytes.framed);
  const Response plain = ask(port(), chat("sim-1!cut=100"), true);
  EXPECT_EQ(plain.body.size(), 100U);
  EXPECT_FALSE(plain.framed);
  const Response refused = ask(port(), chat("sim-1!refuse"), true);
  EXPECT_EQ(refused.end, End::kFin);
  EXPECT_EQ(refused.bytes, "");
}

TEST_F(Faults, StallsLastUntilTheClientLeaves) {
  struct Row {
    const char* fault;
    const char* last;  // what the client waits for before it leaves
    int times;
    std::uint64_t content;
  };
  for (const Row& row :
       {Row{"silence", "", 0, 0}, Row{"stall=0", "\r\n\r\n", 1, 0},
        Row{"stall=2", "}]}\n\n\r\n", 3, 2}, Row{"stall=w10", "HTTP/1.1 2", 1, 0}}) {
    RawClient client(port());
    client.send(chat(std::string("sim-1!") + row.fault, true));
    const std::string got = client.read_until(row.last, row.times);
    ASSERT_TRUE(simulator_->wait_for(1, test::kPatience));
    EXPECT_EQ(simulator_->requests().at(0).outcome, "open") << row.fault;
    client.close();
    const LoggedRequest entry = logged();
    EXPECT_EQ(entry.outcome, "stalled") << row.fault;
    EXPECT_GE(entry.closed_by_client_after_ms, 0) << row.fault;
    EXPECT_EQ(entry.content_sent, row.content) << row.fault;
    EXPECT_EQ(entry.bytes_sent, got.size()) << row.fault;
  }
}

TEST_F(Faults, ClientLeavesAPacedStream) {
  for (const bool reset : {false, true}) {
    RawClient client(port());
    client.send(chat("sim-1!tps=0.001,tokens=50", true));
    client.read_until("}]}\n\n\r\n", 2);
    reset ? client.reset() : client.close();
    const LoggedRequest entry = logged();
    EXPECT_EQ(entry.outcome, "client_closed");
    EXPECT_EQ(entry.content_sent, 1U);
    EXPECT_GE(entry.closed_by_client_after_ms, 0);
  }
}

TEST_F(Faults, BrokenChunks) {
  for (const std::string kind : {"size", "overflow", "no_crlf", "garbage"}) {
    const Response got = ask(port(), chat("sim-1!bad_chunk=2,chunk_kind=" + kind, true), true);
    EXPECT_EQ(got.end, End::kFin) << kind;
    EXPECT_FALSE(got.framed) << kind;
    EXPECT_EQ(logged().content_sent, 2U);
  }
}

TEST_F(Faults, StreamEvents) {
  const auto events = [&](const std::string& fault) {
    return ask(port(), chat("sim-1!" + fault, true)).events();
  };
  EXPECT_EQ(events("").size(), 9U);
  EXPECT_NE(events("no_done").back(), "[DONE]");
  EXPECT_TRUE(json::parse(events("error_event=0").at(0)).contains("error"));
  EXPECT_EQ(events("error_event=0").size(), 1U);
  EXPECT_EQ(events("error_event=2,error=overloaded").size(), 1U + 2U + 1U);
  EXPECT_EQ(json::parse(events("error_event=2,error=overloaded").back())["error"]["message"],
            "The model is overloaded.");
  EXPECT_TRUE(events("empty_stream").empty());
  EXPECT_TRUE(json::parse(events("bad_json=3").at(3), nullptr, false).is_discarded());
  const Response error = ask(port(), messages("sim-1!error_event=1,status=529", true));
  EXPECT_EQ(error.status, 200);
  EXPECT_EQ(json::parse(error.events().back())["error"]["type"], "overloaded_error");
  EXPECT_NE(error.payload.find("event: error\ndata: {"), std::string::npos);
}

TEST_F(Faults, NotWhatWasPromised) {
  for (const bool stream : {false, true}) {
    const Response html = ask(port(), chat("sim-1!garbage", stream));
    EXPECT_EQ(html.status, 200);
    EXPECT_EQ(html.header("content-type"), "text/html");
    EXPECT_TRUE(html.payload.starts_with("<!DOCTYPE html>"));
    const Response half = ask(port(), chat("sim-1!truncated_json", stream));
    EXPECT_TRUE(half.framed);
    EXPECT_TRUE(half.payload.starts_with("{\"id\":"));
    EXPECT_TRUE(json::parse(half.payload, nullptr, false).is_discarded());
    EXPECT_EQ(ask(port(), chat("sim-1!wrong_type", stream)).payload, "[]");
    EXPECT_EQ(ask(port(), chat("sim-1!wrong_type=number", stream)).payload, "42");
    EXPECT_EQ(ask(port(), chat("sim-1!wrong_type=text", stream)).header("content-type"),
              "text/plain");
    const Response noise = ask(port(), chat("sim-1!garbage_http", stream), true);
    EXPECT_TRUE(noise.bytes.starts_with("SSH-2.0"));
    EXPECT_EQ(noise.bytes.size(), 36U);
    EXPECT_EQ(noise.end, End::kFin);
  }
  EXPECT_EQ(ask(port(), chat("sim-1!content_type=text%2Fplain")).header("content-type"),
            "text/plain");
  EXPECT_TRUE(json::parse(ask(port(), chat("sim-1!as_plain", true)).payload).contains("choices"));
  EXPECT_EQ(ask(port(), chat("sim-1!as_stream")).events().back(), "[DONE]");
  EXPECT_TRUE(json::parse(ask(port(), chat("sim-1!error_event=0")).payload).contains("error"));
  EXPECT_EQ(ask(port(), chat("sim-1!empty_stream")).payload, "");
}

TEST_F(Faults, Lengths) {
  const Response more = ask(port(), chat("sim-1!bad_length"), true);
  EXPECT_EQ(std::stoul(more.header("content-length")), more.body.size() + 100);
  EXPECT_EQ(more.end, End::kFin);
  const Response less = ask(port(), chat("sim-1!bad_length=-10"), true);
  EXPECT_EQ(std::stoul(less.header("content-length")), less.body.size() - 10);
  const Response stream = ask(port(), chat("sim-1!bad_length=5", true), true);
  EXPECT_EQ(std::stoul(stream.header("content-length")), stream.body.size() + 5);
  const Response sized = ask(port(), chat("sim-1!framing=length", true));
  EXPECT_EQ(std::stoul(sized.header("content-length")), sized.body.size());
  EXPECT_EQ(sized.events().back(), "[DONE]");
  const Response closed = ask(port(), chat("sim-1!framing=close", true), true);
  EXPECT_EQ(closed.header("transfer-encoding") + closed.header("content-length"), "");
  EXPECT_EQ(closed.end, End::kFin);
  EXPECT_EQ(closed.events().back(), "[DONE]");
  EXPECT_EQ(ask(port(), chat("sim-1!framing=chunked")).header("transfer-encoding"), "chunked");
}

TEST_F(Faults, Heads) {
  EXPECT_NE(ask(port(), chat("m!bad_head=two_lengths")).head.find("content-length: 7\r\n"),
            std::string::npos);
  const Response both = ask(port(), chat("m!bad_head=both_lengths"));
  EXPECT_EQ(both.header("transfer-encoding"), "chunked");
  EXPECT_EQ(both.header("content-length"), "5");
  EXPECT_EQ(ask(port(), chat("m!bad_head=bare_lf,keepalive=no"), true).bytes.find('\r'),
            std::string::npos);
  EXPECT_TRUE(ask(port(), chat("m!bad_head=bad_status")).head.starts_with("HTTP/1.1 2OO OK\r\n"));
  EXPECT_TRUE(ask(port(), chat("m!bad_head=http2")).head.starts_with("HTTP/2 200\r\n"));
  EXPECT_NE(ask(port(), chat("m!bad_head=no_colon")).head.find("\r\nthis line is no header\r\n"),
            std::string::npos);
  EXPECT_NE(ask(port(), chat("m!bad_head=obs_fold")).head.find("\r\n and goes on\r\n"),
            std::string::npos);
  EXPECT_NE(ask(port(), chat("m!bad_head=nul")).head.find(std::string("a\0b", 3)),
            std::string::npos);
  EXPECT_TRUE(ask(port(), chat("m!interim=103")).bytes.starts_with("HTTP/1.1 103 Early\r\n"));
  const std::size_t healthy = ask(port(), chat("m")).head.size();
  const std::size_t huge = ask(port(), chat("m!huge_headers=100000")).head.size();
  // Request ids may have one digit more.
  EXPECT_NEAR(static_cast<double>(huge - healthy), 100'000, 20);
  EXPECT_EQ(ask(port(), chat("m!status=204")).body, "");
}

TEST_F(Faults, HugeBodiesAreExactAndValid) {
  for (const bool stream : {false, true}) {
    const Response got = ask(port(), chat("sim-1!huge=3MiB", stream));
    EXPECT_EQ(got.payload.size(), 3U << 20);
    EXPECT_TRUE(got.framed);
    if (stream) {
      EXPECT_EQ(got.events().size(), 4U);
      EXPECT_GT(got.text().size(), 3'000'000U);
    } else {
      EXPECT_GT(
          json::parse(got.payload)["choices"][0]["message"]["content"].get<std::string>().size(),
          3'000'000U);
    }
  }
  bool ok = false;
  const Response bomb = ask(port(), chat("sim-1!huge=20MiB,gzip=force"));
  EXPECT_LT(bomb.payload.size(), 200'000U);
  EXPECT_EQ(test::gunzip(bomb.payload, ok).size(), 20U << 20);
  EXPECT_TRUE(ok);
}

TEST_F(Faults, AReaderThatStopsHoldsTheWriterBack) {
  RawClient client(port());
  client.send(chat("sim-1!huge=1GiB"));
  client.read_some(1000);
  client.close();
  const LoggedRequest entry = logged();
  EXPECT_EQ(entry.outcome, "client_closed");
  EXPECT_LT(entry.bytes_sent, 64U << 20);  // what kernel buffers take, not the whole
}

TEST_F(Faults, WaysOfWriting) {
  const auto payload = [&](const std::string& fault) {
    return ask(port(), chat("sim-1!" + fault, true));
  };
  const std::string text = payload("content=emoji").text();
  EXPECT_FALSE(text.empty());
  for (const char* fault :
       {"crlf", "comments", "no_space", "multiline", "bom", "ascii", "no_last_newline", "coalesce",
        "one_byte", "trailers", "extra",
        "crlf,comments,no_space,multiline,bom,ascii,no_last_newline,one_byte"}) {
    const Response got = payload(std::string("content=emoji,") + fault);
    EXPECT_EQ(got.text(), text) << fault;
    EXPECT_TRUE(got.framed) << fault;
    EXPECT_EQ(got.events().back(), "[DONE]") << fault;
  }
  EXPECT_NE(payload("crlf").payload.find("\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(payload("comments").payload.starts_with(": SIMULATED PROCESSING\n"));
  EXPECT_TRUE(payload("no_space").payload.starts_with("data:{"));
  EXPECT_TRUE(payload("bom").payload.starts_with("\xEF\xBB\xBF"));
  EXPECT_TRUE(payload("no_last_newline").payload.ends_with("[DONE]"));
  EXPECT_NE(payload("multiline").payload.find(",\ndata: \"object\""), std::string::npos);
  EXPECT_NE(payload("extra").payload.find("\"n\":1.50e+02"), std::string::npos);
  EXPECT_TRUE(json::parse(ask(port(), chat("sim-1!extra")).payload).contains("x_unknown"));
  EXPECT_NE(payload("trailers").body.find("0\r\nx-simulated-trailer: yes\r\n"), std::string::npos);
  bool ok = false;
  EXPECT_EQ(test::event_data(test::gunzip(payload("gzip=force").payload, ok)).back(), "[DONE]");
  EXPECT_TRUE(ok);
  const std::string broken = test::gunzip(payload("bad_gzip=2").payload, ok);
  EXPECT_FALSE(ok);
  EXPECT_EQ(test::event_data(broken).size(), 3U);
}

TEST_F(Faults, AMistakeIsAnAnswerOfItsOwn) {
  const Response got = ask(port(), chat("sim-1!statsu=500"));
  EXPECT_EQ(got.status, 400);
  EXPECT_EQ(json::parse(got.payload)["error"]["code"], "bad_fault_script");
  EXPECT_NE(got.payload.find("statsu"), std::string::npos);
  EXPECT_EQ(logged().fault, "mistake: unknown fault 'statsu'");
}

TEST_F(Faults, HeaderAndTable) {
  const std::string request = test::post("/v1/chat/completions", test::chat_body("sim-1", false),
                                         "x-simulate-fault: status=418,times=1\r\n");
  EXPECT_EQ(ask(port(), request).status, 418);
  EXPECT_EQ(ask(port(), request).status, 200);
  ASSERT_TRUE(simulator_->set_fault("sim-1", "status=500,times=1;status=429,times=1"));
  EXPECT_EQ(ask(port(), chat("sim-1")).status, 500);
  EXPECT_EQ(ask(port(), chat("sim-1")).status, 429);
  EXPECT_EQ(ask(port(), chat("sim-1")).status, 200);
  ASSERT_TRUE(simulator_->set_default_fault("status=503"));
  EXPECT_EQ(ask(port(), chat("sim-2")).status, 503);
  ASSERT_TRUE(simulator_->set_default_fault(""));
  EXPECT_EQ(ask(port(), chat("sim-2")).status, 200);
}

}  // namespace
}  // namespace pontage::simulate
