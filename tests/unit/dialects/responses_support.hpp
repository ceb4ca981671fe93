// What the tests of openai.responses share: a client that accumulates a stream as strictly as the
// official SDKs do, and requests put to the codec the way the gateway does.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/responses.hpp"
#include "http/sse.hpp"
#include "messages_support.hpp"

namespace pontage::dialects::test {

/// Reads a stream as openai-python's ResponseStreamState does: one response identity, items added
/// once, deltas only into what was added, and at the end an output that is what the deltas said.
class StrictResponses {
 public:
  json response;  ///< of the last event
  json items = json::array();
  int errors = 0;
  std::vector<std::string> types;

  explicit StrictResponses(std::string_view bytes) { read(bytes); }

 private:
  void read(std::string_view bytes) {
    http::SseParser parser(1 << 24);
    http::SseParser::Event event;
    parser.feed(bytes);
    std::int64_t sequence = 0;
    while (parser.next(event) == http::SseParser::Next::kEvent) {
      if (!event.has_data) continue;
      const json data = json::parse(event.data, nullptr, false);
      ASSERT_FALSE(data.is_discarded()) << event.data;
      ASSERT_EQ(data.value("type", ""), event.event) << event.raw;
      types.emplace_back(event.event);
      if (event.event == "error") {
        ++errors;
        continue;
      }
      ASSERT_EQ(data["sequence_number"], sequence++) << event.raw;
      ASSERT_TRUE(response.is_null()) << "after the last event: " << event.raw;
      take(data);
    }
  }

  void take(const json& event) {
    const std::string type = event["type"];
    if (event.contains("response")) return lifecycle(type, event["response"]);
    ASSERT_FALSE(id_.empty()) << type << " before response.created";
    const std::size_t index = event["output_index"];
    if (type == "response.output_item.added") {
      ASSERT_EQ(index, items.size());
      items.push_back(event["item"]);
      done_.push_back(false);
      return;
    }
    ASSERT_LT(index, items.size()) << type;
    ASSERT_FALSE(done_[index]) << type << " after its item was done";
    json& item = items[index];
    if (type == "response.output_item.done") {
      json said = item;
      const json& final = event["item"];
      for (const char* later : {"status", "encrypted_content", "input", "annotations"}) {
        if (final.contains(later)) said[later] = final[later];
      }
      EXPECT_EQ(said, final) << "the deltas say something else";
      item = final;
      done_[index] = true;
      return;
    }
    ASSERT_EQ(event["item_id"], item["id"]) << type;
    piece(type, event, item);
  }

  void lifecycle(const std::string& type, const json& value) {
    if (id_.empty()) {
      ASSERT_EQ(type, "response.created");
      id_ = value["id"];
    }
    ASSERT_EQ(value["id"], id_);
    for (const char* needed : {"object", "created_at", "status", "error", "incomplete_details",
                               "instructions", "metadata", "model", "output", "parallel_tool_calls",
                               "temperature", "tool_choice", "tools", "top_p", "usage"}) {
      EXPECT_TRUE(value.contains(needed)) << type << " without " << needed;
    }
    if (type == "response.created" || type == "response.in_progress") {
      EXPECT_EQ(value["status"], "in_progress");
      return;
    }
    EXPECT_EQ(type, "response." + value["status"].get<std::string>());
    for (std::size_t i = 0; i < done_.size(); ++i) EXPECT_TRUE(done_[i]) << "item " << i;
    EXPECT_EQ(value["output"], items);
    response = value;
  }

