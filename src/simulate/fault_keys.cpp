// The table of all fault keys: name, value, meaning, and how a value gets into a Fault. The one
// place to add one.
#include <array>
#include <type_traits>

#include "core/strings.hpp"
#include "simulate/error_reply.hpp"
#include "simulate/fault.hpp"

namespace pontage::simulate {
namespace {

using Text = std::string_view;

bool count(Text text, std::uint64_t& out) {
  const auto value = parse_int(text);
  if (!value || *value < 0) return false;
  out = static_cast<std::uint64_t>(*value);
  return true;
}

bool bytes(Text text, std::uint64_t& out) {
  const auto value = parse_size(text);
  if (!value || *value > (1ULL << 40)) return false;
  out = *value;
  return true;
}

// Milliseconds as a bare number, or with a unit.
bool millis(Text text, std::int64_t& out) {
  const auto bare = parse_int(text);
  const auto united = parse_duration(text);
  if (!bare && !united) return false;
  out = bare ? *bare : united->count();
  return out >= 0 && out <= 86'400'000;
}

bool position(Text text, Position& out) {
  if (text.empty()) return false;
  switch (text.front()) {
    case 'e':
      out.unit = Position::Unit::kEvent;
      break;
    case 'b':
      out.unit = Position::Unit::kByte;
      break;
    case 'w':
      out.unit = Position::Unit::kWire;
      break;
    default:
      return count(text, out.count);
  }
  return count(text.substr(1), out.count);
}

bool event_position(Text text, Position& out) {
  return position(text, out) &&
         (out.unit == Position::Unit::kContent || out.unit == Position::Unit::kEvent);
}

bool small(Text text, int& out) {
  const auto value = parse_int(text);
  if (!value || *value < 0 || *value > 10'000'000) return false;
  out = static_cast<int>(*value);
  return true;
}

bool whole(Text text, std::int64_t& out) {
  const auto value = parse_int(text);
  if (value) out = *value;
  return value.has_value();
}

bool number(Text text, double& out) {
  const auto value = parse_double(text);
  if (!value || *value < 0) return false;
  out = *value;
  return true;
}

bool status(Text text, int& out) {
  return small(text, out) && out >= 200 && out <= 599;
}
bool interim(Text text, int& out) {
  return small(text, out) && out >= 100 && out <= 199;
}
bool word(Text text, std::string& out) {
  out = text;
  return !text.empty();
}

template <auto Member, auto Parse>
bool put(Fault& fault, Text text) {
  return Parse(text, fault.*Member);
}

template <auto Member, auto Parse>
bool put_optional(Fault& fault, Text text) {
  return Parse(text, (fault.*Member).emplace());
}

template <auto Member, auto Value = true>
bool set(Fault& fault, Text text) {
  fault.*Member = Value;
  return text.empty();
}

template <auto Member, typename... Words>
bool one_of(Fault& fault, Text text, const Words&... words) {
  (fault.*Member) = text;
  return ((text == words) || ...);
}

bool reset_at(Fault& fault, Text text) {
  if (text == "before_headers") text = "w0";
  if (text == "after_headers") text = "b0";
  return position(text, fault.reset.emplace());
}

bool cut_bytes(Fault& fault, Text text) {
  fault.cut = Position{Position::Unit::kByte, 0};
  return count(text, fault.cut->count);
}

bool refuse(Fault& fault, Text text) {
  fault.cut = Position{Position::Unit::kWire, 0};
  return text.empty();
}

bool silence(Fault& fault, Text text) {
  fault.stall = Position{Position::Unit::kWire, 0};
  return text.empty();
}

bool keep_alive(Fault& fault, Text text) {
  fault.keep_alive = text == "yes";
  return text == "yes" || text == "no";
}

bool no_usage(Fault& fault, Text text) {
  fault.usage = UsageStyle::kNone;
  return text.empty();
}

bool usage(Fault& fault, Text text) {
  if (text == "none") return fault.usage = UsageStyle::kNone, true;
  if (text == "finish") return fault.usage = UsageStyle::kFinish, true;
  if (text == "always") return fault.usage = UsageStyle::kAlways, true;
  if (text == "each") return fault.usage = UsageStyle::kEach, true;
  return false;
}

bool chunk_kind(Fault& fault, Text text) {
  return one_of<&Fault::chunk_kind>(fault, text, "size", "overflow", "no_crlf", "garbage");
}

bool wrong_type(Fault& fault, Text text) {
  return one_of<&Fault::wrong_type>(fault, text.empty() ? Text("array") : text, "array", "string",
                                    "number", "null", "object", "text");
}

bool bad_head(Fault& fault, Text text) {
  return one_of<&Fault::bad_head>(fault, text, "both_lengths", "two_lengths", "bare_lf", "no_colon",
                                  "obs_fold", "bad_status", "nul", "http2");
}

bool bad_length(Fault& fault, Text text) {
  return whole(text.empty() ? Text("100") : text, fault.bad_length.emplace());
}

bool header(Fault& fault, Text text) {
  const std::size_t colon = text.find(':');
  if (colon == Text::npos || colon == 0 || text.find_first_of("\r\n") != Text::npos) return false;
  fault.headers.emplace_back(text.substr(0, colon), trim(text.substr(colon + 1)));
  return true;
}

bool gzip(Fault& fault, Text text) {
  fault.gzip = true;
  fault.gzip_always = text == "force";
  return text.empty() || text == "force";
}

bool bad_gzip(Fault& fault, Text text) {
  fault.gzip = fault.gzip_always = true;
  return count(text.empty() ? Text("0") : text, fault.bad_gzip.emplace());
}

bool framing(Fault& fault, Text text) {
  if (text == "length") return fault.framing = Framing::kLength, true;
  if (text == "chunked") return fault.framing = Framing::kChunked, true;
  if (text == "close") return fault.framing = Framing::kClose, true;
  return false;
}

bool one_byte(Fault& fault, Text text) {
  fault.one_byte = true;
  return whole(text.empty() ? Text("0") : text, fault.byte_gap_us) && fault.byte_gap_us >= 0;
}

bool content(Fault& fault, Text text) {
  fault.content_set = true;
  if (text == "prose") return fault.content = Content::kProse, true;
  if (text == "code") return fault.content = Content::kCode, true;
  if (text == "emoji") return fault.content = Content::kEmoji, true;
  if (text == "json") return fault.content = Content::kJson, true;
  if (text == "echo") return fault.content = Content::kEcho, true;
  if (text == "paraphrase") return fault.content = Content::kParaphrase, true;
  fault.content_set = false;
  if (text == "refusal") return fault.refusal = true;
  if (text == "tools") return fault.tools = fault.tools.value_or(1), true;
  if (text == "reasoning") return fault.reasoning = fault.reasoning.value_or(8), true;
  return false;
}

bool instruction(Fault& fault, Text text) {
  if (text == "continue") return fault.instruction = Prefill::kContinue, true;
  if (text == "restart") return fault.instruction = Prefill::kRestart, true;
  if (text == "overlap") return fault.instruction = Prefill::kOverlap, true;
  return false;
}

bool prefill(Fault& fault, Text text) {
  if (text == "continue") return fault.prefill = Prefill::kContinue, true;
  if (text == "restart") return fault.prefill = Prefill::kRestart, true;
  if (text == "overlap") return fault.prefill = Prefill::kOverlap, true;
  if (text == "reject") return fault.prefill = Prefill::kReject, true;
  return false;
}

bool error_kind(Fault& fault, Text text) {
  fault.error = text;
  return known_error_kind(text);
}

bool rate(Fault& fault, Text text) {
  return number(text, fault.rate) && fault.rate <= 1;
}

template <auto Member>
constexpr auto kMillis = put<Member, millis>;
template <auto Member>
constexpr auto kMaybeMillis = put_optional<Member, millis>;
template <auto Member>
constexpr auto kPlace = put_optional<Member, position>;
template <auto Member>
constexpr auto kSmall = put_optional<Member, small>;
template <auto Member>
constexpr auto kWord = put<Member, word>;

constexpr auto kKeys = std::to_array<FaultKey>({
    // When.
    {"times", "K", "the first K requests only, then the next clause (or healthy)",
     put_optional<&Fault::times, count>},
    {"skip", "K", "K healthy requests come first", put<&Fault::skip, count>},
    {"every", "K", "only each K-th request", put<&Fault::every, count>},
    {"rate", "0.1", "a seeded share of the requests; the others fall to the next clause", rate},
    // An error instead of an answer.
    {"status", "N", "HTTP status with the vendor's own error body", put<&Fault::status, status>},
    {"error", "KIND", "the same by kind: context_length, content_filter, quota, overloaded, …",
     error_kind},
    {"message", "TEXT", "the error's message, percent-encoded", kWord<&Fault::message>},
    {"code", "TEXT", "the error's code", kWord<&Fault::code>},
    {"retry_after", "VALUE", "Retry-After as given (seconds)", kWord<&Fault::retry_after>},
    {"retry_after_ms", "N", "retry-after-ms", kMaybeMillis<&Fault::retry_after_ms>},
    {"retry_after_date", "N", "Retry-After as an HTTP date N seconds from now",
     put_optional<&Fault::retry_after_date, whole>},
    {"ratelimit_reset_ms", "N", "the vendor's rate limit headers: nothing left, reset in N",
     kMaybeMillis<&Fault::ratelimit_reset_ms>},
    // Where it breaks.
    {"reset", "before_headers|after_headers|AT", "RST at this place", reset_at},
    {"refuse", "", "closes without a byte", refuse},
    {"silence", "", "reads the request and never answers", silence},
    {"cut", "AT", "FIN at this place, the framing left open", kPlace<&Fault::cut>},
    {"cut_bytes", "N", "FIN after N payload bytes, cut=bN", cut_bytes},
    {"stall", "AT", "silent from this place on, until the client closes", kPlace<&Fault::stall>},
    {"bad_chunk", "AT", "broken chunk framing at this place, then FIN", kPlace<&Fault::bad_chunk>},
    {"chunk_kind", "size|overflow|no_crlf|garbage", "how the chunk is broken", chunk_kind},
    {"stale", "", "RST for a request on a reused connection; the first on each is healthy",
     set<&Fault::stale>},
    {"idle_close_ms", "N", "closes a connection that is idle for N",
     kMaybeMillis<&Fault::idle_close_ms>},
    {"keepalive", "yes|no", "no: Connection: close", keep_alive},
    // Time.
    {"slow_headers_ms", "N", "the head comes N later", kMillis<&Fault::slow_headers_ms>},
    {"ttft_ms", "N", "head at once, first content after N", kMaybeMillis<&Fault::ttft_ms>},
    {"tps", "N", "tokens a second (trickle)", put_optional<&Fault::tps, number>},
    {"trickle", "N", "the same as tps", put_optional<&Fault::tps, number>},
    {"heartbeat_ms", "N", "a comment (Anthropic: ping) each N while nothing comes",
     kMillis<&Fault::heartbeat_ms>},
    // Events.
    {"error_event", "AT", "an error event in a 200; 0: as the first thing",
     put_optional<&Fault::error_event, event_position>},
    {"bad_json", "N", "the N-th event is broken JSON, the rest is good",
     put_optional<&Fault::bad_json, count>},
    {"no_done", "", "no [DONE]; Anthropic: no message_stop", set<&Fault::no_done>},
    {"no_finish", "", "no finish_reason; Anthropic: no message_delta", set<&Fault::no_finish>},
    {"no_usage", "", "no usage anywhere", no_usage},
    {"usage", "none|finish|always|each", "OpenAI streams: where usage stands", usage},
    {"empty_stream", "", "200, the right headers, no events", set<&Fault::empty_stream>},
    {"finish", "REASON", "another finish_reason or stop_reason", kWord<&Fault::finish_as>},
    {"extra", "", "an unknown field in odd spelling in each JSON object", set<&Fault::extra>},
    {"interleave", "", "parallel tool calls come in turns", set<&Fault::interleave>},
    // Not what was promised.
    {"garbage", "", "200 with HTML", set<&Fault::garbage>},
    {"garbage_http", "", "bytes that are not HTTP", set<&Fault::garbage_http>},
    {"truncated_json", "", "200, the first half of a JSON body, the right length",
     set<&Fault::truncated_json>},
    {"wrong_type", "[=array|string|number|null|object|text]", "200 with other JSON, or none",
     wrong_type},
    {"content_type", "TYPE", "another Content-Type, percent-encoded", kWord<&Fault::content_type>},
    {"as_plain", "", "a plain body though a stream was asked for", set<&Fault::as_plain>},
    {"as_stream", "", "a stream though none was asked for", set<&Fault::as_stream>},
    {"bad_length", "[=N]", "Content-Length N more than is sent (100; negative: less), then FIN",
     bad_length},
    {"huge", "SIZE", "a valid answer of so many bytes, generated on the fly",
     put_optional<&Fault::huge, bytes>},
    {"huge_headers", "SIZE", "so many bytes of extra headers", put<&Fault::huge_headers, bytes>},
    {"bad_head", "both_lengths|two_lengths|bare_lf|no_colon|obs_fold|bad_status|nul|http2",
     "a head that must be refused", bad_head},
    {"interim", "N", "a 1xx response first", put<&Fault::interim, interim>},
    {"header", "NAME:VALUE", "one more header, percent-encoded", header},
    // How the bytes travel.
    {"gzip", "[=force]", "gzip when the client accepts it (force: always)", gzip},
    {"bad_gzip", "[=N]", "gzip that breaks after N events", bad_gzip},
    {"framing", "length|chunked|close", "how the body's end is told", framing},
    {"trailers", "", "trailer fields after the last chunk", set<&Fault::trailers>},
    {"crlf", "", "events with CRLF", set<&Fault::crlf>},
    {"comments", "", "a comment before each event", set<&Fault::comments>},
    {"no_space", "", "`data:` without a space", set<&Fault::no_space>},
    {"multiline", "", "each event's JSON over two data lines", set<&Fault::multiline>},
    {"bom", "", "a byte order mark first", set<&Fault::bom>},
    {"ascii", "", "other characters as \\uXXXX", set<&Fault::ascii>},
    {"no_last_newline", "", "the last event without its blank line", set<&Fault::no_last_newline>},
    {"coalesce", "", "head and all events in one write", set<&Fault::coalesce>},
    {"one_byte", "[=US]", "each byte in a write of its own, US microseconds apart", one_byte},
    // What is said.
    {"content", "prose|code|emoji|json|echo|paraphrase|tools|reasoning|refusal",
     "the kind of answer", content},
    {"tokens", "N", "length of the answer", kSmall<&Fault::tokens>},
    {"tools", "N", "N tool calls", kSmall<&Fault::tools>},
    {"reasoning", "N", "N tokens of reasoning first", kSmall<&Fault::reasoning>},
    {"prompt_tokens", "N", "usage says so", put_optional<&Fault::prompt_tokens, whole>},
    {"completion_tokens", "N", "usage says so", put_optional<&Fault::completion_tokens, whole>},
    {"cached", "N", "of the prompt's tokens, so many are cached", put<&Fault::cached, whole>},
    {"as", "NAME", "the answer names this model", kWord<&Fault::model_as>},
    {"prefill", "continue|restart|overlap|reject", "what an assistant turn at the end does",
     prefill},
    {"instruction", "continue|restart|overlap",
     "what a user turn after an assistant turn does: it asks for the rest of that answer",
     instruction},
});

}  // namespace

std::span<const FaultKey> fault_keys() {
  return kKeys;
}

}  // namespace pontage::simulate
