// The door of this room: a file of any format that is understood becomes a native node tree.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "config/diagnostics.hpp"
#include "config/environment.hpp"
#include "config/node.hpp"

namespace pontage::config {

struct Source {
  std::string name;  ///< as it stands before `:line:col` in messages
  std::string text;
};

enum class Format : std::uint8_t { kNative, kPortkey, kClaudeCodeRouter, kAgentGateway, kLiteLlm };
std::string_view format_name(Format format);  ///< "native", "Portkey", "Claude Code Router", …

struct Loaded {
  Node root;  ///< a map, also for an empty file
  Format format = Format::kNative;
};

/// Reads native or foreign text to a NATIVE node tree; nothing, with errors, when it cannot. Never
/// throws.
std::optional<Loaded> load_text(const Source& source, const Environment& environment,
                                Diagnostics& diagnostics);
std::optional<Loaded> load_file(const std::string& path, const Environment& environment,
                                Diagnostics& diagnostics);

/// How a Portkey configuration is read that does not come from a file.
struct PortkeyOptions {
  /// Without a list of codes any failure moves on to the next target, as Portkey does it.
  bool any_failure = true;
  /// Each target is named by its place ("config.targets[1]"), and native parts are not read.
  bool name_targets = false;
  std::string custom_host = {};  ///< for targets without one of their own; empty: none
  std::function<void(const Node&, Diagnostics&)> check_host = {};
  std::function<void(const Node&, Diagnostics&)> check_key = {};
};
/// JSON text of a client's own (a header) to a native tree with `providers` and one route. No
/// variable is expanded in it.
std::optional<Node> portkey_from_text(const Source& source, const PortkeyOptions& options,
                                      Diagnostics& diagnostics);

/// Native YAML of a tree; variables are spelt as ${NAME} again, so no secret of the environment is
/// printed.
std::string to_yaml(const Node& root);

/// The value of a secret: the scalar's text, or with `file:PATH` that file's content without its
/// last line end. Nothing without a diagnostic: not configured (variable not set, empty). Nothing
/// with one: it cannot be read.
std::optional<std::string> resolve_secret(const Node& node, Diagnostics& diagnostics);

}  // namespace pontage::config
