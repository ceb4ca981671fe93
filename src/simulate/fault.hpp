// The fault language: `key=value,key=value;…`, the same in a model's name after `!`, in the header
// `x-simulate-fault` and in the table of the running simulator. Parsing and choosing only; what a
// fault does is decided where it is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pontage::simulate {

/// A place in an answer. `5` content events, `e5` events of any kind, `b5` bytes of payload, `w5`
/// bytes on the wire.
struct Position {
  enum class Unit : std::uint8_t { kContent, kEvent, kByte, kWire };
  Unit unit = Unit::kContent;
  std::uint64_t count = 0;
  bool operator==(const Position&) const = default;
};

enum class Content : std::uint8_t { kProse, kCode, kEmoji, kJson, kEcho, kParaphrase, kNone };
enum class Framing : std::uint8_t { kDefault, kLength, kChunked, kClose };
enum class UsageStyle : std::uint8_t { kDefault, kNone, kFinish, kAlways, kEach };
enum class Prefill : std::uint8_t { kContinue, kRestart, kOverlap, kReject };

/// One clause. Everything that is not set leaves the answer healthy.
struct Fault {
  std::string text;  ///< as written, for the log

  // When: of the requests that reach this clause.
  std::optional<std::uint64_t> times;  ///< so many faulty ones, then the next clause
  std::uint64_t skip = 0;              ///< healthy ones before
  std::uint64_t every = 1;             ///< only each so many-th
  double rate = 1;                     ///< a seeded share of them

  // An error instead of an answer.
  int status = 0;
  std::string error;    ///< its kind: a key of the table in error_reply.cpp
  std::string message;  ///< in place of the kind's own text
  std::string code;     ///< in place of the kind's own code
  std::string retry_after;
  std::optional<std::int64_t> retry_after_ms;
  std::optional<std::int64_t> retry_after_date;  ///< seconds from now
  std::optional<std::int64_t> ratelimit_reset_ms;

  // Where the connection or the stream breaks.
  std::optional<Position> reset;
  std::optional<Position> cut;
  std::optional<Position> stall;
  std::optional<Position> bad_chunk;
  std::string chunk_kind = "size";
  bool stale = false;  ///< RST for every request that is not the first of its connection
  std::optional<std::int64_t> idle_close_ms;
  bool keep_alive = true;

  // Time.
  std::int64_t slow_headers_ms = 0;
  std::optional<std::int64_t> ttft_ms;
  std::optional<double> tps;
  std::int64_t heartbeat_ms = 0;

  // The stream's events.
  std::optional<Position> error_event;  ///< kContent or kEvent
  std::optional<std::uint64_t> bad_json;
  bool no_done = false;
  bool no_finish = false;
  bool empty_stream = false;
  bool interleave = false;
  bool extra = false;     ///< fields that no client knows, in odd spelling
  std::string finish_as;  ///< in place of the right reason to finish
  UsageStyle usage = UsageStyle::kDefault;

  // The body that is not what was promised.
  bool garbage = false;
  bool garbage_http = false;
  bool truncated_json = false;
  std::string wrong_type;    ///< array, string, number, null or text
  std::string content_type;  ///< in place of the right one
  bool as_plain = false;     ///< a stream was asked for, a plain body comes
  bool as_stream = false;    ///< the other way round
  std::optional<std::int64_t> bad_length;
  std::optional<std::uint64_t> huge;
  std::uint64_t huge_headers = 0;
  std::string bad_head;
  int interim = 0;
  std::vector<std::pair<std::string, std::string>> headers;

  // How the bytes travel.
  bool gzip = false;
  bool gzip_always = false;
  std::optional<std::uint64_t> bad_gzip;
  Framing framing = Framing::kDefault;
  bool trailers = false;
  bool crlf = false;
  bool comments = false;
  bool no_space = false;
  bool multiline = false;
  bool bom = false;
  bool ascii = false;
  bool no_last_newline = false;
  bool coalesce = false;
  bool one_byte = false;
  std::int64_t byte_gap_us = 0;

  // What is said.
  Content content = Content::kProse;
  bool content_set = false;
  bool refusal = false;
  std::optional<int> tokens;
  std::optional<int> tools;
  std::optional<int> reasoning;
  std::optional<std::int64_t> prompt_tokens;
  std::optional<std::int64_t> completion_tokens;
  std::int64_t cached = 0;
  std::string model_as;
  Prefill prefill = Prefill::kContinue;
  std::optional<Prefill> instruction;
};

/// Clauses in order: the first that still applies. A request past the last one is healthy.
class FaultScript {
 public:
  static std::expected<FaultScript, std::string> parse(std::string_view text);
  /// For the `index`-th request (from 0) under this script; `seed` decides `rate`. Null: healthy.
  [[nodiscard]] const Fault* pick(std::uint64_t index, std::uint64_t seed) const;
  [[nodiscard]] const std::vector<Fault>& clauses() const { return clauses_; }

 private:
  std::vector<Fault> clauses_;
};

/// `name!clause` or `fail-503`: the name that the answer depends on, and the script (empty: none).
struct ModelName {
  std::string_view base;
  std::string script;
};
ModelName split_model(std::string_view model);

struct FaultKey {
  std::string_view name;
  std::string_view value;  ///< what stands after `=`; empty: a flag; in brackets: may be left out
  std::string_view meaning;
  bool (*apply)(Fault&, std::string_view);  ///< false: not such a value
};
std::span<const FaultKey> fault_keys();

/// One row a key, for people.
std::string fault_table();

}  // namespace pontage::simulate
