// A small blocking HTTP client that sees every byte and how a connection ended. Nothing waits
// longer than kPatience.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "http/sse.hpp"
#include "simulate/socket.hpp"

namespace pontage::simulate::test {

inline constexpr Millis kPatience{20'000};

enum class End : std::uint8_t { kOpen, kFin, kReset, kTimeout };

struct Response {
  End end = End::kOpen;
  std::string bytes;  ///< all that came
  std::string head;   ///< up to and with the empty line; empty when there was none
  std::string body;   ///< as it came, in its framing
  int status = 0;
  bool framed = false;   ///< the framing was whole
  std::size_t used = 0;  ///< of `bytes`, when it was framed: the rest belongs to the next response
  std::string payload;   ///< the body without chunked framing, as far as it came

  [[nodiscard]] std::string header(std::string_view name) const;
  /// The `data:` of every event.
  [[nodiscard]] std::vector<std::string> events() const;
  /// The text of all content deltas, in both dialects.
  [[nodiscard]] std::string text() const;
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  void send(std::string_view bytes);
  /// Reads until the response is whole, or the connection ends.
  Response read_response();
  std::string read_some(std::size_t at_least);                   ///< fewer only at the end
  std::string read_until(std::string_view text, int times = 1);  ///< or to the end
  Response read_to_end();                                        ///< until FIN or RST
  End wait_for_end();                                            ///< discards what comes
  void close() { fd_.reset(); }
  void reset();  ///< closes with RST
  [[nodiscard]] bool connected() const { return connected_; }

 private:
  bool fill(End& end);
  Descriptor fd_;
  std::string buffer_;
  bool connected_ = false;
};

std::string post(std::string_view path, std::string_view body, std::string_view headers = "");
std::string chat_body(std::string_view model, bool stream, std::string_view more = "");
std::string chat(std::string_view model, bool stream = false, std::string_view more = "");
std::string messages(std::string_view model, bool stream = false, std::string_view more = "");

/// One request on a connection of its own; reads to the end when `to_end`, else one response.
Response ask(std::uint16_t port, std::string_view request, bool to_end = false);

std::vector<std::string> event_data(std::string_view stream);
std::string gunzip(std::string_view bytes, bool& ok);

}  // namespace pontage::simulate::test
