#include "routing/health.hpp"

namespace pontage::routing {

Breaker& HealthTable::of(std::string_view provider, std::string_view model) {
  const std::lock_guard lock(mutex_);
  Key key(provider, model);
  auto found = breakers_.find(key);
  if (found == breakers_.end() && breakers_.size() >= kMost) {
    key.second = "other";
    found = breakers_.find(key);
  }
  if (found != breakers_.end()) return *found->second;
  auto& made = breakers_[std::move(key)] = std::make_unique<Breaker>();
  if (const auto down = down_.find(provider); down != down_.end()) made->mark_down(down->second);
  return *made;
}

void HealthTable::mark_down(std::string_view provider, std::string_view model, SteadyTime until) {
  if (!model.empty()) {
    of(provider, model).mark_down(until);
    return;
  }
  const std::lock_guard lock(mutex_);
  down_[std::string(provider)] = until;
  for (const auto& [key, breaker] : breakers_) {
    if (key.first == provider) breaker->mark_down(until);
  }
}

std::vector<HealthTable::Row> HealthTable::rows() const {
  const std::lock_guard lock(mutex_);
  std::vector<Row> out;
  out.reserve(breakers_.size());
  for (const auto& [key, breaker] : breakers_)
    out.push_back({key.first, key.second, breaker.get()});
  return out;
}

}  // namespace pontage::routing
