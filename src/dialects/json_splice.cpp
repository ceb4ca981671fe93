#include "dialects/json_splice.hpp"

#include <algorithm>

#include "http/scan.hpp"

namespace pontage::dialects {
namespace {

constexpr std::size_t kOwnedCapacity = 160;
constexpr std::size_t kEditCapacity = 4;

// Past the string that begins at `at` (a quote).
std::size_t skip_string(std::string_view json, std::size_t at) {
  const char* const end = json.data() + json.size();
  const char* here = json.data() + at + 1;
  while (true) {
    here = http::find_byte<http::OneOf<'"', '\\'>>(here, end);
    if (here == end) return json.size();
    if (*here == '"') return static_cast<std::size_t>(here - json.data()) + 1;
    if (end - here < 2) return json.size();
    here += 2;
  }
}

using Structure = http::OneOf<'"', '{', '}', '[', ']'>;

// Past the object or array that begins at `at`.
std::size_t skip_nested(std::string_view json, std::size_t at) {
  const char* const end = json.data() + json.size();
  std::size_t depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (c == '"') {
      at = skip_string(json, at);
    } else {
      if (c == '{' || c == '[') ++depth;
      ++at;
      if ((c == '}' || c == ']') && --depth == 0) return at;
    }
    const char* const next = http::find_byte<Structure>(json.data() + at, end);
    at = static_cast<std::size_t>(next - json.data());
  }
  return at;
}

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool ends_scalar(char c) {
  return is_blank(c) || c == ',' || c == '}' || c == ']';
}

std::size_t skip_value(std::string_view json, std::size_t at) {
  if (at >= json.size()) return json.size();
  const char c = json[at];
  if (c == '"') return skip_string(json, at);
  if (c == '{' || c == '[') return skip_nested(json, at);
  while (at < json.size() && !ends_scalar(json[at])) ++at;
  return at;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The next character of a string's inside; above ASCII only "something else" (-1), which no name of
// ours has.
int next_ascii(std::string_view& inside) {
  const char c = inside.front();
  inside.remove_prefix(1);
  if (c != '\\') return static_cast<unsigned char>(c) < 0x80 ? c : -1;
  if (inside.empty()) return -1;
  const char kind = inside.front();
  inside.remove_prefix(1);
  if (kind != 'u') {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    const std::size_t index = kNames.find(kind);
    return index == std::string_view::npos ? -1 : kMeant[index];
  }
  if (inside.size() < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i)
    value = value * 16 + std::max(0, hex_digit(inside[static_cast<std::size_t>(i)]));
  inside.remove_prefix(4);
  return value < 0x80 ? value : -1;
}

bool means(std::string_view inside, std::string_view name) {
  if (inside.find('\\') == std::string_view::npos) return inside == name;
  for (const char c : name) {
    if (inside.empty() || next_ascii(inside) != c) return false;
  }
  return inside.empty();
}

}  // namespace

std::size_t skip_json_value(std::string_view json, std::size_t at) {
  return skip_value(json, at);
}

std::size_t skip_blanks(std::string_view json, std::size_t at) {
  while (at < json.size() && is_blank(json[at])) ++at;
  return at;
}

MemberWalk::MemberWalk(std::string_view json, std::size_t open) : json_(json), at_(open + 1) {}

bool MemberWalk::next() {
  at_ = skip_blanks(json_, at_);
  if (at_ < json_.size() && json_[at_] == ',') at_ = skip_blanks(json_, at_ + 1);
  if (at_ >= json_.size() || json_[at_] != '"') return false;
  key_ = {at_, skip_string(json_, at_)};
  at_ = skip_blanks(json_, key_.end);
  if (at_ >= json_.size() || json_[at_] != ':') return false;
  at_ = skip_blanks(json_, at_ + 1);
  value_ = {at_, skip_value(json_, at_)};
  at_ = value_.end;
  return value_.end > value_.begin;
}

bool MemberWalk::key_is(std::string_view name) const {
  return means(json_.substr(key_.begin + 1, key_.end - key_.begin - 2), name);
}

ItemWalk::ItemWalk(std::string_view json, std::size_t open) : json_(json), at_(open + 1) {}

bool ItemWalk::next() {
  at_ = skip_blanks(json_, at_);
  if (at_ < json_.size() && json_[at_] == ',') at_ = skip_blanks(json_, at_ + 1);
  if (at_ >= json_.size() || json_[at_] == ']') return false;
  item_ = {at_, skip_value(json_, at_)};
  at_ = item_.end;
  return item_.end > item_.begin;
}

void Splice::replace(JsonSpan span, std::string_view text) {
  // Text that fits into the string object itself would move with it and leave the pieces behind.
  if (owned_.capacity() < kOwnedCapacity) owned_.reserve(kOwnedCapacity);
  if (edits_.capacity() == 0) edits_.reserve(kEditCapacity);
  const std::size_t begin = owned_.size();
  owned_.append(text);
  edits_.push_back({span, {begin, owned_.size()}});
}

WireBody Splice::build(std::string_view body) {
  std::sort(edits_.begin(), edits_.end(), [](const Edit& a, const Edit& b) {
    return a.span.begin != b.span.begin ? a.span.begin < b.span.begin : a.span.end < b.span.end;
  });
  WireBody out;
  out.owned = std::move(owned_);
  out.pieces.reserve(2 * edits_.size() + 1);
  const auto add = [&out](std::string_view piece) {
    if (piece.empty()) return;
    out.pieces.push_back(piece);
    out.size += piece.size();
  };
  std::size_t from = 0;
  for (const Edit& edit : edits_) {
    add(body.substr(from, edit.span.begin - from));
    add(std::string_view(out.owned).substr(edit.text.begin, edit.text.end - edit.text.begin));
    from = edit.span.end;
  }
  add(body.substr(from));
  return out;
}

void drop_items(const std::vector<JsonSpan>& items, const std::vector<bool>& gone, Splice& splice) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!gone[i]) {
      ++kept;
      continue;
    }
    std::size_t begin = items[i].begin;
    std::size_t end = items[i].end;
    if (kept > 0) {  // the comma before it
      begin = items[i - 1].end;
    } else if (i + 1 < items.size()) {  // up to the next element
      end = items[i + 1].begin;
    }
    splice.replace({begin, end}, "");
  }
}

}  // namespace pontage::dialects
