// Asks a gateway on this machine one question and watches the clock. Blocking, for a thread of its
// own.
#pragma once

#include <string>

#include "study/drill.hpp"

namespace pontage::study {

/// `address`: HOST:PORT. `more`: header lines beyond the request's own. Gives up after `patience`.
Seen ask(const std::string& address, const Request& request, bool stream, const std::string& more,
         Millis patience);

}  // namespace pontage::study
