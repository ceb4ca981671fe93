// What it takes to go on with a streamed answer that was cut after its client had a part of it:
// what has been sent is read in passing, another target is asked to go on with it, and what that
// one says is joined and written as the rest of the same answer. Pure: bytes in, bytes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dialects/seam.hpp"
#include "http/sse.hpp"
#include "llm/usage.hpp"
#include "pontage/dialects/codec.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace pontage::dialects {

class ReplyReader;
class ReplyWriter;

/// Streams of this dialect can be gone on with.
bool can_continue(Dialect client);

/// The part of an answer that its client has.
class SentAnswer {
 public:
  explicit SentAnswer(Dialect client);
  /// Whole events, as they go to the client.
  void add(std::string_view frames);
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Why it cannot be gone on with; empty: it can.
  [[nodiscard]] std::string_view obstacle() const;

  // What the rest must agree with.
  std::string id;
  std::string model;
  std::int64_t created_s = 0;
  bool text_open = false;      ///< Anthropic: a block of text has not ended,
  std::size_t text_index = 0;  ///< this one
  std::size_t next_index = 0;  ///< Anthropic: of the next block

 private:
  void chunk(const simdjson::dom::element& root);
  void delta(const simdjson::dom::element& delta);
  void message_event(const simdjson::dom::element& root);
  void block_start(const simdjson::dom::element& root);

  Dialect client_;
  http::SseParser parser_;
  std::string text_;
  std::string_view obstacle_;
  bool thinking_ = false;  // begun, and nothing said after it
};

/// The client's request, with the part of the answer that it has as a turn of the assistant's;
/// where the target does not go on with such turns, one more asks it to. Empty: it cannot be asked
/// so, as the client itself ends in such a turn.
std::string continued_request(std::string_view body, std::string_view text, bool prefill);

/// Writes what another target says as the rest of the answer.
class Continuation {
 public:
  /// `spent` is what the parts before it used: the usage that the client is told is the sum.
  Continuation(Dialect client, const RequestView& view, bool include_usage, const SentAnswer& sent,
               Seam::Trust trust, const llm::Usage& spent);
  ~Continuation();
  /// Frames of the other answer, in the client's dialect; `last`: they are its end. What the client
  /// gets is appended to `out`. kUnjoinable: nothing more may be sent.
  Seam::State add(std::string_view frames, bool last, std::string& out);

 private:
  class Sink;
  std::unique_ptr<ReplyReader> reader_;
  std::unique_ptr<Sink> sink_;
  http::SseParser parser_;
};

}  // namespace pontage::dialects
