// Struct<T>: one table per YAML map: key, type, default, limits, one line of documentation. The
// same table fills the C++ struct, refuses unknown keys and wrong types with their place, and
// prints docs/configuration.md.
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
  std::string type;  ///< "integer 0..10", "duration", "size", "boolean", "text", "list of …"
  std::string default_text;  ///< as YAML; "required" or "—" where there is none
  std::string text;          ///< one sentence; units stand in the type
};

struct StructDoc {
  std::string path;  ///< where it stands: "server", "chain.retry", "providers.<name>"
  std::string text;
  std::vector<FieldDoc> fields;
};

/// Scalar readers; on a wrong type they report at the node and return false. Usable on their own.
bool read_boolean(const Node& node, bool& out, Diagnostics& diagnostics);
bool read_integer(const Node& node, std::int64_t min, std::int64_t max, std::int64_t& out,
                  Diagnostics& diagnostics);
bool read_number(const Node& node, double min, double max, double& out, Diagnostics& diagnostics);
bool read_text(const Node& node, std::string& out, Diagnostics& diagnostics);
bool read_duration(const Node& node, Millis min, Millis max, Millis& out, Diagnostics& diagnostics);
bool read_size(const Node& node, std::uint64_t min, std::uint64_t max, std::uint64_t& out,
               Diagnostics& diagnostics);

/// The key, type and default tables of `docs`, one heading each, as docs/configuration.md prints
/// them.
std::string to_markdown(const std::vector<StructDoc>& docs);

/// What Struct<T> does without knowing T: members are reached through accessors from the struct's
/// address.
class StructCore {
 public:
  template <class V>
  using Access = std::function<V&(void* object)>;
  using Reader = std::function<void(const Node&, void* object, Diagnostics&)>;
  struct Field {
    std::size_t doc = 0;  ///< its row in doc().fields
    Reader read;          ///< empty: not live
    bool required = false;
    std::string not_live_reason;
  };

  StructCore(std::string path, std::string text);

  void boolean(std::string key, bool value, Access<bool> access, std::string text);
  void integer(std::string key, std::int64_t value, Access<std::int64_t> access, std::int64_t min,
               std::int64_t max, std::string text);
  void integer(std::string key, int value, Access<int> access, int min, int max, std::string text);
  void number(std::string key, double value, Access<double> access, double min, double max,
              std::string text);
  void text(std::string key, const std::string& value, Access<std::string> access,
            std::string text);
  void texts(std::string key, const std::vector<std::string>& value,
             Access<std::vector<std::string>> access, std::string text);
  void text_map(std::string key, const std::map<std::string, std::string>& value,
                Access<std::map<std::string, std::string>> access, std::string text);
  void duration(std::string key, Millis value, Access<Millis> access, Millis min, Millis max,
                std::string text);
  void size(std::string key, std::uint64_t value, Access<std::uint64_t> access, std::uint64_t min,
            std::uint64_t max, std::string text);
  /// `set` gets the index of the name that was chosen.
  void choice(std::string key, std::vector<std::string> names, std::size_t value,
              std::function<void(void*, std::size_t)> set, std::string text);
  void custom(FieldDoc doc, Reader read);
  void required();
  void not_live(std::string key, std::string reason);

  void parse(const Node& node, void* out, Diagnostics& diagnostics) const;
  [[nodiscard]] const StructDoc& doc() const { return doc_; }

 private:
  void report_unknown(const Node::Entry& entry, Diagnostics& diagnostics) const;

  StructDoc doc_;
  std::vector<Field> fields_;
};

template <class T>
class Struct {
 public:
  using Reader = std::function<void(const Node&, T&, Diagnostics&)>;

  /// The default of each field is what a value-initialised T holds.
  Struct(std::string path, std::string text) : core_(std::move(path), std::move(text)) {}

  Struct& boolean(std::string key, bool T::* member, std::string text) {
    core_.boolean(std::move(key), T{}.*member, access(member), std::move(text));
    return *this;
  }
  Struct& integer(std::string key, std::int64_t T::* member, std::int64_t min, std::int64_t max,
                  std::string text) {
    core_.integer(std::move(key), T{}.*member, access(member), min, max, std::move(text));
    return *this;
  }
  Struct& integer(std::string key, int T::* member, int min, int max, std::string text) {
    core_.integer(std::move(key), T{}.*member, access(member), min, max, std::move(text));
    return *this;
  }
  Struct& number(std::string key, double T::* member, double min, double max, std::string text) {
    core_.number(std::move(key), T{}.*member, access(member), min, max, std::move(text));
    return *this;
  }
  Struct& text(std::string key, std::string T::* member, std::string text) {
    core_.text(std::move(key), T{}.*member, access(member), std::move(text));
    return *this;
  }
  /// One text or a list of texts.
  Struct& texts(std::string key, std::vector<std::string> T::* member, std::string text) {
    core_.texts(std::move(key), T{}.*member, access(member), std::move(text));
    return *this;
  }
  Struct& text_map(std::string key, std::map<std::string, std::string> T::* member,
                   std::string text) {
    core_.text_map(std::move(key), T{}.*member, access(member), std::move(text));
    return *this;
  }
  Struct& duration(std::string key, Millis T::* member, Millis min, Millis max, std::string text) {
    core_.duration(std::move(key), T{}.*member, access(member), min, max, std::move(text));
    return *this;
  }
  Struct& size(std::string key, std::uint64_t T::* member, std::uint64_t min, std::uint64_t max,
               std::string text) {
    core_.size(std::move(key), T{}.*member, access(member), min, max, std::move(text));
    return *this;
  }
  template <class E>
  Struct& choice(std::string key, E T::* member, std::vector<std::pair<std::string, E>> names,
                 std::string text) {
    std::vector<std::string> texts;
    std::vector<E> values;
    std::size_t value = names.size();
    for (auto& [name, each] : names) {
      if (each == T{}.*member && value == names.size()) value = values.size();
      texts.push_back(std::move(name));
      values.push_back(each);
    }
    core_.choice(
        std::move(key), std::move(texts), value,
        [member, values](void* object, std::size_t index) {
          static_cast<T*>(object)->*member = values[index];
        },
        std::move(text));
    return *this;
  }
  /// Anything else: `read` gets the value's node.
  Struct& custom(std::string key, std::string type, std::string default_text, std::string text,
                 Reader read) {
    core_.custom(
        {std::move(key), std::move(type), std::move(default_text), std::move(text)},
        [read = std::move(read)](const Node& node, void* object, Diagnostics& diagnostics) {
          read(node, *static_cast<T*>(object), diagnostics);
        });
    return *this;
  }
  /// The field added last must be present.
  Struct& required() {
    core_.required();
    return *this;
  }
  /// A key that is known but not live yet: parsed by nobody, warned of by name with `reason`.
  Struct& not_live(std::string key, std::string reason) {
    core_.not_live(std::move(key), std::move(reason));
    return *this;
  }

  /// Fills `out` from a map (null: nothing to read). Unknown keys are errors with "did you mean".
  void parse(const Node& node, T& out, Diagnostics& diagnostics) const {
    core_.parse(node, &out, diagnostics);
  }
  [[nodiscard]] const StructDoc& doc() const { return core_.doc(); }

 private:
  template <class V>
  static StructCore::Access<V> access(V T::* member) {
    return [member](void* object) -> V& { return static_cast<T*>(object)->*member; };
  }

  StructCore core_;
};

}  // namespace pontage::config
