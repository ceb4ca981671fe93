// Small middlewares of each kind, and a dispatcher that records what the chain has decided.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pontage/chain/middleware.hpp"
#include "support/run_task.hpp"

namespace pontage::chain::test {

inline Target target(const providers::Provider* provider, std::string model, std::string label) {
  Target made;
  made.provider = provider;
  made.model = std::move(model);
  made.label = std::move(label);
  return made;
}

struct Targets {
  providers::Provider near, far;
  Target a, b, c, c_again;
  Targets() {
    near.name = "near";
    far.name = "far";
    a = target(&near, "a", "near/a");
    b = target(&near, "b", "near/b");
    c = target(&far, "c", "far/c");
    c_again = target(&far, "c", "far/c");  // another object that means the same
  }
};

class RetryTimes final : public Middleware {
 public:
  explicit RetryTimes(int times) : times_(times) {}
  [[nodiscard]] Kind kind() const override { return Kind::kPolicy; }
  [[nodiscard]] std::string_view name() const override { return "retry"; }
  void plan(Exchange& exchange) const override { exchange.plan.amend_policy().retry_max = times_; }

 private:
  int times_;
};

class Select final : public Middleware {
 public:
  explicit Select(const Target& target) : target_(target) {}
  [[nodiscard]] Kind kind() const override { return Kind::kSelector; }
  [[nodiscard]] std::string_view name() const override { return "select"; }
  void plan(Exchange& exchange) const override {
    exchange.trace.decide("select", target_.label);
    exchange.plan.put_first(target_);
  }
  [[nodiscard]] std::int64_t tokens_wanted() const override { return 500; }

 private:
  const Target& target_;
};

class Append final : public Middleware {
 public:
  explicit Append(std::vector<const Target*> targets) : targets_(std::move(targets)) {}
  [[nodiscard]] Kind kind() const override { return Kind::kFallback; }
  [[nodiscard]] std::string_view name() const override { return "fallback"; }
  void plan(Exchange& exchange) const override {
    for (const auto* target : targets_) exchange.plan.append(*target);
  }
  [[nodiscard]] std::int64_t tokens_wanted() const override { return 40; }

 private:
  std::vector<const Target*> targets_;
};

class FloorText final : public Middleware {
 public:
  FloorText() { floor_.entries.push_back({nullptr, "sorry"}); }
  [[nodiscard]] Kind kind() const override { return Kind::kTerminal; }
  [[nodiscard]] std::string_view name() const override { return "floor"; }
  void plan(Exchange& exchange) const override { exchange.plan.floor = &floor_; }

 private:
  Floor floor_;
};

/// Writes down when it is entered and left, and how many candidates stood there on the way in.
class Recorder final : public Middleware {
 public:
  Recorder(std::string tag, std::vector<std::string>& log) : tag_(std::move(tag)), log_(log) {}
  [[nodiscard]] Kind kind() const override { return Kind::kWrapper; }
  [[nodiscard]] std::string_view name() const override { return "recorder"; }
  Task<Reply> wrap(Exchange& exchange, Next next) const override {
    log_.push_back(tag_ + " in " + std::to_string(exchange.plan.candidates.size()));
    Reply reply = co_await next(exchange);
    log_.push_back(tag_ + " out " + std::to_string(reply.status));
    co_return reply;
  }

 private:
  std::string tag_;
  std::vector<std::string>& log_;
};

/// Answers itself, as a cache would.
class ShortCut final : public Middleware {
 public:
  [[nodiscard]] Kind kind() const override { return Kind::kWrapper; }
  [[nodiscard]] std::string_view name() const override { return "shortcut"; }
  Task<Reply> wrap(Exchange&, Next) const override {
    Reply reply;
    reply.status = 204;
    co_return reply;
  }
};

class RecordingDispatcher final : public Dispatcher {
 public:
  explicit RecordingDispatcher(std::vector<std::string>& log) : log_(log) {}
  Task<Reply> dispatch(Exchange& exchange) override {
    log_.push_back("dispatch " + std::to_string(exchange.plan.candidates.size()));
    Reply reply;
    reply.status = 200;
    co_return reply;
  }

 private:
  std::vector<std::string>& log_;
};

/// "near/a:0 far/c:2": the candidates in order, each with its retries.
inline std::string spell(const Plan& plan) {
  std::string out;
  for (const auto& entry : plan.candidates) {
    if (!out.empty()) out += ' ';
    out += entry.target->label + ":" + std::to_string(entry.policy->retry_max);
  }
  return out;
}

template <class... Entries>
Chain chain_of(std::unique_ptr<Entries>... entries) {
  Chain chain;
  (chain.add(std::move(entries)), ...);
  return chain;
}

}  // namespace pontage::chain::test
