// How many tokens a text has: exact for OpenAI's models, an estimate marked so for all others
// (docs/tokens.md). Counts equal those of OpenAI's own encoder (tiktoken's encode_ordinary: special
// tokens are ordinary text); time is linear in the text whatever it is. Text only: what tools and
// images cost is the caller's estimate.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

namespace pontage::llm {

enum class Encoding : std::uint8_t { kO200k, kCl100k };

struct EncodingChoice {
  Encoding encoding = Encoding::kO200k;
  bool exact = false;   ///< the model is known to use this encoding
  double factor = 1.0;  ///< multiply the count by it; 1 where exact
};

/// By model name: case, vendor prefixes (`openai/gpt-4o`), dates and `ft:gpt-4o:org::id` do not
/// matter.
EncodingChoice encoding_for(std::string_view model);

/// OpenAI's chat format around the text (OpenAI cookbook, "How to count tokens with tiktoken"), for
/// gpt-3.5-turbo and all later chat models: each message costs 3 on top of its role's and content's
/// tokens, each `name` 1 on top of its own, and every reply is primed with 3.
inline constexpr std::int64_t kTokensPerMessage = 3;
inline constexpr std::int64_t kTokensPerName = 1;
inline constexpr std::int64_t kTokensPerReply = 3;

class BpeCounter;

/// Counts piece by piece, where a piece is one independent text (a message's role, a content part,
/// …). One a use, not thread-safe; the tables behind it are shared and immutable.
class TokenCounter {
 public:
  explicit TokenCounter(Encoding encoding,
                        std::int64_t stop_after = std::numeric_limits<std::int64_t>::max());
  ~TokenCounter();
  TokenCounter(TokenCounter&&) noexcept;
  TokenCounter& operator=(TokenCounter&&) noexcept;

  /// False once the count has passed `stop_after`: count() is then some number above it and no more
  /// than the truth. Invalid UTF-8 counts as U+FFFD for each maximal bad part, which is what
  /// decoders make of it.
  bool add(std::string_view text);
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] bool stopped() const { return count_ > stop_after_; }
  /// Elementary steps done so far; tests hold it against the length of the input.
  [[nodiscard]] std::uint64_t work() const;

 private:
  Encoding encoding_;
  std::int64_t stop_after_;
  std::int64_t count_ = 0;
  std::uint64_t scanned_ = 0;
  std::unique_ptr<BpeCounter> bpe_;
};

std::int64_t count_tokens(Encoding encoding, std::string_view text,
                          std::int64_t stop_after = std::numeric_limits<std::int64_t>::max());

}  // namespace pontage::llm
