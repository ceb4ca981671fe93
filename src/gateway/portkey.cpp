// The headers of Portkey's SDK. `x-portkey-metadata` is always read; a chain of the client's own
// only where `server.portkey_headers` allows it. Its answers carry what that SDK reads.
#include <simdjson.h>

#include <algorithm>

#include "core/crypto.hpp"
#include "gateway/visit.hpp"

namespace pontage::gateway {
namespace {

constexpr std::size_t kMostChoices = 256;  // per worker; beyond that all of them are built anew
constexpr Millis kLongestTimeout{24 * 3'600'000};

Error bad_header(std::string_view name, std::string detail) {
  return {Code::k_invalid_value, Origin::kClient,   Retry::kNever,
          std::move(detail),     std::string(name), {}};
}

// `{"team":"search","paid":true}`: what the body's own `metadata` does not say.
Status read_metadata(std::string_view text, dialects::RequestView& view) {
  constexpr std::string_view kName = "x-portkey-metadata";
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(text.data(), text.size()).get(object) != simdjson::SUCCESS)
    return std::unexpected(bad_header(kName, "x-portkey-metadata must be a JSON object"));
  for (const auto [key, value] : object) {
    const auto same = [name = key](const auto& pair) { return pair.first == name; };
    if (value.is_null() || value.is_object() || value.is_array() ||
        std::ranges::any_of(view.metadata, same))
      continue;
    std::string_view as_text;
    if (value.get(as_text) == simdjson::SUCCESS) {
      view.metadata.emplace_back(key, as_text);
    } else {
      view.metadata.emplace_back(key, simdjson::minify(value));
    }
  }
  return {};
}

}  // namespace

Status RequestPath::choose_own(Visit& visit, std::string_view config, std::string_view provider) {
  const chain::Exchange& exchange = visit.exchange;
  ClientChoice choice{config, provider, http::find(exchange.headers, "x-portkey-custom-host"),
                      false};
  // Where clients have no key of ours, what they send is the provider's.
  choice.own_key = config.empty() && visit.key == nullptr && !exchange.credential.empty();
  std::string identity(choice.config);
  for (const std::string_view part : {choice.provider, choice.custom_host})
    identity.append(1, '\0').append(part);
  identity.push_back(choice.own_key ? '1' : '0');
  const std::string digest = sha256_hex(identity);
  auto found = state_.client_choices.find(digest);
  if (found == state_.client_choices.end()) {
    auto made = visit.snapshot->client_choice(choice);
    if (!made) return std::unexpected(made.error());
    if (state_.client_choices.size() >= kMostChoices) state_.forget_choices();
    found = state_.client_choices.emplace(digest, std::move(*made)).first;
  }
  if (visit.key != nullptr && !visit.key->models.empty()) {
    for (const auto& target : found->second->targets) {
      const std::string& model = target->model.empty() ? exchange.view.model : target->model;
      const auto fits = [&](const std::string& pattern) { return glob_match(pattern, model); };
      if (std::ranges::any_of(visit.key->models, fits)) continue;
      return client_error(
          Code::k_permission_denied,
          "the key \"" + visit.key->name + "\" may not use the model \"" + model + "\"",
          "x-portkey-config");
    }
  }
  visit.base = std::exchange(visit.snapshot, found->second);
  return {};
}

Status RequestPath::apply_portkey(Visit& visit) {
  chain::Exchange& exchange = visit.exchange;
  if (const auto text = http::find(exchange.headers, "x-portkey-metadata"); !text.empty()) {
    if (auto read = read_metadata(text, exchange.view); !read) return read;
  }
  if (!visit.snapshot->client_choice) return {};
  constexpr std::string_view kTimeout = "x-portkey-request-timeout";
  if (const auto text = trim(http::find(exchange.headers, kTimeout)); !text.empty()) {
    const auto limit = parse_int(text);
    if (!limit || *limit < 1 || *limit > kLongestTimeout.count())
      return std::unexpected(
          bad_header(kTimeout, "x-portkey-request-timeout is a number of milliseconds"));
    exchange.plan.amend_policy().attempt = Millis(*limit);
  }
  const auto config = trim(http::find(exchange.headers, "x-portkey-config"));
  const auto provider = trim(http::find(exchange.headers, "x-portkey-provider"));
  if (config.empty() && provider.empty()) return {};
  return choose_own(visit, config, provider);
}

void RequestPath::append_portkey_headers(const Visit& visit, const chain::Reply& reply,
                                         std::string& out) {
  const chain::Exchange& exchange = visit.exchange;
  const chain::Target* target = reply.target;
  if (target == nullptr && !exchange.attempts.empty()) target = exchange.attempts.back().target;
  if (target != nullptr) {
    const auto tries = std::ranges::count(exchange.attempts, target, &chain::AttemptRecord::target);
    http::append_header(out, "x-portkey-last-used-option-index",
                        target->name.empty() ? std::string_view("config") : target->name);
    http::append_header(
        out, "x-portkey-provider",
        target->provider->vendor.empty() ? target->provider->name : target->provider->vendor);
    // -1 says that all tries are used up.
    const bool failed = reply.source != chain::Reply::Source::kTarget;
    http::append_header(out, "x-portkey-retry-attempt-count",
                        failed && tries > 1 ? "-1" : std::to_string(tries > 0 ? tries - 1 : 0));
  }
  const bool hit = exchange.cache_use == chain::CacheUse::kHit;
  const bool cached = exchange.cache_use != chain::CacheUse::kNone;
  http::append_header(out, "x-portkey-cache-status", hit ? "HIT" : (cached ? "MISS" : "DISABLED"));
  const auto trace = http::find(exchange.headers, "x-portkey-trace-id");
  http::append_header(out, "x-portkey-trace-id", trace.empty() ? exchange.id.view() : trace);
}

}  // namespace pontage::gateway
