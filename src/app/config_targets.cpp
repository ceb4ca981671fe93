// The targets of chains: `{ provider, model, override_params }`, each kept once, and the nested
// chains that may stand in a target's place.
#include <algorithm>
#include <array>

#include "app/config_builder.hpp"
#include "config/node_json.hpp"
#include "gateway/directory.hpp"
#include "middleware/registry.hpp"

namespace pontage::app {

using config::Diagnostics;
using config::Node;

namespace {

constexpr int kNestedLimit = 8;

struct Written {
  std::string provider;
  std::string model;
  std::string name;
  std::vector<std::pair<std::string, std::string>> overrides;
};

// What the gateway itself reads of a request cannot differ between its targets.
constexpr std::array<std::string_view, 6> kOwnFields = {"model",          "messages", "stream",
                                                        "stream_options", "n",        "tools"};

void read_overrides(const Node& node, Written& out, Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.error(node.mark,
                      "override_params is a map of body fields, such as "
                      "{ temperature: 0 }");
    return;
  }
  for (const auto& entry : node.entries) {
    if (std::ranges::find(kOwnFields, entry.key) != kOwnFields.end()) {
      diagnostics.error(entry.mark, "override_params cannot set \"" + entry.key +
                                        "\"; the model of a target is its `model`");
      continue;
    }
    out.overrides.emplace_back(entry.key, config::to_json(entry.value));
  }
}

const config::Struct<Written>& target_table() {
  static const config::Struct<Written> kTable = [] {
    config::Struct<Written> table(
        "target", "Where a target stands (in fallback, conditional, weighted, floor).");
    table.text("provider", &Written::provider, "A provider's name.")
        .required()
        .text("model", &Written::model, "What the provider calls it; absent: the client's.")
        .text("name", &Written::name, "What its author calls it.")
        .custom("override_params", "map", "—",
                "Top-level fields that the body gets on its way to this target, over the client's "
                "own; set before a translation.",
                read_overrides);
    return table;
  }();
  return kTable;
}

}  // namespace

config::StructDoc target_doc() {
  return target_table().doc();
}

const chain::Target* ConfigBuilder::target(const Node& node) {
  if (!node.is_map()) {
    diagnostics_.error(node.mark, "a target is { provider: openai, model: gpt-4o }");
    return nullptr;
  }
  Written written;
  const auto errors = diagnostics_.error_count();
  target_table().parse(node, written, diagnostics_);
  if (diagnostics_.error_count() != errors) return nullptr;
  const auto* found = provider(written.provider, node.find("provider")->mark);
  if (found == nullptr) return nullptr;
  std::string identity = written.provider + '\n' + written.model + '\n' + written.name;
  for (const auto& [field, value] : written.overrides) identity += '\n' + field + '=' + value;
  const auto*& known = interned_[identity];
  if (known == nullptr) {
    auto made = std::make_unique<chain::Target>();
    gateway::fill_target(*made, snapshot_, *found, written.model);
    made->name = written.name;
    made->overrides = std::move(written.overrides);
    known = made.get();
    snapshot_.targets.push_back(std::move(made));
  }
  placed_.push_back({known, node.mark});
  return known;
}

chain::BuildContext ConfigBuilder::context(std::size_t index) {
  return {diagnostics_, [this](const Node& each) { return target(each); },
          [this](const Node& each, bool outcome) { return rule(each, outcome); }, index,
          [this](const Node& each) { return nested(each); }};
}

chain::Branch ConfigBuilder::nested(const Node& node) {
  const Node& list = *node.find("chain");
  if (node.entries.size() > 1) {
    diagnostics_.error(node.mark, "`chain` stands in place of a target: nothing may stand beside");
    return {};
  }
  if (!list.is_sequence() || list.items.empty() || depth_ >= kNestedLimit) {
    diagnostics_.error(list.mark,
                       depth_ >= kNestedLimit
                           ? "chains are nested at most " + std::to_string(kNestedLimit) + " deep"
                           : std::string("a chain is a list of middlewares"));
    return {};
  }
  ++depth_;
  const auto errors = diagnostics_.error_count();
  gateway::Route inner;
  for (const auto& item : list.items) read_chain_entry(item, inner);
  --depth_;
  chain::Branch branch;
  for (const auto& entry : inner.chain.entries()) {
    if (entry->kind() == chain::Kind::kWrapper || entry->kind() == chain::Kind::kTerminal) {
      diagnostics_.error(list.mark, std::string(entry->name()) +
                                        " cannot stand in a nested chain: only policies, "
                                        "selectors and fallback can; put it into the route's");
    }
  }
  std::vector<const chain::Target*> all;
  for (const auto& entry : inner.chain.entries()) entry->targets(all);
  if (all.empty() && diagnostics_.error_count() == errors)
    diagnostics_.error(list.mark, "this chain names no target");
  if (diagnostics_.error_count() != errors) return {};
  for (const auto* each : all) branch.label += (branch.label.empty() ? "[" : ", ") + each->label;
  branch.label += "]";
  branch.chain = std::make_shared<const chain::Chain>(std::move(inner.chain));
  return branch;
}

}  // namespace pontage::app
