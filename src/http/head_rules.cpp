#include "http/head_rules.hpp"

#include <array>

#include "core/strings.hpp"
#include "http/scan.hpp"

namespace pontage::http {
namespace {

using Problem = const char*;  // null: sound

constexpr std::array<bool, 256> kTokenChar = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c)
    table[c] = is_token_char(static_cast<unsigned char>(c));
  return table;
}();

std::size_t token_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && kTokenChar[static_cast<unsigned char>(text[length])]) ++length;
  return length;
}

struct Seen {
  bool http10 = false;
  bool host = false;
  bool content_length = false;
  bool transfer_encoding = false;
};

// method SP request-target SP HTTP-version (RFC 9112 §3), and no other white space.
Problem check_request_line(std::string_view line, Seen& seen) {
  const std::size_t method = token_length(line);
  if (method == 0 || method == line.size() || line[method] != ' ')
    return "the request line has no method";
  line.remove_prefix(method + 1);
  const std::size_t space = line.find(' ');
  if (space == 0 || space == std::string_view::npos) return "the request line has no target";
  const std::string_view version = line.substr(space + 1);
  if (version.find(' ') != std::string_view::npos)
    return "the request line has more than three parts";
  if (line.find('\t') != std::string_view::npos) return "the request line has a control byte";
  seen.http10 = version == "HTTP/1.0";
  if (!seen.http10 && version != "HTTP/1.1") return "the request line names no HTTP/1 version";
  return nullptr;
}

Problem check_host(std::string_view value, Seen& seen) {
  if (seen.host) return "Host is repeated";
  seen.host = true;
  if (value.find_first_of(" \t,/\\@?#") != std::string_view::npos) return "Host is not one host";
  return nullptr;
}

Problem check_content_length(std::string_view value, Seen& seen) {
  if (seen.content_length) return "Content-Length is repeated";
  seen.content_length = true;
  if (value.empty() || value.size() > 19 ||
      value.find_first_not_of("0123456789") != std::string_view::npos) {
    return "Content-Length is not a number";
  }
  return nullptr;
}

Problem check_transfer_encoding(std::string_view value, Seen& seen) {
  if (seen.transfer_encoding) return "Transfer-Encoding is repeated";
  seen.transfer_encoding = true;
  if (!iequals(value, "chunked")) return "Transfer-Encoding is not `chunked`";
  return nullptr;
}

Problem check_field(std::string_view line, Seen& seen) {
  if (line.front() == ' ' || line.front() == '\t') return "a header is folded over two lines";
  const std::size_t name = token_length(line);
  if (name == line.size()) return "a header has no colon";
  if (line[name] != ':') {
    return line[name] == ' ' || line[name] == '\t' ? "a header has a blank before its colon"
                                                   : "a header name is not a token";
  }
  if (name == 0) return "a header has no name";
  const auto is = [&](std::string_view wanted) {
    return name == wanted.size() && iequals(line.substr(0, name), wanted);
  };
  if (is("host")) return check_host(trim(line.substr(name + 1)), seen);
  if (is("content-length")) return check_content_length(trim(line.substr(name + 1)), seen);
  if (is("transfer-encoding")) return check_transfer_encoding(trim(line.substr(name + 1)), seen);
  return nullptr;
}

Problem check_whole(const Seen& seen) {
  if (!seen.http10 && !seen.host) return "Host is missing";
  if (seen.transfer_encoding && seen.http10) return "Transfer-Encoding came with HTTP/1.0";
  if (seen.transfer_encoding && seen.content_length)
    return "Transfer-Encoding came with Content-Length";
  return nullptr;
}

// Cuts one line off the front of `rest`; only CRLF ends it, and of the control bytes only HTAB may
// stand in it.
Problem take_line(std::string_view& rest, std::string_view& line) {
  const char* const end = rest.data() + rest.size();
  const char* at = find_byte<Control>(rest.data(), end);
  while (at != end && *at == '\t') at = find_byte<Control>(at + 1, end);
  if (at == end) return "the head does not end in an empty line";
  if (*at == '\n') return "a line of the head ends in a bare LF";
  if (*at != '\r') return "the head has a control byte";
  if (at + 1 == end || at[1] != '\n') return "the head has a bare CR";
  const auto length = static_cast<std::size_t>(at - rest.data());
  line = rest.substr(0, length);
  rest.remove_prefix(length + 2);
  return nullptr;
}

Problem check_head(std::string_view rest) {
  Seen seen;
  std::string_view line;
  // RFC 9112 §2.2: "SHOULD ignore at least one empty line (CRLF) received prior to the
  // request-line"; one, not more.
  if (rest.starts_with("\r\n")) rest.remove_prefix(2);
  if (Problem problem = take_line(rest, line)) return problem;
  if (Problem problem = check_request_line(line, seen)) return problem;
  while (true) {
    if (Problem problem = take_line(rest, line)) return problem;
    if (line.empty()) break;
    if (Problem problem = check_field(line, seen)) return problem;
  }
  if (!rest.empty()) return "bytes follow the empty line of the head";
  return check_whole(seen);
}

}  // namespace

std::optional<std::string> smuggling_problem(std::string_view head) {
  if (Problem problem = check_head(head)) return problem;
  return std::nullopt;
}

}  // namespace pontage::http
