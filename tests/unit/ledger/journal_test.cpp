// The journal against torn, broken and full disks.
#include "ledger/journal.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "unit/ledger/book_bench.hpp"

namespace pontage::ledger::test {
namespace {

struct JournalTest : BookBench {
  std::string read(const std::string& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void write(const std::string& file, const std::string& bytes) const {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }
  /// Three exchanges: two that ended, one that did not; where each frame ends.
  std::string three(std::vector<std::size_t>& ends) {
    std::string out;
    const auto frame = [&](FrameKind kind, const Record& what) {
      const auto begin = begin_frame(out);
      append_record(out, what);
      end_frame(out, begin, kind);
      ends.push_back(out.size());
    };
    const Record first = record();
    const Record second = record();
    frame(FrameKind::kOpen, open_of(first));
    frame(FrameKind::kSettle, first);
    frame(FrameKind::kOpen, open_of(second));
    frame(FrameKind::kOpen, open_of(record()));
    frame(FrameKind::kSettle, second);
    return out;
  }
  /// A segment of a dead process with these frames.
  std::string dead_segment(const std::string& frames, std::uint32_t number = 1) {
    if (boot.empty()) boot = ids.next(clock.wall()).view();
    const SegmentHead head{boot, 0, number};
    return write(journal() + '/' + segment_name(head), segment_head(head) + frames), boot;
  }
  void fresh_folder() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(journal());
  }
  std::string boot;
};

TEST_F(JournalTest, AHeadAndANameComeBack) {
  const SegmentHead head{std::string(ids.next(clock.wall()).view()), 3, 17};
  EXPECT_EQ(read_segment_head(segment_head(head)), head);
  EXPECT_EQ(parse_segment_name(segment_name(head)), head);
  for (std::size_t i = 0; i < 44; ++i) {
    std::string bytes = segment_head(head);
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
    EXPECT_FALSE(read_segment_head(bytes)) << i;
  }
  for (const auto* name : {"", "x.journal", "1-2-3.journal", "pontage.db"})
    EXPECT_FALSE(parse_segment_name(name)) << name;
}

TEST_F(JournalTest, CutAnywhereTheWholeFramesCount) {
  std::vector<std::size_t> ends;
  const std::string frames = three(ends);
  for (std::size_t size = 0; size <= frames.size(); ++size) {
    const auto whole = std::ranges::count_if(ends, [&](std::size_t end) { return end <= size; });
    for (const bool zeros : {false, true}) {  // behind the cut: nothing, or allocated space
      const std::string bytes = frames.substr(0, size) + std::string(zeros ? 500 : 0, '\0');
      FrameReader reader(bytes);
      Frame frame;
      std::ptrdiff_t count = 0;
      while (reader.next(frame)) ++count;
      ASSERT_EQ(count, whole) << size;
      ASSERT_EQ(reader.damaged(), 0U);
    }
  }
}

TEST_F(JournalTest, AFlippedByteCostsItsOwnFrameOnly) {
  std::vector<std::size_t> ends;
  const std::string frames = three(ends);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    std::string bytes = frames;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x40);
    FrameReader reader(bytes);
    Frame frame;
    std::size_t count = 0;
    while (reader.next(frame)) ++count;
    ASSERT_EQ(count, ends.size() - 1) << i;
    ASSERT_EQ(reader.damaged() > 0, i < ends[ends.size() - 2])
        << "the last one is torn, not damaged";
  }
}

// Each exchange that is known of has exactly one record, wherever the file ends.
TEST_F(JournalTest, ADeadProcessIsRecoveredFromAnyCut) {
  std::vector<std::size_t> ends;
  const std::string frames = three(ends);
  const std::vector<std::vector<std::string>> expected = {
      {}, {"lost"}, {"ok"}, {"ok", "lost"}, {"ok", "lost", "lost"}, {"ok", "ok", "lost"}};
  std::vector<std::size_t> sizes = {0, 7};
  for (const auto end : ends) sizes.insert(sizes.end(), {end - 1, end});
  for (const auto size : sizes) {
    fresh_folder();
    const std::string died = dead_segment(frames.substr(0, size));
    const auto whole = std::ranges::count_if(ends, [&](std::size_t end) { return end <= size; });
    for (int again = 0; again < 2; ++again) {  // the second start finds nothing to do
      auto process = start();
      process->store_all();
      ASSERT_EQ(outcomes(), expected[static_cast<std::size_t>(whole)]) << size;
      ASSERT_EQ(process->store->boot(died).records, std::ssize(outcomes()));
      ASSERT_EQ(files_left(), 0U);
    }
  }
}

TEST_F(JournalTest, DamageIsNamedAndTheRestIsKept) {
  std::vector<std::size_t> ends;
  std::string frames = three(ends);
  frames[ends[0] + 40] ^= 1;  // the first settle
  dead_segment(frames);
  start()->store_all();
  EXPECT_EQ(outcomes_unchecked(), (std::vector<std::string>{"lost", "ok", "lost"}));
  const auto differences = audit().differences;
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_NE(differences[0].find("damaged"), std::string::npos) << differences[0];
}

