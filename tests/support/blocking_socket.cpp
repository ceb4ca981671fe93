// Blocking sockets on the loopback address.
#include "support/blocking_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>

namespace pontage::test {
namespace {

constexpr timeval kPatience{20, 0};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::size_t content_length(std::string_view head) {
  const auto at = head.find("\r\nContent-Length: ");
  std::size_t length = 0;
  if (at != std::string_view::npos) {
    const std::string_view number = head.substr(at + 18);
    std::from_chars(number.data(), number.data() + number.size(), length);
  }
  return length;
}

}  // namespace

BlockingSocket::BlockingSocket(int fd) : fd_(fd) {
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  const int at_once = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
}

BlockingSocket& BlockingSocket::operator=(BlockingSocket&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  held_ = std::move(other.held_);
  ended_ = other.ended_;
  reset_ = other.reset_;
  timed_out_ = other.timed_out_;
  return *this;
}

BlockingSocket BlockingSocket::connect_to(std::uint16_t port, int receive_buffer) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error("no socket");
  BlockingSocket out(fd);
  if (receive_buffer > 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const sockaddr_in address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
  return out;
}

BlockingSocket BlockingSocket::try_connect(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  BlockingSocket out(fd);
  const sockaddr_in address = loopback(port);
  ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  pollfd entry{fd, POLLOUT, 0};
  if (::poll(&entry, 1, 100) != 1) out.close();
  return out;
}

bool BlockingSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool BlockingSocket::fill() {
  if (ended_) return false;
  std::string piece(64 * 1024, '\0');
  const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
  if (got > 0) {
    held_.append(piece, 0, static_cast<std::size_t>(got));
    return true;
  }
  ended_ = true;
  reset_ = got < 0 && (errno == ECONNRESET || errno == EPIPE);
  timed_out_ = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  return false;
}

std::string BlockingSocket::receive(std::size_t limit) {
  if (held_.empty()) fill();
  std::string out = held_.substr(0, limit);
  held_.erase(0, out.size());
  return out;
}

std::string BlockingSocket::read_until(std::string_view mark) {
  std::size_t at = 0;
  while ((at = held_.find(mark)) == std::string::npos) {
    if (!fill()) return std::exchange(held_, {});
  }
  return read_exact(at + mark.size());
}

std::string BlockingSocket::read_exact(std::size_t bytes) {
  while (held_.size() < bytes && fill()) {
  }
  std::string out = held_.substr(0, bytes);
  held_.erase(0, out.size());
  return out;
}

std::string BlockingSocket::read_to_end() {
  while (fill()) {
  }
  return std::exchange(held_, {});
}

std::string BlockingSocket::read_response() {
  std::string head = read_until("\r\n\r\n");
  if (has_line(head, "Transfer-Encoding: chunked")) return head + read_until("0\r\n\r\n");
  return head + read_exact(content_length(head));
}

void BlockingSocket::shutdown_send() {
  ::shutdown(fd_, SHUT_WR);
}

void BlockingSocket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void BlockingSocket::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

BlockingListener::BlockingListener(int backlog)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd_, backlog) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  port_ = ntohs(address.sin_port);
}

BlockingListener::~BlockingListener() {
  close();
}

void BlockingListener::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

BlockingSocket BlockingListener::accept() {
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) throw std::runtime_error("nobody connects");
  return BlockingSocket(fd);
}

bool BlockingListener::pending() const {
  pollfd entry{fd_, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

std::string body_of(std::string_view response) {
  const auto at = response.find("\r\n\r\n");
  return at == std::string_view::npos ? std::string() : std::string(response.substr(at + 4));
}

std::string unchunked(std::string_view chunked) {
  std::string out;
  while (true) {
    std::size_t size = 0;
    const auto end = chunked.find("\r\n");
    if (end == std::string_view::npos) return out + "<cut>";
    std::from_chars(chunked.data(), chunked.data() + end, size, 16);
    if (size == 0) return out;
    if (chunked.size() < end + 2 + size + 2) return out + "<cut>";
    out.append(chunked.substr(end + 2, size));
    chunked.remove_prefix(end + 2 + size + 2);
  }
}

int status_of(std::string_view response) {
  int status = 0;
  if (response.starts_with("HTTP/1.1 ")) {
    std::from_chars(response.data() + 9, response.data() + response.size(), status);
  }
  return status;
}

bool has_line(std::string_view response, std::string_view line) {
  const std::string_view head = response.substr(0, response.find("\r\n\r\n"));
  const std::string wanted = "\r\n" + std::string(line);
  const auto at = head.find(wanted);
  return at != std::string_view::npos &&
         (at + wanted.size() == head.size() || head.substr(at + wanted.size()).starts_with("\r\n"));
}

}  // namespace pontage::test
