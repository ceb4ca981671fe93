#include "simulate/body.hpp"

#include <algorithm>
#include <array>

#include "http/event_stream.hpp"

namespace pontage::simulate {
namespace {

constexpr std::uint64_t kFillPiece = 64UL << 10;

class LiteralBody final : public Body {
 public:
  LiteralBody(std::string text, Micros due)
      : text_(std::move(text)), size_(text_.size()), due_(due) {}
  bool next(std::string& payload, Piece& piece) override {
    if (given_ || size_ == 0) return false;
    given_ = true;
    piece = {due_, false, false};
    payload += text_;
    text_ = {};
    return true;
  }
  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  std::string text_;
  std::uint64_t size_;
  Micros due_;
  bool given_ = false;
};

class FillerBody final : public Body {
 public:
  FillerBody(std::string before, std::uint64_t fill, std::string after, Micros due)
      : before_(std::move(before)), after_(std::move(after)), fill_(fill), left_(fill), due_(due) {}
  bool next(std::string& payload, Piece& piece) override {
    piece = {due_, false, false};
    if (step_ == 0) {
      payload += before_;
      ++step_;
      return true;
    }
    if (left_ > 0) {
      const std::uint64_t now = std::min(left_, kFillPiece);
      payload.append(now, 'a');
      left_ -= now;
      return true;
    }
    if (step_ == 2 || after_.empty()) return false;
    payload += after_;
    ++step_;
    return true;
  }
  [[nodiscard]] std::uint64_t size() const override {
    return before_.size() + fill_ + after_.size();
  }

 private:
  std::string before_;
  std::string after_;
  std::uint64_t fill_;
  std::uint64_t left_;
  Micros due_;
  int step_ = 0;
};

class EventBody final : public Body {
 public:
  EventBody(Wire wire, std::vector<EventSpec> events, SseStyle style, Pace pace)
      : wire_(std::move(wire)), events_(std::move(events)), style_(style), pace_(pace) {}

  bool next(std::string& payload, Piece& piece) override {
    if (index_ == events_.size()) return false;
    const EventSpec& event = events_[index_];
    if (event.content) ++said_;
    piece = {due(event), true, event.content};
    append_event(index_, said_, payload);
    ++index_;
    return true;
  }

  [[nodiscard]] std::uint64_t size() const override {
    std::string text;
    std::uint64_t total = 0;
    std::int64_t said = 0;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (events_[i].content) ++said;
      text.clear();
      append_event(i, said, text);
      total += text.size();
    }
    return total;
  }

 private:
  // The opening comes with the head, the closing with the last content, or when the first content
  // would have come.
  [[nodiscard]] Micros due(const EventSpec& event) const {
    using Kind = EventSpec::Kind;
    if (said_ > 0) return pace_.due(said_ - 1);
    const bool closing =
        event.kind == Kind::kFinish || event.kind == Kind::kUsage || event.kind == Kind::kDone;
    return closing ? pace_.first : Micros(0);
  }

  void append_event(std::size_t index, std::int64_t said, std::string& out) const {
    const EventSpec& event = events_[index];
    if (wire_.dialect == Dialect::kBedrock) return append_message(event, said, out);
    const std::string_view end = style_.crlf ? "\r\n" : "\n";
    if (index == 0 && style_.bom) out += "\xEF\xBB\xBF";
    if (style_.comments) (out += ": SIMULATED PROCESSING") += end, out += end;
    if (const auto name = wire_.event_name(event); !name.empty()) {
      out += style_.no_space ? "event:" : "event: ";
      (out += name) += end;
    }
    const std::string_view field = style_.no_space ? "data:" : "data: ";
    out += field;
    const std::size_t begin = out.size();
    wire_.append_data(event, said, out);
    if (style_.extra) add_unknown_field(out, begin);
    if (style_.ascii)
      out.replace(begin, std::string::npos, escape_to_ascii(std::string_view(out).substr(begin)));
    if (style_.multiline) break_line(begin, field, end, out);
    const bool bare = style_.no_last_newline && index + 1 == events_.size();
    if (!bare) (out += end) += end;
  }

  // As Bedrock frames it; an error is an exception.
  void append_message(const EventSpec& event, std::int64_t said, std::string& out) const {
    const bool error = event.kind == EventSpec::Kind::kError;
    std::string payload;
    wire_.append_data(event, said, payload);
    const std::array<http::EventStreamText, 3> headers = {
        {{error ? ":exception-type" : ":event-type", wire_.event_name(event)},
         {":content-type", "application/json"},
         {":message-type", error ? "exception" : "event"}}};
    http::append_event_stream(out, headers, payload);
  }

  // A line feed between two members of the outermost object means nothing to JSON; the reader joins
  // the lines by one.
  static void break_line(std::size_t begin, std::string_view field, std::string_view end,
                         std::string& out) {
    const std::size_t comma = out.find(",\"", begin);
    if (comma == std::string::npos) return;
    out.insert(comma + 1, std::string(end) + std::string(field));
  }

  Wire wire_;
  std::vector<EventSpec> events_;
  SseStyle style_;
  Pace pace_;
  std::size_t index_ = 0;
  std::int64_t said_ = 0;
};

void append_unit(std::string& out, unsigned unit) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(unit >> shift) & 15];
}

}  // namespace

std::unique_ptr<Body> literal_body(std::string text, Micros due) {
  return std::make_unique<LiteralBody>(std::move(text), due);
}

std::unique_ptr<Body> filler_body(std::string before, std::uint64_t fill, std::string after,
                                  Micros due) {
  return std::make_unique<FillerBody>(std::move(before), fill, std::move(after), due);
}

std::unique_ptr<Body> event_body(Wire wire, std::vector<EventSpec> events, SseStyle style,
                                 Pace pace) {
  return std::make_unique<EventBody>(std::move(wire), std::move(events), style, pace);
}

void add_unknown_field(std::string& json, std::size_t begin) {
  if (json.compare(begin, 1, "{") != 0) return;
  json.insert(begin + 1, " \"x_unknown\" : {\"n\":1.50e+02, \"u\":\"\\u00e9\\/\", \"a\":[ ]} ,");
}

std::string escape_to_ascii(std::string_view json) {
  std::string out;
  for (std::size_t i = 0; i < json.size();) {
    const auto lead = static_cast<unsigned char>(json[i]);
    if (lead < 0x80) {
      out += json[i++];
      continue;
    }
    // Texts here are valid UTF-8: they come from the tables or passed through append_json_string.
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    unsigned code = length == 4 ? lead & 7U : length == 3 ? lead & 15U : lead & 31U;
    for (std::size_t k = 1; k < length && i + k < json.size(); ++k) {
      code = code << 6 | (static_cast<unsigned char>(json[i + k]) & 63U);
    }
    i += length;
    if (code >= 0x10000) {
      append_unit(out, 0xD800 + ((code - 0x10000) >> 10));
      append_unit(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      append_unit(out, code);
    }
  }
  return out;
}

}  // namespace pontage::simulate
