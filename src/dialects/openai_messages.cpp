// What the gateway itself says to an OpenAI client: errors, and a fixed message as a complete
// answer.
#include "core/strings.hpp"
#include "dialects/openai.hpp"

namespace pontage::dialects {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  append_json_string(out, text);
}

// {"id":…,"object":…,"created":…,"model":… and the brace still open.
std::string envelope(std::string_view object, std::string_view model, std::string_view id,
                     std::int64_t created_s) {
  std::string out = "{\"id\":";
  append_json_string(out, id);
  append_member(out, "object", object);
  out.append(",\"created\":").append(std::to_string(created_s));
  append_member(out, "model", model);
  return out;
}

constexpr std::string_view kNoUsage =
    "{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}";

}  // namespace

// {"error":{"message","type","param","code"}}, as the SDKs read it into their typed exceptions; the
// id is an addition.
std::string openai_error_body(const Error& error, std::string_view request_id) {
  std::string out = "{\"error\":{\"message\":";
  append_json_string(out,
                     error.detail.empty() ? summary(error.code) : std::string_view(error.detail));
  append_member(out, "type", openai_error_type(error.code));
  if (error.param.empty()) {
    out.append(",\"param\":null");
  } else {
    append_member(out, "param", error.param);
  }
  append_member(out, "code", code_name(error.code));
  if (!request_id.empty()) append_member(out, "request_id", request_id);
  out.append("}}");
  return out;
}

std::string openai_message_body(std::string_view text, std::string_view model, std::string_view id,
                                std::int64_t created_s) {
  std::string out = envelope("chat.completion", model, id, created_s);
  out.append(",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
  append_json_string(out, text);
  out.append(",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":");
  out.append(kNoUsage).append("}");
  return out;
}

std::string openai_message_stream(std::string_view text, std::string_view model,
                                  std::string_view id, std::int64_t created_s, bool include_usage) {
  const std::string head = "data: " + envelope("chat.completion.chunk", model, id, created_s);
  const std::string_view usage = include_usage ? ",\"usage\":null" : "";
  std::string out;
  const auto chunk = [&](std::string_view delta, std::string_view finish) {
    out.append(head).append(",\"choices\":[{\"index\":0,\"delta\":").append(delta);
    out.append(",\"logprobs\":null,\"finish_reason\":")
        .append(finish)
        .append("}]")
        .append(usage)
        .append("}\n\n");
  };
  chunk("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null");
  std::string delta = "{\"content\":";
  append_json_string(delta, text);
  delta.push_back('}');
  chunk(delta, "null");
  chunk("{}", "\"stop\"");
  if (include_usage)
    out.append(head).append(",\"choices\":[],\"usage\":").append(kNoUsage).append("}\n\n");
  out.append("data: [DONE]\n\n");
  return out;
}

}  // namespace pontage::dialects
