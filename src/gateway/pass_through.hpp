// The innermost step of a chain for paths that the gateway does not read: files, batches, images,
// speech, moderations, stored answers. Bodies go through as they come, in both directions; what
// they cost is read in passing where the provider says it.
#pragma once

#include <string>

#include "gateway/attempt.hpp"
#include "pontage/chain/middleware.hpp"
#include "transport/server.hpp"

namespace pontage::gateway {

class PassThrough final : public chain::Dispatcher {
 public:
  /// `held`: the body is in exchange.body, else it is read from `client` while it is sent.
  PassThrough(WorkerState& state, const Snapshot& snapshot, transport::ServerExchange& client,
              bool held)
      : state_(state), snapshot_(snapshot), client_(client), held_(held) {}
  Task<chain::Reply> dispatch(chain::Exchange& exchange) override;

 private:
  std::vector<chain::Candidate> usable_targets(chain::Exchange& exchange) const;
  [[nodiscard]] bool is_down(const chain::Exchange& exchange, const chain::Target& target) const;
  Task<void> try_target(chain::Exchange& exchange, const chain::Candidate& candidate,
                        AttemptResult& result);
  Task<bool> take_turn(chain::Exchange& exchange, routing::Gate& gate, Inflight& inflight,
                       AttemptResult& result);
  Task<transport::Failure> send(chain::Exchange& exchange, const chain::Target& target,
                                SteadyTime connect, transport::UpstreamCall& call);
  void take_reply(const chain::Target& target, AttemptResult& result,
                  std::unique_ptr<transport::UpstreamCall> call, Inflight inflight);
  dialects::Encoded body_of(const chain::Exchange& exchange, const chain::Target& target,
                            std::string& edited) const;
  void record(chain::Exchange& exchange, const chain::Target& target, const AttemptResult& result);

  WorkerState& state_;
  const Snapshot& snapshot_;
  transport::ServerExchange& client_;
  bool held_;
  bool last_ = true;                     // no other target may be asked
  std::optional<Error> client_problem_;  // the client's body broke off
};

/// Paths whose answers depend on nothing that a provider keeps: another one may answer them.
bool keeps_nothing(std::string_view path);
/// A path that a provider could take for another one than ours ("..").
bool is_devious(std::string_view path);

}  // namespace pontage::gateway
