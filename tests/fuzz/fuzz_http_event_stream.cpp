// EventStreamDecoder: whatever the bytes, every split gives the same messages and the same end, and
// a message that is written by our encoder comes back. The first byte chooses the size of the
// pieces.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/event_stream.hpp"

namespace {

using pontage::http::EventStreamDecoder;

struct Seen {
  std::vector<std::string> parts;
  std::size_t bytes = 0;
  std::string problem;
  bool operator==(const Seen&) const = default;
};

Seen run(std::string_view text, std::size_t step) {
  EventStreamDecoder decoder(4096);
  Seen seen;
  EventStreamDecoder::Message message;
  for (std::size_t at = 0; at < text.size(); at += step) {
    decoder.feed(text.substr(at, step));
    while (true) {
      const auto next = decoder.next(message);
      if (next == EventStreamDecoder::Next::kBroken) {
        seen.problem = decoder.problem();
        return seen;
      }
      if (next == EventStreamDecoder::Next::kNeedMore) break;
      for (const auto& header : message.headers) {
        seen.parts.emplace_back(header.name);
        seen.parts.emplace_back(header.value);
      }
      seen.parts.emplace_back(message.payload);
      seen.bytes += message.size;
    }
  }
  if (seen.bytes + decoder.buffered() != text.size()) std::abort();
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 64;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!(run(text, text.empty() ? 1 : text.size()) == run(text, step))) std::abort();
  const auto half = text.substr(0, text.size() / 2).substr(0, 100);
  const std::array<pontage::http::EventStreamText, 1> header = {{{":event-type", half}}};
  std::string wire;
  pontage::http::append_event_stream(wire, header, text.substr(0, 2000));
  const Seen back = run(wire, step);
  if (back.parts !=
      std::vector<std::string>{":event-type", std::string(half), std::string(text.substr(0, 2000))})
    std::abort();
  return 0;
}
