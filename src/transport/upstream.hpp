// The client side: one UpstreamCall is one HTTP/1.1 request to a provider and its response, over a
// pooled connection of this worker. Deadlines and cancellation close the connection; the pending
// step then returns the reason.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/defaults.hpp"
#include "http/headers.hpp"
#include "pontage/core/task.hpp"
#include "transport/head_parser.hpp"
#include "transport/tls.hpp"
#include "transport/worker.hpp"

namespace pontage::transport {

/// Why a step failed. `kDeadline` covers whatever deadline the caller had set; the caller knows
/// which.
enum class Failure : std::uint8_t {
  kNone,
  kDns,
  kRefused,
  kUnreachable,
  kTls,
  kReset,
  kClosed,
  kGarbage,
  kTooLarge,
  kBadEncoding,
  kDeadline,
  kCancelled,
};
std::string_view failure_name(
    Failure failure);  ///< "refused", "reset", "timeout", …: what rules see as `error`

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  TlsSettings tls;  ///< null: plain
  std::string key;  ///< "https://host:port"; what shares a key shares a pool
  int idle_limit = defaults::kPoolIdlePerTarget;  ///< per worker
};

class UpstreamPools;  // per worker

struct BodyPiece {
  Failure failure = Failure::kNone;
  std::string_view bytes;  ///< decoded; valid until the next call
  bool done = false;       ///< the body has ended properly; bytes may still hold the last of it
};

/// A request body that is sent while it comes.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// The next piece, empty at the end; nothing: it has broken off, and so must the request.
  virtual Task<std::optional<std::string_view>> next() = 0;
};

class UpstreamCall {
 public:
  UpstreamCall(UpstreamPools& pools, const Endpoint& endpoint);
  ~UpstreamCall();  ///< a finished call gives its connection back, any other closes it
  UpstreamCall(const UpstreamCall&) = delete;
  UpstreamCall& operator=(const UpstreamCall&) = delete;

  /// Connects (or takes an idle connection), writes the request and reads the response head. A
  /// reused connection that turns out to be closed before the first response byte is replaced once,
  /// unless `resend` is false: nothing had been processed. `pieces` must stay valid until it
  /// returns.
  Task<Failure> exchange(std::span<const std::string_view> pieces, SteadyTime connect_deadline,
                         bool resend);
  /// The same for a body in pieces, always over a new connection: nothing of it can be sent twice.
  /// `chunked` frames the pieces. A source that breaks off is kCancelled.
  Task<Failure> upload(std::string_view request_head, BodySource& body, bool chunked,
                       SteadyTime connect_deadline);
  [[nodiscard]] const ResponseHead& head() const;

  /// The next bytes of the body (chunking and gzip removed), waiting for them.
  Task<BodyPiece> read();
  /// The same without waiting: nothing when no complete step is possible from what has arrived.
  std::optional<BodyPiece> read_now();

  /// Moves the deadline of whatever step is pending or comes next; SteadyTime::max() means none.
  void set_deadline(SteadyTime deadline);
  /// Ends the call at once: the upstream connection is closed. Safe from any callback on the
  /// worker.
  void cancel();
  void set_body_limit(std::uint64_t bytes);
  [[nodiscard]] bool reused_connection() const;
  [[nodiscard]] std::string problem() const;  ///< a sentence on the last failure, for people
  [[nodiscard]] bool wrote_anything() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The idle connections and the resolver of one worker.
class UpstreamPools {
 public:
  explicit UpstreamPools(Worker& worker);
  ~UpstreamPools();
  void close_idle();  ///< worker's thread; at shutdown
  [[nodiscard]] std::size_t idle() const;
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace pontage::transport
