// What a chain may ask about its targets while it plans: how they have been doing, and what this
// request would cost there. The gateway answers; nothing waits.
#pragma once

#include <cstdint>
#include <optional>

#include "routing/health.hpp"
#include "routing/sticky.hpp"

namespace pontage::chain {

struct Exchange;
struct Target;

class Outlook {
 public:
  virtual ~Outlook() = default;
  /// Null where nothing is measured (`explain`).
  virtual const routing::TargetHealth* health(const Exchange& exchange, const Target& target) = 0;
  /// In nano-dollars, estimated; nothing: no price is known.
  virtual std::optional<std::int64_t> cost(const Exchange& exchange, const Target& target) = 0;
  /// Null: moves of sessions are not remembered.
  virtual routing::Moves* moves() = 0;
};

}  // namespace pontage::chain
