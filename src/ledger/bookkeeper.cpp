#include "ledger/bookkeeper.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace pontage::ledger {
namespace {

constexpr std::size_t kBatchBytes = 4 * 1024 * 1024;
constexpr std::string_view kDropped = ".dropped";

// What stands at an offset, as far as the file goes.
bool read_file(int fd, std::size_t from, std::size_t to, std::string& out) {
  out.resize(to - from);
  std::size_t got = 0;
  while (got < out.size()) {
    const auto part =
        ::pread(fd, out.data() + got, out.size() - got, static_cast<off_t>(from + got));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return false;
    if (part == 0) break;
    got += static_cast<std::size_t>(part);
  }
  out.resize(got);
  return true;
}

}  // namespace

std::string Bookkeeper::find_remains() {
  std::error_code problem;
  std::map<std::string, std::size_t> offsets;
  for (auto& each : store_.segments()) offsets[each.name] = each.offset;
  for (const auto& entry : std::filesystem::directory_iterator(shared_.folder, problem)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(kDropped)) markers_.push_back(name);
    auto head = parse_segment_name(name);
    if (!head) continue;
    auto segment = std::make_shared<Segment>();
    segment->head = std::move(*head);
    segment->path = entry.path();
    segment->recovered = true;
    segment->fd = ::open(segment->path.c_str(), O_RDONLY | O_CLOEXEC);
    if (segment->fd < 0) return "cannot read " + segment->path + ": " + std::strerror(errno);
    struct stat about{};
    if (::fstat(segment->fd, &about) == 0) segment->size = static_cast<std::size_t>(about.st_size);
    segment->written = std::max(segment->size, kSegmentHeadBytes);
    segment->finished = true;
    if (const auto found = offsets.find(name); found != offsets.end())
      segment->stored = std::max(found->second, kSegmentHeadBytes);
    offsets.erase(name);
    remains_.push_back(std::move(segment));
  }
  if (problem) return "cannot read " + shared_.folder + ": " + problem.message();
  for (const auto& [name, offset] : offsets) deleted_.push_back(name);
  // A boot's segments before those of the next, each worker's in their order.
  std::ranges::sort(remains_, {}, [](const auto& each) {
    return std::tuple(each->head.boot, each->head.worker, each->head.number);
  });
  for (auto& [id, open] : store_.open_exchanges())
    open_[id] = {std::move(open.boot), std::move(open.record), {}, true};
  return {};
}

std::vector<Bookkeeper::Source> Bookkeeper::sources(
    const std::vector<JournalPosition>* up_to) const {
  std::vector<Source> out;
  for (const auto& each : remains_)
    out.push_back({each, nullptr, each->written.load(std::memory_order_relaxed)});
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    for (auto& each : shards_[i]->segments()) {
      // What is finished is so after its last write: asked first, the end is the last one.
      std::size_t end = each->written.load(std::memory_order_acquire);
      if (up_to != nullptr) {
        const auto& limit = (*up_to)[i];
        if (each->head.number > limit.number) continue;
        if (each->head.number == limit.number) end = std::min(end, limit.offset);
      }
      out.push_back({each, shards_[i].get(), end});
    }
  }
  return out;
}

void Bookkeeper::report_damage(const Segment& segment, std::size_t bytes) {
  ++damaged_;
  batch_.gaps.push_back({segment_name(segment.head), static_cast<std::int64_t>(bytes), "damaged"});
}

void Bookkeeper::take(const Segment& segment, const Frame& frame, bool stored_already) {
  if (!read_record(frame.payload, record_)) {
    if (!stored_already) report_damage(segment, frame.payload.size());
    return;
  }
  const std::string id(record_.id.view());
  if (frame.kind == FrameKind::kOpen) {
    auto& open = open_[id];
    open = {segment.head.boot, std::string(frame.payload), segment_name(segment.head), open.stored};
    if (open.stored) batch_.opened[id] = {open.boot, open.record};
    return;
  }
  if (const auto found = open_.find(id); found != open_.end()) {
    if (found->second.stored) batch_.closed.push_back(id);
    batch_.opened.erase(id);
    open_.erase(found);
  }
  if (stored_already) return;
  batch_.records.push_back({segment.head.boot, std::string(frame.payload)});
  batch_bytes_ += frame.payload.size();
}

// The file of `segment` goes: what began in it and has not ended is kept in the store.
void Bookkeeper::keep_open(const Segment& segment) {
  const auto name = segment_name(segment.head);
  for (auto& [id, open] : open_) {
    if (open.stored || open.segment != name) continue;
    open.stored = true;
    batch_.opened[id] = {open.boot, open.record};
  }
}

