#include "transport/listener.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <unordered_set>
#include <utility>

#include "http/url.hpp"
#include "transport/connection.hpp"
#include "transport/plain_stream.hpp"
#include "transport/tls_stream.hpp"

namespace pontage::transport {
namespace {

using boost::system::error_code;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

std::expected<asio::ip::tcp::endpoint, std::string> endpoint_of(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::unexpected("\"" + address + "\" is not HOST:PORT");
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  if (host.empty() || host == "*") host = "0.0.0.0";
  error_code problem;
  const auto ip = asio::ip::make_address(host, problem);
  if (problem)
    return std::unexpected("\"" + host +
                           "\" is not an IP address; listen on one, such as 127.0.0.1");
  char* end = nullptr;
  const long port = std::strtol(address.c_str() + colon + 1, &end, 10);
  if (*end != 0 || end == address.c_str() + colon + 1 || port < 0 || port > 65535) {
    return std::unexpected("\"" + address.substr(colon + 1) + "\" is not a port");
  }
  return asio::ip::tcp::endpoint(ip, static_cast<std::uint16_t>(port));
}

std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

std::string bind_problem(const std::string& address, const error_code& problem) {
  std::string text = "cannot listen on " + address + ": " + problem.message();
  if (problem == asio::error::address_in_use) {
    text +=
        "; another process has it: stop that one, or choose another port with --listen, "
        "PONTAGE_LISTEN or "
        "server.listen";
  }
  return text;
}

// Waits for one operation of a stream.
struct Once final : IoOperation {
  IoError error = IoError::kNone;
  bool finished = false;
  std::coroutine_handle<> waiter;
  void done(IoError result, std::size_t) override {
    error = result;
    finished = true;
    if (waiter) waiter.resume();
  }
  [[nodiscard]] bool await_ready() const { return finished; }
  void await_suspend(std::coroutine_handle<> parent) { waiter = parent; }
  [[nodiscard]] IoError await_resume() const { return error; }
};

class ListenerImpl final : public Listener {
 public:
  ListenerImpl(Worker& worker, ListenerOptions options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        host_{worker, options_, handler_},
        acceptor_(worker.loop().io.get_executor()),
        pause_([this] { accept(); }) {}

  std::string start(const asio::ip::tcp::endpoint& endpoint) {
    error_code problem;
    acceptor_.open(endpoint.protocol(), problem);
    if (!problem) acceptor_.set_option(asio::socket_base::reuse_address(true), problem);
    if (!problem) acceptor_.set_option(ReusePort(true), problem);
    if (!problem) acceptor_.bind(endpoint, problem);
    if (!problem) acceptor_.listen(asio::socket_base::max_listen_connections, problem);
    if (problem) return bind_problem(options_.address, problem);
    bound_ = text_of(acceptor_.local_endpoint(problem));
    accept();
    return {};
  }

  [[nodiscard]] std::string address() const override { return bound_; }
  [[nodiscard]] std::size_t connections() const override {
    return open_.size() + shaking_hands_.size();
  }

  std::size_t take_most_connections() override { return std::exchange(most_, connections()); }

  void drain() override {
    host_.draining = true;
    accept_waiting();
    error_code ignored;
    acceptor_.close(ignored);
    pause_.disarm();
    // One turn later, when the reads that have completed already are told: a request that has
    // arrived is no idle connection.
    host_.worker.post([this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) close_idle();
    });
  }

  void abort_all() override {
    for (TlsByteStream* stream : shaking_hands_) stream->close(true);
    const auto snapshot = open_;
    for (Connection* connection : snapshot) connection->close_now();
  }

 private:
  void accept() {
    if (host_.draining || accepting_) return;
    if (connections() >= static_cast<std::size_t>(options_.limits.connections))
      return;  // the backlog pushes back
    accepting_ = true;
    acceptor_.async_accept(peer_, [this](error_code problem, TcpSocket socket) {
      accepting_ = false;
      if (problem == asio::error::operation_aborted) return;
      if (problem) {  // out of descriptors, most likely: try again when some have been closed
        if (!host_.draining)
          pause_.arm(host_.worker.timers(), std::chrono::steady_clock::now() + Millis(100));
        return;
      }
      host_.worker.spawn(serve(std::move(socket), text_of(peer_)));
      accept();
    });
  }

