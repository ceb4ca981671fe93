// Replies of a provider that speaks openai.chat for an Anthropic client (rows C and D): read into
// the events of an answer, written from them.
#include <simdjson.h>

#include "dialects/json_document.hpp"
#include "dialects/messages.hpp"
#include "dialects/messages_writer.hpp"
#include "dialects/openai_events.hpp"

namespace pontage::dialects {
namespace {

class Decoder final : public StreamDecoder {
 public:
  Decoder(const RequestView& view, std::string_view client_model)
      : reader_(view.long_tool_names, view.created_s), writer_(client_model) {}

  Event on_event(std::string_view /*raw*/, std::string_view event, std::string_view data,
                 Frame& frame) override {
    frame = Frame{};
    writer_.clear();
    if (failed_) return Event::kFrame;
    const auto step = reader_.event(event, data, writer_);
    keep_books();
    if (step == openai::ReplyReader::Step::kSkipped) {
      ++skipped_events;
      return Event::kSkipped;
    }
    if (step == openai::ReplyReader::Step::kError) {
      failed_ = true;
      error = reader_.error;
      return Event::kError;
    }
    fill(frame);
    return Event::kFrame;
  }

  bool on_end(Frame& frame) override {
    frame = Frame{};
    writer_.clear();
    if (failed_ || !reader_.stream_end(writer_)) return false;
    keep_books();
    fill(frame);
    return true;
  }

 private:
  void fill(Frame& frame) {
    frame.bytes = writer_.bytes();
    frame.content = reader_.take_content();
    frame.finish = reader_.ended() && !done_;
    frame.done = frame.finish;
    done_ = reader_.ended();
  }
  void keep_books() {
    usage = reader_.usage;
    finish = reader_.finish;
    output_text_bytes = reader_.text_bytes;
    if (response_model.empty()) response_model = reader_.response_model;
  }

  openai::ReplyReader reader_;
  messages::EventWriter writer_;
  bool failed_ = false;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<StreamDecoder> make_openai_to_messages(const RequestView& view,
                                                       std::string_view client_model) {
  return std::make_unique<Decoder>(view, client_model);
}

Result<WholeReply> openai_to_messages(std::string body, const RequestView& view,
                                      std::string_view client_model) {
  JsonParser& parser = thread_parser();
  simdjson::dom::element root;
  if (parser.parse(body, root) != nullptr || !root.is_object())
    return upstream_error(Code::k_upstream_garbage, "The provider's answer is not a JSON object.");
  openai::ReplyReader reader(view.long_tool_names, view.created_s);
  messages::MessageWriter writer(client_model);
  const Status read = reader.whole(root, writer);
  parser.trim();
  if (!read) return std::unexpected(read.error());
  WholeReply reply;
  reply.body = writer.take();
  reply.usage = reader.usage;
  reply.finish = reader.finish;
  reply.response_model = std::move(reader.response_model);
  return reply;
}

}  // namespace pontage::dialects
