// Server-sent events, read (WHATWG HTML §9.2.6) and cut into whole events. Fed bytes in any split; pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pontage::http {

/// Finds events in a byte stream. Accepts LF, CRLF and CR line ends, a BOM, comments, `data:` with or without space.
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
  /// At the end of the stream: what is left without its blank line, as an event (the last `[DONE]` often lacks it).
  bool rest(Event& event);
  [[nodiscard]] std::size_t buffered() const;
};

}  // namespace pontage::http
