#include "routing/breaker.hpp"

#include <algorithm>

#include "core/strings.hpp"

namespace pontage::routing {
namespace {

constexpr Millis kProbeLease{60'000};  // a probe that never reported back does not block for ever
constexpr int kMostDoublings = 3;
constexpr std::uint64_t kLowHalf = 0xFFFF'FFFFULL;

std::int64_t us(SteadyTime time) {
  return std::chrono::duration_cast<Micros>(time.time_since_epoch()).count();
}

void raise(std::atomic<std::int64_t>& to, std::int64_t value) {
  std::int64_t held = to.load(std::memory_order_relaxed);
  while (held < value && !to.compare_exchange_weak(held, value, std::memory_order_relaxed)) {
  }
}

const config::Struct<BreakerSettings>& table() {
  static const config::Struct<BreakerSettings> kTable = [] {
    constexpr Millis kHour{3'600'000};
    config::Struct<BreakerSettings> made(
        "breaker",
        "When a target (a provider and a model) is passed over for a while; `off`: never. "
        "Timeouts, "
        "5xx, lost connections, refused keys, answers that are none and cut streams count; the "
        "client's own errors and cancellations do not.");
    made.integer("failures", &BreakerSettings::failures, 1, 1'000'000, "Failures in a row.")
        .number("error_rate", &BreakerSettings::error_rate, 0.01, 1,
                "Or this share of the attempts in the window.")
        .integer("requests", &BreakerSettings::requests, 1, 1'000'000,
                 "With so many attempts in it at least.")
        .duration("window", &BreakerSettings::window, Millis(100), kHour, "The window's length.")
        .duration("open", &BreakerSettings::open, Millis(1), kHour,
                  "How long it is passed over before one request finds out how it is; doubles each "
                  "time that one fails, up to eight times. A `Retry-After` sets it instead.")
        .duration("rest", &BreakerSettings::rest, Millis(0), kHour,
                  "After a 429 that names no time; with one, as long as that says. No failure.");
    return made;
  }();
  return kTable;
}

}  // namespace

const config::StructDoc& breaker_doc() {
  return table().doc();
}

void read_breaker(const config::Node& node, BreakerSettings& out,
                  config::Diagnostics& diagnostics) {
  if (node.is_scalar() && (node.text == "off" || node.text == "false")) {
    out.on = false;
    return;
  }
  table().parse(node, out, diagnostics);
}

Breaker::Admission Breaker::look(SteadyTime now) const {
  const std::int64_t at = us(now);
  if (down_until_us_.load(std::memory_order_relaxed) > at) return Admission::kDown;
  if (rest_until_us_.load(std::memory_order_relaxed) > at) return Admission::kResting;
  const std::int64_t open = open_until_us_.load(std::memory_order_relaxed);
  if (open == 0) return Admission::kYes;
  if (open > at || probe_until_us_.load(std::memory_order_relaxed) > at) return Admission::kOpen;
  return Admission::kProbe;
}

Breaker::Admission Breaker::admit(SteadyTime now) {
  const Admission seen = look(now);
  if (seen != Admission::kProbe) return seen;
  std::int64_t held = probe_until_us_.load(std::memory_order_relaxed);
  const bool mine = held <= us(now) && probe_until_us_.compare_exchange_strong(
                                           held, us(now + kProbeLease), std::memory_order_relaxed);
  return mine ? Admission::kProbe : Admission::kOpen;
}

void Breaker::count(SteadyTime now, const BreakerSettings& settings, bool failure) {
  const std::int64_t at = us(now);
  std::int64_t start = window_start_us_.load(std::memory_order_relaxed);
  const auto length = std::chrono::duration_cast<Micros>(settings.window).count();
  if (at - start > length &&
      window_start_us_.compare_exchange_strong(start, at, std::memory_order_relaxed))
    window_.store(0, std::memory_order_relaxed);
  window_.fetch_add((failure ? 1ULL << 32 : 0) + 1, std::memory_order_relaxed);
}

bool Breaker::tripped(const BreakerSettings& settings) const {
  if (in_a_row_.load(std::memory_order_relaxed) >= settings.failures) return true;
  const std::uint64_t window = window_.load(std::memory_order_relaxed);
  const auto all = static_cast<double>(window & kLowHalf);
  return all >= settings.requests && static_cast<double>(window >> 32) >= settings.error_rate * all;
}

void Breaker::open(SteadyTime now, const BreakerSettings& settings,
                   std::optional<Millis> retry_after) {
  const int before = reopened_.fetch_add(1, std::memory_order_relaxed);
  Millis time = settings.open * (1 << std::min(before, kMostDoublings));
  // What the provider says holds, in bounds: it may be wrong by days.
  if (retry_after) time = std::clamp(*retry_after, settings.open, settings.open * 20);
  open_until_us_.store(us(now + time), std::memory_order_relaxed);
  probe_until_us_.store(0, std::memory_order_relaxed);
  openings_.fetch_add(1, std::memory_order_relaxed);
}

void Breaker::succeeded(SteadyTime now, const BreakerSettings& settings) {
  in_a_row_.store(0, std::memory_order_relaxed);
  if (open_until_us_.load(std::memory_order_relaxed) == 0) {
    count(now, settings, false);
    return;
  }
  open_until_us_.store(0, std::memory_order_relaxed);
  probe_until_us_.store(0, std::memory_order_relaxed);
  reopened_.store(0, std::memory_order_relaxed);
  window_.store(0, std::memory_order_relaxed);
}

bool Breaker::failed(SteadyTime now, const BreakerSettings& settings,
                     std::optional<Millis> retry_after) {
  if (!settings.on) return false;
  in_a_row_.fetch_add(1, std::memory_order_relaxed);
  count(now, settings, true);
  const std::int64_t until = open_until_us_.load(std::memory_order_relaxed);
  if (until > us(now)) return false;  // of a request that began before
  if (until == 0 && !tripped(settings)) return false;
  open(now, settings, retry_after);
  return true;
}

void Breaker::rest(SteadyTime now, Millis time) {
  raise(rest_until_us_, us(now + time));
  undecided();
}

void Breaker::ask_again(SteadyTime now) {
  std::int64_t until = open_until_us_.load(std::memory_order_relaxed);
  if (until > us(now))
    open_until_us_.compare_exchange_strong(until, us(now), std::memory_order_relaxed);
}

void Breaker::mark_down(SteadyTime until) {
  down_until_us_.store(us(until), std::memory_order_relaxed);
}

Breaker::State Breaker::state(SteadyTime now) const {
  const std::int64_t until = open_until_us_.load(std::memory_order_relaxed);
  if (until == 0) return State::kClosed;
  return until > us(now) ? State::kOpen : State::kHalfOpen;
}

SteadyTime Breaker::available(SteadyTime now) const {
  std::int64_t latest = us(now);
  for (const auto* each : {&open_until_us_, &probe_until_us_, &rest_until_us_, &down_until_us_})
    latest = std::max(latest, each->load(std::memory_order_relaxed));
  return SteadyTime(Micros(latest));
}

std::string_view state_name(const Breaker& breaker, SteadyTime now) {
  switch (breaker.look(now)) {
    case Breaker::Admission::kDown:
      return "down";
    case Breaker::Admission::kResting:
      return "resting";
    case Breaker::Admission::kYes:
    case Breaker::Admission::kProbe:
    case Breaker::Admission::kOpen:
      break;
  }
  switch (breaker.state(now)) {
    case Breaker::State::kClosed:
      return "closed";
    case Breaker::State::kHalfOpen:
      return "half_open";
    case Breaker::State::kOpen:
      return "open";
  }
  return "closed";
}

std::string why_not(const Breaker& breaker, SteadyTime now) {
  const auto left = [&] {
    return format_duration(std::chrono::ceil<Millis>(breaker.available(now) - now));
  };
  switch (breaker.look(now)) {
    case Breaker::Admission::kYes:
    case Breaker::Admission::kProbe:
      return {};
    case Breaker::Admission::kOpen:
      return "its breaker is open, for " + left() + " yet";
    case Breaker::Admission::kResting:
      return "it asked for a pause (429), for " + left() + " yet";
    case Breaker::Admission::kDown:
      return "the operator marked it as down, for " + left() + " yet";
  }
  return {};
}

}  // namespace pontage::routing
