// HTTP/1.1 heads, by Beast's basic_parser over the connection's own buffer (no message objects, no
// copies of fields) plus http/head_rules for what Beast lets through. Pure but for Beast.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "http/headers.hpp"
#include "pontage/core/error.hpp"
#include "transport/server.hpp"

namespace pontage::transport {

/// The length of the head in `data` including its blank line, or 0 while it is incomplete.
/// `searched` remembers how far an earlier look has come, so that a head that arrives byte by byte
/// is read in linear time.
std::size_t head_length(std::string_view data, std::size_t& searched);

/// Parses a complete request head. Errors: bad_request, headers_too_large (too many fields),
/// not_implemented (a method or version that is none of ours).
Status parse_request_head(std::string_view head, int header_count_limit, RequestHead& out);

struct ResponseHead {
  int status = 0;
  std::vector<http::HeaderView> headers;  ///< views into `storage`
  std::string storage;
  bool chunked = false;
  bool has_length = false;
  std::uint64_t content_length = 0;
  bool keep_alive = true;

  /// For another response; the memory stays.
  void clear() {
    headers.clear();
    storage.clear();
    status = 0;
    chunked = has_length = false;
    content_length = 0;
    keep_alive = true;
  }
  [[nodiscard]] std::size_t capacity() const {
    return storage.capacity() + headers.capacity() * sizeof(http::HeaderView);
  }
};
/// Parses a complete response head; false when it is not one.
bool parse_response_head(std::string_view head, ResponseHead& out);

}  // namespace pontage::transport
