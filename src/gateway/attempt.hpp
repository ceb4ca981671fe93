// One try of one target: the request is put in the provider's dialect and sent, the reply is read
// up to its commit point. What comes back is either a reply that may be committed, or everything
// that is known of the failure.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/worker_state.hpp"
#include "pontage/chain/exchange.hpp"

namespace pontage::gateway {

/// One of two attempts that run at once for one exchange.
struct Contest {
  std::function<void()> cancel;  ///< ends what it is waiting for; set while it waits
  bool over = false;             ///< nobody waits for it any more
};

/// Deadlines as points in time; max() means none.
struct AttemptLimits {
  SteadyTime total = SteadyTime::max();  ///< the attempt's share of the request's time
  Millis connect = defaults::kConnectTimeout;
  SteadyTime first_byte = SteadyTime::max();
  SteadyTime first_token = SteadyTime::max();
  SteadyTime rule = SteadyTime::max();  ///< a bare latency_ms or ttft_ms condition
  Millis idle = defaults::kStreamIdleTimeout;
  int min_rate = 0;  ///< tokens a second of a stream after its first content; 0: any
  Millis rate_window = defaults::kRateWindow;
  Contest* contest = nullptr;  ///< null: it runs alone, and the exchange says what ends it
};

struct AttemptResult {
  bool committed = false;
  chain::Reply reply;  ///< committed, or the provider's own error as it would be passed on
  Error error;         ///< not committed
  int status_code = 0;
  std::string_view error_kind;     ///< "" when the provider answered properly, if not to our liking
  bool transport_failure = false;  ///< refused, reset, DNS, TLS: the same target may be tried again
  bool timed_out = false;
  bool our_key_refused = false;
  bool context_overflow = false;
  bool content_filter = false;
  bool unsupported = false;  ///< the target cannot express the request
  bool client_gone = false;
  routing::Place place;      ///< of a capped provider; given by who waited for it, else taken
  std::string_view key;      ///< which of the provider's several keys it went with
  bool another_key = false;  ///< that one rests now, and there is one that does not
  std::optional<Millis> retry_after;
  std::int64_t latency_ms = 0;
  std::int64_t ttft_ms = -1;
};

/// Every key of the provider rests, or it is at its cap: nothing was sent.
inline bool never_sent(const AttemptResult& result) {
  return result.error_kind == "no_key" || result.error_kind == "at_cap";
}

/// Fills `result`, which must be fresh but for its place. `exchange.cancel_current` is set while it
/// waits.
Task<void> run_attempt(WorkerState& state, const Snapshot& snapshot, chain::Exchange& exchange,
                       const chain::Target& target, AttemptLimits limits, AttemptResult& result);

}  // namespace pontage::gateway
