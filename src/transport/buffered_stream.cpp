#include "transport/buffered_stream.hpp"

#include <cstring>
#include <new>
#include <utility>

namespace pontage::transport {

BufferedStream::BufferedStream(std::unique_ptr<ByteStream> stream, std::size_t capacity)
    : stream_(std::move(stream)),
      buffer_(static_cast<char*>(std::malloc(capacity))),
      capacity_(capacity) {
  if (buffer_ == nullptr) throw std::bad_alloc();
}

void BufferedStream::arm() {
  if (pending_ || ended()) return;
  if (begin_ == end_) begin_ = end_ = 0;
  // While a message is in use only the reserve may be left; then that is what the read gets.
  const std::size_t room = capacity_ - end_;
  const std::size_t size = room > kReserve ? room - kReserve : room / 2;
  if (size == 0) return;
  pending_ = true;
  stream_->start_read(buffer_ + end_, size, *this);
}

void BufferedStream::compact(std::size_t capacity) {
  if (begin_ > 0) {
    std::memmove(buffer_, buffer_ + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (capacity > capacity_) {
    auto* grown = static_cast<char*>(std::realloc(buffer_, capacity));
    if (grown == nullptr) throw std::bad_alloc();
    buffer_ = grown;
    capacity_ = capacity;
  }
}

void BufferedStream::drop(std::size_t offset, std::size_t bytes) {
  char* hole = buffer_ + begin_ + offset;
  std::memmove(hole, hole + bytes, end_ - begin_ - offset - bytes);
  end_ -= bytes;
}

bool BufferedStream::More::await_suspend(std::coroutine_handle<> waiter) {
  if (!stream.pending_) {
    if (stream.capacity_ - stream.end_ <= kReserve) stream.compact();
    stream.arm();
    if (!stream.pending_) {  // full: the caller did not check its limit
      stream.error_ = IoError::kOther;
      return false;
    }
  }
  stream.waiter_ = waiter;
  return true;
}

void BufferedStream::done(IoError error, std::size_t bytes) {
  pending_ = false;
  end_ += bytes;
  if (error != IoError::kNone && error_ == IoError::kNone) error_ = error;
  if (waiter_) {
    std::exchange(waiter_, nullptr).resume();
    return;
  }
  if (disposed_) {
    delete this;
    return;
  }
  if (on_event) on_event();
}

void BufferedStream::close(bool reset) {
  if (error_ == IoError::kNone) error_ = IoError::kAborted;
  if (stream_->is_open()) stream_->close(reset);
}

void BufferedStream::dispose() {
  on_event = nullptr;
  close(false);
  disposed_ = true;
  if (!pending_) delete this;
}

bool WriteAll::advance(std::size_t bytes) {
  while (!pieces_.empty() && bytes >= pieces_.front().iov_len) {
    bytes -= pieces_.front().iov_len;
    pieces_ = pieces_.subspan(1);
  }
  if (pieces_.empty()) return true;
  pieces_.front().iov_base = static_cast<char*>(pieces_.front().iov_base) + bytes;
  pieces_.front().iov_len -= bytes;
  return false;
}

bool WriteAll::await_ready() {
  if (advance(0)) return true;
  if (!stream_.is_open()) {
    failed_ = true;
    return true;
  }
  constexpr std::size_t kMaxPieces = 64;
  const auto count = static_cast<int>(pieces_.size() < kMaxPieces ? pieces_.size() : kMaxPieces);
  const long sent = stream_.write_now(pieces_.data(), count);
  if (sent < 0) {
    failed_ = true;
    return true;
  }
  return sent > 0 && advance(static_cast<std::size_t>(sent));
}

void WriteAll::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  stream_.start_write(pieces_.data(), static_cast<int>(pieces_.size()), *this);
}

void WriteAll::done(IoError error, std::size_t bytes) {
  const bool finished = advance(bytes);
  if (error != IoError::kNone || finished || !stream_.is_open()) {
    failed_ = !finished;
    waiter_.resume();
    return;
  }
  if (on_progress_ != nullptr) (*on_progress_)();
  stream_.start_write(pieces_.data(), static_cast<int>(pieces_.size()), *this);
}

}  // namespace pontage::transport
