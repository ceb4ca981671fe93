#include "routing/gates.hpp"

#include <algorithm>

namespace pontage::routing {

bool Gate::enter() {
  const int limit = limit_.load(std::memory_order_relaxed);
  int used = used_.load();
  do {
    if (limit > 0 && used >= limit) return false;
  } while (!used_.compare_exchange_weak(used, used + 1));
  return true;
}

void Place::release() {
  if (gate_ != nullptr) table_->give_back(*std::exchange(gate_, nullptr));
}

Gate& Gates::of(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = gates_.find(name);
  if (found != gates_.end()) return *found->second;
  return *(gates_[std::string(name)] = std::make_unique<Gate>());
}

void Gates::set_limit(std::string_view name, int limit) {
  Wakes wakes;
  {
    const std::lock_guard lock(mutex_);
    auto found = gates_.find(name);
    if (found == gates_.end()) {
      if (limit == 0) return;
      found = gates_.emplace(name, std::make_unique<Gate>()).first;
    }
    found->second->limit_.store(limit, std::memory_order_relaxed);
    hand_out(*found->second, wakes);
  }
  for (const auto& wake : wakes) wake();
}

Place Gates::take(Gate& gate) {
  if (gate.waiting_.load() > 0 || !gate.enter()) return {};
  return {*this, gate};
}

void Gates::give_back(Gate& gate) {
  gate.used_.fetch_sub(1);
  if (gate.waiting_.load() == 0) return;
  Wakes wakes;
  {
    const std::lock_guard lock(mutex_);
    hand_out(gate, wakes);
  }
  for (const auto& wake : wakes) wake();
}

bool Gates::queue(const std::shared_ptr<Waiter>& waiter, std::size_t most) {
  Wakes wakes;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ >= most) return false;
    auto group = std::ranges::find(groups_, waiter->group, &Group::name);
    if (group == groups_.end()) group = groups_.insert(groups_.end(), {waiter->group, {}});
    group->waiters.push_back(waiter);
    ++waiting_;
    waiter->queued_ = true;
    for (Gate* gate : waiter->gates) gate->waiting_.fetch_add(1);
    // A place may have been given back since it was looked for.
    for (Gate* gate : waiter->gates) hand_out(*gate, wakes);
  }
  for (const auto& wake : wakes) wake();
  return true;
}

Place Gates::leave_queue(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (waiter.queued_) forget(waiter);
  Gate* granted = std::exchange(waiter.granted_, nullptr);
  return granted != nullptr ? Place(*this, *granted) : Place();
}

std::size_t Gates::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

// Of the first group in turn that has one; that group's turn is then over.
std::shared_ptr<Waiter> Gates::next_for(const Gate& gate) {
  for (auto group = groups_.begin(); group != groups_.end(); ++group) {
    const auto found = std::ranges::find_if(group->waiters, [&](const auto& each) {
      return std::ranges::find(each->gates, &gate) != each->gates.end();
    });
    if (found == group->waiters.end()) continue;
    auto waiter = *found;
    groups_.splice(groups_.end(), groups_, group);
    return waiter;
  }
  return nullptr;
}

void Gates::hand_out(Gate& gate, Wakes& wakes) {
  while (gate.waiting_.load() > 0 && gate.enter()) {
    const auto waiter = next_for(gate);
    forget(*waiter);
    waiter->granted_ = &gate;
    wakes.push_back(std::move(waiter->wake));
  }
}

void Gates::forget(Waiter& waiter) {
  waiter.queued_ = false;
  for (Gate* gate : waiter.gates) gate->waiting_.fetch_sub(1);
  --waiting_;
  const auto group = std::ranges::find(groups_, waiter.group, &Group::name);
  std::erase_if(group->waiters, [&](const auto& each) { return each.get() == &waiter; });
  if (group->waiters.empty()) groups_.erase(group);
}

}  // namespace pontage::routing
