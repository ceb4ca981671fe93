// Finds things by name: the route of a request, the target of a model that no route decides, what
// is known about a model.
#pragma once

#include <string>
#include <string_view>

#include "gateway/snapshot.hpp"
#include "transport/server.hpp"

namespace pontage::gateway {

/// The dialect of requests that are POSTed to this path and answered by a model; null: there are
/// none.
const dialects::Dialect* generation_at(std::string_view path);

inline constexpr std::string_view kCountPath = "/v1/messages/count_tokens";
inline constexpr std::string_view kModelsPath = "/v1/models";
/// A count of tokens is asked for, by whatever dialect.
bool is_count_path(std::string_view path);

/// A request that the gateway has no endpoint of its own for, and hands to a provider.
bool passes(const transport::RequestHead& head);
/// The gateway reads the body itself, which must then be JSON.
bool reads_body(const transport::RequestHead& head);

/// What the client speaks: by the path, and where several dialects share one, by the header that
/// every Anthropic client sends.
dialects::Dialect dialect_of(std::string_view path, std::span<const http::HeaderView> headers);

/// The first route that takes the request; null when none does. Without any `routes` it is the one
/// of the model's name.
const Route* pick_route(const Snapshot& snapshot, const routing::RequestFacts& facts);

/// What is known about a model at a provider: the configuration's word, else the catalogue's.
chain::Listing listing_of(const Snapshot& snapshot, const providers::Provider& provider,
                          std::string_view model);
llm::Capabilities capabilities_of(const chain::Listing& listing,
                                  const providers::Provider& provider);
/// What a dialect that requires a limit gets when the request has none (row G4).
std::int64_t default_max_tokens(const llm::Capabilities& can);
/// Everything of a target; `model` empty: the client's.
void fill_target(chain::Target& target, const Snapshot& snapshot,
                 const providers::Provider& provider, std::string model);

/// How a request is put to a target; `model` is what the provider calls it.
dialects::TargetShape shape_for(const Snapshot& snapshot, const chain::Exchange& exchange,
                                const chain::Target& target, const providers::Endpoint& endpoint,
                                std::string_view model);

/// What the configuration's `models` say of a name that a client sent. Null: nothing.
const ModelAlias* find_alias(const Snapshot& snapshot, std::string_view name);
/// Notes on the exchange what the client's name for the model means.
void apply_alias(const Snapshot& snapshot, chain::Exchange& exchange);

/// The target that a model's name means: an alias, `provider/model`, a model that a provider lists,
/// a model that the catalogue knows. Null when nobody has it. The target belongs to the snapshot or
/// to the exchange.
const chain::Target* target_by_name(const Snapshot& snapshot, chain::Exchange& exchange);

/// The provider itself, whatever the model. The target belongs to the exchange.
const chain::Target* target_at(chain::Exchange& exchange, const Snapshot& snapshot,
                               const providers::Provider& provider);

/// All targets that a name may mean, each provider once: `vendor/model` as OpenRouter writes it,
/// the vendor itself first, then whoever else has the model.
std::vector<const chain::Target*> targets_by_name(const Snapshot& snapshot,
                                                  chain::Exchange& exchange,
                                                  std::string_view model);

/// What of the client's query goes on to the provider: `?beta=true` of Anthropic's clients is part
/// of what they ask of it; other dialects have none.
std::string_view own_query(const chain::Exchange& exchange, const providers::Endpoint& endpoint);

}  // namespace pontage::gateway
