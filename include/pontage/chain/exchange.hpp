// One client request from accept to settlement: what came in, what was decided, what happened.
// Owned by the request path; everything else borrows it. Lives on one worker.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "http/headers.hpp"
#include "llm/usage.hpp"
#include "pontage/chain/client_routing.hpp"
#include "pontage/chain/outlook.hpp"
#include "pontage/chain/plan.hpp"
#include "pontage/chain/trace.hpp"
#include "pontage/core/error.hpp"
#include "pontage/core/task.hpp"
#include "pontage/dialects/codec.hpp"
#include "routing/facts.hpp"

namespace pontage::chain {

/// One try of one target, as the record, the log and the trace show it.
struct AttemptRecord {
  const Target* target = nullptr;
  bool floor = false;
  int status_code = 0;          ///< as conditions see it
  std::string_view error;       ///< kind; empty: none
  std::string_view outcome;     ///< "ok", "error", "timeout", "cancelled", "truncated"; "resumed"
                                ///< went on with a truncated one
  std::string reason;           ///< a sentence for people
  std::int64_t latency_ms = 0;  ///< to the commit point, or to the failure
  std::int64_t ttft_ms = -1;
  llm::Usage usage;  ///< what is billed besides the answer's own: of parts before it, of what was
                     ///< thrown away

  [[nodiscard]] bool billed() const { return usage.present || usage.estimated; }
};

/// How an exchange ended; the labels of `pontage_requests_total{outcome}`.
enum class Outcome : std::uint8_t {
  kOk,
  kError,
  kTruncated,
  kClientClosed,
  kCache,
  kFloor,
  kRejected
};
std::string_view outcome_name(Outcome outcome);

/// What the answers of a route may depend on beside the body and the dialect, for caches.
struct RouteShape {
  std::string digest;    ///< of the route and of all that it names
  bool stream = false;   ///< a rule asks whether it is a stream
  bool headers = false;  ///< rules or providers read headers of the client's
  bool labels = false;   ///< rules read the user, the task or metadata, which headers may name
  bool key = false;      ///< rules read the client's key
};

/// What a cache did for an exchange.
enum class CacheUse : std::uint8_t { kNone, kHit, kMiss, kBypass };
std::string_view cache_use_name(CacheUse use);  ///< empty: there is no cache

struct CacheDesk;
struct KeptAnswer;

struct Exchange {
  // What came in.
  Ulid id;
  dialects::Dialect dialect = dialects::Dialect::kOpenAiChat;
  std::span<const http::HeaderView> headers;
  std::string_view path;
  std::string_view query;       ///< behind the path, without its `?`
  std::string_view credential;  ///< the client's own; only pass-through providers get it
  std::string_view body;
  dialects::RequestView view;
  std::string_view meant_model;  ///< what the client's name stands for; empty: itself
  routing::RequestFacts facts;
  std::string_view route_name;
  const RouteShape* shape = nullptr;  ///< of the route; null: not known
  std::int64_t created_s = 0;
  SteadyTime started{};
  bool debug = false;

  // What was decided.
  Plan plan;
  Trace trace;
  Outlook* outlook = nullptr;              ///< null: nothing is known of the targets
  CacheDesk* cache = nullptr;              ///< null: nothing is kept
  std::unique_ptr<ClientRouting> routing;  ///< null: the client leaves the choice to the route
  std::vector<std::unique_ptr<Target>> own_targets;  ///< of models that the client named

  // What happened.
  std::vector<AttemptRecord> attempts;
  CacheUse cache_use = CacheUse::kNone;
  std::shared_ptr<const KeptAnswer> stale;  ///< what the floor may give again; null: nothing
  bool retried = false;
  bool client_gone = false;
  std::function<void()>
      cancel_current;  ///< ends what the exchange is waiting for; set while it waits
  std::function<void()>
      keep_waiting;         ///< hold-back: sends the head and a keep-alive; empty for whole answers
  bool early_head = false;  ///< the head went out before the commit point (hold-back)
  SteadyTime committed{};
  std::int64_t upstream_wait_us = 0;
};

/// What `target` is asked for: its own model, else what the client's name means.
inline std::string_view model_for(const Exchange& exchange, const Target& target) {
  if (!target.model.empty()) return target.model;
  return exchange.meant_model.empty() ? std::string_view(exchange.view.model)
                                      : exchange.meant_model;
}

/// One frame of a streamed answer, in the client's dialect.
struct Pulled {
  enum class Kind : std::uint8_t { kFrame, kEnd, kBroken };
  Kind kind = Kind::kFrame;
  dialects::Frame frame;
  Error error;  ///< kBroken: why
};

/// The rest of a streamed answer, after its commit point. Pulled, so that a slow client slows the
/// provider.
class ReplyStream {
 public:
  virtual ~ReplyStream() = default;
  virtual Task<Pulled> next() = 0;
  /// The same without waiting, when a frame is there already.
  virtual bool next_now(Pulled& out) = 0;
  /// After the last frame: reads away what the provider still sends (the end of its framing), for a
  /// moment, so that the connection can be used again.
  virtual Task<void> drain() = 0;
  virtual void cancel() = 0;  ///< the client has left: closes the upstream at once
  [[nodiscard]] virtual const llm::Usage& usage() const = 0;
  [[nodiscard]] virtual llm::Finish finish() const = 0;
  [[nodiscard]] virtual std::int64_t output_text_bytes() const = 0;
  [[nodiscard]] virtual std::int64_t skipped_events() const = 0;
  [[nodiscard]] virtual std::string_view response_model() const = 0;
  /// Of the next event, where the client's dialect counts them.
  [[nodiscard]] virtual std::int64_t next_number() const { return 0; }
  /// Who answers by now; null: whom the reply names.
  [[nodiscard]] virtual const Target* target() const { return nullptr; }
};

/// What goes back to the client. Until the outermost middleware returns it, anything may throw it
/// away.
struct Reply {
  enum class Source : std::uint8_t { kTarget, kFloor, kCache, kPassedError, kGateway };
  Source source = Source::kGateway;
  int status = 0;
  std::string headers;                  ///< allow-listed header lines of the provider
  std::string content_type;             ///< empty: application/json
  std::string body;                     ///< whole answers and provider's errors
  std::unique_ptr<ReplyStream> stream;  ///< streamed answers, and whole ones too large to be held
  bool large = false;                   ///< `stream` passes the body of one whole answer
  bool only_metered = false;  ///< costs what its usage says; where it says none, nothing is guessed
  std::optional<std::uint64_t> length;  ///< `large`: what the provider promised, if it did
  Error error;                          ///< kGateway: rendered in the client's dialect
  const Target* target = nullptr;
  llm::Usage usage;
  llm::Finish finish = llm::Finish::kNone;
  std::string response_model;
  std::vector<std::string> dropped_fields;
};

}  // namespace pontage::chain
