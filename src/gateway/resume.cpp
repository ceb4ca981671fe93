// After the commit point (law 3): a stream that breaks off goes on, for the same client, from
// another target, where the route says so. What the client has is read in passing; what another
// target says is sent only when it is known to fit.
#include <algorithm>
#include <utility>

#include "core/strings.hpp"
#include "dialects/continuation.hpp"
#include "gateway/directory.hpp"
#include "gateway/dispatch_progress.hpp"
#include "gateway/settle.hpp"

namespace pontage::gateway {

using chain::Candidate;
using chain::Exchange;
using chain::Pulled;
using chain::Target;
using dialects::Seam;

namespace {

// A 400 that means the assistant's turn at the end, in the words of several vendors.
bool refuses_prefill(const AttemptResult& result) {
  if (result.status_code != http_status(Code::k_bad_request)) return false;
  const std::string said = to_lower(result.error.detail);
  for (const char* words : {"prefill", "must end with a user", "last role", "last message",
                            "final message", "end with a 'user'"}) {
    if (said.find(words) != std::string::npos) return true;
  }
  return false;
}

std::string_view kind_of(const Error& error) {
  return error.code == Code::k_upstream_timeout ? "timeout" : "cut";
}

}  // namespace

class Dispatch::Resumed final : public chain::ReplyStream {
 public:
  Resumed(const Dispatch& on, Exchange& exchange, std::span<const Candidate> usable,
          const Candidate& answering, std::unique_ptr<ReplyStream> live)
      : on_(on),
        exchange_(exchange),
        usable_(usable),
        answering_(&answering),
        live_(std::move(live)),
        left_(answering.policy->resume_max),
        sent_(exchange.dialect) {}

  Task<Pulled> next() override;
  bool next_now(Pulled& out) override;
  Task<void> drain() override { return live_->drain(); }
  void cancel() override { live_->cancel(); }
  [[nodiscard]] const llm::Usage& usage() const override { return live_->usage(); }
  [[nodiscard]] llm::Finish finish() const override { return live_->finish(); }
  [[nodiscard]] std::int64_t output_text_bytes() const override {
    return live_->output_text_bytes();
  }
  [[nodiscard]] std::int64_t skipped_events() const override {
    return skipped_ + live_->skipped_events();
  }
  [[nodiscard]] std::string_view response_model() const override { return live_->response_model(); }
  [[nodiscard]] std::int64_t next_number() const override { return live_->next_number(); }
  [[nodiscard]] const Target* target() const override { return answering_->target; }

 private:
  enum class Asked { kJoined, kNotThis, kNotSo, kUnjoinable };

  bool pass(Pulled& pulled);
  Task<std::string_view> go_on();
  Task<Asked> ask_around();
  Task<Asked> ask(const Candidate& candidate, bool prefill, Seam::Trust trust);
  Task<Asked> join(const Candidate& candidate, chain::Reply& reply, Seam::Trust trust);
  bool may_ask(const Candidate& candidate, Progress& progress);
  [[nodiscard]] bool takes_prefill(const Target& target, Seam::Trust& trust) const;
  [[nodiscard]] std::string_view obstacle() const;
  [[nodiscard]] AttemptLimits limits(const chain::AttemptPolicy& policy) const;
  [[nodiscard]] llm::Usage used(const ReplyStream& stream) const;
  [[nodiscard]] llm::Usage spent() const;
  void settle_part(std::size_t row);

