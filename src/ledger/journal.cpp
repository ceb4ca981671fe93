#include "ledger/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace pontage::ledger {

int JournalFiles::create(const std::string& path, std::size_t size) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (fd < 0) return -errno;
  // Where the file system cannot allocate ahead, writes say when there is no room.
  if (fallocate(fd, 0, 0, static_cast<off_t>(size)) != 0 && errno != EOPNOTSUPP) {
    const int problem = errno;
    ::close(fd);
    ::unlink(path.c_str());
    return -problem;
  }
  return fd;
}

int JournalFiles::write(int fd, std::string_view bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const auto done = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return done < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<std::size_t>(done));
    offset += static_cast<std::size_t>(done);
  }
  return 0;
}

int JournalFiles::sync(int fd) {
  return ::fdatasync(fd) == 0 ? 0 : errno;
}

Segment::~Segment() {
  if (fd >= 0) ::close(fd);
}

std::shared_ptr<Segment> JournalShard::make(std::uint32_t number, int& problem) {
  auto made = std::make_shared<Segment>();
  made->head = {shared_.boot, worker_, number};
  made->path = shared_.folder + '/' + segment_name(made->head);
  made->size = shared_.segment_bytes;
  made->fd = shared_.files->create(made->path, made->size);
  problem = made->fd < 0 ? -made->fd : 0;
  if (problem == 0) problem = shared_.files->write(made->fd, segment_head(made->head), 0);
  if (problem == 0) return made;
  if (made->fd >= 0) ::unlink(made->path.c_str());
  return nullptr;
}

int JournalShard::prepare() {
  std::uint32_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (spare_) return 0;
    number = next_number_++;
  }
  int problem = 0;
  auto made = make(number, problem);
  space_problem_.store(problem, std::memory_order_relaxed);
  const std::scoped_lock lock(mutex_);
  if (made) spare_ = std::move(made);
  return problem;
}

bool JournalShard::rotate() {
  std::shared_ptr<Segment> next;
  std::uint32_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    next = std::move(spare_);
    spare_ = nullptr;
    if (!next) number = next_number_++;
  }
  if (!next) {
    int problem = 0;
    next = make(number, problem);
    space_problem_.store(problem, std::memory_order_relaxed);
    if (!next) return false;
  }
  const std::scoped_lock lock(mutex_);
  segments_.push_back(next);
  if (current_) current_->finished.store(true, std::memory_order_release);
  current_ = std::move(next);
  return true;
}

// Half a segment is kept for the records of what has begun already: what would need the next one
// is refused while there is none.
bool JournalShard::accepts() {
  if (shared_.refuse_when_full &&
      shared_.waiting_bytes.load(std::memory_order_relaxed) > shared_.limit_bytes)
    return false;
  if (problem() == 0) return true;
  if (!buffer_.empty() && !flush()) return false;
  if (space_problem_.load(std::memory_order_relaxed) == 0) return true;
  if (!current_) return rotate();
  return current_->written.load(std::memory_order_relaxed) < current_->size / 2;
}

void JournalShard::append(FrameKind kind, const Record& record) {
  const auto begin = begin_frame(buffer_);
  append_record(buffer_, record);
  end_frame(buffer_, begin, kind);
}

bool JournalShard::flush() {
  constexpr std::size_t kKeptCapacity = 256 * 1024;
  if (buffer_.empty()) return true;
  const auto at = [this] { return current_->written.load(std::memory_order_relaxed); };
  // A batch stands in one segment, whatever its size.
  const bool fits =
      current_ && (at() == kSegmentHeadBytes || at() + buffer_.size() <= current_->size);
  if (!fits && !rotate()) return false;
  const auto offset = at();
  const int problem = shared_.files->write(current_->fd, buffer_, offset);
  write_problem_.store(problem, std::memory_order_relaxed);
  if (problem != 0) return false;
  current_->written.store(offset + buffer_.size(), std::memory_order_release);
  shared_.waiting_bytes.fetch_add(static_cast<std::int64_t>(buffer_.size()),
                                  std::memory_order_relaxed);
  if (buffer_.capacity() > kKeptCapacity) buffer_ = {};
  buffer_.clear();
  return true;
}

JournalPosition JournalShard::position() const {
  if (!current_) return {};
  return {current_->head.number, current_->written.load(std::memory_order_relaxed)};
}

void JournalShard::close() {
  flush();
  const std::scoped_lock lock(mutex_);
  if (current_) current_->finished = true;
  current_ = nullptr;
  if (spare_) ::unlink(spare_->path.c_str());
  spare_ = nullptr;
}

std::vector<std::shared_ptr<Segment>> JournalShard::segments() const {
  const std::scoped_lock lock(mutex_);
  return segments_;
}

void JournalShard::forget(const Segment& segment) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(segments_, [&](const auto& each) { return each.get() == &segment; });
}

}  // namespace pontage::ledger
