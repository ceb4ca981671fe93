// The bytes of a response head, right or wrong on purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulate/ask.hpp"
#include "simulate/fault.hpp"

namespace pontage::simulate {

struct HeadShape {
  int status = 200;
  Dialect dialect = Dialect::kOpenAi;
  std::string_view content_type = "application/json";
  std::string_view server;
  std::uint64_t sequence = 0;
  std::optional<std::int64_t> length;  ///< Content-Length
  bool chunked = false;
  bool gzip = false;
  bool keep_alive = true;
  bool event_stream = false;
};

/// Whole lines of a head up to and including the empty line, interim response in front. `fault` may
/// be null.
std::string make_head(const HeadShape& shape, const Fault* fault);

}  // namespace pontage::simulate
