// Builds the parts of a snapshot that refer to each other: providers, targets, rules, chains,
// routes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "app/config.hpp"

namespace pontage::app {

/// The keys of a target, for the documentation.
config::StructDoc target_doc();

class ConfigBuilder {
 public:
  ConfigBuilder(gateway::Snapshot& snapshot, const config::Environment& environment,
                config::Diagnostics& diagnostics)
      : snapshot_(snapshot), environment_(environment), diagnostics_(diagnostics) {}

  /// What every route's answers may depend on beside its own text: before the routes.
  void set_surroundings(std::string text) { surroundings_ = std::move(text); }
  void read_providers(const config::Node* node);
  /// The configuration's own words about models: aliases and facts. After the providers.
  void read_models(const config::Node* node);
  void read_routes(const config::Node* node, std::vector<std::string>& without_floor);
  void read_keys(const config::Node* node);
  /// Vendors that a configuration without routes may name; not configured ones say so when asked.
  void add_catalogue();
  void finish_models();
  /// A provider's address that is one of our own listeners would be an endless loop.
  void refuse_loops(const std::string& listen);
  /// Where clients have keys of ours, those must not travel on.
  void refuse_passthrough();

 private:
  providers::Provider* provider(const std::string& name, const config::Mark& mark);
  providers::Provider* make(const std::string& name, const config::Node* entry,
                            const config::Mark& mark);
  const chain::Target* target(const config::Node& node);
  chain::Branch nested(const config::Node& node);
  chain::BuildContext context(std::size_t index);
  const chain::Target* intern(const providers::Provider& provider, const std::string& model);
  std::optional<expr::Program> rule(const config::Node& node, bool outcome);
  struct NamedModel;
  std::optional<NamedModel> read_named_model(const config::Node::Entry& entry);
  void add_aliases(const std::vector<NamedModel>& named);
  void read_route(const config::Node& node, std::vector<std::string>& without_floor);
  void read_chain(const config::Node& node, gateway::Route& route);
  void read_chain_entry(const config::Node& node, gateway::Route& route);
  void add_scenario_default(const config::Node& value, gateway::Route& route);
  void review_chain(const config::Node& node, const gateway::Route& route,
                    std::vector<std::string>& without_floor);
  struct Placed {
    const chain::Target* target;
    config::Mark mark;
  };
  void review_cache(const config::Node& chain);
  void review_order(const gateway::Route& route);
  void review_pair(const Placed& earlier, const Placed& later);

  void read_shape(const config::Node& node, gateway::Route& route) const;

  std::string surroundings_;
  gateway::Snapshot& snapshot_;
  const config::Environment& environment_;
  config::Diagnostics& diagnostics_;
  std::map<std::string, config::Mark> provider_marks_;
  std::set<std::string> broken_;
  int depth_ = 0;  ///< of nested chains
  std::map<std::string, const chain::Target*> interned_;
  std::vector<Placed> placed_;                      ///< targets of the entry that is being read
  std::vector<std::vector<Placed>> entry_targets_;  ///< of the route that is being read
};

}  // namespace pontage::app
