// gzip, fed in pieces, under a limit. Pure but for zlib.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace pontage::transport {

class Inflater {
 public:
  enum class Status : std::uint8_t { kMore, kDone, kBad, kTooLarge };
  explicit Inflater(std::uint64_t output_limit);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  /// Appends what `input` yields to `out`. kDone: the gzip trailer was read and is right.
  Status feed(std::string_view input, std::string& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::uint64_t left_;
  bool done_ = false;
};

/// A whole gzip body. The error is kBad or kTooLarge.
std::expected<std::string, Inflater::Status> inflate_all(std::string_view input,
                                                         std::uint64_t output_limit);

}  // namespace pontage::transport
