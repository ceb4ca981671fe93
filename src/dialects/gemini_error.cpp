// Errors in Google's shape: a provider's, and the gateway's own.
#include <simdjson.h>

#include <cmath>

#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/gemini.hpp"
#include "dialects/gemini_json.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_reply.hpp"

namespace pontage::dialects {
namespace {

using anthropic::append_member;
using simdjson::dom::element;

// "37s" or "0.5s", a google.protobuf.Duration.
std::optional<std::int64_t> duration_ms(std::string_view text) {
  constexpr double kLongest = 86'400;
  if (text.size() < 2 || text.back() != 's') return std::nullopt;
  const auto seconds = parse_double(text.substr(0, text.size() - 1));
  if (!seconds || !(*seconds >= 0) || *seconds > kLongest) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(*seconds * 1000));
}

void read_details(const element& value, ReplyError& out) {
  element found;
  simdjson::dom::array list;
  if (!member(value, "details", found) || found.get(list) != simdjson::SUCCESS) return;
  for (const element one : list) {
    const std::string_view type = text_member(one, "@type");
    if (type.ends_with("google.rpc.RetryInfo")) {
      out.retry_after_ms = duration_ms(text_member(one, "retryDelay"));
    } else if (type.ends_with("google.rpc.ErrorInfo") &&
               text_member(one, "reason") == "API_KEY_INVALID") {
      out.status = 401;  // sent as 400
    }
  }
}

// google.rpc.Code by the HTTP status that it has.
std::string_view rpc_status(int status) {
  switch (status) {
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 499:
      return "CANCELLED";
    case 501:
      return "UNIMPLEMENTED";
    case 502:
    case 503:
      return "UNAVAILABLE";
    case 504:
      return "DEADLINE_EXCEEDED";
    default:
      return status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
  }
}

}  // namespace

ReplyError read_gemini_error_value(const element& value) {
  ReplyError out = read_error_value(value);
  read_details(value, out);
  return out;
}

ReplyError read_gemini_error(std::string_view body) {
  element root;
  if (thread_parser().parse(body, root) != nullptr) return read_openai_error(body);
  element first;
  if (root.is_array() && root.at(0).get(first) == simdjson::SUCCESS)
    root = first;  // of a stream that was asked for as a list
  element found;
  ReplyError out = read_gemini_error_value(find_error(root, found) ? found : root);
  thread_parser().trim();
  return out;
}

// Fields are named as Google names them, by google.rpc.BadRequest.
std::string gemini_error_body(const Error& error, std::string_view request_id) {
  constexpr std::string_view kType = "\"@type\":\"type.googleapis.com/google.rpc.";
  const std::string_view text =
      error.detail.empty() ? summary(error.code) : std::string_view(error.detail);
  const int status = http_status(error.code);
  std::string out = "{\"error\":{\"code\":" + std::to_string(status);
  append_json_string(out.append(",\"message\":"), text);
  append_member(out, "status", rpc_status(status));
  out.append(",\"details\":[{").append(kType).append("ErrorInfo\",\"domain\":\"pontage\"");
  append_member(out, "reason", code_name(error.code));
  out.push_back('}');
  if (!error.param.empty()) {
    out.append(",{").append(kType).append("BadRequest\",\"fieldViolations\":[{\"field\":");
    append_json_string(out, error.param);
    append_json_string(out.append(",\"description\":"), text);
    out.append("}]}");
  }
  if (!request_id.empty()) {
    out.append(",{").append(kType).append("RequestInfo\"");
    append_member(out, "requestId", request_id);
    out.push_back('}');
  }
  return out.append("]}}");
}

// A chunk of a stream has the same shape.
std::string gemini_message_body(std::string_view text, std::string_view model,
                                std::string_view id) {
  std::string out = R"({"candidates":[{"content":{"parts":[{"text":)";
  append_json_string(out, text);
  out.append(R"(}],"role":"model"},"finishReason":"STOP","index":0}],)");
  gemini::append_usage(out, {});
  append_member(out, "modelVersion", model);
  append_member(out, "responseId", id);
  return out.append("}");
}

}  // namespace pontage::dialects
