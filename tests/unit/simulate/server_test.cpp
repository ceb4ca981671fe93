// The server around the faults: connections, pipelining, big requests, keys, the log, and its
// control endpoints.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "core/crypto.hpp"
#include "simulate/simulator.hpp"
#include "unit/simulate/raw_client.hpp"

namespace pontage::simulate {
namespace {

using nlohmann::json;
using test::ask;
using test::chat;
using test::End;
using test::kPatience;
using test::messages;
using test::RawClient;
using test::Response;

std::unique_ptr<Simulator> start(Options options = {}) {
  auto started = Simulator::start(options);
  EXPECT_TRUE(started) << started.error();
  return std::move(*started);
}

std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

json control(std::uint16_t port, const std::string& request) {
  return json::parse(ask(port, request).payload);
}

TEST(Server, KeepAliveAndPipelining) {
  const auto simulator = start();
  RawClient client(simulator->port());
  std::string all;
  for (int i = 0; i < 20; ++i) all += chat(i % 2 == 0 ? "sim-1" : "sim-2!framing=chunked");
  client.send(all);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.read_response().status, 200) << i;
  const auto requests = simulator->requests();
  ASSERT_EQ(requests.size(), 20U);
  EXPECT_EQ(requests[19].connection, requests[0].connection);
  EXPECT_EQ(requests[19].on_connection, 20U);
  EXPECT_EQ(simulator->stats().connections_accepted, 1U);
  client.send("GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n");
  const Response last = client.read_to_end();
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(last.end, End::kFin);
}

TEST(Server, StaleConnections) {
  const auto simulator = start();
  RawClient client(simulator->port());
  client.send(chat("sim-1!stale"));
  EXPECT_EQ(client.read_response().status, 200);
  client.send(chat("sim-1!stale"));
  const Response second = client.read_to_end();
  EXPECT_EQ(second.end, End::kReset);
  EXPECT_EQ(second.bytes, "");
  EXPECT_EQ(ask(simulator->port(), chat("sim-1!stale")).status, 200);
  ASSERT_TRUE(simulator->wait_for_ended(3, kPatience));
  EXPECT_EQ(simulator->requests().at(1).outcome, "reset");
  EXPECT_EQ(simulator->requests().at(1).status, 0);
}

TEST(Server, IdleConnectionsClose) {
  const auto simulator = start();
  RawClient client(simulator->port());
  client.send(chat("sim-1!idle_close_ms=1"));
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.wait_for_end(), End::kFin);
  EXPECT_EQ(simulator->requests().at(0).outcome, "complete");
}

TEST(Server, ListeningCanStopAndGoOn) {
  const auto simulator = start();
  RawClient open(simulator->port());
  open.send(chat("sim-1"));
  EXPECT_EQ(open.read_response().status, 200);
  ASSERT_TRUE(simulator->set_listening(false));
  EXPECT_FALSE(RawClient(simulator->port()).connected());
  open.send(chat("sim-1"));
  EXPECT_EQ(open.read_response().status, 200);
  ASSERT_TRUE(simulator->set_listening(true));
  EXPECT_EQ(ask(simulator->port(), chat("sim-1")).status, 200);
}

TEST(Server, RequestBodies) {
  const auto simulator = start();
  const std::string body = test::chat_body("sim-1", false);
  RawClient client(simulator->port());
  client.send("POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("5\r\n" + body.substr(0, 5) + "\r\n");
  client.send("ff" + std::string(";x=y\r\n"));
  EXPECT_EQ(simulator->requests().size(), 0U);
  client.reset();
  RawClient waiting(simulator->port());
  waiting.send("POST /v1/chat/completions HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(waiting.read_some(25), "HTTP/1.1 100 Continue\r\n\r\n");
  waiting.send(body);
  EXPECT_EQ(waiting.read_response().status, 200);
  const std::string large(8UL << 20, 'x');
  const Response big = ask(simulator->port(), chat("sim-1", false, ",\"user\":\"" + large + "\""));
  EXPECT_EQ(big.status, 200);
  const LoggedRequest entry = simulator->requests().back();
  EXPECT_EQ(entry.body, "");
  EXPECT_GT(entry.body_size, large.size());
  EXPECT_EQ(entry.body_sha256,
            sha256_hex(test::chat_body("sim-1", false, ",\"user\":\"" + large + "\"")));
}

TEST(Server, BadRequests) {
  const auto simulator = start();
  for (const auto& [request, status] : std::vector<std::pair<std::string, int>>{
           {"nonsense\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413},
           {get("/nowhere"), 404},
           {get("/v1/chat/completions"), 405},
           {test::post("/v1/models", "{}"), 405},
           {test::post("/v1/chat/completions", "{broken"), 400},
           {test::post("/v1/chat/completions", R"({"model":"m","messages":[]})"), 400},
           {test::post("/v1/messages", test::chat_body("m", false, R"(,"max_tokens":9)")), 400},
           {get("/_sim/nowhere"), 404}}) {
    const Response got = ask(simulator->port(), request);
    EXPECT_EQ(got.status, status) << request;
    EXPECT_TRUE(json::parse(got.payload).contains("error")) << request;
  }
  EXPECT_EQ(ask(simulator->port(), "nonsense\r\n\r\n", true).end, End::kFin);
}

TEST(Server, PathsAndModels) {
  const auto simulator = start();
  EXPECT_EQ(
      ask(simulator->port(), test::post("/chat/completions", test::chat_body("m", false))).status,
      200);
  EXPECT_EQ(ask(simulator->port(),
                test::post("/base/v1/chat/completions?x=1", test::chat_body("m", false)))
                .status,
            200);
  EXPECT_EQ(control(simulator->port(), get("/v1/models"))["data"][0]["id"], "sim-1");
  EXPECT_EQ(control(simulator->port(), get("/v1/models/some%20model"))["id"], "some model");
  EXPECT_EQ(control(simulator->port(),
                    get("/v1/models", "anthropic-version: 2023-06-01\r\n"))["data"][0]["type"],
            "model");
}

TEST(Server, TokenCounts) {
  const auto simulator = start();
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"12345678"}]})";
  const auto counted = [&] {
    return ask(simulator->port(),
               test::post("/v1/messages/count_tokens", body, "anthropic-version: 2023-06-01\r\n"));
  };
  EXPECT_EQ(counted().payload, "{\"input_tokens\":5}") << "a quarter of the bytes, and 3";
  simulator->set_default_fault("status=529");
  EXPECT_EQ(counted().status, 529);
  EXPECT_EQ(simulator->requests().back().fault, "status=529");
  EXPECT_EQ(ask(simulator->port(), test::post("/v1/messages/count_tokens", "{}")).status, 529);
  simulator->set_default_fault("");
  EXPECT_EQ(ask(simulator->port(), test::post("/v1/messages/count_tokens", "{}")).status, 400);
}

