// What comes after the head, piece by piece, each with its time. A body is asked for a piece only
// when the one before is with the kernel: a huge one is never held, a long stream costs its list of
// events.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "simulate/wire.hpp"

namespace pontage::simulate {

class Body {
 public:
  struct Piece {
    Micros due{0};  ///< after the request
    bool event = false;
    bool content = false;
  };
  virtual ~Body() = default;
  /// Appends the next piece; false at the end.
  virtual bool next(std::string& payload, Piece& piece) = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;  ///< of all pieces together
};

/// Time of the k-th content event: `first` + k times `interval`.
struct Pace {
  Micros first{0};
  double interval_us = 0;
  [[nodiscard]] Micros due(std::int64_t index) const {
    return first + Micros(static_cast<std::int64_t>(static_cast<double>(index) * interval_us));
  }
};

/// How events are written down.
struct SseStyle {
  bool crlf = false;
  bool comments = false;
  bool no_space = false;
  bool multiline = false;
  bool bom = false;
  bool ascii = false;
  bool no_last_newline = false;
  bool extra = false;
};

std::unique_ptr<Body> literal_body(std::string text, Micros due);
/// `before`, then `fill` times the letter `a`, then `after`.
std::unique_ptr<Body> filler_body(std::string before, std::uint64_t fill, std::string after,
                                  Micros due);
std::unique_ptr<Body> event_body(Wire wire, std::vector<EventSpec> events, SseStyle style,
                                 Pace pace);

/// JSON text with every character beyond ASCII as \uXXXX, as Python's json.dumps writes it.
std::string escape_to_ascii(std::string_view json);
/// Puts a field that no client knows, oddly spelt, first into the object that begins at `begin`.
void add_unknown_field(std::string& json, std::size_t begin);

}  // namespace pontage::simulate
