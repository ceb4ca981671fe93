// Any bytes as a configuration file: no crash, bounded, and what loads is written back to the same
// tree.
#include <cstdint>
#include <cstdlib>

#include "config/load.hpp"

using pontage::config::Diagnostic;
using pontage::config::Diagnostics;
using pontage::config::Format;
using pontage::config::load_text;
using pontage::config::Node;
using pontage::config::to_yaml;

namespace {

std::optional<std::string> variable(std::string_view name) {
  if (name.size() % 2 == 0) return std::nullopt;
  return "value of " + std::string(name);
}

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() ||
      a.entries.size() != b.entries.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same(a.items[i], b.items[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    if (a.entries[i].key != b.entries[i].key || !same(a.entries[i].value, b.entries[i].value))
      return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Diagnostics diagnostics;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto loaded = load_text({"fuzz.yaml", text}, variable, diagnostics);
  if (loaded.has_value() == diagnostics.has_errors()) std::abort();
  for (const Diagnostic& each : diagnostics.all()) {
    if (each.text().empty()) std::abort();
  }
  if (!loaded || loaded->format != Format::kNative) return 0;
  Diagnostics again;
  const auto reloaded = load_text({"again.yaml", to_yaml(loaded->root)}, variable, again);
  if (!reloaded || !same(loaded->root, reloaded->root)) std::abort();
  return 0;
}
