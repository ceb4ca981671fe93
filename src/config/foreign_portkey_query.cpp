// Portkey's conditions (`{ "metadata.team": { "$eq": "search" } }`) as rules. Its comparisons are
// JavaScript's: an absent value differs from everything, and numbers are read from texts.
#include <algorithm>
#include <array>

#include "config/describe.hpp"
#include "config/foreign.hpp"
#include "core/strings.hpp"

namespace pontage::config {
namespace {

using Rule = std::optional<std::string>;

struct Subject {
  std::string name;
  std::string present;  // `has(…)`; empty: always there
};

bool is_identifier(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !is_letter(text.front())) return false;
  return std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string member_of(std::string_view map, std::string_view key) {
  std::string out(map);
  return is_identifier(key) ? out.append(".").append(key)
                            : out.append("[").append(rule_text(key)).append("]");
}

std::optional<Subject> subject_of(const Node::Entry& entry, Diagnostics& diagnostics) {
  const std::string_view key = entry.key;
  constexpr std::string_view kMetadata = "metadata.";
  constexpr std::string_view kParams = "params.";
  if (key == "url.pathname") return Subject{"request.path", ""};
  if (key.starts_with(kMetadata) && key.size() > kMetadata.size()) {
    const std::string_view name = key.substr(kMetadata.size());
    return Subject{member_of("request.metadata", name), rule_text(name) + " in request.metadata"};
  }
  if (key.starts_with(kParams) && key.size() > kParams.size()) {
    const std::string_view name = key.substr(kParams.size());
    if (name.find('.') == std::string_view::npos)
      return Subject{member_of("request.params", name), rule_text(name) + " in request.params"};
  }
  diagnostics.warning(entry.mark,
                      "the condition on " + quote(key) +
                          " has no counterpart (metadata.NAME, params.NAME and url.pathname do), "
                          "so it never holds here");
  return std::nullopt;
}

// The literal that a value stands for; nothing for what can equal no text, number or truth value.
Rule literal(const Subject& subject, const Node& value) {
  if (!value.is_scalar()) return std::nullopt;
  const bool plain = !value.quoted && !subject.present.empty() &&
                     (value.text == "true" || value.text == "false" || parse_int(value.text) ||
                      parse_double(value.text));
  return plain ? value.text : rule_text(value.text);
}

Rule number(const Subject& subject, const Node& value) {
  if (!value.is_scalar() || subject.present.empty() || !parse_double(value.text))
    return std::nullopt;
  return value.text;
}

Rule list(const Subject& subject, const Node& values) {
  if (!values.is_sequence()) return std::nullopt;
  std::string out = "[";
  for (const Node& item : values.items) {
    const auto each = literal(subject, item);
    if (!each) return std::nullopt;
    out.append(out.size() > 1 ? ", " : "").append(*each);
  }
  return out + "]";
}

std::string unless_absent(const Subject& subject, const std::string& rule) {
  return subject.present.empty() ? rule : "(!(" + subject.present + ") || " + rule + ")";
}

Rule apply(const Subject& subject, const Node::Entry& operation, Diagnostics& diagnostics) {
  const std::string_view name = operation.key;
  const Node& value = operation.value;
  struct Comparison {
    std::string_view name;
    std::string_view sign;
  };
  constexpr std::array<Comparison, 4> kComparisons = {
      {{"$gt", " > "}, {"$gte", " >= "}, {"$lt", " < "}, {"$lte", " <= "}}};
  for (const auto& each : kComparisons) {
    if (each.name != name) continue;
    if (const auto right = number(subject, value))
      return subject.name + std::string(each.sign) + *right;
    diagnostics.warning(value.mark, std::string(name) + " compares numbers, and " +
                                        describe(value) + " is none: the condition never holds");
    return std::nullopt;
  }
  Rule right = name == "$in" || name == "$nin" ? list(subject, value) : literal(subject, value);
  if (right && name == "$eq") return subject.name + " == " + *right;
  if (right && name == "$ne") return unless_absent(subject, subject.name + " != " + *right);
  if (right && name == "$in") return subject.name + " in " + *right;
  if (right && name == "$nin")
    return unless_absent(subject, "!(" + subject.name + " in " + *right + ")");
  if (right && name == "$regex") return subject.name + ".matches(" + rule_text(value.text) + ")";
  diagnostics.warning(operation.mark,
                      quote(name) + " with " + describe(value) +
                          " cannot be said in a rule, so the condition never holds here");
  return std::nullopt;
}

Rule joined(const std::vector<Rule>& rules, std::string_view sign) {
  std::string out;
  for (const Rule& rule : rules) {
    if (!rule) {
      if (sign == " && ") return std::nullopt;  // one part never holds: the whole never does
      continue;
    }
    out.append(out.empty() ? "" : sign).append(*rule);
  }
  if (out.empty()) return std::nullopt;
  return rules.size() > 1 ? "(" + out + ")" : out;
}

Rule group(const Node::Entry& entry, Diagnostics& diagnostics) {
  std::vector<Rule> rules;
  if (!entry.value.is_sequence() || entry.value.items.empty()) {
    diagnostics.error(entry.mark, quote(entry.key) + " takes a list of conditions");
    return std::nullopt;
  }
  for (const Node& item : entry.value.items) rules.push_back(portkey_query(item, diagnostics));
  return joined(rules, entry.key == "$or" ? " || " : " && ");
}

Rule field(const Node::Entry& entry, Diagnostics& diagnostics) {
  const auto subject = subject_of(entry, diagnostics);
  if (!subject) return std::nullopt;
  std::vector<Rule> rules;
  if (!entry.value.is_map()) {
    rules.push_back(apply(*subject, {"$eq", entry.mark, entry.value}, diagnostics));
    return joined(rules, " && ");
  }
  for (const Node::Entry& operation : entry.value.entries) {
    if (operation.key == "$regex" && entry.value.entries.size() > 1) {
      diagnostics.warning(operation.mark,
                          "Portkey ignores the operators after $regex; here all of them count");
    }
    rules.push_back(apply(*subject, operation, diagnostics));
  }
  return joined(rules, " && ");
}

}  // namespace

std::string rule_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

Rule portkey_query(const Node& query, Diagnostics& diagnostics) {
  if (!query.is_map() || query.entries.empty()) {
    diagnostics.error(query.mark, "a query is a map such as { metadata.team: { $eq: search } }");
    return std::nullopt;
  }
  std::vector<Rule> rules;
  for (const Node::Entry& entry : query.entries) {
    const bool is_group = entry.key == "$and" || entry.key == "$or";
    if (is_group && query.entries.size() > 1) {
      diagnostics.warning(entry.mark, "Portkey ignores what stands after " + entry.key +
                                          " in the same query; here all of it counts");
    }
    rules.push_back(is_group ? group(entry, diagnostics) : field(entry, diagnostics));
  }
  return joined(rules, " && ");
}

}  // namespace pontage::config
