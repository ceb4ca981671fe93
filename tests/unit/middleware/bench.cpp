#include "unit/middleware/bench.hpp"

namespace pontage::middleware::test {

Bench::Bench(std::string_view yaml) {
  const auto loaded = config::load_text(
      {"t.yaml", std::string(yaml)}, [](std::string_view) { return std::nullopt; }, diagnostics_);
  if (!loaded || loaded->root.entries.empty()) return;
  const auto& entry = loaded->root.entries.front();
  const auto* row = find(entry.key);
  if (row == nullptr) {
    diagnostics_.error(entry.mark, "no middleware " + entry.key);
    return;
  }
  chain::BuildContext context{
      diagnostics_, [this](const config::Node& node) { return read_target(node); },
      [this](const config::Node& node, bool outcome) { return read_rule(node, outcome); }, 0};
  made_ = row->make(entry.value, context);
  diagnostics_.sort();
}

const chain::Target& Bench::target(const std::string& provider, const std::string& model) {
  auto& owner = providers_[provider];
  if (!owner) {
    owner = std::make_unique<providers::Provider>();
    owner->name = provider;
    owner->local = provider == "ollama";
  }
  for (const auto& known : targets_) {
    if (known.provider == owner.get() && known.model == model) return known;
  }
  chain::Target& made = targets_.emplace_back();
  made.provider = owner.get();
  made.model = model;
  made.label = provider + "/" + model;
  return made;
}

const chain::Target* Bench::read_target(const config::Node& node) {
  const auto* provider = node.find("provider");
  const auto* model = node.find("model");
  if (provider == nullptr || node.entries.size() > 2) {
    diagnostics_.error(node.mark, "bad target");
    return nullptr;
  }
  return &target(provider->text, model != nullptr ? model->text : "");
}

std::optional<expr::Program> Bench::read_rule(const config::Node& node, bool outcome) {
  auto program = expr::Program::compile(
      node.text, outcome ? routing::outcome_scope() : routing::request_scope());
  if (program) return std::move(*program);
  diagnostics_.error(node.mark, "bad rule: " + program.error().front().message);
  return std::nullopt;
}

std::vector<std::string> Bench::problems() const {
  std::vector<std::string> out;
  for (const auto& each : diagnostics_.all()) {
    const std::string text = each.text();
    out.push_back(text.substr(text.find(':') + 1));
  }
  return out;
}

std::string Bench::only_problem() const {
  const auto all = problems();
  return all.size() == 1 ? all.front() : std::to_string(all.size()) + " problems";
}

chain::Exchange& Bench::plan(chain::Exchange& exchange) const {
  made_->plan(exchange);
  return exchange;
}

std::string order(const chain::Plan& plan) {
  std::string out;
  for (const auto& entry : plan.candidates) {
    if (!out.empty()) out += ' ';
    out += entry.target->label;
  }
  return out;
}

}  // namespace pontage::middleware::test
