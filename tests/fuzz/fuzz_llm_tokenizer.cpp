// Any bytes: the count equals that of the reference (a backtracking matcher and the textbook
// merge), broken text counts as its repair, the work is linear, and stopping early never says more
// than the truth.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../unit/llm/reference.hpp"
#include "llm/tokenizer.hpp"
#include "llm/utf8.hpp"

namespace {

constexpr std::size_t kMostForReference = 200;  // it is cubic

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace llm = pontage::llm;
  if (size == 0) return 0;
  const auto encoding = (data[0] & 1U) != 0 ? llm::Encoding::kO200k : llm::Encoding::kCl100k;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);

  llm::TokenCounter counter(encoding);
  require(counter.add(text));
  require(counter.work() <= 16'000 + 40 * 3 * size);

  const std::string repaired = llm::replace_invalid_utf8(text);
  require(llm::valid_utf8_prefix(repaired) == repaired.size());
  require((llm::valid_utf8_prefix(text) == text.size()) == (repaired == text));
  if (repaired.size() <= kMostForReference) {
    require(counter.count() == llm::reference::count(encoding, repaired));
  }

  const std::int64_t limit = data[0] >> 1;
  llm::TokenCounter limited(encoding, limit);
  const bool within = limited.add(text);
  require(within == (counter.count() <= limit));
  require(limited.count() <= counter.count());
  require(within ? limited.count() == counter.count() : limited.count() > limit);
  return 0;
}
