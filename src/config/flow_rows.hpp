// Rows of a compiled-in list, `  - { key: value, list: [a, b], map: { … } }`, one a line: a subset
// of YAML's flow style that is read a thousand times faster than YAML. For text of our own only;
// tests hold that YAML reads the same. What users write goes through load.hpp.
#pragma once

#include <optional>
#include <string_view>

#include "config/node.hpp"

namespace pontage::config {

/// The `{ … }` of each row, in order; lines that are no rows are passed over.
class FlowRows {
 public:
  explicit FlowRows(std::string_view text) : rest_(text) {}
  bool next(std::string_view& row);

 private:
  std::string_view rest_;
};

/// The text of a scalar under `key`, when the row begins with it at `at`; `at` then stands after
/// it. For looking rows up without reading them.
std::optional<std::string_view> take_flow_scalar(std::string_view row, std::string_view key,
                                                 std::size_t& at);

/// Nothing when the row has not this form. Scalars are plain or in double quotes without escapes.
std::optional<Node> read_flow_row(std::string_view row);

}  // namespace pontage::config
