#include "dialects/anthropic_events.hpp"

#include <simdjson.h>

#include <algorithm>

#include "dialects/json_document.hpp"
#include "dialects/messages.hpp"
#include "dialects/reply_errors.hpp"

namespace pontage::dialects::anthropic {

namespace dom = simdjson::dom;

namespace {

// More blocks open at once than any model opens; a hostile upstream must not grow the list without
// end.
constexpr std::size_t kMaxOpenBlocks = 1024;

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail));
}

}  // namespace

ReplyReader::Step ReplyReader::event(std::string_view event, std::string_view data,
                                     llm::ReplySink& sink) {
  if (ended_) return Step::kTaken;  // nothing may follow the end mark
  if (event == "ping") {
    sink.ping();
    return Step::kTaken;
  }
  if (data.empty()) return Step::kTaken;
  Element root;
  Object object;
  JsonParser& parser = thread_parser();
  if (parser.parse(data, root) != nullptr || root.get(object) != simdjson::SUCCESS) {
    // Some compatible servers send both ends.
    return data == "[DONE]" ? Step::kTaken : Step::kSkipped;
  }
  const std::string_view type = text_at(object, "type");
  const Step step = dispatch(type.empty() ? event : type, object, sink);
  parser.trim();
  return step;
}

// Events that are not known are passed over: "new event types may be added" (the vendor's
// versioning policy).
ReplyReader::Step ReplyReader::dispatch(std::string_view type, const Object& event,
                                        llm::ReplySink& sink) {
  if (type == "content_block_delta") return delta(event, sink);
  if (type == "content_block_start") return start_block(event, sink);
  if (type == "error") return fail(event);
  if (type == "content_block_stop") {
    stop_block(event, sink);
  } else if (type == "message_start") {
    start_message(event, sink);
  } else if (type == "message_delta") {
    message_delta(event, sink);
  } else if (type == "message_stop") {
    if (finished_) end(sink);  // an end without a reason is not an end; stream_end says so
  } else if (type == "ping") {
    sink.ping();
  }
  return Step::kTaken;
}

void ReplyReader::start_message(const Object& event, llm::ReplySink& sink) {
  Object message;
  if (started_ || !object_at(event, "message", message)) return;
  started_ = true;
  response_model = text_at(message, "model");
  sink.start(text_at(message, "id"), response_model);
  Object counters;
  if (!object_at(message, "usage", counters)) return;
  tally_.add(counters);
  usage = tally_.settle(false);
}

// A stream that lost its message_start is still an answer.
void ReplyReader::ensure_start(llm::ReplySink& sink) {
  if (started_) return;
  started_ = true;
  sink.start({}, {});
}

ReplyReader::Step ReplyReader::start_block(const Object& event, llm::ReplySink& sink) {
  const auto index = integer_at(event, "index");
  Object content;
  if (!index || !object_at(event, "content_block", content)) return Step::kSkipped;
  if (open_.size() >= kMaxOpenBlocks || find_block(event) != open_.end()) return Step::kSkipped;
  ensure_start(sink);
  const std::string_view type = text_at(content, "type");
  Block& block = open_.emplace_back();
  block.index = *index;
  if (type == "text") {
    block.kind = Block::Kind::kText;
    text(text_at(content, "text"), sink);
  } else if (type == "thinking") {
    block.kind = Block::Kind::kThinking;
    thinking(text_at(content, "thinking"), sink);
    signature(block, text_at(content, "signature"), sink);
  } else if (type == "redacted_thinking") {
    sink.redacted_thinking(text_at(content, "data"));
  } else if (type == "tool_use") {
    start_tool(block, content, sink);
  }
  return Step::kTaken;
}

void ReplyReader::start_tool(Block& block, const Object& content, llm::ReplySink& sink) {
  block.kind = Block::Kind::kTool;
  block.call = calls_++;
  sink.tool_start(block.call, text_at(content, "id"), text_at(content, "name"));
  content_ = true;
  Element input;
  Object members;
  if (member(content, "input", input) && input.get(members) == simdjson::SUCCESS &&
      members.begin() != members.end()) {
    append_minified(block.whole_input, input);
  }
}

std::vector<ReplyReader::Block>::iterator ReplyReader::find_block(const Object& event) {
  const auto index = integer_at(event, "index");
  if (!index) return open_.end();
  return std::find_if(open_.begin(), open_.end(),
                      [&](const Block& block) { return block.index == *index; });
}

ReplyReader::Step ReplyReader::delta(const Object& event, llm::ReplySink& sink) {
  Object change;
  const auto block = find_block(event);
  if (block == open_.end() || !object_at(event, "delta", change)) return Step::kSkipped;
  const std::string_view type = text_at(change, "type");
  if (type == "text_delta") {
    text(text_at(change, "text"), sink);
  } else if (type == "input_json_delta" && block->kind == Block::Kind::kTool) {
    arguments(*block, text_at(change, "partial_json"), sink);
  } else if (type == "thinking_delta" && block->kind == Block::Kind::kThinking) {
    thinking(text_at(change, "thinking"), sink);
  } else if (type == "signature_delta" && block->kind == Block::Kind::kThinking) {
    signature(*block, text_at(change, "signature"), sink);
  } else if (type == "citations_delta") {
    Object cited;
    if (object_at(change, "citation", cited)) citation(cited, sink);
  }
  return Step::kTaken;  // the blocks of server tools have no place in an answer of no dialect
}

