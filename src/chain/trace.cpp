#include "pontage/chain/trace.hpp"

namespace pontage::chain {
namespace {
constexpr std::size_t kLineLimit = 1024;
}

const std::string& Trace::line() const {
  if (line_of_ == entries_.size()) return line_;
  line_of_ = entries_.size();
  std::string& out = line_;
  out.clear();
  for (const auto& entry : entries_) {
    if (!entry.in_line) continue;
    if (!out.empty()) out.append("; ");
    out.append(entry.step).append(": ").append(entry.text);
    if (out.size() > kLineLimit) break;
  }
  if (out.size() > kLineLimit) {
    out.resize(kLineLimit - 3);
    out.append("...");
  }
  for (char& c : out) {
    if (c < 0x20 || c > 0x7E) c = '?';  // a header value is ASCII, whatever a model is called
  }
  return out;
}

}  // namespace pontage::chain
