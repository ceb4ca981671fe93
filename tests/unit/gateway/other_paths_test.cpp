// Embeddings, completions, and the paths that pass through unread.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gateway/pass_through.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string request(const std::string& method, const std::string& path, const std::string& body,
                    const std::string& headers = "Content-Type: application/json\r\n") {
  return method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + headers +
         (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
         body;
}

class OtherPaths : public HouseBench {
 protected:
  Response send(const std::string& method, const std::string& path, const std::string& body = "",
                const std::string& headers = "Content-Type: application/json\r\n") {
    return raw(request(method, path, body, headers));
  }
};

TEST_F(OtherPaths, EmbeddingsAreMeteredAndFallOver) {
  serve_chain({kBoth});
  p1->set_default_fault("status=500");
  const auto reply = send("POST", "/v1/embeddings", R"({"model":"e","input":["one","two"]})");
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
  EXPECT_EQ(json::parse(reply.payload)["data"].size(), 2U);
  EXPECT_EQ(json::parse(reply.payload)["model"], "m") << "the target's name for it";
  EXPECT_EQ(p1->requests().size(), 1U);
  ASSERT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(p2->requests()[0].body, R"({"model":"m","input":["one","two"]})");
  EXPECT_FALSE(reply.header("x-pontage-cost-usd").empty());
  stop();
  ASSERT_EQ(access_log().size(), 1U);
  EXPECT_THAT(access_log()[0], HasSubstr("\"tokens\":{\"input\":2,\"output\":0}"));
}

TEST_F(OtherPaths, BadEmbeddingsAreNamed) {
  serve_chain({kFirst});
  for (const char* body : {R"({"model":"e"})", R"({"model":"e","input":[]})",
                           R"({"model":"e","input":7})", R"({"model":"e","input":[true]})"}) {
    const auto reply = send("POST", "/v1/embeddings", body);
    EXPECT_EQ(reply.status, 400) << body << reply.bytes;
    EXPECT_THAT(reply.payload, HasSubstr("\"param\":\"input")) << body;
  }
  EXPECT_EQ(p1->requests().size(), 0U);
}

// Vectors are nothing that another dialect has, and no fixed message can stand for them.
TEST_F(OtherPaths, EmbeddingsNeedAProviderThatHasThem) {
  serve_chain({"fallback: [ { provider: a2, model: m } ]", "floor: [ { message: busy } ]"});
  const auto reply = send("POST", "/v1/embeddings", R"({"model":"e","input":"x"})");
  EXPECT_EQ(reply.status, 400) << reply.bytes;
  EXPECT_EQ(error_code(reply), "unsupported_parameter");
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(OtherPaths, CompletionsPassAndAreTranslated) {
  serve_chain({kFirst});
  const std::string body = R"({"model":"c","prompt":"Bridges","max_tokens":50)";
  const auto same = send("POST", "/v1/completions", body + "}");
  ASSERT_EQ(same.status, 200) << same.bytes;
  EXPECT_EQ(json::parse(same.payload)["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(p1->requests().back().path, "/v1/completions");
  const auto stream = send("POST", "/v1/completions", body + R"(,"stream":true})");
  EXPECT_THAT(stream.payload, HasSubstr("data: [DONE]"));
  stop();
  serve_chain({"fallback: [ { provider: a2, model: m } ]"});
  const auto other = send("POST", "/v1/completions", body + "}");
  ASSERT_EQ(other.status, 200) << other.bytes;
  const json whole = json::parse(other.payload);
  EXPECT_EQ(whole["object"], "text_completion");
  EXPECT_FALSE(whole["choices"][0]["text"].get<std::string>().empty());
  EXPECT_GT(whole["usage"]["completion_tokens"].get<int>(), 0);
  const auto pieces = send("POST", "/v1/completions", body + R"(,"stream":true})");
  EXPECT_THAT(pieces.payload, HasSubstr("\"object\":\"text_completion\""));
  EXPECT_THAT(pieces.payload, HasSubstr("\"finish_reason\":\"stop\""));
  EXPECT_THAT(pieces.payload, HasSubstr("data: [DONE]"));
}

TEST_F(OtherPaths, BinaryAnswersPassByteForByte) {
  serve_chain({kFirst});
  const auto content = send("GET", "/v1/files/file-1/content?after=7");
  ASSERT_EQ(content.status, 200) << content.bytes;
  EXPECT_EQ(content.payload.size(), 256U);
  EXPECT_EQ(content.header("content-type"), "application/octet-stream");
  EXPECT_EQ(content.header("content-length"), "256");
  EXPECT_EQ(p1->requests().back().path, "/v1/files/file-1/content?after=7");
  const auto speech = send("POST", "/v1/audio/speech", R"({"model":"tts","input":"Hello"})");
  EXPECT_EQ(speech.header("content-type"), "audio/mpeg");
  EXPECT_THAT(speech.payload, HasSubstr("Hello"));
  EXPECT_EQ(p1->requests().back().body, R"({"model":"m","input":"Hello"})");
  stop();
  for (const auto& line : access_log()) {
    EXPECT_THAT(line, Not(HasSubstr("\"estimated\""))) << "nobody said what it cost: " << line;
  }
}

TEST_F(OtherPaths, UsageIsMeteredWhereItComesBack) {
  serve_chain({kFirst});
  ASSERT_EQ(send("POST", "/v1/images/generations", R"({"model":"i","prompt":"a bridge"})").status,
            200);
  stop();
  ASSERT_EQ(access_log().size(), 1U);
  EXPECT_THAT(access_log()[0], HasSubstr("\"tokens\":{\"input\":2,\"output\":272}"));
}

// A form of three megabytes, in pieces, sized and chunked: the provider gets every byte, once.
TEST_F(OtherPaths, UploadsArePassedOnWhileTheyCome) {
  serve_chain({kBoth});
  const std::string form(3 * 1024 * 1024, 'f');
  const std::string type = "Content-Type: multipart/form-data; boundary=b\r\n";
  const auto sized = send("POST", "/v1/files", form, type);
  ASSERT_EQ(sized.status, 200) << sized.bytes;
  EXPECT_EQ(json::parse(sized.payload)["bytes"], form.size());
  std::string chunked =
      "POST /v1/files HTTP/1.1\r\nHost: x\r\n" + type + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100; ++i) chunked += "400\r\n" + std::string(1024, 'c') + "\r\n";
  const auto pieces = raw(chunked + "0\r\n\r\n");
  ASSERT_EQ(pieces.status, 200) << pieces.bytes;
  EXPECT_EQ(json::parse(pieces.payload)["bytes"], 100 * 1024);
  EXPECT_EQ(p1->requests().size(), 2U);
  EXPECT_THAT(std::string(p1->requests()[0].header("content-type")), HasSubstr("boundary=b"));
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(OtherPaths, WhatAProviderKeepsIsAskedOfOneOnly) {
  serve_chain({kBoth});
  p1->set_default_fault("status=500");
  EXPECT_EQ(send("GET", "/v1/files").status, 500) << "its word is the last one";
  EXPECT_EQ(p2->requests().size(), 0U);
  EXPECT_EQ(send("POST", "/v1/batches", R"({"input_file_id":"f"})").status, 404);
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(OtherPaths, OurKeysRefusalNeverReachesTheClient) {
  serve_chain({kFirst});
  p1->set_default_fault("status=401");
  const auto reply = send("GET", "/v1/files");
  EXPECT_EQ(reply.status, 503) << reply.bytes;
  EXPECT_EQ(error_code(reply), "upstream_auth");
}

TEST_F(OtherPaths, DeviousPathsAreRefused) {
  serve_chain({kFirst});
  for (const char* path : {"/v1/../admin", "/v1/files/%2e%2e/x", "/v1/files//x", "/v1/files/a%2fb",
                           "/v1/files/a\\b"}) {
    EXPECT_EQ(send("GET", path).status, 400) << path;
  }
  EXPECT_EQ(p1->requests().size(), 0U);
  EXPECT_TRUE(keeps_nothing("/v1/audio/speech"));
  EXPECT_FALSE(keeps_nothing("/v1/audiobooks"));
  EXPECT_FALSE(keeps_nothing("/v1"));
}

// What a provider cannot answer now, another one may, where nothing is kept.
TEST_F(OtherPaths, GeneratingPathsFallOver) {
  serve_chain({kBoth});
  p1->set_default_fault("status=503");
  const auto reply = send("POST", "/v1/moderations", R"({"model":"o","input":"x"})");
  EXPECT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
  p2->set_default_fault("status=429");
  EXPECT_EQ(send("POST", "/v1/moderations", R"({"model":"o","input":"x"})").status, 429)
      << "the last one's word";
}

TEST_F(OtherPaths, TheChainsDeadlinesHold) {
  serve_chain({"timeout: { attempt: 150ms }", kBoth});
  p1->set_default_fault("silence");
  const auto reply = send("POST", "/v1/moderations", R"({"model":"o","input":"x"})");
  EXPECT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
  EXPECT_EQ(send("GET", "/v1/files").status, 504) << "nobody else has the files";
}

TEST_F(OtherPaths, WhatTheOperatorMarkedAsDownIsNotAsked) {
  serve_chain({kBoth});
  ASSERT_EQ(admin("POST", "/api/v1/providers/p1/down?minutes=5").status, 200);
  const auto reply = send("POST", "/v1/moderations", R"({"model":"o","input":"x"})");
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("marked it as down"));
  EXPECT_EQ(send("GET", "/v1/files").header("x-pontage-provider"), "p2");
  EXPECT_EQ(p1->requests().size(), 0U);
}

TEST_F(OtherPaths, BrokenUploadsAreTheClientsFault) {
  serve_chain({kFirst});
  const auto reply =
      raw("POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
          "Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
          true);
  EXPECT_EQ(reply.status, 400) << reply.bytes;
  EXPECT_EQ(error_code(reply), "bad_request");
}

TEST_F(OtherPaths, AModelStandsOnce) {
  serve_chain({kFirst});
  const auto reply = send("POST", "/v1/images/generations", R"({"model":"a","model":"b"})");
  EXPECT_EQ(reply.status, 400) << reply.bytes;
  EXPECT_EQ(error_code(reply), "duplicate_field");
  EXPECT_EQ(p1->requests().size(), 0U);
}

TEST_F(OtherPaths, ReadingAgainCostsNothing) {
  serve_chain({kFirst});
  EXPECT_EQ(send("GET", "/v1/files/file-1").status, 200);
  EXPECT_EQ(send("DELETE", "/v1/files/file-1").status, 200);
  stop();
  for (const auto& line : access_log()) {
    EXPECT_THAT(line, Not(HasSubstr("\"tokens\""))) << line;
    EXPECT_THAT(line, Not(HasSubstr("\"unpriced\""))) << line;
  }
}

// The provider is asked for what the alias stands for, also where the chain names no model.
TEST_F(OtherPaths, AliasesReachEveryPath) {
  serve("providers: { p1: { kind: openai, base_url: \"http://127.0.0.1:" +
        std::to_string(p1->port()) +
        "/v1\" } }\nmodels: { fast: p1/real }\n"
        "routes: [ { chain: [ { fallback: [ { provider: p1 } ] } ] } ]\n");
  ASSERT_EQ(send("POST", "/v1/embeddings", R"({"model":"fast","input":"x"})").status, 200);
  EXPECT_EQ(p1->requests().back().body, R"({"model":"real","input":"x"})");
  ASSERT_EQ(send("POST", "/v1/moderations", R"({"model":"fast","input":"x"})").status, 200);
  EXPECT_EQ(p1->requests().back().body, R"({"model":"real","input":"x"})");
}

TEST_F(OtherPaths, AnUploadEndsWithItsClient) {
  serve_chain({kFirst});
  simulate::test::RawClient client(port());
  client.send(
      "POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
      "Content-Length: 1000000\r\n\r\nonly this");
  client.close();
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 1));
}

}  // namespace
}  // namespace pontage::gateway::test
