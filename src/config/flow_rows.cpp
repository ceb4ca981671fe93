#include "config/flow_rows.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kRowStart = "  - {";
constexpr std::size_t kRowIndent = 4;
constexpr int kDepth = 8;

void skip_blanks(std::string_view text, std::size_t& at) {
  while (at < text.size() && text[at] == ' ') ++at;
}

bool take(std::string_view text, std::size_t& at, char wanted) {
  skip_blanks(text, at);
  if (at >= text.size() || text[at] != wanted) return false;
  ++at;
  return true;
}

std::optional<std::string_view> take_scalar(std::string_view text, std::size_t& at, bool& quoted) {
  skip_blanks(text, at);
  quoted = at < text.size() && text[at] == '"';
  if (quoted) ++at;
  const std::size_t end = text.find_first_of(quoted ? "\"" : ",]}", at);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view found = text.substr(at, end - at);
  while (!quoted && found.ends_with(' ')) found.remove_suffix(1);
  if (!quoted && (found.empty() || found.find(": ") != std::string_view::npos)) return std::nullopt;
  at = quoted ? end + 1 : end;
  return found;
}

bool read_value(std::string_view text, std::size_t& at, Node& out, int depth);

// `{` or `[` has been taken: the parts up to the bracket that closes it.
template <class Part>
bool read_parts(std::string_view text, std::size_t& at, char close, Part part) {
  if (take(text, at, close)) return true;
  do {
    if (!part()) return false;
  } while (take(text, at, ','));
  return take(text, at, close);
}

bool read_entry(std::string_view text, std::size_t& at, Node& map, int depth) {
  skip_blanks(text, at);
  const std::size_t colon = text.find(": ", at);
  if (colon == std::string_view::npos) return false;
  auto& entry = map.entries.emplace_back();
  entry.key = text.substr(at, colon - at);
  at = colon + 2;
  return read_value(text, at, entry.value, depth);
}

bool read_value(std::string_view text, std::size_t& at, Node& out, int depth) {
  if (depth > kDepth) return false;
  if (take(text, at, '{')) {
    out.kind = Node::Kind::kMap;
    return read_parts(text, at, '}', [&] { return read_entry(text, at, out, depth + 1); });
  }
  if (take(text, at, '[')) {
    out.kind = Node::Kind::kSequence;
    return read_parts(text, at, ']',
                      [&] { return read_value(text, at, out.items.emplace_back(), depth + 1); });
  }
  const auto scalar = take_scalar(text, at, out.quoted);
  if (!scalar) return false;
  out.kind = Node::Kind::kScalar;
  out.text = *scalar;
  return true;
}

}  // namespace

bool FlowRows::next(std::string_view& row) {
  while (!rest_.empty()) {
    const std::size_t end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    if (!line.starts_with(kRowStart)) continue;
    row = line.substr(kRowIndent);
    return true;
  }
  return false;
}

std::optional<std::string_view> take_flow_scalar(std::string_view row, std::string_view key,
                                                 std::size_t& at) {
  std::size_t next = at;
  if (next < row.size() && (row[next] == '{' || row[next] == ',')) ++next;
  skip_blanks(row, next);
  if (!row.substr(next).starts_with(key) || !row.substr(next + key.size()).starts_with(": "))
    return std::nullopt;
  next += key.size() + 2;
  bool quoted = false;
  const auto found = take_scalar(row, next, quoted);
  if (found) at = next;
  return found;
}

std::optional<Node> read_flow_row(std::string_view row) {
  Node node;
  std::size_t at = 0;
  if (!read_value(row, at, node, 0) || at != row.size()) return std::nullopt;
  return node;
}

}  // namespace pontage::config
