#include "simulate/gzip.hpp"

#include <zlib.h>

#include <array>

namespace pontage::simulate {

struct GzipWriter::State {
  z_stream stream{};
  bool started = false;
};

GzipWriter::GzipWriter() : state_(std::make_unique<State>()) {
  constexpr int kGzipWindow =
      15 + 16;  // zlib.h: "Add 16 to windowBits to write a simple gzip header"
  deflateInit2(&state_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8,
               Z_DEFAULT_STRATEGY);
}

GzipWriter::~GzipWriter() {
  deflateEnd(&state_->stream);
}

void GzipWriter::run(std::string_view piece, int flush, std::string& out) {
  z_stream& stream = state_->stream;
  state_->started = true;
  // zlib never writes through next_in; its interface predates const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream.avail_in = static_cast<uInt>(piece.size());
  std::array<char, 16 << 10> room;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    deflate(&stream, flush);
    out.append(room.data(), room.size() - stream.avail_out);
  } while (stream.avail_out == 0);
}

void GzipWriter::write(std::string_view piece, std::string& out) {
  run(piece, Z_SYNC_FLUSH, out);
}

void GzipWriter::finish(std::string& out) {
  run({}, Z_FINISH, out);
}

void GzipWriter::corrupt(std::string& out) {
  // RFC 1952 §2.3: ten bytes of header without options. RFC 1951 §3.2.3: block type 11 is reserved.
  if (!state_->started) out.append("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10);
  state_->started = true;
  out.append("\x07 this is no deflate block");
}

std::string gzip_whole(std::string_view text) {
  GzipWriter writer;
  std::string out;
  writer.write(text, out);
  writer.finish(out);
  return out;
}

}  // namespace pontage::simulate
