// Idle upstream connections of one worker, last in first out, and its DNS cache. Included by
// transport only.
#pragma once

#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/spares.hpp"
#include "transport/buffered_stream.hpp"
#include "transport/upstream.hpp"
#include "transport/worker_loop.hpp"

namespace pontage::transport {

struct IdleConnection {
  BufferedStream::Ptr stream;
  SteadyTime since;
};

struct UpstreamPools::Impl {
  explicit Impl(Worker& owner);

  struct Resolved {
    std::vector<asio::ip::tcp::endpoint> endpoints;
    SteadyTime until{};
  };

  /// The most recently used idle connection that is still open; null when there is none.
  BufferedStream::Ptr take(const Endpoint& endpoint);
  void give(const Endpoint& endpoint, BufferedStream::Ptr stream);
  void sweep();

  Worker& worker;
  TcpResolver resolver;
  std::map<std::string, Resolved, std::less<>> dns;
  std::unordered_map<std::string, std::vector<IdleConnection>> idle;
  Timer sweeper;
  Spares<ResponseHead> heads;
};

/// Connects to the endpoint's addresses in turn (DNS through the cache). `cancelled` and the
/// deadline are the caller's: both close whatever is open through `abort`.
struct ConnectJob {
  UpstreamPools::Impl& pools;
  const Endpoint& endpoint;
  SteadyTime deadline;
  Failure failure = Failure::kNone;
  std::string problem_{};
  bool aborted = false;
  std::function<void()> abort_current{};

  Task<std::unique_ptr<ByteStream>> run();
  void abort(Failure reason);

 private:
  Task<bool> resolve(std::vector<asio::ip::tcp::endpoint>& out);
  Task<std::unique_ptr<ByteStream>> connect_one(const asio::ip::tcp::endpoint& address,
                                                SteadyTime limit);
};

}  // namespace pontage::transport
