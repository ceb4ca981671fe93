// BufferedStream and WriteAll over a stream that does what the test says: short writes, full
// kernels, late ends.
#include "transport/buffered_stream.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "support/run_task.hpp"

namespace pontage::transport {
namespace {

using pontage::test::Detached;

/// What happens to a FakeStream; outlives it.
struct Wire {
  std::string written;
  std::vector<long> now;  ///< what write_now takes, call by call; then 0
  std::size_t late = 1;   ///< what a started write takes
  std::size_t calls = 0;
  IoOperation* reader = nullptr;
  char* read_at = nullptr;
  std::size_t read_size = 0;
  IoOperation* writer = nullptr;
  std::vector<iovec> pieces;
  bool open = true;
  bool destroyed = false;

  std::size_t take(const iovec* from, std::size_t count, std::size_t limit) {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count && taken < limit; ++i) {
      const std::size_t size = std::min(from[i].iov_len, limit - taken);
      written.append(static_cast<const char*>(from[i].iov_base), size);
      taken += size;
    }
    return taken;
  }
  void deliver(std::string_view bytes) {
    ASSERT_NE(reader, nullptr);
    ASSERT_LE(bytes.size(), read_size);
    bytes.copy(read_at, bytes.size());
    std::exchange(reader, nullptr)->done(IoError::kNone, bytes.size());
  }
  void end(IoError error) { std::exchange(reader, nullptr)->done(error, 0); }
  bool write_on() {
    if (writer == nullptr) return false;
    IoOperation* waiting = std::exchange(writer, nullptr);
    waiting->done(IoError::kNone, take(pieces.data(), pieces.size(), late));
    return true;
  }
};

class FakeStream final : public ByteStream {
 public:
  explicit FakeStream(Wire& wire) : wire_(wire) {}
  ~FakeStream() override { wire_.destroyed = true; }
  void start_read(char* data, std::size_t size, IoOperation& operation) override {
    wire_.reader = &operation;
    wire_.read_at = data;
    wire_.read_size = size;
  }
  long write_now(const iovec* pieces, int count) override {
    const long limit = wire_.calls < wire_.now.size() ? wire_.now[wire_.calls] : 0;
    ++wire_.calls;
    if (limit <= 0) return limit;
    return static_cast<long>(
        wire_.take(pieces, static_cast<std::size_t>(count), static_cast<std::size_t>(limit)));
  }
  void start_write(const iovec* pieces, int count, IoOperation& operation) override {
    wire_.writer = &operation;
    wire_.pieces.assign(pieces, pieces + count);
  }
  void close(bool) override { wire_.open = false; }
  void cancel() override {}
  void shutdown_send() override {}
  [[nodiscard]] bool has_input() const override { return false; }
  [[nodiscard]] bool is_open() const override { return wire_.open; }

