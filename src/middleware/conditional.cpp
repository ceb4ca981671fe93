// conditional: the first rule that holds puts its target at the head of the candidates.
#include "core/strings.hpp"
#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {
namespace {

struct Rule {
  std::optional<expr::Program> condition;  // none: else
  chain::Branch branch;
  config::Mark mark;
};

const config::StructDoc& doc() {
  static const config::StructDoc kDoc{
      "chain.conditional[]",
      "A list of rules, looked at in order; the first that holds decides. None: the chain goes on "
      "without a pick.",
      {{"if", "expression", "required", "A rule over the request, see docs/expressions.md."},
       {"then", "target or chain", "required",
        "`{ provider: …, model: … }`, or `{ chain: [ … ] }` with policies, selectors and fallbacks "
        "of its own."},
       {"else", "target or chain", "—",
        "In place of if and then, last in the list: what no rule took."}}};
  return kDoc;
}

class Conditional final : public chain::Middleware {
 public:
  explicit Conditional(std::vector<Rule> rules) : rules_(std::move(rules)) {
    for (const auto& rule : rules_) {
      tokens_wanted_ = std::max(tokens_wanted_, rule.branch.tokens_wanted());
      if (!rule.condition || !rule.condition->uses(routing::kTokens)) continue;
      const auto largest = rule.condition->largest_constant(routing::kTokens);
      tokens_wanted_ = std::max(tokens_wanted_,
                                largest ? *largest + 1 : std::numeric_limits<std::int64_t>::max());
    }
  }
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kSelector; }
  [[nodiscard]] std::string_view name() const override { return "conditional"; }
  [[nodiscard]] std::int64_t tokens_wanted() const override { return tokens_wanted_; }

  void plan(chain::Exchange& exchange) const override {
    for (const auto& rule : rules_) {
      if (!rule.condition) {
        exchange.trace.decide("conditional", "else -> ", rule.branch.label);
        rule.branch.put_first(exchange);
        return;
      }
      const auto outcome = rule.condition->evaluate(exchange.facts);
      const std::string_view source = rule.condition->source();
      if (outcome.value) {
        exchange.trace.decide("conditional", source, " -> ", rule.branch.label);
        rule.branch.put_first(exchange);
        return;
      }
      if (outcome.error) {
        exchange.trace.note("conditional", source, " is false (", outcome.error_text, ")");
      } else if (outcome.absent) {
        exchange.trace.note("conditional", source, " is false (", outcome.absent_name,
                            " is absent)");
      } else {
        exchange.trace.note("conditional", source, " is false");
      }
    }
    exchange.trace.decide("conditional", "no rule holds");
  }
  void targets(std::vector<const chain::Target*>& out) const override {
    for (const auto& rule : rules_) rule.branch.targets(out);
  }

 private:
  std::vector<Rule> rules_;
  std::int64_t tokens_wanted_ = 0;
};

// Rules that cannot do what their author thinks they do.
void review(const std::vector<Rule>& rules, config::Diagnostics& diagnostics) {
  std::vector<const expr::Program*> earlier;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].condition) continue;
    const expr::Program& rule = *rules[i].condition;
    const std::string quoted = "\"" + std::string(rule.source()) + "\"";
    if (rule.satisfiable() == expr::Program::Truth::kNever) {
      diagnostics.warning(rules[i].mark, "the rule " + quoted + " can never hold");
      continue;
    }
    if (expr::Program::covered(rule, earlier)) {
      diagnostics.warning(rules[i].mark, "the rule " + quoted +
                                             " is never reached: the rules before it take every "
                                             "request that it would; move it up");
    } else if (rules[i].branch.target != nullptr) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!rules[j].condition || rules[j].branch.target == nullptr) continue;
        const expr::Program& before = *rules[j].condition;
        // Two rules over different things: a request that fits both takes the earlier, which
        // matters most when the later one keeps data on this machine.
        const bool same_question = before.uses(routing::kTokens) && rule.uses(routing::kTokens);
        if (same_question || !rules[i].branch.target->provider->local ||
            rules[j].branch.target->provider->local)
          continue;
        if (!expr::Program::overlaps(before, rule)) continue;
        diagnostics.warning(rules[i].mark,
                            "the rule " + quoted + " is shadowed: a request for which \"" +
                                std::string(before.source()) + "\" holds too goes to " +
                                rules[j].branch.target->label +
                                " before this rule is reached, and not to the local " +
                                rules[i].branch.target->label + "; move this rule first");
        break;
      }
    }
    earlier.push_back(&rule);
  }
}

bool read_rule(const config::Node& item, bool last, std::vector<Rule>& rules,
               chain::BuildContext& context) {
  if (!item.is_map()) {
    context.diagnostics.error(
        item.mark, "a rule is { if: \"…\", then: { provider: …, model: … } } or { else: { … } }");
    return false;
  }
  for (const auto& entry : item.entries) {
    if (entry.key != "if" && entry.key != "then" && entry.key != "else") {
      context.diagnostics.error(entry.mark,
                                "unknown key \"" + entry.key + "\" in a rule" +
                                    config::did_you_mean(entry.key, {"if", "then", "else"}) +
                                    "; known are if, then, else");
    }
  }
  if (const config::Node* otherwise = item.find("else")) {
    if (!last)
      context.diagnostics.error(
          item.mark, "else takes everything, so the rules after it are never reached; put it last");
    if (item.find("if") != nullptr)
      context.diagnostics.error(item.mark, "a rule has either if and then, or else");
    rules.push_back({std::nullopt, context.branch(*otherwise), item.mark});
    return true;
  }
  const config::Node* condition = item.find("if");
  const config::Node* then = item.find("then");
  if (condition == nullptr || then == nullptr) {
    context.diagnostics.error(item.mark,
                              condition == nullptr ? "a rule needs an if" : "a rule needs a then");
    return false;
  }
  auto program = context.rule(*condition, false);
  auto branch = context.branch(*then);
  if (!program || !branch) return false;
  rules.push_back({std::move(program), std::move(branch), condition->mark});
  return true;
}

}  // namespace

const config::StructDoc& doc_of_conditional() {
  return doc();
}

std::unique_ptr<chain::Middleware> make_conditional(const config::Node& node,
                                                    chain::BuildContext& context) {
  if (!node.is_sequence() || node.items.empty()) {
    context.diagnostics.error(node.mark, "conditional takes a list of rules");
    return nullptr;
  }
  std::vector<Rule> rules;
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    good = read_rule(node.items[i], i + 1 == node.items.size(), rules, context) && good;
  }
  for (const auto& rule : rules) good = good && rule.branch;
  review(rules, context.diagnostics);
  if (!good) return nullptr;
  return std::make_unique<Conditional>(std::move(rules));
}

}  // namespace pontage::middleware
