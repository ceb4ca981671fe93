// The vendor catalogue: rows of config/providers.yaml, read once.
#include <stdexcept>

#include "config/load.hpp"
#include "providers/builtin_vendors.hpp"
#include "providers/provider.hpp"

namespace pontage::providers {
namespace {

std::vector<Vendor> load() {
  config::Diagnostics diagnostics;
  const auto loaded = config::load_text(
      {"config/providers.yaml", std::string(kBuiltinVendors)},
      [](std::string_view) { return std::nullopt; }, diagnostics);
  if (!loaded || diagnostics.has_errors())
    throw std::logic_error("the compiled-in config/providers.yaml is broken");
  std::vector<Vendor> rows;
  for (const auto& item : loaded->root.find("vendors")->items) {
    const auto text = [&](const char* key) {
      const auto* node = item.find(key);
      return node != nullptr ? node->text : std::string();
    };
    rows.push_back({text("id"), text("kind"), text("base_url"), text("key"), text("address")});
    if (rows.back().key_variable == "none") rows.back().key_variable.clear();
  }
  return rows;
}

}  // namespace

const std::vector<Vendor>& vendors() {
  static const std::vector<Vendor> kRows = load();
  return kRows;
}

const Vendor* find_vendor(std::string_view id) {
  for (const auto& row : vendors()) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

}  // namespace pontage::providers
