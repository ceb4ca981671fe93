#include "providers/vendors.hpp"

#include <algorithm>
#include <stdexcept>

#include "config/flow_rows.hpp"
#include "providers/builtin_vendors.hpp"

namespace pontage::providers {
namespace {

using config::Diagnostics;
using config::Node;
using config::Struct;

void read_quirks(const Node& node, Vendor& out, Diagnostics& diagnostics) {
  static const std::vector<std::pair<std::string, bool Vendor::*>> kQuirks = {
      {"bare_path", &Vendor::bare_path},
      {"no_stream_options", &Vendor::no_stream_options},
      {"no_json_schema", &Vendor::no_json_schema}};
  if (!node.is_sequence()) {
    diagnostics.error(node.mark, "expected a list of quirks such as [no_stream_options]");
    return;
  }
  std::vector<std::string> names;
  for (const auto& quirk : kQuirks) names.push_back(quirk.first);
  for (const auto& item : node.items) {
    const auto found = std::ranges::find(names, item.text);
    if (found == names.end()) {
      diagnostics.error(
          item.mark, "unknown quirk \"" + item.text + '"' + config::did_you_mean(item.text, names));
    } else {
      out.*kQuirks[static_cast<std::size_t>(found - names.begin())].second = true;
    }
  }
}

// The variables of the address are the account's: they are looked up when a provider is made.
void read_address(const Node& node, Vendor& out, Diagnostics& diagnostics) {
  if (!node.source_text.empty()) {
    out.base_url = node.source_text;
  } else {
    config::read_text(node, out.base_url, diagnostics);
  }
}

const Struct<Vendor>& vendor_table() {
  static const Struct<Vendor> kTable = [] {
    Struct<Vendor> table("vendors[]", "A vendor that speaks a known dialect.");
    table.text("id", &Vendor::id, "Its name in configurations.")
        .required()
        .text("name", &Vendor::name, "Its name for people.")
        .texts("aliases", &Vendor::aliases, "Other spellings of the id.")
        .text("kind", &Vendor::kind, "The family that addresses and signs.")
        .required()
        .custom("base_url", "text", "required",
                "Its address; `${NAME}` is a variable of the account.", read_address)
        .required()
        .texts("key", &Vendor::key_variables,
               "Variables that may hold the key, the first that is set is taken; `[]` needs none.")
        .text("address", &Vendor::address_variable,
              "The variable by which its own SDK is sent elsewhere.")
        .texts("endpoints", &Vendor::endpoints,
               "The dialects that it is known to speak; `[]`: the family's usual ones.")
        .custom("quirks", "list", "[]",
                "bare_path: no /v1 before the path; no_stream_options: refuses that field; "
                "no_json_schema: response_format takes no schema.",
                read_quirks)
        .boolean("local", &Vendor::local, "Run by its user: what is sent there stays in the house.")
        .boolean("maker", &Vendor::maker,
                 "Its models are its own: asked first where several have one of the same name.")
        .text("source", &Vendor::source, "Who says so.")
        .text("as_of", &Vendor::as_of, "When they said so.");
    return table;
  }();
  return kTable;
}

struct File {
  std::vector<Vendor> rows;
};

const Struct<File>& file_table() {
  static const Struct<File> kTable = [] {
    Struct<File> table("", "A file of vendors.");
    table
        .custom("vendors", "list", "required", "The vendors.",
                [](const Node& node, File& out, Diagnostics& diagnostics) {
                  if (!node.is_sequence()) {
                    diagnostics.error(node.mark, "expected a list of vendors");
                    return;
                  }
                  for (const auto& item : node.items) {
                    vendor_table().parse(item, out.rows.emplace_back(), diagnostics);
                    const auto& id = out.rows.back().id;
                    const auto same = [&](const Vendor& each) { return each.id == id; };
                    if (std::ranges::count_if(out.rows, same) > 1)
                      diagnostics.error(item.mark, "two vendors are called \"" + id + '"');
                  }
                })
        .required();
    return table;
  }();
  return kTable;
}

}  // namespace

const std::shared_ptr<const Vendors>& Vendors::builtin() {
  static const std::shared_ptr<const Vendors> kBuiltin = [] {
    auto made = std::make_shared<Vendors>();
    Diagnostics diagnostics;
    config::FlowRows rows(kBuiltinVendors);
    std::string_view row;
    while (rows.next(row)) {
      const auto node = config::read_flow_row(row);
      if (!node) throw std::logic_error("config/providers.yaml: not one row a line");
      vendor_table().parse(*node, made->rows_.emplace_back(), diagnostics);
    }
    if (diagnostics.has_errors()) throw std::logic_error("config/providers.yaml is broken");
    made->sort();
    return made;
  }();
  return kBuiltin;
}

std::shared_ptr<const Vendors> Vendors::load(const Node& root,
                                             const std::shared_ptr<const Vendors>& base,
                                             Diagnostics& diagnostics) {
  const auto errors = diagnostics.error_count();
  File file;
  file_table().parse(root, file, diagnostics);
  if (diagnostics.error_count() != errors) return nullptr;
  auto made = std::make_shared<Vendors>();
  made->rows_ = std::move(file.rows);
  for (const auto& below : base->rows()) {
    const auto same = [&](const Vendor& each) { return each.id == below.id; };
    if (std::ranges::none_of(made->rows_, same)) made->rows_.push_back(below);
  }
  made->sort();
  return made;
}

std::vector<config::StructDoc> Vendors::docs() {
  return {file_table().doc(), vendor_table().doc()};
}

void Vendors::sort() {
  std::ranges::sort(rows_, {}, &Vendor::id);
}

const Vendor* Vendors::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      rows_, name, {}, [](const Vendor& row) { return std::string_view(row.id); });
  if (found != rows_.end() && found->id == name) return &*found;
  for (const auto& row : rows_) {
    if (std::ranges::find(row.aliases, name) != row.aliases.end()) return &row;
  }
  return nullptr;
}

std::vector<std::string> Vendors::names() const {
  std::vector<std::string> out;
  for (const auto& row : rows_) {
    out.push_back(row.id);
    out.insert(out.end(), row.aliases.begin(), row.aliases.end());
  }
  return out;
}

}  // namespace pontage::providers
