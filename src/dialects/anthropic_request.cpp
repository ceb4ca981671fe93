#include "dialects/anthropic_request.hpp"

#include <simdjson.h>

#include <algorithm>

#include "core/strings.hpp"
#include "dialects/anthropic.hpp"

namespace pontage::dialects {

namespace {

bool append_max_tokens(anthropic::Translation& t, const RequestView& view, std::string& out) {
  const auto& can = t.shape.can;
  t.max_tokens = view.max_tokens.value_or(t.shape.default_max_tokens);
  if (can.max_output > 0) t.max_tokens = std::min(t.max_tokens, can.max_output);
  if (t.max_tokens < 1) {
    return t.refuse(Code::k_invalid_value, "max_tokens", "`max_tokens` must be at least 1.");
  }
  out.append(",\"max_tokens\":").append(std::to_string(t.max_tokens));
  return true;
}

bool check_abilities(anthropic::Translation& t, const RequestView& view) {
  const auto& can = t.shape.can;
  if (view.has_tools && !can.tools) return t.impossible("tools", "This model calls no tools.");
  if (view.has_images && !can.images)
    return t.impossible("messages", "This model takes no images.");
  return true;
}

bool translate(anthropic::Translation& t, const anthropic::Object& request, const RequestView& view,
               std::string& out) {
  if (t.shape.model_member.empty()) {
    out.append("{\"model\":");
    append_json_string(out, t.shape.model);
  } else {
    out.append("{").append(t.shape.model_member);
  }
  if (!check_abilities(t, view) || !anthropic::check_fields(t, request) ||
      !append_max_tokens(t, view, out) || !anthropic::append_conversation(t, request, out) ||
      !anthropic::append_tools(t, request, out) || !anthropic::append_thinking(t, request, out) ||
      !anthropic::append_parameters(t, request, out)) {
    return false;
  }
  if (view.stream) out.append(",\"stream\":true");
  out.push_back('}');
  return true;
}

}  // namespace

Result<Encoded> openai_to_anthropic(std::string_view body, const RequestView& view,
                                    const TargetShape& shape) {
  simdjson::dom::parser parser;
  simdjson::dom::object request;
  if (parser.parse(body.data(), body.size()).get_object().get(request) != simdjson::SUCCESS) {
    return client_error(Code::k_invalid_json, "The body is not a JSON object.");
  }
  anthropic::Translation t(shape);
  Encoded encoded;
  encoded.body.owned.reserve(body.size() + 256);
  if (!translate(t, request, view, encoded.body.owned)) return std::unexpected(std::move(*t.error));
  encoded.body.size = encoded.body.owned.size();
  // The text is longer than any small-string buffer, so the view stays good when `encoded` moves.
  encoded.body.pieces.emplace_back(encoded.body.owned);
  encoded.dropped = std::move(t.dropped);
  return encoded;
}

}  // namespace pontage::dialects
