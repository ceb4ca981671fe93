// weighted: each target gets its share of the requests, drawn at random per request.
#include <algorithm>
#include <random>

#include "core/strings.hpp"
#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {
namespace {

struct Arm {
  chain::Branch branch;
  std::int64_t weight;
};

const config::StructDoc& doc() {
  static const config::StructDoc kDoc{
      "chain.weighted[]",
      "A list of targets with weights; one is drawn for each request and put at the head.",
      {{"weight", "integer 0..1000000", "required",
        "Its share is weight over the sum of all weights."},
       {"provider", "text", "required", "A provider's name."},
       {"model", "text", "the client's", "What the provider calls the model."},
       {"chain", "list", "—",
        "In place of provider and model: policies, selectors and fallbacks of its own."}}};
  return kDoc;
}

class Weighted final : public chain::Middleware {
 public:
  explicit Weighted(std::vector<Arm> arms) : arms_(std::move(arms)) {
    for (const auto& arm : arms_) total_ += arm.weight;
  }
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kSelector; }
  [[nodiscard]] std::string_view name() const override { return "weighted"; }

  void plan(chain::Exchange& exchange) const override {
    thread_local FastRandom random(std::random_device{}());
    auto at = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(total_)));
    for (const auto& arm : arms_) {
      if (at < arm.weight) {
        exchange.trace.decide("weighted", arm.branch.label + " (" + std::to_string(arm.weight) +
                                              "/" + std::to_string(total_) + ")");
        arm.branch.put_first(exchange);
        return;
      }
      at -= arm.weight;
    }
  }
  [[nodiscard]] std::int64_t tokens_wanted() const override {
    std::int64_t most = 0;
    for (const auto& arm : arms_) most = std::max(most, arm.branch.tokens_wanted());
    return most;
  }
  void targets(std::vector<const chain::Target*>& out) const override {
    for (const auto& arm : arms_) arm.branch.targets(out);
  }

 private:
  std::vector<Arm> arms_;
  std::int64_t total_ = 0;
};

}  // namespace

const config::StructDoc& doc_of_weighted() {
  return doc();
}

std::unique_ptr<chain::Middleware> make_weighted(const config::Node& node,
                                                 chain::BuildContext& context) {
  if (!node.is_sequence() || node.items.empty()) {
    context.diagnostics.error(
        node.mark,
        "weighted takes a list such as [ { weight: 9, provider: openai, model: gpt-4o } ]");
    return nullptr;
  }
  std::vector<Arm> arms;
  std::int64_t total = 0;
  bool sound = true;
  for (const auto& item : node.items) {
    const config::Node* weight = item.find("weight");
    std::int64_t value = 0;
    bool known = false;
    if (weight == nullptr) {
      context.diagnostics.error(item.mark, "each entry of weighted needs a weight");
    } else {
      known = config::read_integer(*weight, 0, 1'000'000, value, context.diagnostics);
    }
    config::Node bare = item;
    std::erase_if(bare.entries, [](const auto& entry) { return entry.key == "weight"; });
    auto branch = context.branch(bare);
    sound = sound && known && branch;  // what was wrong with an entry has been said
    if (!branch) continue;
    if (value == 0 && known) {
      context.diagnostics.warning(item.mark,
                                  branch.label + " has weight 0 and never gets a request");
    }
    arms.push_back({std::move(branch), value});
    total += value;
  }
  if (total == 0) {
    if (sound) context.diagnostics.error(node.mark, "weighted needs at least one weight above 0");
    return nullptr;
  }
  return std::make_unique<Weighted>(std::move(arms));
}

}  // namespace pontage::middleware
