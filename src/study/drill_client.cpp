#include "study/drill_client.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>

#include "core/strings.hpp"
#include "http/headers.hpp"
#include "simulate/socket.hpp"
#include "study/answer_reader.hpp"

namespace pontage::study {
namespace {

using simulate::Descriptor;

Descriptor connect_to(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return {};
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (host.empty() || host == "0.0.0.0" || host == "*") host = "127.0.0.1";
  if (host == "::") host = "::1";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  Descriptor fd(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || connect(fd.get(), found->ai_addr, found->ai_addrlen) != 0) return {};
  return fd;
}

std::string wire(const std::string& address, const Request& request, bool stream,
                 const std::string& more) {
  const std::string& body = stream ? request.stream_body : request.plain_body;
  std::string out = "POST " + request.path + " HTTP/1.1\r\n";
  http::append_header(out, "Host", address);
  http::append_header(out, "Content-Type", "application/json");
  http::append_header(out, "Content-Length", std::to_string(body.size()));
  http::append_header(out, "Connection", "close");
  for (const auto& [name, value] : request.headers) http::append_header(out, name, value);
  out.append(more).append("\r\n").append(body);
  return out;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void note_headers(const AnswerReader& reader, Seen& seen) {
  seen.status = reader.status();
  seen.error = reader.error();
  if (const auto seconds = parse_int(reader.header("retry-after"))) seen.retry_after_s = *seconds;
  const std::string provider = reader.header("x-pontage-provider");
  if (!provider.empty()) seen.served_by = provider + "/" + reader.header("x-pontage-model");
  seen.floor = reader.header("x-pontage-cache") == "floor";
}

}  // namespace

Seen ask(const std::string& address, const Request& request, bool stream, const std::string& more,
         Millis patience) {
  Seen seen;
  AnswerReader reader(request.dialect);
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin);
  };
  const Descriptor fd = connect_to(address);
  bool gave_up = false;
  bool begun = false;
  if (fd && send_all(fd.get(), wire(address, request, stream, more))) {
    char buffer[16 * 1024];
    while (true) {
      pollfd wait{fd.get(), POLLIN, 0};
      const auto left = patience - elapsed();
      gave_up = left <= Millis(0) || poll(&wait, 1, static_cast<int>(left.count())) == 0;
      if (gave_up) break;
      const auto got = recv(fd.get(), buffer, sizeof buffer, 0);
      if (got <= 0) break;
      const bool whole = reader.feed({buffer, static_cast<std::size_t>(got)});
      if (!begun && reader.begun()) {
        begun = true;
        seen.first = elapsed();
      }
      if (whole) break;
    }
  }
  seen.whole = elapsed();
  if (!begun) seen.first = seen.whole;
  reader.end(gave_up);
  seen.kind = reader.kind();
  seen.begun = reader.content();
  note_headers(reader, seen);
  return seen;
}

}  // namespace pontage::study
