// ${NAME}, ${NAME:-default} and the escape $${ in scalars. As in a shell's `:-`, an empty variable
// counts as not set.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostics.hpp"
#include "config/node.hpp"

namespace pontage::config {

using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

/// Expands the scalar's text in place: fills text, source_text, secret, unset_variable. Malformed
/// references are errors.
void expand_variables(Node& scalar, const Environment& environment, Diagnostics& diagnostics);

/// The same for a map's key, where only the escape is allowed.
void expand_key(std::string& key, const Mark& mark, Diagnostics& diagnostics);

/// YAML ends a plain scalar at `{`, `,`, `: ` and the like, so that `{ key: ${NAME} }` would not
/// parse. These two hide a reference's own punctuation behind control bytes (which no valid file
/// has) and bring it back; lengths never change.
void hide_references(std::string& yaml);
void unhide_references(std::string& text);

}  // namespace pontage::config
