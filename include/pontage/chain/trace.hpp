// The decision trace: which rule was looked at, what was chosen, skipped and tried, and why. One
// line of it goes into `x-pontage-decision`, the whole into the log, `x-pontage-debug` and `pontage
// explain`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pontage::chain {

struct TraceEntry {
  std::string_view step;  ///< name of the middleware, "route", "dispatch"; static text
  std::string text;       ///< "request.tokens < 500 is true: openai/gpt-4o-mini"
  bool in_line = false;   ///< part of the one-line decision
};

class Trace {
 public:
  Trace() { entries_.reserve(8); }
  void note(std::string_view step, std::string text) {
    entries_.push_back({step, std::move(text), false});
  }
  void decide(std::string_view step, std::string text) {
    entries_.push_back({step, std::move(text), true});
  }
  [[nodiscard]] const std::vector<TraceEntry>& entries() const { return entries_; }
  /// "conditional: …; skipped …"; printable ASCII, at most 1 KiB: fit for a header.
  /// Made once; valid until the next entry.
  [[nodiscard]] const std::string& line() const;

 private:
  std::vector<TraceEntry> entries_;
  mutable std::string line_;
  mutable std::size_t line_of_ = 0;  // how many entries line_ was made of
};

}  // namespace pontage::chain
