// HTTP/1.1 chunked transfer coding (RFC 9112 §7.1), read strictly: what two parsers could
// understand differently is an error, since that difference is how requests are smuggled. Fed bytes
// in any split; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pontage::http {

class ChunkedDecoder {
 public:
  enum class State : std::uint8_t {
    kData,      ///< `payload` is a piece of the body; call again
    kNeedMore,  ///< `input` is used up
    kDone,      ///< the body has ended; what follows it stays in `input`
    kError,     ///< not chunked coding; for good
  };
  static constexpr std::uint64_t kChunkLimit = 1ULL << 62;
  static constexpr std::size_t kExtensionLimit = 256;  ///< bytes of one size line after the size
  static constexpr std::size_t kTrailerLimit =
      8 * 1024;  ///< bytes of all trailers, which are dropped

  /// Consumes from the front of `input`; `payload` is a view into it, empty unless kData.
  State next(std::string_view& input, std::string_view& payload);
  /// Why kError was returned.
  [[nodiscard]] std::string_view problem() const { return problem_; }

 private:
  enum class Step : std::uint8_t {
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kLineStart,
    kName,
    kValue,
    kLineLf,
    kLastLf,
    kDone,
    kError
  };
  bool framing(unsigned char c);
  bool size_digit(unsigned char c);
  bool extension(unsigned char c);
  bool trailer(unsigned char c);
  bool go(Step step);
  bool fail(std::string_view problem);

  Step step_ = Step::kSize;
  bool extension_named_ = false;  // a ';' was seen: blanks alone are no extension
  int digits_ = 0;
  std::uint64_t left_ = 0;
  std::size_t line_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string_view problem_;
};

void append_chunk_header(std::string& out, std::size_t size);  ///< size in hexadecimal and CRLF
inline constexpr std::string_view kChunkEnd = "\r\n";          ///< after a chunk's data
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace pontage::http
