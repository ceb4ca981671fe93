// Bad input: a typed JSON error in OpenAI's shape with the right status, on a connection that goes
// on where it can.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/access.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Errors : public HouseBench {
 protected:
  void expect_error(const Response& reply, int status, const std::string& code,
                    const std::string& what) {
    EXPECT_EQ(reply.status, status) << what << reply.bytes;
    EXPECT_EQ(error_code(reply), code) << what << reply.payload;
    EXPECT_THAT(reply.header("content-type"), HasSubstr("application/json")) << what;
    EXPECT_FALSE(reply.header("x-pontage-request-id").empty()) << what;
  }
};

TEST_F(Errors, Bodies) {
  serve_chain({kFirst});
  struct Row {
    const char* body;
    const char* code;
    const char* text;
  };
  const char* kMessages = R"("messages":[{"role":"user","content":"x"}])";
  const std::string twice = std::string(R"({"model":"a","model":"b",)") + kMessages + "}";
  const std::string stream = std::string(R"({"model":"a","stream":"yes",)") + kMessages + "}";
  const std::string tokens = std::string(R"({"model":"a","max_tokens":"many",)") + kMessages + "}";
  for (const Row& row : {
           Row{"", "invalid_json", ""},
           Row{"{", "invalid_json", ""},
           Row{"not json", "invalid_json", ""},
           Row{"[]", "invalid_value", ""},
           Row{"null", "invalid_value", ""},
           Row{R"({"model":"m"})", "missing_field", "messages"},
           Row{R"({"model":"m","messages":[]})", "invalid_value", "messages"},
           Row{R"({"model":"m","messages":"hi"})", "invalid_value", "messages"},
           Row{R"({"model":7,"messages":[{"role":"user","content":"x"}]})", "invalid_value",
               "model"},
           Row{R"({"model":"m","messages":[7]})", "invalid_value", "messages"},
           Row{twice.c_str(), "duplicate_field", "model"},
           Row{stream.c_str(), "invalid_value", "stream"},
           Row{tokens.c_str(), "invalid_value", "max_tokens"},
           Row{"{\"model\":\"\xFF\"}", "invalid_json", ""},
       }) {
    const auto reply = ask(row.body);
    expect_error(reply, 400, row.code, row.body);
    EXPECT_EQ(error_type(reply), "invalid_request_error") << row.body;
    EXPECT_THAT(reply.payload, HasSubstr(row.text)) << row.body;
  }
  EXPECT_EQ(p1->requests().size(), 0U) << "nothing of it reaches a provider";
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"rejected\""}), 14);
}

TEST_F(Errors, TooDeep) {
  serve_chain({kFirst});
  std::string deep = R"({"model":"m","messages":[{"role":"user","content":"x"}],"x":)";
  deep += std::string(300, '[') + std::string(300, ']') + "}";
  expect_error(ask(deep), 400, "invalid_json", "300 brackets");
}

TEST_F(Errors, NoRoute) {
  serve("routes:\n  - match: { model: gpt-* }\n    chain: [ " + kFirst + " ]\n");
  const auto reply = ask(chat());
  expect_error(reply, 404, "no_route", "model m");
  EXPECT_THAT(reply.payload, HasSubstr("\\\"m\\\""));
}

TEST_F(Errors, BodyOverTheLimit) {
  serve("routes: [ { chain: [ " + kFirst + " ] } ]", ", limits: { body: 1KiB }");
  expect_error(ask(chat(",\"x\":\"" + std::string(2000, 'x') + "\"")), 413, "request_too_large",
               "2 KB");
  EXPECT_EQ(ask(chat()).status, 200);
}

