// The decision trace: which rule was looked at, what was chosen, skipped and tried, and why. One
// line of it goes into `x-pontage-decision`, the whole into the log, `x-pontage-debug` and `pontage
// explain`.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace pontage::chain {

struct TraceEntry {
  std::string_view step;  ///< name of the middleware, "route", "dispatch"; static text
  std::string_view text;  ///< "request.tokens < 500 is true: openai/gpt-4o-mini"; the trace's own
  bool in_line = false;   ///< part of the one-line decision
};

/// Entries are given in pieces, which are copied behind each other: nobody joins strings for it.
class Trace {
 public:
  template <class... Pieces>
  void note(std::string_view step, const Pieces&... pieces) {
    add(step, false, {std::string_view(pieces)...});
  }
  template <class... Pieces>
  void decide(std::string_view step, const Pieces&... pieces) {
    add(step, true, {std::string_view(pieces)...});
  }
  /// Valid until the next entry.
  [[nodiscard]] std::vector<TraceEntry> entries() const;
  /// "conditional: …; skipped …"; printable ASCII, at most 1 KiB: fit for a header.
  [[nodiscard]] const std::string& line() const { return line_; }
  /// For another request; the memory stays.
  void clear();
  [[nodiscard]] std::size_t capacity() const { return text_.capacity() + line_.capacity(); }

 private:
  struct Place {
    std::string_view step;
    std::uint32_t from;
    std::uint32_t size;
    bool in_line;
  };
  void add(std::string_view step, bool in_line, std::initializer_list<std::string_view> pieces);
  void append_to_line(std::string_view step, std::string_view text);

  std::string text_;
  std::vector<Place> places_;
  std::string line_;
};

}  // namespace pontage::chain
