// TLS on both sides: versions, verification, big bodies, clients and providers that leave.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "support/tls_peer.hpp"
#include "unit/transport/upstream_fixture.hpp"

namespace pontage::transport {
namespace {

const test::TestCertificates& certificates() {
  static const test::TestCertificates made;
  return made;
}

ListenerOptions tls_options(const char* name = "localhost") {
  ListenerOptions options;
  auto tls = make_server_tls(certificates().path(std::string(name) + ".pem"),
                             certificates().path(std::string(name) + ".key"));
  if (!tls) throw std::runtime_error(tls.error());
  options.tls = *tls;
  return options;
}

Task<void> echo_body(ServerExchange& exchange) {
  auto body = co_await exchange.read_body(64U << 20);
  co_await exchange.respond(body ? 200 : 400, "", body ? *body : "no");
}

TEST(TlsServer, ServesTls12And13Only) {
  TestServer server(echo_body, tls_options());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    test::TlsClient client(server.port, version);
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    for (int i = 0; i < 3; ++i) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
      EXPECT_EQ(body_of(client.read_response()), "hi");
    }
  }
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    EXPECT_FALSE(test::TlsClient(server.port, version).connected());
  }
  // No TLS at all: no answer, and no harm.
  EXPECT_EQ(status_of(server.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n")), 0);
  test::TlsClient after(server.port);
  EXPECT_TRUE(after.connected());
}

TEST(TlsServer, SlowHandshakesAreCut) {
  auto options = tls_options();
  options.limits.head_timeout = Millis(60);
  options.limits.connections = 1;
  TestServer server(echo_body, options);
  auto silent = server.connect();
  auto waiting =
      std::async(std::launch::async, [&] { return test::TlsClient(server.port).connected(); });
  silent.read_to_end();
  EXPECT_FALSE(silent.timed_out());
  EXPECT_TRUE(waiting.get()) << "a handshake counts as a connection, and makes room when it fails";
}

TEST(TlsServer, DrainEndsHandshakes) {
  TestServer server(echo_body, tls_options());
  auto silent = server.connect();
  test::TlsClient one(server.port);
  ASSERT_TRUE(one.connected());
  server.thread.call([&] { server.listener->drain(); });
  silent.read_to_end();
  EXPECT_FALSE(silent.timed_out());
  server.stop();
}

TEST(TlsServer, NoticesThatTheClientLeft) {
  std::promise<void> started;
  std::promise<bool> gone;
  TestServer* self = nullptr;
  TestServer server(
      [&](ServerExchange& exchange) -> Task<void> {
        Gate gate(self->thread.worker);
        exchange.on_client_gone([&] { gate.open(); });
        started.set_value();
        co_await gate.wait();
        gone.set_value(exchange.client_gone());
      },
      tls_options());
  self = &server;
  test::TlsClient client(server.port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  started.get_future().get();
  client.close();
  EXPECT_TRUE(gone.get_future().get());
}

// However the server ends a connection in good order, a strict client is told that it is the end.
TEST(TlsServer, SaysCloseNotify) {
  auto options = tls_options();
  options.limits.idle_timeout = Millis(60);
  TestServer server(echo_body, options);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const char* request :
         {"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
          "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", "nonsense\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi" /* then idle */}) {
      test::TlsClient client(server.port, version);
      client.send(request);
      EXPECT_NE(status_of(client.read_to_end()), 0) << request;
      EXPECT_TRUE(client.notified()) << request;
    }
  }
  TestServer patient(echo_body, tls_options());
  test::TlsClient idle(patient.port);
  idle.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(body_of(idle.read_response()), "hi");
  patient.thread.call([&] { patient.listener->drain(); });
  idle.read_to_end();
  EXPECT_TRUE(idle.notified()) << "at a drain";
}

TEST(TlsServer, ACutStreamIsNoOrderlyEnd) {
  TestServer server(
      [](ServerExchange& exchange) -> Task<void> {
        exchange.begin_stream(200, "");
        co_await exchange.write("half");
        exchange.abort();
      },
      tls_options());
  test::TlsClient client(server.port);
  client.send("GET / HTTP/1.0\r\nHost: h\r\n\r\n");
  client.read_to_end();
  EXPECT_FALSE(client.notified());
}

