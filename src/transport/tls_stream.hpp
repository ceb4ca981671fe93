// ByteStream over TLS. Included by the sources of transport only.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "transport/byte_stream.hpp"
#include "transport/tls.hpp"
#include "transport/worker_loop.hpp"

namespace pontage::transport {

struct TlsContext {
  explicit TlsContext(boost::asio::ssl::context::method method) : context(method) {}
  boost::asio::ssl::context context;
  bool verify = true;
};

/// A TLS stream whose handshake is still to do. `host` is sent as SNI and verified (clients); empty
/// for servers.
class TlsByteStream : public ByteStream {
 public:
  /// Completes `operation` with kNone (bytes 0) when the handshake is done.
  virtual void start_handshake(IoOperation& operation) = 0;
  [[nodiscard]] virtual std::string handshake_problem() const = 0;
};
std::unique_ptr<TlsByteStream> make_tls_stream(TcpSocket socket, const TlsSettings& settings,
                                               bool server, const std::string& host);

}  // namespace pontage::transport
