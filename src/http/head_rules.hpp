// What makes two HTTP parsers disagree about where a request ends, found on the raw head (RFC 9112
// §11.2). Runs before the parser proper, which lets some of it through. One pass; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pontage::http {

/// `head` runs from the request line up to and including CRLFCRLF. The answer is what is wrong with
/// it, as one clause for the client's error message; nothing when the head is sound. Parts of the
/// head are never echoed.
std::optional<std::string> smuggling_problem(std::string_view head);

}  // namespace pontage::http