TEST_F(JournalTest, TheSameSegmentTwiceCountsOnce) {
  std::vector<std::size_t> ends;
  const std::string frames = three(ends);
  dead_segment(frames, 1);
  dead_segment(frames + frames, 2);
  start()->store_all();
  EXPECT_EQ(outcomes(), (std::vector<std::string>{"ok", "ok", "lost"}));
  EXPECT_EQ(audit().records.records, 3);
}

/// Fails when told to.
struct FaultyFiles : JournalFiles {
  int create(const std::string& path, std::size_t size) override {
    return problem != 0 ? -problem : JournalFiles::create(path, size);
  }
  int write(int fd, std::string_view bytes, std::size_t offset) override {
    if (problem == 0) return JournalFiles::write(fd, bytes, offset);
    // Half of it arrives, as with a full disk.
    JournalFiles::write(fd, bytes.substr(0, bytes.size() / 2), offset);
    return problem;
  }
  int problem = 0;
};

TEST_F(JournalTest, AFullDiskRefusesAndThenNothingIsMissing) {
  FaultyFiles faulty;
  Process process(*this, faulty, 1 << 20);
  JournalShard& shard = process.shard();
  EXPECT_TRUE(shard.accepts());
  const Record first = record();
  shard.append(FrameKind::kOpen, open_of(first));
  EXPECT_TRUE(shard.flush());
  faulty.problem = ENOSPC;
  shard.append(FrameKind::kSettle, first);
  EXPECT_FALSE(shard.flush());
  EXPECT_TRUE(shard.pending());
  EXPECT_FALSE(shard.accepts());
  EXPECT_EQ(shard.problem(), ENOSPC);
  process.store_all();
  EXPECT_EQ(outcomes(), std::vector<std::string>{});
  faulty.problem = 0;
  EXPECT_TRUE(shard.accepts()) << "asking writes what was kept";
  process.store_all();
  EXPECT_EQ(outcomes(), std::vector<std::string>{"ok"});
}

TEST_F(JournalTest, WithoutANextSegmentWhatHasBegunStillEnds) {
  FaultyFiles faulty;
  Process process(*this, faulty, 64 * 1024);
  JournalShard& shard = process.shard();
  EXPECT_EQ(shard.prepare(), 0);
  const Record first = record();
  shard.append(FrameKind::kOpen, open_of(first));
  EXPECT_TRUE(shard.flush());
  faulty.problem = ENOSPC;
  EXPECT_EQ(shard.prepare(), ENOSPC);
  EXPECT_TRUE(shard.accepts()) << "half of the segment is free";
  faulty.problem = 0;
  int more = 0;
  while (shard.problem() != 0 && shard.accepts()) {
    shard.append(FrameKind::kSettle, record());
    ASSERT_TRUE(shard.flush()) << "what goes well does not hide that there is no next segment";
    ASSERT_LT(++more, 1'000);
  }
  EXPECT_GT(more, 10);
  shard.append(FrameKind::kSettle, first);
  EXPECT_TRUE(shard.flush()) << "the other half is for what has begun";
  EXPECT_FALSE(shard.accepts());
  EXPECT_EQ(shard.prepare(), 0);
  EXPECT_TRUE(shard.accepts());
}

TEST_F(JournalTest, SegmentsFollowOnEachOtherAndGo) {
  auto process = start(4'096);
  for (int i = 0; i < 100; ++i) {
    const Record each = record();
    process->shard().append(FrameKind::kOpen, open_of(each));
    process->shard().append(FrameKind::kSettle, each);
    ASSERT_TRUE(process->shard().flush());
    if (i % 7 == 0) process->shard().prepare();
    if (i % 30 == 29) process->store_all();
  }
  EXPECT_GT(files_left(), 2U);
  process->store_all();
  EXPECT_LE(files_left(), 2U) << "the current one, and one that is ready";
  EXPECT_EQ(process->shared.waiting_bytes.load(), 0);
  EXPECT_EQ(audit().records.records, 100);
}

TEST_F(JournalTest, AnOpenOfASegmentThatWentIsRemembered) {
  const Record long_one = record();
  {
    auto process = start(4'096);
    process->shard().append(FrameKind::kOpen, open_of(long_one));
    for (int i = 0; i < 50; ++i) {
      process->shard().append(FrameKind::kSettle, record());
      ASSERT_TRUE(process->shard().flush());
      process->store_all();
    }
    EXPECT_EQ(audit().records.records, 50);
  }  // killed
  auto next = start();
  next->store_all();
  EXPECT_EQ(audit().records.records, 51);
  EXPECT_EQ(outcomes().front(), "lost");
}

}  // namespace
}  // namespace pontage::ledger::test
