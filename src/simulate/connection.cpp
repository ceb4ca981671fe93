#include "simulate/connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace pontage::simulate {
namespace {

constexpr std::size_t kReadPiece = 64UL << 10;
constexpr std::size_t kReadTurn = 1UL << 20;    // read from one socket before others get their turn
constexpr std::size_t kPipelined = 1UL << 20;   // held of later requests while one is answered
constexpr std::size_t kCoalesced = 64UL << 10;  // one write carries at most so much
constexpr std::size_t kWriteTurn = 1UL << 20;  // written to one socket before others get their turn
constexpr Millis kDrainTime{5'000};            // after FIN, for the client to close as well
constexpr Millis kResetTime{5'000};  // for the client's kernel to take what was sent before RST
constexpr Micros kResetPoll{200};

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

bool ends(Do what) {
  return what == Do::kFin || what == Do::kReset || what == Do::kNext;
}

}  // namespace

Connection::Connection(std::uint64_t id, Descriptor fd, const Plan& plan, const PlanBad& plan_bad)
    : id_(id), fd_(std::move(fd)), plan_(plan), plan_bad_(plan_bad) {}

Connection::~Connection() {
  end_script(Ending::Kind::kStopped);
}

std::uint32_t Connection::wanted_events() const {
  std::uint32_t events = EPOLLRDHUP;
  if (state_ != State::kPlaying || in_.size() < kPipelined) events |= EPOLLIN;
  if (blocked_) events |= EPOLLOUT;
  return events;
}

void Connection::end_script(Ending::Kind kind) {
  if (!script_) return;
  script_->ended({kind, step_.what, now(), sent_});
  script_.reset();
}

Connection::Turn Connection::lost() {
  end_script(Ending::Kind::kClientClosed);
  return {Turn::Kind::kClose, {}};
}

// False: the peer reset the connection.
bool Connection::fill() {
  thread_local std::array<char, kReadPiece> piece;
  std::size_t total = 0;
  while (!end_of_input_ && total < kReadTurn) {
    const ssize_t got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) end_of_input_ = true;
    const auto size = static_cast<std::size_t>(got);
    if (state_ != State::kDraining) in_.append(piece.data(), size);
    if (size < piece.size()) return true;
    total += size;
    if (state_ == State::kPlaying && in_.size() >= kPipelined) return true;
  }
  return true;
}

Connection::Turn Connection::on_readable() {
  if (!fill()) return lost();
  if (state_ == State::kDraining) {
    if (end_of_input_) return {Turn::Kind::kClose, {}};
    return {Turn::Kind::kTimer, drain_until_};
  }
  Turn turn = state_ == State::kReading ? run() : Turn();
  if (!end_of_input_ || turn.kind == Turn::Kind::kClose) return turn;
  // A client that has closed its side has left: nobody is owed the rest of an answer. RST needs no
  // reader, though.
  if (script_ && step_.what == Do::kReset) return turn.kind == Turn::Kind::kIdle ? go_on() : turn;
  return lost();
}

Connection::Turn Connection::on_writable() {
  blocked_ = false;
  return run();
}

Connection::Turn Connection::on_timer() {
  if (state_ == State::kDraining) return {Turn::Kind::kClose, {}};
  if (state_ == State::kReading && !parser_.busy() && in_.empty() && idle_until_ != SteadyTime()) {
    return {Turn::Kind::kClose, {}};
  }
  return go_on();
}

Connection::Turn Connection::go_on() {
  if (state_ == State::kDraining) return {Turn::Kind::kTimer, drain_until_};
  if (step_.what == Do::kWait) step_.what = Do::kMore;
  return run();
}

Connection::Turn Connection::run() {
  Turn turn;
  while (state_ == State::kReading ? next_request(turn) : play(turn)) {
  }
  return turn;
}

// True: a request is whole and its script is there.
bool Connection::next_request(Turn& turn) {
  while (true) {
    switch (parser_.parse(in_)) {
      case RequestParser::State::kNeedMore:
        if (idle_until_ != SteadyTime() && !parser_.busy() && in_.empty()) {
          turn = {Turn::Kind::kTimer, idle_until_};
        }
        return false;
      case RequestParser::State::kContinue: {
        constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        if (::send(fd_.get(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL) < 0) {
          turn = lost();
          return false;
        }
        continue;
      }
      case RequestParser::State::kReady: {
        WireRequest request = parser_.take();
        request.connection = id_;
        request.on_connection = ++requests_;
        request.received = now();
        script_ = plan_(std::move(request));
        break;
      }
      case RequestParser::State::kBad:
        script_ = plan_bad_(parser_.bad_status());
        break;
    }
    idle_until_ = {};
    state_ = State::kPlaying;
    step_ = {};
    sent_ = 0;
    return true;
  }
}

Connection::Sent Connection::flush() {
  while (out_at_ < out_.size()) {
    const ssize_t put =
        ::send(fd_.get(), out_.data() + out_at_, out_.size() - out_at_, MSG_NOSIGNAL);
    if (put < 0) {
      if (errno == EINTR) continue;
      blocked_ = errno == EAGAIN;
      return blocked_ ? Sent::kBlocked : Sent::kGone;
    }
    out_at_ += static_cast<std::size_t>(put);
    sent_ += static_cast<std::uint64_t>(put);
  }
  out_.clear();
  out_at_ = 0;
  if (out_.capacity() > 4 * kCoalesced) out_.shrink_to_fit();
  return Sent::kAll;
}

// True: the connection is ready for its next request.
bool Connection::play(Turn& turn) {
  const std::uint64_t turn_end = sent_ + kWriteTurn;
  while (true) {
    const bool hold = step_.what == Do::kMore && out_at_ == 0 && out_.size() < kCoalesced;
    const Sent sent = hold ? Sent::kAll : flush();
    if (sent == Sent::kBlocked) return false;
    if (sent == Sent::kGone) {
      turn = lost();
      return false;
    }
    if (step_.what == Do::kWait && step_.until <= now()) step_.what = Do::kMore;
    if (step_.what != Do::kMore && step_.what != Do::kFlush) return perform(turn);
    if (sent_ >= turn_end) {
      turn.kind = Turn::Kind::kAgain;
      return false;
    }
    step_ = script_->next(out_, now());
  }
}

// Everything is with the kernel; carries out a step that is not about bytes.
bool Connection::perform(Turn& turn) {
  if (step_.what == Do::kReset && unacknowledged(fd_.get()) > 0) {
    // RST throws away what the peer's kernel has not got yet; the script promised those bytes.
    if (reset_until_ == SteadyTime()) reset_until_ = now() + kResetTime;
    if (now() < reset_until_) {
      turn = {Turn::Kind::kTimer, now() + kResetPoll};
      return false;
    }
  }
  const Step step = step_;
  if (ends(step.what)) end_script(Ending::Kind::kPlayed);
  switch (step.what) {
    case Do::kWait:
      turn = {Turn::Kind::kTimer, step.until};
      return false;
    case Do::kReset:
      reset_on_close(fd_.get());
      turn.kind = Turn::Kind::kClose;
      return false;
    case Do::kFin:
      // Closing with unread input would send RST, which may overtake the last bytes: half-close
      // first.
      ::shutdown(fd_.get(), SHUT_WR);
      state_ = State::kDraining;
      in_.clear();
      drain_until_ = now() + kDrainTime;
      turn = {end_of_input_ ? Turn::Kind::kClose : Turn::Kind::kTimer, drain_until_};
      return false;
    case Do::kNext:
      state_ = State::kReading;
      idle_until_ = step.until;
      step_ = {};
      return true;
    case Do::kStall:
    case Do::kMore:
    case Do::kFlush:
      break;
  }
  return false;
}

}  // namespace pontage::simulate
