// ChunkedDecoder: every split gives the same body, the same end and the same verdict. The first
// byte chooses the split.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunked.hpp"

namespace {

using pontage::http::ChunkedDecoder;

struct Read {
  ChunkedDecoder::State state = ChunkedDecoder::State::kNeedMore;
  std::string body;
  std::size_t used = 0;
  bool operator==(const Read&) const = default;
};

Read run(std::string_view text, std::size_t step) {
  ChunkedDecoder decoder;
  Read out;
  while (out.used < text.size()) {
    std::string_view input = text.substr(out.used, step);
    const std::size_t before = input.size();
    std::string_view payload;
    do {
      out.state = decoder.next(input, payload);
      out.body.append(payload);
    } while (out.state == ChunkedDecoder::State::kData);
    out.used += before - input.size();
    if (out.state != ChunkedDecoder::State::kNeedMore) break;
    if (!input.empty()) std::abort();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Read whole = run(text, size);
  if (!(run(text, 1 + data[0] % 16) == whole)) std::abort();
  // What was read, written again, reads the same.
  if (whole.state != ChunkedDecoder::State::kDone) return 0;
  std::string again;
  if (!whole.body.empty()) {
    pontage::http::append_chunk_header(again, whole.body.size());
    again.append(whole.body).append(pontage::http::kChunkEnd);
  }
  again.append(pontage::http::kLastChunk);
  if (run(again, 7).body != whole.body) std::abort();
  return 0;
}
