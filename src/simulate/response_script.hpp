// Plays one response: the head, the pieces of a body in their framing, and the places where it
// breaks. Pure: it is asked with a time and answers with bytes and steps, so its behaviour is
// tested without sockets or waiting.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/body.hpp"
#include "simulate/fault.hpp"
#include "simulate/gzip.hpp"
#include "simulate/script.hpp"

namespace pontage::simulate {

/// Something that happens at a place instead of the rest of the answer.
struct Trigger {
  enum class Action : std::uint8_t { kFin, kReset, kStall, kBadChunk };
  Position at;
  Action action = Action::kFin;
};

/// All decisions about one response, made before its first byte.
struct Delivery {
  SteadyTime start{};
  Micros head_due{0};
  std::string head;  ///< all bytes before the body
  std::unique_ptr<Body> body;
  bool chunked = false;
  bool gzip = false;  ///< while sending; a body that is compressed already says nothing here
  std::optional<std::uint64_t> bad_gzip;
  std::vector<Trigger> triggers;
  std::string chunk_kind = "size";
  bool trailers = false;
  bool one_write = false;  ///< head and body together, as far as one write goes
  bool one_byte = false;
  Micros byte_gap{0};
  Micros heartbeat{0};
  std::string heartbeat_text;
  bool keep_alive = true;
  std::optional<Millis> idle_close;
};

struct Report {
  std::string_view outcome;
  Ending ending;
  std::uint64_t events_sent = 0;
  std::uint64_t content_sent = 0;
};

class ResponseScript final : public Script {
 public:
  using Done = std::function<void(const Report&)>;
  ResponseScript(Delivery delivery, Done done);

  Step next(std::string& out, SteadyTime now) override;
  void ended(const Ending& ending) override;

 private:
  enum class Phase : std::uint8_t { kHead, kBody, kTail, kOver };
  Step advance(std::string& out, SteadyTime now);
  Step play_head(std::string& out, SteadyTime now);
  Step play_body(std::string& out, SteadyTime now);
  Step play_tail(std::string& out, SteadyTime now);
  Step wait_for(SteadyTime due, std::string& out, SteadyTime now);
  std::optional<Step> due_trigger(std::string& out);
  Step fire(Trigger::Action action, std::string& out);
  std::optional<std::uint64_t> byte_limit() const;
  bool send_payload(std::string_view payload, std::string& out);
  bool emit(std::string_view bytes, std::string& out);
  [[nodiscard]] Step sent() const { return {delivery_.one_write ? Do::kMore : Do::kFlush, {}}; }

  Delivery delivery_;
  Done done_;
  Phase phase_ = Phase::kHead;
  std::string payload_;
  Body::Piece piece_;
  bool has_piece_ = false;
  std::optional<GzipWriter> gzip_;
  bool corrupted_ = false;
  std::optional<Trigger::Action> fired_;
  std::uint64_t wire_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t content_ = 0;
  SteadyTime last_sent_{};
  // one_byte: what advance() gave, on its way out byte by byte.
  std::string queue_;
  std::size_t queue_at_ = 0;
  std::optional<Step> held_;
  SteadyTime next_byte_at_{};
};

}  // namespace pontage::simulate
