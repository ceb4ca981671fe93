// What is known of all targets, by provider and model: one table for the process, kept over
// reloads. Looking up is for cold code; workers keep what they found.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routing/breaker.hpp"
#include "routing/pace.hpp"
#include "routing/quantiles.hpp"

namespace pontage::routing {

/// Of one target, over all workers.
struct TargetHealth {
  Breaker breaker;
  std::atomic<int> in_flight{0};  ///< attempts under way, to the end of their answers
  Pace first_token;               ///< of streams, from the attempt's start
  Quantiles first_tokens;         ///< the same, of streams that may be hedged
  Pace whole;                     ///< of whole answers, the same
  Pace token;                     ///< between two output tokens

  /// What a request waits for: the first content of a stream, or all of an answer.
  [[nodiscard]] const Pace& wait(bool stream) const { return stream ? first_token : whole; }
};

class HealthTable {
 public:
  struct Row {
    std::string provider;
    std::string model;
    const TargetHealth* health;
  };

  /// Lives as long as the table. Beyond the limit all others share one row, named "other".
  TargetHealth& of(std::string_view provider, std::string_view model);
  /// Of one provider, with their models.
  std::vector<std::pair<std::string, TargetHealth*>> of_provider(std::string_view provider);
  /// Marks the targets of a provider (`model` empty: all of them, also those to come) as down.
  void mark_down(std::string_view provider, std::string_view model, SteadyTime until);
  /// All of a provider, by the operator's word.
  [[nodiscard]] bool is_down(std::string_view provider, SteadyTime now) const;
  [[nodiscard]] std::vector<Row> rows() const;

 private:
  static constexpr std::size_t kMost = 4096;  // clients may name models

  using Key = std::pair<std::string, std::string>;
  mutable std::mutex mutex_;
  std::map<Key, std::unique_ptr<TargetHealth>> targets_;
  std::map<std::string, SteadyTime, std::less<>> down_;  // whole providers
};

}  // namespace pontage::routing
