// Header names and values as they stand in a head, and the rules of which may pass. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pontage::http {

struct HeaderView {
  std::string_view name;
  std::string_view value;
};

/// The first value of a name (case-insensitive), or an empty view with null data when absent.
std::string_view find(std::span<const HeaderView> headers, std::string_view name);
/// True when a comma-separated list (Connection, Transfer-Encoding) holds the token,
/// case-insensitive.
bool has_token(std::string_view list, std::string_view token);
void append_header(std::string& out, std::string_view name,
                   std::string_view value);  ///< `name: value\r\n`; CR, LF, NUL become spaces
std::string_view reason_phrase(int status);

}  // namespace pontage::http
