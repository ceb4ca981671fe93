// The order of a chain as code: what a plan collects, and how entries run up to a wrapper.
#include <algorithm>
#include <utility>

#include "pontage/chain/middleware.hpp"

namespace pontage::chain {

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kError:
      return "error";
    case Outcome::kTruncated:
      return "truncated";
    case Outcome::kClientClosed:
      return "client_closed";
    case Outcome::kCache:
      return "cache";
    case Outcome::kFloor:
      return "floor";
    case Outcome::kRejected:
      return "rejected";
  }
  return "error";
}

std::string_view cache_use_name(CacheUse use) {
  switch (use) {
    case CacheUse::kNone:
      return {};
    case CacheUse::kHit:
      return "hit";
    case CacheUse::kMiss:
      return "miss";
    case CacheUse::kBypass:
      return "bypass";
  }
  return {};
}

namespace {
const AttemptPolicy kNoPolicy{};

// A target that the client named may mean the same as one of the configuration.
bool same(const Target& a, const Target& b) {
  return &a == &b || (a.provider == b.provider && a.model == b.model && a.overrides == b.overrides);
}
}  // namespace

Plan::Plan() : policy(&kNoPolicy) {
  candidates.reserve(4);
}

void Plan::put_first(const Target& target) {
  std::erase_if(candidates, [&](const Candidate& entry) { return same(*entry.target, target); });
  candidates.insert(candidates.begin(), Candidate{&target, policy});
}

void Plan::append(const Target& target) {
  for (auto& entry : candidates) {
    if (same(*entry.target, target)) {
      entry.policy = policy;
      return;
    }
  }
  candidates.push_back(Candidate{&target, policy});
}

void Plan::put_first(const std::vector<Candidate>& made) {
  for (const auto& each : made) {
    std::erase_if(candidates,
                  [&](const Candidate& entry) { return same(*entry.target, *each.target); });
  }
  candidates.insert(candidates.begin(), made.begin(), made.end());
}

void Plan::append(const std::vector<Candidate>& made) {
  for (const auto& each : made) {
    const auto listed = std::ranges::find_if(
        candidates, [&](const Candidate& entry) { return same(*entry.target, *each.target); });
    if (listed == candidates.end()) {
      candidates.push_back(each);
    } else {
      listed->policy = each.policy;
    }
  }
}

AttemptPolicy& Plan::amend_policy() {
  AttemptPolicy* made = nullptr;
  if (!first_policy) {
    made = &first_policy.emplace(*policy);
  } else {
    made = more_policies.emplace_back(std::make_unique<AttemptPolicy>(*policy)).get();
  }
  policy = made;
  return *made;
}

// What the chain plans on a list of its own; its policies and rules end with it.
std::vector<Candidate> Branch::candidates(Exchange& exchange) const {
  Plan& plan = exchange.plan;
  std::vector<Candidate> made;
  std::swap(made, plan.candidates);
  const auto* policy = plan.policy;
  const auto* leave = std::exchange(plan.leave, nullptr);
  chain->plan(exchange);
  std::swap(made, plan.candidates);
  for (auto& each : made) {
    if (each.leave == nullptr) each.leave = plan.leave;
  }
  plan.policy = policy;
  plan.leave = leave;
  return made;
}

void Branch::put_first(Exchange& exchange) const {
  if (target != nullptr) {
    exchange.plan.put_first(*target);
  } else if (chain) {
    exchange.plan.put_first(candidates(exchange));
  }
}

void Branch::append(Exchange& exchange) const {
  if (target != nullptr) {
    exchange.plan.append(*target);
  } else if (chain) {
    exchange.plan.append(candidates(exchange));
  }
}

Branch BuildContext::branch(const config::Node& node) const {
  if (nested && node.find("chain") != nullptr) return nested(node);
  Branch made;
  made.target = target(node);
  if (made.target != nullptr) made.label = made.target->label;
  return made;
}

void Branch::targets(std::vector<const Target*>& out) const {
  if (target != nullptr) out.push_back(target);
  if (!chain) return;
  for (const auto& entry : chain->entries()) entry->targets(out);
}

std::int64_t Branch::tokens_wanted() const {
  return chain ? chain->tokens_wanted() : 0;
}

Task<Reply> Middleware::wrap(Exchange& exchange, Next next) const {
  return next(exchange);
}

Task<Reply> Next::operator()(Exchange& exchange) const {
  return chain_.run(exchange, dispatcher_, index_);
}

// No coroutine of its own: each step hands back the next one's task, so a chain without wrappers
// costs no frame.
Task<Reply> Chain::run(Exchange& exchange, Dispatcher& dispatcher, std::size_t from) const {
  for (std::size_t i = from; i < entries_.size(); ++i) {
    const Middleware& entry = *entries_[i];
    if (entry.kind() == Kind::kWrapper) return entry.wrap(exchange, Next(*this, i + 1, dispatcher));
    entry.plan(exchange);
  }
  return dispatcher.dispatch(exchange);
}

void Chain::plan(Exchange& exchange) const {
  for (const auto& entry : entries_) {
    if (entry->kind() != Kind::kWrapper) entry->plan(exchange);
  }
}

std::int64_t Chain::tokens_wanted() const {
  std::int64_t most = 0;
  for (const auto& entry : entries_) most = std::max(most, entry->tokens_wanted());
  return most;
}

}  // namespace pontage::chain
