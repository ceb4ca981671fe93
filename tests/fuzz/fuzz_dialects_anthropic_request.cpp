// Any bytes as a chat request for an Anthropic target: never a crash, and what is encoded is JSON
// that keeps the vendor's rules: turns alternate and begin with the user, every block is whole,
// every call has its one result.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "pontage/dialects/codec.hpp"

namespace {

namespace dom = simdjson::dom;
using pontage::dialects::TargetShape;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view text_at(const dom::object& object, std::string_view key) {
  std::string_view text;
  require(object.at_key(key).get_string().get(text) == simdjson::SUCCESS);
  return text;
}

void check_turn(const dom::object& turn, bool user, std::set<std::string_view>& open) {
  require(text_at(turn, "role") == (user ? "user" : "assistant"));
  dom::array content;
  require(turn.at_key("content").get_array().get(content) == simdjson::SUCCESS);
  require(content.begin() != content.end());
  bool results_are_over = false;
  for (const dom::element element : content) {
    dom::object block;
    require(element.get_object().get(block) == simdjson::SUCCESS);
    const std::string_view type = text_at(block, "type");
    if (type == "tool_use") {
      require(!user && open.insert(text_at(block, "id")).second);
    } else if (type == "tool_result") {
      require(user && !results_are_over && open.erase(text_at(block, "tool_use_id")) == 1);
    } else {
      results_are_over = true;
      if (type == "text")
        require(text_at(block, "text").find_first_not_of(" \t\n\r\f\v") != std::string_view::npos);
    }
  }
  if (user) require(open.empty());
}

void check(const pontage::dialects::Encoded& encoded) {
  std::string text;
  for (const auto piece : encoded.body.pieces) text.append(piece);
  require(text.size() == encoded.body.size);
  dom::parser parser;
  dom::object request;
  const auto problem = parser.parse(text).get_object().get(request);
  if (problem == simdjson::NUMBER_ERROR)
    return;  // arguments with numbers beyond 64 bits are spliced as they came
  require(problem == simdjson::SUCCESS);
  std::int64_t max_tokens = 0;
  require(request.at_key("max_tokens").get_int64().get(max_tokens) == simdjson::SUCCESS &&
          max_tokens > 0);
  dom::array messages;
  require(request.at_key("messages").get_array().get(messages) == simdjson::SUCCESS);
  bool user = true;
  std::set<std::string_view> open;
  for (const dom::element element : messages) {
    dom::object turn;
    require(element.get_object().get(turn) == simdjson::SUCCESS);
    check_turn(turn, user, open);
    user = !user;
  }
  require(open.empty() && messages.begin() != messages.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  TargetShape shape;
  shape.drop_unsupported = (data[0] & 1) != 0;
  shape.model = (data[0] & 2) != 0 ? "claude-haiku-4-5" : "claude-opus-4-8";
  std::string body;
  for (std::size_t i = 1; i < size; ++i) body.push_back(static_cast<char>(data[i]));
  static const auto kReader =
      pontage::dialects::make_request_reader(pontage::dialects::Dialect::kOpenAiChat);
  const auto view = kReader->read(body, body.size());
  const auto encoded = pontage::dialects::encode_request(
      pontage::dialects::Dialect::kOpenAiChat, pontage::dialects::Dialect::kAnthropicMessages, body,
      view ? *view : pontage::dialects::RequestView{}, shape);
  if (encoded) {
    check(*encoded);
  } else {
    require(!encoded.error().detail.empty());
  }
  return 0;
}