TEST(TlsServer, SlowBodyIsAnswered) {
  auto options = tls_options();
  options.limits.body_timeout = Millis(60);
  TestServer server(
      [](ServerExchange& exchange) -> Task<void> {
        auto body = co_await exchange.read_body(1'000);
        co_await exchange.respond(body ? 200 : http_status(body.error().code), "", "");
      },
      options);
  test::TlsClient client(server.port);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(status_of(client.read_to_end()), 408);
}

TEST(TlsSettings, SayWhatIsWrongWithTheFiles) {
  const auto& files = certificates();
  EXPECT_NE(
      make_server_tls("/nowhere.pem", files.path("localhost.key")).error().find("/nowhere.pem"),
      std::string::npos);
  EXPECT_NE(make_server_tls(files.path("localhost.pem"), files.path("other.key"))
                .error()
                .find("other.key"),
            std::string::npos);
  EXPECT_NE(make_client_tls("/nowhere.pem", true).error().find("/nowhere.pem"), std::string::npos);
  EXPECT_TRUE(make_client_tls("", true));
}

class UpstreamTls : public UpstreamTest {
 protected:
  static Endpoint endpoint(std::uint16_t port, const char* host, const std::string& authority,
                           bool verify) {
    Endpoint to = plain(port);
    to.host = host;
    to.key = std::string("https://") + host + ":" + std::to_string(port) + (verify ? "" : "?") +
             authority;
    to.tls = *make_client_tls(authority, verify);
    return to;
  }
};

TEST_F(UpstreamTls, VerifiesChainAndHost) {
  TestServer good(echo_body, tls_options("localhost"));
  TestServer other(echo_body, tls_options("other"));
  const std::string authority = certificates().path("authority.pem");
  struct Row {
    TestServer* server;
    const char* host;
    std::string authority;
    bool verify;
    const char* failure;
    const char* problem;
  };
  const Row rows[] = {
      {&good, "localhost", authority, true, "none", ""},
      {&good, "127.0.0.1", authority, true, "tls",
       "verify failed"},  // the certificate names no address
      {&other, "localhost", authority, true, "tls", "verify failed"},  // another name
      {&good, "localhost", "", true, "tls",
       "verify failed"},  // an authority the system does not know
      {&good, "localhost", "", false, "none", ""},
      {&other, "127.0.0.1", "", false, "none", ""},
  };
  for (const Row& row : rows) {
    const Endpoint to = endpoint(row.server->port, row.host, row.authority, row.verify);
    const Fetched got = fetch(to).get();
    EXPECT_EQ(failure_name(got.failure), row.failure) << row.host << got.problem;
    EXPECT_NE(got.problem.find(row.problem), std::string::npos) << got.problem;
    EXPECT_EQ(got.body, std::string_view(row.failure) == "none" ? "body" : "");
  }
}

TEST_F(UpstreamTls, BigBodiesBothWaysAndReuse) {
  TestServer server(echo_body, tls_options());
  const Endpoint to =
      endpoint(server.port, "localhost", certificates().path("authority.pem"), true);
  std::string big(5U << 20, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 2'654'435'761U >> 13);
  FetchPlan plan;
  plan.pieces = {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(big.size()) +
                 "\r\n\r\n"};
  for (std::size_t at = 0; at < big.size(); at += 100'003)
    plan.pieces.push_back(big.substr(at, 100'003));
  for (int i = 0; i < 2; ++i) {
    const Fetched got = fetch(to, plan).get();
    EXPECT_EQ(failure_name(got.body_failure), "none") << got.problem;
    EXPECT_TRUE(got.body == big);
    EXPECT_EQ(got.reused, i == 1);
  }
}

// A body that ends with its connection: without close_notify anybody could have cut it.
TEST_F(UpstreamTls, ACloseDelimitedBodyNeedsACloseNotify) {
  for (const bool notify : {true, false}) {
    test::BlockingListener provider;
    const Endpoint to =
        endpoint(provider.port(), "localhost", certificates().path("authority.pem"), true);
    auto result = fetch(to);
    auto socket = provider.accept();
    {
      test::TlsServerPeer peer(socket.fd(), certificates(), "localhost");
      ASSERT_TRUE(peer.connected());
      EXPECT_NE(peer.receive(), "");
      peer.send("HTTP/1.1 200 OK\r\n\r\nthe body");
      if (notify) peer.notify();
      socket.shutdown_send();
    }
    const Fetched got = result.get();
    EXPECT_EQ(got.body, "the body");
    EXPECT_EQ(failure_name(got.body_failure), notify ? "none" : "reset") << got.problem;
  }
}

TEST_F(UpstreamTls, NotTlsAndSilence) {
  test::BlockingListener provider;
  const Endpoint to = endpoint(provider.port(), "localhost", "", false);
  auto result = fetch(to);
  auto connection = provider.accept();
  connection.receive();
  connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(failure_name(result.get().failure), "tls");

  FetchPlan plan;
  plan.connect = Millis(80);
  result = fetch(to, plan);
  connection = provider.accept();
  EXPECT_EQ(failure_name(result.get().failure), "timeout");
  connection.read_to_end();
  EXPECT_FALSE(connection.timed_out());

  UpstreamCall* running = nullptr;
  plan = {};
  plan.begun = [&](UpstreamCall& call) { running = &call; };
  result = fetch(to, plan);
  connection = provider.accept();
  connection.receive();
  thread.call([&] { running->cancel(); });
  EXPECT_EQ(failure_name(result.get().failure), "cancelled");
}

}  // namespace
}  // namespace pontage::transport
