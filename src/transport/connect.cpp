// Name resolution and connecting, address by address, with one deadline over all of it.
#include <boost/asio/ip/tcp.hpp>

#include "transport/plain_stream.hpp"
#include "transport/tls_stream.hpp"
#include "transport/upstream_pool.hpp"

namespace pontage::transport {
namespace {

using boost::system::error_code;

// One asynchronous step with an error code, awaited by the job's coroutine.
struct Step {
  error_code result;
  bool finished = false;
  std::coroutine_handle<> waiter;
  void complete(const error_code& problem) {
    result = problem;
    finished = true;
    if (waiter) std::exchange(waiter, nullptr).resume();
  }
  [[nodiscard]] bool await_ready() const { return finished; }
  void await_suspend(std::coroutine_handle<> parent) { waiter = parent; }
  [[nodiscard]] error_code await_resume() const { return result; }
};

struct HandshakeStep final : IoOperation, Step {
  void done(IoError error, std::size_t) override {
    complete(error == IoError::kNone ? error_code() : error_code(asio::error::connection_aborted));
  }
};

Failure failure_of(const error_code& problem) {
  if (problem == asio::error::connection_refused) return Failure::kRefused;
  if (problem == asio::error::connection_reset) return Failure::kReset;
  return Failure::kUnreachable;
}

}  // namespace

void ConnectJob::abort(Failure reason) {
  if (aborted) return;
  aborted = true;
  failure = reason;
  if (abort_current) abort_current();
}

Task<bool> ConnectJob::resolve(std::vector<asio::ip::tcp::endpoint>& out) {
  error_code problem;
  const auto literal = asio::ip::make_address(endpoint.host, problem);
  if (!problem) {
    out = {asio::ip::tcp::endpoint(literal, endpoint.port)};
    co_return true;
  }
  const std::string key = endpoint.host + ":" + std::to_string(endpoint.port);
  const auto now = std::chrono::steady_clock::now();
  const auto cached = pools.dns.find(key);
  if (cached != pools.dns.end() && cached->second.until > now) {
    out = cached->second.endpoints;
    co_return true;
  }
  // The resolver's helper thread cannot be interrupted; an aborted job leaves the answer to the
  // shared state.
  struct Shared {
    Step step;
    std::vector<asio::ip::tcp::endpoint> endpoints;
  };
  auto shared = std::make_shared<Shared>();
  pools.resolver.async_resolve(
      endpoint.host, std::to_string(endpoint.port),
      [shared](const error_code& result, const TcpResolver::results_type& results) {
        if (shared->step.finished) return;
        for (const auto& entry : results) shared->endpoints.push_back(entry.endpoint());
        shared->step.complete(result);
      });
  // From the loop, never from inside abort(): what it wakes may free the call that is being
  // aborted.
  abort_current = [this, shared] {
    pools.worker.post([shared] {
      if (!shared->step.finished) shared->step.complete(asio::error::operation_aborted);
    });
  };
  Timer timer([&] { abort_current(); });
  timer.arm(pools.worker.timers(), deadline);
  const error_code result = co_await shared->step;
  const bool too_late = !timer.armed();
  timer.disarm();
  abort_current = nullptr;
  if (aborted) co_return false;
  if (result || shared->endpoints.empty()) {
    if (cached != pools.dns.end()) {  // an old answer beats none while the resolver is away
      out = cached->second.endpoints;
      co_return true;
    }
    failure = too_late ? Failure::kDeadline : Failure::kDns;
    problem_ = "the name " + endpoint.host +
               " does not resolve: " + (too_late ? "no answer in time" : result.message());
    co_return false;
  }
  out = shared->endpoints;
  pools.dns[key] = {out, std::chrono::steady_clock::now() + defaults::kDnsTtl};
  co_return true;
}

Task<std::unique_ptr<ByteStream>> ConnectJob::connect_one(const asio::ip::tcp::endpoint& address,
                                                          SteadyTime limit) {
  TcpSocket socket(pools.worker.loop().io.get_executor());
  bool too_late = false;
  {
    Step step;
    Timer timer([&] {
      too_late = true;
      error_code ignored;
      socket.close(ignored);
    });
    timer.arm(pools.worker.timers(), limit);
    abort_current = [&socket] {
      error_code ignored;
      socket.close(ignored);
    };
    socket.async_connect(address, [&step](const error_code& result) { step.complete(result); });
    const error_code result = co_await step;
    abort_current = nullptr;
    if (aborted) co_return nullptr;
    if (result) {
      failure = too_late ? Failure::kDeadline : failure_of(result);
      problem_ = address.address().to_string() + ":" + std::to_string(address.port()) + ": " +
                 (too_late ? "no answer to the connection attempt in time" : result.message());
      co_return nullptr;
    }
  }
  if (!endpoint.tls) co_return make_plain_stream(std::move(socket));
  auto stream = make_tls_stream(std::move(socket), endpoint.tls, false, endpoint.host);
  HandshakeStep step;
  Timer timer([&] {
    too_late = true;
    stream->close(true);
  });
  timer.arm(pools.worker.timers(), deadline);
  abort_current = [&stream] { stream->close(true); };
  stream->start_handshake(step);
  const error_code result = co_await static_cast<Step&>(step);
  abort_current = nullptr;
  if (aborted) co_return nullptr;
  if (result) {
    failure = too_late ? Failure::kDeadline : Failure::kTls;
    problem_ = "TLS with " + endpoint.host + ": " +
               (too_late ? "no handshake in time" : stream->handshake_problem());
    co_return nullptr;
  }
  co_return stream;
}

Task<std::unique_ptr<ByteStream>> ConnectJob::run() {
  std::vector<asio::ip::tcp::endpoint> addresses;
  if (!co_await resolve(addresses)) co_return nullptr;
  for (std::size_t i = 0; i < addresses.size() && !aborted; ++i) {
    // All but the last address get a share of the time, so that a dead one does not eat it all.
    const auto now = std::chrono::steady_clock::now();
    const bool last = i + 1 == addresses.size();
    const auto share =
        last || deadline == SteadyTime::max() ? deadline : now + (deadline - now) / 3;
    auto stream = co_await connect_one(addresses[i], share);
    if (stream) {
      failure = Failure::kNone;
      co_return stream;
    }
  }
  co_return nullptr;
}

}  // namespace pontage::transport
