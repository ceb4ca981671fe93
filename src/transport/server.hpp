// The HTTP/1.1 server: listeners, connections, requests in, responses out. A connection lives on
// one worker. The handler is a coroutine per request; nothing of Asio, Beast or TLS is visible
// here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/defaults.hpp"
#include "http/headers.hpp"
#include "pontage/core/error.hpp"
#include "pontage/core/task.hpp"

namespace pontage::transport {

struct ServerLimits {
  std::uint64_t body = defaults::kBodyLimit;
  std::uint64_t head = defaults::kHeadLimit;
  int header_count = defaults::kHeaderCountLimit;
  int connections = defaults::kConnectionLimit;  ///< per listener
  Millis head_timeout = defaults::kHeadTimeout;  ///< first byte of a request to the end of its head
  Millis body_timeout = defaults::kBodyTimeout;  ///< between two pieces of a body
  Millis receive_timeout =
      defaults::kReceiveTimeout;                 ///< first byte of a request to the end of its body
  Millis idle_timeout = defaults::kIdleTimeout;  ///< between requests
  Millis write_timeout =
      defaults::kWriteTimeout;  ///< a client that takes nothing for so long is cut
};

/// A parsed request head. Views point into the connection's buffer and stay valid until the handler
/// returns.
struct RequestHead {
  std::string_view method;
  std::string_view target;  ///< as sent; `path` and `query` are parts of it
  std::string_view path;
  std::string_view query;
  std::vector<http::HeaderView> headers;  ///< in order, names as sent; look up with http::find
  int minor_version = 1;                  ///< HTTP/1.x
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool has_body = false;
  bool keep_alive = true;
};

/// One request and its response. Owned by the connection; the handler borrows it until it returns.
class ServerExchange {
 public:
  virtual ~ServerExchange() = default;

  [[nodiscard]] virtual const RequestHead& head() const = 0;
  [[nodiscard]] virtual std::string_view peer() const = 0;  ///< "127.0.0.1:5123"
  [[nodiscard]] virtual SteadyTime started() const = 0;     ///< first byte of the request

  /// The whole body (content coding not removed), at least 64 readable bytes behind it. Sends `100
  /// Continue` when asked for. Errors: request_too_large, request_timeout, bad_request (framing),
  /// client_closed_request. The view stays valid until the handler returns.
  virtual Task<Result<std::string_view>> read_body(std::uint64_t limit) = 0;

  /// The next piece of the body instead of all of it, for bodies that are passed on while they
  /// come; empty at its end. The piece stays valid until the next call. Not to be mixed with
  /// read_body(). Errors as there, but for the limit.
  virtual Task<Result<std::string_view>> read_piece() = 0;

  /// A complete response with Content-Length; to HEAD the body is not sent. `headers` are whole
  /// lines ending in CRLF
  /// (`Date`, `Content-Length`, `Connection` and framing are added). False: the client is gone.
  virtual Task<bool> respond(int status, std::string_view headers, std::string_view body) = 0;
  /// A response of unknown length: chunked to HTTP/1.1, ended by close to HTTP/1.0. The head goes
  /// out with the first write.
  virtual void begin_stream(int status, std::string_view headers) = 0;
  /// A response of known length that is written in pieces, as a stream is.
  virtual void begin_sized(int status, std::string_view headers, std::uint64_t length) = 0;
  /// Returns when the bytes are handed to the kernel (back-pressure). An empty piece flushes the
  /// head. False: gone.
  virtual Task<bool> write(std::string_view piece) = 0;
  virtual Task<bool> write_last(std::string_view piece) = 0;  ///< the same, and ends the stream
  /// Ends the connection without ending the stream properly, so that no client takes a cut answer
  /// for a whole one.
  virtual void abort() = 0;
  [[nodiscard]] virtual bool head_sent() const = 0;

  [[nodiscard]] virtual bool client_gone() const = 0;
  /// Called once, on the worker, when the client closes while the handler runs; nullptr clears it.
  virtual void on_client_gone(std::function<void()> callback) = 0;
};

using Handler = std::function<Task<void>(ServerExchange&)>;

}  // namespace pontage::transport
