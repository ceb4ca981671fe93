// What the gateway needs from a dialect: a view of the client's request, the request a provider
// gets, and the provider's reply as frames in the client's dialect. Pure: bytes in, bytes out, no
// sockets, no clock, no exceptions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/capabilities.hpp"
#include "llm/usage.hpp"
#include "pontage/core/error.hpp"

namespace pontage::dialects {

enum class Dialect : std::uint8_t {
#define PONTAGE_DIALECT(id, name, codec) id,
#include "dialects/dialects.def"
#undef PONTAGE_DIALECT
};
inline constexpr std::size_t kDialects = 0
#define PONTAGE_DIALECT(id, name, codec) +1
#include "dialects/dialects.def"
#undef PONTAGE_DIALECT
    ;
std::string_view dialect_name(Dialect dialect);  ///< "openai.chat"
/// A client of the one can be answered by a provider of the other.
bool can_serve(Dialect client, Dialect provider);

/// A tool that goes out as a plain function under a name of its own.
struct ToolForm {
  std::string sent;   ///< the function's name
  std::string name;   ///< the client's
  std::string space;  ///< the namespace that it stands in; empty: none
  bool text = false;  ///< takes free text: the function's one argument is `input`
};

/// What rules, limits and the log may ask of a request. Filled in one pass; owns its text (it
/// outlives suspensions).
struct RequestView {
  std::string model;  ///< empty when absent
  bool has_model = false;
  bool stream = false;
  bool include_usage = false;              ///< the client asked for the usage chunk
  std::optional<std::int64_t> max_tokens;  ///< max_completion_tokens, else max_tokens
  std::string user;
  std::int64_t message_count = 0;
  std::int64_t choices = 1;  ///< `n`
  bool has_tools = false;
  bool has_images = false;
  bool has_schema = false;      ///< response_format json_schema or json_object
  bool asks_reasoning = false;  ///< reasoning_effort present and not "none"
  std::int64_t created_s =
      0;  ///< when the request came (set by the caller): `created` of translated replies
  std::vector<std::pair<std::string, std::string>>
      metadata;  ///< string values; numbers and booleans as their JSON text
  /// Names of offered tools that are too long for some providers: sent shortened, restored in
  /// replies.
  std::vector<std::string> long_tool_names;
  /// Tools that other dialects get in another form (openai.responses): turned back in replies.
  bool serial_tools = false;  ///< the client refuses two open blocks of tools (Anthropic streams)
  std::vector<ToolForm> tool_forms;
  /// What an answer repeats of its request (openai.responses): JSON members, no braces.
  std::string answer_echo;
};

/// Validates (simdjson DOM: UTF-8, depth <= 256, whole document), refuses duplicates of the keys
/// that decide (model, stream, messages, metadata, user, max_tokens, max_completion_tokens, tools,
/// n), wrong types and empty `messages`. `body` needs no padding: the reader copies when it must.
/// One reader per worker; not thread-safe.
class RequestReader {
 public:
  virtual ~RequestReader() = default;
  /// `readable` is how many bytes may be read past body.data() (>= body.size() + 64 avoids a copy).
  virtual Result<RequestView> read(std::string_view body, std::size_t readable) = 0;
};
std::unique_ptr<RequestReader> make_request_reader(Dialect client);
/// For requests that only ask for a token count: they need no `max_tokens`.
std::unique_ptr<RequestReader> make_count_reader(Dialect client);

/// Calls `sink` with every piece of text that counts as input tokens (message texts, tool schemas,
/// names), in order. Returns false when parts can only be estimated (images, audio, files):
/// `estimated_tokens` then holds their guess.
struct TextSink {
  virtual ~TextSink() = default;
  virtual bool text(std::string_view piece) = 0;  ///< false: stop, enough was seen
  virtual void message() {}                       ///< a message begins
};
bool visit_input_text(Dialect client, std::string_view body, TextSink& sink,
                      std::int64_t& estimated_tokens);

/// A request body as pieces of the client's own bytes and of new ones; the client's bytes must
/// outlive it.
struct WireBody {
  std::string owned;  ///< storage of what is new
  std::vector<std::string_view>
      pieces;  ///< in order; point into the client's body or into stable text
  std::size_t size = 0;
};

/// How a request is put to one target.
struct TargetShape {
  std::string_view model;              ///< what the provider calls it
  std::string_view model_member = {};  ///< what the body has instead of its `model`, if anything
  std::int64_t default_max_tokens = 4096;  ///< where the provider's dialect requires one
  llm::Capabilities can;                   ///< what the model is known to do
  bool drop_unsupported = false;           ///< drop what cannot be expressed instead of refusing it
  bool stream_options = true;              ///< the provider takes that field (openai.chat)
};

struct Encoded {
  WireBody body;
  bool usage_injected = false;       ///< the usage chunk was our wish, not the client's
  std::vector<std::string> dropped;  ///< fields left out under drop_unsupported
};

/// The request in the provider's dialect. Same dialect: byte for byte but for the spliced spans
/// (`model`, `stream_options.include_usage`); a body that needs no change is one piece. Else by
/// translation. Errors: unsupported_parameter, invalid_value with `param`.
Result<Encoded> encode_request(Dialect client, Dialect provider, std::string_view body,
                               const RequestView& view, const TargetShape& shape);

/// One frame for the client: whole SSE events (payload bytes, no chunk framing) with what they
/// mean.
struct Frame {
  std::string_view bytes;  ///< valid until the next call on the decoder; may be empty
  bool content = false;    ///< a non-empty delta of text, reasoning, tool call, refusal or audio
  bool finish = false;     ///< a finish reason was in it
  bool done = false;       ///< the dialect's end mark was in it ([DONE])
};

/// The provider's error inside a reply, in no dialect.
struct ReplyError {
  int status = 0;    ///< the HTTP status it stands for; 0 when unknown
  std::string type;  ///< the provider's own
  std::string code;
  std::string message;
  std::optional<std::int64_t> retry_after_ms = {};  ///< where the body names a wait
};

/// Turns one reply's SSE events into frames of the client's dialect and keeps the books in passing.
class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;

