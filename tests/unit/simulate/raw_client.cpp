#include "unit/simulate/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "core/strings.hpp"
#include "http/chunked.hpp"

namespace pontage::simulate::test {
namespace {

// Parses what is in `response.bytes`; true when the framing is whole. `ended`: nothing more will
// come.
bool parse(Response& response, bool ended) {
  std::size_t from = 0;
  std::size_t end = response.bytes.find("\r\n\r\n");
  while (end != std::string::npos && response.bytes.compare(from, 10, "HTTP/1.1 1") == 0) {
    from = end + 4;
    end = response.bytes.find("\r\n\r\n", from);
  }
  if (end == std::string::npos) return false;
  response.head = response.bytes.substr(0, end + 4);
  response.body = response.bytes.substr(end + 4);
  response.status =
      static_cast<int>(parse_int(std::string_view(response.bytes).substr(from + 9, 3)).value_or(0));
  if (iequals(response.header("transfer-encoding"), "chunked")) {
    http::ChunkedDecoder decoder;
    response.payload.clear();
    std::string_view input = response.body;
    while (true) {
      std::string_view piece;
      const auto state = decoder.next(input, piece);
      response.payload += piece;
      if (state == http::ChunkedDecoder::State::kData) continue;
      response.used = response.bytes.size() - input.size();
      return state == http::ChunkedDecoder::State::kDone;
    }
  }
  response.payload = response.body;
  response.used = response.bytes.size();
  if (const auto length = parse_int(response.header("content-length"))) {
    response.used = std::min(response.bytes.size(), end + 4 + static_cast<std::size_t>(*length));
    return static_cast<std::int64_t>(response.body.size()) >= *length;
  }
  return response.status == 204 || ended;
}

}  // namespace

std::string Response::header(std::string_view name) const {
  for (const std::string_view line : split(head, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !iequals(line.substr(0, colon), name)) continue;
    std::string_view value = trim(line.substr(colon + 1));
    if (value.ends_with('\r')) value.remove_suffix(1);
    return std::string(value);
  }
  return {};
}

std::vector<std::string> event_data(std::string_view stream) {
  http::SseParser parser(64UL << 20);
  parser.feed(stream);
  std::vector<std::string> out;
  http::SseParser::Event event;
  while (parser.next(event) == http::SseParser::Next::kEvent) {
    if (event.has_data) out.emplace_back(event.data);
  }
  if (parser.rest(event) && event.has_data) out.emplace_back(event.data);
  return out;
}

std::vector<std::string> Response::events() const {
  return event_data(payload);
}

std::string Response::text() const {
  std::string out;
  for (const auto& data : events()) {
    const auto json = nlohmann::json::parse(data, nullptr, false);
    if (!json.is_object()) continue;
    if (json.contains("delta") && json["delta"].contains("text"))
      out += json["delta"]["text"].get<std::string>();
    if (!json.contains("choices") || json["choices"].empty()) continue;
    const auto& delta = json["choices"][0]["delta"];
    if (delta.contains("content") && delta["content"].is_string())
      out += delta["content"].get<std::string>();
  }
  return out;
}

RawClient::RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ =
      ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

bool RawClient::fill(End& end) {
  pollfd poll{fd_.get(), POLLIN, 0};
  if (::poll(&poll, 1, static_cast<int>(kPatience.count())) <= 0) {
    end = End::kTimeout;
    return false;
  }
  std::array<char, 65536> piece;
  const ssize_t got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
  if (got > 0) {
    buffer_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
  }
  end = got == 0 ? End::kFin : End::kReset;
  return false;
}

std::string RawClient::read_some(std::size_t at_least) {
  End end = End::kOpen;
  while (buffer_.size() < at_least && fill(end)) {
  }
  return std::exchange(buffer_, std::string());
}

std::string RawClient::read_until(std::string_view text, int times) {
  End end = End::kOpen;
  const auto found = [&] {
    int count = 0;
    for (std::size_t at = buffer_.find(text); at != std::string::npos;
         at = buffer_.find(text, at + 1))
      ++count;
    return count >= times;
  };
  while (!found() && fill(end)) {
  }
  return std::exchange(buffer_, std::string());
}

Response RawClient::read_response() {
  Response response;
  while (true) {
    response.bytes = buffer_;
    response.framed = parse(response, response.end != End::kOpen);
    if (response.framed || response.end != End::kOpen) break;
    fill(response.end);
  }
  // What belongs to the next response stays. A plain body is only this response's part.
  const std::size_t used = response.framed ? response.used : response.bytes.size();
  buffer_.erase(0, used);
  response.bytes.resize(used);
  const std::size_t body = used - response.head.size();
  if (response.payload == response.body) response.payload.resize(body);
  response.body.resize(body);
  return response;
}

Response RawClient::read_to_end() {
  Response response;
  while (fill(response.end)) {
  }
  response.bytes = std::exchange(buffer_, std::string());
  response.framed = parse(response, true);
  return response;
}

End RawClient::wait_for_end() {
  End end = End::kOpen;
  while (fill(end)) buffer_.clear();
  return end;
}

void RawClient::reset() {
  reset_on_close(fd_.get());
  fd_.reset();
}

std::string post(std::string_view path, std::string_view body, std::string_view headers) {
  std::string out =
      "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers);
  out += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n";
  return out + std::string(body);
}

std::string chat_body(std::string_view model, bool stream, std::string_view more) {
  std::string out = R"({"model":")" + std::string(model) +
                    R"(","messages":[{"role":"user","content":"hello bridge"}])";
  if (stream) out += R"(,"stream":true)";
  return out + std::string(more) + "}";
}

std::string chat(std::string_view model, bool stream, std::string_view more) {
  return post("/v1/chat/completions", chat_body(model, stream, more));
}

std::string messages(std::string_view model, bool stream, std::string_view more) {
  return post("/v1/messages", chat_body(model, stream, R"(,"max_tokens":1000)" + std::string(more)),
              "anthropic-version: 2023-06-01\r\nx-api-key: sk-ant-secret\r\n");
}

Response ask(std::uint16_t port, std::string_view request, bool to_end) {
  RawClient client(port);
  client.send(request);
  return to_end ? client.read_to_end() : client.read_response();
}

std::string gunzip(std::string_view bytes, bool& ok) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out;
  std::array<char, 65536> room;
  std::string in(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(room.data(), room.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  ok = result == Z_STREAM_END;
  return out;
}

}  // namespace pontage::simulate::test
