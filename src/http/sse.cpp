#include "http/sse.hpp"

#include <cstring>

#include "http/scan.hpp"

namespace pontage::http {
namespace {

constexpr std::size_t kKeptCapacity = 64 * 1024;  // more is given back once the buffer is empty
constexpr std::string_view kBom = "\xEF\xBB\xBF";

}  // namespace

SseParser::SseParser(std::size_t event_limit) : event_limit_(event_limit) {}

void SseParser::feed(std::string_view bytes) {
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
    if (buffer_.capacity() > kKeptCapacity) std::string().swap(buffer_);
  } else if (begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);  // moves less than was consumed: linear over the stream
    begin_ = 0;
  }
  buffer_.append(bytes);
}

std::size_t SseParser::buffered() const {
  return buffer_.size() - begin_;
}

// "If the stream starts with a BOM, it is stripped." False: more bytes are needed to know.
bool SseParser::skip_bom() {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  if (rest.starts_with(kBom)) {
    begin_ += kBom.size();
  } else if (kBom.starts_with(rest)) {
    return false;
  }
  at_start_ = false;
  return true;
}

// Finds the end of the line at `line_`. A CR at the end of the buffer may have its LF still to
// come: in a stream of CRLF we wait for it, so that it stays with its event; in a stream of lone
// CRs waiting would hold back each event, so there a LF that does come belongs to the next line.
// Either way the result does not depend on how bytes were split.
bool SseParser::end_of_line(std::size_t& text_end, std::size_t& next_line) {
  const char* const base = buffer_.data() + begin_;
  const char* const end = buffer_.data() + buffer_.size();
  const char* at = base + scanned_;
  if (cr_ended_) {
    if (at == end) return false;
    cr_ended_ = false;
    if (*at == '\n') {
      cr_style_ = false;
      ++line_;
      ++scanned_;
      ++at;
    }
  }
  at = find_byte<LineEnd>(at, end);
  scanned_ = static_cast<std::size_t>(at - base);
  if (at == end) return false;
  text_end = scanned_;
  next_line = scanned_ + 1;
  if (*at == '\n') {
    cr_style_ = false;
    return true;
  }
  if (cr_style_) {
    cr_ended_ = true;
    return true;
  }
  if (at + 1 == end) return false;
  if (at[1] == '\n') {
    ++next_line;
  } else {
    cr_style_ = true;
  }
  return true;
}

void SseParser::take_line(std::string_view line, std::size_t at) {
  std::size_t value = 0;
  bool is_data = false;
  if (line.starts_with("data")) {
    value = 4;
    is_data = true;
  } else if (line.starts_with("event")) {
    value = 5;
  } else {
    return;  // a comment, id, retry, or nothing we know
  }
  if (value < line.size()) {
    if (line[value] != ':') return;
    ++value;
    if (value < line.size() && line[value] == ' ') ++value;
  }
  const Span span{at + value, line.size() - value};
  if (!is_data) {
    event_ = span;
    return;
  }
  if (++data_lines_ == 1) {
    data_ = span;
    return;
  }
  if (data_lines_ == 2) joined_.assign(buffer_, begin_ + data_.at, data_.length);
  joined_.push_back('\n');
  joined_.append(line.substr(value));
}

void SseParser::hand_out(Event& event, std::size_t length) {
  const std::string_view all = std::string_view(buffer_).substr(begin_, length);
  event.raw = all;
  event.event = all.substr(event_.at, event_.length);
  event.data = data_lines_ > 1 ? std::string_view(joined_) : all.substr(data_.at, data_.length);
  event.has_data = data_lines_ != 0;
  begin_ += length;
  scanned_ = line_ = 0;
  event_ = data_ = Span{};
  data_lines_ = 0;
}

SseParser::Next SseParser::next(Event& event) {
  if (too_large_) return Next::kTooLarge;
  if (at_start_ && !skip_bom()) return Next::kNeedMore;
  std::size_t text_end = 0;
  std::size_t next_line = 0;
  while (end_of_line(text_end, next_line)) {
    if (next_line > event_limit_) break;
    const std::size_t line = line_;
    line_ = scanned_ = next_line;
    if (text_end == line) {
      hand_out(event, next_line);
      return Next::kEvent;
    }
    take_line(std::string_view(buffer_).substr(begin_ + line, text_end - line), line);
  }
  too_large_ = buffered() > event_limit_ && (scanned_ > event_limit_ || next_line > event_limit_);
  return too_large_ ? Next::kTooLarge : Next::kNeedMore;
}

bool SseParser::rest(Event& event) {
  if (too_large_ || buffered() == 0 || buffered() > event_limit_) return false;
  at_start_ = false;
  cr_ended_ = false;
  std::string_view line = std::string_view(buffer_).substr(begin_ + line_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with('\n')) line.remove_prefix(1);
  if (!line.empty())
    take_line(line, static_cast<std::size_t>(line.data() - buffer_.data()) - begin_);
  hand_out(event, buffered());
  return true;
}

std::string_view with_blank_line(std::string_view raw, std::string& storage) {
  for (const std::string_view end : {"\n\n", "\n\r\n", "\r\r", "\r\n\r"}) {
    if (raw.ends_with(end)) return raw;
  }
  storage.assign(raw).append("\n\n");
  return storage;
}

}  // namespace pontage::http
