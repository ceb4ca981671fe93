#include "transport/tls_stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "transport/plain_stream.hpp"

namespace pontage::transport {
namespace ssl = boost::asio::ssl;
namespace {

class TlsStream final : public TlsByteStream {
 public:
  TlsStream(TcpSocket socket, const TlsSettings& settings, bool server, const std::string& host)
      : settings_(settings), stream_(std::move(socket), settings->context), server_(server) {
    if (server) return;
    boost::system::error_code ignored;
    boost::system::error_code no_address;
    asio::ip::make_address(host, no_address);
    // A name only: RFC 6066 §3 leaves literal addresses out of SNI.
    if (no_address) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    stream_.set_verify_mode(settings->verify ? ssl::verify_peer : ssl::verify_none, ignored);
    if (settings->verify) stream_.set_verify_callback(ssl::host_name_verification(host), ignored);
  }

  void start_handshake(IoOperation& operation) override {
    stream_.async_handshake(server_ ? ssl::stream_base::server : ssl::stream_base::client,
                            [this, &operation](const boost::system::error_code& problem) {
                              if (problem) problem_ = describe(problem);
                              operation.done(io_error(problem), 0);
                            });
  }
  [[nodiscard]] std::string handshake_problem() const override { return problem_; }

  void start_read(char* data, std::size_t size, IoOperation& operation) override {
    stream_.async_read_some(asio::buffer(data, size), IoHandler{&operation});
  }
  long write_now(const iovec* /*pieces*/, int /*count*/) override { return 0; }
  void start_write(const iovec* pieces, int count, IoOperation& operation) override {
    writing_ = true;
    stream_.async_write_some(
        PieceSequence(pieces, count),
        [this, &operation](const boost::system::error_code& problem, std::size_t bytes) {
          writing_ = false;
          operation.done(io_error(problem), bytes);
        });
  }
  void close(bool reset) override {
    if (!reset) notify();
    close_socket(stream_.next_layer(), reset);
  }
  void cancel() override {
    boost::system::error_code ignored;
    stream_.next_layer().cancel(ignored);
  }
  void shutdown_send() override {
    notify();
    boost::system::error_code ignored;
    stream_.next_layer().shutdown(asio::socket_base::shutdown_send, ignored);
  }
  [[nodiscard]] bool has_input() const override {
    return transport::has_input(stream_.next_layer());
  }
  [[nodiscard]] bool is_open() const override { return stream_.next_layer().is_open(); }

 private:
  // close_notify, so that a strict peer does not take the end for a truncation (RFC 8446 §6.1): one
  // try that never waits. The alert is taken from a memory BIO instead of Asio's pair, which only
  // an asynchronous operation empties. Not while a record is still on its way: nothing may overtake
  // it.
  void notify() {
    SSL* session = stream_.native_handle();
    if (notified_ || writing_ || !is_open() || SSL_is_init_finished(session) == 0) return;
    notified_ = true;
    BIO* record = BIO_new(BIO_s_mem());
    if (record == nullptr) return;
    BIO_up_ref(record);  // one reference is the session's
    SSL_set0_wbio(session, record);
    SSL_shutdown(session);
    ERR_clear_error();
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(record, &bytes);
    if (size > 0) {
      static_cast<void>(::send(stream_.next_layer().native_handle(), bytes,
                               static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT));
    }
    BIO_free(record);
  }

  // "certificate verify failed" alone sends nobody the right way.
  std::string describe(const boost::system::error_code& problem) {
    const long verified = SSL_get_verify_result(stream_.native_handle());
    if (verified == X509_V_OK) return problem.message();
    return problem.message() + ": " + X509_verify_cert_error_string(verified);
  }

  TlsSettings settings_;
  ssl::stream<TcpSocket> stream_;
  bool server_;
  bool writing_ = false;
  bool notified_ = false;
  std::string problem_;
};

void common_options(ssl::context& context) {
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                      ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  SSL_CTX_set_mode(context.native_handle(),
                   SSL_MODE_RELEASE_BUFFERS);  // idle connections give 34 KB back
}

}  // namespace

std::unique_ptr<TlsByteStream> make_tls_stream(TcpSocket socket, const TlsSettings& settings,
                                               bool server, const std::string& host) {
  boost::system::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  return std::make_unique<TlsStream>(std::move(socket), settings, server, host);
}

std::expected<TlsSettings, std::string> make_server_tls(const std::string& certificate_file,
                                                        const std::string& key_file) {
  auto settings = std::make_shared<TlsContext>(ssl::context::tls_server);
  common_options(settings->context);
  boost::system::error_code problem;
  settings->context.use_certificate_chain_file(certificate_file, problem);
  if (problem) return std::unexpected("certificate " + certificate_file + ": " + problem.message());
  settings->context.use_private_key_file(key_file, ssl::context::pem, problem);
  if (problem) return std::unexpected("private key " + key_file + ": " + problem.message());
  return settings;
}

std::expected<TlsSettings, std::string> make_client_tls(const std::string& ca_file, bool verify) {
  auto settings = std::make_shared<TlsContext>(ssl::context::tls_client);
  common_options(settings->context);
  settings->verify = verify;
  boost::system::error_code problem;
  if (ca_file.empty()) {
    settings->context.set_default_verify_paths(problem);
  } else {
    settings->context.load_verify_file(ca_file, problem);
  }
  if (problem)
    return std::unexpected("certificate authority " + ca_file + ": " + problem.message());
  return settings;
}

}  // namespace pontage::transport
