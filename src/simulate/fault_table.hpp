// Which script a request falls under, and how many requests each script has seen. Thread-safe.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/strings.hpp"
#include "simulate/fault.hpp"

namespace pontage::simulate {

class FaultTable {
 public:
  explicit FaultTable(std::uint64_t seed) : seed_(seed) {}

  /// The clause for a request, kept alive by the choice; null: healthy. The order: header, the
  /// table's row for the model (with its `!…`, then without), the model's own script, the table's
  /// row `*`.
  using Choice = std::expected<std::shared_ptr<const Fault>, std::string>;
  Choice choose(std::string_view model, std::string_view header);

  /// Keeps the script even when it does not parse, and says what is wrong with it. Its counters
  /// start again.
  std::expected<void, std::string> set(std::string_view model, std::string_view script);
  void reset_counters();
  void clear();
  [[nodiscard]] std::map<std::string, std::string> rows() const;

 private:
  using Parsed = std::shared_ptr<const std::expected<FaultScript, std::string>>;
  struct Row {
    std::string text;
    Parsed script;
    std::uint64_t seen = 0;
  };
  Parsed parsed(const std::string& text);
  static Choice pick(const Parsed& script, std::uint64_t index, std::uint64_t seed);

  std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::map<std::string, Row, std::less<>> rows_;
  std::unordered_map<std::string, Row, StringHash, std::equal_to<>>
      seen_;  // by header or model, scripts of requests
};

}  // namespace pontage::simulate
