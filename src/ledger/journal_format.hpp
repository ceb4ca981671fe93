// The bytes of a journal segment: a header, then frames until the first that is none. Pure; the
// prose is in docs/ledger.md. A torn tail ends the segment; behind a broken place the next whole
// frame is looked for, and what lay between is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pontage::ledger {

inline constexpr std::size_t kSegmentHeadBytes = 48;
inline constexpr std::size_t kFrameHeadBytes = 12;
inline constexpr std::size_t kMaxFrameBytes = 1024 * 1024;

enum class FrameKind : std::uint8_t {
  kOpen = 1,    ///< an exchange goes to a provider: the record that holds if nothing more is heard
  kSettle = 2,  ///< the record
};

struct SegmentHead {
  std::string boot;  ///< ULID of the process's start
  std::uint32_t worker = 0;
  std::uint32_t number = 0;  ///< counted from 1 in each worker
  friend bool operator==(const SegmentHead&, const SegmentHead&) = default;
};

std::string segment_head(const SegmentHead& head);
std::optional<SegmentHead> read_segment_head(std::string_view bytes);
/// `<boot>-<worker>-<number>.journal`
std::string segment_name(const SegmentHead& head);
std::optional<SegmentHead> parse_segment_name(std::string_view name);

/// Where a frame begins in `out`; end_frame() writes its head when the payload stands behind it.
std::size_t begin_frame(std::string& out);
void end_frame(std::string& out, std::size_t begin, FrameKind kind);

struct Frame {
  FrameKind kind = FrameKind::kOpen;
  std::string_view payload;
};

class FrameReader {
 public:
  /// `bytes` begin at a frame.
  explicit FrameReader(std::string_view bytes) : bytes_(bytes) {}
  bool next(Frame& out);
  [[nodiscard]] std::size_t offset() const { return at_; }  ///< behind the last whole frame
  /// Bytes between whole frames that were none: something was damaged, not just torn.
  [[nodiscard]] std::size_t damaged() const { return damaged_; }

 private:
  bool read_at(std::size_t at, Frame& out, std::size_t& end) const;

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t damaged_ = 0;
};

}  // namespace pontage::ledger
