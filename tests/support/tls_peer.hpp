// A throw-away certificate authority with a certificate for "localhost", and a blocking TLS client.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pontage::test {

/// PEM files in a folder that goes when this does. `localhost` and `other` are signed by
/// `authority`.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;
  [[nodiscard]] std::string path(std::string_view name) const {
    return folder_ + "/" + std::string(name);
  }

 private:
  std::string folder_;
};

class TlsClient {
 public:
  /// `version`: an OpenSSL protocol number as both the least and the most, 0 for any.
  explicit TlsClient(std::uint16_t port, int version = 0);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::string version() const;
  bool send(std::string_view bytes);
  std::string read_response();  ///< with Content-Length
  std::string read_to_end();
  void close();
  /// After the end: the server said that it was one (close_notify).
  [[nodiscard]] bool notified() const;

 private:
  bool fill();
  struct Session;
  std::unique_ptr<Session> session_;
  std::string held_;
  bool connected_ = false;
};

/// The server side of one accepted connection, blocking; `name` is one of the certificates.
class TlsServerPeer {
 public:
  TlsServerPeer(int fd, const TestCertificates& certificates, std::string_view name);
  ~TlsServerPeer();
  TlsServerPeer(const TlsServerPeer&) = delete;
  TlsServerPeer& operator=(const TlsServerPeer&) = delete;
  [[nodiscard]] bool connected() const { return connected_; }
  std::string receive();
  void send(std::string_view bytes);
  void notify();  ///< close_notify

 private:
  struct Session;
  std::unique_ptr<Session> session_;
  bool connected_ = false;
};

}  // namespace pontage::test
