#include "gateway/directory.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "http/content_type.hpp"

namespace pontage::gateway {
namespace {

struct Generation {
  std::string_view path;
  dialects::Dialect dialect;
};
constexpr std::array kGenerations = {
    Generation{"/v1/chat/completions", dialects::Dialect::kOpenAiChat},
    Generation{"/v1/messages", dialects::Dialect::kAnthropicMessages},
    Generation{"/v1/embeddings", dialects::Dialect::kOpenAiEmbeddings},
    Generation{"/v1/completions", dialects::Dialect::kOpenAiCompletions},
};

const chain::Target* own_target(chain::Exchange& exchange, const Snapshot& snapshot,
                                const providers::Provider& provider, std::string model) {
  auto target = std::make_unique<chain::Target>();
  target->provider = &provider;
  target->label = provider.name + (model.empty() ? "" : "/" + model);
  target->model = std::move(model);
  if (const auto* known = snapshot.prices->model(provider.vendor(), target->model)) {
    target->context_tokens = known->context;
    target->tier = ledger::tier_name(known->tier);
  }
  exchange.own_targets.push_back(std::move(target));
  return exchange.own_targets.back().get();
}

void append_model(std::string& out, const ModelEntry& entry, std::int64_t created_s) {
  out.append("{\"id\":");
  append_json_string(out, entry.id);
  out.append(",\"object\":\"model\",\"created\":")
      .append(std::to_string(created_s))
      .append(",\"owned_by\":");
  append_json_string(out, entry.owner);
  out.push_back('}');
}

// Anthropic's: the time as RFC 3339, a name for people, and who owns it is not said.
void append_anthropic_model(std::string& out, const ModelEntry& entry, std::int64_t created_s) {
  const std::chrono::sys_seconds when{std::chrono::seconds(created_s)};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(when - day);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  out.append("{\"type\":\"model\",\"id\":");
  append_json_string(out, entry.id);
  out.append(",\"display_name\":");
  append_json_string(out, entry.id);
  out.append(",\"created_at\":\"").append(text.data()).append("\"}");
}

void append_entry(std::string& out, dialects::Dialect dialect, const ModelEntry& entry,
                  std::int64_t created_s) {
  if (dialect == dialects::Dialect::kAnthropicMessages) {
    append_anthropic_model(out, entry, created_s);
  } else {
    append_model(out, entry, created_s);
  }
}

}  // namespace

const dialects::Dialect* generation_at(std::string_view path) {
  for (const auto& row : kGenerations) {
    if (row.path == path) return &row.dialect;
  }
  return nullptr;
}

// All that the gateway has no endpoint of its own for is a provider's.
bool passes(const transport::RequestHead& head) {
  const std::string_view path = head.path;
  const bool ours = generation_at(path) != nullptr || path == kCountPath || path == kModelsPath ||
                    path.starts_with("/v1/models/");
  return path.starts_with("/v1/") && !ours && head.method != "HEAD" && head.method != "OPTIONS" &&
         head.method != "CONNECT" && head.method != "TRACE";
}

bool reads_body(const transport::RequestHead& head) {
  return !passes(head) || http::is_json(http::find(head.headers, "content-type"));
}

dialects::Dialect dialect_of(std::string_view path, std::span<const http::HeaderView> headers) {
  if (const auto* dialect = generation_at(path)) return *dialect;
  const bool anthropic = path.starts_with("/v1/messages/") ||
                         http::find(headers, "anthropic-version").data() != nullptr;
  return anthropic ? dialects::Dialect::kAnthropicMessages : dialects::Dialect::kOpenAiChat;
}

const Route* pick_route(const Snapshot& snapshot, const routing::RequestFacts& facts) {
  if (snapshot.routes.empty()) return &snapshot.by_model_name;
  for (const auto& route : snapshot.routes) {
    if (route.match.matches(facts)) return &route;
  }
  return nullptr;
}

const chain::Target* target_by_name(const Snapshot& snapshot, chain::Exchange& exchange) {
  const std::string& model = exchange.view.model;
  if (model.empty()) return nullptr;
  if (const auto slash = model.find('/'); slash != std::string::npos) {
    if (const auto* provider = snapshot.provider(std::string_view(model).substr(0, slash))) {
      return own_target(exchange, snapshot, *provider, model.substr(slash + 1));
    }
  }
  for (const auto& provider : snapshot.providers) {
    if (std::ranges::find(provider->options.models, model) != provider->options.models.end()) {
      return own_target(exchange, snapshot, *provider, model);
    }
  }
  const providers::Provider* without_key = nullptr;
  for (const auto* offer : snapshot.prices->offers(model)) {
    const auto* provider = snapshot.provider(offer->provider);
    if (provider == nullptr) continue;
    if (provider->configured()) return own_target(exchange, snapshot, *provider, model);
    without_key = provider;
  }
  return without_key != nullptr ? own_target(exchange, snapshot, *without_key, model) : nullptr;
}

const chain::Target* target_at(chain::Exchange& exchange, const Snapshot& snapshot,
                               const providers::Provider& provider) {
  return own_target(exchange, snapshot, provider, {});
}

std::vector<const chain::Target*> targets_by_name(const Snapshot& snapshot,
                                                  chain::Exchange& exchange,
                                                  std::string_view model) {
  std::vector<const chain::Target*> out;
  const auto add = [&](const providers::Provider* provider, std::string_view name) {
    const auto taken = [&](const chain::Target* each) { return each->provider == provider; };
    if (provider != nullptr && !name.empty() && std::ranges::none_of(out, taken))
      out.push_back(own_target(exchange, snapshot, *provider, std::string(name)));
  };
  const auto slash = model.find('/');
  const std::string_view tail =
      slash != std::string_view::npos ? model.substr(slash + 1) : std::string_view();
  if (slash != std::string_view::npos) add(snapshot.provider(model.substr(0, slash)), tail);
  for (const std::string_view name : {model, tail}) {
    if (name.empty()) continue;
    for (const auto& provider : snapshot.providers) {
      if (std::ranges::find(provider->options.models, name) != provider->options.models.end())
        add(provider.get(), name);
    }
    for (const auto* offer : snapshot.prices->offers(name))
      add(snapshot.provider(offer->provider), name);
  }
  return out;
}

std::string model_list(const Snapshot& snapshot, dialects::Dialect dialect,
                       std::int64_t created_s) {
  const bool anthropic = dialect == dialects::Dialect::kAnthropicMessages;
  std::string out = anthropic ? "{\"data\":[" : "{\"object\":\"list\",\"data\":[";
  for (std::size_t i = 0; i < snapshot.models.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_entry(out, dialect, snapshot.models[i], created_s);
  }
  out.push_back(']');
  if (anthropic) {  // one page holds them all
    const auto end_id = [&](std::string_view key, bool first) {
      out.append(",\"").append(key).append("\":");
      if (snapshot.models.empty()) {
        out.append("null");
      } else {
        append_json_string(out, first ? snapshot.models.front().id : snapshot.models.back().id);
      }
    };
    out.append(",\"has_more\":false");
    end_id("first_id", true);
    end_id("last_id", false);
  }
  out.push_back('}');
  return out;
}

std::string model_entry(const Snapshot& snapshot, dialects::Dialect dialect, std::string_view id,
                        std::int64_t created_s) {
  std::string out;
  const auto found = std::ranges::find(snapshot.models, id, &ModelEntry::id);
  if (found != snapshot.models.end()) append_entry(out, dialect, *found, created_s);
  return out;
}

}  // namespace pontage::gateway
