// Reads the requests of one connection out of its bytes: heads, bodies by length or chunked,
// Expect. Fed bytes in any split; pure. It answers what is broken with a status and never guesses
// where a request ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "http/chunked.hpp"
#include "http/url.hpp"

namespace pontage::simulate {

inline constexpr std::size_t kHeadLimit = 256UL << 10;
inline constexpr std::uint64_t kBodyLimit = 64ULL << 20;

struct WireRequest {
  std::string method;
  std::string target;
  int minor_version = 1;
  std::vector<std::pair<std::string, std::string>> headers;  ///< lower-case names
  std::string body;
  bool keep_alive = true;
  std::uint64_t connection = 0;
  std::uint32_t on_connection = 0;
  SteadyTime received{};

  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] std::string_view path() const;  ///< the target up to its `?`
  [[nodiscard]] std::string query(
      std::string_view name) const;  ///< percent-decoded; empty when absent
};

class RequestParser {
 public:
  enum class State : std::uint8_t {
    kNeedMore,
    kContinue,  ///< the client waits for `100 Continue`; send it, then go on
    kReady,     ///< a whole request: take() it
    kBad,       ///< bad_status() says why; for good
  };

  /// Consumes what it understands from the front of `in`.
  State parse(std::string& in);
  WireRequest take();
  [[nodiscard]] int bad_status() const { return bad_status_; }
  /// Some bytes of the next request have been seen.
  [[nodiscard]] bool busy() const { return step_ != Step::kHead; }

 private:
  enum class Step : std::uint8_t { kHead, kLength, kChunked, kReady, kBad };
  State read_head(std::string& in);
  bool parse_head(std::string_view head);
  bool parse_request_line(std::string_view line);
  bool choose_framing();
  State read_length(std::string& in);
  State read_chunked(std::string& in);
  State bad(int status);

  Step step_ = Step::kHead;
  WireRequest request_;
  std::size_t searched_ = 0;  // no end of head before this offset
  std::uint64_t left_ = 0;
  std::optional<http::ChunkedDecoder> chunked_;
  bool expects_continue_ = false;
  int bad_status_ = 0;
};

using http::percent_decode;

}  // namespace pontage::simulate