  Dispatch on_;
  Exchange& exchange_;
  std::span<const Candidate> usable_;
  const Candidate* answering_;
  std::unique_ptr<ReplyStream> live_;
  int left_;
  dialects::SentAnswer sent_;
  std::unique_ptr<dialects::Continuation> join_;  // null: the first part, as it comes
  std::string body_;                              // of the request that asks to go on
  std::string out_;
  std::string event_;  // the provider's own about the break
  std::optional<Pulled> broken_;
  std::size_t row_ = exchange_.attempts.size() - 1;  // of the attempt that answers
  std::int64_t skipped_ = 0;
  bool whole_ = false;  // what was joined is the end as well
};

// False: nothing of it is for the client.
bool Dispatch::Resumed::pass(Pulled& pulled) {
  const bool end = pulled.kind == Pulled::Kind::kEnd;
  if (join_) {
    out_.clear();
    join_->add(pulled.frame.bytes, end, out_);
    pulled.frame.bytes = out_;
  }
  sent_.add(pulled.frame.bytes);
  return end || !pulled.frame.bytes.empty();
}

bool Dispatch::Resumed::next_now(Pulled& out) {
  while (!broken_ && live_->next_now(out)) {
    if (out.kind == Pulled::Kind::kBroken) {
      event_ = out.frame.bytes;
      broken_ = out;
    } else if (pass(out)) {
      return true;
    }
  }
  return false;
}

Task<Pulled> Dispatch::Resumed::next() {
  Pulled out;
  while (true) {
    if (next_now(out)) co_return out;
    if (!broken_) {
      out = co_await live_->next();
      if (out.kind != Pulled::Kind::kBroken) {
        if (pass(out)) co_return out;
        continue;
      }
      event_ = out.frame.bytes;
      broken_ = out;
    }
    const auto outcome = co_await go_on();
    if (!outcome.empty())
      on_.state_.shard.counter(metrics::k_resumes, {exchange_.route_name, outcome}).add();
    if (outcome != "resumed") {  // the first failure is what the client is told
      broken_->frame.bytes = event_;
      co_return *broken_;
    }
    broken_.reset();
    out = Pulled{};
    out.kind = whole_ ? Pulled::Kind::kEnd : Pulled::Kind::kFrame;
    out.frame.bytes = out_;
    sent_.add(out_);
    if (whole_ || !out_.empty()) co_return out;
  }
}

llm::Usage Dispatch::Resumed::used(const ReplyStream& stream) const {
  llm::Usage usage = stream.usage();
  if (!usage.present) estimate(exchange_, stream.output_text_bytes(), usage);
  return usage;
}

llm::Usage Dispatch::Resumed::spent() const {
  llm::Usage all = used(*live_);
  for (const auto& attempt : exchange_.attempts) all.add(attempt.usage);
  return all;
}

// The part that broke off is an attempt of its own now, with what it used.
void Dispatch::Resumed::settle_part(std::size_t row) {
  auto& part = exchange_.attempts[row_];
  part.usage = used(*live_);
  part.outcome = "truncated";
  part.error = event_.empty() ? kind_of(broken_->error) : "error_event";
  part.reason = broken_->error.detail;
  skipped_ += live_->skipped_events();
  report_failure(on_.state_, on_.snapshot_.breaker, *part.target,
                 model_for(exchange_, *part.target), std::nullopt);
  row_ = row;
  exchange_.attempts[row_].outcome = "resumed";
}

std::string_view Dispatch::Resumed::obstacle() const {
  if (const auto why = sent_.obstacle(); !why.empty()) return why;
  const bool can = !dialects::continued_request(exchange_.body, sent_.text(), true).empty();
  return can ? std::string_view() : "the client had begun the answer itself";
}

// How it went, as the metric has it; empty: nothing was to be done.
Task<std::string_view> Dispatch::Resumed::go_on() {
  if (exchange_.client_gone || left_ == 0) co_return std::string_view();
  const std::string& label = answering_->target->label;
  if (const auto why = obstacle(); !why.empty()) {
    exchange_.trace.decide("resume", label, " broke off and cannot be gone on with: ", why);
    co_return "impossible";
  }
  --left_;
  exchange_.trace.decide("resume", label, " broke off after ",
                         std::to_string(sent_.text().size()) + " bytes of text");
  exchange_.trace.note("resume", label, ": ", broken_->error.detail);
  const auto waited = exchange_.upstream_wait_us;  // who pulls counts all of this
  const Asked asked = co_await ask_around();
  exchange_.upstream_wait_us = waited;
  exchange_.cancel_current = [this] { cancel(); };
  if (exchange_.client_gone) co_return std::string_view();
  switch (asked) {
    case Asked::kJoined:
      exchange_.trace.decide("resume", answering_->target->label, " went on");
      co_return "resumed";
    case Asked::kUnjoinable:
      co_return "unjoinable";
    case Asked::kNotThis:
    case Asked::kNotSo:
      break;
  }
  co_return "failed";
}

// The others in the order of the plan, from the next one on; the same one last.
Task<Dispatch::Resumed::Asked> Dispatch::Resumed::ask_around() {
  Progress progress;  // only what breakers say of each
  const auto here = static_cast<std::size_t>(answering_ - usable_.data());
  for (std::size_t i = 1; i <= usable_.size(); ++i) {
    const Candidate& candidate = usable_[(here + i) % usable_.size()];
    if (!may_ask(candidate, progress)) continue;
    Seam::Trust trust = Seam::Trust::kLoose;
    const bool prefill = takes_prefill(*candidate.target, trust);
    Asked asked = co_await ask(candidate, prefill, prefill ? trust : Seam::Trust::kAsked);
    if (asked == Asked::kNotSo && may_ask(candidate, progress))
      asked = co_await ask(candidate, false, Seam::Trust::kAsked);
    if (asked == Asked::kJoined || asked == Asked::kUnjoinable) co_return asked;
  }
  co_return Asked::kNotThis;
}

bool Dispatch::Resumed::may_ask(const Candidate& candidate, Progress& progress) {
  if (exchange_.client_gone) return false;
  if (std::ssize(exchange_.attempts) >= on_.snapshot_.attempts) {
    exchange_.trace.note("resume", "the request has no attempt left");
    return false;
  }
  if (on_.passed_over(exchange_, *candidate.target, progress)) return false;
  if (&candidate != answering_) return true;
  return on_.state_.shared.retries.take(std::chrono::steady_clock::now(),
                                        on_.snapshot_.retries_a_second);
}

// Whether an assistant's turn at the end is gone on with; `trust`: by the word of the interface.
bool Dispatch::Resumed::takes_prefill(const Target& target, Seam::Trust& trust) const {
  const std::string model(model_for(exchange_, target));
  const auto* endpoint = target.provider->endpoint_for(exchange_.dialect, model);
  if (endpoint == nullptr || exchange_.view.asks_reasoning) return false;
  if (!shape_for(on_.snapshot_, exchange_, target, *endpoint, model).can.prefill) return false;
  if (on_.state_.shared.prefill.refuses(target.provider->name, model)) return false;
  if (endpoint->dialect == dialects::Dialect::kAnthropicMessages ||
      endpoint->dialect == dialects::Dialect::kBedrockConverse) {
    trust = Seam::Trust::kContract;
  }
  return true;
}

AttemptLimits Dispatch::Resumed::limits(const chain::AttemptPolicy& policy) const {
  const auto now = std::chrono::steady_clock::now();
  const auto token = exchange_.view.asks_reasoning ? defaults::kFirstTokenTimeoutReasoning
                                                   : defaults::kFirstTokenTimeout;
  AttemptLimits limits;
  limits.total = exchange_.started + exchange_.plan.total.value_or(defaults::kTotalTimeout);
  limits.connect = policy.connect.value_or(defaults::kConnectTimeout);
  limits.first_byte =
      now + policy.first_byte.value_or(std::max(defaults::kFirstByteTimeout, token));
  limits.first_token = now + policy.first_token.value_or(token);
  limits.idle = policy.idle.value_or(defaults::kStreamIdleTimeout);
  limits.min_rate = policy.min_tokens_per_second;
  limits.rate_window = policy.rate_window;
  if (policy.attempt) limits.rule = now + *policy.attempt;
  return limits;
}

Task<Dispatch::Resumed::Asked> Dispatch::Resumed::ask(const Candidate& candidate, bool prefill,
                                                      Seam::Trust trust) {
  const Target& target = *candidate.target;
  body_ = dialects::continued_request(exchange_.body, sent_.text(), prefill);
  const std::string_view asked = std::exchange(exchange_.body, body_);
  AttemptResult result;
  co_await run_attempt(on_.state_, on_.snapshot_, exchange_, target, limits(*candidate.policy),
                       result);
  exchange_.body = asked;
  on_.report(exchange_, target, result);
  on_.record(exchange_, target, result, false,
             result.committed ? std::string_view() : std::string_view(result.error.detail));
  if (result.committed && result.reply.stream)
    co_return co_await join(candidate, result.reply, trust);
  exchange_.trace.decide("resume", target.label, " did not go on: ", result.error.detail);
  if (!prefill || result.status_code != http_status(Code::k_bad_request)) co_return Asked::kNotThis;
  if (refuses_prefill(result))
    on_.state_.shared.prefill.refused(target.provider->name, model_for(exchange_, target));
  co_return Asked::kNotSo;
}

// Nothing is sent before it is known to fit.
Task<Dispatch::Resumed::Asked> Dispatch::Resumed::join(const Candidate& candidate,
                                                       chain::Reply& reply, Seam::Trust trust) {
  auto stream = std::move(reply.stream);
  exchange_.cancel_current = [live = stream.get()] { live->cancel(); };
  const std::size_t row = exchange_.attempts.size() - 1;
  const bool include_usage = exchange_.view.include_usage || exchange_.routing != nullptr;
  auto join = std::make_unique<dialects::Continuation>(exchange_.dialect, exchange_.view,
                                                       include_usage, sent_, trust, spent());
  out_.clear();
  while (true) {
    const Pulled pulled = co_await stream->next();
    const bool broken = pulled.kind == Pulled::Kind::kBroken;
    whole_ = pulled.kind == Pulled::Kind::kEnd;
    const auto state = broken ? Seam::State::kHeld : join->add(pulled.frame.bytes, whole_, out_);
    if (state == Seam::State::kJoined) {
      settle_part(row);
      live_ = std::move(stream);
      join_ = std::move(join);
      answering_ = &candidate;
      co_return Asked::kJoined;
    }
    if (state == Seam::State::kHeld && !broken && !whole_) continue;
    auto& made = exchange_.attempts[row];
    made.usage = used(*stream);
    made.outcome = "error";
    made.error = broken ? kind_of(pulled.error) : "unjoinable";
    made.reason = broken ? pulled.error.detail : "what it says does not go on from what was sent";
    exchange_.trace.decide("resume", candidate.target->label, " did not go on: ", made.reason);
    stream->cancel();
    if (!broken) co_return Asked::kUnjoinable;
    if (!exchange_.client_gone)
      report_failure(on_.state_, on_.snapshot_.breaker, *candidate.target,
                     model_for(exchange_, *candidate.target), std::nullopt);
    co_return Asked::kNotThis;
  }
}

chain::Reply Dispatch::resumable(Exchange& exchange, std::span<const Candidate> usable,
                                 const Candidate& answering, chain::Reply reply) {
  if (answering.policy->resume_max == 0 || !reply.stream || reply.large) return reply;
  if (!dialects::can_continue(exchange.dialect) || exchange.view.choices != 1) return reply;
  reply.stream =
      std::make_unique<Resumed>(*this, exchange, usable, answering, std::move(reply.stream));
  return reply;
}

}  // namespace pontage::gateway
