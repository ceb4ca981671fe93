// The other end of a socket test: blocking, with a receive timeout so that a fault is a failed
// expectation and not a hanging run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pontage::test {

class BlockingSocket {
 public:
  BlockingSocket() = default;
  explicit BlockingSocket(int fd);
  ~BlockingSocket() { close(); }
  BlockingSocket(BlockingSocket&& other) noexcept { *this = std::move(other); }
  BlockingSocket& operator=(BlockingSocket&& other) noexcept;

  /// `receive_buffer`: SO_RCVBUF in bytes, 0 for the system's choice.
  static BlockingSocket connect_to(std::uint16_t port, int receive_buffer = 0);
  /// Without an open socket when nobody answers within a moment.
  static BlockingSocket try_connect(std::uint16_t port);

  /// False when the peer takes nothing more.
  bool send(std::string_view bytes);
  /// What has come in, up to `limit` bytes; empty at the end, on a reset or when time is up (see
  /// the flags).
  std::string receive(std::size_t limit = 64 * 1024);
  /// Up to and including `mark`, or all there was before the end.
  std::string read_until(std::string_view mark);
  std::string read_exact(std::size_t bytes);
  /// All until the peer has closed.
  std::string read_to_end();
  /// A response with Content-Length or chunked body, as it was sent: head and body.
  std::string read_response();

  void shutdown_send();
  void close();
  void reset();  ///< closes with RST
  [[nodiscard]] bool was_reset() const { return reset_; }
  [[nodiscard]] bool timed_out() const { return timed_out_; }
  [[nodiscard]] bool at_end() const { return ended_ && !reset_ && !timed_out_; }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  bool fill();
  int fd_ = -1;
  std::string held_;
  bool ended_ = false;
  bool reset_ = false;
  bool timed_out_ = false;
};

class BlockingListener {
 public:
  explicit BlockingListener(int backlog = 64);
  ~BlockingListener();
  BlockingListener(const BlockingListener&) = delete;
  BlockingListener& operator=(const BlockingListener&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  BlockingSocket accept();
  /// A connection waits to be accepted.
  [[nodiscard]] bool pending() const;
  void close();

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

std::string body_of(std::string_view response);  ///< what follows the blank line
std::string unchunked(std::string_view chunked);
int status_of(std::string_view response);
bool has_line(std::string_view response, std::string_view line);  ///< a header line, exactly

}  // namespace pontage::test
