// Cloud providers over real sockets: what Bedrock, Vertex and Azure are sent, what becomes of their
// answers, and tokens that are fetched beside the requests.
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include "core/crypto.hpp"
#include "gateway/credentials.hpp"
#include "providers/sigv4.hpp"
#include "support/blocking_socket.hpp"
#include "support/rfc7515_key.hpp"
#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A token endpoint: gives its next answer to each request, the last one again and again.
class TokenEndpoint {
 public:
  explicit TokenEndpoint(std::vector<std::string> answers)
      : answers_(std::move(answers)), thread_([this] { run(); }) {}
  ~TokenEndpoint() {
    stopping_ = true;
    pontage::test::BlockingSocket::try_connect(listener_.port());
    thread_.join();
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(listener_.port());
  }
  [[nodiscard]] int asked() const { return asked_; }
  /// Until so many requests have come.
  void wait_for(int count) const {
    for (int seen = asked_; seen < count; seen = asked_) asked_.wait(seen);
  }
  std::string last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  void run() {
    while (true) {
      auto peer = listener_.accept();
      if (stopping_) return;
      std::string request = peer.read_until("\r\n\r\n");
      const auto at = request.find("Content-Length: ");
      if (at != std::string::npos) request += peer.read_exact(std::stoul(request.substr(at + 16)));
      {
        const std::lock_guard lock(mutex_);
        last_ = request;
      }
      const auto index =
          std::min<std::size_t>(static_cast<std::size_t>(asked_), answers_.size() - 1);
      const std::string& body = answers_[index];
      peer.send("HTTP/1.1 " + std::string(body.empty() ? "503 Busy" : "200 OK") +
                "\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\nConnection: close\r\n\r\n" + body);
      ++asked_;
      asked_.notify_all();
    }
  }
  pontage::test::BlockingListener listener_;
  std::vector<std::string> answers_;
  std::atomic<int> asked_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::string last_;
  std::thread thread_;
};

class Clouds : public Messages {
 protected:
  void serve_provider(const std::string& entry, const std::string& model) {
    serve(yaml_of(entry, model));
  }
  static std::string yaml_of(const std::string& entry, const std::string& model) {
    return "providers:\n  cloud: { " + entry +
           " }\nroutes:\n  - name: all\n    chain:\n      - fallback: [ { provider: cloud, model: "
           "\"" +
           model + "\" } ]\n";
  }
  // Tokens come beside the requests: the first one may find none yet.
  Response send_until_answered(std::string_view body) {
    Response reply = send(body);
    for (int i = 0; i < 2000 && reply.status == 503; ++i) reply = send(body);
    return reply;
  }
  std::string keys =
      "kind: bedrock, region: eu-west-1, aws_access_key_id: AKIDEXAMPLE, "
      "aws_secret_access_key: secret, aws_session_token: session, base_url: \"";
};

