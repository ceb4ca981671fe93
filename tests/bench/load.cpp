// The load generator: one thread, keep-alive connections, one request over and over. With a rate
// the requests have a timetable and latency counts from the moment a request was due, so a stalled
// server cannot hide what it delayed (no coordinated omission). Without one, each connection sends
// its next request when it has its answer. A connection that the server closes between two requests
// is opened anew and counted; one that it closes under a request ends the run with the leg's name.
// `--sse` reads streams of the mock, whose events carry the moment they were written. Prints one
// JSON object.
#include <algorithm>
#include <csignal>
#include <deque>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "net.hpp"

namespace pontage::bench {
namespace {

struct Options {
  int port = 0;
  int connections = 1;
  double rate = 0;  // requests a second; 0: as fast as the answers come
  double seconds = 6;
  bool sse = false;
  bool hold = false;  // SSE: open the streams, say so, and keep them until standard input ends
  std::string path = "/v1/chat/completions";
  std::string body;
  std::string headers;
  std::string name = "unnamed";  // of the leg, for messages
};

struct Connection {
  int fd = -1;
  bool busy = false;
  std::int64_t due = 0;  // when this request was to be sent
  std::size_t sent = 0;
  std::string in;
  std::size_t expected = 0;  // of `in`, once the head is there
  bool first_event = false;
  bool last = false;  // the answer said `Connection: close`
  std::string mark;   // the piece of `@nanoseconds@` that has arrived
};

class Load {
 public:
  explicit Load(Options options);
  void run();
  void print() const;

 private:
  void start(std::size_t index, std::int64_t due);
  void flush(std::size_t index);
  void readable(std::size_t index);
  void open(std::size_t index);
  void closed(std::size_t index, bool reset);
  void finish(std::size_t index);
  void read_json(Connection& connection, std::size_t index);
  void read_events(Connection& connection, std::string_view piece, std::size_t index);
  void give_out_work();
  void hold_streams();

