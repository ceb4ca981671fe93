#include "http/headers.hpp"

#include <array>

#include "core/strings.hpp"

namespace pontage::http {
namespace {

struct Reason {
  int status;
  std::string_view phrase;
};

// RFC 9110 §15, and the few others that providers send.
constexpr std::array kReasons = {Reason{100, "Continue"},
                                 Reason{101, "Switching Protocols"},
                                 Reason{200, "OK"},
                                 Reason{201, "Created"},
                                 Reason{202, "Accepted"},
                                 Reason{204, "No Content"},
                                 Reason{206, "Partial Content"},
                                 Reason{301, "Moved Permanently"},
                                 Reason{302, "Found"},
                                 Reason{303, "See Other"},
                                 Reason{304, "Not Modified"},
                                 Reason{307, "Temporary Redirect"},
                                 Reason{308, "Permanent Redirect"},
                                 Reason{400, "Bad Request"},
                                 Reason{401, "Unauthorized"},
                                 Reason{402, "Payment Required"},
                                 Reason{403, "Forbidden"},
                                 Reason{404, "Not Found"},
                                 Reason{405, "Method Not Allowed"},
                                 Reason{406, "Not Acceptable"},
                                 Reason{408, "Request Timeout"},
                                 Reason{409, "Conflict"},
                                 Reason{410, "Gone"},
                                 Reason{411, "Length Required"},
                                 Reason{412, "Precondition Failed"},
                                 Reason{413, "Content Too Large"},
                                 Reason{414, "URI Too Long"},
                                 Reason{415, "Unsupported Media Type"},
                                 Reason{416, "Range Not Satisfiable"},
                                 Reason{417, "Expectation Failed"},
                                 Reason{421, "Misdirected Request"},
                                 Reason{422, "Unprocessable Content"},
                                 Reason{424, "Failed Dependency"},
                                 Reason{425, "Too Early"},
                                 Reason{426, "Upgrade Required"},
                                 Reason{428, "Precondition Required"},
                                 Reason{429, "Too Many Requests"},
                                 Reason{431, "Request Header Fields Too Large"},
                                 Reason{451, "Unavailable For Legal Reasons"},
                                 Reason{499, "Client Closed Request"},
                                 Reason{500, "Internal Server Error"},
                                 Reason{501, "Not Implemented"},
                                 Reason{502, "Bad Gateway"},
                                 Reason{503, "Service Unavailable"},
                                 Reason{504, "Gateway Timeout"},
                                 Reason{505, "HTTP Version Not Supported"},
                                 Reason{508, "Loop Detected"},
                                 Reason{529, "Overloaded"}};

}  // namespace

std::string_view find(std::span<const HeaderView> headers, std::string_view name) {
  for (const auto& header : headers) {
    if (iequals(header.name, name)) return header.value.data() == nullptr ? "" : header.value;
  }
  return {};
}

bool has_token(std::string_view list, std::string_view token) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (iequals(trim(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  const auto append_clean = [&out](std::string_view text) {
    const std::size_t from = out.size();
    out.append(text);
    if (is_free_of_controls(text)) return;
    for (std::size_t i = from; i < out.size(); ++i) {
      if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') out[i] = ' ';
    }
  };
  append_clean(name);
  out.append(": ");
  append_clean(value);
  out.append("\r\n");
}

std::string_view reason_phrase(int status) {
  for (const auto& reason : kReasons) {
    if (reason.status == status) return reason.phrase;
  }
  return "Unknown";
}

}  // namespace pontage::http
