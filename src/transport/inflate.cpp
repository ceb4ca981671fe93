#include "transport/inflate.hpp"

#include <zlib.h>

#include <array>

namespace pontage::transport {

struct Inflater::Stream {
  z_stream z{};
  bool ready = false;
};

Inflater::Inflater(std::uint64_t output_limit)
    : stream_(std::make_unique<Stream>()), left_(output_limit) {
  stream_->ready = inflateInit2(&stream_->z, 15 + 16) == Z_OK;  // 16: the gzip wrapper, not zlib's
}

Inflater::~Inflater() {
  if (stream_->ready) inflateEnd(&stream_->z);
}

Inflater::Status Inflater::feed(std::string_view input, std::string& out) {
  if (!stream_->ready) return Status::kBad;
  if (done_) return input.empty() ? Status::kDone : Status::kBad;
  z_stream& z = stream_->z;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  z.avail_in = static_cast<uInt>(input.size());
  std::array<char, 16 * 1024> piece;  // filled by inflate before it is read
  while (true) {
    z.next_out = reinterpret_cast<Bytef*>(piece.data());
    z.avail_out = piece.size();
    const int result = inflate(&z, Z_NO_FLUSH);
    const std::size_t made = piece.size() - z.avail_out;
    if (made > left_) return Status::kTooLarge;
    left_ -= made;
    out.append(piece.data(), made);
    if (result == Z_STREAM_END) {
      done_ = true;
      return z.avail_in == 0 ? Status::kDone : Status::kBad;
    }
    if (result != Z_OK && result != Z_BUF_ERROR) return Status::kBad;
    if (z.avail_out != 0) return Status::kMore;
  }
}

std::expected<std::string, Inflater::Status> inflate_all(std::string_view input,
                                                         std::uint64_t output_limit) {
  Inflater inflater(output_limit);
  std::string out;
  const auto status = inflater.feed(input, out);
  if (status == Inflater::Status::kDone) return out;
  return std::unexpected(status == Inflater::Status::kTooLarge ? status : Inflater::Status::kBad);
}

}  // namespace pontage::transport
