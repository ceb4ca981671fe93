// The journal of one worker: frames are collected and written in one `write` a turn of its loop,
// into segments that are allocated ahead. Once written a frame survives the death of the process;
// a helper's fsync makes it survive the machine's. The ledger's writer reads the segments, stores
// what they say and deletes them.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/journal_format.hpp"
#include "ledger/record.hpp"

namespace pontage::ledger {

/// What the journal asks of the file system. Tests put faults here.
class JournalFiles {
 public:
  virtual ~JournalFiles() = default;
  /// A new file of `size` bytes whose space is taken; errno as a negative number.
  virtual int create(const std::string& path, std::size_t size);
  /// All of it at `offset`; 0 or errno.
  virtual int write(int fd, std::string_view bytes, std::size_t offset);
  virtual int sync(int fd);
};

/// One file. The worker writes, the ledger's threads read.
struct Segment {
  Segment() = default;
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
  ~Segment();

  SegmentHead head;
  std::string path;
  int fd = -1;
  std::size_t size = 0;
  std::atomic<std::size_t> written{kSegmentHeadBytes};
  std::atomic<bool> finished{false};  ///< nothing more will be written
  std::atomic<std::size_t> synced{0};
  // The ledger's writer only.
  std::size_t stored = kSegmentHeadBytes;
  std::uint64_t records = 0;
  bool recovered = false;  ///< of a process before this one
};

/// How far a worker has written.
struct JournalPosition {
  std::uint32_t number = 0;  ///< of the segment; 0: it has written nothing
  std::size_t offset = 0;
};

/// What all workers share.
struct JournalShared {
  JournalFiles* files = nullptr;
  std::string folder;
  std::string boot;
  std::size_t segment_bytes = 0;
  std::int64_t limit_bytes = 0;
  bool refuse_when_full = true;
  std::atomic<std::int64_t> waiting_bytes{0};  ///< written and not stored yet
};

class JournalShard {
 public:
  JournalShard(JournalShared& shared, std::uint32_t worker) : shared_(shared), worker_(worker) {}
  JournalShard(const JournalShard&) = delete;
  JournalShard& operator=(const JournalShard&) = delete;

  // The worker only.
  /// False: no exchange may begin, since its record could not be kept.
  [[nodiscard]] bool accepts();
  void append(FrameKind kind, const Record& record);
  [[nodiscard]] bool pending() const { return !buffer_.empty(); }
  /// One write of all that was appended; false: it stays and the next flush tries again.
  bool flush();
  /// Where the worker is; everything up to there is written.
  [[nodiscard]] JournalPosition position() const;
  /// The worker has ended: what it holds is written, and no segment waits for more.
  void close();

  // Any thread.
  /// Makes the next segment, so that the worker need not wait for the disk; 0 or errno.
  int prepare();
  [[nodiscard]] std::vector<std::shared_ptr<Segment>> segments() const;
  void forget(const Segment& segment);
  /// errno of what keeps the journal from growing; 0: nothing.
  [[nodiscard]] int problem() const {
    const int write = write_problem_.load(std::memory_order_relaxed);
    return write != 0 ? write : space_problem_.load(std::memory_order_relaxed);
  }

 private:
  std::shared_ptr<Segment> make(std::uint32_t number, int& problem);
  bool rotate();

  JournalShared& shared_;
  const std::uint32_t worker_;
  std::string buffer_;
  std::shared_ptr<Segment> current_;
  std::atomic<int> write_problem_{0};  ///< of the last write
  std::atomic<int> space_problem_{0};  ///< of the last segment that was to be made

  mutable std::mutex mutex_;  // taken when a segment is full, not when a frame is written
  std::vector<std::shared_ptr<Segment>> segments_;
  std::shared_ptr<Segment> spare_;
  std::uint32_t next_number_ = 1;
};

}  // namespace pontage::ledger
