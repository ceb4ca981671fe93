// What a client asks of the choice of targets, in the fields that OpenRouter's clients send. Only
// kept where the configuration leaves the choice to the client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pontage::chain {

struct ClientRouting {
  enum class Sort : std::uint8_t { kNone, kPrice, kLatency, kThroughput, kUnknown };

  std::vector<std::string> models;  ///< all that it names, the first included
  std::vector<std::string> order;   ///< names of providers
  std::vector<std::string> only;
  std::vector<std::string> ignore;
  Sort sort = Sort::kNone;
  std::string sort_name;
  bool allow_fallbacks = true;
  bool require_parameters = false;
  std::optional<std::int64_t> max_prompt;      ///< nano-dollars per million tokens
  std::optional<std::int64_t> max_completion;  ///< the same
  std::vector<std::string_view> fields;        ///< of OpenRouter, that the body has; static text
};

}  // namespace pontage::chain
