// A listening socket of one worker (SO_REUSEPORT: each worker has its own) and the connections it
// accepted.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "transport/server.hpp"
#include "transport/tls.hpp"
#include "transport/worker.hpp"

namespace pontage::transport {

struct ListenerOptions {
  std::string address;  ///< "127.0.0.1:8080", "[::]:8080", "0.0.0.0:0"
  ServerLimits limits;
  TlsSettings tls;  ///< null: plain
  /// The body of a gateway-made error for requests that never reach the handler, in the path's
  /// dialect.
  std::function<std::string(const Error&, std::string_view path)> error_body;
};

class Listener {
 public:
  /// Binds on the worker's own context; call before the worker runs, or on it. The text of an error
  /// says what to do.
  static std::expected<std::unique_ptr<Listener>, std::string> open(Worker& worker,
                                                                    const ListenerOptions& options,
                                                                    Handler handler);
  virtual ~Listener() = default;
  [[nodiscard]] virtual std::string address()
      const = 0;  ///< as bound, with the port the kernel chose
  [[nodiscard]] virtual std::size_t connections() const = 0;
  virtual std::size_t take_most_connections() = 0;  ///< at once, since it was last asked
  /// Worker's thread: stops accepting, closes idle connections, lets the others finish their
  /// request.
  virtual void drain() = 0;
  /// Worker's thread: closes everything at once.
  virtual void abort_all() = 0;
};

/// Fails when something else already listens there without SO_REUSEPORT's consent: a second daemon
/// must not take half the traffic. Empty: the address is free.
std::string probe_address(const std::string& address);

}  // namespace pontage::transport