  Options options_;
  std::string request_;
  int epoll_ = epoll_create1(0);
  std::vector<Connection> connections_;
  std::vector<std::size_t> idle_;
  std::deque<std::int64_t> overdue_;  // due, but no connection was free
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  std::int64_t next_due_ = 0;
  std::uint64_t scheduled_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t reconnects_ = 0;
  std::vector<std::int64_t> latencies_;     // of whole answers
  std::vector<std::int64_t> first_events_;  // from due to the first event
  std::vector<std::int64_t> event_delays_;  // from the mock's write to here
};

Load::Load(Options options) : options_(std::move(options)) {
  request_ = "POST " + options_.path +
             " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n" + options_.headers +
             "Content-Length: " + std::to_string(options_.body.size()) + "\r\n\r\n" + options_.body;
  connections_.resize(static_cast<std::size_t>(options_.connections));
  for (std::size_t index = 0; index < connections_.size(); ++index) {
    open(index);
    idle_.push_back(index);
  }
  latencies_.reserve(1 << 20);
}

void Load::open(std::size_t index) {
  connections_[index].fd = connect_to(options_.port);
  watch(epoll_, connections_[index].fd, EPOLLIN, index, EPOLL_CTL_ADD);
}

void Load::closed(std::size_t index, bool reset) {
  Connection& connection = connections_[index];
  if (connection.busy) {
    fail("leg " + options_.name + ": the server " + (reset ? "reset" : "closed") +
         " a connection with a request on it, after " + std::to_string(latencies_.size()) +
         " answers and " + std::to_string(reconnects_) + " reconnects; " +
         std::to_string(connection.sent) + " of " + std::to_string(request_.size()) +
         " bytes were written, and this of the answer had come: \"" + connection.in.substr(0, 400) +
         "\"");
  }
  close(connection.fd);
  ++reconnects_;
  open(index);
}

void Load::start(std::size_t index, std::int64_t due) {
  Connection& connection = connections_[index];
  connection.busy = true;
  connection.due = due;
  connection.sent = 0;
  connection.expected = 0;
  connection.first_event = false;
  connection.last = false;
  connection.in.clear();
  flush(index);
}

void Load::flush(std::size_t index) {
  Connection& connection = connections_[index];
  while (connection.sent < request_.size()) {
    const ssize_t count =
        write(connection.fd, request_.data() + connection.sent, request_.size() - connection.sent);
    if (count < 0 && errno == EAGAIN) {
      watch(epoll_, connection.fd, EPOLLIN | EPOLLOUT, index, EPOLL_CTL_MOD);
      return;
    }
    if (count <= 0) return closed(index, true);
    connection.sent += static_cast<std::size_t>(count);
  }
}

void Load::finish(std::size_t index) {
  Connection& connection = connections_[index];
  latencies_.push_back(now_ns() - connection.due);
  if (!connection.in.starts_with("HTTP/1.1 200")) ++errors_;
  connection.busy = false;
  idle_.push_back(index);
  if (connection.last) closed(index, false);  // as announced: there is nothing to wait for
}

void Load::read_json(Connection& connection, std::size_t index) {
  if (connection.expected == 0) {
    const std::size_t head_end = connection.in.find("\r\n\r\n");
    if (head_end == std::string::npos) return;
    std::string head = connection.in.substr(0, head_end);
    std::ranges::transform(head, head.begin(), [](unsigned char c) { return std::tolower(c); });
    const std::size_t length = head.find("content-length:");
    if (length == std::string::npos) fail("an answer without Content-Length: " + head);
    connection.last = head.find("\r\nconnection: close") != std::string::npos;
    connection.expected = head_end + 4 + std::strtoul(head.c_str() + length + 15, nullptr, 10);
  }
  if (connection.in.size() >= connection.expected) finish(index);
}

// Each event of the mock carries `@nanoseconds@`. Only the end of a stream is kept, to recognise
// its last chunk.
void Load::read_events(Connection& connection, std::string_view piece, std::size_t index) {
  const std::int64_t now = now_ns();
  for (const char c : piece) {
    if (c == '@' && !connection.mark.empty()) {
      event_delays_.push_back(now - std::strtoll(connection.mark.c_str() + 1, nullptr, 10));
      if (!connection.first_event) first_events_.push_back(now - connection.due);
      connection.first_event = true;
      connection.mark.clear();
    } else if (c == '@') {
      connection.mark = "@";
    } else if (!connection.mark.empty()) {
      if (c >= '0' && c <= '9')
        connection.mark += c;
      else
        connection.mark.clear();
    }
  }
  if (connection.in.ends_with("0\r\n\r\n") && connection.in.find("[DONE]") != std::string::npos) {
    finish(index);
  } else if (connection.in.size() > 4096) {
    connection.in.erase(12, connection.in.size() - 1024);  // the status and the last bytes
  }
}

void Load::readable(std::size_t index) {
  Connection& connection = connections_[index];
  char buffer[65536];
  const ssize_t count = read(connection.fd, buffer, sizeof buffer);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return closed(index, count < 0);
  const std::string_view piece(buffer, static_cast<std::size_t>(count));
  connection.in += piece;
  if (options_.sse)
    read_events(connection, piece, index);
  else
    read_json(connection, index);
}

void Load::give_out_work() {
  const std::int64_t now = now_ns();
  if (options_.rate <= 0) {
    while (!idle_.empty() && now < end_) {
      const std::size_t index = idle_.back();
      idle_.pop_back();
      start(index, now_ns());
    }
    return;
  }
  while (next_due_ <= now && next_due_ < end_) {
    overdue_.push_back(next_due_);
    ++scheduled_;
    next_due_ =
        begin_ + static_cast<std::int64_t>(static_cast<double>(scheduled_) * 1e9 / options_.rate);
  }
  while (!overdue_.empty() && !idle_.empty()) {
    const std::size_t index = idle_.back();
    idle_.pop_back();
    start(index, overdue_.front());
    overdue_.pop_front();
  }
}

void Load::run() {
  begin_ = next_due_ = now_ns();
  end_ = begin_ + static_cast<std::int64_t>(options_.seconds * 1e9);
  if (options_.hold) return hold_streams();
  const std::int64_t patience = end_ + 10'000'000'000LL;
  epoll_event events[256];
  for (;;) {
    give_out_work();
    const std::int64_t now = now_ns();
    if (now >= end_ && idle_.size() == connections_.size() && overdue_.empty()) break;
    if (now > patience) fail("requests were still open ten seconds after the end");
    const std::int64_t until = options_.rate > 0 && next_due_ < end_ ? next_due_ : now + 10'000'000;
    const int count = wait_until(epoll_, events, 256, until);
    for (int at = 0; at < count; ++at) {
      const std::size_t index = events[at].data.u64;
      if ((events[at].events & EPOLLOUT) != 0) {
        watch(epoll_, connections_[index].fd, EPOLLIN, index, EPOLL_CTL_MOD);
        flush(index);
      }
      if ((events[at].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) readable(index);
    }
  }
}

// Opens every stream, waits for the first event of each, and holds them while somebody looks at the
// memory.
void Load::hold_streams() {
  give_out_work();
  watch(epoll_, STDIN_FILENO, EPOLLIN | EPOLLHUP, connections_.size(), EPOLL_CTL_ADD);
  epoll_event events[256];
  bool told = false;
  for (;;) {
    const int count = wait_until(epoll_, events, 256, now_ns() + 100'000'000);
    for (int at = 0; at < count; ++at) {
      if (events[at].data.u64 == connections_.size()) return;
      readable(events[at].data.u64);
    }
    if (!told && first_events_.size() >= connections_.size()) {
      std::puts("open");
      std::fflush(stdout);
      told = true;
    }
  }
}

void print_figures(const char* name, std::vector<std::int64_t> values) {
  std::ranges::sort(values);
  const auto at = [&](double share) {
    if (values.empty()) return 0.0;
    const auto last = static_cast<double>(values.size() - 1);
    return static_cast<double>(values[static_cast<std::size_t>(share * last)]) / 1e3;
  };
  std::printf(R"(,"%s":{"count":%zu,"p50":%.1f,"p90":%.1f,"p99":%.1f,"p999":%.1f,"max":%.1f})",
              name, values.size(), at(0.5), at(0.9), at(0.99), at(0.999), at(1));
}

void Load::print() const {
  const double seconds = static_cast<double>(now_ns() - begin_) / 1e9;
  std::printf(R"({"requests":%zu,"errors":%llu,"reconnects":%llu,"seconds":%.3f)",
              latencies_.size(), static_cast<unsigned long long>(errors_),
              static_cast<unsigned long long>(reconnects_), seconds);
  print_figures("latency_us", latencies_);
  if (options_.sse) {
    print_figures("first_event_us", first_events_);
    print_figures("event_delay_us", event_delays_);
  }
  std::puts("}");
}

Options parse(int count, char** arguments) {
  Options options;
  for (int at = 1; at < count; ++at) {
    const std::string_view name = arguments[at];
    if (name == "--sse") {
      options.sse = true;
      continue;
    }
    if (name == "--hold") {
      options.sse = options.hold = true;
      continue;
    }
    if (at + 1 >= count) fail("no value for " + std::string(name));
    const char* value = arguments[++at];
    if (name == "--port")
      options.port = std::atoi(value);
    else if (name == "--connections")
      options.connections = std::atoi(value);
    else if (name == "--rate")
      options.rate = std::atof(value);
    else if (name == "--seconds")
      options.seconds = std::atof(value);
    else if (name == "--name")
      options.name = value;
    else if (name == "--path")
      options.path = value;
    else if (name == "--header")
      options.headers += std::string(value) + "\r\n";
    else if (name == "--body") {
      std::ifstream file(value, std::ios::binary);
      options.body.assign(std::istreambuf_iterator<char>(file), {});
    } else
      fail("unknown option " + std::string(name));
  }
  return options;
}

}  // namespace
}  // namespace pontage::bench

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  pontage::bench::Load load(pontage::bench::parse(count, arguments));
  load.run();
  load.print();
  return 0;
}
