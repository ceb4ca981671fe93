// fallback: the targets that stand in, in order, and the outcomes for which a target is left for
// the next.
#include <algorithm>

#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {
namespace {

struct Options {
  std::vector<std::string> unused;
  std::string balance = "in_order";
  chain::LeaveRules leave;
  bool has_rules = false;
  std::vector<chain::Branch> targets;
};

const config::StructDoc& doc() {
  static const config::StructDoc kDoc{
      "chain.fallback",
      "A list of targets, or a map with conditions. Targets that the candidates hold already keep "
      "their place.",
      {{"targets", "list of targets", "required",
        "`{ provider: …, model: … }` each, best first; or `{ chain: [ … ] }` with policies, "
        "selectors and fallbacks of its own."},
       {"on", "list of expressions", "transport failure, 429, 5xx, a reply that is none",
        "Outcomes that leave a target: rules over status_code, latency_ms, ttft_ms, error; or "
        "`content_filter`. A bare "
        "`latency_ms > 5000` cuts the attempt at 5 s, up to the commit point."},
       {"balance", "in_order", "in_order", "The order in which the targets are tried."}}};
  return kDoc;
}

class Fallback final : public chain::Middleware {
 public:
  explicit Fallback(Options options) : options_(std::move(options)) {}
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kFallback; }
  [[nodiscard]] std::string_view name() const override { return "fallback"; }

  void plan(chain::Exchange& exchange) const override {
    exchange.plan.has_fallback = true;
    if (options_.has_rules) exchange.plan.leave = &options_.leave;
    for (const auto& target : options_.targets) target.append(exchange);
  }
  void targets(std::vector<const chain::Target*>& out) const override {
    for (const auto& target : options_.targets) target.targets(out);
  }
  [[nodiscard]] std::int64_t tokens_wanted() const override {
    std::int64_t most = 0;
    for (const auto& target : options_.targets) most = std::max(most, target.tokens_wanted());
    return most;
  }

 private:
  Options options_;
};

void read_targets(const config::Node& node, Options& out, chain::BuildContext& context) {
  if (!node.is_sequence() || node.items.empty()) {
    context.diagnostics.error(
        node.mark,
        "fallback needs a list of targets such as [ { provider: openai, model: gpt-4o } ]");
    return;
  }
  for (const auto& item : node.items) {
    if (auto target = context.branch(item)) out.targets.push_back(std::move(target));
  }
}

// A constant beyond a day is no timer that could fire; bounded, so that no arithmetic on times
// overflows.
std::optional<Millis> as_timer(std::optional<double> limit) {
  constexpr double kDay = 24.0 * 3'600'000;
  if (!limit) return std::nullopt;
  return Millis(static_cast<std::int64_t>(std::clamp(*limit, 0.0, kDay)));
}

void read_rules(const config::Node& node, Options& out, chain::BuildContext& context) {
  out.has_rules = true;
  const auto read_one = [&](const config::Node& item) {
    if (item.is_scalar() && item.text == "content_filter") {
      out.leave.content_filter = true;
      return;
    }
    auto program = context.rule(item, true);
    if (!program) return;
    chain::LeaveRule rule{*program, {}, {}};
    rule.latency_limit = as_timer(program->bare_upper_bound(routing::kLatencyMs));
    rule.ttft_limit = as_timer(program->bare_upper_bound(routing::kTtftMs));
    if (program->satisfiable() == expr::Program::Truth::kNever) {
      context.diagnostics.warning(
          item.mark, "the condition \"" + std::string(program->source()) + "\" can never hold");
    }
    out.leave.rules.push_back(std::move(rule));
  };
  if (node.is_sequence()) {
    for (const auto& item : node.items) read_one(item);
  } else {
    read_one(node);
  }
}

}  // namespace

const config::StructDoc& doc_of_fallback() {
  return doc();
}

std::unique_ptr<chain::Middleware> make_fallback(const config::Node& node,
                                                 chain::BuildContext& context) {
  Options options;
  if (!node.is_map()) {
    read_targets(node, options, context);
  } else {
    config::Struct<Options> table("chain.fallback", "");
    table.text("balance", &Options::balance, "")
        .custom("targets", "", "", "",
                [&](const config::Node& value, Options& out, config::Diagnostics&) {
                  read_targets(value, out, context);
                })
        .required()
        .custom("on", "", "", "",
                [&](const config::Node& value, Options& out, config::Diagnostics&) {
                  read_rules(value, out, context);
                });
    table.parse(node, options, context.diagnostics);
    if (options.balance != "in_order") {
      context.diagnostics.error(
          node.find("balance")->mark,
          "balance: this version knows only in_order; the other ways come later");
    }
  }
  if (options.targets.empty()) return nullptr;
  return std::make_unique<Fallback>(std::move(options));
}

}  // namespace pontage::middleware
