// Names and facts of models: top-level `models`, and what GET /v1/models lists.
#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "app/config_builder.hpp"
#include "gateway/directory.hpp"
#include "ledger/price_file.hpp"

namespace pontage::app {

using config::Node;

/// One entry of `models`.
struct ConfigBuilder::NamedModel {
  std::string name;
  const providers::Provider* provider;
  std::string model;
  config::Mark mark;
  bool alias = false;  ///< clients may send the name
  bool facts = false;  ///< `row` says something
  ledger::Model row;
};

namespace {

bool is_glob(std::string_view name) {
  return name.find('*') != std::string_view::npos;
}

}  // namespace

std::optional<ConfigBuilder::NamedModel> ConfigBuilder::read_named_model(const Node::Entry& entry) {
  NamedModel out{entry.key, nullptr, {}, entry.mark, true, false, {}};
  const Node& value = entry.value;
  std::string provider_name;
  config::Mark place = entry.mark;
  const Node* provider_node = value.find("provider");
  if (provider_node != nullptr && provider_node->is_scalar()) {
    provider_name = provider_node->text;
    place = provider_node->mark;
    if (const Node* model = value.find("model")) out.model = model->text;
  } else {
    // `provider/model`: the value, or for an entry that only states facts the name.
    const std::string& path = value.is_scalar() ? value.text : entry.key;
    const auto slash = path.find('/');
    if (slash == std::string::npos || !(value.is_scalar() || value.is_map())) {
      diagnostics_.error(value.mark, "models." + entry.key +
                                         " is \"provider/model\", or a map with provider and "
                                         "model; facts stand under a name provider/model");
      return std::nullopt;
    }
    provider_name = path.substr(0, slash);
    out.model = path.substr(slash + 1);
    out.alias = value.is_scalar();
    if (value.is_scalar()) place = value.mark;
  }
  out.provider = provider(provider_name, place);
  if (out.provider == nullptr) return std::nullopt;
  const std::string model =
      out.model.empty() ? entry.key : out.model;  // an alias for the same name elsewhere
  if (!is_glob(model)) {
    const auto listing = gateway::listing_of(snapshot_, *out.provider, model);
    if (listing.model != nullptr) out.row = *listing.model;
    if (!listing.priced) out.row.prices.clear();
  }
  if (value.is_map()) {
    const auto errors = diagnostics_.error_count();
    ledger::own_model_table().parse(value, out.row, diagnostics_);
    if (diagnostics_.error_count() != errors) return std::nullopt;
    out.facts = std::ranges::any_of(value.entries, [](const Node::Entry& each) {
      return each.key != "provider" && each.key != "model";
    });
  }
  out.row.provider = out.provider->name;
  out.row.name = model;
  out.row.aliases.clear();
  return out;
}

void ConfigBuilder::add_aliases(const std::vector<NamedModel>& named) {
  for (const auto& each : named) {
    if (each.alias) snapshot_.aliases.push_back({each.name, intern(*each.provider, each.model)});
  }
  std::ranges::sort(snapshot_.aliases, [](const auto& a, const auto& b) {
    if (is_glob(a.name) != is_glob(b.name)) return is_glob(b.name);
    return a.name.size() != b.name.size() ? a.name.size() > b.name.size() : a.name < b.name;
  });
}

void ConfigBuilder::read_models(const Node* node) {
  if (node == nullptr || node->is_null()) return;
  if (!node->is_map()) {
    diagnostics_.error(node->mark,
                       "models is a map from names to targets and facts, such as { fast: "
                       "groq/llama-3.1-8b-instant }");
    return;
  }
  std::vector<NamedModel> named;
  for (const auto& entry : node->entries) {
    if (auto read = read_named_model(entry)) named.push_back(std::move(*read));
  }
  std::vector<ledger::Model> rows;
  std::vector<config::Mark> marks;
  for (const auto& each : named) {
    if (!each.facts) continue;
    rows.push_back(each.row);
    marks.push_back(each.mark);
  }
  // Facts first: the targets of the aliases show them.
  snapshot_.own_models = ledger::PriceBook::over(nullptr, std::move(rows), marks, diagnostics_);
  add_aliases(named);
}

void ConfigBuilder::finish_models() {
  std::unordered_set<std::string> seen;
  const auto add = [&](const std::string& id, const providers::Provider& owner,
                       const std::string& model) {
    if (id.empty() || is_glob(id) || !seen.insert(id).second) return;
    const auto listing = gateway::listing_of(snapshot_, owner, model);
    snapshot_.models.push_back({id, owner.name, listing.model, listing.priced});
  };
  for (const auto& alias : snapshot_.aliases) {
    const auto& target = *alias.target;
    add(alias.name, *target.provider, target.model.empty() ? alias.name : target.model);
  }
  for (const auto& each : snapshot_.targets) add(each->model, *each->provider, each->model);
  for (const auto& each : snapshot_.providers) {
    for (const auto& model : each->options.models) add(model, *each, model);
  }
  // What a route takes by name is a model to its clients, whatever its targets call theirs.
  for (const auto& route : snapshot_.routes) {
    for (const auto& name : route.match.models) {
      if (!is_glob(name) && seen.insert(name).second)
        snapshot_.models.push_back({name, "pontage", nullptr, false});
    }
  }
  if (!snapshot_.routes.empty()) return;
  std::string_view vendor;
  const providers::Provider* owner = nullptr;
  snapshot_.prices->each([&](std::string_view provider, std::string_view name) {
    if (provider != vendor || owner == nullptr) owner = snapshot_.provider(provider);
    vendor = provider;
    if (owner != nullptr && owner->not_configured.empty())
      add(std::string(name), *owner, std::string(name));
  });
}

}  // namespace pontage::app
