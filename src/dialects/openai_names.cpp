#include "dialects/openai_names.hpp"

#include <array>
#include <cstdint>

namespace pontage::dialects {
namespace {

constexpr std::size_t kHashDigits = 12;

// FNV-1a: the same on every machine, so that a conversation may move between gateways.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char c : text) {
    value ^= static_cast<unsigned char>(c);
    value *= 1099511628211ULL;
  }
  return value;
}

}  // namespace

std::string openai_tool_name(std::string_view name) {
  if (name.size() <= kOpenAiNameLimit) return std::string(name);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(name.substr(0, kOpenAiNameLimit - kHashDigits - 1));
  out.push_back('_');
  std::uint64_t value = hash(name);
  for (std::size_t i = 0; i < kHashDigits; ++i, value >>= 4U) out.push_back(kDigits[value & 15U]);
  return out;
}

std::string_view client_tool_name(std::span<const std::string> long_names, std::string_view name) {
  if (name.size() != kOpenAiNameLimit) return name;
  for (const std::string& one : long_names) {
    if (openai_tool_name(one) == name) return one;
  }
  return name;
}

}  // namespace pontage::dialects
