// retry: how often each target that follows is tried again, when, and after what wait.
#include "core/strings.hpp"
#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {
namespace {

struct Options {
  int max = defaults::kRetryMax;
  chain::Backoff backoff = chain::Backoff::kExponential;
  Millis base = defaults::kBackoffBase;
  Millis cap = defaults::kBackoffCap;
  Millis patience = defaults::kRetryAfterPatience;
  std::vector<std::string> on = {"429", "5xx", "transport"};
};

const config::Struct<Options>& table() {
  static const config::Struct<Options> kTable = [] {
    constexpr Millis kMax{3'600'000};
    config::Struct<Options> made("chain.retry",
                                 "Tries each target that follows again before it is left.");
    made.integer("max", &Options::max, 0, 10, "Retries after the first try.")
        .choice("backoff", &Options::backoff,
                {{"exponential", chain::Backoff::kExponential}, {"fixed", chain::Backoff::kFixed}},
                "How the wait grows; always with full jitter.")
        .duration("base", &Options::base, Millis(0), kMax, "The first wait, before jitter.")
        .duration("cap", &Options::cap, Millis(0), kMax, "The longest wait, before jitter.")
        .duration(
            "patience", &Options::patience, Millis(0), kMax,
            "The longest `Retry-After` that is waited for; beyond it the target is left at once.")
        .texts("on", &Options::on,
               "What is tried again: status codes, `5xx`, `transport` (refused, reset, DNS, TLS). "
               "A deadline never is.");
    return made;
  }();
  return kTable;
}

class RetryPolicy final : public chain::Middleware {
 public:
  explicit RetryPolicy(chain::AttemptPolicy policy) : policy_(std::move(policy)) {}
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kPolicy; }
  [[nodiscard]] std::string_view name() const override { return "retry"; }

  void plan(chain::Exchange& exchange) const override {
    auto& to = exchange.plan.amend_policy();
    to.retry_max = policy_.retry_max;
    to.backoff = policy_.backoff;
    to.backoff_base = policy_.backoff_base;
    to.backoff_cap = policy_.backoff_cap;
    to.patience = policy_.patience;
    to.retry_429 = policy_.retry_429;
    to.retry_5xx = policy_.retry_5xx;
    to.retry_transport = policy_.retry_transport;
    to.retry_statuses = policy_.retry_statuses;
  }

 private:
  chain::AttemptPolicy policy_;
};

}  // namespace

const config::StructDoc& doc_of_retry() {
  return table().doc();
}

std::unique_ptr<chain::Middleware> make_retry(const config::Node& node,
                                              chain::BuildContext& context) {
  Options options;
  table().parse(node, options, context.diagnostics);
  chain::AttemptPolicy policy;
  policy.retry_max = options.max;
  policy.backoff = options.backoff;
  policy.backoff_base = options.base;
  policy.backoff_cap = options.cap;
  policy.patience = options.patience;
  policy.retry_429 = policy.retry_5xx = policy.retry_transport = false;
  for (const auto& word : options.on) {
    const auto status = parse_int(word);
    if (word == "429") {
      policy.retry_429 = true;
    } else if (word == "5xx") {
      policy.retry_5xx = true;
    } else if (word == "transport") {
      policy.retry_transport = true;
    } else if (status && *status >= 400 && *status <= 599) {
      policy.retry_statuses.push_back(static_cast<int>(*status));
    } else {
      const config::Node* on = node.find("on");
      context.diagnostics.error(
          on != nullptr ? on->mark : node.mark,
          "\"" + word +
              "\" is nothing that can be retried; use status codes from 400 to 599, "
              "5xx or transport" +
              config::did_you_mean(word, {"transport", "5xx"}));
    }
  }
  return std::make_unique<RetryPolicy>(std::move(policy));
}

}  // namespace pontage::middleware
