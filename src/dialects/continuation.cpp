#include "dialects/continuation.hpp"

#include "core/defaults.hpp"
#include "core/strings.hpp"
#include "dialects/anthropic_events.hpp"
#include "dialects/messages_serial.hpp"
#include "dialects/openai_events.hpp"
#include "dialects/openai_writer.hpp"

namespace pontage::dialects {
namespace {

std::unique_ptr<ReplyReader> reader_for(Dialect client, const RequestView& view) {
  if (client == Dialect::kOpenAiChat)
    return std::make_unique<openai::ReplyReader>(view.long_tool_names, view.created_s);
  return std::make_unique<anthropic::ReplyReader>();
}

std::unique_ptr<ReplyWriter> writer_for(Dialect client, const RequestView& view, bool include_usage,
                                        const SentAnswer& sent) {
  if (client == Dialect::kOpenAiChat) {
    auto made = std::make_unique<openai::ChunkWriter>(sent.created_s, include_usage, sent.model);
    made->go_on(sent.id, count_code_points(sent.text()));
    return made;
  }
  std::unique_ptr<messages::EventWriter> made;
  if (view.serial_tools) {
    made = std::make_unique<messages::SerialEventWriter>(sent.model);
  } else {
    made = std::make_unique<messages::EventWriter>(sent.model);
  }
  made->go_on(sent.next_index, sent.text_open ? &sent.text_index : nullptr);
  return made;
}

}  // namespace

// Text goes through the seam; everything else only once that is joined. Its own thinking the other
// target keeps to itself: the answer is beyond that.
class Continuation::Sink final : public llm::ReplySink {
 public:
  Sink(Seam seam, std::unique_ptr<ReplyWriter> writer, const llm::Usage& spent)
      : seam_(std::move(seam)), writer_(std::move(writer)), spent_(spent) {}

  void start(std::string_view /*id*/, std::string_view /*model*/) override {}
  void text(std::string_view piece) override {
    joined_.clear();
    seam_.feed(piece, joined_);
    say();
  }
  void refusal(std::string_view piece) override {
    if (joins()) writer_->refusal(piece);
  }
  void thinking(std::string_view /*piece*/) override {}
  void signature(std::string_view /*value*/) override {}
  void redacted_thinking(std::string_view /*data*/) override {}
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override {
    if (joins()) writer_->tool_start(call, id, name);
  }
  void tool_arguments(std::size_t call, std::string_view piece) override {
    if (joined()) writer_->tool_arguments(call, piece);
  }
  void citation(std::string_view url, std::string_view title) override {
    if (joined()) writer_->citation(url, title);
  }
  void ping() override {
    if (joined()) writer_->ping();
  }
  void finished(llm::Finish finish, std::string_view explanation) override {
    if (joins()) writer_->finished(finish, explanation);
  }
  void end(const llm::Ending& ending) override {
    if (!joins()) return;
    llm::Ending whole = ending;
    if (whole.usage.present) whole.usage.add(spent_);
    writer_->end(whole);
  }

  [[nodiscard]] Seam::State state() const { return seam_.state(); }
  void give(std::string& out) {
    if (joined()) out.append(writer_->bytes());
    writer_->clear();
  }

 private:
  [[nodiscard]] bool joined() const { return seam_.state() == Seam::State::kJoined; }
  // The text is over, or at least this piece of it.
  bool joins() {
    joined_.clear();
    seam_.end(joined_);
    say();
    return joined();
  }
  void say() {
    if (joined() && !joined_.empty()) writer_->text(joined_);
  }

  Seam seam_;
  std::unique_ptr<ReplyWriter> writer_;
  llm::Usage spent_;
  std::string joined_;
};

Continuation::Continuation(Dialect client, const RequestView& view, bool include_usage,
                           const SentAnswer& sent, Seam::Trust trust, const llm::Usage& spent)
    : reader_(reader_for(client, view)),
      sink_(std::make_unique<Sink>(Seam(sent.text(), trust),
                                   writer_for(client, view, include_usage, sent), spent)),
      parser_(defaults::kStreamEventLimit) {}

Continuation::~Continuation() = default;

Seam::State Continuation::add(std::string_view frames, bool last, std::string& out) {
  parser_.feed(frames);
  http::SseParser::Event event;
  while (parser_.next(event) == http::SseParser::Next::kEvent) {
    if (!event.has_data) continue;
    reader_->event(event.event, event.data, *sink_);
  }
  if (last && !reader_->ended()) reader_->stream_end(*sink_);
  sink_->give(out);
  return sink_->state();
}

}  // namespace pontage::dialects
