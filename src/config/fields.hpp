// Struct<T>: one table per YAML map: key, type, default, limits, one line of documentation. The same table fills the
// C++ struct, refuses unknown keys and wrong types with their place, and prints docs/configuration.md.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "core/clock.hpp"

namespace pontage::config {

struct FieldDoc {
  std::string key;
  std::string type;           ///< "integer 0..10", "duration", "size", "boolean", "text", "list of …"
  std::string default_text;   ///< as YAML; "required" or "—" where there is none
  std::string text;           ///< one sentence; units stand in the type
};

struct StructDoc {
  std::string path;  ///< where it stands: "server", "chain.retry", "providers.<name>"
  std::string text;
  std::vector<FieldDoc> fields;
};

/// Scalar readers; on a wrong type they report at the node and return false. Usable on their own.
bool read_boolean(const Node& node, bool& out, Diagnostics& diagnostics);
bool read_integer(const Node& node, std::int64_t min, std::int64_t max, std::int64_t& out, Diagnostics& diagnostics);
bool read_number(const Node& node, double min, double max, double& out, Diagnostics& diagnostics);
bool read_text(const Node& node, std::string& out, Diagnostics& diagnostics);
bool read_duration(const Node& node, Millis min, Millis max, Millis& out, Diagnostics& diagnostics);
bool read_size(const Node& node, std::uint64_t min, std::uint64_t max, std::uint64_t& out, Diagnostics& diagnostics);

template <class T>
class Struct {
 public:
  using Reader = std::function<void(const Node&, T&, Diagnostics&)>;

  /// The default of each field is what a value-initialised T holds.
  Struct(std::string path, std::string text);

  Struct& boolean(std::string key, bool T::*member, std::string text);
  Struct& integer(std::string key, std::int64_t T::*member, std::int64_t min, std::int64_t max, std::string text);
  Struct& integer(std::string key, int T::*member, int min, int max, std::string text);
  Struct& number(std::string key, double T::*member, double min, double max, std::string text);
  Struct& text(std::string key, std::string T::*member, std::string text);
  Struct& texts(std::string key, std::vector<std::string> T::*member, std::string text);  ///< one text or a list
  Struct& text_map(std::string key, std::map<std::string, std::string> T::*member, std::string text);
  Struct& duration(std::string key, Millis T::*member, Millis min, Millis max, std::string text);
  Struct& size(std::string key, std::uint64_t T::*member, std::uint64_t min, std::uint64_t max, std::string text);
  template <class E>
  Struct& choice(std::string key, E T::*member, std::vector<std::pair<std::string, E>> names, std::string text);
  /// Anything else: `read` gets the value's node.
  Struct& custom(std::string key, std::string type, std::string default_text, std::string text, Reader read);
  /// The field added last must be present.
  Struct& required();
  /// A key that is known but not live yet: parsed by nobody, warned of by name with `reason`.
  Struct& not_live(std::string key, std::string reason);

  /// Fills `out` from a map (null: nothing to read). Unknown keys are errors with "did you mean".
  void parse(const Node& node, T& out, Diagnostics& diagnostics) const;
  [[nodiscard]] const StructDoc& doc() const;
};

}  // namespace pontage::config
