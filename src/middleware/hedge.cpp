// hedge: a second target starts when the first is late; the one that answers first is taken.
#include "core/strings.hpp"
#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {
namespace {

struct Options {
  int max = defaults::kHedgeMax;
  int percentile = defaults::kHedgePercentile;
  Millis after{};
};

// A percentile (`p95`) or a duration.
void read_after(const config::Node& node, Options& out, config::Diagnostics& diagnostics) {
  if (node.is_scalar() && node.text.starts_with('p')) {
    const auto percentile = parse_int(std::string_view(node.text).substr(1));
    if (percentile && *percentile >= 50 && *percentile <= 99) {
      out.percentile = static_cast<int>(*percentile);
      out.after = Millis(0);
    } else {
      diagnostics.error(node.mark, "\"" + node.text + "\" is no percentile from p50 to p99");
    }
    return;
  }
  if (config::read_duration(node, Millis(1), Millis(3'600'000), out.after, diagnostics))
    out.percentile = 0;
}

const config::Struct<Options>& table() {
  static const config::Struct<Options> kTable = [] {
    config::Struct<Options> made(
        "chain.hedge",
        "Starts the next target of the chain when a stream's first content is late, takes the one "
        "that answers first, cancels the other and bills both. Counts as an attempt and against "
        "the share of retries.");
    made.custom("after", "p50..p99 or duration 1ms..1h", "`p95`",
                "Late is what takes longer than this share of the target's streams lately (5s "
                "until 20 of them were measured), or than a fixed time.",
                read_after)
        .integer("max", &Options::max, 0, 1, "Targets that are started besides; 0: none.");
    return made;
  }();
  return kTable;
}

class HedgePolicy final : public chain::Middleware {
 public:
  explicit HedgePolicy(chain::Hedge hedge) : hedge_(hedge) {}
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kPolicy; }
  [[nodiscard]] std::string_view name() const override { return "hedge"; }
  void plan(chain::Exchange& exchange) const override {
    exchange.plan.amend_policy().hedge = hedge_;
  }

 private:
  chain::Hedge hedge_;
};

}  // namespace

const config::StructDoc& doc_of_hedge() {
  return table().doc();
}

std::unique_ptr<chain::Middleware> make_hedge(const config::Node& node,
                                              chain::BuildContext& context) {
  Options options;
  table().parse(node, options, context.diagnostics);
  return std::make_unique<HedgePolicy>(
      chain::Hedge{options.max, options.percentile, options.after});
}

}  // namespace pontage::middleware