TEST_F(Clouds, BedrockIsAskedInConverseAndSigned) {
  serve_provider(keys + p1->base_url() + "\"", "eu.anthropic.claude-x-v1:0");
  const auto reply = send(body_of());
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_NE(text_of(reply), "");
  const auto log = p1->requests();
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].path, "/model/eu.anthropic.claude-x-v1%3A0/converse");
  EXPECT_EQ(log[0].dialect, "bedrock.converse");
  EXPECT_EQ(log[0].model, "eu.anthropic.claude-x-v1:0");
  const json sent = json::parse(log[0].body, nullptr, false);
  EXPECT_EQ(sent["messages"][0]["content"][0]["text"], "hello");
  EXPECT_FALSE(sent.contains("model"));
  const auto authorization = std::string(log[0].header("authorization"));
  EXPECT_THAT(authorization, StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
  EXPECT_THAT(authorization,
              HasSubstr("/eu-west-1/bedrock/aws4_request, "
                        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "));
  EXPECT_EQ(log[0].header("x-amz-security-token"), "session");
  // What was signed is what was sent.
  const std::vector<http::HeaderView> headers = {{"host", log[0].header("host")},
                                                 {"content-type", log[0].header("content-type")},
                                                 {"x-amz-date", log[0].header("x-amz-date")},
                                                 {"x-amz-security-token", "session"}};
  EXPECT_EQ(providers::sigv4_authorization({"POST", log[0].path, headers, sha256_hex(log[0].body)},
                                           {"AKIDEXAMPLE", "secret", "session"},
                                           {"eu-west-1", "bedrock"}, log[0].header("x-amz-date")),
            authorization);
}

TEST_F(Clouds, BedrockStreams) {
  serve_provider(keys + p1->base_url() + "\"", "claude");
  for (const char* fault : {"", "tools=2", "reasoning=5", "framing=chunked,one_byte"}) {
    p1->clear();
    ASSERT_TRUE(p1->set_default_fault(fault));
    const auto reply = send(body_of(R"(,"stream":true)"));
    ASSERT_EQ(reply.status, 200) << fault << reply.bytes;
    EXPECT_THAT(reply.payload, HasSubstr("event: message_stop")) << fault;
    ASSERT_EQ(p1->requests().size(), 1U);
    EXPECT_EQ(p1->requests()[0].path, "/model/claude/converse-stream");
  }
  ASSERT_TRUE(p1->set_default_fault(""));
  EXPECT_EQ(send(body_of(R"(,"stream":true)")).text(), text_of(send(body_of())));
}

TEST_F(Clouds, BrokenFramesAreFailedAttempts) {
  serve("providers:\n  cloud: { " + keys + p1->base_url() +
        "\" }\n  next: { kind: anthropic, api_key: k, base_url: \"" + p2->base_url() +
        "\" }\nroutes:\n  - name: all\n    chain:\n      - fallback: [ { provider: cloud, model: m "
        "}, "
        "{ provider: next, model: m } ]\n");
  for (const char* fault :
       {"error_event=0", "cut=0", "bad_json=0", "garbage", "status=429", "empty_stream"}) {
    p1->clear();
    p2->clear();
    ASSERT_TRUE(p1->set_default_fault(fault));
    const auto reply = send(body_of(R"(,"stream":true)"));
    EXPECT_EQ(reply.status, 200) << fault << reply.bytes;
    EXPECT_EQ(p1->requests().size(), 1U) << fault;
    if (std::string_view(fault) == "bad_json=0") continue;  // one broken payload is passed over
    EXPECT_EQ(p2->requests().size(), 1U) << fault;
    EXPECT_THAT(reply.payload, HasSubstr("event: message_stop")) << fault;
  }
}

TEST_F(Clouds, AzureHasItsPathsAndItsKey) {
  serve_provider("kind: azure, api_key: k, base_url: \"" + p1->base_url() + "\"", "my deployment");
  EXPECT_EQ(send(body_of()).status, 200);
  ASSERT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(p1->requests()[0].path,
            "/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21");
  EXPECT_THAT(p1->requests()[0].header("api-key"), StartsWith("sha256:"));
  EXPECT_EQ(p1->requests()[0].header("authorization"), "");
  EXPECT_EQ(ask(chat()).status, 200);
  EXPECT_EQ(p1->requests()[1].dialect, "openai.chat");
}

TEST_F(Clouds, AzureInItsNewerForm) {
  serve_provider("kind: azure, api_key: k, base_url: \"" + p1->base_url() + "/openai/v1/\"", "m");
  EXPECT_EQ(ask(chat()).status, 200);
  EXPECT_EQ(p1->requests()[0].path, "/openai/v1/chat/completions");
}

// Speech and images are a deployment's; files are the resource's.
TEST_F(Clouds, AzureHasThePathsThatPassThrough) {
  serve_provider("kind: azure, api_key: k, base_url: \"" + p1->base_url() + "\"", "my deployment");
  const auto post_to = [&](std::string_view path, std::string_view body) {
    return raw("POST " + std::string(path) +
               " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  };
  EXPECT_EQ(post_to("/v1/audio/speech", R"({"model":"tts","input":"Hi"})").status, 200);
  EXPECT_EQ(raw("GET /v1/files?limit=2 HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  const auto log = p1->requests();
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0].path, "/openai/deployments/my%20deployment/audio/speech?api-version=2024-10-21");
  EXPECT_THAT(log[0].header("api-key"), StartsWith("sha256:"));
  EXPECT_EQ(log[1].path, "/openai/files?limit=2&api-version=2024-10-21");
}

TEST_F(Clouds, AzuresNewerFormAndGooglesCopyOfOpenAiPassThrough) {
  serve("providers:\n  azure: { kind: azure, api_key: k, base_url: \"" + p1->base_url() +
        "/openai/v1\" }\n  google: { kind: gemini, api_key: k, base_url: \"" + p2->base_url() +
        "/v1beta\" }\nroutes:\n  - match: { path: /v1/files }\n    chain:\n      - fallback: [ { "
        "provider: azure } ]\n  - chain:\n      - fallback: [ { provider: google, model: imagen } "
        "]\n");
  EXPECT_EQ(raw("GET /v1/files HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_EQ(p1->requests().back().path, "/openai/v1/files");
  const std::string body = R"({"model":"i","prompt":"a bridge"})";
  const auto image =
      raw("POST /v1/images/generations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
          "Content-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(image.status, 200) << image.bytes;
  ASSERT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(p2->requests()[0].path, "/v1beta/openai/images/generations");
  EXPECT_EQ(p2->requests()[0].body, R"({"model":"imagen","prompt":"a bridge"})");
  EXPECT_EQ(p2->requests()[0].header("x-goog-api-key"), "k");
}

TEST_F(Clouds, BedrockHasNoneOfThem) {
  serve_provider(keys + p1->base_url() + "\"", "claude");
  const auto reply = raw("GET /v1/files HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(reply.status, 503) << reply.bytes;
  EXPECT_EQ(error_code(reply), "no_target");
  EXPECT_EQ(p1->requests().size(), 0U);
}

TEST_F(Clouds, EntraTokensAreFetchedBesideTheRequests) {
  TokenEndpoint tokens({R"({"access_token":"first","expires_in":3600})"});
  serve_provider("kind: azure, tenant: t, client_id: c, client_secret: s, token_url: \"" +
                     tokens.url() + "\", base_url: \"" + p1->base_url() + "\"",
                 "m");
  const auto reply = send_until_answered(body_of());
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_THAT(tokens.last(), StartsWith("POST /t/oauth2/v2.0/token HTTP/1.1\r\n"));
  EXPECT_THAT(tokens.last(),
              HasSubstr("client_id=c&client_secret=s&grant_type=client_credentials"
                        "&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default"));
  EXPECT_EQ(p1->requests()[0].header("authorization"),
            "Bearer sha256:" + sha256_hex("first").substr(0, 16));
  EXPECT_EQ(p1->requests()[0].header("api-key"), "");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(body_of()).status, 200);
  EXPECT_EQ(tokens.asked(), 1) << "one token serves them all";
}

TEST_F(Clouds, ATokenIsRenewedBeforeItExpires) {
  TokenEndpoint tokens({R"({"access_token":"first","expires_in":2})",
                        R"({"access_token":"second","expires_in":3600})"});
  serve_provider("kind: azure, tenant: t, client_id: c, client_secret: s, token_url: \"" +
                     tokens.url() + "\", base_url: \"" + p1->base_url() + "\"",
                 "m");
  const std::string second = "Bearer sha256:" + sha256_hex("second").substr(0, 16);
  bool renewed = false;
  for (int i = 0; i < 20'000 && !renewed; ++i) {
    const auto reply = send(body_of());
    if (reply.status != 200) continue;
    renewed = p1->requests().back().header("authorization") == second;
  }
  EXPECT_TRUE(renewed);
}

TEST_F(Clouds, WithoutATokenTheProviderIsSkippedWithItsReason) {
  TokenEndpoint tokens({""});
  serve_provider("kind: azure, tenant: t, client_id: c, client_secret: s, token_url: \"" +
                     tokens.url() + "\", base_url: \"" + p1->base_url() + "\"",
                 "m");
  tokens.wait_for(1);
  Response reply;
  for (int i = 0; i < 2000; ++i) {
    reply = send(body_of(), std::string(kVersion) + "x-pontage-debug: trace\r\n");
    EXPECT_EQ(reply.status, 503);
    if (reply.bytes.find("HTTP 503") != std::string::npos) break;
  }
  EXPECT_EQ(p1->requests().size(), 0U);
  stop();
  EXPECT_THAT(access_log().back(), HasSubstr("no token yet"));
}

TEST_F(Clouds, VertexIsAskedByPublisherAndModel) {
  TokenEndpoint tokens({R"({"access_token":"ya29","expires_in":3600})"});
  const std::string file = "/tmp/pontage_sa_" + std::to_string(getpid()) + ".json";
  json account = {{"type", "service_account"},
                  {"project_id", "my-project"},
                  {"client_email", "sa@my-project.iam"},
                  {"private_key", std::string(kRfc7515Key)}};
  std::ofstream(file) << account.dump();
  serve_provider("kind: vertex, location: europe-west4, credentials: \"file:" + file +
                     "\", token_url: \"" + tokens.url() + "/token\", base_url: \"" +
                     p1->base_url() + "\"",
                 "claude-sonnet-4@20250514");
  std::remove(file.c_str());
  const auto reply = send_until_answered(body_of());
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_NE(text_of(reply), "");
  const auto row = p1->requests().back();
  EXPECT_EQ(row.path,
            "/v1/projects/my-project/locations/europe-west4/publishers/anthropic/models/"
            "claude-sonnet-4@20250514:rawPredict");
  const json sent = json::parse(row.body, nullptr, false);
  EXPECT_EQ(sent["anthropic_version"], "vertex-2023-10-16");
  EXPECT_FALSE(sent.contains("model"));
  EXPECT_EQ(row.header("authorization"), "Bearer sha256:" + sha256_hex("ya29").substr(0, 16));
  EXPECT_EQ(send(body_of(R"(,"stream":true)")).status, 200);
  EXPECT_THAT(p1->requests().back().path, ::testing::EndsWith(":streamRawPredict"));
  EXPECT_EQ(ask(chat()).status, 200) << "an OpenAI client, by translation";
  EXPECT_FALSE(json::parse(p1->requests().back().body).contains("model"));
}

TEST_F(Clouds, AReloadKeepsTheToken) {
  TokenEndpoint tokens({R"({"access_token":"first","expires_in":3600})", ""});
  const auto entry = "kind: azure, tenant: t, client_id: c, client_secret: s, token_url: \"" +
                     tokens.url() + "\", base_url: \"" + p1->base_url() + "\"";
  serve_provider(entry, "m");
  ASSERT_EQ(send_until_answered(body_of()).status, 200);
  ASSERT_TRUE(reload(yaml_of(entry, "other")));
  tokens.wait_for(2);
  EXPECT_EQ(send(body_of()).status, 200) << "the new attempt failed, the old token is good";
}

// A client may name a host and a key of its own (Portkey's headers): the operator's token stays.
TEST_F(Clouds, TheOperatorsTokenGoesToTheOperatorsAddressOnly) {
  TokenEndpoint tokens({R"({"access_token":"ours","expires_in":3600})"});
  serve(yaml_of("kind: azure, tenant: t, client_id: c, client_secret: s, token_url: \"" +
                    tokens.url() + "\", base_url: \"" + p1->base_url() + "\"",
                "m"),
        ", portkey_headers: { custom_hosts: [ \"" + p2->base_url() + "\" ] }");
  ASSERT_EQ(send_until_answered(body_of()).status, 200);
  const auto with = [&](const std::string& config) {
    return ask(chat(), "x-portkey-config: " + config + "\r\n").status;
  };
  EXPECT_EQ(with(R"({"provider":"cloud","api_key":"theirs"})"), 200);
  EXPECT_EQ(p1->requests().back().header("authorization"), "");
  EXPECT_EQ(p1->requests().back().header("api-key"),
            "sha256:" + sha256_hex("theirs").substr(0, 16));
  EXPECT_EQ(with(R"({"provider":"cloud","custom_host":")" + p2->base_url() + "\"}"), 200);
  ASSERT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(p2->requests().back().header("authorization"), "");
  EXPECT_EQ(with(R"({"provider":"cloud"})"), 200);
  EXPECT_EQ(p1->requests().back().header("authorization"),
            "Bearer sha256:" + sha256_hex("ours").substr(0, 16));
}

TEST(Renewal, IsEarly) {
  const WallTime now{std::chrono::seconds(1'700'000'000)};
  using std::chrono::seconds;
  EXPECT_EQ(renewal_after(now, now + seconds(3600)), Millis(3'300'000));
  EXPECT_EQ(renewal_after(now, now + seconds(60)), Millis(30'000));
  EXPECT_EQ(renewal_after(now, now + seconds(1)), Millis(1'000));
  EXPECT_EQ(renewal_after(now, now - seconds(1)), Millis(1'000));
}

}  // namespace
}  // namespace pontage::gateway::test
