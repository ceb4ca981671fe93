// The bounded memory of what was asked and how it ended; tests and tools wait on it instead of
// sleeping. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "simulate/logged_request.hpp"

namespace pontage::simulate {

class RequestLog {
 public:
  struct Filter {
    std::string_view model;  ///< empty: every one; matches the whole name or the name before `!`
    std::uint64_t since = 0;
    std::size_t limit = static_cast<std::size_t>(-1);
  };
  struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t ended = 0;
  };

  RequestLog(std::size_t limit, std::size_t byte_limit) : limit_(limit), byte_limit_(byte_limit) {}

  std::uint64_t begin(LoggedRequest request);  ///< gives it its sequence number
  /// Tells how a request ended; nothing happens when it is no longer kept.
  void end(std::uint64_t sequence, const std::function<void(LoggedRequest&)>& change);

  [[nodiscard]] std::vector<LoggedRequest> list(const Filter& filter) const;
  [[nodiscard]] Counts count(const Filter& filter) const;
  [[nodiscard]] std::uint64_t last_sequence() const;
  [[nodiscard]] std::uint64_t total() const { return last_sequence(); }
  void clear();
  bool wait(std::size_t requests, std::size_t ended, Millis limit) const;

 private:
  void drop_oldest();
  std::size_t limit_;
  std::size_t byte_limit_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<LoggedRequest> requests_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;
  // Since the last clear(), dropped ones included.
  Counts counts_;
  std::uint64_t cleared_at_ = 0;
};

}  // namespace pontage::simulate
