// Bytes to text, text to tree by the reader that fits, tree to native form; errors of all steps in
// one list.
#include "config/load.hpp"

#include <exception>

#include "config/foreign.hpp"
#include "config/json5_reader.hpp"
#include "config/limits.hpp"
#include "config/source_text.hpp"
#include "config/yaml_reader.hpp"

namespace pontage::config {
namespace {

bool has_json_name(std::string_view name) {
  return name.ends_with(".json") || name.ends_with(".json5") || name.ends_with(".jsonc");
}

/// A text that opens with `//`, `/*` or `{` is JSON, or else YAML in flow style.
bool opens_like_json(std::string_view text) {
  std::size_t at = 0;
  skip_json5_blank(text, at);
  return at < text.size() && (text[at] == '{' || text[at] == '/');
}

std::optional<Node> read_tree(const FileName& file, const std::string& text,
                              const Environment& environment, Diagnostics& diagnostics) {
  if (!has_json_name(*file) && !opens_like_json(text))
    return read_yaml(file, text, environment, diagnostics);
  Diagnostics json_problems;
  auto tree = read_json5(file, text, environment, json_problems);
  if (!tree && !has_json_name(*file)) {
    Diagnostics yaml_problems;
    auto yaml_tree = read_yaml(file, text, environment, yaml_problems);
    // When neither reads it, the second character tells what it was meant to be: {"key": … or {
    // key: …
    std::size_t at = std::min(text.find('{'), text.size() - 1) + 1;
    skip_json5_blank(text, at);
    const bool is_yaml =
        yaml_tree || (text.starts_with('{') && at < text.size() && text[at] != '"');
    if (is_yaml) {
      tree = std::move(yaml_tree);
      json_problems = std::move(yaml_problems);
    }
  }
  for (const Diagnostic& each : json_problems.all()) diagnostics.error(each.mark, each.message);
  return tree;
}

/// A file that is wrong on every line is told so in a bounded number of them.
void forward(const FileName& file, const Diagnostics& from, Diagnostics& to) {
  for (std::size_t i = 0; i < from.all().size(); ++i) {
    const Diagnostic& each = from.all()[i];
    if (i == kProblems) {
      to.error({file, 0, 0}, "and " + std::to_string(from.all().size() - i) + " more problems");
      return;
    }
    if (each.severity == Severity::kError) {
      to.error(each.mark, each.message);
    } else {
      to.warning(each.mark, each.message);
    }
  }
}

std::optional<Loaded> load_clean(const FileName& file, std::string text,
                                 const Environment& environment, Diagnostics& diagnostics) {
  Diagnostics found;
  std::optional<Loaded> loaded;
  if (clean_text(file, text, found)) {
    auto tree = read_tree(file, text, environment, found);
    if (tree && tree->is_null()) tree->kind = Node::Kind::kMap;
    if (tree && !tree->is_map()) {
      found.error(tree->mark,
                  "a configuration is a map, found " + std::string(kind_name(tree->kind)));
    }
    if (tree && !found.has_errors()) loaded = to_native(std::move(*tree), environment, found);
  }
  forward(file, found, diagnostics);
  if (found.has_errors()) return std::nullopt;
  return loaded;
}

}  // namespace

std::string_view format_name(Format format) {
  switch (format) {
    case Format::kNative:
      return "native";
    case Format::kPortkey:
      return "Portkey";
    case Format::kClaudeCodeRouter:
      return "Claude Code Router";
    case Format::kAgentGateway:
      return "agentgateway";
    case Format::kLiteLlm:
      return "LiteLLM";
  }
  return "native";
}

std::optional<Loaded> load_text(const Source& source, const Environment& environment,
                                Diagnostics& diagnostics) {
  const auto file = std::make_shared<const std::string>(source.name);
  try {
    return load_clean(file, source.text, environment, diagnostics);
  } catch (const std::exception& problem) {
    diagnostics.error({file, 0, 0}, std::string("cannot be read: ") + problem.what());
    return std::nullopt;
  }
}

std::optional<Node> portkey_from_text(const Source& source, const PortkeyOptions& options,
                                      Diagnostics& diagnostics) {
  const auto file = std::make_shared<const std::string>(source.name);
  std::string text = source.text;
  if (!clean_text(file, text, diagnostics)) return std::nullopt;
  const Environment none = [](std::string_view) { return std::nullopt; };
  auto tree = read_json5(file, text, none, diagnostics);
  if (tree && !tree->is_map())
    diagnostics.error(tree->mark, "a Portkey configuration is a JSON object");
  if (!tree || diagnostics.has_errors()) return std::nullopt;
  Node native = portkey_to_native(std::move(*tree), options, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  return native;
}

std::optional<Loaded> load_file(const std::string& path, const Environment& environment,
                                Diagnostics& diagnostics) {
  std::string problem;
  auto bytes = read_bytes(path, kFileBytes, problem);
  if (!bytes) {
    diagnostics.error({std::make_shared<const std::string>(path), 0, 0},
                      "cannot be read: " + problem);
    return std::nullopt;
  }
  return load_text({path, std::move(*bytes)}, environment, diagnostics);
}

}  // namespace pontage::config