  void close_idle() {
    for (TlsByteStream* stream : shaking_hands_)
      stream->close(false);  // nothing has been asked yet
    const auto snapshot = open_;
    for (Connection* connection : snapshot) connection->close_if_idle();
  }

  // Connections that the kernel has taken in our name: closing the socket would reset them, and the
  // requests that they may have sent already.
  void accept_waiting() {
    error_code problem;
    acceptor_.non_blocking(true, problem);
    while (!problem && connections() < static_cast<std::size_t>(options_.limits.connections)) {
      TcpSocket socket(host_.worker.loop().io.get_executor());
      asio::ip::tcp::endpoint peer;
      acceptor_.accept(socket, peer, problem);
      if (!problem) host_.worker.spawn(serve(std::move(socket), text_of(peer)));
    }
  }

  // Stands in a set while it lives, also when an exception ends it.
  template <class T>
  struct Registered {
    std::unordered_set<T*>& set;
    T* entry;
    Registered(std::unordered_set<T*>& in, T* which) : set(in), entry(which) { set.insert(entry); }
    ~Registered() { set.erase(entry); }
    Registered(const Registered&) = delete;
    Registered& operator=(const Registered&) = delete;
  };

  Task<void> serve(TcpSocket socket, std::string peer) {
    struct AcceptNext {
      ListenerImpl& listener;
      ~AcceptNext() { listener.accept(); }
    } next{*this};
    std::unique_ptr<ByteStream> stream;
    if (options_.tls) {
      auto tls = make_tls_stream(std::move(socket), options_.tls, true, {});
      const Registered<TlsByteStream> registered(shaking_hands_, tls.get());
      Once handshake;
      Timer limit([&tls] { tls->close(true); });
      limit.arm(host_.worker.timers(),
                std::chrono::steady_clock::now() + options_.limits.head_timeout);
      tls->start_handshake(handshake);
      if (co_await handshake != IoError::kNone) co_return;
      stream = std::move(tls);
    } else {
      stream = make_plain_stream(std::move(socket));
    }
    Connection connection(host_, std::move(stream), std::move(peer));
    const Registered<Connection> registered(open_, &connection);
    most_ = std::max(most_, connections());
    if (host_.draining) connection.close_if_idle();
    co_await connection.run();
  }

  ListenerOptions options_;
  Handler handler_;
  ConnectionHost host_;
  TcpAcceptor acceptor_;
  asio::ip::tcp::endpoint peer_;
  Timer pause_;
  std::string bound_;
  bool accepting_ = false;
  std::size_t most_ = 0;
  std::unordered_set<Connection*> open_;
  std::unordered_set<TlsByteStream*> shaking_hands_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace

std::expected<std::unique_ptr<Listener>, std::string> Listener::open(Worker& worker,
                                                                     const ListenerOptions& options,
                                                                     Handler handler) {
  const auto endpoint = endpoint_of(options.address);
  if (!endpoint) return std::unexpected("listen address: " + endpoint.error());
  auto listener = std::make_unique<ListenerImpl>(worker, options, std::move(handler));
  if (auto problem = listener->start(*endpoint); !problem.empty())
    return std::unexpected(std::move(problem));
  return listener;
}

std::string probe_address(const std::string& address) {
  const auto endpoint = endpoint_of(address);
  if (!endpoint) return "listen address: " + endpoint.error();
  if (endpoint->port() == 0) return {};
  asio::io_context io;
  asio::ip::tcp::acceptor probe(io);
  error_code problem;
  probe.open(endpoint->protocol(), problem);
  if (!problem) probe.set_option(asio::socket_base::reuse_address(true), problem);
  if (!problem) probe.bind(*endpoint, problem);
  return problem ? bind_problem(address, problem) : std::string();
}

}  // namespace pontage::transport
