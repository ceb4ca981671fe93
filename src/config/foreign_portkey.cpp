// Portkey's configuration: strategies over targets that are configurations again, nested to any
// depth, with options that targets inherit and credentials that they do not. Also the form with
// rules as expressions (`if`, `then`). What a target says becomes an account of `providers`; what a
// strategy says becomes a chain.
#include "config/foreign_portkey.hpp"

#include <algorithm>

#include "config/describe.hpp"
#include "config/foreign.hpp"
#include "config/limits.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kNextTarget = "jump_to_next";
constexpr int kNestedLimit = 8;

class Reader {
 public:
  Reader(Node& native, const PortkeyOptions& options, Diagnostics& diagnostics)
      : native_(native), options_(options), diagnostics_(diagnostics) {}

  void read(const Node& root);

 private:
  using Steps = std::vector<Node>;

  Steps config(const Node& node, PortkeyInherited inherited, const std::string& path);
  Steps strategy(const Node& node, const Node& strategy, const PortkeyInherited& inherited,
                 const std::string& path);
  Steps first_target(const Node& node, const PortkeyInherited& inherited, const std::string& path);
  Node fallback(const Node& node, const Node& strategy, const PortkeyInherited& inherited,
                const std::string& path);
  Node loadbalance(const Node& node, const PortkeyInherited& inherited, const std::string& path);
  Node conditional(const Node& node, const Node& strategy, const PortkeyInherited& inherited,
                   const std::string& path);
  void condition(const Node& item, const Node& node, const PortkeyInherited& inherited,
                 const std::string& path, Node& rules);
  Node triggers(const Node& conditions);
  Node branch(const Node& node, const PortkeyInherited& inherited, const std::string& path);
  Node named(const Node& name, const Node& node, const PortkeyInherited& inherited,
             const std::string& path);
  const Node* targets_of(const Node& node, const Node& mode);
  void check_keys(const Node& map, const std::string& place, const std::vector<std::string>& known);

  Node& native_;
  const PortkeyOptions& options_;
  Diagnostics& diagnostics_;
  ProviderBook book_;
  int depth_ = 0;
};

void Reader::check_keys(const Node& map, const std::string& place,
                        const std::vector<std::string>& known) {
  for (const Node::Entry& entry : map.entries) {
    if (std::ranges::find(known, entry.key) == known.end())
      unknown_key(entry, place, known, diagnostics_);
  }
}

Node Reader::branch(const Node& node, const PortkeyInherited& inherited, const std::string& path) {
  if (!expect_kind(node, Node::Kind::kMap, "targets", diagnostics_)) return make_map(node.mark);
  return make_branch(node.mark, config(node, inherited, path));
}

Node Reader::named(const Node& name, const Node& node, const PortkeyInherited& inherited,
                   const std::string& path) {
  if (name.is_map()) return branch(name, inherited, path);
  const Node* targets = node.find("targets");
  std::vector<std::string> names;
  for (std::size_t i = 0; targets != nullptr && i < targets->items.size(); ++i) {
    const std::string each = text_at(targets->items[i], "name");
    if (name.is_scalar() && each == name.text && !each.empty())
      return branch(targets->items[i], inherited, path + ".targets[" + std::to_string(i) + "]");
    names.push_back(each);
  }
  diagnostics_.error(
      name.mark,
      "no target is named " + describe(name) +
          (name.is_scalar() && !name.secret ? did_you_mean(name.text, names) : std::string()));
  return make_map(name.mark);
}

const Node* Reader::targets_of(const Node& node, const Node& mode) {
  const Node* targets = node.find("targets");
  if (targets == nullptr) {
    diagnostics_.error(mode.mark, "\"strategy.mode: " + mode.text +
                                      "\" needs the list \"targets\" beside \"strategy\"");
    return nullptr;
  }
  if (!expect_kind(*targets, Node::Kind::kSequence, "targets", diagnostics_)) return nullptr;
  if (targets->items.empty()) {
    diagnostics_.error(targets->mark, "\"targets\" is empty");
    return nullptr;
  }
  return targets;
}

/// `- if: EXPRESSION, then: jump_to_next` to the list of expressions that `fallback.on` takes.
Node Reader::triggers(const Node& conditions) {
  Node on = make_sequence(conditions.mark);
  if (!expect_kind(conditions, Node::Kind::kSequence, "conditions", diagnostics_)) return on;
  for (const Node& condition : conditions.items) {
    if (!expect_kind(condition, Node::Kind::kMap, "conditions", diagnostics_)) continue;
    check_keys(condition, "a fallback condition", {"if", "then"});
    const Node* rule = condition.find("if");
    const Node* then = condition.find("then");
    if (then != nullptr && !(then->is_scalar() && then->text == kNextTarget)) {
      const std::string hint = then->is_scalar() && !then->secret
                                   ? did_you_mean(then->text, {std::string(kNextTarget)})
                                   : "";
      diagnostics_.error(then->mark,
                         "a fallback condition can only say \"then: jump_to_next\", found " +
                             describe(*then) + hint);
    }
    if (rule == nullptr || then == nullptr) {
      diagnostics_.error(condition.mark, "a fallback condition needs \"if\" and \"then\"");
    } else if (expect_kind(*rule, Node::Kind::kScalar, "if", diagnostics_)) {
      on.items.push_back(*rule);
    }
  }
  return on;
}

