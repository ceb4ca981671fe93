// parse_request_head and parse_response_head: never out of bounds; what they hand out lies in the
// bytes that they were given (requests) or own (responses), and holds no line break.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "transport/head_parser.hpp"

namespace {

void check_inside(std::string_view part, std::string_view whole) {
  if (part.empty()) return;
  if (part.data() < whole.data() || part.data() + part.size() > whole.data() + whole.size())
    std::abort();
  if (part.find('\n') != std::string_view::npos) std::abort();
}

void check_request(const std::string& text) {
  std::size_t searched = 0;
  const std::size_t length = pontage::transport::head_length(text, searched);
  if (length == 0) return;
  const std::string head = text.substr(0, length);
  pontage::transport::RequestHead out;
  if (!pontage::transport::parse_request_head(head, 64, out)) return;
  for (const auto& header : out.headers) {
    check_inside(header.name, head);
    check_inside(header.value, head);
  }
  check_inside(out.method, head);
  check_inside(out.target, head);
  check_inside(out.query, head);
  if (out.path.empty() || out.headers.size() > 64) std::abort();
  if (out.chunked && (out.content_length != 0 || out.minor_version == 0)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_request(text);
  pontage::transport::ResponseHead response;
  if (pontage::transport::parse_response_head(text, response)) {
    for (const auto& header : response.headers) {
      check_inside(header.name, response.storage);
      check_inside(header.value, response.storage);
    }
    if (response.status < 0 || response.status > 999) std::abort();
    if (response.chunked && response.has_length) std::abort();
  }
  return 0;
}
