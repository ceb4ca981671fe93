// All that is wrong with a configuration, collected instead of thrown, so that one run shows
// everything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.hpp"

namespace pontage::config {

enum class Severity : std::uint8_t { kError, kWarning };

struct Diagnostic {
  Severity severity;
  Mark mark;
  std::string message;  ///< what is wrong, then what would be right
  [[nodiscard]] std::string text()
      const;  ///< `file:line:col: message` (warnings: `file:line:col: warning: message`)
};

class Diagnostics {
 public:
  void error(const Mark& mark, std::string message);
  void warning(const Mark& mark, std::string message);
  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  [[nodiscard]] std::size_t error_count() const { return errors_; }
  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }
  /// By file, line, column; errors and warnings together; duplicates dropped.
  void sort();

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

/// ` (did you mean "retry"?)` when a candidate is near enough (edit distance, transpositions count
/// one), else "".
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& candidates);

}  // namespace pontage::config
