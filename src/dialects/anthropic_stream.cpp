// Anthropic's stream of events as OpenAI's stream of chunks (rows G7-G11). A state machine over
// content blocks: message_start, (block_start, delta*, block_stop)*, message_delta+, message_stop.
// Blocks may be open side by side.
#include <simdjson.h>

#include <algorithm>
#include <vector>

#include "dialects/anthropic.hpp"
#include "dialects/anthropic_chunks.hpp"
#include "dialects/anthropic_wire.hpp"

namespace pontage::dialects {
namespace {

namespace dom = simdjson::dom;
using anthropic::text_at;

// More blocks open at once than any model opens; a hostile upstream must not grow the list without
// end.
constexpr std::size_t kMaxOpenBlocks = 1024;

struct Block {
  enum class Kind : std::uint8_t { kText, kThinking, kTool, kOther };
  std::int64_t index = 0;  // Anthropic's, over all blocks
  Kind kind = Kind::kOther;
  std::size_t ordinal = 0;  // among tool calls, or among thinking blocks
  bool has_arguments = false;
  std::string whole_input;  // input that came whole in the start event
};

class Decoder final : public StreamDecoder {
 public:
  Decoder(std::int64_t created_s, bool include_usage, std::string_view client_model)
      : writer_(created_s, include_usage),
        client_model_(client_model),
        include_usage_(include_usage) {}

  Event on_event(std::string_view raw, std::string_view event, std::string_view data,
                 Frame& frame) override;
  bool on_end(Frame& frame) override;

 private:
  Event dispatch(std::string_view type, const dom::object& event, Frame& frame);
  void start_message(const dom::object& event);
  void ensure_role();
  Event start_block(const dom::object& event, Frame& frame);
  Event delta(const dom::object& event, Frame& frame);
  void stop_block(const dom::object& event, Frame& frame);
  void message_delta(const dom::object& event, Frame& frame);
  void message_stop(Frame& frame);
  Event fail(const dom::object& event);

  void text(std::string_view piece, Frame& frame);
  void thinking(const Block& block, std::string_view piece, Frame& frame);
  void arguments(Block& block, std::string_view piece, Frame& frame);
  void finish_tool(Block& block, Frame& frame);
  std::vector<Block>::iterator find_block(const dom::object& event);
  Event skip();

