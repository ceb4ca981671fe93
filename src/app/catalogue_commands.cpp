// providers and models: the catalogue as this configuration and this environment see it. Nothing is
// sent.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>
#include <utility>

#include "app/commands.hpp"
#include "app/daemon.hpp"
#include "core/strings.hpp"
#include "gateway/directory.hpp"

namespace pontage::app {
namespace {

/// A row of the table: a vendor, a provider of the user's own, or both.
struct ProviderRow {
  const providers::Vendor* vendor = nullptr;
  const providers::Provider* provider = nullptr;
  bool declared = false;
};

class Catalogue {
 public:
  explicit Catalogue(const gateway::Snapshot& snapshot) : snapshot_(snapshot) {
    for (const auto& provider : snapshot.providers) {
      if (provider->vendor.empty()) rows_.push_back({nullptr, provider.get(), true});
    }
    config::Diagnostics unused;
    for (const auto& vendor : snapshot.vendors->rows()) {
      if (const auto* known = snapshot.provider(vendor.id)) {
        rows_.push_back({&vendor, known, true});
        continue;
      }
      auto made = providers::make_provider(vendor.id, nullptr, {}, config::process_environment(),
                                           unused, *snapshot.vendors);
      if (!made) continue;
      rows_.push_back({&vendor, made.get(), false});
      made_.push_back(std::move(made));
    }
  }
  [[nodiscard]] const std::vector<ProviderRow>& rows() const { return rows_; }

  /// By name, id or alias; null: nobody is called so.
  [[nodiscard]] const ProviderRow* find(std::string_view name) const {
    const auto* vendor = snapshot_.vendors->find(name);
    for (const auto& row : rows_) {
      if (row.provider->name == name || (vendor != nullptr && row.vendor == vendor)) return &row;
    }
    return nullptr;
  }

 private:
  const gateway::Snapshot& snapshot_;
  std::vector<ProviderRow> rows_;
  std::vector<std::unique_ptr<providers::Provider>> made_;
};

bool served(const ProviderRow& row) {
  return row.vendor == nullptr || providers::find_family(row.provider->options.kind) != nullptr;
}

std::string address_of(const ProviderRow& row) {
  const auto& options = row.provider->options;
  if (row.provider->in_process) return "in this process";
  const bool at_home = row.vendor != nullptr && !row.provider->configured() && !row.declared;
  return at_home ? row.vendor->base_url : options.base_url;
}

void append_texts(std::string& out, std::string_view key, const std::vector<std::string>& texts) {
  out.append(",\"").append(key).append("\":[");
  for (const auto& text : texts) {
    if (out.back() != '[') out.push_back(',');
    append_json_string(out, text);
  }
  out.push_back(']');
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(key).append("\":");
  append_json_string(out, text);
}

void append_flag(std::string& out, std::string_view key, bool value) {
  out.append(",\"").append(key).append(value ? "\":true" : "\":false");
}

std::string provider_json(const ProviderRow& row) {
  const auto& provider = *row.provider;
  std::string out = "{";
  append_text(out, "id", row.vendor != nullptr ? row.vendor->id : provider.name);
  append_text(out, "name", row.vendor != nullptr ? row.vendor->name : provider.name);
  append_text(out, "kind", provider.options.kind);
  append_text(out, "address", address_of(row));
  append_flag(out, "served", served(row));
  append_flag(out, "configured", provider.configured());
  append_text(out, "reason", provider.not_configured);
  append_flag(out, "declared", row.declared);
  append_flag(out, "local", provider.local);
  append_text(out, "prices_as", provider.prices_as);
  std::vector<std::string> endpoints;
  for (const auto* each : provider.endpoints)
    endpoints.emplace_back(dialects::dialect_name(each->dialect));
  append_texts(out, "endpoints", served(row) ? endpoints : std::vector<std::string>());
  if (row.vendor != nullptr) {
    append_texts(out, "aliases", row.vendor->aliases);
    append_texts(out, "key", row.vendor->key_variables);
    append_text(out, "source", row.vendor->source);
    append_text(out, "as_of", row.vendor->as_of);
  }
  out.push_back('}');
  return out;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.resize(width, ' ');
  return out + "  ";
}

std::string usd(const std::optional<ledger::Rate>& rate) {
  return rate ? ledger::format_usd({rate->nanousd_per_million}) : "-";
}

struct ModelRow {
  const ProviderRow* owner;
  std::string name;
  chain::Listing listing;
};

std::vector<ModelRow> model_rows(const gateway::Snapshot& snapshot, const Catalogue& catalogue,
                                 const ProviderRow* only) {
  std::vector<ModelRow> out;
  std::set<std::pair<const ProviderRow*, std::string>> seen;
  const ProviderRow* owner = nullptr;
  std::string last;
  const auto add = [&](std::string_view provider, std::string_view name) {
    if (provider != last) owner = catalogue.find(provider);
    last = provider;
    if (owner == nullptr || (only != nullptr && only != owner)) return;
    if (!seen.emplace(owner, name).second) return;
    out.push_back(
        {owner, std::string(name), gateway::listing_of(snapshot, *owner->provider, name)});
  };
  if (snapshot.own_models) snapshot.own_models->each(add);
  snapshot.prices->each(add);
  return out;
}

const ledger::Price* price_now(const ModelRow& row) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return row.listing.priced ? ledger::price_at(row.listing.model, now) : nullptr;
}

std::string model_json(const ModelRow& row) {
  const auto& model = *row.listing.model;
  std::string out = "{";
  append_text(out, "provider", row.owner->provider->name);
  append_text(out, "model", row.name);
  append_texts(out, "aliases", model.aliases);
  append_text(out, "tier", ledger::tier_name(model.tier));
  append_text(out, "status", model.status);
  out.append(",\"context\":").append(std::to_string(model.context));
  out.append(",\"max_output\":").append(std::to_string(model.max_output));
  std::vector<std::string> can;
  std::vector<std::string> cannot;
  for (std::size_t i = 0; i < ledger::kAbilities; ++i) {
    const auto ability = static_cast<ledger::Ability>(i);
    if (model.abilities.can_do(ability)) can.emplace_back(ledger::ability_name(ability));
    if (model.abilities.cannot_do(ability)) cannot.emplace_back(ledger::ability_name(ability));
  }
  append_texts(out, "can", can);
  append_texts(out, "cannot", cannot);
  append_flag(out, "configured", row.owner->provider->configured());
  if (const auto* price = price_now(row)) {
    out.append(",\"price\":{\"unit\":\"usd_per_million_tokens\"");
    for (std::size_t i = 0; i < ledger::kTokenClasses; ++i) {
      const auto token_class = static_cast<ledger::TokenClass>(i);
      if (const auto& rate = price->base.of(token_class))
        append_text(out, ledger::token_class_name(token_class), usd(rate));
    }
    append_text(out, "source", price->source);
    append_text(out, "as_of", price->as_of);
    append_flag(out, "local", price->local);
    append_flag(out, "nominal", price->nominal);
    append_flag(out, "borrowed", row.listing.borrowed);
    out.push_back('}');
  }
  out.push_back('}');
  return out;
}

void print_lines(const std::vector<std::string>& rows, bool json) {
  std::string out = json ? "[" : "";
  for (const auto& row : rows) {
    if (json && out.size() > 1) out.append(",\n");
    out.append(row);
    if (!json) out.push_back('\n');
  }
  std::fputs((json ? out + "]\n" : out).c_str(), stdout);
}

}  // namespace

