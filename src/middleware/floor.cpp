// floor: what answers when every target has failed: an old answer, local models, and at last a
// fixed message, which cannot fail.
#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {
namespace {

const config::StructDoc& doc() {
  static const config::StructDoc kDoc{
      "chain.floor[]",
      "The last resort, tried in order when the candidates are exhausted. One entry may stand "
      "without the list.",
      {{"cache", "the word alone", "—",
        "`cache`: the last good answer to the same request, although it is too old by now; needs "
        "`cache` with `stale` in the chain."},
       {"provider", "text", "—", "A target, best a local one: with `model`."},
       {"model", "text", "the client's", "What the provider calls the model."},
       {"message", "text", "—",
        "A fixed answer. It cannot fail, but only answers requests without tools and without a "
        "schema."}}};
  return kDoc;
}

class FloorStep final : public chain::Middleware {
 public:
  explicit FloorStep(chain::Floor floor) : floor_(std::move(floor)) {}
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kTerminal; }
  [[nodiscard]] std::string_view name() const override { return "floor"; }
  void plan(chain::Exchange& exchange) const override { exchange.plan.floor = &floor_; }
  void targets(std::vector<const chain::Target*>& out) const override {
    for (const auto& entry : floor_.entries) {
      if (entry.target != nullptr) out.push_back(entry.target);
    }
  }

 private:
  chain::Floor floor_;
};

void read_entry(const config::Node& item, chain::Floor& floor, chain::BuildContext& context) {
  if (item.is_scalar() && item.text == "cache") {
    floor.entries.push_back({.cache = true});
    return;
  }
  if (item.is_map() && item.find("message") != nullptr) {
    if (item.entries.size() > 1)
      context.diagnostics.error(item.mark, "a floor entry is a target or a message, not both");
    std::string text;
    if (config::read_text(*item.find("message"), text, context.diagnostics)) {
      if (text.empty()) context.diagnostics.error(item.mark, "the message must not be empty");
      floor.entries.push_back({.message = std::move(text)});
    }
    return;
  }
  if (!item.is_map()) {
    context.diagnostics.error(
        item.mark, "a floor entry is cache, { provider: …, model: … } or { message: \"…\" }");
    return;
  }
  if (const auto* target = context.target(item)) floor.entries.push_back({.target = target});
}

}  // namespace

const config::StructDoc& doc_of_floor() {
  return doc();
}

std::unique_ptr<chain::Middleware> make_floor(const config::Node& node,
                                              chain::BuildContext& context) {
  chain::Floor floor;
  if (node.is_sequence()) {
    for (const auto& item : node.items) read_entry(item, floor, context);
  } else {
    read_entry(node, floor, context);
  }
  if (floor.entries.empty()) {
    if (!context.diagnostics.has_errors()) {
      context.diagnostics.warning(
          node.mark, "floor has no entry that can answer; add { message: \"…\" } at its end");
    }
    return nullptr;
  }
  return std::make_unique<FloorStep>(std::move(floor));
}

}  // namespace pontage::middleware
