// Portkey's routing file in the form with rules as expressions: `strategy.mode` fallback or
// conditional. The JSON form with `$` operators, inherited options and guardrails is recognised and
// refused by name, never half-read.
#include <algorithm>
#include <array>
#include <utility>

#include "config/describe.hpp"
#include "config/foreign.hpp"
#include "config/foreign_tree.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kNextTarget = "jump_to_next";

// Known to Portkey, meaningful, and not converted: dropping them would change what the file
// promises.
constexpr std::array<std::string_view, 17> kNotConverted = {"retry",
                                                            "cache",
                                                            "request_timeout",
                                                            "forward_headers",
                                                            "api_key",
                                                            "virtual_key",
                                                            "custom_host",
                                                            "override_params",
                                                            "input_guardrails",
                                                            "output_guardrails",
                                                            "on_status_codes",
                                                            "default",
                                                            "before_request_hooks",
                                                            "after_request_hooks",
                                                            "strict_open_ai_compliance",
                                                            "query",
                                                            "input_mutators"};

bool is_not_converted(const Node::Entry& entry, Diagnostics& diagnostics) {
  if (std::find(kNotConverted.begin(), kNotConverted.end(), entry.key) == kNotConverted.end())
    return false;
  std::string message = "Portkey's " + quote(entry.key) + " is not supported yet";
  if (entry.key == "query") message += "; write the condition as \"if\" with an expression";
  if (entry.key == "default")
    message += "; write it as the last condition: { else: { provider, model } }";
  diagnostics.error(entry.mark, message);
  return true;
}

void check_keys(const Node& map, const std::string& place, const std::vector<std::string>& known,
                Diagnostics& diagnostics) {
  for (const Node::Entry& entry : map.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    if (!is_not_converted(entry, diagnostics)) unknown_key(entry, place, known, diagnostics);
  }
}

bool expect_kind(const Node& node, Node::Kind kind, const std::string& name,
                 Diagnostics& diagnostics) {
  if (node.kind == kind) return true;
  diagnostics.error(node.mark, quote(name) + " must be " + std::string(kind_name(kind)) +
                                   ", found " + describe(node));
  return false;
}

/// A target stays as it is written; the reader of targets checks it again, in its own words.
void check_target(const Node& target, const std::string& name, Diagnostics& diagnostics) {
  if (!expect_kind(target, Node::Kind::kMap, name, diagnostics)) return;
  for (const Node::Entry& entry : target.entries) is_not_converted(entry, diagnostics);
}

void check_action(const Node& then, Diagnostics& diagnostics) {
  if (then.is_scalar() && then.text == kNextTarget) return;
  const std::string hint =
      then.is_scalar() && !then.secret ? did_you_mean(then.text, {std::string(kNextTarget)}) : "";
  diagnostics.error(then.mark, "a fallback condition can only say \"then: jump_to_next\", found " +
                                   describe(then) + hint);
}

/// `- if: EXPRESSION, then: jump_to_next` to the list of expressions that `fallback.on` takes.
Node fallback_triggers(const Node& conditions, Diagnostics& diagnostics) {
  Node on = make_sequence(conditions.mark);
  for (const Node& condition : conditions.items) {
    if (!expect_kind(condition, Node::Kind::kMap, "conditions", diagnostics)) continue;
    check_keys(condition, "a fallback condition", {"if", "then"}, diagnostics);
    const Node* rule = condition.find("if");
    const Node* then = condition.find("then");
    if (then != nullptr) check_action(*then, diagnostics);
    if (rule == nullptr || then == nullptr) {
      diagnostics.error(condition.mark, "a fallback condition needs \"if\" and \"then\"");
    } else if (expect_kind(*rule, Node::Kind::kScalar, "if", diagnostics)) {
      on.items.push_back(*rule);
    }
  }
  return on;
}

