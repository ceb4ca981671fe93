// The current time as HTTP writes it (RFC 9110 §5.6.7), made once a second a thread.
#pragma once

#include <string_view>

namespace pontage::transport {

/// "Sun, 06 Nov 1994 08:49:37 GMT"; valid until the thread's next call.
std::string_view http_date_now();

}  // namespace pontage::transport
