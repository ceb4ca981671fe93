#include "observe/events.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/strings.hpp"
#include "observe/json_line.hpp"
#include "observe/log_output.hpp"

namespace pontage::observe::events {
namespace {

// spdlog allocates the whole queue at once, about 400 bytes a slot.
constexpr std::size_t kQueueSlots = 1024;
constexpr Millis kStuckReader{1'000};
constexpr Millis kPollSlice{50};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

std::string_view level_text(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warn";
    case spdlog::level::err:
    case spdlog::level::critical:
    case spdlog::level::off:
    case spdlog::level::n_levels:
      return "error";
  }
  return "error";
}

std::string line_of(Format format, spdlog::level::level_enum level, WallTime time,
                    std::string_view message) {
  std::string line;
  if (format == Format::kJson) {
    line += R"({"time":")";
    append_iso_time(line, time);
    line += R"(","level":")";
    line += level_text(level);
    line += R"(","message":)";
    append_json_string(line, message);
    line += "}\n";
    return line;
  }
  append_iso_time(line, time);
  line += ' ';
  line += level_text(level);
  line.append(sizeof("error") - level_text(level).size(), ' ');
  for (const char c : message) {
    if (c == '\n') {
      line += "\\n";
    } else {
      line += c >= 0 && c < ' ' ? '?' : c;  // a message must not pass for two, or move the cursor
    }
  }
  line += '\n';
  return line;
}

class OutputSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit OutputSink(const Options& options) : output_(options.fd), format_(options.format) {}

  /// From now on a reader who does not read is given up on.
  void hurry() { hurry_.store(true); }

 protected:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    const std::string line =
        line_of(format_, msg.level, msg.time, {msg.payload.data(), msg.payload.size()});
    std::string_view rest = line;
    Millis waited{0};
    while (!rest.empty()) {
      const LogOutput::Step step = output_.write_some(rest, given_up_ ? Millis(0) : kPollSlice);
      if (step == LogOutput::Step::kWrote) continue;
      if (step == LogOutput::Step::kFailed || given_up_) return;
      waited += kPollSlice;
      given_up_ = hurry_.load() && waited >= kStuckReader;
    }
  }
  void flush_() override {}

 private:
  LogOutput output_;
  Format format_;
  std::atomic<bool> hurry_{false};
  bool given_up_ = false;
};

struct State {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<OutputSink> sink;
  std::shared_ptr<spdlog::async_logger> logger;
};

State& state() {
  static State instance;
  return instance;
}

void log(spdlog::level::level_enum level, std::string_view message) {
  if (const auto& logger = state().logger) {
    logger->log(level, spdlog::string_view_t(message.data(), message.size()));
    return;
  }
  if (level < spdlog::level::info) return;
  const std::string line = line_of(Format::kText, level, system_clock().wall(), message);
  std::string_view rest = line;
  const LogOutput output(STDERR_FILENO);
  while (!rest.empty() && output.write_some(rest, kStuckReader) == LogOutput::Step::kWrote) {
  }
}

}  // namespace

void init(const Options& options) {
  State& current = state();
  current.sink = std::make_shared<OutputSink>(options);
  current.pool = std::make_shared<spdlog::details::thread_pool>(
      kQueueSlots, 1, [] { block_signals_in_this_thread(); });
  current.logger = std::make_shared<spdlog::async_logger>(
      "events", current.sink, current.pool, spdlog::async_overflow_policy::overrun_oldest);
  current.logger->set_level(to_spdlog(options.level));
}

void shutdown() {
  State& current = state();
  if (current.sink) current.sink->hurry();
  // Off first, so that later events go to stderr; the logger itself must outlive the thread that
  // still writes its queue.
  const auto logger = std::exchange(current.logger, nullptr);
  current.pool.reset();  // writes the queue, joins the thread
  current.sink.reset();
}

void debug(std::string_view message) {
  log(spdlog::level::debug, message);
}
void info(std::string_view message) {
  log(spdlog::level::info, message);
}
void warn(std::string_view message) {
  log(spdlog::level::warn, message);
}
void error(std::string_view message) {
  log(spdlog::level::err, message);
}

}  // namespace pontage::observe::events
