// How far the dispatch of one request has come: what is left of its budget, and what the last
// attempt said. Shared by the files that make up Dispatch.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/dispatch.hpp"

namespace pontage::gateway {

inline constexpr std::string_view kSkippedNotConfigured = " skipped: not configured, ";

/// The plan's candidates, or the target that the model's name means; what is not configured is
/// skipped with its reason.
std::span<const chain::Candidate> usable_candidates(chain::Exchange& exchange,
                                                    const Snapshot& snapshot);

/// A failure that counts against the target: of an attempt, or of a stream after its commit point.
void report_failure(WorkerState& state, const routing::BreakerSettings& settings,
                    const chain::Target& target, std::string_view model,
                    std::optional<Millis> retry_after);

struct Dispatch::Progress {
  SteadyTime deadline;  // of the whole request
  Millis total;
  std::size_t untried = 0;    // usable candidates after the current one
  bool floor_target = false;  // the floor has a target that needs a share
  int attempts_left = defaults::kAttemptsPerRequest;
  int targets_tried = 0;
  std::int64_t largest_context_left = 0;   // of the candidates after the current one
  std::optional<std::int64_t> overflowed;  // the largest context that the prompt did not fit
  std::optional<Millis> retry_after;       // the smallest that any target named
  const chain::Target* last = nullptr;
  const chain::Target* least_bad =
      nullptr;  // tried although its breaker is open, as all others are
  std::optional<AttemptResult> last_result;  // set as soon as a target was tried
  std::string last_why;
  // Of a hedge.
  std::span<const chain::Candidate> rest;  // those after the current one
  const chain::Candidate* answering = nullptr;
  const chain::Target* hedged = nullptr;    // was started as the second
  const chain::Candidate* loser = nullptr;  // the second, which did not answer first
  AttemptResult loser_result;
  const chain::LeaveRules* leave = nullptr;  // what holds for the current candidate
  routing::Place place;                      // for the next attempt, at a capped provider
  std::vector<std::size_t> capped;           // candidates that were at their cap, in order
  SteadyTime wait_until{};                   // how long they are waited for, all together
  bool spilled = false;                      // all others have been tried: now those
  std::optional<Error> crowded;              // waiting for one of them was in vain
  std::optional<Error> dear;                 // a target would cost too much
  chain::Reply reply;
};

}  // namespace pontage::gateway
