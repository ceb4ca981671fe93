// A real pipe(2) for tests (64 KiB on Linux), read only when the test says so.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace pontage::observe::test {

class Pipe {
 public:
  Pipe() {
    if (pipe2(fds_, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  }
  ~Pipe() {
    close_reader();
    close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int writer() const { return fds_[1]; }
  void close_reader() { close_end(0); }
  void close_writer() { close_end(1); }

  /// Until `lines` line ends have come, or to the end of the pipe.
  std::string read_lines(std::size_t lines) {
    std::string text;
    while (lines > 0) {
      char buffer[4096];
      const ssize_t size = read(fds_[0], buffer, sizeof buffer);
      if (size <= 0) break;
      for (ssize_t i = 0; i < size; ++i) lines -= buffer[i] == '\n' && lines > 0 ? 1 : 0;
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }
  std::string read_all() { return read_lines(std::string::npos); }

 private:
  void close_end(int end) {
    if (fds_[end] >= 0) close(fds_[end]);
    fds_[end] = -1;
  }
  int fds_[2] = {-1, -1};
};

}  // namespace pontage::observe::test
