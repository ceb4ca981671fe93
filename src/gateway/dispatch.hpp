// The innermost step of every chain: tries the plan's candidates within the request's one budget of
// attempts and time, then the floor. Writes every skip, try, wait and hop into the trace.
#pragma once

#include <span>

#include "gateway/attempt.hpp"
#include "pontage/chain/middleware.hpp"

namespace pontage::gateway {

class Dispatch final : public chain::Dispatcher {
 public:
  /// `max_cost`: of all attempts together; absent: no limit.
  Dispatch(WorkerState& state, const Snapshot& snapshot,
           std::optional<ledger::NanoUsd> max_cost = std::nullopt)
      : state_(state), snapshot_(snapshot), max_cost_(max_cost) {}
  Task<chain::Reply> dispatch(chain::Exchange& exchange) override;

 private:
  enum class Verdict { kAnswer, kPass, kNext, kRetry, kStop };
  struct Progress;
  class Resumed;
  struct Race;

  Task<Verdict> try_candidate(chain::Exchange& exchange, const chain::Candidate& candidate,
                              Progress& progress);
  Task<bool> wait_before_retry(chain::Exchange& exchange, const chain::AttemptPolicy& policy,
                               int tries, const AttemptResult& failed, SteadyTime not_after);
  Task<bool> try_floor(chain::Exchange& exchange, Progress& progress);
  [[nodiscard]] AttemptLimits limits_for(const chain::Exchange& exchange,
                                         const chain::AttemptPolicy& policy,
                                         const Progress& progress) const;
  [[nodiscard]] Verdict judge(const chain::Exchange& exchange, const AttemptResult& result,
                              const Progress& progress, std::string& why) const;
  [[nodiscard]] bool may_retry(const chain::AttemptPolicy& policy,
                               const AttemptResult& result) const;
  routing::Breaker& breaker_of(const chain::Exchange& exchange, const chain::Target& target) const;
  [[nodiscard]] const chain::Target* least_bad(const chain::Exchange& exchange,
                                               std::span<const chain::Candidate> usable) const;
  bool too_dear(chain::Exchange& exchange, const chain::Target& target, Progress& progress) const;
  bool passed_over(chain::Exchange& exchange, const chain::Target& target, Progress& progress);
  bool skipped(chain::Exchange& exchange, std::span<const chain::Candidate> usable,
               std::size_t index, Progress& progress);
  bool concluded(chain::Exchange& exchange, std::span<const chain::Candidate> usable,
                 std::size_t index, Verdict verdict, Progress& progress);
  bool at_cap(chain::Exchange& exchange, const chain::Candidate& candidate, std::size_t index,
              Progress& progress);
  Task<std::size_t> wait_at_cap(chain::Exchange& exchange, std::span<const chain::Candidate> usable,
                                Progress& progress);
  void report(const chain::Exchange& exchange, const chain::Target& target,
              const AttemptResult& result);
  void record(chain::Exchange& exchange, const chain::Target& target, const AttemptResult& result,
              bool floor, std::string_view why);
  void count_hop(const chain::Exchange& exchange, const chain::Target& from,
                 const chain::Target& to);
  Task<void> run_hedged(chain::Exchange& exchange, const chain::Candidate& candidate,
                        Progress& progress);
  Task<void> run(chain::Exchange& exchange, Race& race, bool second, AttemptLimits limits);
  Task<void> wait_for(Race& race, SteadyTime until);
  [[nodiscard]] SteadyTime late(const chain::Exchange& exchange,
                                const chain::Candidate& candidate) const;
  const chain::Candidate* second_for(chain::Exchange& exchange, Progress& progress);
  void end_race(chain::Exchange& exchange, Race& race, bool second_won, Progress& progress);
  void record_loser(chain::Exchange& exchange, const chain::Candidate& candidate,
                    AttemptResult& result);
  /// The answer; where the route says so, as one that another target goes on with when it breaks.
  chain::Reply resumable(chain::Exchange& exchange, std::span<const chain::Candidate> usable,
                         const chain::Candidate& answering, chain::Reply reply);
  void finish(chain::Exchange& exchange, Progress& progress);

  WorkerState& state_;
  const Snapshot& snapshot_;
  std::optional<ledger::NanoUsd> max_cost_;
};

}  // namespace pontage::gateway
