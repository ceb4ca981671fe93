// The vendor catalogue: who they are, where they are, what they speak. config/providers.yaml,
// compiled in, and rows of a file of one's own over it. A vendor of a known family is a row and no
// code.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/fields.hpp"
#include "config/node.hpp"

namespace pontage::providers {

struct Vendor {
  std::string id;
  std::string name;                  ///< for people
  std::vector<std::string> aliases;  ///< other spellings of the id
  std::string kind;
  std::string base_url;                    ///< may hold ${NAME}
  std::vector<std::string> key_variables;  ///< the first that is set holds the key; empty: none
  std::string address_variable;            ///< empty: none
  std::vector<std::string> endpoints;      ///< dialects; empty: the family's usual ones
  bool local = false;                      ///< run by its user: data stays in the house
  bool maker = false;                      ///< its models are its own
  std::string source;
  std::string as_of;

  // Quirks.
  bool bare_path = false;          ///< no /v1 before the path
  bool no_stream_options = false;  ///< refuses that field
  bool no_json_schema = false;     ///< response_format takes json_object, no schema
};

class Vendors {
 public:
  static const std::shared_ptr<const Vendors>& builtin();
  /// The rows of a file over those of `base`, by id. Null when anything is wrong; all of it is then
  /// in `diagnostics`.
  static std::shared_ptr<const Vendors> load(const config::Node& root,
                                             const std::shared_ptr<const Vendors>& base,
                                             config::Diagnostics& diagnostics);
  static std::vector<config::StructDoc> docs();

  /// By id or alias. Pointers live as long as the catalogue.
  [[nodiscard]] const Vendor* find(std::string_view name) const;
  [[nodiscard]] const std::vector<Vendor>& rows() const { return rows_; }
  /// Every id and alias, for "did you mean".
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  void sort();

  std::vector<Vendor> rows_;  ///< by id
};

}  // namespace pontage::providers
