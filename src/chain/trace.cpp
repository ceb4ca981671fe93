#include "pontage/chain/trace.hpp"

#include "core/strings.hpp"

namespace pontage::chain {
namespace {
constexpr std::size_t kLineLimit = 1024;
constexpr std::string_view kMore = "...";
constexpr std::size_t kUsualText = 240;
constexpr std::size_t kUsualEntries = 8;
}  // namespace

void Trace::add(std::string_view step, bool in_line,
                std::initializer_list<std::string_view> pieces) {
  if (places_.capacity() == 0) {
    places_.reserve(kUsualEntries);
    text_.reserve(kUsualText);
  }
  const std::size_t from = text_.size();
  for (const auto piece : pieces) text_.append(piece);
  const std::size_t size = text_.size() - from;
  places_.push_back(
      {step, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(size), in_line});
  if (in_line) append_to_line(step, std::string_view(text_).substr(from));
}

void Trace::append_to_line(std::string_view step, std::string_view text) {
  if (line_.size() == kLineLimit && line_.ends_with(kMore)) return;
  if (line_.empty()) {
    line_.reserve(kUsualText);
  } else {
    line_.append("; ");
  }
  line_.append(step).append(": ");
  const std::size_t from = line_.size();
  line_.append(text);
  if (!is_printable_ascii(text)) {
    for (std::size_t i = from; i < line_.size(); ++i) {
      if (line_[i] < 0x20 || line_[i] > 0x7E)
        line_[i] = '?';  // a header value is ASCII, whatever a model is called
    }
  }
  if (line_.size() > kLineLimit) {
    line_.resize(kLineLimit - kMore.size());
    line_.append(kMore);
  }
}

void Trace::clear() {
  text_.clear();
  places_.clear();
  line_.clear();
}

std::vector<TraceEntry> Trace::entries() const {
  std::vector<TraceEntry> out;
  out.reserve(places_.size());
  for (const auto& place : places_) {
    out.push_back(
        {place.step, std::string_view(text_).substr(place.from, place.size), place.in_line});
  }
  return out;
}

}  // namespace pontage::chain
