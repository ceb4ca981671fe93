// Fetches the credentials of cloud providers in the background, on one worker: before they expire,
// and again and again where they are not to be had. Requests only read what the slots hold.
#pragma once

#include <memory>
#include <vector>

#include "gateway/worker_state.hpp"

namespace pontage::gateway {

class CredentialKeeper {
 public:
  explicit CredentialKeeper(WorkerState& state) : state_(state) {}
  CredentialKeeper(const CredentialKeeper&) = delete;
  CredentialKeeper& operator=(const CredentialKeeper&) = delete;

  /// On the worker's thread: from now on for the providers of this snapshot.
  void serve(const std::shared_ptr<const Snapshot>& snapshot);
  /// On the worker's thread: fetches no more; what is under way is cut off.
  void stop();

 private:
  struct Job;
  Task<void> keep(std::shared_ptr<Job> job);
  Task<void> renew(std::shared_ptr<Job> job);
  Task<providers::CredentialSource::Step> ask(std::shared_ptr<Job> job,
                                              providers::CredentialSource& source,
                                              providers::TokenRequest request);

  WorkerState& state_;
  std::vector<std::shared_ptr<Job>> jobs_;
};

/// How long after `now` a credential that expires then is renewed: five minutes early, or at half
/// of a shorter life.
Millis renewal_after(WallTime now, WallTime expires);

/// Providers whose account is the one of an old provider of the same name go on with its token.
void adopt_credentials(Snapshot& next, const Snapshot& old);

}  // namespace pontage::gateway
