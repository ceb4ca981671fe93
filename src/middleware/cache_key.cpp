#include "middleware/cache_key.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "core/strings.hpp"
#include "dialects/json_splice.hpp"

namespace pontage::middleware {
namespace {

using chain::Exchange;
using dialects::Dialect;
using dialects::MemberWalk;

// Of a request like any other: never part of a key, also where rules may read all headers.
constexpr std::array<std::string_view, 24> kNoise = {"accept",
                                                     "accept-encoding",
                                                     "accept-language",
                                                     "api-key",
                                                     "authorization",
                                                     "cache-control",
                                                     "connection",
                                                     "content-encoding",
                                                     "content-length",
                                                     "content-type",
                                                     "expect",
                                                     "host",
                                                     "idempotency-key",
                                                     "traceparent",
                                                     "tracestate",
                                                     "transfer-encoding",
                                                     "user-agent",
                                                     "via",
                                                     "x-api-key",
                                                     "x-goog-api-key",
                                                     "x-pontage-cache",
                                                     "x-portkey-api-key",
                                                     "x-portkey-trace-id",
                                                     "x-request-id"};
constexpr std::array<std::string_view, 4> kLabels = {"x-pontage-tags", "x-pontage-task",
                                                     "x-pontage-user", "x-portkey-metadata"};

// Fields whose answers say more than the other form can repeat.
constexpr std::array<std::string_view, 13> kOneForm = {
    "audio",    "container",          "context_management", "functions",  "include",
    "logprobs", "max_tool_calls",     "mcp_servers",        "modalities", "top_logprobs",
    "best_of",  "web_search_options", "prediction"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view each) { return iequals(each, name); });
}

bool starts(std::string_view name, std::string_view with) {
  return name.size() > with.size() && iequals(name.substr(0, with.size()), with);
}

// Lengths before texts, so that no two lists of texts look the same.
class Hash {
 public:
  void add(std::string_view text) {
    text_.append(std::to_string(text.size())).append(1, ':').append(text);
  }
  void piece(std::string_view text) { text_.append(text); }  // of JSON, which keeps itself apart
  [[nodiscard]] Sha256 digest() const { return sha256(text_); }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

 private:
  std::string text_;
};

// Tools that are no plain functions answer with what only their own dialect has.
bool plain_tools(std::string_view body, dialects::JsonSpan list, Dialect dialect) {
  if (list.begin >= body.size() || body[list.begin] != '[') return true;
  dialects::ItemWalk items(body, list.begin);
  while (items.next()) {
    if (body[items.item().begin] != '{') return false;
    MemberWalk members(body, items.item().begin);
    while (members.next()) {
      if (!members.key_is("type")) continue;
      const auto value =
          body.substr(members.value().begin, members.value().end - members.value().begin);
      const bool plain =
          dialect == Dialect::kAnthropicMessages ? value == "\"custom\"" : value == "\"function\"";
      if (!plain) return false;
    }
  }
  return true;
}

// The members that shape the answer, as they are written and in their order. False: the answer
// belongs to the form that it comes in.
bool add_body(Hash& hash, const Exchange& exchange, const CacheKeyRules& rules) {
  const std::string_view body = exchange.body;
  const auto text = [&](dialects::JsonSpan span) {
    return body.substr(span.begin, span.end - span.begin);
  };
  bool any_form =
      exchange.view.choices == 1 && body.find("\"citations\"") == std::string_view::npos;
  MemberWalk members(body, dialects::skip_blanks(body, 0));
  while (members.next()) {
    if (members.key_is("stream") || members.key_is("stream_options")) continue;
    if (std::ranges::any_of(rules.ignore, [&](const auto& name) { return members.key_is(name); }))
      continue;
    if (members.key_is("tools")) {
      any_form = any_form && plain_tools(body, members.value(), exchange.dialect);
    } else {
      any_form = any_form && std::ranges::none_of(kOneForm, [&](std::string_view name) {
                   return members.key_is(name);
                 });
    }
    hash.piece(text(members.key()));
    hash.piece(text(members.value()));
    hash.piece(",");
  }
  return any_form;
}

bool has_other_form(Dialect dialect) {
  return dialect == Dialect::kOpenAiChat || dialect == Dialect::kAnthropicMessages ||
         dialect == Dialect::kOpenAiResponses;
}

void add_headers(Hash& hash, const Exchange& exchange, const chain::RouteShape& shape) {
  for (const auto& header : exchange.headers) {
    const bool shapes = starts(header.name, "anthropic-") || starts(header.name, "openai-");
    const bool label = shape.labels && is_one_of(kLabels, header.name);
    const bool any =
        shape.headers && !is_one_of(kNoise, header.name) && !starts(header.name, "x-stainless-");
    if (!shapes && !label && !any) continue;
    hash.add(to_lower(header.name));
    hash.add(header.value);
  }
}

void add_key(Hash& hash, const Exchange& exchange) {
  if (!exchange.facts.key_name.empty()) {
    hash.add("key");
    hash.add(exchange.facts.key_name);
  } else {
    hash.add("credential");
    hash.add(exchange.credential);
  }
}

void add_tenant(Hash& hash, const Exchange& exchange, const CacheKeyRules& rules) {
  if (rules.scope == CacheScope::kGlobal) {
    hash.add("all");
    return;
  }
  if (rules.scope == CacheScope::kTag && exchange.facts.key_tags != nullptr) {
    const auto found = exchange.facts.key_tags->find(rules.tag);
    if (found != exchange.facts.key_tags->end()) {
      hash.add("tag");
      hash.add(rules.tag);
      hash.add(found->second);
      return;
    }
  }
  add_key(hash, exchange);  // who has no such tag shares with nobody
}

}  // namespace

Sha256 cache_key(const Exchange& exchange, const CacheKeyRules& rules) {
  static const chain::RouteShape kUnknown{};
  const auto& shape = exchange.shape != nullptr ? *exchange.shape : kUnknown;
  Hash hash;
  hash.reserve(exchange.body.size() + 512);
  hash.add(dialects::dialect_name(exchange.dialect));
  hash.add(exchange.path);
  hash.add(exchange.query);
  hash.add(exchange.route_name);
  hash.add(shape.digest);
  add_tenant(hash, exchange, rules);
  if (shape.key) {
    add_key(hash, exchange);
    if (exchange.facts.key_tags != nullptr) {
      for (const auto& [name, value] : *exchange.facts.key_tags) {
        hash.add(name);
        hash.add(value);
      }
    }
  }
  add_headers(hash, exchange, shape);
  const bool any_form = add_body(hash, exchange, rules) && has_other_form(exchange.dialect);
  if (!any_form || shape.stream) {
    hash.add(exchange.view.stream ? "stream" : "whole");
    hash.add(exchange.view.include_usage ? "usage" : "");
  }
  return hash.digest();
}

bool has_state(const Exchange& exchange) {
  if (exchange.dialect == Dialect::kOther) return true;
  if (exchange.dialect != Dialect::kOpenAiResponses) return false;
  MemberWalk members(exchange.body, dialects::skip_blanks(exchange.body, 0));
  while (members.next()) {
    if (members.key_is("conversation") || members.key_is("background")) return true;
  }
  return false;
}

}  // namespace pontage::middleware
