// Any bytes as a JSON5 file, foreign formats included: no crash, a tree or errors, never both and
// never neither.
#include <cstdint>
#include <cstdlib>

#include "config/load.hpp"

using pontage::config::Diagnostics;
using pontage::config::Environment;
using pontage::config::load_text;
using pontage::config::to_yaml;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Diagnostics diagnostics;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Environment nothing = [](std::string_view) { return std::nullopt; };
  const auto loaded = load_text({"fuzz.json", text}, nothing, diagnostics);
  if (loaded.has_value() == diagnostics.has_errors()) std::abort();
  if (!loaded) return 0;
  Diagnostics again;
  if (!load_text({"again.yaml", to_yaml(loaded->root)}, nothing, again)) std::abort();
  return 0;
}
