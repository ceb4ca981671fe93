#include "simulate/raw_server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <future>

namespace pontage::simulate {
namespace {

// Keys of epoll entries that are no connection; connections count from 1 and stay far below.
constexpr std::uint64_t kListenerKey = ~0ULL;
constexpr std::uint64_t kTimerKey = ~0ULL - 1;
constexpr std::uint64_t kWakeKey = ~0ULL - 2;

bool watch(int epoll, int operation, int fd, std::uint64_t key, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  return ::epoll_ctl(epoll, operation, fd, &event) == 0;
}

void take_count(int fd) {
  std::uint64_t count = 0;
  // An event or timer descriptor gives its count, or EAGAIN when it was taken already; both are
  // fine.
  [[maybe_unused]] const ssize_t got = ::read(fd, &count, sizeof count);
}

}  // namespace

RawServer::RawServer(Settings settings) : settings_(std::move(settings)) {}

std::expected<std::unique_ptr<RawServer>, std::string> RawServer::create(Settings settings) {
  std::unique_ptr<RawServer> server(new RawServer(std::move(settings)));
  if (const auto ready = server->prepare(); !ready) return std::unexpected(ready.error());
  return server;
}

void RawServer::run() {
  thread_ = std::thread([this] { loop(); });
}

RawServer::~RawServer() {
  stop();
}

std::expected<void, std::string> RawServer::prepare() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  wake_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!epoll_ || !timer_ || !wake_) return std::unexpected(last_error("epoll, timerfd or eventfd"));
  watch(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), kTimerKey, EPOLLIN);
  watch(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), kWakeKey, EPOLLIN);
  port_ = settings_.port;
  return listen_now();
}

std::expected<void, std::string> RawServer::listen_now() {
  auto listener = listen_on(settings_.host, port_);
  if (!listener) return std::unexpected(listener.error());
  listener_ = std::move(*listener);
  port_ = bound_port(listener_.get());
  watch(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), kListenerKey, EPOLLIN);
  return {};
}

void RawServer::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

std::expected<void, std::string> RawServer::set_listening(bool on) {
  if (!thread_.joinable()) return std::unexpected("the server is stopped");
  auto done = std::make_shared<std::promise<std::expected<void, std::string>>>();
  auto result = done->get_future();
  {
    const std::scoped_lock lock(posted_mutex_);
    posted_.push_back([this, on, done] {
      if (on == static_cast<bool>(listener_)) return done->set_value({});
      if (on) return done->set_value(listen_now());
      listener_.reset();
      done->set_value({});
    });
  }
  ::eventfd_write(wake_.get(), 1);
  return result.get();
}

void RawServer::wake(std::uint64_t connection) {
  ready_.push_back(connection);
}

void RawServer::on_wake_up() {
  take_count(wake_.get());
  std::vector<std::function<void()>> tasks;
  {
    const std::scoped_lock lock(posted_mutex_);
    tasks.swap(posted_);
  }
  for (const auto& task : tasks) task();
}

void RawServer::loop() {
  std::array<epoll_event, 256> events{};
  while (!stopping_.load()) {
    const int timeout = ready_.empty() ? -1 : 0;
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == kListenerKey) {
        accept_all();
      } else if (event.data.u64 == kTimerKey) {
        take_count(timer_.get());
        armed_ = {};
      } else if (event.data.u64 == kWakeKey) {
        on_wake_up();
      } else {
        on_connection(event.data.u64, event.events);
      }
    }
    std::vector<std::uint64_t> ready;
    ready.swap(ready_);
    for (const std::uint64_t id : ready) {
      const auto found = connections_.find(id);
      if (found != connections_.end()) settle(*found->second, found->second->go_on());
    }
    fire_timers(std::chrono::steady_clock::now());
    arm_timer();
  }
  listener_.reset();
  connections_.clear();
  open_.store(0);
}

void RawServer::accept_all() {
  while (listener_) {
    Descriptor fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno != EMFILE && errno != ENFILE) return;
      reserve_.reset();
      Descriptor refused(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      const bool any = static_cast<bool>(refused);
      refused.reset();
      reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!any) return;
      continue;
    }
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::uint64_t id = ++last_id_;
    auto connection =
        std::make_unique<Connection>(id, std::move(fd), settings_.plan, settings_.plan_bad);
    connection->watched_events = connection->wanted_events();
    watch(epoll_.get(), EPOLL_CTL_ADD, connection->fd(), id, connection->watched_events);
    accepted_.fetch_add(1, std::memory_order_relaxed);
    open_.fetch_add(1, std::memory_order_relaxed);
    connections_.emplace(id, std::move(connection));
  }
}

void RawServer::on_connection(std::uint64_t id, std::uint32_t events) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = *found->second;
  Connection::Turn turn;
  const bool readable = (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if ((events & EPOLLOUT) != 0) turn = connection.on_writable();
  if (readable && turn.kind != Connection::Turn::Kind::kClose) {
    const Connection::Turn second = connection.on_readable();
    if (second.kind != Connection::Turn::Kind::kIdle) turn = second;
  }
  settle(connection, turn);
}

void RawServer::settle(Connection& connection, Connection::Turn turn) {
  using Kind = Connection::Turn::Kind;
  if (turn.kind == Kind::kClose) {
    open_.fetch_sub(1, std::memory_order_relaxed);
    connections_.erase(connection.id());
    return;
  }
  if (turn.kind == Kind::kTimer) timers_.add({turn.at, connection.id(), ++connection.generation});
  if (turn.kind == Kind::kAgain) ready_.push_back(connection.id());
  const std::uint32_t events = connection.wanted_events();
  if (events == connection.watched_events) return;
  connection.watched_events = events;
  watch(epoll_.get(), EPOLL_CTL_MOD, connection.fd(), connection.id(), events);
}

void RawServer::fire_timers(SteadyTime now) {
  while (const auto entry = timers_.pop_due(now)) {
    const auto found = connections_.find(entry->connection);
    if (found == connections_.end() || found->second->generation != entry->generation) continue;
    settle(*found->second, found->second->on_timer());
  }
}

void RawServer::arm_timer() {
  const auto earliest = timers_.earliest();
  if (!earliest || *earliest == armed_) return;
  armed_ = *earliest;
  const auto since =
      std::chrono::duration_cast<std::chrono::nanoseconds>(earliest->time_since_epoch()).count();
  itimerspec when{};
  when.it_value.tv_sec = since / 1'000'000'000;
  when.it_value.tv_nsec = since % 1'000'000'000;
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace pontage::simulate
