// Server-sent events, read (WHATWG HTML §9.2.6) and cut into whole events. Fed bytes in any split;
// pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pontage::http {

/// Finds events in a byte stream. Accepts LF, CRLF and CR line ends, a BOM, comments, `data:` with
/// or without space.
class SseParser {
 public:
  struct Event {
    std::string_view raw;    ///< the bytes of the event with its blank line, as they came
    std::string_view event;  ///< its `event:` field, empty when absent
    std::string_view data;   ///< its `data:` lines joined by \n
    bool has_data = false;   ///< false: only comments, or empty
  };
  enum class Next { kEvent, kNeedMore, kTooLarge };

  explicit SseParser(std::size_t event_limit);
  /// Appends bytes. Views handed out before become invalid.
  void feed(std::string_view bytes);
  /// The next whole event. Its views are valid until the next call of feed or next.
  Next next(Event& event);
  /// At the end of the stream: what is left without its blank line, as an event (the last `[DONE]`
  /// often lacks it).
  bool rest(Event& event);
  [[nodiscard]] std::size_t buffered() const;

 private:
  // Offsets count from `begin_`, the first byte of the event being read, so that they survive
  // moving the buffer.
  struct Span {
    std::size_t at = 0;
    std::size_t length = 0;
  };
  bool skip_bom();
  bool end_of_line(std::size_t& text_end, std::size_t& next_line);
  void take_line(std::string_view line, std::size_t at);
  void hand_out(Event& event, std::size_t length);

  std::string buffer_;
  std::string joined_;  // data of an event with several data lines
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0;  // no line end in [line_, scanned_)
  std::size_t line_ = 0;     // start of the line being read
  Span event_;
  Span data_;
  std::size_t data_lines_ = 0;
  std::size_t event_limit_;
  bool at_start_ = true;   // of the stream: a BOM may come
  bool cr_ended_ = false;  // the last line end was a CR whose LF may still come
  bool cr_style_ = false;  // the last line end was a lone CR
  bool too_large_ = false;
};

/// `raw` as a whole event: as it is, or in `storage` with the blank line that the last event of a
/// stream may lack (SseParser::rest).
std::string_view with_blank_line(std::string_view raw, std::string& storage);

}  // namespace pontage::http
