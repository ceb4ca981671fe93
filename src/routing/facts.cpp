#include "routing/facts.hpp"

#include <array>

#include "core/strings.hpp"
#include "dialects/body_edit.hpp"

namespace pontage::routing {
namespace {

using expr::Type;
using expr::Value;

constexpr std::array kNames = {
#define PONTAGE_FACT(id, name, type, is_map, outcome, doc) \
  expr::Name{name, Type::type, k##id, is_map, doc},
#include "routing/facts.def"
#undef PONTAGE_FACT
};

// The outcome's names stand last, so that the request's are a prefix of the table.
constexpr std::size_t kRequestNames = [] {
  std::size_t count = 0;
#define PONTAGE_FACT(id, name, type, is_map, outcome, doc) \
  if (!(outcome)) ++count;
#include "routing/facts.def"
#undef PONTAGE_FACT
  return count;
}();

Value text_or_absent(std::string_view text, std::string_view name) {
  return text.empty() ? Value::absent(name) : Value::text(text);
}

// `k=v,k=v` as in x-pontage-tags.
std::string_view tag_of(std::string_view tags, std::string_view key) {
  while (!tags.empty()) {
    const std::size_t comma = tags.find(',');
    const std::string_view pair = trim(tags.substr(0, comma));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && trim(pair.substr(0, equals)) == key)
      return trim(pair.substr(equals + 1));
    if (comma == std::string_view::npos) break;
    tags.remove_prefix(comma + 1);
  }
  return {};
}

}  // namespace

const expr::Scope& request_scope() {
  static const expr::Scope kScope{std::span<const expr::Name>(kNames).first(kRequestNames)};
  return kScope;
}

const expr::Scope& outcome_scope() {
  static const expr::Scope kScope{std::span<const expr::Name>(kNames)};
  return kScope;
}

std::string_view RequestFacts::metadata(std::string_view key) const {
  for (const auto& [name, value] : view->metadata) {
    if (name == key)
      return value.data() == nullptr ? std::string_view("") : std::string_view(value);
  }
  return tag_of(http::find(headers, "x-pontage-tags"), key);
}

std::string_view RequestFacts::param(std::string_view key) const {
  std::string_view value = dialects::body_field(body, key);
  if (value.empty() || value == "null" || value.front() == '{' || value.front() == '[') return {};
  if (value.front() != '"') return value;
  value.remove_prefix(1);
  value.remove_suffix(1);
  return value.data() == nullptr ? std::string_view("") : value;
}

Value RequestFacts::get(int id) const {
  switch (static_cast<Fact>(id)) {
    case kTokens:
      return tokens >= 0 ? Value::integer(tokens) : Value::absent("request.tokens");
    case kModel:
      return view->has_model ? Value::text(view->model) : Value::absent("request.model");
    case kPath:
      return Value::text(path);
    case kStream:
      return Value::boolean(view->stream);
    case kMaxTokens:
      return view->max_tokens ? Value::integer(*view->max_tokens)
                              : Value::absent("request.max_tokens");
    case kUser: {
      const auto header = http::find(headers, "x-pontage-user");
      return text_or_absent(header.empty() ? std::string_view(view->user) : header, "request.user");
    }
    case kMessageCount:
      return Value::integer(view->message_count);
    case kHasTools:
      return Value::boolean(view->has_tools);
    case kHasImages:
      return Value::boolean(view->has_images);
    case kContainsPii:
      return Value::absent("request.contains_pii");
    case kTask:
      return text_or_absent(http::find(headers, "x-pontage-task"), "request.task");
    case kScenario:
      return text_or_absent(scenario, "request.scenario");
    case kKeyName:
      return text_or_absent(key_name, "request.key.name");
    case kMetadata:
    case kParams:
    case kHeaders:
    case kKeyTags:
    case kStatusCode:
    case kLatencyMs:
    case kTtftMs:
    case kErrorKind:
      break;
  }
  return Value::absent();
}

Value RequestFacts::lookup(int id, std::string_view key) const {
  std::string_view found;
  if (id == kMetadata) {
    found = metadata(key);
  } else if (id == kParams) {
    found = param(key);
  } else if (id == kHeaders) {
    found = http::find(headers, key);
    // Credentials are no facts: a rule on them would put them into decisions and logs.
    if (iequals(key, "authorization") || iequals(key, "x-api-key") || iequals(key, "cookie"))
      found = {};
  } else if (id == kKeyTags && key_tags != nullptr) {
    if (const auto tag = key_tags->find(key); tag != key_tags->end()) found = tag->second;
  }
  return found.data() == nullptr ? Value::absent(key) : Value::text(found);
}

Value OutcomeFacts::get(int id) const {
  switch (static_cast<Fact>(id)) {
    case kStatusCode:
      return Value::integer(status_code);
    case kLatencyMs:
      return Value::integer(latency_ms);
    case kTtftMs:
      return ttft_ms >= 0 ? Value::integer(ttft_ms) : Value::absent("ttft_ms");
    case kErrorKind:
      return Value::text(error);
    default:
      return request.get(id);
  }
}

}  // namespace pontage::routing
