// Active checks: asks the providers that want it whether they are up, in the background and on one
// worker, and tells the breakers of their targets.
#pragma once

#include <memory>
#include <vector>

#include "gateway/worker_state.hpp"

namespace pontage::gateway {

class CheckKeeper {
 public:
  explicit CheckKeeper(WorkerState& state) : state_(state) {}
  CheckKeeper(const CheckKeeper&) = delete;
  CheckKeeper& operator=(const CheckKeeper&) = delete;

  /// On the worker's thread: from now on for the providers of this snapshot.
  void serve(const std::shared_ptr<const Snapshot>& snapshot);
  /// On the worker's thread: asks no more; what is under way is cut off.
  void stop();

 private:
  struct Job;
  Task<void> keep(std::shared_ptr<Job> job);
  Task<bool> answers(std::shared_ptr<Job> job);
  void report(const Job& job, bool good);

  WorkerState& state_;
  std::vector<std::shared_ptr<Job>> jobs_;
};

}  // namespace pontage::gateway
