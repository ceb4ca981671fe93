// A whole Anthropic message as an OpenAI chat completion, and the vendor's error bodies.
#include <simdjson.h>

#include <string>

#include "core/strings.hpp"
#include "dialects/anthropic.hpp"
#include "dialects/anthropic_wire.hpp"
#include "dialects/reply_errors.hpp"

namespace pontage::dialects {
namespace {

namespace dom = simdjson::dom;
using anthropic::append_comma;
using anthropic::append_member;
using anthropic::text_at;

// Of an error body that is not JSON, so much is quoted.
constexpr std::size_t kMaxQuotedBytes = 500;

/// The content blocks, gathered into the fields of OpenAI's message.
struct Gathered {
  std::string text;
  std::string reasoning;
  std::string details;     // members of reasoning_details
  std::string tool_calls;  // members of tool_calls
  std::string refusal;
  std::size_t thinking_blocks = 0;
  bool has_text = false;
};

void gather_thinking(Gathered& out, const dom::object& block, bool redacted) {
  append_comma(out.details);
  out.details.append("{\"type\":\"").append(redacted ? "reasoning.encrypted" : "reasoning.text");
  out.details.append("\",\"format\":\"")
      .append(anthropic::kReasoningFormat)
      .append("\",\"index\":");
  out.details.append(std::to_string(out.thinking_blocks++));
  if (redacted) {
    append_member(out.details, "data", text_at(block, "data"));
  } else {
    out.reasoning.append(text_at(block, "thinking"));
    append_member(out.details, "text", text_at(block, "thinking"));
    append_member(out.details, "signature", text_at(block, "signature"));
  }
  out.details.push_back('}');
}

void gather_tool_use(Gathered& out, const dom::object& block) {
  std::string arguments = "{}";
  dom::element input;
  if (anthropic::member(block, "input", input)) {
    arguments.clear();
    anthropic::append_minified(arguments, input);
  }
  append_comma(out.tool_calls);
  out.tool_calls.append("{\"id\":");
  anthropic::append_string(out.tool_calls, text_at(block, "id"));
  out.tool_calls.append(",\"type\":\"function\",\"function\":{\"name\":");
  anthropic::append_string(out.tool_calls, text_at(block, "name"));
  append_member(out.tool_calls, "arguments", arguments);
  out.tool_calls.append("}}");
}

void gather(Gathered& out, const dom::object& block) {
  const std::string_view type = text_at(block, "type");
  if (type == "text") {
    out.text.append(text_at(block, "text"));
    out.has_text = true;
  } else if (type == "thinking" || type == "redacted_thinking") {
    gather_thinking(out, block, type == "redacted_thinking");
  } else if (type == "tool_use") {
    gather_tool_use(out, block);
  }
}

void append_message(std::string& out, const Gathered& parts) {
  out.append("{\"role\":\"assistant\",\"content\":");
  if (parts.has_text || (parts.tool_calls.empty() && parts.refusal.empty())) {
    anthropic::append_string(out, parts.text);
  } else {
    out.append("null");
  }
  out.append(",\"refusal\":");
  if (parts.refusal.empty()) {
    out.append("null");
  } else {
    anthropic::append_string(out, parts.refusal);
  }
  if (!parts.reasoning.empty()) append_member(out, "reasoning_content", parts.reasoning);
  if (!parts.details.empty())
    out.append(",\"reasoning_details\":[").append(parts.details).push_back(']');
  if (!parts.tool_calls.empty())
    out.append(",\"tool_calls\":[").append(parts.tool_calls).push_back(']');
  out.push_back('}');
}

void append_completion(WholeReply& reply, const dom::object& message, const Gathered& parts,
                       std::int64_t created_s, std::string_view client_model) {
  std::string& out = reply.body;
  const std::string_view id = text_at(message, "id");
  out.append("{\"id\":");
  anthropic::append_string(out, id.empty() ? "msg_unnamed" : id);
  out.append(",\"object\":\"chat.completion\",\"created\":").append(std::to_string(created_s));
  append_member(out, "model", reply.response_model.empty() ? client_model : reply.response_model);
  out.append(",\"choices\":[{\"index\":0,\"message\":");
  append_message(out, parts);
  out.append(",\"logprobs\":null");
  append_member(out, "finish_reason",
                anthropic::openai_finish(reply.finish, !parts.tool_calls.empty()));
  out.append("}]");
  if (reply.usage.present) {
    out.append(",\"usage\":");
    anthropic::append_openai_usage(out, reply.usage);
  }
  out.push_back('}');
}

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, std::move(detail));
}

}  // namespace

Result<WholeReply> anthropic_to_openai(std::string body, const RequestView& view,
                                       std::string_view client_model) {
  dom::parser parser;
  dom::object message;
  if (parser.parse(body.data(), body.size()).get_object().get(message) != simdjson::SUCCESS) {
    return garbage("The provider's answer is not a JSON object.");
  }
  dom::object part;
  if (anthropic::object_at(message, "error", part)) {
    return std::unexpected(as_error(anthropic::error_of(part)));
  }
  dom::array content;
  if (message.at_key("content").get_array().get(content) != simdjson::SUCCESS) {
    return garbage("The provider's answer is no Anthropic message: it has no `content` list.");
  }
  WholeReply reply;
  reply.finish = anthropic::finish_of(text_at(message, "stop_reason"));
  if (reply.finish == llm::Finish::kNone) {
    return garbage("The provider's answer has no `stop_reason`: it is not complete.");
  }
  Gathered parts;
  for (const dom::element element : content) {
    if (element.get_object().get(part) == simdjson::SUCCESS) gather(parts, part);
  }
  if (reply.finish == llm::Finish::kStop && content.begin() == content.end()) {
    return garbage("The provider's answer is empty.");
  }
  if (anthropic::object_at(message, "stop_details", part))
    parts.refusal = text_at(part, "explanation");
  reply.response_model = text_at(message, "model");
  if (anthropic::object_at(message, "usage", part)) {
    anthropic::UsageTally tally;
    tally.add(part);
    reply.usage = tally.settle(true);
  }
  append_completion(reply, message, parts, view.created_s, client_model);
  return reply;
}

ReplyError read_anthropic_error(std::string_view body) {
  dom::parser parser;
  dom::object object;
  ReplyError out;
  if (parser.parse(body.data(), body.size()).get_object().get(object) == simdjson::SUCCESS) {
    dom::object inner;
    if (anthropic::object_at(object, "error", inner)) return anthropic::error_of(inner);
    // Proxies in front of the vendor: {"error":"…"}, {"message":"…"}, {"detail":"…"}.
    for (const std::string_view key : {"error", "message", "detail"}) {
      out.message = text_at(object, key);
      if (!out.message.empty()) return out;
    }
  }
  out.message = trim(body.substr(0, kMaxQuotedBytes));
  return out;
}

}  // namespace pontage::dialects