TEST(Server, RequiredKey) {
  Options options;
  options.require_key = "sk-right";
  const auto simulator = start(options);
  const auto with = [&](const std::string& header) {
    return ask(simulator->port(),
               test::post("/v1/chat/completions", test::chat_body("m", false), header))
        .status;
  };
  EXPECT_EQ(with(""), 401);
  EXPECT_EQ(with("Authorization: Bearer sk-wrong\r\n"), 401);
  EXPECT_EQ(with("Authorization: Bearer sk-right\r\n"), 200);
  EXPECT_EQ(with("x-api-key: sk-right\r\n"), 200);
  EXPECT_EQ(ask(simulator->port(), messages("m")).status, 401);
  EXPECT_EQ(ask(simulator->port(), get("/v1/models")).status, 401);
}

TEST(Server, LogHidesCredentials) {
  const auto simulator = start();
  const std::string secrets =
      "Authorization: Bearer sk-secret-1\r\nX-Api-Key: sk-secret-2\r\nCookie: "
      "sk-secret-3\r\nX-Other: seen\r\n";
  ask(simulator->port(), test::post("/v1/chat/completions", test::chat_body("m", false), secrets));
  const LoggedRequest entry = simulator->requests().at(0);
  EXPECT_EQ(entry.header("authorization"),
            "Bearer sha256:" + sha256_hex("sk-secret-1").substr(0, 16));
  EXPECT_EQ(entry.header("x-api-key"), "sha256:" + sha256_hex("sk-secret-2").substr(0, 16));
  EXPECT_EQ(entry.header("x-other"), "seen");
  EXPECT_EQ(entry.credential, "both");
  EXPECT_EQ(entry.body, test::chat_body("m", false));
  const std::string shown = ask(simulator->port(), get("/_sim/requests")).payload;
  EXPECT_EQ(shown.find("sk-secret"), std::string::npos);
  EXPECT_NE(shown.find("\"x-other\":\"seen\""), std::string::npos);
}

TEST(Server, LogIsBounded) {
  Options options;
  options.log_limit = 3;
  const auto simulator = start(options);
  for (int i = 0; i < 5; ++i) ask(simulator->port(), chat("m" + std::to_string(i)));
  ASSERT_TRUE(simulator->wait_for_ended(5, kPatience));
  const auto requests = simulator->requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].sequence, 3U);
  EXPECT_EQ(requests[0].outcome, "complete");
  options.log_limit = 1000;
  options.log_bytes = 20'000;
  const auto small = start(options);
  for (int i = 0; i < 5; ++i)
    ask(small->port(), chat("m", false, ",\"user\":\"" + std::string(6000, 'x') + "\""));
  EXPECT_EQ(small->requests().size(), 3U);
  EXPECT_EQ(small->stats().requests, 5U);
}

