#include "transport/head_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "core/strings.hpp"
#include "http/head_rules.hpp"

namespace pontage::transport {
namespace {

namespace beast = boost::beast;
using boost::beast::error_code;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

// Beast calls these while it walks the head; the views point into the bytes that it was given.
template <bool isRequest>
class Collector final : public beast::http::basic_parser<isRequest> {
 public:
  Collector(std::vector<http::HeaderView>& headers, std::string_view head)
      : headers_(headers), head_(head) {
    this->body_limit(boost::none);
    this->header_limit(1U << 20);  // the caller has bounded the head already
  }
  std::string_view method;
  std::string_view target;
  int status = 0;
  int version = 11;
  bool folded = false;  // a value stood on several lines: Beast joined them in memory of its own,
                        // which is gone

 private:
  using Text = beast::string_view;
  void on_request_impl(beast::http::verb, Text method_text, Text target_text, int http_version,
                       error_code&) override {
    method = view(method_text);
    target = view(target_text);
    version = http_version;
  }
  void on_response_impl(int code, Text, int http_version, error_code&) override {
    status = code;
    version = http_version;
  }
  void on_field_impl(beast::http::field, Text name, Text value, error_code&) override {
    headers_.push_back({view(name), view(value)});
    folded = folded || (!value.empty() && (value.data() < head_.data() ||
                                           value.data() >= head_.data() + head_.size()));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(Text body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  std::vector<http::HeaderView>& headers_;
  std::string_view head_;
};

// RFC 9112 §5.2: a proxy replaces each fold of a response with blanks before it reads the value.
void unfold(std::string& head) {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos;
       at = head.find("\r\n", at + 2)) {
    const char next = at + 2 < head.size() ? head[at + 2] : '\0';
    if (next == ' ' || next == '\t') head[at] = head[at + 1] = ' ';
  }
}

}  // namespace

std::size_t head_length(std::string_view data, std::size_t& searched) {
  const std::size_t from = searched > 3 ? searched - 3 : 0;
  const std::size_t at = data.find("\r\n\r\n", from);
  if (at == std::string_view::npos) {
    searched = data.size();
    return 0;
  }
  return at + 4;
}

Status parse_request_head(std::string_view head, int header_count_limit, RequestHead& out) {
  if (auto problem = http::smuggling_problem(head)) {
    return client_error(Code::k_bad_request, std::move(*problem));
  }
  out.headers.clear();
  Collector<true> parser(out.headers, head);
  error_code problem;
  parser.put(boost::asio::buffer(head.data(), head.size()), problem);
  if (problem == beast::http::error::need_more) problem = {};  // the body is read elsewhere
  if (problem || !parser.is_header_done()) {
    return client_error(Code::k_bad_request, "the request head is malformed: " + problem.message());
  }
  if (out.headers.size() > static_cast<std::size_t>(header_count_limit)) {
    return client_error(
        Code::k_headers_too_large,
        "the request has more than " + std::to_string(header_count_limit) + " header fields");
  }
  out.method = parser.method;
  out.target = parser.target;
  std::string_view origin = out.target;
  if (const auto scheme = origin.find("://"); !origin.starts_with('/') && scheme < 8) {
    origin.remove_prefix(std::min(origin.find_first_of("/?", scheme + 3),
                                  origin.size()));  // absolute-form (RFC 9112 §3.2.2)
  }
  const auto question = origin.find('?');
  out.path = origin.substr(0, question);
  if (out.path.empty()) out.path = "/";
  out.query = question == std::string_view::npos ? std::string_view() : origin.substr(question + 1);
  out.minor_version = parser.version % 10;
  out.chunked = parser.chunked();
  const auto length = parser.content_length();
  out.content_length = length ? *length : 0;
  out.has_body = out.chunked || out.content_length > 0;
  out.keep_alive = parser.keep_alive();
  return {};
}

bool parse_response_head(std::string_view head, ResponseHead& out) {
  out.storage.assign(head);
  for (bool again = false;; again = true) {
    out.headers.clear();
    out.headers.reserve(24);
    Collector<false> parser(out.headers, out.storage);
    error_code problem;
    parser.put(boost::asio::buffer(out.storage.data(), out.storage.size()), problem);
    if (problem == beast::http::error::need_more) problem = {};
    if (problem || !parser.is_header_done()) return false;
    if (parser.folded) {
      if (again) return false;
      unfold(out.storage);
      continue;
    }
    out.status = parser.status;
    out.chunked = parser.chunked();
    const auto length = parser.content_length();
    out.has_length = length.has_value();
    out.content_length = length ? *length : 0;
    out.keep_alive = parser.keep_alive();
    break;
  }
  // Anything but plain `chunked` leaves the end of the body in doubt (RFC 9112 §6.3).
  const auto coding = http::find(out.headers, "transfer-encoding");
  return coding.data() == nullptr || iequals(trim(coding), "chunked");
}

}  // namespace pontage::transport