Node fallback_step(const Node& root, const Node& strategy, Diagnostics& diagnostics) {
  Node step = make_map(strategy.mark);
  check_keys(strategy, "strategy", {"mode", "conditions"}, diagnostics);
  for (const Node::Entry& entry : strategy.entries) {
    if (entry.key != "conditions" ||
        !expect_kind(entry.value, Node::Kind::kSequence, entry.key, diagnostics))
      continue;
    put(step, entry.mark, "on", fallback_triggers(entry.value, diagnostics));
  }
  for (const Node::Entry& entry : root.entries) {
    if (entry.key != "targets" ||
        !expect_kind(entry.value, Node::Kind::kSequence, entry.key, diagnostics))
      continue;
    for (const Node& target : entry.value.items) check_target(target, "targets", diagnostics);
    put(step, entry.mark, "targets", entry.value);
  }
  if (root.find("targets") == nullptr) {
    diagnostics.error(strategy.mark,
                      "\"strategy.mode: fallback\" needs the list \"targets\" beside \"strategy\"");
  }
  return step;
}

void check_branch(const Node& branch, Diagnostics& diagnostics) {
  if (!expect_kind(branch, Node::Kind::kMap, "conditions", diagnostics)) return;
  check_keys(branch, "a condition", {"if", "then", "else"}, diagnostics);
  const Node* rule = branch.find("if");
  const Node* then = branch.find("then");
  const Node* otherwise = branch.find("else");
  const bool is_rule = rule != nullptr && then != nullptr && otherwise == nullptr;
  const bool is_else = rule == nullptr && then == nullptr && otherwise != nullptr;
  if (!is_rule && !is_else && branch.find("query") == nullptr) {
    diagnostics.error(branch.mark, "a condition is { if, then } or, as the last one, { else }");
  }
  if (then != nullptr) check_target(*then, "then", diagnostics);
  if (otherwise != nullptr) check_target(*otherwise, "else", diagnostics);
}

Node conditional_step(const Node& root, const Node& strategy, Diagnostics& diagnostics) {
  check_keys(strategy, "strategy", {"mode", "conditions"}, diagnostics);
  for (const Node::Entry& entry : root.entries) {
    if (entry.key == "targets") {
      diagnostics.error(
          entry.mark,
          "\"targets\" beside \"strategy.mode: conditional\" is not supported yet; write each "
          "target into its condition");
    }
  }
  const Node* conditions = strategy.find("conditions");
  if (conditions == nullptr) {
    diagnostics.error(strategy.mark,
                      "\"strategy.mode: conditional\" needs the list \"conditions\"");
    return make_sequence(strategy.mark);
  }
  if (!expect_kind(*conditions, Node::Kind::kSequence, "conditions", diagnostics))
    return make_sequence(strategy.mark);
  for (const Node& branch : conditions->items) check_branch(branch, diagnostics);
  return *conditions;
}

void wrong_mode(const Node& mode, Diagnostics& diagnostics) {
  const bool is_portkeys =
      mode.is_scalar() && (mode.text == "loadbalance" || mode.text == "single");
  const std::string hint =
      mode.is_scalar() && !mode.secret ? did_you_mean(mode.text, {"fallback", "conditional"}) : "";
  diagnostics.error(mode.mark, is_portkeys
                                   ? "Portkey's mode " + describe(mode) +
                                         " is not supported yet (fallback and conditional are)"
                                   : "\"strategy.mode\" must be fallback or conditional, found " +
                                         describe(mode) + hint);
}

}  // namespace

Node portkey_to_native(Node root, Diagnostics& diagnostics) {
  Node native = make_map(root.mark);
  for (Node::Entry& entry : root.entries) {
    if (entry.key == "strategy" || entry.key == "targets" || is_not_converted(entry, diagnostics))
      continue;
    if (is_native_part(entry.key)) {
      native.entries.push_back(entry);
    } else {
      unknown_key(entry, "a Portkey configuration", {"strategy", "targets"}, diagnostics);
    }
  }
  const Node* strategy = root.find("strategy");
  const Node* mode = strategy != nullptr ? strategy->find("mode") : nullptr;
  if (mode == nullptr) {
    diagnostics.error(strategy != nullptr ? strategy->mark : root.find("targets")->mark,
                      "a Portkey configuration needs \"strategy.mode\": fallback or conditional");
  } else if (mode->is_scalar() && mode->text == "fallback") {
    put_route(native, strategy->mark, "", "fallback", fallback_step(root, *strategy, diagnostics));
  } else if (mode->is_scalar() && mode->text == "conditional") {
    put_route(native, strategy->mark, "", "conditional",
              conditional_step(root, *strategy, diagnostics));
  } else {
    wrong_mode(*mode, diagnostics);
  }
  return native;
}

}  // namespace pontage::config
