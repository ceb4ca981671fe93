// Error replies in the vendors' own words and shapes, by status or by kind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "simulate/ask.hpp"
#include "simulate/fault.hpp"

namespace pontage::simulate {

struct ErrorReply {
  int status = 500;
  std::string body;  ///< JSON
};

/// Of `fault.status` and `fault.error`; with neither: a server error. `model` is named in the
/// message where vendors do.
ErrorReply error_reply(Dialect dialect, const Fault& fault, std::string_view model);
ErrorReply complaint_reply(Dialect dialect, const Complaint& complaint);  ///< 400
ErrorReply simple_error(Dialect dialect, int status, std::string_view message);
bool known_error_kind(std::string_view kind);
std::string error_kinds();  ///< all of them, with commas

}  // namespace pontage::simulate
