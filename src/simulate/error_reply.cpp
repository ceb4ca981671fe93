#include "simulate/error_reply.hpp"

#include <algorithm>
#include <array>

#include "core/strings.hpp"

namespace pontage::simulate {
namespace {

// One failure in both vocabularies. `%` stands for the model's name.
struct Row {
  std::string_view kind;
  int openai_status;
  std::string_view openai_type;
  std::string_view openai_code;   // empty: null
  std::string_view openai_param;  // empty: null
  std::string_view openai_message;
  int anthropic_status;
  std::string_view anthropic_type;
  std::string_view anthropic_message;
};

constexpr auto kRows = std::to_array<Row>({
    {"bad_request", 400, "invalid_request_error", "", "", "Invalid request.", 400,
     "invalid_request_error", "Invalid request."},
    {"auth", 401, "invalid_request_error", "invalid_api_key", "",
     "Incorrect API key provided: sk-sim*****. You can find your API key at "
     "https://platform.openai.com/account/api-keys.",
     401, "authentication_error", "invalid x-api-key"},
    {"billing", 402, "insufficient_quota", "billing_hard_limit_reached", "",
     "Billing hard limit has been reached.", 402, "billing_error",
     "Your credit balance is too low to access the Anthropic API."},
    {"permission", 403, "invalid_request_error", "model_access_denied", "",
     "Project does not have access to model `%`.", 403, "permission_error",
     "Your API key does not have permission to use the specified resource."},
    {"not_found", 404, "invalid_request_error", "model_not_found", "",
     "The model `%` does not exist or you do not have access to it.", 404, "not_found_error",
     "model: %"},
    {"request_timeout", 408, "timeout_error", "", "", "Request timed out.", 408, "timeout_error",
     "Request timed out."},
    {"conflict", 409, "invalid_request_error", "", "", "The request conflicts with another one.",
     409, "invalid_request_error", "The request conflicts with another one."},
    {"too_large", 413, "invalid_request_error", "", "", "Request too large.", 413,
     "request_too_large", "Request exceeds the maximum size"},
    {"unprocessable", 422, "invalid_request_error", "", "", "The request could not be processed.",
     422, "invalid_request_error", "The request could not be processed."},
    {"rate_limit", 429, "requests", "rate_limit_exceeded", "",
     "Rate limit reached for % on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try "
     "again in 20s.",
     429, "rate_limit_error",
     "This request would exceed your organization's rate limit of 50 requests per minute."},
    {"quota", 429, "insufficient_quota", "insufficient_quota", "",
     "You exceeded your current quota, please check your plan and billing details.", 429,
     "rate_limit_error", "You have reached your specified API usage limits."},
    {"server", 500, "server_error", "", "",
     "The server had an error while processing your request. Sorry about that!", 500, "api_error",
     "Internal server error"},
    {"bad_gateway", 502, "server_error", "", "", "Bad gateway.", 502, "api_error", "Bad gateway"},
    {"unavailable", 503, "server_error", "", "",
     "The engine is currently overloaded, please try again later.", 503, "api_error",
     "Service unavailable"},
    {"gateway_timeout", 504, "timeout_error", "", "", "Gateway timeout.", 504, "timeout_error",
     "Gateway timeout"},
    {"overloaded", 529, "server_error", "overloaded", "", "The model is overloaded.", 529,
     "overloaded_error", "Overloaded"},
    {"context_length", 400, "invalid_request_error", "context_length_exceeded", "messages",
     "This model's maximum context length is 8192 tokens. However, your messages resulted in 10240 "
     "tokens. Please "
     "reduce the length of the messages.",
     400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"},
    {"content_filter", 400, "invalid_request_error", "content_filter", "prompt",
     "The response was filtered due to the prompt triggering Azure OpenAI's content management "
     "policy. Please modify "
     "your prompt and retry.",
     400, "invalid_request_error", "Output blocked by content filtering policy"},
});

std::string fill_in(std::string_view text, std::string_view model) {
  const std::size_t at = text.find('%');
  if (at == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, at)) + std::string(model) + std::string(text.substr(at + 1));
}

void append_or_null(std::string& out, std::string_view key, std::string_view value) {
  out += key;
  if (value.empty()) {
    out += "null";
  } else {
    append_json_string(out, value);
  }
}

std::string openai_body(std::string_view message, std::string_view type, std::string_view param,
                        std::string_view code) {
  std::string out = R"({"error":{"message":)";
  append_json_string(out, message);
  append_or_null(out, R"(,"type":)", type);
  append_or_null(out, R"(,"param":)", param);
  append_or_null(out, R"(,"code":)", code);
  return out + "}}";
}

std::string anthropic_body(std::string_view message, std::string_view type) {
  std::string out = R"({"type":"error","error":{"type":)";
  append_json_string(out, type);
  out += R"(,"message":)";
  append_json_string(out, message);
  return out + R"(},"request_id":"req_simulated"})";
}

// The names of Bedrock's exceptions (API_runtime_Converse, "Errors").
std::string_view exception_of(int status) {
  switch (status) {
    case 400:
      return "ValidationException";
    case 401:
    case 403:
      return "AccessDeniedException";
    case 404:
      return "ResourceNotFoundException";
    case 408:
      return "ModelTimeoutException";
    case 424:
      return "ModelErrorException";
    case 429:
      return "ThrottlingException";
    case 503:
    case 529:
      return "ServiceUnavailableException";
    default:
      return "InternalServerException";
  }
}

std::string bedrock_body(std::string_view message, int status) {
  std::string out = R"({"__type":")" + std::string(exception_of(status)) + R"(","message":)";
  append_json_string(out, message);
  return out + "}";
}

// google.rpc.Code; a wrong key is said by 400 (ai.google.dev, "Troubleshooting").
std::string_view google_status(int status) {
  switch (status) {
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 503:
    case 529:
      return "UNAVAILABLE";
    case 504:
      return "DEADLINE_EXCEEDED";
    default:
      return status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
  }
}

std::string google_body(std::string_view message, int status) {
  std::string out = R"({"error":{"code":)" + std::to_string(status) + R"(,"message":)";
  append_json_string(out, message);
  out += R"(,"status":")" + std::string(google_status(status)) + "\"";
  if (status == 429) {
    out += R"(,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo",)"
           R"("retryDelay":"1s"}])";
  }
  return out + "}}";
}

