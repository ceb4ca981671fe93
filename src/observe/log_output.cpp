#include "observe/log_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <utility>

namespace pontage::observe {
namespace {

bool is_regular(int fd) {
  struct stat status{};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

LogOutput::LogOutput(int fd) : fd_(fd), regular_(is_regular(fd)) {}

std::expected<LogOutput, std::string> LogOutput::open_file(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) {
    return std::unexpected("cannot open the log file " + path + ": " + std::strerror(errno));
  }
  LogOutput output(fd);
  output.owned_ = true;
  return output;
}

LogOutput::~LogOutput() {
  if (owned_) close(fd_);
}

LogOutput::LogOutput(LogOutput&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      regular_(other.regular_) {}

LogOutput& LogOutput::operator=(LogOutput&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(owned_, other.owned_);
  std::swap(regular_, other.regular_);
  return *this;
}

LogOutput::Step LogOutput::write_some(std::string_view& text, Millis patience) const {
  std::size_t size = text.size();
  if (!regular_) {
    pollfd ready{fd_, POLLOUT, 0};
    const int count = poll(&ready, 1, static_cast<int>(patience.count()));
    if (count == 0 || (count < 0 && errno == EINTR)) return Step::kNotReady;
    if (count < 0) return Step::kFailed;
    // pipe(7), poll(2): a writable pipe takes PIPE_BUF bytes without blocking; more might block for
    // ever.
    size = std::min<std::size_t>(size, PIPE_BUF);
  }
  const ssize_t written = write(fd_, text.data(), size);
  if (written < 0) {
    return errno == EAGAIN || errno == EINTR ? Step::kNotReady : Step::kFailed;
  }
  text.remove_prefix(static_cast<std::size_t>(written));
  return Step::kWrote;
}

void block_signals_in_this_thread() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace pontage::observe