Node Reader::fallback(const Node& node, const Node& strategy, const PortkeyInherited& inherited,
                      const std::string& path) {
  Node step = make_map(strategy.mark);
  check_keys(strategy, "strategy", {"mode", "conditions", "on_status_codes"});
  const Node* codes = strategy.find("on_status_codes");
  if (const Node* conditions = strategy.find("conditions")) {
    put(step, conditions->mark, "on", triggers(*conditions));
  } else if (codes != nullptr) {
    Node on = make_sequence(codes->mark);
    const std::string list = portkey_codes(*codes, diagnostics_);
    if (!list.empty()) on.items.push_back(make_text(codes->mark, "status_code in [" + list + "]"));
    put(step, codes->mark, "on", std::move(on));
  } else if (options_.any_failure) {
    Node on = make_sequence(strategy.mark);
    on.items.push_back(make_text(strategy.mark, "status_code >= 400"));
    put(step, strategy.mark, "on", std::move(on));
  }
  const Node* targets = targets_of(node, *strategy.find("mode"));
  if (targets == nullptr) return step;
  Node list = make_sequence(targets->mark);
  for (std::size_t i = 0; i < targets->items.size(); ++i) {
    list.items.push_back(
        branch(targets->items[i], inherited, path + ".targets[" + std::to_string(i) + "]"));
  }
  put(step, targets->mark, "targets", std::move(list));
  return step;
}

Node Reader::loadbalance(const Node& node, const PortkeyInherited& inherited,
                         const std::string& path) {
  const Node& strategy = *node.find("strategy");
  check_keys(strategy, "strategy", {"mode"});
  Node step = make_sequence(strategy.mark);
  const Node* targets = targets_of(node, *strategy.find("mode"));
  const bool scaled =
      targets != nullptr && std::ranges::any_of(targets->items, [](const Node& target) {
        const Node* weight = target.find("weight");
        return weight != nullptr && is_fraction(*weight);
      });
  for (std::size_t i = 0; targets != nullptr && i < targets->items.size(); ++i) {
    const Node& target = targets->items[i];
    const Node* weight = target.find("weight");
    Node arm = make_map(target.mark);
    put(arm, target.mark, "weight",
        portkey_weight(weight != nullptr ? *weight : make_plain(target.mark, "1"), scaled,
                       diagnostics_));
    Node made = branch(target, inherited, path + ".targets[" + std::to_string(i) + "]");
    for (Node::Entry& entry : made.entries) arm.entries.push_back(std::move(entry));
    step.items.push_back(std::move(arm));
  }
  return step;
}

void Reader::condition(const Node& item, const Node& node, const PortkeyInherited& inherited,
                       const std::string& path, Node& rules) {
  if (!expect_kind(item, Node::Kind::kMap, "conditions", diagnostics_)) return;
  check_keys(item, "a condition", {"query", "if", "then", "else"});
  const Node* query = item.find("query");
  const Node* rule = item.find("if");
  const Node* then = item.find("then");
  const Node* otherwise = item.find("else");
  if (otherwise != nullptr && item.entries.size() == 1) {
    rules.items.push_back(make_step(item.mark, "else", named(*otherwise, node, inherited, path)));
    return;
  }
  if (then == nullptr || otherwise != nullptr || (query == nullptr) == (rule == nullptr)) {
    diagnostics_.error(item.mark,
                       "a condition is { query, then } or { if, then } or, as the last one, "
                       "{ else }");
    return;
  }
  Node branch = named(*then, node, inherited, path);
  Node made = make_map(item.mark);
  if (query != nullptr) {
    const auto text = portkey_query(*query, diagnostics_);
    if (!text) return;  // it never holds, and that has been said
    put(made, query->mark, "if", make_text(query->mark, *text));
  } else {
    put(made, rule->mark, "if", *rule);
  }
  put(made, then->mark, "then", std::move(branch));
  rules.items.push_back(std::move(made));
}

