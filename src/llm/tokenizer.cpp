#include "llm/tokenizer.hpp"

#include <string>

#include "llm/bpe.hpp"
#include "llm/pretokenizer.hpp"
#include "llm/utf8.hpp"

namespace pontage::llm {

TokenCounter::TokenCounter(Encoding encoding, std::int64_t stop_after)
    : encoding_(encoding), stop_after_(stop_after), bpe_(std::make_unique<BpeCounter>(encoding)) {}
TokenCounter::~TokenCounter() = default;
TokenCounter::TokenCounter(TokenCounter&&) noexcept = default;
TokenCounter& TokenCounter::operator=(TokenCounter&&) noexcept = default;

bool TokenCounter::add(std::string_view text) {
  if (stopped()) return false;
  // A text has at least so many tokens (repairing it never shortens it): enough to refuse a huge
  // one unread.
  const auto longest = static_cast<std::int64_t>(bpe_->table().longest_token());
  const auto at_least = (static_cast<std::int64_t>(text.size()) + longest - 1) / longest;
  if (at_least > stop_after_ - count_) {
    count_ += at_least;
    return false;
  }
  std::string repaired;
  if (valid_utf8_prefix(text) != text.size()) {
    repaired = replace_invalid_utf8(text);
    text = repaired;
  }
  Pretokenizer pieces(encoding_, text);
  while (!pieces.done() && !stopped()) count_ += bpe_->count(pieces.next());
  scanned_ += pieces.steps();
  return !stopped();
}

std::uint64_t TokenCounter::work() const {
  return scanned_ + bpe_->steps();
}

std::int64_t count_tokens(Encoding encoding, std::string_view text, std::int64_t stop_after) {
  TokenCounter counter(encoding, stop_after);
  counter.add(text);
  return counter.count();
}

}  // namespace pontage::llm
