// Where log lines end: a file, a pipe or a terminal, written so that a reader who has stopped
// reading cannot hold the thread for longer than it wants to wait.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace pontage::observe {

class LogOutput {
 public:
  LogOutput() = default;
  /// A descriptor that stays somebody else's.
  explicit LogOutput(int fd);
  /// Appends to a file, made when it is not there.
  static std::expected<LogOutput, std::string> open_file(const std::string& path);
  ~LogOutput();
  LogOutput(LogOutput&& other) noexcept;
  LogOutput& operator=(LogOutput&& other) noexcept;

  enum class Step : std::uint8_t { kWrote, kNotReady, kFailed };
  /// Waits at most `patience` for room, then writes a piece and takes it off `text`. errno tells
  /// why it failed.
  Step write_some(std::string_view& text, Millis patience) const;

 private:
  int fd_ = -1;
  bool owned_ = false;
  bool regular_ = false;
};

/// Keeps all signals away from the calling thread: SIGTERM belongs to the main thread, SIGPIPE to
/// nobody.
void block_signals_in_this_thread();

}  // namespace pontage::observe
