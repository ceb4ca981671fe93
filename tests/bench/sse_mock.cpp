// The streaming provider of the benchmark: answers every POST with OpenAI chat chunks, one each
// `--interval` microseconds (0: all at once), each carrying the moment it was written as
// `@nanoseconds@`. One thread, one epoll loop, a heap of deadlines; `--events` chunks of about 250
// bytes, then finish reason, usage and [DONE].
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net.hpp"

namespace pontage::bench {
namespace {

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kPrefix =
    R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-2024-08-06",)"
    R"("service_tier":"default","system_fingerprint":"fp_bench","choices":[{"index":0,"delta":{"content":")";
constexpr std::string_view kSuffix = "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";
constexpr std::string_view kLast =
    R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-2024-08-06",)"
    "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-2024-08-06",)"
    "\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":100,\"total_tokens\":"
    "200}}\n\n"
    "data: [DONE]\n\n";

struct Stream {
  std::string in;
  bool open = false;
  int left = 0;
  std::int64_t next = 0;
};

struct Deadline {
  std::int64_t when = 0;
  int fd = -1;
  bool operator>(const Deadline& other) const { return when > other.when; }
};

class Mock {
 public:
  Mock(int port, int events, std::int64_t interval_us)
      : events_(events), interval_ns_(interval_us * 1000), listener_(listen_on(port)) {
    watch(epoll_, listener_, EPOLLIN, static_cast<std::uint64_t>(listener_), EPOLL_CTL_ADD);
  }

  [[noreturn]] void run() {
    epoll_event events[256];
    for (;;) {
      const std::int64_t until =
          deadlines_.empty() ? now_ns() + 1'000'000'000 : deadlines_.top().when;
      const int count = wait_until(epoll_, events, 256, until);
      for (int at = 0; at < count; ++at) {
        const int fd = static_cast<int>(events[at].data.u64);
        if (fd == listener_)
          accept_all();
        else
          readable(fd);
      }
      send_due();
    }
  }

 private:
  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      no_delay(fd);
      streams_[fd] = {};
      watch(epoll_, fd, EPOLLIN, static_cast<std::uint64_t>(fd), EPOLL_CTL_ADD);
    }
  }

  void close_stream(int fd) {
    streams_.erase(fd);
    close(fd);
  }

  void readable(int fd) {
    char buffer[65536];
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return close_stream(fd);
    Stream& stream = streams_[fd];
    stream.in.append(buffer, static_cast<std::size_t>(count));
    if (stream.open || !whole(stream.in)) return;
    stream.in.clear();
    stream.open = true;
    stream.left = events_;
    stream.next = now_ns();
    if (send(fd, kHead)) deadlines_.push({stream.next, fd});
  }

  // A head and as many bytes as its Content-Length says.
  static bool whole(const std::string& in) {
    const std::size_t head_end = in.find("\r\n\r\n");
    if (head_end == std::string::npos) return false;
    std::size_t length = 0;
    for (std::size_t at = in.find("\r\n"); at < head_end; at = in.find("\r\n", at + 2)) {
      if (strncasecmp(in.c_str() + at + 2, "content-length:", 15) == 0) {
        length = std::strtoul(in.c_str() + at + 17, nullptr, 10);
      }
    }
    return in.size() >= head_end + 4 + length;
  }

  // A reader that takes nothing more is given up: the benchmark's readers always take.
  bool send(int fd, std::string_view bytes) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count == static_cast<ssize_t>(bytes.size())) return true;
    close_stream(fd);
    return false;
  }

  static void append_chunk(std::string& out, std::string_view data) {
    char size[24];
    out.append(size,
               static_cast<std::size_t>(std::snprintf(size, sizeof size, "%zx\r\n", data.size())));
    out.append(data).append("\r\n");
  }

  void append_event(std::string& out) {
    event_.assign(kPrefix)
        .append("@")
        .append(std::to_string(now_ns()))
        .append("@ bridge")
        .append(kSuffix);
    append_chunk(out, event_);
  }

  void send_due() {
    while (!deadlines_.empty() && deadlines_.top().when <= now_ns()) {
      const int fd = deadlines_.top().fd;
      deadlines_.pop();
      const auto found = streams_.find(fd);
      if (found != streams_.end() && found->second.open) step(fd, found->second);
    }
  }

  void step(int fd, Stream& stream) {
    out_.clear();
    do {
      append_event(out_);
      --stream.left;
    } while (interval_ns_ == 0 && stream.left > 0);
    const bool last = stream.left == 0;
    if (last) {
      append_chunk(out_, kLast);
      out_.append("0\r\n\r\n");
      stream.open = false;
    } else {
      stream.next += interval_ns_;
    }
    const std::int64_t next = stream.next;
    if (send(fd, out_) && !last) deadlines_.push({next, fd});
  }

  int events_;
  std::int64_t interval_ns_;
  int listener_;
  int epoll_ = epoll_create1(0);
  std::unordered_map<int, Stream> streams_;
  std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>> deadlines_;
  std::string event_;
  std::string out_;
};

}  // namespace
}  // namespace pontage::bench

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: bench_sse_mock PORT EVENTS INTERVAL_MICROSECONDS\n", stderr);
    return 2;
  }
  pontage::bench::Mock mock(std::atoi(arguments[1]), std::atoi(arguments[2]),
                            std::atoll(arguments[3]));
  mock.run();
}