TEST_F(Errors, MethodsAndPaths) {
  serve_chain({kFirst});
  const auto get = raw("GET /v1/chat/completions HTTP/1.1\r\nHost: a\r\n\r\n");
  expect_error(get, 405, "method_not_allowed", "GET chat");
  EXPECT_EQ(get.header("allow"), "POST");
  const auto post_models = raw(simulate::test::post("/v1/models", "{}"));
  expect_error(post_models, 405, "method_not_allowed", "POST models");
  EXPECT_EQ(post_models.header("allow"), "GET, HEAD");
  expect_error(raw("GET /v2/unknown HTTP/1.1\r\nHost: a\r\n\r\n"), 404, "not_found", "path");
  expect_error(raw("GET /v1/models/nobody HTTP/1.1\r\nHost: a\r\n\r\n"), 404, "model_not_found",
               "one model");
  EXPECT_EQ(raw("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
  EXPECT_EQ(raw("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
}

TEST_F(Errors, ContentTypesAndEncodings) {
  serve_chain({kFirst});
  const auto with_type = [&](const std::string& headers) {
    const auto body = chat();
    return raw("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n" + headers +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  };
  expect_error(with_type("Content-Type: text/plain\r\n"), 415, "unsupported_media_type", "text");
  expect_error(with_type("Content-Type: multipart/form-data; boundary=x\r\n"), 415,
               "unsupported_media_type", "form");
  expect_error(with_type("Content-Type: application/json\r\nContent-Encoding: br\r\n"), 415,
               "unsupported_media_type", "br");
  expect_error(with_type("Content-Type: application/json\r\nContent-Encoding: gzip\r\n"), 400,
               "bad_request", "not gzip");
  EXPECT_EQ(with_type("Content-Type: application/json; charset=utf-8\r\n").status, 200);
  EXPECT_EQ(with_type("").status, 200) << "curl without a header";
}

TEST_F(Errors, Keys) {
  serve("keys:\n  - { name: all, secret_hash: \"" + hash_secret("pk-all") +
        "\" }\n  - { name: mini, secret_hash: \"" + hash_secret("pk-mini") +
        "\", models: [ gpt-4o-mini, \"m-*\" ] }\nroutes: [ { chain: [ " + kFirst + " ] } ]");
  expect_error(ask(chat()), 401, "invalid_api_key", "none");
  const auto wrong = ask(chat(), "Authorization: Bearer pk-wrong\r\n");
  expect_error(wrong, 401, "invalid_api_key", "wrong");
  EXPECT_EQ(error_type(wrong), "authentication_error");
  EXPECT_THAT(wrong.bytes, Not(HasSubstr("pk-wrong")));
  EXPECT_EQ(ask(chat(), "Authorization: Bearer pk-all\r\n").status, 200);
  EXPECT_EQ(ask(chat(), "x-api-key: pk-all\r\n").status, 200);
  const auto denied = ask(chat(), "Authorization: Bearer pk-mini\r\n");
  expect_error(denied, 403, "permission_denied", "model");
  EXPECT_EQ(error_type(denied), "permission_error");
  const std::string listed = R"({"model":"m-1","messages":[{"role":"user","content":"x"}]})";
  EXPECT_EQ(ask(listed, "Authorization: Bearer pk-mini\r\n").status, 200);
  EXPECT_EQ(raw("GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n").status, 401);
  EXPECT_EQ(p1->requests().size(), 3U);
}

TEST_F(Errors, ALoopIsBroken) {
  serve_chain({kFirst});
  EXPECT_EQ(ask(chat()).status, 200);
  const auto via = std::string(p1->requests().front().header("via"));
  EXPECT_THAT(via, HasSubstr("pontage-"));
  const auto reply = ask(chat(), "Via: 1.0 proxy, " + via + "\r\n");
  expect_error(reply, 508, "loop_detected", via);
  EXPECT_EQ(ask(chat(), "Via: 1.1 pontage-another\r\n").status, 200) << "another gateway's is fine";
}

TEST_F(Errors, WhatTheTargetCannotExpressIsRefusedWithItsName) {
  serve_chain({"fallback: [ { provider: a2, model: claude } ]"});
  const auto reply = ask(chat(R"(,"n":2)"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(error_code(reply), "unsupported_parameter");
  EXPECT_THAT(reply.payload, HasSubstr("\"param\":\"n\""));
}

TEST_F(Errors, TheConnectionGoesOn) {
  serve_chain({kFirst});
  RawClient client(port());
  client.send(post("{") + post(chat()) + post("[]"));
  EXPECT_EQ(client.read_response().status, 400);
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().status, 400);
}

class NoRoutes : public HouseBench {
 protected:
  void start() {
    serve("providers:\n  p1: { kind: openai, base_url: \"" + p1->base_url() +
          "\", models: [ m, org/m2 ] }\n");
  }
  Response ask_model(const std::string& model) {
    return ask(R"({"model":")" + model + R"(","messages":[{"role":"user","content":"x"}]})");
  }
};

TEST_F(NoRoutes, TheModelsNamePicksTheProvider) {
  start();
  EXPECT_EQ(ask_model("m").header("x-pontage-provider"), "p1");
  EXPECT_EQ(ask_model("p1/any").header("x-pontage-model"), "any");
  EXPECT_EQ(p1->requests("any").size(), 1U) << "without the prefix";
  EXPECT_EQ(ask_model("org/m2").header("x-pontage-model"), "org/m2")
      << "a listed name with a slash is a name";
}

TEST_F(NoRoutes, AnUnknownOrAbsentModelIsA404) {
  start();
  const auto unknown = ask_model("unheard-of");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(error_code(unknown), "model_not_found");
  EXPECT_THAT(unknown.payload, HasSubstr("unheard-of"));
  const auto absent = ask(R"({"messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(absent.status, 400);
  EXPECT_EQ(error_code(absent), "missing_field");
}

TEST_F(NoRoutes, TheModelListNamesThem) {
  start();
  const auto list = raw("GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(list.status, 200);
  EXPECT_THAT(list.payload, HasSubstr("\"id\":\"m\""));
  EXPECT_EQ(raw("GET /v1/models/m HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
  EXPECT_THAT(raw("GET /v1/models/org/m2 HTTP/1.1\r\nHost: a\r\n\r\n").payload,
              HasSubstr("org/m2"));
}

}  // namespace
}  // namespace pontage::gateway::test
