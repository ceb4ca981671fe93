// application/vnd.amazon.eventstream: length-prefixed messages with typed headers and two CRCs
// (smithy.io, "Amazon Event Stream specification"). Fed bytes in any split; pure, never throws.
//
//   total length u32 | headers length u32 | CRC-32 of these 8 | headers | payload | CRC-32 of all
//   header: name length u8 | name | type u8 | value; integers are big-endian
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pontage::http {

class EventStreamDecoder {
 public:
  enum class Type : std::uint8_t {
    kTrue,
    kFalse,
    kByte,
    kShort,
    kInteger,
    kLong,
    kBytes,
    kText,
    kTimestamp,
    kUuid
  };
  struct Header {
    std::string_view name;
    Type type = Type::kTrue;
    std::string_view value;  ///< as it stands on the wire, without its length
  };
  struct Message {
    std::vector<Header> headers;
    std::string_view payload;
    std::size_t size = 0;  ///< of the whole message on the wire
    /// The value of a text header, empty when there is none.
    [[nodiscard]] std::string_view text(std::string_view name) const;
  };
  enum class Next : std::uint8_t { kMessage, kNeedMore, kBroken };

  static constexpr std::size_t kHeadersLimit = 128 * 1024;  ///< of the specification
  static constexpr std::size_t kHeaderCountLimit = 64;

  explicit EventStreamDecoder(std::size_t message_limit) : limit_(message_limit) {}
  /// Appends bytes. Views handed out before become invalid.
  void feed(std::string_view bytes);
  /// The next whole message; its views are valid until the next call of feed. kBroken is for good.
  Next next(Message& message);
  [[nodiscard]] std::string_view problem() const { return problem_; }  ///< why it is broken
  /// Bytes of a message that has not ended: at the end of a stream, what it was cut off in.
  [[nodiscard]] std::size_t buffered() const { return buffer_.size() - begin_; }

 private:
  Next fail(std::string_view problem);
  bool read_headers(std::string_view bytes, Message& message);

  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t limit_;
  bool prelude_checked_ = false;
  std::string_view problem_;
};

struct EventStreamText {
  std::string_view name;
  std::string_view value;
};

/// Appends one message whose headers are texts.
void append_event_stream(std::string& out, std::span<const EventStreamText> headers,
                         std::string_view payload);

}  // namespace pontage::http
