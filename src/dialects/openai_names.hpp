// Names of tools for openai.chat: at most 64 characters there, while other dialects take 128 and
// the names of MCP servers' tools are often longer.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace pontage::dialects {

/// The longest name that OpenAI takes.
inline constexpr std::size_t kOpenAiNameLimit = 64;

/// The name itself, or its beginning and a hash of it where it is too long.
std::string openai_tool_name(std::string_view name);
/// The long name that became `name`, else `name` itself.
std::string_view client_tool_name(std::span<const std::string> long_names, std::string_view name);

}  // namespace pontage::dialects
