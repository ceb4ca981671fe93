// The few system calls of the simulator, with descriptors that close themselves.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace pontage::simulate {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  void reset(int fd = -1);
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

std::string last_error(const char* what);  ///< `what: ` and the system's text for errno
std::expected<Descriptor, std::string> listen_on(const std::string& host, std::uint16_t port);
std::uint16_t bound_port(int fd);
std::size_t unacknowledged(int fd);  ///< bytes that the peer's kernel has not confirmed yet
void reset_on_close(int fd);         ///< closing sends RST instead of FIN

}  // namespace pontage::simulate
