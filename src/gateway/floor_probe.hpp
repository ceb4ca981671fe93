// Asks the targets of floors in the background whether they are there, on one worker: they are the
// only thing that works when all clouds are down, and they rot unseen. Costs nothing: the question
// is the provider's list of models.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/worker_state.hpp"

namespace pontage::gateway {

class FloorKeeper {
 public:
  explicit FloorKeeper(WorkerState& state) : state_(state) {}
  FloorKeeper(const FloorKeeper&) = delete;
  FloorKeeper& operator=(const FloorKeeper&) = delete;

  /// Called on the worker's thread for every route whenever something has been found out.
  std::function<void(std::string_view route, bool ready)> tell = {};

  /// On the worker's thread: from now on for the floors of this snapshot. What is known of a target
  /// holds on.
  void serve(const std::shared_ptr<const Snapshot>& snapshot);
  /// On the worker's thread: asks no more; what is under way is cut off.
  void stop();
  /// On the worker's thread: by target, why it is no floor to stand on; empty: it is one.
  using Found = std::map<std::string, std::string, std::less<>>;
  [[nodiscard]] const Found& found() const { return found_; }

 private:
  struct Job;
  Task<void> keep(std::shared_ptr<Job> job);
  Task<void> probe(std::shared_ptr<Job> job, const chain::Target& target);
  Task<std::string> ask(std::shared_ptr<Job> job, const chain::Target& target);
  void tell_routes(const Snapshot& snapshot) const;
  [[nodiscard]] bool ready(const chain::Floor& floor, bool probed) const;

  WorkerState& state_;
  std::shared_ptr<Job> job_;
  Found found_;
};

}  // namespace pontage::gateway