  void piece(const std::string& type, const json& event, json& item) {
    if (type == "response.content_part.added") {
      ASSERT_EQ(event["content_index"], item["content"].size());
      item["content"].push_back(event["part"]);
    } else if (type == "response.output_text.delta") {
      append(item["content"].at(event["content_index"].get<std::size_t>())["text"], event["delta"]);
    } else if (type == "response.refusal.delta") {
      append(item["content"].at(event["content_index"].get<std::size_t>())["refusal"],
             event["delta"]);
    } else if (type == "response.output_text.annotation.added") {
      item["content"].at(event["content_index"].get<std::size_t>())["annotations"].push_back(
          event["annotation"]);
    } else if (type == "response.output_text.done") {
      EXPECT_EQ(event["text"],
                item["content"].at(event["content_index"].get<std::size_t>())["text"]);
    } else if (type == "response.refusal.done") {
      EXPECT_EQ(event["refusal"],
                item["content"].at(event["content_index"].get<std::size_t>())["refusal"]);
    } else if (type == "response.content_part.done") {
      EXPECT_EQ(event["part"], item["content"].at(event["content_index"].get<std::size_t>()));
    } else if (type == "response.reasoning_summary_part.added") {
      ASSERT_EQ(event["summary_index"], item["summary"].size());
      item["summary"].push_back(event["part"]);
    } else if (type == "response.reasoning_summary_text.delta") {
      append(item["summary"].at(event["summary_index"].get<std::size_t>())["text"], event["delta"]);
    } else if (type == "response.reasoning_summary_text.done") {
      EXPECT_EQ(event["text"],
                item["summary"].at(event["summary_index"].get<std::size_t>())["text"]);
    } else if (type == "response.reasoning_summary_part.done") {
      EXPECT_EQ(event["part"], item["summary"].at(event["summary_index"].get<std::size_t>()));
    } else if (type == "response.function_call_arguments.delta") {
      ASSERT_EQ(item["type"], "function_call");
      append(item["arguments"], event["delta"]);
    } else if (type == "response.function_call_arguments.done") {
      if (item["arguments"] == "") item["arguments"] = event["arguments"];
      EXPECT_EQ(event["arguments"], item["arguments"]);
    } else if (type == "response.custom_tool_call_input.delta") {
      append(item["input"], event["delta"]);
    } else if (type == "response.custom_tool_call_input.done") {
      EXPECT_EQ(event["input"], item["input"]);
    } else {
      FAIL() << "unknown event " << type;
    }
  }

  static void append(json& text, const json& piece) {
    EXPECT_NE(piece, "");
    text = text.get<std::string>() + piece.get<std::string>();
  }

  std::string id_;
  std::vector<bool> done_;
};

struct ResponsesRequest {
  std::string refused;  ///< the code's name
  std::string param;
  bool other_target = false;
  json body;
  std::vector<std::string> dropped;
};

inline Result<RequestView> read_responses(const std::string& body) {
  return responses::make_request_reader()->read(body, body.size());
}

/// The request as the provider gets it.
inline ResponsesRequest encode_from(Dialect client, Dialect provider, const std::string& body,
                                    TargetShape shape = {}) {
  ResponsesRequest out;
  if (shape.model.empty()) shape.model = "gpt-4o";
  const auto refuse = [&out](const Error& error) {
    out.refused = code_name(error.code);
    out.param = error.param;
    out.other_target = error.retry == Retry::kOtherTarget;
    EXPECT_FALSE(error.detail.empty());
    return out;
  };
  const auto view = make_request_reader(client)->read(body, body.size());
  if (!view) return refuse(view.error());
  const auto encoded = encode_request(client, provider, body, *view, shape);
  if (!encoded) return refuse(encoded.error());
  std::string text;
  for (const auto one : encoded->body.pieces) text.append(one);
  EXPECT_EQ(text.size(), encoded->body.size);
  out.body = json::parse(text, nullptr, false);
  EXPECT_FALSE(out.body.is_discarded()) << text;
  out.dropped = encoded->dropped;
  return out;
}

inline ResponsesRequest to_chat(const json& request, TargetShape shape = {}) {
  return encode_from(Dialect::kOpenAiResponses, Dialect::kOpenAiChat, request.dump(), shape);
}

inline RequestView responses_view(const json& request) {
  auto view = read_responses(request.dump());
  EXPECT_TRUE(view.has_value());
  if (!view) return {};
  view->created_s = 1700000000;
  return std::move(*view);
}

}  // namespace pontage::dialects::test