  enum class Event : std::uint8_t {
    kFrame,    ///< `frame` is to be passed on (bytes may be empty: nothing to send)
    kSkipped,  ///< a single event with broken JSON in a good stream: passed over, counted
    kError,    ///< an error, see `error`; `frame` may hold the event for a client of its dialect
  };
  /// `raw` is the whole event as it came, with its terminating blank line; `event` and `data` are
  /// its fields (data of several lines joined by \n). All are valid only during the call.
  virtual Event on_event(std::string_view raw, std::string_view event, std::string_view data,
                         Frame& frame) = 0;
  /// The upstream body has ended. When the answer is complete (a finish reason was seen for every
  /// choice), `frame` holds what is still owed to the client (usage chunk, [DONE]) and true is
  /// returned; false: the answer is truncated.
  virtual bool on_end(Frame& frame) = 0;

  llm::Usage usage;
  llm::Finish finish = llm::Finish::kNone;
  std::string response_model;  ///< what the provider says it ran
  ReplyError error;
  std::int64_t output_text_bytes =
      0;  ///< of all content deltas, for estimates when usage is missing
  std::int64_t skipped_events = 0;
  std::int64_t next_number = 0;  ///< of the client's next event, where its dialect counts them
};
/// Its streams are application/vnd.amazon.eventstream, not server-sent events.
bool has_binary_events(Dialect provider);
std::string_view stream_media_type(Dialect provider);
/// `client_model` stands in translated frames where the provider's reply names none.
std::unique_ptr<StreamDecoder> make_stream_decoder(Dialect client, Dialect provider,
                                                   const RequestView& view, bool usage_injected,
                                                   std::string_view client_model);

/// A whole, non-streamed 2xx body.
struct WholeReply {
  std::string body;  ///< in the client's dialect; byte for byte when the dialects agree
  llm::Usage usage;
  llm::Finish finish = llm::Finish::kNone;
  std::string response_model;
};
/// Errors: upstream_garbage (not JSON, not the promised shape, empty), or what an error object
/// inside a 200 stands for.
Result<WholeReply> decode_whole(Dialect client, Dialect provider, std::string body,
                                const RequestView& view, std::string_view client_model);

/// Reads a whole answer that is too large to be held while it passes by, byte for byte: what the
/// books need of it, and whether it is the promised JSON to its end.
class PassingReader {
 public:
  virtual ~PassingReader() = default;
  virtual void feed(std::string_view bytes) = 0;
  /// Why what came so far is no answer ("is not a JSON object"); empty while it may be one.
  [[nodiscard]] virtual std::string_view problem() const = 0;
  /// The body has ended: false when the answer has not. Fills in what stands below.
  virtual bool at_end() = 0;

  llm::Usage usage;
  std::string response_model;
  std::int64_t output_text_bytes = 0;  ///< roughly, for estimates when usage is missing
};
/// Null when the dialects differ: such an answer must be held to be translated.
std::unique_ptr<PassingReader> make_passing_reader(Dialect client, Dialect provider);

/// Reads what an answer of no known dialect cost, where it says so: JSON and event streams are
/// looked at, all else is nothing. It finds no problem with any answer.
std::unique_ptr<PassingReader> make_usage_meter(std::string_view content_type);

/// A provider's non-2xx body, read as far as possible (status is kept by the caller).
ReplyError read_error(Dialect provider, std::string_view body);
/// True when it says that the prompt does not fit the model (many spellings), or that a content
/// filter refused.
bool is_context_overflow(const ReplyError& error);
bool is_content_filter(const ReplyError& error);

/// A gateway-made error in the client's dialect.
std::string error_body(Dialect client, const Error& error, std::string_view request_id);
/// What ids of answers begin with in this dialect ("chatcmpl-", "msg_").
std::string_view answer_id_prefix(Dialect client);
/// One SSE event. `number`: its own, where the dialect counts them (StreamDecoder::next_number).
std::string error_event(Dialect client, const Error& error, std::string_view request_id,
                        std::int64_t number = 0);
/// A fixed message as a complete answer (the floor's last resort): JSON body, or the events of a
/// whole stream. Empty where the dialect has no words (vectors).
std::string message_body(Dialect client, std::string_view text, std::string_view model,
                         std::string_view id, std::int64_t created_s);
std::string message_stream(Dialect client, std::string_view text, std::string_view model,
                           std::string_view id, std::int64_t created_s, bool include_usage);
/// A comment line for keep-alive before the commit point.
std::string_view keep_alive(Dialect client);

}  // namespace pontage::dialects
