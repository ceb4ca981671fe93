// Puts two halves together: any client dialect to any provider dialect, by the conversation and the
// events that belong to neither.
#include <simdjson.h>

#include "dialects/json_document.hpp"
#include "dialects/model_limits.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects {
namespace {

class Translator final : public StreamDecoder {
 public:
  Translator(std::unique_ptr<ReplyReader> reader, std::unique_ptr<ReplyWriter> writer)
      : reader_(std::move(reader)), writer_(std::move(writer)) {}

  Event on_event(std::string_view /*raw*/, std::string_view event, std::string_view data,
                 Frame& frame) override {
    frame = Frame{};
    writer_->clear();
    if (failed_) return Event::kFrame;
    const auto step = reader_->event(event, data, *writer_);
    keep_books();
    if (step == ReplyReader::Step::kSkipped) {
      ++skipped_events;
      return Event::kSkipped;
    }
    if (step == ReplyReader::Step::kError) {
      failed_ = true;
      error = reader_->error;
      return Event::kError;
    }
    fill(frame);
    return Event::kFrame;
  }

  bool on_end(Frame& frame) override {
    frame = Frame{};
    writer_->clear();
    if (failed_ || !reader_->stream_end(*writer_)) return false;
    keep_books();
    fill(frame);
    return true;
  }

 private:
  void fill(Frame& frame) {
    frame.bytes = writer_->bytes();
    frame.content = reader_->take_content();
    frame.finish = reader_->finished() && !finished_;
    frame.done = reader_->ended() && !done_;
    finished_ = reader_->finished();
    done_ = reader_->ended();
  }
  void keep_books() {
    usage = reader_->usage;
    finish = reader_->finish;
    output_text_bytes = reader_->text_bytes;
    next_number = writer_->next_number();
    if (response_model.empty()) response_model = reader_->response_model;
  }

  std::unique_ptr<ReplyReader> reader_;
  std::unique_ptr<ReplyWriter> writer_;
  bool failed_ = false;
  bool finished_ = false;
  bool done_ = false;
};

}  // namespace

bool ReplyReader::take_content() {
  const bool had = content_;
  content_ = false;
  return had;
}

Result<Encoded> translate_request(const ClientHalf& client, const ProviderHalf& provider,
                                  std::string_view body, const RequestView& view,
                                  const TargetShape& shape) {
  // Not the thread's parser: a half may read texts within the request with that one.
  thread_local JsonParser parser;
  simdjson::dom::element request;
  if (parser.parse(body, request) != nullptr || !request.is_object())
    return client_error(Code::k_invalid_json, "The request body is not a JSON object.");
  TranslationNotes notes(shape);
  llm::Conversation conversation;
  Encoded encoded;
  encoded.body.owned.reserve(body.size() + 256);
  const bool good = client.read(notes, request, conversation) &&
                    fit_to_model(notes, conversation) &&
                    provider.write(notes, conversation, view, encoded.body.owned);
  parser.trim();
  if (!good) return std::unexpected(std::move(*notes.error));
  encoded.body.size = encoded.body.owned.size();
  // The text is longer than any small-string buffer, so the view stays good when `encoded` moves.
  encoded.body.pieces.emplace_back(encoded.body.owned);
  encoded.dropped = std::move(notes.dropped);
  return encoded;
}

std::unique_ptr<StreamDecoder> make_translator(const ClientHalf& client,
                                               const ProviderHalf& provider,
                                               const RequestView& view,
                                               std::string_view client_model) {
  return std::make_unique<Translator>(provider.reader(view),
                                      client.stream_writer(view, client_model));
}

Result<WholeReply> translate_whole(const ClientHalf& client, const ProviderHalf& provider,
                                   std::string_view body, const RequestView& view,
                                   std::string_view client_model) {
  JsonParser& parser = thread_parser();
  simdjson::dom::element root;
  if (parser.parse(body, root) != nullptr || !root.is_object())
    return upstream_error(Code::k_upstream_garbage, "The provider's answer is not a JSON object.");
  const auto reader = provider.reader(view);
  const auto writer = client.whole_writer(view, client_model);
  const Status read = reader->whole(root, *writer);
  parser.trim();
  if (!read) return std::unexpected(read.error());
  WholeReply reply;
  reply.body = writer->take();
  reply.usage = reader->usage;
  reply.finish = reader->finish;
  reply.response_model = std::move(reader->response_model);
  return reply;
}

}  // namespace pontage::dialects
