// Reading ${NAME} references: once in values, once in raw YAML so that their punctuation does not
// end a scalar.
#include "config/environment.hpp"

#include <cstdlib>

#include "config/describe.hpp"

namespace pontage::config {
namespace {

// What is hidden, and the control byte that stands for it. 0x04 is missing: yaml-cpp takes it for
// the end of the file.
constexpr std::string_view kPunctuation = "{},[]#:?";
constexpr std::string_view kHidden = "\x01\x02\x03\x05\x06\x07\x08\x0b";
static_assert(kPunctuation.size() == kHidden.size());

constexpr std::size_t kReferenceBytes = 4096;  // so that looking for the end is bounded

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_part(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

struct Reference {
  std::string_view name;
  std::optional<std::string_view> fallback;
  std::size_t length = 0;  ///< from `$` to `}`
};

/// The reference that starts at `text[0] == '$'`, if it is a well-formed one.
std::optional<Reference> parse_reference(std::string_view text) {
  text = text.substr(0, kReferenceBytes);
  std::size_t at = 2;
  if (at >= text.size() || !is_name_start(text[at])) return std::nullopt;
  while (at < text.size() && is_name_part(text[at])) ++at;
  Reference reference{text.substr(2, at - 2), std::nullopt, at + 1};
  if (at < text.size() && text[at] == '}') return reference;
  if (!text.substr(at).starts_with(":-")) return std::nullopt;
  const std::size_t end = text.find_first_of("}\n", at);
  if (end == std::string_view::npos || text[end] != '}') return std::nullopt;
  reference.fallback = text.substr(at + 2, end - at - 2);
  reference.length = end + 1;
  return reference;
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

void expand_variables(Node& scalar, const Environment& environment, Diagnostics& diagnostics) {
  if (scalar.text.find("${") == std::string::npos) return;
  const std::string source = std::move(scalar.text);
  const std::string_view text = source;
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("$${")) {
      out += "${";
      at += 3;
      continue;
    }
    if (!rest.starts_with("${")) {
      out += text[at++];
      continue;
    }
    const auto reference = parse_reference(rest);
    if (!reference) {
      diagnostics.error(scalar.mark,
                        "malformed variable in " + quote(text) +
                            ": write ${NAME} or ${NAME:-default}, or $${ for a plain ${");
      out += rest;
      break;
    }
    at += reference->length;
    const auto value = environment(reference->name);
    if (value && !value->empty()) {
      out += *value;
      scalar.secret = true;
    } else if (reference->fallback) {
      out += *reference->fallback;
    } else if (scalar.unset_variable.empty()) {
      scalar.unset_variable = reference->name;
    }
  }
  scalar.text = std::move(out);
  scalar.source_text = source;
}

void expand_key(std::string& key, const Mark& mark, Diagnostics& diagnostics) {
  if (key.find("${") == std::string::npos) return;
  Node node;
  node.kind = Node::Kind::kScalar;
  node.mark = mark;
  node.text = key;
  bool used = false;
  const Environment refuse = [&](std::string_view) {
    used = true;
    return std::nullopt;
  };
  expand_variables(node, refuse, diagnostics);
  if (used) diagnostics.error(mark, "a variable cannot stand in a key: " + quote(key));
  key = std::move(node.text);
}

void hide_references(std::string& yaml) {
  std::size_t at = 0;
  while ((at = yaml.find("${", at)) != std::string::npos) {
    const auto reference = parse_reference(std::string_view(yaml).substr(at));
    const std::size_t end = at + (reference ? reference->length : 2);
    if (reference) {
      for (std::size_t i = at; i < end; ++i) {
        const std::size_t found = kPunctuation.find(yaml[i]);
        if (found != std::string_view::npos) yaml[i] = kHidden[found];
      }
    }
    at = end;
  }
}

void unhide_references(std::string& text) {
  // Only inside a reference: the same control bytes can also come from an escape such as "\x01",
  // and stay themselves.
  const char open = kHidden[0];
  const char close = kHidden[1];
  std::size_t at = 0;
  while ((at = text.find('$', at)) != std::string::npos) {
    if (++at >= text.size() || text[at] != open) continue;
    for (bool inside = true; inside && at < text.size(); ++at) {
      inside = text[at] != close;
      const std::size_t found = kHidden.find(text[at]);
      if (found != std::string_view::npos) text[at] = kPunctuation[found];
    }
  }
}

}  // namespace pontage::config
