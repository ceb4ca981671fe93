#include "gateway/directory.hpp"

#include <algorithm>
#include <array>

#include "gateway/google_paths.hpp"
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
    Generation{"/v1/responses", dialects::Dialect::kOpenAiResponses},
};

const chain::Target* own_target(chain::Exchange& exchange, const Snapshot& snapshot,
                                const providers::Provider& provider, std::string model) {
  auto target = std::make_unique<chain::Target>();
  fill_target(*target, snapshot, provider, std::move(model));
  exchange.own_targets.push_back(std::move(target));
  return exchange.own_targets.back().get();
}

// Who has a model of this name: makers before resellers, and those with a key before all others.
const providers::Provider* provider_with(const Snapshot& snapshot, std::string_view model) {
  const providers::Provider* best = nullptr;
  int best_rank = -1;
  for (const auto* book : {snapshot.own_models.get(), snapshot.prices.get()}) {
    if (book == nullptr) continue;
    for (const auto* offer : book->offers(model)) {
      const auto* provider = snapshot.provider(offer->provider);
      if (provider == nullptr) continue;
      const auto* vendor = snapshot.vendors->find(provider->vendor);
      const int rank =
          (provider->configured() ? 2 : 0) + (vendor != nullptr && vendor->maker ? 1 : 0);
      if (rank <= best_rank) continue;
      best = provider;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace

const dialects::Dialect* generation_at(std::string_view path) {
  for (const auto& row : kGenerations) {
    if (row.path == path) return &row.dialect;
  }
  static constexpr auto kGoogle = dialects::Dialect::kGemini;
  const auto call = google_call(path);
  return call && !call->count ? &kGoogle : nullptr;
}

bool is_count_path(std::string_view path) {
  if (path == kCountPath) return true;
  const auto call = google_call(path);
  return call && call->count;
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
  if (is_google(path, headers)) return dialects::Dialect::kGemini;
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

chain::Listing listing_of(const Snapshot& snapshot, const providers::Provider& provider,
                          std::string_view model) {
  if (snapshot.own_models) {
    if (const auto* own = snapshot.own_models->model(provider.name, model))
      return {own, true, false};
  }
  const bool has_vendor = !provider.vendor.empty() || !provider.prices_as.empty();
  const std::string& shelf = !provider.prices_as.empty() ? provider.prices_as
                             : has_vendor                ? provider.vendor
                                                         : provider.name;
  const auto* found = snapshot.prices->model(shelf, model);
  return {found, found != nullptr && (!has_vendor || !provider.prices_as.empty()),
          provider.prices_borrowed};
}

llm::Capabilities capabilities_of(const chain::Listing& listing,
                                  const providers::Provider& provider) {
  auto can = ledger::capabilities(listing.model);
  can.structured_output = can.structured_output && provider.takes_json_schema;
  return can;
}

std::int64_t default_max_tokens(const llm::Capabilities& can) {
  constexpr std::int64_t kUnknownLimit = 4096;
  return can.max_output > 0 ? can.max_output : kUnknownLimit;
}

void fill_target(chain::Target& target, const Snapshot& snapshot,
                 const providers::Provider& provider, std::string model) {
  target.provider = &provider;
  target.label = provider.name + (model.empty() ? "" : "/" + model);
  target.model = std::move(model);
  if (target.model.empty()) return;
  target.listing = listing_of(snapshot, provider, target.model);
  target.can = capabilities_of(target.listing, provider);
  if (target.listing.model == nullptr) return;
  target.context_tokens = target.listing.model->context;
  target.tier = ledger::tier_name(target.listing.model->tier);
}

const ModelAlias* find_alias(const Snapshot& snapshot, std::string_view name) {
  for (const auto& alias : snapshot.aliases) {
    if (alias.name == name || glob_match(alias.name, name)) return &alias;
  }
  return nullptr;
}

void apply_alias(const Snapshot& snapshot, chain::Exchange& exchange) {
  const auto* alias = find_alias(snapshot, exchange.view.model);
  if (alias == nullptr) return;
  exchange.meant_model = alias->target->model;
  exchange.trace.note("models", exchange.view.model, " stands for ", alias->target->label);
}

const chain::Target* target_by_name(const Snapshot& snapshot, chain::Exchange& exchange) {
  const std::string& model = exchange.view.model;
  if (model.empty()) return nullptr;
  if (const auto* alias = find_alias(snapshot, model)) {
    return alias->target->model.empty()
               ? own_target(exchange, snapshot, *alias->target->provider, model)
               : alias->target;
  }
  const providers::Provider* by_prefix = nullptr;
  const auto slash = model.find('/');
  if (slash != std::string::npos)
    by_prefix = snapshot.provider(std::string_view(model).substr(0, slash));
  if (by_prefix != nullptr && by_prefix->configured())
    return own_target(exchange, snapshot, *by_prefix, model.substr(slash + 1));
  for (const auto& provider : snapshot.providers) {
    if (std::ranges::find(provider->options.models, model) != provider->options.models.end()) {
      return own_target(exchange, snapshot, *provider, model);
    }
  }
  // `maker/model` is also how resellers call what they sell.
  const auto* offering = provider_with(snapshot, model);
  if (offering != nullptr && (offering->configured() || by_prefix == nullptr))
    return own_target(exchange, snapshot, *offering, model);
  if (by_prefix == nullptr) return nullptr;
  return own_target(exchange, snapshot, *by_prefix, model.substr(slash + 1));
}

const chain::Target* target_at(chain::Exchange& exchange, const Snapshot& snapshot,
                               const providers::Provider& provider) {
  return own_target(exchange, snapshot, provider, {});
}

std::vector<const chain::Target*> targets_by_name(const Snapshot& snapshot,
                                                  chain::Exchange& exchange,
                                                  std::string_view model) {
  std::vector<const chain::Target*> out;
  // First what the name means without such fields.
  if (const auto* alias = find_alias(snapshot, model)) {
    out.push_back(alias->target);
  } else if (const auto* named =
                 model == exchange.view.model ? target_by_name(snapshot, exchange) : nullptr) {
    out.push_back(named);
  }
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

dialects::TargetShape shape_for(const Snapshot& snapshot, const chain::Exchange& exchange,
                                const chain::Target& target, const providers::Endpoint& endpoint,
                                std::string_view model) {
  const auto& provider = *target.provider;
  const auto& options = provider.options;
  dialects::TargetShape shape;
  shape.model = model;
  shape.model_member = endpoint.model_member;
  shape.can = target.model.empty()
                  ? capabilities_of(listing_of(snapshot, provider, model), provider)
                  : target.can;
  shape.default_max_tokens =
      options.default_max_tokens > 0 ? options.default_max_tokens : default_max_tokens(shape.can);
  shape.stream_options = provider.takes_stream_options;
  shape.drop_unsupported = exchange.plan.drop_unsupported.value_or(options.drop_unsupported) &&
                           !(exchange.routing && exchange.routing->require_parameters);
  return shape;
}

std::string_view own_query(const chain::Exchange& exchange, const providers::Endpoint& endpoint) {
  const bool same = endpoint.dialect == exchange.dialect;
  return same && exchange.dialect == dialects::Dialect::kAnthropicMessages ? exchange.query
                                                                           : std::string_view();
}

}  // namespace pontage::gateway
