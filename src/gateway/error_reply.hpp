// The one place where an Error becomes a status, headers and a body in the client's dialect.
#pragma once

#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "pontage/core/error.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::gateway {

struct ErrorReply {
  int status = 500;
  std::string headers;  ///< whole lines
  std::string body;
};

/// `status` 0: the code's own. `x-should-retry: false` where another try would only cost the same
/// again.
ErrorReply render_error(dialects::Dialect dialect, const Error& error, std::string_view request_id,
                        int status = 0);

}  // namespace pontage::gateway
