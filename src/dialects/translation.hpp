// The halves that translations are put together from, so that N client dialects and M provider
// dialects cost N + M of them: a client's request is read into a conversation and a provider's
// request is written from it; a provider's reply is read into events and a client's is written from
// them. Pure, no exceptions, fed any split.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"
#include "llm/reply_events.hpp"
#include "pontage/dialects/codec.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace pontage::dialects {

/// Reads one reply of a provider, streamed or whole, into the events of an answer.
class ReplyReader {
 public:
  virtual ~ReplyReader() = default;

  enum class Step : std::uint8_t { kTaken, kSkipped, kError };
  /// One event of a stream. On kError `error` says what the provider reported.
  virtual Step event(std::string_view event, std::string_view data, llm::ReplySink& sink) = 0;
  /// The stream has ended; false: the answer is truncated.
  virtual bool stream_end(llm::ReplySink& sink) = 0;
  /// A whole answer; the refusal of what is none.
  virtual Status whole(const simdjson::dom::element& root, llm::ReplySink& sink) = 0;

  /// The sink was told the end.
  [[nodiscard]] bool ended() const { return ended_; }
  /// The sink was told the reason of the end, or the end itself.
  [[nodiscard]] bool finished() const { return finished_ || ended_; }
  /// True once after something was said.
  bool take_content();

  llm::Usage usage;
  llm::Finish finish = llm::Finish::kNone;
  std::string response_model;
  ReplyError error;
  std::int64_t text_bytes = 0;  ///< of all that was said

 protected:
  bool finished_ = false;
  bool ended_ = false;
  bool content_ = false;
};

/// Writes one answer in a client's dialect.
class ReplyWriter : public llm::ReplySink {
 public:
  void clear() { out_.clear(); }
  /// The events of a stream since clear(); of a whole answer its body, once it has ended.
  [[nodiscard]] std::string_view bytes() const { return out_; }
  std::string take() { return std::move(out_); }
  /// Of the next event, where the dialect counts them.
  [[nodiscard]] virtual std::int64_t next_number() const { return 0; }

 protected:
  std::string out_;
};

struct ClientHalf {
  /// The whole request. False, with the refusal in `notes`, where it is malformed or asks for what
  /// only its own dialect has. `out` borrows texts from the document.
  bool (*read)(TranslationNotes& notes, const simdjson::dom::element& request,
               llm::Conversation& out);
  /// `client_model` stands in the answer where the provider's names none.
  std::unique_ptr<ReplyWriter> (*stream_writer)(const RequestView& view,
                                                std::string_view client_model);
  std::unique_ptr<ReplyWriter> (*whole_writer)(const RequestView& view,
                                               std::string_view client_model);
};

struct ProviderHalf {
  /// The whole body. False, with the refusal in `notes`, where the conversation holds what the
  /// provider cannot do. Errors name the fields of the client's own request.
  bool (*write)(TranslationNotes& notes, const llm::Conversation& conversation,
                const RequestView& view, std::string& out);
  std::unique_ptr<ReplyReader> (*reader)(const RequestView& view);
};

Result<Encoded> translate_request(const ClientHalf& client, const ProviderHalf& provider,
                                  std::string_view body, const RequestView& view,
                                  const TargetShape& shape);
std::unique_ptr<StreamDecoder> make_translator(const ClientHalf& client,
                                               const ProviderHalf& provider,
                                               const RequestView& view,
                                               std::string_view client_model);
Result<WholeReply> translate_whole(const ClientHalf& client, const ProviderHalf& provider,
                                   std::string_view body, const RequestView& view,
                                   std::string_view client_model);

/// See reshape.hpp; of one dialect's two halves.
std::string reshape_between(const ClientHalf& client, const ProviderHalf& provider,
                            std::string_view bytes, bool streamed, const RequestView& view,
                            const llm::Usage& usage);

/// What a dialect does on either side; null where it does not.
struct Codec {
  // As a client's: requests, and what the gateway itself says. See codec.hpp for each.
  std::unique_ptr<RequestReader> (*request_reader)();
  std::unique_ptr<RequestReader> (*count_reader)();
  bool (*visit_input_text)(std::string_view body, TextSink& sink, std::int64_t& estimated_tokens);
  std::string (*error_body)(const Error& error, std::string_view request_id);
  std::string_view error_event_head;  ///< before the error on a stream
  std::string_view answer_id_prefix;
  std::string_view keep_alive;
  std::string (*message_body)(std::string_view text, std::string_view model, std::string_view id,
                              std::int64_t created_s);
  std::string (*message_stream)(std::string_view text, std::string_view model, std::string_view id,
                                std::int64_t created_s, bool include_usage);
  // Between two of its kind, byte for byte.
  Result<Encoded> (*encode_same)(std::string_view body, const RequestView& view,
                                 const TargetShape& shape);
  std::unique_ptr<StreamDecoder> (*same_stream)(const RequestView& view, bool usage_injected);
  Result<WholeReply> (*same_whole)(std::string body);
  std::unique_ptr<PassingReader> (*passing)();
  // As a provider's.
  ReplyError (*read_error)(std::string_view body);
  // Between it and others.
  const ClientHalf* client;
  const ProviderHalf* provider;
  bool binary_events = false;  ///< its streams are application/vnd.amazon.eventstream, not SSE
  /// The error on a stream, where it differs from the body; null: the same.
  std::string (*error_event_body)(const Error& error, std::string_view request_id,
                                  std::int64_t number) = nullptr;
};

}  // namespace pontage::dialects
