// The table behind Struct<T>: adding rows with their documentation, and reading a map by them.
#include "config/fields.hpp"

#include <algorithm>

#include "config/describe.hpp"
#include "core/strings.hpp"

namespace pontage::config {
namespace {

std::string range_text(std::string_view type, const std::string& min, const std::string& max,
                       bool open_end) {
  return std::string(type) + ' ' + (open_end ? "from " + min : min + ".." + max);
}

std::string number_text(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

void read_texts(const Node& node, std::vector<std::string>& out, Diagnostics& diagnostics) {
  std::vector<std::string> values;
  std::string value;
  if (node.is_scalar()) {
    if (!read_text(node, value, diagnostics)) return;
    values.push_back(value);
  } else if (node.is_sequence()) {
    for (const Node& item : node.items) {
      if (read_text(item, value, diagnostics)) values.push_back(value);
    }
  } else {
    diagnostics.error(node.mark, "expected a text or a list of texts, found " + describe(node));
    return;
  }
  out = std::move(values);
}

void read_text_map(const Node& node, std::map<std::string, std::string>& out,
                   Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.error(node.mark, "expected a map of texts, found " + describe(node));
    return;
  }
  std::map<std::string, std::string> values;
  for (const Node::Entry& entry : node.entries) {
    std::string value;
    if (read_text(entry.value, value, diagnostics)) values.emplace(entry.key, std::move(value));
  }
  out = std::move(values);
}

}  // namespace

StructCore::StructCore(std::string path, std::string text)
    : doc_{std::move(path), std::move(text), {}} {}

void StructCore::custom(FieldDoc doc, Reader read) {
  fields_.push_back({doc_.fields.size(), std::move(read), false, ""});
  doc_.fields.push_back(std::move(doc));
}

void StructCore::boolean(std::string key, bool value, Access<bool> access, std::string text) {
  custom({std::move(key), "boolean", value ? "true" : "false", std::move(text)},
         [access = std::move(access)](const Node& node, void* object, Diagnostics& diagnostics) {
           read_boolean(node, access(object), diagnostics);
         });
}

void StructCore::integer(std::string key, std::int64_t value, Access<std::int64_t> access,
                         std::int64_t min, std::int64_t max, std::string text) {
  const bool open_end = max == std::numeric_limits<std::int64_t>::max();
  custom({std::move(key), range_text("integer", std::to_string(min), std::to_string(max), open_end),
          std::to_string(value), std::move(text)},
         [access = std::move(access), min, max](const Node& node, void* object,
                                                Diagnostics& diagnostics) {
           read_integer(node, min, max, access(object), diagnostics);
         });
}

void StructCore::integer(std::string key, int value, Access<int> access, int min, int max,
                         std::string text) {
  const bool open_end = max == std::numeric_limits<int>::max();
  custom({std::move(key), range_text("integer", std::to_string(min), std::to_string(max), open_end),
          std::to_string(value), std::move(text)},
         [access = std::move(access), min, max](const Node& node, void* object,
                                                Diagnostics& diagnostics) {
           std::int64_t wide = 0;
           if (read_integer(node, min, max, wide, diagnostics))
             access(object) = static_cast<int>(wide);
         });
}

void StructCore::number(std::string key, double value, Access<double> access, double min,
                        double max, std::string text) {
  const bool open_end = max >= std::numeric_limits<double>::max();
  custom({std::move(key), range_text("number", number_text(min), number_text(max), open_end),
          number_text(value), std::move(text)},
         [access = std::move(access), min, max](const Node& node, void* object,
                                                Diagnostics& diagnostics) {
           read_number(node, min, max, access(object), diagnostics);
         });
}

void StructCore::text(std::string key, const std::string& value, Access<std::string> access,
                      std::string text) {
  custom({std::move(key), "text", value.empty() ? "—" : value, std::move(text)},
         [access = std::move(access)](const Node& node, void* object, Diagnostics& diagnostics) {
           read_text(node, access(object), diagnostics);
         });
}

void StructCore::texts(std::string key, const std::vector<std::string>& value,
                       Access<std::vector<std::string>> access, std::string text) {
  custom({std::move(key), "text or list of texts", '[' + joined(value) + ']', std::move(text)},
         [access = std::move(access)](const Node& node, void* object, Diagnostics& diagnostics) {
           read_texts(node, access(object), diagnostics);
         });
}

void StructCore::text_map(std::string key, const std::map<std::string, std::string>& value,
                          Access<std::map<std::string, std::string>> access, std::string text) {
  std::vector<std::string> pairs;
  for (const auto& [name, each] : value) pairs.push_back(name + ": " + each);
  custom({std::move(key), "map of texts", pairs.empty() ? "{}" : "{ " + joined(pairs) + " }",
          std::move(text)},
         [access = std::move(access)](const Node& node, void* object, Diagnostics& diagnostics) {
           read_text_map(node, access(object), diagnostics);
         });
}

void StructCore::duration(std::string key, Millis value, Access<Millis> access, Millis min,
                          Millis max, std::string text) {
  custom({std::move(key),
          range_text("duration", format_duration(min), format_duration(max), max == Millis::max()),
          format_duration(value), std::move(text)},
         [access = std::move(access), min, max](const Node& node, void* object,
                                                Diagnostics& diagnostics) {
           read_duration(node, min, max, access(object), diagnostics);
         });
}

void StructCore::size(std::string key, std::uint64_t value, Access<std::uint64_t> access,
                      std::uint64_t min, std::uint64_t max, std::string text) {
  const bool open_end = max == std::numeric_limits<std::uint64_t>::max();
  custom({std::move(key), range_text("size", format_size(min), format_size(max), open_end),
          format_size(value), std::move(text)},
         [access = std::move(access), min, max](const Node& node, void* object,
                                                Diagnostics& diagnostics) {
           read_size(node, min, max, access(object), diagnostics);
         });
}

void StructCore::choice(std::string key, std::vector<std::string> names, std::size_t value,
                        std::function<void(void*, std::size_t)> set, std::string text) {
  std::string fallback = value < names.size() ? names[value] : "—";
  std::string type = "one of " + joined(names);
  custom({std::move(key), type, std::move(fallback), std::move(text)},
         [names = std::move(names), type, set = std::move(set)](const Node& node, void* object,
                                                                Diagnostics& diagnostics) {
           std::string chosen;
           if (!node.is_scalar()) {
             diagnostics.error(node.mark, "expected " + type + ", found " + describe(node));
           } else if (read_text(node, chosen, diagnostics)) {
             const auto found = std::find(names.begin(), names.end(), chosen);
             if (found != names.end())
               return set(object, static_cast<std::size_t>(found - names.begin()));
             diagnostics.error(node.mark, "expected " + type + ", found " + describe(node) +
                                              (node.secret ? "" : did_you_mean(chosen, names)));
           }
         });
}

void StructCore::required() {
  fields_.back().required = true;
  doc_.fields.back().default_text = "required";
}

void StructCore::not_live(std::string key, std::string reason) {
  custom({std::move(key), "not live yet", "—", reason}, nullptr);
  fields_.back().not_live_reason = std::move(reason);
}

void StructCore::report_unknown(const Node::Entry& entry, Diagnostics& diagnostics) const {
  std::vector<std::string> keys;
  for (const FieldDoc& field : doc_.fields) keys.push_back(field.key);
  std::string hint = did_you_mean(entry.key, keys);
  if (hint.empty() && !keys.empty()) hint = "; known keys: " + joined(keys);
  const std::string where = doc_.path.empty() ? "" : " in \"" + doc_.path + '"';
  diagnostics.error(entry.mark, "unknown key " + quote(entry.key) + where + hint);
}

void StructCore::parse(const Node& node, void* out, Diagnostics& diagnostics) const {
  if (!node.is_map() && !node.is_null()) {
    const std::string where = doc_.path.empty() ? "" : " for \"" + doc_.path + '"';
    diagnostics.error(node.mark, "expected a map" + where + ", found " + describe(node));
    return;
  }
  for (const Node::Entry& entry : node.entries) {
    const auto field = std::find_if(fields_.begin(), fields_.end(), [&](const Field& each) {
      return doc_.fields[each.doc].key == entry.key;
    });
    if (field == fields_.end()) {
      report_unknown(entry, diagnostics);
    } else if (!field->read) {
      diagnostics.warning(entry.mark,
                          quote(entry.key) + " is not live yet: " + field->not_live_reason);
    } else {
      field->read(entry.value, out, diagnostics);
    }
  }
  for (const Field& field : fields_) {
    const std::string& key = doc_.fields[field.doc].key;
    if (!field.required || node.find(key) != nullptr) continue;
    const std::string where = doc_.path.empty() ? "" : " in \"" + doc_.path + '"';
    diagnostics.error(node.mark, "missing key " + quote(key) + where);
  }
}

}  // namespace pontage::config
