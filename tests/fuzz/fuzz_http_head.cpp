// smuggling_problem: never reads out of bounds, and what it lets through has one meaning: a second,
// naive reading of the head finds each line ended by CRLF, each header with a token before its
// colon, and at most one length.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/strings.hpp"
#include "http/head_rules.hpp"
#include "http/retry_after.hpp"
#include "http/scan.hpp"
#include "http/url.hpp"

namespace {

void check_sound(std::string_view head) {
  if (!head.ends_with("\r\n\r\n")) std::abort();
  head.remove_suffix(2);
  if (head.starts_with("\r\n")) head.remove_prefix(2);
  int lengths = 0;
  int hosts = 0;
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    for (const char c : line) {
      if (c != '\t' && pontage::http::Control::has(c)) std::abort();
    }
    if (!first) {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos || colon == 0) std::abort();
      for (const char c : line.substr(0, colon)) {
        if (!pontage::http::is_token_char(static_cast<unsigned char>(c))) std::abort();
      }
      const std::string name = pontage::to_lower(line.substr(0, colon));
      lengths += name == "content-length" || name == "transfer-encoding" ? 1 : 0;
      hosts += name == "host" ? 1 : 0;
    }
    first = false;
  }
  if (lengths > 1 || hosts > 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!pontage::http::smuggling_problem(text)) check_sound(text);
  if (const auto url = pontage::http::parse_url(text)) {
    const auto again = pontage::http::parse_url(url->scheme + "://" +
                                                pontage::http::host_header(*url) + url->path);
    if (!again || again->host != url->host || again->port != url->port || again->path != url->path)
      std::abort();
  }
  const pontage::http::HeaderView header[] = {{"retry-after", text}};
  const auto wait = pontage::http::parse_retry_after(header, pontage::WallTime{});
  if (wait && wait->count() < 0) std::abort();
  const pontage::http::HeaderView limits[] = {{"anthropic-ratelimit-tokens-remaining", "0"},
                                              {"anthropic-ratelimit-tokens-reset", text}};
  const auto free = pontage::http::parse_wait(429, limits, pontage::WallTime{});
  if (free && free->count() < 0) std::abort();
  const auto reset = pontage::http::parse_reset_duration(text);
  if (reset && reset->count() < 0) std::abort();
  return 0;
}
