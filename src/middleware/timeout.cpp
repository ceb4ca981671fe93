// timeout: deadlines of the request and of the attempts that follow.
#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {
namespace {

struct Options {
  Millis total = defaults::kTotalTimeout;
  Millis attempt{};
  Millis connect = defaults::kConnectTimeout;
  Millis first_byte = defaults::kFirstByteTimeout;
  Millis first_token = defaults::kFirstTokenTimeout;
  Millis idle = defaults::kStreamIdleTimeout;
  int min_tokens_per_second = 0;
  Millis rate_window = defaults::kRateWindow;
};

const config::Struct<Options>& table() {
  static const config::Struct<Options> kTable = [] {
    static constexpr Millis kMin{1};
    static constexpr Millis kMax{24 * 3'600'000};
    config::Struct<Options> made("chain.timeout",
                                 "Deadlines. What is not written keeps its default.");
    made.duration("total", &Options::total, kMin, kMax, "The whole request, over all attempts.")
        .custom("attempt", "duration 1ms..1d", "—",
                "Each attempt, to its answer: the whole body, or a stream's first content.",
                [](const config::Node& node, Options& out, config::Diagnostics& diagnostics) {
                  config::read_duration(node, kMin, kMax, out.attempt, diagnostics);
                })
        .duration("connect", &Options::connect, kMin, kMax, "Name, connection and TLS handshake.")
        .duration("first_byte", &Options::first_byte, kMin, kMax,
                  "Streams: to the response head. Without this entry only chains with somewhere to "
                  "go have it.")
        .duration("first_token", &Options::first_token, kMin, kMax,
                  "Streams: to the first content; 120s for reasoning models unless written.")
        .duration("idle", &Options::idle, kMin, kMax, "Streams: between two events.")
        .integer("min_tokens_per_second", &Options::min_tokens_per_second, 0, 10'000,
                 "Streams: the least, of text at four bytes a token, after the first content; a "
                 "slower one counts as cut. 0: any.")
        .duration("rate_window", &Options::rate_window, Millis(100), kMax,
                  "How long is waited for those tokens before a stream is too slow.");
    return made;
  }();
  return kTable;
}

class Timeout final : public chain::Middleware {
 public:
  Timeout(const Options& options, const config::Node& node) {
    const auto given = [&](const char* key, Millis value) -> std::optional<Millis> {
      if (node.find(key) == nullptr) return std::nullopt;
      return value;
    };
    total_ = given("total", options.total);
    attempt_ = given("attempt", options.attempt);
    connect_ = given("connect", options.connect);
    first_byte_ = given("first_byte", options.first_byte);
    first_token_ = given("first_token", options.first_token);
    idle_ = given("idle", options.idle);
    rate_window_ = given("rate_window", options.rate_window);
    if (node.find("min_tokens_per_second") != nullptr) min_rate_ = options.min_tokens_per_second;
  }
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kPolicy; }
  [[nodiscard]] std::string_view name() const override { return "timeout"; }

  void plan(chain::Exchange& exchange) const override {
    if (total_) exchange.plan.total = total_;
    auto& policy = exchange.plan.amend_policy();
    if (attempt_) policy.attempt = attempt_;
    if (connect_) policy.connect = connect_;
    if (first_byte_) policy.first_byte = first_byte_;
    if (first_token_) policy.first_token = first_token_;
    if (idle_) policy.idle = idle_;
    if (min_rate_) policy.min_tokens_per_second = *min_rate_;
    if (rate_window_) policy.rate_window = *rate_window_;
  }

 private:
  std::optional<Millis> total_, attempt_, connect_, first_byte_, first_token_, idle_, rate_window_;
  std::optional<int> min_rate_;
};

}  // namespace

const config::StructDoc& doc_of_timeout() {
  return table().doc();
}

std::unique_ptr<chain::Middleware> make_timeout(const config::Node& node,
                                                chain::BuildContext& context) {
  Options options;
  table().parse(node, options, context.diagnostics);
  return std::make_unique<Timeout>(options, node);
}

}  // namespace pontage::middleware