// False: the batch is full.
bool Bookkeeper::read(const Source& source) {
  Segment& segment = *source.segment;
  // Of a segment that another process had begun to store, all is read again for what began in it.
  const std::size_t from = segment.recovered ? kSegmentHeadBytes : segment.stored;
  const bool finished = segment.finished.load(std::memory_order_acquire) &&
                        source.end == segment.written.load(std::memory_order_acquire);
  if (source.end <= from && !finished) return true;
  if (!read_file(segment.fd, from, std::max(source.end, from), buffer_)) {
    unreadable_ = "cannot read " + segment.path + ": " + std::strerror(errno);
    return true;
  }
  FrameReader frames(buffer_);
  Frame frame;
  std::size_t before = 0;
  while (frames.next(frame)) {
    take(segment, frame, segment.recovered && from + frames.offset() <= segment.stored);
    before = frames.offset();
  }
  const std::size_t lost = segment.recovered ? 0 : buffer_.size() - before;
  if (frames.damaged() + lost > 0) report_damage(segment, frames.damaged() + lost);
  // A live segment is whole up to what its worker says; of a dead one the torn tail goes with it.
  const auto to = segment.recovered ? std::max(from + before, segment.stored) : source.end;
  if (to == segment.stored && !finished) return true;
  if (finished) keep_open(segment);
  moves_.push_back({source, to, finished});
  batch_.segments.push_back({segment_name(segment.head), to});
  return batch_bytes_ < kBatchBytes;
}

// When all that the dead left behind has been read, nobody will end what is still open of theirs.
void Bookkeeper::write_off() {
  for (auto it = open_.begin(); it != open_.end();) {
    if (it->second.boot == shared_.boot) {
      ++it;
      continue;
    }
    batch_.records.push_back({it->second.boot, std::move(it->second.record)});
    batch_.opened.erase(it->first);
    if (it->second.stored) batch_.closed.push_back(it->first);
    it = open_.erase(it);
  }
  for (const auto& name : markers_) {
    batch_.gaps.push_back({name.substr(0, name.size() - kDropped.size()), 0,
                           "dropped: the journal was over its limit"});
  }
  written_off_ = true;
}

std::string Bookkeeper::commit() {
  if (batch_.empty() && moves_.empty()) return {};
  batch_.deleted_segments.insert(batch_.deleted_segments.end(), deleted_.begin(), deleted_.end());
  deleted_.clear();
  if (auto problem = store_.commit(batch_); !problem.empty()) return problem;
  for (const auto& move : moves_) finish(move);
  if (written_off_) {
    for (const auto& name : markers_) ::unlink((shared_.folder + '/' + name).c_str());
    markers_.clear();
  }
  moves_.clear();
  batch_ = {};
  batch_bytes_ = 0;
  return {};
}

void Bookkeeper::finish(const Move& move) {
  Segment& segment = *move.source.segment;
  if (move.source.shard != nullptr) {
    shared_.waiting_bytes.fetch_sub(static_cast<std::int64_t>(move.to - segment.stored),
                                    std::memory_order_relaxed);
  }
  segment.stored = move.to;
  if (!move.whole) return;
  ::unlink(segment.path.c_str());
  deleted_.push_back(segment_name(segment.head));
  if (move.source.shard != nullptr) {
    move.source.shard->forget(segment);
  } else {
    std::erase(remains_, move.source.segment);
  }
}

std::string Bookkeeper::pass(const std::vector<JournalPosition>* up_to) {
  caught_up_ = false;
  unreadable_.clear();
  // What could not be stored last time goes before anything else.
  if (auto problem = commit(); !problem.empty()) return problem;
  bool all = true;
  for (const auto& source : sources(up_to)) {
    if (read(source)) continue;
    all = false;
    break;
  }
  if (!written_off_ && std::ranges::count_if(moves_, [](const Move& move) {
                         return move.source.shard == nullptr;
                       }) == std::ssize(remains_))
    write_off();
  if (auto problem = commit(); !problem.empty()) return problem;
  caught_up_ = all;
  return unreadable_;
}

int Bookkeeper::drop_oldest() {
  int dropped = 0;
  while (shared_.waiting_bytes.load(std::memory_order_relaxed) > shared_.limit_bytes) {
    std::shared_ptr<Segment> oldest;
    JournalShard* owner = nullptr;
    for (const auto& shard : shards_) {
      for (auto& each : shard->segments()) {
        const bool busy = std::ranges::any_of(
            moves_, [&](const Move& move) { return move.source.segment == each; });
        if (!each->finished.load(std::memory_order_acquire) || busy) continue;
        if (oldest && oldest->head.number <= each->head.number) continue;
        oldest = each;
        owner = shard.get();
      }
    }
    if (!oldest) break;
    const auto bytes = static_cast<std::int64_t>(oldest->written - oldest->stored);
    const std::string marker = oldest->path + std::string(kDropped);
    if (::rename(oldest->path.c_str(), marker.c_str()) != 0) break;
    if (::truncate(marker.c_str(), 0) != 0) break;
    keep_open(*oldest);
    batch_.gaps.push_back(
        {segment_name(oldest->head), bytes, "dropped: the journal was over its limit"});
    markers_.push_back(segment_name(oldest->head) + std::string(kDropped));
    shared_.waiting_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    owner->forget(*oldest);
    ++dropped;
  }
  return dropped;
}

}  // namespace pontage::ledger