void ReplyReader::text(std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;
  sink.text(piece);
  text_bytes += static_cast<std::int64_t>(piece.size());
  content_ = true;
}

void ReplyReader::thinking(std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;
  sink.thinking(piece);
  text_bytes += static_cast<std::int64_t>(piece.size());
  content_ = true;
}

// One a block; SDKs overwrite rather than join.
void ReplyReader::signature(Block& block, std::string_view value, llm::ReplySink& sink) {
  if (value.empty() || value == kUnsigned || block.is_signed) return;
  block.is_signed = true;
  sink.signature(value);
}

// Of searches; citations of the request's own documents have no address.
void ReplyReader::citation(const Object& cited, llm::ReplySink& sink) {
  const std::string_view url = text_at(cited, "url");
  if (!url.empty()) sink.citation(url, text_at(cited, "title"));
}

void ReplyReader::arguments(Block& block, std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;  // the vendor opens every tool block with an empty piece
  block.has_arguments = true;
  sink.tool_arguments(block.call, piece);
  text_bytes += static_cast<std::int64_t>(piece.size());
  content_ = true;
}

// A call without arguments is `{}`.
void ReplyReader::finish_tool(Block& block, llm::ReplySink& sink) {
  if (block.kind != Block::Kind::kTool || block.has_arguments) return;
  const std::string input = block.whole_input.empty() ? "{}" : std::move(block.whole_input);
  arguments(block, input, sink);
}

void ReplyReader::stop_block(const Object& event, llm::ReplySink& sink) {
  const auto block = find_block(event);
  if (block == open_.end()) return;
  finish_tool(*block, sink);
  open_.erase(block);
}

void ReplyReader::message_delta(const Object& event, llm::ReplySink& sink) {
  Object part;
  if (object_at(event, "usage", part)) {
    tally_.add(part);
    usage = tally_.settle(true);
  }
  if (finished_ || !object_at(event, "delta", part)) return;
  finish = finish_of(text_at(part, "stop_reason"));
  if (finish == llm::Finish::kNone) return;
  ensure_start(sink);
  // A call cut by the token limit keeps its unfinished arguments.
  const bool whole = finish != llm::Finish::kLength && finish != llm::Finish::kContextExceeded;
  for (Block& block : open_) {
    if (whole) finish_tool(block, sink);
  }
  open_.clear();
  finish_answer(part, sink);
}

// `message`: what holds the stop reason.
void ReplyReader::finish_answer(const Object& message, llm::ReplySink& sink) {
  std::string_view explanation;
  Object details;
  if (finish == llm::Finish::kContentFilter && object_at(message, "stop_details", details))
    explanation = text_at(details, "explanation");
  if (!explanation.empty()) content_ = true;
  stop_sequence_ = text_at(message, "stop_sequence");
  finished_ = true;
  sink.finished(finish, explanation);
}

void ReplyReader::end(llm::ReplySink& sink) {
  if (ended_) return;
  ended_ = true;
  sink.end({finish, stop_sequence_, usage, text_bytes});
}

bool ReplyReader::stream_end(llm::ReplySink& sink) {
  // The stop reason came: the answer is whole, only its last line is missing.
  if (finished_) end(sink);
  return finished_;
}

ReplyReader::Step ReplyReader::fail(const Object& event) {
  Object part;
  if (object_at(event, "error", part)) {
    error = error_of(part);
  } else {
    error = error_of(event);
    error.type = "api_error";
    error.status = 500;
  }
  return Step::kError;
}

void ReplyReader::whole_block(const Object& content, llm::ReplySink& sink) {
  const std::string_view type = text_at(content, "type");
  Block block;
  if (type == "text") {
    text(text_at(content, "text"), sink);
    dom::array citations;
    if (content.at_key("citations").get(citations) != simdjson::SUCCESS) return;
    for (const Element one : citations) {
      Object cited;
      if (one.get(cited) == simdjson::SUCCESS) citation(cited, sink);
    }
  } else if (type == "thinking") {
    thinking(text_at(content, "thinking"), sink);
    signature(block, text_at(content, "signature"), sink);
  } else if (type == "redacted_thinking") {
    sink.redacted_thinking(text_at(content, "data"));
  } else if (type == "tool_use") {
    start_tool(block, content, sink);
    finish_tool(block, sink);
  }
}

Status ReplyReader::whole(const Element& root, llm::ReplySink& sink) {
  Object message;
  if (root.get(message) != simdjson::SUCCESS) return garbage("is not a JSON object.");
  Object part;
  if (object_at(message, "error", part)) return std::unexpected(as_error(error_of(part)));
  dom::array content;
  if (message.at_key("content").get(content) != simdjson::SUCCESS)
    return garbage("is no Anthropic message: it has no `content` list.");
  finish = finish_of(text_at(message, "stop_reason"));
  if (finish == llm::Finish::kNone) return garbage("has no `stop_reason`: it is not complete.");
  if (finish == llm::Finish::kStop && content.begin() == content.end()) return garbage("is empty.");
  started_ = true;
  response_model = text_at(message, "model");
  sink.start(text_at(message, "id"), response_model);
  for (const Element one : content) {
    if (one.get(part) == simdjson::SUCCESS) whole_block(part, sink);
  }
  if (object_at(message, "usage", part)) {
    tally_.add(part);
    usage = tally_.settle(true);
  }
  finish_answer(message, sink);
  end(sink);
  return {};
}

}  // namespace pontage::dialects::anthropic
