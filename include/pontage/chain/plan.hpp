// What a chain decides about a request before anything is sent: candidates in order, and for each
// how it is tried.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/defaults.hpp"
#include "expr/expr.hpp"
#include "ledger/model.hpp"
#include "llm/capabilities.hpp"
#include "providers/provider.hpp"

namespace pontage::chain {

/// What the catalogue and the configuration say about a model at a provider.
struct Listing {
  const ledger::Model* model = nullptr;  ///< null: not known
  bool priced = false;                   ///< its prices hold here
  bool borrowed = false;                 ///< nobody said that they do: costs are flagged
};

/// A provider and a model to send to. Owned by the configuration, or by the exchange when the
/// client named the model.
struct Target {
  const providers::Provider* provider = nullptr;
  std::string model;                ///< empty: the client's
  std::string label;                ///< "openai/gpt-4o"
  std::int64_t context_tokens = 0;  ///< 0: not known
  std::string_view tier;            ///< "cheap", "standard", "strong", "unknown"
  /// Top-level fields of the body and the JSON that they are sent with to this target.
  std::vector<std::pair<std::string, std::string>> overrides = {};
  std::string name = {};  ///< what its author calls it; empty: nothing
  Listing listing;        ///< of `model`; nothing while that is the client's
  llm::Capabilities can;  ///< of `model`, at this provider
};

enum class Backoff : std::uint8_t { kExponential, kFixed };

/// A second target that starts when the first is late.
struct Hedge {
  int max = 0;         ///< 0: none
  int percentile = 0;  ///< of the target's measured times to the first token; 0: `after` holds
  Millis after{};
};

/// What `retry`, `timeout`, `hedge` and `resume` say about the attempts of the candidates that
/// stand after them.
struct AttemptPolicy {
  int retry_max = 0;
  Backoff backoff = Backoff::kExponential;
  Millis backoff_base = defaults::kBackoffBase;
  Millis backoff_cap = defaults::kBackoffCap;
  Millis patience = defaults::kRetryAfterPatience;
  bool retry_429 = true;
  bool retry_5xx = true;
  bool retry_transport = true;
  std::vector<int> retry_statuses;
  std::optional<Millis> connect;
  std::optional<Millis> attempt;  ///< to the commit point
  std::optional<Millis> first_byte;
  std::optional<Millis> first_token;
  std::optional<Millis> idle;
  int min_tokens_per_second = 0;  ///< of a stream after its first content; 0: any
  Millis rate_window = defaults::kRateWindow;
  int resume_max = 0;  ///< times that a stream is gone on with after its commit point
  Hedge hedge;
};

/// One rule of `fallback.on`. A bare `latency_ms > c` or `ttft_ms > c` is a timer before the commit
/// point.
struct LeaveRule {
  expr::Program program;
  std::optional<Millis> latency_limit;
  std::optional<Millis> ttft_limit;
};
struct LeaveRules {
  std::vector<LeaveRule> rules;
  bool content_filter = false;  ///< `on: content_filter` opted in
};

struct Candidate {
  const Target* target;
  const AttemptPolicy* policy;        ///< of the plan, never null
  const LeaveRules* leave = nullptr;  ///< of the branch that it came from; null: the plan's
};

struct FloorEntry {
  const Target* target = nullptr;  ///< or:
  std::string message = {};        ///< or:
  bool cache = false;              ///< the last good answer, although it is old
};
struct Floor {
  std::vector<FloorEntry> entries;
};

struct Plan {
  std::vector<Candidate> candidates;
  const LeaveRules* leave = nullptr;  ///< null: the default triggers
  bool has_fallback = false;
  const Floor* floor = nullptr;
  std::optional<Millis> total;
  std::optional<bool> drop_unsupported;       ///< the route's word, before the provider's
  const AttemptPolicy* policy = nullptr;      ///< what the next candidate gets
  std::optional<AttemptPolicy> first_policy;  ///< most chains have one
  std::vector<std::unique_ptr<AttemptPolicy>> more_policies;

  Plan();
  Plan(const Plan&) = delete;  // `policy` may point into it
  Plan& operator=(const Plan&) = delete;
  void put_first(const Target& target);
  /// Unless it is in the list already. A target that is listed keeps its place and takes the newer
  /// policy.
  void append(const Target& target);
  /// The same for candidates that were made elsewhere (a branch): they bring policy and rules
  /// along.
  void put_first(const std::vector<Candidate>& made);
  void append(const std::vector<Candidate>& made);
  AttemptPolicy& amend_policy();  ///< a fresh copy for the candidates to come
};

}  // namespace pontage::chain
