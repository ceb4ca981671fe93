// A middleware: one entry of a route's chain. Four kinds (DESIGN law 1): a policy annotates the
// attempts of what stands after it, a selector puts a target at the head of the candidates,
// fallback appends, a wrapper nests around all that follows, the terminal is what runs when the
// candidates are exhausted. Immutable after loading, shared by all workers.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/fields.hpp"
#include "config/node.hpp"
#include "pontage/chain/exchange.hpp"
#include "pontage/core/task.hpp"

namespace pontage::chain {

enum class Kind : std::uint8_t { kPolicy, kSelector, kFallback, kWrapper, kTerminal };

class Chain;
/// The last step: tries the plan's candidates and the floor. The gateway's.
class Dispatcher {
 public:
  virtual ~Dispatcher() = default;
  virtual Task<Reply> dispatch(Exchange& exchange) = 0;
};

/// Everything that follows a wrapper.
class Next {
 public:
  Next(const Chain& chain, std::size_t index, Dispatcher& dispatcher)
      : chain_(chain), index_(index), dispatcher_(dispatcher) {}
  Task<Reply> operator()(Exchange& exchange) const;

 private:
  const Chain& chain_;
  std::size_t index_;
  Dispatcher& dispatcher_;
};

/// What `check` asks beyond the parse.
struct Review {
  config::Diagnostics& diagnostics;
  const config::Mark& mark;  ///< of the entry
};

class Middleware {
 public:
  virtual ~Middleware() = default;
  [[nodiscard]] virtual Kind kind() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Policies, selectors, fallback, terminal: amends the plan. Sends nothing, waits for nothing, so
  /// `explain` runs it too.
  virtual void plan(Exchange& exchange) const { static_cast<void>(exchange); }
  /// Wrappers only.
  virtual Task<Reply> wrap(Exchange& exchange, Next next) const;
  /// Every target that it may name, for reviews and `pontage_floor_ready`.
  virtual void targets(std::vector<const Target*>& out) const { static_cast<void>(out); }
  /// Whether its targets are tried in the order in which they are written.
  [[nodiscard]] virtual bool in_order() const { return true; }
  /// The largest number of tokens that its rules tell apart; 0: it does not look at tokens.
  [[nodiscard]] virtual std::int64_t tokens_wanted() const { return 0; }
};

/// Where a selector or a fallback leads: a target, or a chain of its own (`{ chain: [ … ] }`:
/// policies, selectors and fallbacks), whose candidates then stand in its place in the list. What
/// its policies and `on` say holds for them alone.
struct Branch {
  const Target* target = nullptr;
  std::shared_ptr<const Chain> chain;
  std::string label;

  explicit operator bool() const { return target != nullptr || chain != nullptr; }
  void put_first(Exchange& exchange) const;
  void append(Exchange& exchange) const;
  void targets(std::vector<const Target*>& out) const;
  [[nodiscard]] std::int64_t tokens_wanted() const;

 private:
  std::vector<Candidate> candidates(Exchange& exchange) const;
};

/// What a factory gets besides its YAML node.
struct BuildContext {
  config::Diagnostics& diagnostics;
  /// The target of `{ provider: …, model: … }`; null when it reported an error.
  std::function<const Target*(const config::Node&)> target;
  /// A rule over the request, or over an attempt's outcome; problems are reported with their place
  /// inside the scalar.
  std::function<std::optional<expr::Program>(const config::Node&, bool outcome)> rule;
  /// True when another target (fallback or floor) may still answer: `retry` and `timeout` defaults
  /// depend on nothing else, reviews do.
  std::size_t index = 0;
  /// Empty: no nested chains here (see branch()).
  std::function<Branch(const config::Node&)> nested = {};

  /// A target, or `{ chain: [ … ] }`; false when an error was reported.
  [[nodiscard]] Branch branch(const config::Node& node) const;
};

using Factory = std::unique_ptr<Middleware> (*)(const config::Node& node, BuildContext& context);

/// A row of middleware.def.
struct Registration {
  std::string_view name;
  Kind kind;
  Factory make;
  const config::StructDoc& (*doc)();
  std::string_view reason;  ///< why it stands where it stands in the documented order
};

/// The ordered middlewares of a route.
class Chain {
 public:
  void add(std::unique_ptr<Middleware> middleware) { entries_.push_back(std::move(middleware)); }
  [[nodiscard]] std::span<const std::unique_ptr<Middleware>> entries() const { return entries_; }
  /// Runs the entries from `from` on: plans up to the first wrapper, which gets the rest; at the
  /// end, dispatches.
  Task<Reply> run(Exchange& exchange, Dispatcher& dispatcher, std::size_t from = 0) const;
  /// Only the decision: all plans, no wrapper, no dispatch.
  void plan(Exchange& exchange) const;
  [[nodiscard]] std::int64_t tokens_wanted() const;

 private:
  std::vector<std::unique_ptr<Middleware>> entries_;
};

}  // namespace pontage::chain
