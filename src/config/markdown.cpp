// docs/configuration.md from the tables that the readers use, so that it cannot drift.
#include "config/fields.hpp"

namespace pontage::config {
namespace {

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(std::string_view text) {
  if (text == "—" || text == "required" || text.empty()) return cell(text);
  return '`' + cell(text) + '`';
}

}  // namespace

std::string to_markdown(const std::vector<StructDoc>& docs) {
  std::string out;
  for (const StructDoc& doc : docs) {
    if (!out.empty()) out += '\n';
    out += "## `" + (doc.path.empty() ? std::string("(top level)") : doc.path) + "`\n\n";
    if (!doc.text.empty()) out += doc.text + "\n\n";
    if (doc.fields.empty()) continue;
    out += "| key | type | default | meaning |\n|---|---|---|---|\n";
    for (const FieldDoc& field : doc.fields) {
      out += "| " + code(field.key) + " | " + cell(field.type) + " | " + code(field.default_text) +
             " | " + cell(field.text) + " |\n";
    }
  }
  return out;
}

}  // namespace pontage::config
