#include "http/event_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace pontage::http {
namespace {

constexpr std::size_t kPreludeBytes = 12;
constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kKeptCapacity = 64 * 1024;  // more is given back once the buffer is empty

std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift & 255));
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// Bytes of a value by its type; texts and byte arrays say theirs themselves.
constexpr std::array<int, 10> kValueBytes = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};

// Takes `length` bytes off the front, or says that they are not there.
bool take(std::string_view& from, std::size_t length, std::string_view& out) {
  if (from.size() < length) return false;
  out = from.substr(0, length);
  from.remove_prefix(length);
  return true;
}

bool take_header(std::string_view& from, EventStreamDecoder::Header& header) {
  std::string_view bytes;
  if (!take(from, 1, bytes)) return false;
  const auto name_bytes = static_cast<unsigned char>(bytes[0]);
  if (name_bytes == 0 || !take(from, name_bytes, header.name) || !take(from, 1, bytes))
    return false;
  const auto type = static_cast<unsigned char>(bytes[0]);
  if (type >= kValueBytes.size()) return false;
  header.type = static_cast<EventStreamDecoder::Type>(type);
  int value_bytes = kValueBytes[type];
  if (value_bytes < 0) {
    if (!take(from, 2, bytes)) return false;
    value_bytes = static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]);
  }
  return take(from, static_cast<std::size_t>(value_bytes), header.value);
}

}  // namespace

std::string_view EventStreamDecoder::Message::text(std::string_view name) const {
  for (const auto& header : headers) {
    if (header.type == Type::kText && header.name == name) return header.value;
  }
  return {};
}

void EventStreamDecoder::feed(std::string_view bytes) {
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
    if (buffer_.capacity() > kKeptCapacity) std::string().swap(buffer_);
  } else if (begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);  // moves less than was consumed: linear over the stream
    begin_ = 0;
  }
  if (problem_.empty()) buffer_.append(bytes);
}

EventStreamDecoder::Next EventStreamDecoder::fail(std::string_view problem) {
  problem_ = problem;
  return Next::kBroken;
}

bool EventStreamDecoder::read_headers(std::string_view bytes, Message& message) {
  message.headers.clear();
  while (!bytes.empty()) {
    Header header;
    if (message.headers.size() == kHeaderCountLimit || !take_header(bytes, header)) return false;
    const auto same = [&](const Header& other) { return other.name == header.name; };
    if (std::ranges::any_of(message.headers, same)) return false;
    message.headers.push_back(header);
  }
  return true;
}

EventStreamDecoder::Next EventStreamDecoder::next(Message& message) {
  if (!problem_.empty()) return Next::kBroken;
  const std::string_view data = std::string_view(buffer_).substr(begin_);
  if (data.size() < kPreludeBytes) return Next::kNeedMore;
  const std::size_t total = read_u32(data);
  const std::size_t headers = read_u32(data.substr(4));
  if (!prelude_checked_) {
    // Checked as soon as it is there: a length that is wrong must not make us wait for its bytes.
    if (checksum(data.substr(0, 8)) != read_u32(data.substr(8)))
      return fail("an event's prelude has a wrong checksum");
    if (headers > kHeadersLimit || total < kPreludeBytes + headers + kCrcBytes)
      return fail("an event's lengths contradict each other");
    if (total > limit_) return fail("an event is over the limit");
    prelude_checked_ = true;
  }
  if (data.size() < total) return Next::kNeedMore;
  if (checksum(data.substr(0, total - kCrcBytes)) != read_u32(data.substr(total - kCrcBytes)))
    return fail("an event has a wrong checksum");
  if (!read_headers(data.substr(kPreludeBytes, headers), message))
    return fail("an event's headers are malformed");
  const std::size_t payload_at = kPreludeBytes + headers;
  message.payload = data.substr(payload_at, total - kCrcBytes - payload_at);
  message.size = total;
  begin_ += total;
  prelude_checked_ = false;
  return Next::kMessage;
}

void append_event_stream(std::string& out, std::span<const EventStreamText> headers,
                         std::string_view payload) {
  std::size_t header_bytes = 0;
  for (const auto& header : headers) header_bytes += header.name.size() + header.value.size() + 4;
  const std::size_t at = out.size();
  append_u32(out,
             static_cast<std::uint32_t>(kPreludeBytes + header_bytes + payload.size() + kCrcBytes));
  append_u32(out, static_cast<std::uint32_t>(header_bytes));
  append_u32(out, checksum(std::string_view(out).substr(at)));
  for (const auto& [name, value] : headers) {
    out.push_back(static_cast<char>(name.size()));
    out.append(name);
    out.push_back(static_cast<char>(EventStreamDecoder::Type::kText));
    out.push_back(static_cast<char>(value.size() >> 8));
    out.push_back(static_cast<char>(value.size() & 255));
    out.append(value);
  }
  out.append(payload);
  append_u32(out, checksum(std::string_view(out).substr(at)));
}

}  // namespace pontage::http
