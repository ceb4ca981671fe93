// Native YAML text: block style, small leaves in flow style as people write targets, quotes only
// where they are needed.
#include <algorithm>

#include "config/environment.hpp"
#include "config/load.hpp"

namespace pontage::config {
namespace {

constexpr std::size_t kLineWidth = 100;

bool is_word_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         byte >= 0x80;
}

struct Invisible {
  std::string_view bytes;
  std::string_view escape;
};
// A byte order mark, and what YAML 1.1 takes for line ends: written as escapes, so that every
// parser agrees.
constexpr Invisible kInvisible[] = {{"\xEF\xBB\xBF", "\\uFEFF"},
                                    {"\xC2\x85", "\\u0085"},
                                    {"\xE2\x80\xA8", "\\u2028"},
                                    {"\xE2\x80\xA9", "\\u2029"}};

const Invisible* invisible_at(std::string_view text) {
  for (const Invisible& each : kInvisible) {
    if (text.starts_with(each.bytes)) return &each;
  }
  return nullptr;
}

/// What YAML or a reader would take for something else than a text.
bool looks_special(std::string_view text) {
  constexpr std::string_view kWords[] = {"",     "~",    "null",  "Null",  "NULL",  "true",
                                         "True", "TRUE", "false", "False", "FALSE", "<<"};
  if (std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords)) return true;
  const auto is_numeric = [](char c) { return std::string_view("0123456789.-+eE").contains(c); };
  const bool has_digit = text.find_first_of("0123456789") != std::string_view::npos;
  return has_digit && std::all_of(text.begin(), text.end(), is_numeric);
}

/// Stricter than YAML: safe in block and flow style alike. `text` has its ${…} punctuation hidden.
bool is_plain_safe(std::string_view text) {
  if (text.empty() || text.back() == ' ' || text.back() == ':') return false;
  const char first = text.front();
  const bool good_start = is_word_char(first) || first == '/' || first == '.' || first == '$' ||
                          first == '+' || first == '(' || first == '~' ||
                          (first == '-' && text.size() > 1 && is_word_char(text[1]));
  if (!good_start) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == ':' && (text[i + 1] == ' ' || text[i + 1] == ',')) return false;
    if (byte >= 0xC2 && invisible_at(text.substr(i)) != nullptr) return false;
    if (c == '\t' || c == '\n' || c == '\r' || c == '#' || c == '?') return false;
    // Control bytes here are hidden punctuation and safe; the rest of YAML's own is not.
    if (byte >= 0x20 && std::string_view("{},[]\"'`").find(c) != std::string_view::npos)
      return false;
  }
  return true;
}

std::string double_quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    const Invisible* invisible = byte >= 0xC2 ? invisible_at(text.substr(i)) : nullptr;
    if (invisible != nullptr) {
      out += invisible->escape;
      i += invisible->bytes.size() - 1;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\x";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string escape_variables(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) out += '$';
    out += text[i];
  }
  return out;
}

std::string scalar_text(const Node& node) {
  if (node.is_null()) return "null";
  std::string text = node.source_text.empty() ? escape_variables(node.text) : node.source_text;
  std::string hidden = text;
  hide_references(hidden);
  const bool must_quote = node.quoted && (looks_special(text) || !node.source_text.empty());
  return is_plain_safe(hidden) && !must_quote ? text : double_quoted(text);
}

std::string key_text(const std::string& key) {
  std::string text = escape_variables(key);
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return is_word_char(c) || c == '-' || c == '.' || c == '/' || c == ' ';
  });
  return plain && is_plain_safe(text) && !looks_special(text) ? text : double_quoted(text);
}

bool is_leaf(const Node& node) {
  return node.is_null() || node.is_scalar() || (node.is_map() && node.entries.empty()) ||
         (node.is_sequence() && node.items.empty());
}

std::string flow_text(const Node& node);

std::string flow_map(const Node& node) {
  std::string out = "{ ";
  for (const Node::Entry& entry : node.entries) {
    if (&entry != &node.entries.front()) out += ", ";
    out += key_text(entry.key) + ": " + flow_text(entry.value);
  }
  return out + " }";
}

std::string flow_text(const Node& node) {
  if (node.is_map()) return node.entries.empty() ? "{}" : flow_map(node);
  if (!node.is_sequence()) return scalar_text(node);
  std::string out = "[";
  for (const Node& item : node.items)
    out += (&item == &node.items.front() ? "" : ", ") + flow_text(item);
  return out + ']';
}

/// A list item or a map of leaves that fits on its line.
bool fits_flow(const Node& node, std::size_t indent) {
  if (is_leaf(node)) return true;
  if (!std::all_of(node.items.begin(), node.items.end(), is_leaf)) return false;
  for (const Node::Entry& entry : node.entries) {
    if (!is_leaf(entry.value)) return false;
  }
  return indent + flow_text(node).size() <= kLineWidth;
}

void write_map(std::string& out, const Node& node, std::size_t indent, bool first_is_open);

/// Behind `- ` or `key:`; `out` ends with a line end afterwards.
void write_items(std::string& out, const Node& node, std::size_t indent) {
  for (const Node& item : node.items) {
    out.append(indent, ' ');
    out += "- ";
    if (fits_flow(item, indent + 2)) {
      out += flow_text(item) + '\n';
    } else if (item.is_map()) {
      write_map(out, item, indent + 2, true);
    } else {
      out += '\n';
      write_items(out, item, indent + 2);
    }
  }
}

void write_map(std::string& out, const Node& node, std::size_t indent, bool first_is_open) {
  for (const Node::Entry& entry : node.entries) {
    if (!first_is_open || &entry != &node.entries.front()) out.append(indent, ' ');
    const std::string key = key_text(entry.key) + ':';
    const Node& value = entry.value;
    const bool flow = indent > 0 || is_leaf(value);
    if (flow && fits_flow(value, indent + key.size() + 1)) {
      out += key + ' ' + flow_text(value) + '\n';
    } else {
      out += key + '\n';
      if (value.is_map()) {
        write_map(out, value, indent + 2, false);
      } else {
        write_items(out, value, indent + 2);
      }
    }
  }
}

}  // namespace

std::string to_yaml(const Node& root) {
  if (is_leaf(root)) return flow_text(root) + '\n';
  std::string out;
  if (root.is_map()) {
    write_map(out, root, 0, false);
  } else {
    write_items(out, root, 0);
  }
  return out;
}

}  // namespace pontage::config
