#include "observe/access_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "observe/events.hpp"

namespace pontage::observe {
namespace {

constexpr Millis kPollSlice{100};  // how soon a blocked writer notices that it should stop
constexpr std::size_t kSpareBuffers = 64;

}  // namespace

AccessLogOptions access_log_options(std::string_view target) {
  using Target = AccessLogOptions::Target;
  AccessLogOptions options;
  if (target == "off") {
    options.target = Target::kOff;
  } else if (target == "stderr") {
    options.target = Target::kStderr;
  } else if (target != "stdout") {
    options.target = Target::kFile;
    options.path = target;
  }
  return options;
}

bool AccessLogShard::enabled() const {
  return log_.enabled();
}

void AccessLogShard::write(const AccessRecord& record) {
  if (!enabled()) return;
  append_json_line(lines_, record);
  ++line_count_;
  if (lines_.size() >= log_.options_.batch_bytes) flush();
}

void AccessLogShard::flush() {
  if (line_count_ == 0) return;
  if (!log_.hand_over(lines_, line_count_)) dropped_.add(line_count_);
  lines_.clear();
  line_count_ = 0;
}

std::expected<std::unique_ptr<AccessLog>, std::string> AccessLog::open(
    AccessLogOptions options, metrics::Registry& registry) {
  LogOutput output;
  switch (options.target) {
    case AccessLogOptions::Target::kOff:
      break;
    case AccessLogOptions::Target::kStdout:
      output = LogOutput(STDOUT_FILENO);
      break;
    case AccessLogOptions::Target::kStderr:
      output = LogOutput(STDERR_FILENO);
      break;
    case AccessLogOptions::Target::kFile: {
      auto file = LogOutput::open_file(options.path);
      if (!file) return std::unexpected(file.error());
      output = std::move(*file);
      break;
    }
  }
  return std::make_unique<AccessLog>(std::move(options), std::move(output), registry);
}

AccessLog::AccessLog(AccessLogOptions options, LogOutput output, metrics::Registry& registry)
    : options_(std::move(options)),
      lost_by_writer_(registry.add_shard().counter(metrics::k_log_dropped)),
      output_(std::move(output)) {
  if (enabled()) writer_ = std::thread([this] { run(); });
}

AccessLog::~AccessLog() {
  stop();
}

AccessLogShard& AccessLog::add_shard(metrics::Shard& counters) {
  shards_.push_back(
      std::make_unique<AccessLogShard>(*this, counters.counter(metrics::k_log_dropped)));
  return *shards_.back();
}

bool AccessLog::hand_over(std::string& lines, std::uint64_t count) {
  bool was_empty = false;
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || queued_bytes_ + lines.size() > options_.queue_bytes) return false;
    was_empty = queue_.empty();
    queued_bytes_ += lines.size();
    queue_.push_back({std::move(lines), count});
    lines = {};
    if (!spare_.empty()) {
      lines = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (was_empty) wake_.notify_one();
  return true;
}

void AccessLog::reopen() {
  {
    const std::scoped_lock lock(mutex_);
    reopen_wanted_ = true;
  }
  wake_.notify_one();
}

void AccessLog::stop() {
  if (!writer_.joinable()) return;
  for (const auto& shard : shards_) shard->flush();
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    stop_deadline_ = system_clock().steady() + options_.stop_patience;
  }
  wake_.notify_one();
  writer_.join();
}

void AccessLog::run() {
  block_signals_in_this_thread();
  std::vector<Batch> taken;
  while (true) {
    bool reopen_first = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !queue_.empty() || stopping_ || reopen_wanted_; });
      if (queue_.empty() && !reopen_wanted_) return;
      taken.swap(queue_);
      reopen_first = std::exchange(reopen_wanted_, false);
    }
    if (reopen_first) reopen_now();
    for (Batch& batch : taken) write(batch);
    put_back(taken);
  }
}

void AccessLog::write(Batch& batch) {
  std::string_view rest = batch.lines;
  while (!rest.empty()) {
    const LogOutput::Step step = output_.write_some(rest, hurry_ ? Millis(0) : kPollSlice);
    if (step == LogOutput::Step::kWrote) continue;
    if (step == LogOutput::Step::kNotReady && !hurry_) {
      hurry_ = out_of_patience();
      continue;
    }
    report(false, step == LogOutput::Step::kFailed ? errno : EAGAIN);
    lost_by_writer_.add(static_cast<std::uint64_t>(std::ranges::count(rest, '\n')));
    return;
  }
  report(true, 0);
}

void AccessLog::put_back(std::vector<Batch>& written) {
  const std::scoped_lock lock(mutex_);
  for (Batch& batch : written) {
    queued_bytes_ -= batch.lines.size();
    if (spare_.size() >= kSpareBuffers || batch.lines.capacity() > 2 * options_.batch_bytes)
      continue;
    batch.lines.clear();
    spare_.push_back(std::move(batch.lines));
  }
  written.clear();
}

bool AccessLog::out_of_patience() {
  const std::scoped_lock lock(mutex_);
  return stopping_ && system_clock().steady() >= stop_deadline_;
}

void AccessLog::reopen_now() {
  if (options_.target != AccessLogOptions::Target::kFile) return;
  auto file = LogOutput::open_file(options_.path);
  if (!file) {
    events::error(file.error() + "; the old one stays open");
    return;
  }
  output_ = std::move(*file);
}

// One event when it begins to fail and one when it works again, not one for every batch.
void AccessLog::report(bool works, int problem) {
  if (works == works_) return;
  works_ = works;
  if (works) {
    events::info("the access log is written again");
  } else {
    events::error(std::string("the access log cannot be written (") + std::strerror(problem) +
                  "); lines are dropped and counted in pontage_log_dropped_total");
  }
}

}  // namespace pontage::observe
