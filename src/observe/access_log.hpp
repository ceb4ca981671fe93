// The access log: JSON lines, collected per worker and written by one thread of its own. A worker
// gives its lines away by the batch, under a mutex that is never held during I/O; when the reader
// or the disk does not keep up, lines are dropped and counted, and no worker waits.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "metrics/metrics.hpp"
#include "observe/access_record.hpp"
#include "observe/log_output.hpp"

namespace pontage::observe {

struct AccessLogOptions {
  enum class Target : std::uint8_t { kOff, kStdout, kStderr, kFile };
  Target target = Target::kStdout;
  std::string path;                           ///< kFile
  std::size_t batch_bytes = 32 * 1024;        ///< a worker gives its lines away beyond this
  std::size_t queue_bytes = 8 * 1024 * 1024;  ///< waiting for the writer, all workers together
  Millis stop_patience{2'000};                ///< for a reader that does not read, at shutdown
};

/// `off`, `stdout`, `stderr`; anything else is a file's path.
AccessLogOptions access_log_options(std::string_view target);

class AccessLog;

/// One worker's lines. Only that worker may call it.
class AccessLogShard {
 public:
  AccessLogShard(AccessLog& log, metrics::Counter& dropped) : log_(log), dropped_(dropped) {}
  AccessLogShard(const AccessLogShard&) = delete;
  AccessLogShard& operator=(const AccessLogShard&) = delete;

  /// False: nobody would read the record, so there is no need to fill one.
  [[nodiscard]] bool enabled() const;
  void write(const AccessRecord& record);
  /// Gives away what there is; the worker's tick calls it some five times a second.
  void flush();

 private:
  AccessLog& log_;
  metrics::Counter& dropped_;
  std::string lines_;
  std::uint64_t line_count_ = 0;
};

class AccessLog {
 public:
  /// The error is a sentence: the file cannot be opened.
  static std::expected<std::unique_ptr<AccessLog>, std::string> open(AccessLogOptions options,
                                                                     metrics::Registry& registry);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  /// For one worker, before it runs; lives as long as the log.
  AccessLogShard& add_shard(metrics::Shard& counters);
  /// Opens the file anew (it was renamed by a log rotation). From any thread, but not from a signal
  /// handler.
  void reopen();
  /// When the workers have stopped: writes what their shards still hold, waits for the writer, at
  /// most stop_patience if the reader does not read. What is left then counts as dropped.
  void stop();

  [[nodiscard]] bool enabled() const { return options_.target != AccessLogOptions::Target::kOff; }

  /// Writes to a descriptor that stays the caller's, whatever the target says.
  AccessLog(AccessLogOptions options, LogOutput output, metrics::Registry& registry);

 private:
  friend class AccessLogShard;
  struct Batch {
    std::string lines;
    std::uint64_t count = 0;
  };

  /// Takes the lines and leaves an empty buffer behind; false: no room, they stay.
  bool hand_over(std::string& lines, std::uint64_t count);
  void run();
  void write(Batch& batch);
  void put_back(std::vector<Batch>& written);
  void reopen_now();
  void report(bool works, int problem);
  [[nodiscard]] bool out_of_patience();

  const AccessLogOptions options_;
  metrics::Counter& lost_by_writer_;
  std::vector<std::unique_ptr<AccessLogShard>> shards_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Batch> queue_;
  std::vector<std::string> spare_;
  std::size_t queued_bytes_ = 0;  ///< what is being written included
  bool stopping_ = false;
  bool reopen_wanted_ = false;
  SteadyTime stop_deadline_{};

  // The writer thread's own.
  LogOutput output_;
  bool works_ = true;
  bool hurry_ = false;  ///< patience has run out: what cannot be written at once is lost
  std::thread writer_;
};

}  // namespace pontage::observe
