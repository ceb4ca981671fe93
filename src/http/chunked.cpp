#include "http/chunked.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/scan.hpp"

namespace pontage::http {
namespace {

int hex_value(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 9110 §5.5: field content is visible, obs-text, or a blank between.
bool is_field_char(unsigned char c) {
  return c == '\t' || !Control::has(static_cast<char>(c));
}

}  // namespace

bool ChunkedDecoder::go(Step step) {
  step_ = step;
  return true;
}

bool ChunkedDecoder::fail(std::string_view problem) {
  problem_ = problem;
  step_ = Step::kError;
  return false;
}

bool ChunkedDecoder::size_digit(unsigned char c) {
  if (const int value = hex_value(c); value >= 0) {
    if (++digits_ > 16) return fail("a chunk size of more than 16 digits");
    left_ = left_ << 4 | static_cast<std::uint64_t>(value);
    return left_ <= kChunkLimit || fail("a chunk size above 2^62");
  }
  if (digits_ == 0) return fail("a chunk without a size");
  line_bytes_ = 0;
  extension_named_ = true;
  if (c == '\r') return go(Step::kSizeLf);
  extension_named_ = false;
  step_ = Step::kExtension;
  return extension(c);
}

// chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS value ] ); read past, but only what can be one.
bool ChunkedDecoder::extension(unsigned char c) {
  if (c == '\r') {
    return extension_named_ ? go(Step::kSizeLf) : fail("a blank after a chunk size");
  }
  if (++line_bytes_ > kExtensionLimit) return fail("a chunk extension over 256 bytes");
  if (c == ';') {
    extension_named_ = true;
  } else if (!extension_named_ && c != ' ' && c != '\t') {
    return fail("a chunk size that is not hexadecimal");
  }
  return is_field_char(c) || fail("a control byte in a chunk extension");
}

bool ChunkedDecoder::trailer(unsigned char c) {
  if (++trailer_bytes_ > kTrailerLimit) return fail("trailers over 8 KiB");
  if (step_ == Step::kLineStart && c == '\r') return go(Step::kLastLf);
  if (step_ == Step::kValue) {
    if (c == '\r') return go(Step::kLineLf);
    return is_field_char(c) || fail("a control byte in a trailer");
  }
  if (c == ':' && step_ == Step::kName) return go(Step::kValue);
  if (!is_token_char(c)) return fail("a trailer name that is not a token");
  return go(Step::kName);
}

// One byte outside of data. False: an error.
bool ChunkedDecoder::framing(unsigned char c) {
  switch (step_) {
    case Step::kSize:
      return size_digit(c);
    case Step::kExtension:
      return extension(c);
    case Step::kSizeLf:
      if (c != '\n') return fail("a chunk size line that does not end in CRLF");
      return go(left_ == 0 ? Step::kLineStart : Step::kData);
    case Step::kDataCr:
      return c == '\r' ? go(Step::kDataLf) : fail("chunk data longer than its size");
    case Step::kDataLf:
      if (c != '\n') return fail("chunk data that does not end in CRLF");
      digits_ = 0;
      return go(Step::kSize);
    case Step::kLineStart:
    case Step::kName:
    case Step::kValue:
      return trailer(c);
    case Step::kLineLf:
      return c == '\n' ? go(Step::kLineStart) : fail("a bare CR in a trailer");
    case Step::kLastLf:
      return c == '\n' ? go(Step::kDone) : fail("a last chunk without CRLF");
    case Step::kData:
    case Step::kDone:
    case Step::kError:
      break;
  }
  return false;
}

ChunkedDecoder::State ChunkedDecoder::next(std::string_view& input, std::string_view& payload) {
  payload = {};
  while (step_ != Step::kDone && step_ != Step::kError) {
    if (input.empty()) return State::kNeedMore;
    if (step_ == Step::kData) {
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
      payload = input.substr(0, length);
      input.remove_prefix(length);
      left_ -= length;
      if (left_ == 0) step_ = Step::kDataCr;
      return State::kData;
    }
    const auto c = static_cast<unsigned char>(input.front());
    if (!framing(c)) break;
    input.remove_prefix(1);
  }
  return step_ == Step::kDone ? State::kDone : State::kError;
}

void append_chunk_header(std::string& out, std::size_t size) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  out.append(digits.data(), end);
  out.append("\r\n");
}

}  // namespace pontage::http
