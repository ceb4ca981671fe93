#include "ledger/ledger.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/strings.hpp"

namespace pontage::ledger {
namespace {

constexpr Millis kPassInterval{100};
constexpr Millis kExpiryInterval{3'600'000};
constexpr std::int64_t kExpiryBatch = 5'000;
constexpr int kPassesAtStop = 50;

struct flock whole_file() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
}

}  // namespace

// Only asks: a lock of its own, however short, could keep a daemon from starting.
bool is_kept(const std::string& path) {
  const int fd = ::open((path + ".lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  struct flock asked = whole_file();
  const bool kept = ::fcntl(fd, F_OFD_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
  ::close(fd);
  return kept;
}

Ledger::Ledger(LedgerOptions options, Hooks hooks)
    : options_(std::move(options)), hooks_(std::move(hooks)) {
  if (hooks_.clock == nullptr) hooks_.clock = &system_clock();
  shared_.files = hooks_.files != nullptr ? hooks_.files : &real_files_;
  shared_.folder = journal_folder(options_.path);
  shared_.boot = UlidSource().next(hooks_.clock->wall()).view();
  shared_.segment_bytes = hooks_.segment_bytes;
  shared_.limit_bytes = static_cast<std::int64_t>(options_.journal_limit);
  shared_.refuse_when_full = options_.when_full == LedgerOptions::WhenFull::kRefuse;
}

std::expected<std::unique_ptr<Ledger>, std::string> Ledger::open(const LedgerOptions& options,
                                                                 int workers, Hooks hooks) {
  std::unique_ptr<Ledger> made(new Ledger(options, std::move(hooks)));
  if (auto problem = made->start(workers); !problem.empty())
    return std::unexpected("ledger: " + problem);
  return made;
}

std::string Ledger::lock() {
  const std::string file = options_.path + ".lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock_ < 0) {
    return "cannot write " + file + " (" + std::strerror(errno) +
           "); set ledger.store or PONTAGE_STATE_DIR to a place that can be written, or say "
           "`ledger: off`";
  }
  struct flock wanted = whole_file();
  if (::fcntl(lock_, F_OFD_SETLK, &wanted) != 0) {
    return "another pontage keeps " + options_.path +
           "; stop it, or give this one its own ledger.store or PONTAGE_STATE_DIR";
  }
  return {};
}

std::string Ledger::start(int workers) {
  if (auto problem = lock(); !problem.empty()) return problem;
  std::error_code failed;
  std::filesystem::create_directories(shared_.folder, failed);
  if (failed) return "cannot make " + shared_.folder + ": " + failed.message();
  auto store = Store::open(options_.path);
  if (!store) return store.error();
  store_ = std::move(*store);
  for (int i = 0; i < workers; ++i)
    shards_.push_back(std::make_unique<JournalShard>(shared_, static_cast<std::uint32_t>(i)));
  bookkeeper_ = std::make_unique<Bookkeeper>(*store_, shared_, shards_);
  if (auto problem = bookkeeper_->find_remains(); !problem.empty()) return problem;
  for (auto& shard : shards_) {
    if (const int problem = shard->prepare(); problem != 0)
      return "cannot write into " + shared_.folder + ": " + std::strerror(problem);
  }
  caught_up_ = next_expiry_ = hooks_.clock->steady();
  writer_ = std::thread([this] { write_loop(); });
  syncer_ = std::thread([this] { sync_loop(); });
  return {};
}

Ledger::~Ledger() {
  stop();
  if (lock_ >= 0) ::close(lock_);
}

// False: time to stop.
bool Ledger::wait(Millis time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

void Ledger::write_loop() {
  block_signals();
  while (wait(kPassInterval)) {
    const std::scoped_lock lock(pass_);
    work();
  }
}

void Ledger::work() {
  tell();
  for (auto& shard : shards_) shard->prepare();
  if (!shared_.refuse_when_full) bookkeeper_->drop_oldest();
  std::string problem;
  do {
    problem = bookkeeper_->pass();
  } while (problem.empty() && !bookkeeper_->caught_up());
  const auto now = hooks_.clock->steady();
  if (problem.empty()) caught_up_ = now;
  if (problem.empty() && now >= next_expiry_) expire();
  for (const auto& shard : shards_) {
    if (problem.empty() && shard->problem() != 0)
      problem = std::string("the journal: ") + std::strerror(shard->problem());
  }
  report(problem);
  tell();
}

void Ledger::tell() const {
  if (!hooks_.on_stats) return;
  const auto waiting = shared_.waiting_bytes.load(std::memory_order_relaxed);
  const auto behind = hooks_.clock->steady() - caught_up_;
  hooks_.on_stats({waiting, waiting > 0 ? std::chrono::duration<double>(behind).count() : 0});
}

void Ledger::expire() {
  if (options_.retention.count() == 0) {
    next_expiry_ = SteadyTime::max();
    return;
  }
  const auto before = std::chrono::duration_cast<Millis>(
      (hooks_.clock->wall() - options_.retention).time_since_epoch());
  const auto gone = store_->expire(before.count(), kExpiryBatch);
  // What is left of them goes with the next passes.
  if (gone < kExpiryBatch) next_expiry_ = hooks_.clock->steady() + kExpiryInterval;
}

// One event when it begins to fail and one when it works again.
void Ledger::report(const std::string& problem) {
  if (problem.empty() == problem_.empty()) return;
  problem_ = problem;
  if (!hooks_.on_event) return;
  if (problem.empty()) {
    hooks_.on_event(false, "the ledger stores again");
  } else {
    hooks_.on_event(true, "the ledger cannot store (" + problem +
                              "); records wait in the journal " + shared_.folder + ", up to " +
                              format_size(options_.journal_limit));
  }
}

void Ledger::sync_loop() {
  block_signals();
  bool more = true;
  while (more) {
    more = wait(options_.fsync);  // and once more at the end
    for (const auto& shard : shards_) {
      for (const auto& segment : shard->segments()) {
        const auto written = segment->written.load(std::memory_order_acquire);
        if (written <= segment->synced.load(std::memory_order_relaxed)) continue;
        if (shared_.files->sync(segment->fd) == 0) segment->synced = written;
      }
    }
  }
}

std::string Ledger::store_all() {
  const std::scoped_lock lock(pass_);
  std::string problem;
  do {
    problem = bookkeeper_->pass();
  } while (problem.empty() && !bookkeeper_->caught_up());
  return problem;
}

std::expected<BootTotals, std::string> Ledger::totals_at(
    const std::function<std::vector<JournalPosition>()>& positions) {
  const std::scoped_lock lock(pass_);
  const auto up_to = positions();
  if (up_to.size() != shards_.size()) return std::unexpected("the workers did not answer");
  do {
    if (auto problem = bookkeeper_->pass(&up_to); !problem.empty()) return std::unexpected(problem);
  } while (!bookkeeper_->caught_up());
  return store_->boot(shared_.boot);
}

void Ledger::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_all();
  if (writer_.joinable()) writer_.join();
  if (syncer_.joinable()) syncer_.join();
  if (!bookkeeper_ || shards_.empty()) return;
  for (auto& shard : shards_) shard->close();
  std::string problem;
  for (int i = 0; i < kPassesAtStop; ++i) {
    problem = bookkeeper_->pass();
    if (problem.empty() && bookkeeper_->caught_up()) break;
  }
  report(problem);
}

}  // namespace pontage::ledger