int list_providers(const std::string& file, bool json) {
  const auto config = load_for(file, {}, {}, true);
  if (!config) return 1;
  const Catalogue catalogue(*config->snapshot);
  std::vector<std::string> out;
  if (!json) {
    out.push_back(padded("ID", 26) + padded("KIND", 18) + padded("STATE", 46) + "ADDRESS");
  }
  for (const auto& row : catalogue.rows()) {
    if (json) {
      out.push_back(provider_json(row));
      continue;
    }
    const auto& provider = *row.provider;
    out.push_back(padded(row.vendor != nullptr ? row.vendor->id : provider.name, 26) +
                  padded(provider.options.kind, 18) +
                  padded(provider.configured() ? "configured" : provider.not_configured, 46) +
                  address_of(row));
  }
  print_lines(out, json);
  return 0;
}

int list_models(const std::string& file, const std::string& provider, bool json) {
  const auto config = load_for(file, {}, {}, true);
  if (!config) return 1;
  const Catalogue catalogue(*config->snapshot);
  const ProviderRow* only = nullptr;
  if (!provider.empty()) {
    only = catalogue.find(provider);
    if (only == nullptr) {
      std::fprintf(stderr,
                   "pontage: no provider is called \"%s\"%s; `pontage providers` lists them\n",
                   provider.c_str(),
                   config::did_you_mean(provider, config->snapshot->vendors->names()).c_str());
      return 1;
    }
  }
  std::vector<std::string> out;
  if (!json) {
    out.push_back(padded("PROVIDER", 22) + padded("MODEL", 44) + padded("TIER", 8) +
                  padded("CONTEXT", 9) + padded("INPUT", 10) + "OUTPUT (USD a million tokens)");
  }
  for (const auto& row : model_rows(*config->snapshot, catalogue, only)) {
    if (row.listing.model == nullptr) continue;
    if (json) {
      out.push_back(model_json(row));
      continue;
    }
    const auto* price = price_now(row);
    const bool local = price != nullptr && price->local;
    const auto rate = [&](ledger::TokenClass c) {
      return price == nullptr ? "unknown" : local ? "local" : usd(price->base.of(c));
    };
    const auto& model = *row.listing.model;
    out.push_back(padded(row.owner->provider->name, 22) + padded(row.name, 44) +
                  padded(ledger::tier_name(model.tier), 8) +
                  padded(model.context > 0 ? std::to_string(model.context) : "-", 9) +
                  padded(rate(ledger::TokenClass::kInput), 10) + rate(ledger::TokenClass::kOutput));
  }
  print_lines(out, json);
  return 0;
}

}  // namespace pontage::app
