#include "ledger/journal_format.hpp"

#include <zlib.h>

#include <cstring>

#include "core/strings.hpp"
#include "ledger/record.hpp"

namespace pontage::ledger {
namespace {

constexpr std::string_view kMagic = "PONTJNL1";
constexpr std::string_view kMark = "PJ";
constexpr std::string_view kSuffix = ".journal";
constexpr std::size_t kUlidBytes = 26;

void put32(char* to, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<char>(value >> (8 * i));
}

std::uint32_t get32(std::string_view from, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(from[at + i])) << (8 * i);
  return value;
}

std::uint32_t checksum(std::string_view first, std::string_view second) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const auto sum = crc32_z(0, bytes(first), first.size());
  if (second.empty()) return static_cast<std::uint32_t>(sum);  // zlib takes null as "begin"
  return static_cast<std::uint32_t>(crc32_z(sum, bytes(second), second.size()));
}

std::optional<std::uint32_t> number32(std::string_view text) {
  const auto value = parse_int(text);
  if (!value || *value < 0 || *value > 0xffffffffLL || text.front() == '+') return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

}  // namespace

std::string segment_head(const SegmentHead& head) {
  std::string out(kSegmentHeadBytes, '\0');
  kMagic.copy(out.data(), kMagic.size());
  head.boot.copy(out.data() + 8, kUlidBytes);
  put32(out.data() + 36, head.worker);
  put32(out.data() + 40, head.number);
  put32(out.data() + 44, checksum(std::string_view(out).substr(0, 44), {}));
  return out;
}

std::optional<SegmentHead> read_segment_head(std::string_view bytes) {
  if (bytes.size() < kSegmentHeadBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  if (get32(bytes, 44) != checksum(bytes.substr(0, 44), {})) return std::nullopt;
  SegmentHead head{std::string(bytes.substr(8, kUlidBytes)), get32(bytes, 36), get32(bytes, 40)};
  if (ulid_ms(head.boot) < 0) return std::nullopt;
  return head;
}

std::string segment_name(const SegmentHead& head) {
  return head.boot + '-' + std::to_string(head.worker) + '-' + std::to_string(head.number) +
         std::string(kSuffix);
}

std::optional<SegmentHead> parse_segment_name(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  const auto parts = split(name.substr(0, name.size() - kSuffix.size()), '-');
  if (parts.size() != 3 || ulid_ms(parts[0]) < 0) return std::nullopt;
  const auto worker = number32(parts[1]);
  const auto number = number32(parts[2]);
  if (!worker || !number) return std::nullopt;
  return SegmentHead{std::string(parts[0]), *worker, *number};
}

std::size_t begin_frame(std::string& out) {
  const auto begin = out.size();
  out.append(kFrameHeadBytes, '\0');
  return begin;
}

// The checksum covers the head too: a flipped length or kind is as bad as a flipped payload.
void end_frame(std::string& out, std::size_t begin, FrameKind kind) {
  char* head = out.data() + begin;
  kMark.copy(head, kMark.size());
  head[2] = static_cast<char>(kind);
  put32(head + 4, static_cast<std::uint32_t>(out.size() - begin - kFrameHeadBytes));
  const std::string_view frame = std::string_view(out).substr(begin);
  put32(head + 8, checksum(frame.substr(0, 8), frame.substr(kFrameHeadBytes)));
}

bool FrameReader::read_at(std::size_t at, Frame& out, std::size_t& end) const {
  if (bytes_.size() - at < kFrameHeadBytes || bytes_.substr(at, 2) != kMark) return false;
  const auto kind = static_cast<std::uint8_t>(bytes_[at + 2]);
  const std::size_t size = get32(bytes_, at + 4);
  if (kind < 1 || kind > 2 || bytes_[at + 3] != 0 || size > kMaxFrameBytes ||
      size > bytes_.size() - at - kFrameHeadBytes)
    return false;
  const auto payload = bytes_.substr(at + kFrameHeadBytes, size);
  if (get32(bytes_, at + 8) != checksum(bytes_.substr(at, 8), payload)) return false;
  out = {static_cast<FrameKind>(kind), payload};
  end = at + kFrameHeadBytes + size;
  return true;
}

bool FrameReader::next(Frame& out) {
  std::size_t end = 0;
  for (auto at = at_; at != std::string_view::npos && at < bytes_.size();
       at = bytes_.find(kMark, at + 1)) {
    if (!read_at(at, out, end)) continue;
    damaged_ += at - at_;
    at_ = end;
    return true;
  }
  return false;
}

}  // namespace pontage::ledger
