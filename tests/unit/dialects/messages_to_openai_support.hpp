// What the tests of Anthropic requests for OpenAI providers share: building a request, and what it
// becomes.
#pragma once

#include "unit/dialects/messages_support.hpp"

namespace pontage::dialects::test {

struct Outcome {
  json body;
  std::vector<std::string> dropped;
  std::optional<Error> error;
};

// One block, message or tool stands for a list of one: `{x}` is x itself to this JSON library.
inline void listed(json& value) {
  if (value.is_object()) value = json::array({value});
}
inline void wrap(json& request) {
  for (const char* key : {"messages", "tools", "mcp_servers"}) {
    if (request.contains(key)) listed(request[key]);
  }
  for (json& message : request["messages"]) {
    listed(message["content"]);
    if (!message["content"].is_array()) continue;
    for (json& block : message["content"]) {
      if (block.contains("content")) listed(block["content"]);
    }
  }
}

inline Outcome translate(json request, const std::string& model = "gpt-4o", bool drop = false) {
  if (!request.contains("max_tokens")) request["max_tokens"] = 100;
  request["model"] = "claude-x";
  wrap(request);
  const std::string text = request.dump();
  const auto view = make_messages_request_reader(true)->read(text, text.size());
  EXPECT_TRUE(view) << text << (view ? "" : view.error().detail);
  TargetShape shape;
  shape.model = model;
  shape.drop_unsupported = drop;
  auto encoded =
      encode_request(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, text, *view, shape);
  if (!encoded) return {{}, {}, encoded.error()};
  std::string out;
  for (const auto piece : encoded->body.pieces) out.append(piece);
  EXPECT_EQ(out.size(), encoded->body.size);
  const json body = json::parse(out, nullptr, false);
  EXPECT_FALSE(body.is_discarded()) << out;
  return {body, encoded->dropped, {}};
}

inline json user(json content) {
  return {{"role", "user"}, {"content", std::move(content)}};
}
inline json assistant(json content) {
  return {{"role", "assistant"}, {"content", std::move(content)}};
}
inline json text(const std::string& words) {
  return {{"type", "text"}, {"text", words}};
}
inline json call(const std::string& id, const std::string& name = "f",
                 json input = json::object()) {
  return {{"type", "tool_use"}, {"id", id}, {"name", name}, {"input", std::move(input)}};
}
inline json result(const std::string& id, json content) {
  return {{"type", "tool_result"}, {"tool_use_id", id}, {"content", std::move(content)}};
}
inline json messages_of(const json& list) {
  const Outcome out = translate({{"messages", list}});
  EXPECT_FALSE(out.error) << out.error->detail;
  return out.body["messages"];
}
inline json with(const json& fields) {
  json request = {{"messages", {user("hi")}}};
  if (!fields.is_null()) request.update(fields);
  return request;
}
inline void expect_refused(const json& request, const std::string& param) {
  const Outcome out = translate(request);
  ASSERT_TRUE(out.error) << request;
  EXPECT_EQ(out.error->param, param);
  EXPECT_EQ(http_status(out.error->code), 400);
}

}  // namespace pontage::dialects::test
