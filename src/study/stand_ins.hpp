// Simulated providers in the places of the configured ones: same names, dialects and ways to be
// addressed, other addresses and keys. Once a snapshot is isolated nothing in it leads away from
// this machine.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gateway/snapshot.hpp"
#include "simulate/simulator.hpp"
#include "simulate/socket.hpp"
#include "study/drill.hpp"

namespace pontage::study {

/// What a client of the drill sends as its key.
inline constexpr std::string_view kDrillKey = "pontage-drill";

/// Points every provider at a port where nobody listens, replaces all credentials, and lets
/// kDrillKey in, as the key `as_key` where that is named.
void isolate(gateway::Snapshot& snapshot, const std::string& as_key);

class StandIns {
 public:
  /// Starts one for each of `names`, points the (isolated) snapshot's providers at them, and breaks
  /// what is to be broken.
  static std::expected<std::unique_ptr<StandIns>, std::string> start(
      gateway::Snapshot& snapshot, const std::set<std::string>& names,
      const std::vector<Injection>& injections);

  /// Whether a request has met this fault; connections that are refused leave no trace: true.
  [[nodiscard]] bool met(const Injection& injection) const;
  /// "provider/model" of the last answer that was played to its end; empty: none was.
  [[nodiscard]] std::string last_answer() const;

 private:
  std::expected<std::uint16_t, std::string> open(const std::string& name, bool refusing);
  std::expected<void, std::string> inject(const std::vector<Injection>& injections);

  std::map<std::string, std::unique_ptr<simulate::Simulator>> simulators_;
  /// Ports of providers that refuse: bound, so that nobody else gets them, and never listened on.
  std::vector<simulate::Descriptor> refusing_;
};

}  // namespace pontage::study
