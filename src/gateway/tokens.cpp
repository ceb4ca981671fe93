#include "gateway/tokens.hpp"

#include <cmath>

#include "llm/tokenizer.hpp"

namespace pontage::gateway {
namespace {

struct Counting final : dialects::TextSink {
  explicit Counting(llm::Encoding encoding, std::int64_t most) : counter(encoding, most) {}
  bool text(std::string_view piece) override { return counter.add(piece); }
  void message() override { overhead += llm::kTokensPerMessage; }
  llm::TokenCounter counter;
  std::int64_t overhead = llm::kTokensPerReply;
};

}  // namespace

std::int64_t count_input_tokens_now(const chain::Exchange& exchange, std::int64_t most) {
  const auto choice = llm::encoding_for(
      exchange.meant_model.empty() ? std::string_view(exchange.view.model) : exchange.meant_model);
  const auto raw_most =
      choice.exact || most == std::numeric_limits<std::int64_t>::max()
          ? most
          : static_cast<std::int64_t>(std::ceil(static_cast<double>(most) / choice.factor)) + 1;
  Counting sink(choice.encoding, raw_most);
  std::int64_t guessed = 0;
  dialects::visit_input_text(exchange.dialect, exchange.body, sink, guessed);
  const auto counted = static_cast<double>(sink.counter.count() + sink.overhead);
  return static_cast<std::int64_t>(std::llround(counted * choice.factor)) + guessed;
}

Task<std::int64_t> count_input_tokens(WorkerState& state, const chain::Exchange& exchange,
                                      std::int64_t most) {
  if (exchange.body.size() <= defaults::kTokenCountOffThreadBytes)
    co_return count_input_tokens_now(exchange, most);
  std::int64_t counted = 0;
  auto work = [&] { counted = count_input_tokens_now(exchange, most); };
  auto run = state.shared.background.run(state.worker, work);
  co_await run;
  co_return counted;
}

}  // namespace pontage::gateway
