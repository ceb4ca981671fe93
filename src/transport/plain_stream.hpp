// ByteStream over TCP, and what plain and TLS streams share. Included by the sources of transport
// only.
#pragma once

#include <boost/asio/buffer.hpp>
#include <memory>

#include "transport/byte_stream.hpp"
#include "transport/worker_loop.hpp"

namespace pontage::transport {

inline IoError io_error(const boost::system::error_code& problem) {
  if (!problem) return IoError::kNone;
  if (problem == asio::error::eof) return IoError::kEof;
  if (problem == asio::error::operation_aborted) return IoError::kAborted;
  if (problem == asio::error::connection_reset || problem == asio::error::broken_pipe)
    return IoError::kReset;
  return IoError::kOther;
}

/// Up to eight pieces as an Asio buffer sequence; the rest goes with the next write.
struct PieceSequence {
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  static constexpr int kMax = 8;
  asio::const_buffer buffers[kMax];
  int count = 0;
  PieceSequence(const iovec* pieces, int given) : count(given < kMax ? given : kMax) {
    for (int i = 0; i < count; ++i) buffers[i] = {pieces[i].iov_base, pieces[i].iov_len};
  }
  [[nodiscard]] const_iterator begin() const { return buffers; }
  [[nodiscard]] const_iterator end() const { return buffers + count; }
};

struct IoHandler {
  IoOperation* operation;
  void operator()(const boost::system::error_code& problem, std::size_t bytes) const {
    operation->done(io_error(problem), bytes);
  }
};

inline bool has_input(const TcpSocket& socket) {
  boost::system::error_code problem;
  return socket.is_open() && socket.available(problem) > 0 && !problem;
}

void close_socket(TcpSocket& socket, bool reset);

std::unique_ptr<ByteStream> make_plain_stream(TcpSocket socket);

}  // namespace pontage::transport