const Row& row_of_status(Dialect dialect, int status) {
  const auto found = std::ranges::find_if(kRows, [&](const Row& row) {
    return (is_openais(dialect) ? row.openai_status : row.anthropic_status) == status;
  });
  if (found != kRows.end()) return *found;
  return status >= 500 || status < 400 ? row_of_status(dialect, 500) : row_of_status(dialect, 400);
}

}  // namespace

bool known_error_kind(std::string_view kind) {
  return std::ranges::find(kRows, kind, &Row::kind) != kRows.end();
}

std::string error_kinds() {
  std::string out;
  for (const Row& row : kRows) out += (out.empty() ? "" : ", ") + std::string(row.kind);
  return out;
}

ErrorReply error_reply(Dialect dialect, const Fault& fault, std::string_view model) {
  const auto named = std::ranges::find(kRows, fault.error, &Row::kind);
  const Row& row = named != kRows.end()
                       ? *named
                       : row_of_status(dialect, fault.status == 0 ? 500 : fault.status);
  const bool openai = is_openais(dialect);
  ErrorReply reply;
  reply.status = openai ? row.openai_status : row.anthropic_status;
  if (fault.status != 0) reply.status = fault.status;
  std::string message = fill_in(openai ? row.openai_message : row.anthropic_message, model);
  if (!fault.message.empty()) message = fault.message;
  const std::string_view code = fault.code.empty() ? row.openai_code : std::string_view(fault.code);
  if (dialect == Dialect::kBedrock) {
    reply.body = bedrock_body(message, reply.status);
    return reply;
  }
  if (dialect == Dialect::kGemini) {
    reply.body = google_body(message, reply.status);
    return reply;
  }
  reply.body = openai ? openai_body(message, row.openai_type, row.openai_param, code)
                      : anthropic_body(message, fault.code.empty() ? row.anthropic_type
                                                                   : std::string_view(fault.code));
  return reply;
}

ErrorReply complaint_reply(Dialect dialect, const Complaint& complaint) {
  if (dialect == Dialect::kBedrock) return {400, bedrock_body(complaint.message, 400)};
  if (dialect == Dialect::kGemini) return {400, google_body(complaint.message, 400)};
  if (dialect == Dialect::kAnthropic)
    return {400, anthropic_body(complaint.message, "invalid_request_error")};
  return {400,
          openai_body(complaint.message, "invalid_request_error", complaint.param, complaint.code)};
}

ErrorReply simple_error(Dialect dialect, int status, std::string_view message) {
  const Row& row = row_of_status(dialect, status);
  if (dialect == Dialect::kBedrock) return {status, bedrock_body(message, status)};
  if (dialect == Dialect::kGemini) return {status, google_body(message, status)};
  if (dialect == Dialect::kAnthropic) return {status, anthropic_body(message, row.anthropic_type)};
  return {status, openai_body(message, row.openai_type, "", row.openai_code)};
}

}  // namespace pontage::simulate