  dom::parser parser_;
  anthropic::ChunkWriter writer_;
  anthropic::UsageTally tally_;
  std::vector<Block> open_;
  std::string client_model_;
  std::size_t tool_calls_ = 0;
  std::size_t thinking_blocks_ = 0;
  bool include_usage_;
  bool role_sent_ = false;
  bool finished_ = false;  // a stop reason was passed on
  bool done_ = false;      // [DONE] was passed on
  bool failed_ = false;
};

StreamDecoder::Event Decoder::skip() {
  ++skipped_events;
  return Event::kSkipped;
}

StreamDecoder::Event Decoder::on_event(std::string_view raw, std::string_view event,
                                       std::string_view data, Frame& frame) {
  frame = Frame{};
  writer_.clear();
  if (done_ || failed_) return Event::kFrame;  // nothing may follow the end mark or an error
  Event result = Event::kFrame;
  if (event == "ping" || (data.empty() && raw.starts_with(':'))) {
    writer_.ping();
  } else if (!data.empty()) {
    dom::object object;
    if (parser_.parse(data.data(), data.size()).get_object().get(object) != simdjson::SUCCESS) {
      return data == "[DONE]" ? Event::kFrame : skip();
    }
    const std::string_view type = text_at(object, "type");
    result = dispatch(type.empty() ? event : type, object, frame);
  }
  frame.bytes = writer_.bytes();
  return result;
}

StreamDecoder::Event Decoder::dispatch(std::string_view type, const dom::object& event,
                                       Frame& frame) {
  if (type == "content_block_delta") return delta(event, frame);
  if (type == "content_block_start") return start_block(event, frame);
  if (type == "error") return fail(event);
  if (type == "content_block_stop") {
    stop_block(event, frame);
  } else if (type == "message_start") {
    start_message(event);
  } else if (type == "message_delta") {
    message_delta(event, frame);
  } else if (type == "message_stop") {
    message_stop(frame);
  } else if (type == "ping") {
    writer_.ping();
  }
  return Event::kFrame;  // Unknown events are passed over: "new event types may be added" (vendor's
                         // versioning policy).
}

void Decoder::start_message(const dom::object& event) {
  dom::object message;
  if (role_sent_ || !anthropic::object_at(event, "message", message)) return;
  response_model = text_at(message, "model");
  const std::string_view id = text_at(message, "id");
  writer_.name(id.empty() ? "msg_unnamed" : id,
               response_model.empty() ? client_model_ : response_model);
  writer_.role();
  role_sent_ = true;
  dom::object counters;
  if (anthropic::object_at(message, "usage", counters)) {
    tally_.add(counters);
    usage = tally_.settle(false);
  }
}

// A stream that lost its message_start still makes whole chunks.
void Decoder::ensure_role() {
  if (role_sent_) return;
  writer_.name("msg_unnamed", client_model_);
  writer_.role();
  role_sent_ = true;
}

StreamDecoder::Event Decoder::start_block(const dom::object& event, Frame& frame) {
  const auto index = anthropic::integer_at(event, "index");
  dom::object content;
  if (!index || !anthropic::object_at(event, "content_block", content)) return skip();
  if (open_.size() >= kMaxOpenBlocks || find_block(event) != open_.end()) return skip();
  ensure_role();
  const std::string_view type = text_at(content, "type");
  Block& block = open_.emplace_back();
  block.index = *index;
  if (type == "text") {
    block.kind = Block::Kind::kText;
    text(text_at(content, "text"), frame);
  } else if (type == "thinking") {
    block.kind = Block::Kind::kThinking;
    block.ordinal = thinking_blocks_++;
    thinking(block, text_at(content, "thinking"), frame);
    if (const auto signature = text_at(content, "signature"); !signature.empty()) {
      writer_.signature(block.ordinal, signature);
    }
  } else if (type == "redacted_thinking") {
    writer_.redacted(thinking_blocks_++, text_at(content, "data"));
  } else if (type == "tool_use") {
    block.kind = Block::Kind::kTool;
    block.ordinal = tool_calls_++;
    writer_.tool_start(block.ordinal, text_at(content, "id"), text_at(content, "name"));
    frame.content = true;
    dom::object input;
    if (anthropic::object_at(content, "input", input) && input.begin() != input.end()) {
      anthropic::append_minified(block.whole_input, content.at_key("input").value_unsafe());
    }
  }
  return Event::kFrame;
}

std::vector<Block>::iterator Decoder::find_block(const dom::object& event) {
  const auto index = anthropic::integer_at(event, "index");
  if (!index) return open_.end();
  return std::find_if(open_.begin(), open_.end(),
                      [&](const Block& block) { return block.index == *index; });
}

StreamDecoder::Event Decoder::delta(const dom::object& event, Frame& frame) {
  dom::object change;
  const auto block = find_block(event);
  if (block == open_.end() || !anthropic::object_at(event, "delta", change)) return skip();
  const std::string_view type = text_at(change, "type");
  if (type == "text_delta") {
    text(text_at(change, "text"), frame);
  } else if (type == "input_json_delta" && block->kind == Block::Kind::kTool) {
    arguments(*block, text_at(change, "partial_json"), frame);
  } else if (type == "thinking_delta" && block->kind == Block::Kind::kThinking) {
    thinking(*block, text_at(change, "thinking"), frame);
  } else if (type == "signature_delta" && block->kind == Block::Kind::kThinking) {
    writer_.signature(block->ordinal, text_at(change, "signature"));
  }
  return Event::kFrame;  // citations and the blocks of server tools have no place in a chunk
}

void Decoder::text(std::string_view piece, Frame& frame) {
  if (piece.empty()) return;
  writer_.text(piece);
  output_text_bytes += static_cast<std::int64_t>(piece.size());
  frame.content = true;
}

void Decoder::thinking(const Block& block, std::string_view piece, Frame& frame) {
  if (piece.empty()) return;
  writer_.reasoning(block.ordinal, piece);
  output_text_bytes += static_cast<std::int64_t>(piece.size());
  frame.content = true;
}

void Decoder::arguments(Block& block, std::string_view piece, Frame& frame) {
  if (piece.empty()) return;  // the vendor opens every tool block with an empty piece
  block.has_arguments = true;
  writer_.tool_arguments(block.ordinal, piece);
  output_text_bytes += static_cast<std::int64_t>(piece.size());
  frame.content = true;
}

// A call without arguments is `{}`: clients parse the joined pieces as JSON.
void Decoder::finish_tool(Block& block, Frame& frame) {
  if (block.kind != Block::Kind::kTool || block.has_arguments) return;
  const std::string input = block.whole_input.empty() ? "{}" : std::move(block.whole_input);
  arguments(block, input, frame);
}

void Decoder::stop_block(const dom::object& event, Frame& frame) {
  const auto block = find_block(event);
  if (block == open_.end()) return;
  finish_tool(*block, frame);
  open_.erase(block);
}

void Decoder::message_delta(const dom::object& event, Frame& frame) {
  dom::object part;
  if (anthropic::object_at(event, "usage", part)) {
    tally_.add(part);
    usage = tally_.settle(true);
  }
  if (finished_ || !anthropic::object_at(event, "delta", part)) return;
  const llm::Finish reason = anthropic::finish_of(text_at(part, "stop_reason"));
  if (reason == llm::Finish::kNone) return;
  ensure_role();
  // A call cut by the token limit keeps its unfinished arguments: `length` says why they do not
  // parse.
  const bool whole = reason != llm::Finish::kLength && reason != llm::Finish::kContextExceeded;
  for (Block& block : open_) {
    if (whole) finish_tool(block, frame);
  }
  open_.clear();
  std::string_view refusal;
  dom::object details;
  if (reason == llm::Finish::kContentFilter &&
      anthropic::object_at(part, "stop_details", details)) {
    refusal = text_at(details, "explanation");
  }
  writer_.finish(anthropic::openai_finish(reason, tool_calls_ > 0), refusal);
  frame.content = frame.content || !refusal.empty();
  frame.finish = true;
  finish = reason;
  finished_ = true;
}

void Decoder::message_stop(Frame& frame) {
  if (!finished_) return;  // an end without a reason is not an end; on_end says so
  if (include_usage_ && usage.present) writer_.usage(usage);  // never zeros that nobody counted
  writer_.done();
  frame.done = true;
  done_ = true;
}

StreamDecoder::Event Decoder::fail(const dom::object& event) {
  dom::object part;
  if (anthropic::object_at(event, "error", part)) {
    error = anthropic::error_of(part);
  } else {
    error = anthropic::error_of(event);
    error.type = "api_error";
    error.status = 500;
  }
  failed_ = true;
  return Event::kError;
}

bool Decoder::on_end(Frame& frame) {
  frame = Frame{};
  writer_.clear();
  if (failed_ || !finished_) return false;
  // The stop reason came: the answer is whole, only its last line is missing.
  if (!done_) message_stop(frame);
  frame.bytes = writer_.bytes();
  return true;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_anthropic_to_openai(const RequestView& view, bool include_usage,
                                                        std::string_view client_model) {
  return std::make_unique<Decoder>(view.created_s, include_usage, client_model);
}

}  // namespace pontage::dialects