TEST(Server, ControlEndpoints) {
  const auto simulator = start();
  const std::uint16_t port = simulator->port();
  EXPECT_EQ(control(port, get("/_sim/health"))["status"], "ok");
  ask(port, chat("sim-1"));
  ask(port, chat("sim-2!status=500"));
  ask(port, messages("sim-1", true));
  const json all = control(port, get("/_sim/requests"));
  EXPECT_EQ(all["requests"].size(), 3U);
  EXPECT_EQ(all["last"], 3);
  EXPECT_EQ(control(port, get("/_sim/requests?model=sim-1"))["requests"].size(), 2U);
  EXPECT_EQ(control(port, get("/_sim/requests?model=sim-2"))["requests"][0]["fault"], "status=500");
  EXPECT_EQ(control(port, get("/_sim/requests?since=2"))["requests"][0]["dialect"],
            "anthropic.messages");
  EXPECT_EQ(control(port, get("/_sim/requests?limit=1"))["requests"].size(), 1U);
  EXPECT_EQ(
      control(port, test::post("/_sim/faults",
                               R"({"model":"sim-1","fault":"status=503"})"))["faults"]["sim-1"],
      "status=503");
  EXPECT_EQ(ask(port, chat("sim-1")).status, 503);
  const Response wrong =
      ask(port, test::post("/_sim/faults", R"({"model":"sim-1","fault":"oops"})"));
  EXPECT_EQ(wrong.status, 400);
  EXPECT_NE(wrong.payload.find("oops"), std::string::npos);
  EXPECT_EQ(ask(port, test::post("/_sim/faults", "[]")).status, 400);
  EXPECT_EQ(control(port, get("/_sim/faults"))["faults"].size(), 0U);
  control(port, test::post("/_sim/faults", R"({"fault":"status=500"})"));
  EXPECT_EQ(ask(port, chat("sim-9")).status, 500);
  control(port, "DELETE /_sim/faults HTTP/1.1\r\n\r\n");
  EXPECT_EQ(ask(port, chat("sim-9")).status, 200);
  control(port, "DELETE /_sim/requests HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(simulator->requests().empty());
}

TEST(Server, WaitingOverHttp) {
  const auto simulator = start();
  const std::uint16_t port = simulator->port();
  EXPECT_EQ(control(port, get("/_sim/wait?requests=1&timeout_ms=1"))["ok"], false);
  RawClient waiter(port);
  waiter.send(get("/_sim/wait?requests=2&ended=1&timeout_ms=20000"));
  ask(port, chat("sim-1"));
  RawClient stalled(port);
  stalled.send(chat("sim-1!silence"));
  const json first = json::parse(waiter.read_response().payload);
  EXPECT_EQ(first["ok"], true);
  EXPECT_EQ(first["requests"], 2);
  EXPECT_EQ(first["ended"], 1);
  waiter.send(get("/_sim/wait?ended=2&timeout_ms=20000"));
  stalled.close();
  EXPECT_EQ(json::parse(waiter.read_response().payload)["ended"], 2);
  EXPECT_EQ(
      control(port, get("/_sim/wait?model=sim-1&since=1&requests=1&timeout_ms=20000"))["requests"],
      1);
  // A waiter that leaves is forgotten.
  RawClient gone(port);
  gone.send(get("/_sim/wait?requests=99&timeout_ms=600000"));
  gone.close();
  ask(port, chat("sim-1"));
  EXPECT_EQ(control(port, get("/_sim/health"))["status"], "ok");
}

TEST(Server, WaitInProcess) {
  const auto simulator = start();
  EXPECT_FALSE(simulator->wait_for(1, Millis(1)));
  std::thread sender([&] { ask(simulator->port(), chat("sim-1")); });
  EXPECT_TRUE(simulator->wait_for_ended(1, kPatience));
  sender.join();
  simulator->clear();
  EXPECT_FALSE(simulator->wait_for(1, Millis(1)));
}

TEST(Server, ManyStreamsAtOnce) {
  Options options;
  options.tokens = 4;
  options.tokens_per_second = 200;
  const auto simulator = start(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<RawClient>(simulator->port()));
    clients.back()->send(chat("sim-1", true));
  }
  for (auto& client : clients) {
    const Response got = client->read_response();
    EXPECT_EQ(got.events().size(), 1U + 4U + 2U);
  }
  ASSERT_TRUE(simulator->wait_for_ended(300, kPatience));
  for (const auto& entry : simulator->requests()) EXPECT_EQ(entry.outcome, "complete");
}

TEST(Server, StopEndsEverything) {
  auto simulator = start();
  RawClient client(simulator->port());
  client.send(chat("sim-1!stall=2", true));
  client.read_some(300);
  simulator->stop();
  EXPECT_NE(client.wait_for_end(), End::kTimeout);
  EXPECT_EQ(simulator->requests().at(0).outcome, "stopped");
  simulator->stop();
  EXPECT_FALSE(simulator->set_listening(true));
}

TEST(Server, StartErrors) {
  const auto first = start();
  Options options;
  options.port = first->port();
  const auto second = Simulator::start(options);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("bind 127.0.0.1:"), std::string::npos);
  options = {};
  options.host = "not an address";
  EXPECT_FALSE(Simulator::start(options));
  options = {};
  options.fault = "oops";
  EXPECT_FALSE(Simulator::start(options));
  options = {};
  options.host = "::1";
  const auto v6 = Simulator::start(options);
  if (v6) EXPECT_TRUE((*v6)->base_url().starts_with("http://[::1]:"));
}

}  // namespace
}  // namespace pontage::simulate
