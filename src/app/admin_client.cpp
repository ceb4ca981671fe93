#include "app/admin_client.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string_view>

namespace pontage::app {
namespace {

constexpr int kPatienceSeconds = 15;

int connect_to(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return -1;
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (host.empty() || host == "0.0.0.0" || host == "*") host = "127.0.0.1";
  if (host == "::") host = "::1";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0) return -1;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{kPatienceSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd, found->ai_addr, found->ai_addrlen) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

std::expected<std::string, std::string> ask_admin(const std::string& address,
                                                  const std::string& token,
                                                  const std::string& path) {
  const int fd = connect_to(address);
  if (fd < 0) return std::unexpected("nothing answers there");
  std::string request = "GET " + path + " HTTP/1.0\r\nHost: " + address + "\r\n";
  if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
  request += "\r\n";
  std::string answer;
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t got = 1; got > 0;) {
      got = recv(fd, buffer, sizeof buffer, 0);
      if (got > 0) answer.append(buffer, static_cast<std::size_t>(got));
    }
  }
  close(fd);
  const auto end = answer.find("\r\n\r\n");
  if (end == std::string::npos || !answer.starts_with("HTTP/1."))
    return std::unexpected("no answer came");
  std::string body = answer.substr(end + 4);
  if (std::string_view(answer).substr(9, 3) != "200") return std::unexpected(body);
  return body;
}

}  // namespace pontage::app
