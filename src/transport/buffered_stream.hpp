// A ByteStream with a read buffer and a read that is always allowed to be pending: the same recv
// that waits for the next message also notices that the peer has gone. Used by server connections
// and upstream connections alike.
#pragma once

#include <coroutine>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "transport/byte_stream.hpp"

namespace pontage::transport {

class BufferedStream final : private IoOperation {
 public:
  /// Closes at once; frees itself when the last completion has come in.
  struct Dispose {
    void operator()(BufferedStream* stream) const { stream->dispose(); }
  };
  using Ptr = std::unique_ptr<BufferedStream, Dispose>;

  static Ptr make(std::unique_ptr<ByteStream> stream, std::size_t capacity) {
    return Ptr(new BufferedStream(std::move(stream), capacity));
  }

  [[nodiscard]] std::string_view data() const { return {buffer_ + begin_, end_ - begin_}; }
  [[nodiscard]] char* mutable_data() { return buffer_ + begin_; }
  /// How many bytes behind data().data() belong to the buffer.
  [[nodiscard]] std::size_t readable() const { return capacity_ - begin_; }
  void consume(std::size_t bytes) { begin_ += bytes; }

  /// Starts a read unless one is pending or the stream has ended. Moves nothing: views into data()
  /// stay valid.
  void arm();
  [[nodiscard]] bool pending() const { return pending_; }
  /// Makes room at the front, growing to `capacity` if asked; only while no read is pending and no
  /// view is in use.
  void compact(std::size_t capacity = 0);
  /// Takes `bytes` out of the data at `offset`; what follows moves up, what stands before stays in
  /// place. Only while no read is pending.
  void drop(std::size_t offset, std::size_t bytes);
  /// Who waits in more() goes on without new data; the read stays pending.
  void interrupt() {
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }
  [[nodiscard]] IoError error() const { return error_; }
  [[nodiscard]] bool ended() const { return error_ != IoError::kNone; }
  /// Called when a read completes and nobody waits for it.
  std::function<void()> on_event;

  /// `co_await stream.more()`: true when data() has grown, false when the stream has ended.
  struct More {
    BufferedStream& stream;
    std::size_t before;
    [[nodiscard]] bool await_ready() const {
      return stream.ended() || stream.end_ - stream.begin_ > before;
    }
    bool await_suspend(std::coroutine_handle<> waiter);
    [[nodiscard]] bool await_resume() const { return stream.end_ - stream.begin_ > before; }
  };
  More more() { return More{*this, end_ - begin_}; }

  ByteStream& bytes() { return *stream_; }
  void close(bool reset);

 private:
  BufferedStream(std::unique_ptr<ByteStream> stream, std::size_t capacity);
  ~BufferedStream() { std::free(buffer_); }
  void dispose();
  void done(IoError error, std::size_t bytes) override;

  // Kept free behind the data, so that a read can be pending while a whole message is in use, and
  // so that a SIMD reader may look past the end.
  static constexpr std::size_t kReserve = 256;

  std::unique_ptr<ByteStream> stream_;
  char* buffer_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool pending_ = false;
  bool disposed_ = false;
  IoError error_ = IoError::kNone;
  std::coroutine_handle<> waiter_;
};

/// Writes all pieces; `co_await` gives false when the stream failed. The kernel is tried first, so
/// that in the common case nothing suspends. `on_progress` is called when a part went out: it moves
/// the caller's deadline.
class WriteAll final : private IoOperation {
 public:
  WriteAll(ByteStream& stream, std::span<iovec> pieces) : stream_(stream), pieces_(pieces) {}
  void on_progress(std::function<void()>* callback) { on_progress_ = callback; }
  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiter);
  [[nodiscard]] bool await_resume() const { return !failed_; }

 private:
  void done(IoError error, std::size_t bytes) override;
  bool advance(std::size_t bytes);  // true: nothing is left

  ByteStream& stream_;
  std::span<iovec> pieces_;
  std::function<void()>* on_progress_ = nullptr;
  std::coroutine_handle<> waiter_;
  bool failed_ = false;
};

}  // namespace pontage::transport
