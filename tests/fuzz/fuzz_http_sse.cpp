// SseParser: whatever the bytes, every split gives the same events, and their raw bytes add up to
// the stream. The first byte chooses the size of the pieces.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/sse.hpp"

namespace {

using pontage::http::SseParser;

constexpr std::size_t kLimit = 512;

struct Seen {
  std::vector<std::string> parts;
  std::string raw;
  bool too_large = false;
};

void keep(const SseParser::Event& event, Seen& seen) {
  seen.raw.append(event.raw);
  seen.parts.emplace_back(event.raw);
  seen.parts.emplace_back(event.event);
  seen.parts.emplace_back(event.data);
  if (event.raw.size() > kLimit) std::abort();
}

Seen run(std::string_view text, std::size_t step) {
  SseParser parser(kLimit);
  Seen seen;
  SseParser::Event event;
  for (std::size_t at = 0; at < text.size(); at += step) {
    parser.feed(text.substr(at, step));
    auto next = parser.next(event);
    for (; next == SseParser::Next::kEvent; next = parser.next(event)) keep(event, seen);
    seen.too_large = next == SseParser::Next::kTooLarge;
    if (seen.too_large) return seen;
  }
  if (parser.rest(event)) keep(event, seen);
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 64;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Seen whole = run(text, text.empty() ? 1 : text.size());
  const Seen pieces = run(text, step);
  if (whole.parts != pieces.parts || whole.too_large != pieces.too_large) std::abort();
  if (whole.too_large) return 0;
  const bool bom = text.starts_with("\xEF\xBB\xBF");
  if (whole.raw != text.substr(bom ? 3 : 0)) std::abort();
  return 0;
}