Node Reader::conditional(const Node& node, const Node& strategy, const PortkeyInherited& inherited,
                         const std::string& path) {
  check_keys(strategy, "strategy", {"mode", "conditions", "default"});
  Node rules = make_sequence(strategy.mark);
  const Node* conditions = strategy.find("conditions");
  if (conditions == nullptr) {
    diagnostics_.error(strategy.mark,
                       "\"strategy.mode: conditional\" needs the list \"conditions\"");
    return rules;
  }
  if (!expect_kind(*conditions, Node::Kind::kSequence, "conditions", diagnostics_)) return rules;
  rules.mark = conditions->mark;
  for (const Node& item : conditions->items) condition(item, node, inherited, path, rules);
  if (const Node* otherwise = strategy.find("default")) {
    rules.items.push_back(
        make_step(otherwise->mark, "else", named(*otherwise, node, inherited, path)));
  }
  return rules;
}

Reader::Steps Reader::first_target(const Node& node, const PortkeyInherited& inherited,
                                   const std::string& path) {
  const Node& targets = *node.find("targets");
  if (!expect_kind(targets, Node::Kind::kSequence, "targets", diagnostics_)) return {};
  if (targets.items.empty()) {
    diagnostics_.error(targets.mark, "\"targets\" is empty");
    return {};
  }
  for (std::size_t i = 1; i < targets.items.size(); ++i) {
    diagnostics_.warning(targets.items[i].mark,
                         "without a strategy, or with mode single, only the first target is used");
  }
  return config(targets.items.front(), inherited, path + ".targets[0]");
}

Reader::Steps Reader::strategy(const Node& node, const Node& strategy,
                               const PortkeyInherited& inherited, const std::string& path) {
  const Node* mode = strategy.find("mode");
  if (mode == nullptr) {
    diagnostics_.error(strategy.mark,
                       "a Portkey configuration needs \"strategy.mode\": fallback, conditional, "
                       "loadbalance or single");
    return {};
  }
  const std::string name = mode->is_scalar() ? mode->text : "";
  if (name == "single" && node.find("targets") != nullptr) {
    check_keys(strategy, "strategy", {"mode"});
    return first_target(node, inherited, path);
  }
  if (name == "fallback")
    return {make_step(strategy.mark, name, fallback(node, strategy, inherited, path))};
  if (name == "loadbalance")
    return {make_step(strategy.mark, "weighted", loadbalance(node, inherited, path))};
  if (name == "conditional")
    return {make_step(strategy.mark, name, conditional(node, strategy, inherited, path))};
  if (name == "single") {
    targets_of(node, *mode);
    return {};
  }
  const std::string hint =
      mode->is_scalar() && !mode->secret
          ? did_you_mean(mode->text, {"fallback", "conditional", "loadbalance", "single"})
          : "";
  diagnostics_.error(mode->mark,
                     "\"strategy.mode\" must be fallback, conditional, loadbalance or single, "
                     "found " +
                         describe(*mode) + hint);
  return {};
}

// One configuration: its policies, then what its strategy or its own account says.
Reader::Steps Reader::config(const Node& node, PortkeyInherited inherited,
                             const std::string& path) {
  if (++depth_ > kNestedLimit) {
    diagnostics_.error(node.mark,
                       "targets are nested at most " + std::to_string(kNestedLimit) + " deep");
    --depth_;
    return {};
  }
  Steps steps;
  portkey_policies(node, depth_ == 1, steps, diagnostics_);
  portkey_inherit(node, inherited, diagnostics_);
  const Node* named_strategy = node.find("strategy");
  Steps rest;
  if (named_strategy != nullptr) {
    if (expect_kind(*named_strategy, Node::Kind::kMap, "strategy", diagnostics_))
      rest = strategy(node, *named_strategy, inherited, path);
  } else if (node.find("targets") != nullptr) {
    rest = first_target(node, inherited, path);
  } else {
    Node target = portkey_target(node, inherited, options_, book_, diagnostics_);
    if (options_.name_targets) put(target, node.mark, "name", make_text(node.mark, path));
    Node list = make_sequence(node.mark);
    list.items.push_back(std::move(target));
    rest.push_back(make_step(node.mark, "fallback", std::move(list)));
  }
  --depth_;
  for (Node& step : rest) steps.push_back(std::move(step));
  return steps;
}

void Reader::read(const Node& root) {
  const auto errors = diagnostics_.error_count();
  PortkeyInherited inherited;
  if (!options_.custom_host.empty())
    inherited.custom_host = make_text(root.mark, options_.custom_host);
  Steps steps = config(root, std::move(inherited), "config");
  if (diagnostics_.error_count() != errors) return;
  add_route(native_, root.mark, Node{}, std::move(steps));
  book_.write(native_);
}

}  // namespace

Node portkey_to_native(Node root, const PortkeyOptions& options, Diagnostics& diagnostics) {
  Node native = make_map(root.mark);
  portkey_spelling(root);
  if (!options.name_targets) {
    std::erase_if(root.entries, [&](Node::Entry& entry) {
      if (!is_native_part(entry.key)) return false;
      native.entries.push_back(std::move(entry));
      return true;
    });
  }
  Reader(native, options, diagnostics).read(root);
  return native;
}

}  // namespace pontage::config
