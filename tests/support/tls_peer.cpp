// OpenSSL by hand: keys and certificates in memory, then as files; a client over a blocking socket.
#include "support/tls_peer.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "support/blocking_socket.hpp"

namespace pontage::test {
namespace {

struct Signed {
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
};

void add_extension(X509* certificate, int kind, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Signed make(const char* name, const Signed* issuer) {
  Signed out{EVP_EC_gen("P-256"), X509_new()};
  X509_set_version(out.certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(out.certificate), issuer == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(out.certificate), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(out.certificate), 86'400);
  X509_set_pubkey(out.certificate, out.key);
  X509_NAME* subject = X509_get_subject_name(out.certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(out.certificate,
                       issuer == nullptr ? subject : X509_get_subject_name(issuer->certificate));
  if (issuer == nullptr) {
    add_extension(out.certificate, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    add_extension(out.certificate, NID_subject_alt_name, (std::string("DNS:") + name).c_str());
  }
  X509_sign(out.certificate, issuer == nullptr ? out.key : issuer->key, EVP_sha256());
  return out;
}

void write(const Signed& made, const std::string& stem) {
  FILE* file = std::fopen((stem + ".pem").c_str(), "w");
  PEM_write_X509(file, made.certificate);
  std::fclose(file);
  file = std::fopen((stem + ".key").c_str(), "w");
  PEM_write_PrivateKey(file, made.key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

void free_signed(Signed& made) {
  X509_free(made.certificate);
  EVP_PKEY_free(made.key);
}

}  // namespace

TestCertificates::TestCertificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "pontage-tls-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  Signed authority = make("authority", nullptr);
  Signed localhost = make("localhost", &authority);
  Signed other = make("other", &authority);
  write(authority, path("authority"));
  write(localhost, path("localhost"));
  write(other, path("other"));
  for (Signed* each : {&authority, &localhost, &other}) free_signed(*each);
}

TestCertificates::~TestCertificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

struct TlsClient::Session {
  BlockingSocket socket;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;
  ~Session() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
};

TlsClient::TlsClient(std::uint16_t port, int version) : session_(std::make_unique<Session>()) {
  session_->socket = BlockingSocket::connect_to(port);
  if (version != 0) {
    SSL_CTX_set_security_level(session_->context, 0);
    SSL_CTX_set_min_proto_version(session_->context, version);
    SSL_CTX_set_max_proto_version(session_->context, version);
  }
  session_->ssl = SSL_new(session_->context);
  SSL_set_fd(session_->ssl, session_->socket.fd());
  connected_ = SSL_connect(session_->ssl) == 1;
}

TlsClient::~TlsClient() = default;

std::string TlsClient::version() const {
  return SSL_get_version(session_->ssl);
}

bool TlsClient::send(std::string_view bytes) {
  return SSL_write(session_->ssl, bytes.data(), static_cast<int>(bytes.size())) ==
         static_cast<int>(bytes.size());
}

bool TlsClient::fill() {
  std::string piece(32 * 1024, '\0');
  const int got = SSL_read(session_->ssl, piece.data(), static_cast<int>(piece.size()));
  if (got > 0) held_.append(piece, 0, static_cast<std::size_t>(got));
  return got > 0;
}

std::string TlsClient::read_response() {
  std::size_t end = std::string::npos;
  while ((end = held_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::exchange(held_, {});
  }
  const auto at = held_.find("Content-Length: ");
  const std::size_t size = at < end ? std::strtoull(held_.c_str() + at + 16, nullptr, 10) : 0;
  while (held_.size() < end + 4 + size && fill()) {
  }
  std::string out = held_.substr(0, end + 4 + size);
  held_.erase(0, out.size());
  return out;
}

std::string TlsClient::read_to_end() {
  while (fill()) {
  }
  return std::exchange(held_, {});
}

void TlsClient::close() {
  session_->socket.close();
}

bool TlsClient::notified() const {
  return (SSL_get_shutdown(session_->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

struct TlsServerPeer::Session {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL* ssl = nullptr;
  ~Session() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
};

TlsServerPeer::TlsServerPeer(int fd, const TestCertificates& certificates, std::string_view name)
    : session_(std::make_unique<Session>()) {
  const std::string stem = certificates.path(name);
  SSL_CTX_use_certificate_file(session_->context, (stem + ".pem").c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_use_PrivateKey_file(session_->context, (stem + ".key").c_str(), SSL_FILETYPE_PEM);
  session_->ssl = SSL_new(session_->context);
  SSL_set_fd(session_->ssl, fd);
  connected_ = SSL_accept(session_->ssl) == 1;
}

TlsServerPeer::~TlsServerPeer() = default;

std::string TlsServerPeer::receive() {
  std::string piece(32 * 1024, '\0');
  const int got = SSL_read(session_->ssl, piece.data(), static_cast<int>(piece.size()));
  return piece.substr(0, got > 0 ? static_cast<std::size_t>(got) : 0);
}

void TlsServerPeer::send(std::string_view bytes) {
  SSL_write(session_->ssl, bytes.data(), static_cast<int>(bytes.size()));
}

void TlsServerPeer::notify() {
  SSL_shutdown(session_->ssl);
}

}  // namespace pontage::test
