#include "config/node_json.hpp"

#include "core/strings.hpp"

namespace pontage::config {
namespace {

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at;
}

/// RFC 8259, section 6: `[ minus ] int [ frac ] [ exp ]`.
bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  std::size_t at = skip_digits(text, 0);
  if (at == 0 || (text[0] == '0' && at > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    const std::size_t from = at + 1;
    at = skip_digits(text, from);
    if (at == from) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t from = at;
    at = skip_digits(text, from);
    if (at == from) return false;
  }
  return at == text.size();
}

void append(std::string& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      out.append("null");
      return;
    case Node::Kind::kScalar:
      if (!node.quoted &&
          (node.text == "true" || node.text == "false" || is_json_number(node.text))) {
        out.append(node.text);
      } else {
        append_json_string(out, node.text);
      }
      return;
    case Node::Kind::kSequence:
      out.push_back('[');
      for (const Node& item : node.items) {
        if (out.back() != '[') out.push_back(',');
        append(out, item);
      }
      out.push_back(']');
      return;
    case Node::Kind::kMap:
      out.push_back('{');
      for (const Node::Entry& entry : node.entries) {
        if (out.back() != '{') out.push_back(',');
        append_json_string(out, entry.key);
        out.push_back(':');
        append(out, entry.value);
      }
      out.push_back('}');
      return;
  }
}

}  // namespace

std::string to_json(const Node& node) {
  std::string out;
  append(out, node);
  return out;
}

}  // namespace pontage::config
