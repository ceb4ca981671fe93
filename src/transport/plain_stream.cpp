#include "transport/plain_stream.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace pontage::transport {

void close_socket(TcpSocket& socket, bool reset) {
  boost::system::error_code ignored;
  if (!socket.is_open()) return;
  if (reset) {
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    // FIN first: an orderly end even when unread input would turn close() into a reset.
    socket.shutdown(asio::socket_base::shutdown_send, ignored);
  }
  socket.close(ignored);
}

namespace {

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(TcpSocket socket) : socket_(std::move(socket)) {}

  void start_read(char* data, std::size_t size, IoOperation& operation) override {
    socket_.async_read_some(asio::buffer(data, size), IoHandler{&operation});
  }

  long write_now(const iovec* pieces, int count) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces);  // sendmsg does not write to it
    message.msg_iovlen = static_cast<std::size_t>(count);
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return sent;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
  }

  void start_write(const iovec* pieces, int count, IoOperation& operation) override {
    socket_.async_write_some(PieceSequence(pieces, count), IoHandler{&operation});
  }

  void close(bool reset) override { close_socket(socket_, reset); }
  void cancel() override {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
  void shutdown_send() override {
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  }
  [[nodiscard]] bool has_input() const override { return transport::has_input(socket_); }
  [[nodiscard]] bool is_open() const override { return socket_.is_open(); }

 private:
  TcpSocket socket_;
};

}  // namespace

std::unique_ptr<ByteStream> make_plain_stream(TcpSocket socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace pontage::transport