 private:
  Wire& wire_;
};

std::optional<bool> write(Wire& wire, const std::vector<std::string>& parts,
                          int* progress = nullptr) {
  FakeStream stream(wire);
  std::vector<iovec> pieces;
  for (const auto& part : parts) pieces.push_back({const_cast<char*>(part.data()), part.size()});
  std::optional<bool> result;
  std::function<void()> on_progress = [progress] { ++*progress; };
  WriteAll writer(stream, pieces);
  if (progress != nullptr) writer.on_progress(&on_progress);
  [](WriteAll& all, std::optional<bool>& out) -> Detached { out = co_await all; }(writer, result);
  while (wire.write_on()) {
  }
  return result;
}

TEST(WriteAll, EverySizeOfEveryStep) {
  const std::vector<std::string> parts = {"", "head", "", "a longer body of this", "", "\r\n", ""};
  const std::string all = "heada longer body of this\r\n";
  for (long now = 0; now <= static_cast<long>(all.size()); ++now) {
    for (std::size_t late = 1; late <= all.size(); ++late) {
      Wire wire;
      wire.now = {now};
      wire.late = late;
      EXPECT_EQ(write(wire, parts), true);
      EXPECT_EQ(wire.written, all) << now << " " << late;
    }
  }
}

TEST(WriteAll, ManyPieces) {
  std::vector<std::string> parts;
  std::string all;
  for (int i = 0; i < 500; ++i) {
    parts.push_back(std::to_string(i) + ",");
    all += parts.back();
  }
  for (const std::size_t late : {1U, 13U, 100'000U}) {
    Wire wire;
    wire.now = {100};
    wire.late = late;
    int progress = 0;
    EXPECT_EQ(write(wire, parts, &progress), true);
    EXPECT_EQ(wire.written, all);
    if (late == 1) EXPECT_GT(progress, 100);
  }
}

TEST(WriteAll, Failures) {
  Wire refused;
  refused.now = {-1};
  EXPECT_EQ(write(refused, {"x"}), false);
  Wire closed;
  closed.open = false;
  EXPECT_EQ(write(closed, {"x"}), false);
  EXPECT_EQ(closed.calls, 0U);
  Wire nothing;
  nothing.open = false;
  EXPECT_EQ(write(nothing, {"", ""}), true);
}

struct Reading {
  Wire wire;
  BufferedStream::Ptr stream = BufferedStream::make(std::make_unique<FakeStream>(wire), 1'024);
  std::optional<bool> more() {
    last_ = std::nullopt;
    [](BufferedStream& from, std::optional<bool>& to) -> Detached { to = co_await from.more(); }(
                                                          *stream, last_);
    return last_;
  }
  std::optional<bool> last_;
};

TEST(BufferedStream, DataStaysInPlaceWhileItIsInUse) {
  Reading test;
  EXPECT_EQ(test.more(), std::nullopt);
  test.wire.deliver("one two");
  EXPECT_EQ(test.last_, true);
  const std::string_view seen = test.stream->data();
  test.stream->arm();  // the watch for the end
  EXPECT_TRUE(test.stream->pending());
  int events = 0;
  test.stream->on_event = [&] { ++events; };
  test.wire.deliver(" three");
  EXPECT_EQ(events, 1);
  EXPECT_EQ(seen, "one two");
  EXPECT_EQ(test.stream->data(), "one two three");
  test.stream->drop(3, 4);
  EXPECT_EQ(test.stream->data(), "one three");
  test.stream->consume(4);
  EXPECT_EQ(test.stream->data(), "three");
  test.stream->compact(4'096);
  EXPECT_EQ(test.stream->data(), "three");
  EXPECT_GE(test.stream->readable(), 4'096U);
  EXPECT_EQ(test.more(), std::nullopt);
  test.wire.end(IoError::kEof);
  EXPECT_EQ(test.last_, false);
  EXPECT_EQ(test.stream->error(), IoError::kEof);
  EXPECT_EQ(test.more(), false);
  EXPECT_EQ(test.stream->data(), "three") << "what came before the end is not lost";
}

TEST(BufferedStream, AFullBufferIsNoHang) {
  Reading test;
  std::size_t got = 0;
  for (int i = 0; i < 100 && !test.stream->ended(); ++i) {
    if (test.more().has_value()) break;
    ASSERT_GT(test.wire.read_size, 0U);
    got += test.wire.read_size;
    test.wire.deliver(std::string(test.wire.read_size, 'x'));
  }
  EXPECT_EQ(test.stream->data().size(), got);
  EXPECT_LE(got, 1'024U);
  EXPECT_TRUE(test.stream->ended());
}

TEST(BufferedStream, InterruptWakesTheReaderAndKeepsTheRead) {
  Reading test;
  EXPECT_EQ(test.more(), std::nullopt);
  test.stream->interrupt();
  EXPECT_EQ(test.last_, false);
  EXPECT_TRUE(test.stream->pending());
  EXPECT_FALSE(test.stream->ended());
  test.stream->interrupt();  // nobody waits: nothing happens
  EXPECT_EQ(test.more(), std::nullopt);
  test.wire.deliver("late");
  EXPECT_EQ(test.last_, true);
  EXPECT_EQ(test.stream->data(), "late");
}

TEST(BufferedStream, LivesUntilItsReadHasCompleted) {
  Wire wire;
  auto stream = BufferedStream::make(std::make_unique<FakeStream>(wire), 1'024);
  stream->arm();
  stream.reset();
  EXPECT_FALSE(wire.open);
  EXPECT_FALSE(wire.destroyed);
  wire.end(IoError::kAborted);
  EXPECT_TRUE(wire.destroyed);

  Wire quiet;
  stream = BufferedStream::make(std::make_unique<FakeStream>(quiet), 1'024);
  stream.reset();
  EXPECT_TRUE(quiet.destroyed);
}

}  // namespace
}  // namespace pontage::transport
