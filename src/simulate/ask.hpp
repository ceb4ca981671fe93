// A request of either dialect, reduced to what the simulator answers by; and what is wrong with it,
// in the vendor's words.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pontage::simulate {

enum class Dialect : std::uint8_t { kOpenAi, kAnthropic, kBedrock, kGemini, kResponses };

/// Its ids, headers and errors are OpenAI's.
constexpr bool is_openais(Dialect dialect) {
  return dialect == Dialect::kOpenAi || dialect == Dialect::kResponses;
}

struct Tool {
  std::string name;
  std::string schema;  ///< JSON text, `{}` when the request has none
};

enum class JsonMode : std::uint8_t { kOff, kObject, kSchema };
enum class ToolChoice : std::uint8_t { kAuto, kNone, kRequired, kNamed };

struct Ask {
  Dialect dialect = Dialect::kOpenAi;
  std::string model;
  bool stream = false;
  bool include_usage = false;
  std::optional<std::int64_t> max_tokens;
  int choices = 1;
  bool thinking = false;
  std::vector<std::string> stop;
  std::vector<Tool> tools;
  ToolChoice tool_choice = ToolChoice::kAuto;
  std::string tool_name;  ///< kNamed
  JsonMode json = JsonMode::kOff;
  std::string schema;
  std::string last_user;               ///< text of the last user turn
  std::optional<std::string> prefill;  ///< text of an assistant turn that stands last
  std::uint64_t conversation =
      0;  ///< hash of roles and texts, the prefill left out; the same in both dialects
  std::optional<std::string> begun;       ///< text of an assistant turn before the last user turn,
  std::uint64_t conversation_before = 0;  ///< and the hash of what stands before both
  std::uint64_t prompt_bytes = 0;         ///< of all texts, the base of prompt_tokens
};

/// Why a request gets a 400.
struct Complaint {
  std::string message;
  std::string param;  ///< OpenAI; empty: null
  std::string code;   ///< OpenAI; empty: null
};

std::expected<Ask, Complaint> parse_ask(Dialect dialect, std::string_view body);

/// 64 bits of a text, well mixed; the same on every machine.
std::uint64_t hash_text(std::string_view text, std::uint64_t seed);

}  // namespace pontage::simulate
