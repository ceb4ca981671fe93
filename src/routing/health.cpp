#include "routing/health.hpp"

namespace pontage::routing {

TargetHealth& HealthTable::of(std::string_view provider, std::string_view model) {
  const std::lock_guard lock(mutex_);
  Key key(provider, model);
  auto found = targets_.find(key);
  if (found == targets_.end() && targets_.size() >= kMost) {
    key.second = "other";
    found = targets_.find(key);
  }
  if (found != targets_.end()) return *found->second;
  auto& made = targets_[std::move(key)] = std::make_unique<TargetHealth>();
  if (const auto down = down_.find(provider); down != down_.end())
    made->breaker.mark_down(down->second);
  return *made;
}

void HealthTable::mark_down(std::string_view provider, std::string_view model, SteadyTime until) {
  if (!model.empty()) {
    of(provider, model).breaker.mark_down(until);
    return;
  }
  const std::lock_guard lock(mutex_);
  down_[std::string(provider)] = until;
  for (const auto& [key, target] : targets_) {
    if (key.first == provider) target->breaker.mark_down(until);
  }
}

bool HealthTable::is_down(std::string_view provider, SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  const auto found = down_.find(provider);
  return found != down_.end() && found->second > now;
}

std::vector<std::pair<std::string, TargetHealth*>> HealthTable::of_provider(
    std::string_view provider) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, TargetHealth*>> out;
  for (const auto& [key, target] : targets_) {
    if (key.first == provider) out.emplace_back(key.second, target.get());
  }
  return out;
}

std::vector<HealthTable::Row> HealthTable::rows() const {
  const std::lock_guard lock(mutex_);
  std::vector<Row> out;
  out.reserve(targets_.size());
  for (const auto& [key, target] : targets_) out.push_back({key.first, key.second, target.get()});
  return out;
}

}  // namespace pontage::routing
