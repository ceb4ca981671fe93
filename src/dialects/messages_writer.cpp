#include "dialects/messages_writer.hpp"

#include <simdjson.h>

#include "dialects/anthropic_json.hpp"
#include "dialects/messages.hpp"

namespace pontage::dialects::messages {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;

namespace {

constexpr std::int64_t kBytesPerToken = 4;  // the ledger's guess where nobody counted

void append_id(std::string& out, std::string_view id) {
  constexpr std::string_view kPrefix = "msg_";
  std::string named(id.starts_with(kPrefix) ? "" : kPrefix);
  named.append(id.empty() ? "unnamed" : id);
  append_string(out, named);
}

// Row C3; what none of the vendor's reasons stands for never gets here.
std::string_view stop_reason(llm::Finish finish) {
  switch (finish) {
    case llm::Finish::kLength:
      return "max_tokens";
    case llm::Finish::kToolCalls:
      return "tool_use";
    case llm::Finish::kContentFilter:
      return "refusal";
    case llm::Finish::kStopSequence:
      return "stop_sequence";
    case llm::Finish::kContextExceeded:
      return "model_context_window_exceeded";
    case llm::Finish::kNone:
    case llm::Finish::kStop:
    case llm::Finish::kOther:
      break;
  }
  return "end_turn";
}

void append_stop(std::string& out, const llm::Ending& ending, std::string_view explanation) {
  out.append("\"stop_reason\":\"").append(stop_reason(ending.finish)).append("\"");
  out.append(",\"stop_sequence\":");
  if (ending.stop_sequence.empty()) {
    out.append("null");
  } else {
    append_string(out, ending.stop_sequence);
  }
  if (explanation.empty()) return;
  out.append(R"(,"stop_details":{"type":"refusal","category":null)");
  append_member(out, "explanation", explanation);
  out.push_back('}');
}

// Row C4: the classes are disjoint here as they are at Anthropic. SDKs take it for granted, so it
// is there even where the provider counted nothing; then the output is the ledger's guess.
void append_usage(std::string& out, const llm::Ending& ending) {
  const llm::Usage& usage = ending.usage;
  const auto field = [&out](std::string_view key, std::int64_t value) {
    append_comma(out);
    out.append("\"").append(key).append("\":").append(std::to_string(value));
  };
  out.append("\"usage\":{");
  field("input_tokens", usage.input + usage.input_audio);
  field("cache_creation_input_tokens", usage.cache_write_5m + usage.cache_write_1h);
  field("cache_read_input_tokens", usage.cache_read);
  field("output_tokens", usage.present ? usage.total_output()
                                       : (ending.text_bytes + kBytesPerToken - 1) / kBytesPerToken);
  out.push_back('}');
}

// Row C7, as a citation of a search on the web.
void append_citation(std::string& out, std::string_view url, std::string_view title) {
  out.append(R"({"type":"web_search_result_location","cited_text":"","encrypted_index":"")");
  append_member(out, "url", url);
  append_member(out, "title", title);
  out.push_back('}');
}

// Row C8: `""` is `{}`; what is no JSON object is kept, so that the client can show it.
void append_input(std::string& out, const std::string& arguments) {
  simdjson::dom::parser parser;
  simdjson::dom::element input;
  if (arguments.empty() || arguments == "null") {
    out.append("{}");
  } else if (parser.parse(arguments).get(input) == simdjson::SUCCESS && input.is_object()) {
    anthropic::append_minified(out, input);
  } else {
    out.append("{");
    append_member(out, "raw_arguments", arguments);
    out.append("}");
  }
}

}  // namespace

void EventWriter::start(std::string_view id, std::string_view model) {
  out_.append("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":");
  append_id(out_, id);
  out_.append(R"(,"type":"message","role":"assistant")");
  append_member(out_, "model", model.empty() ? client_model_ : model);
  out_.append(R"(,"content":[],"stop_reason":null,"stop_sequence":null,)"
              R"("usage":{"input_tokens":0,"output_tokens":0}}})"
              "\n\n");
}

void EventWriter::go_on(std::size_t next, const std::size_t* open_text) {
  next_ = next;
  if (open_text == nullptr) return;
  at_ = *open_text;
  open_ = Open::kText;
}

void EventWriter::block_start(std::size_t index) {
  out_.append("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
      .append(std::to_string(index))
      .append(",\"content_block\":{");
}

void EventWriter::delta(std::size_t index, std::string_view type, std::string_view key,
                        std::string_view value) {
  out_.append("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
      .append(std::to_string(index))
      .append(",\"delta\":{\"type\":\"")
      .append(type)
      .append("\",\"")
      .append(key)
      .append("\":");
  append_string(out_, value);
  out_.append("}}\n\n");
}

void EventWriter::block_stop(std::size_t index) {
  out_.append("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
      .append(std::to_string(index))
      .append("}\n\n");
}

void EventWriter::open(Open kind) {
  if (open_ == kind) return;
  close();
  at_ = next_++;
  open_ = kind;
  block_start(at_);
  out_.append(kind == Open::kText ? R"("type":"text","text":"")"
                                  : R"("type":"thinking","thinking":"","signature":"")");
  out_.append("}}\n\n");
}

// A signature comes last in its block, and replaces what stood there.
void EventWriter::close() {
  if (open_ == Open::kNone) return;
  if (open_ == Open::kThinking) {
    delta(at_, "signature_delta", "signature", signature_.empty() ? kUnsigned : signature_);
    signature_.clear();
  }
  block_stop(at_);
  open_ = Open::kNone;
}

void EventWriter::text(std::string_view piece) {
  open(Open::kText);
  delta(at_, "text_delta", "text", piece);
}

void EventWriter::thinking(std::string_view piece) {
  open(Open::kThinking);
  delta(at_, "thinking_delta", "thinking", piece);
}

void EventWriter::signature(std::string_view value) {
  if (open_ != Open::kThinking) open(Open::kThinking);  // thinking that is not shown is signed too
  signature_.append(value);
  close();
}

void EventWriter::redacted_thinking(std::string_view data) {
  close();
  const std::size_t index = next_++;
  block_start(index);
  append_member(out_, "type", "redacted_thinking");
  append_member(out_, "data", data);
  out_.append("}}\n\n");
  block_stop(index);
}

void EventWriter::citation(std::string_view url, std::string_view title) {
  open(Open::kText);
  out_.append("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
      .append(std::to_string(at_))
      .append(R"(,"delta":{"type":"citations_delta","citation":)");
  append_citation(out_, url, title);
  out_.append("}}\n\n");
}

void EventWriter::tool_start(std::size_t /*call*/, std::string_view id, std::string_view name) {
  close();
  tools_.push_back(next_);
  block_start(next_++);
  append_member(out_, "type", "tool_use");
  append_member(out_, "id", id);
  append_member(out_, "name", name);
  out_.append(",\"input\":{}}}\n\n");
}

void EventWriter::tool_arguments(std::size_t call, std::string_view piece) {
  delta(tools_[call], "input_json_delta", "partial_json", piece);
}

void EventWriter::ping() {
  out_.append("event: ping\ndata: {\"type\": \"ping\"}\n\n");
}

void EventWriter::close_tools() {
  while (stopped_ < tools_.size()) block_stop(tools_[stopped_++]);
}

void EventWriter::end(const llm::Ending& ending) {
  close();
  close_tools();
  out_.append("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{");
  append_stop(out_, ending, explanation_);
  out_.append("},");
  append_usage(out_, ending);
  out_.append("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
}

void MessageWriter::start(std::string_view id, std::string_view model) {
  out_.append("{\"id\":");
  append_id(out_, id);
  out_.append(R"(,"type":"message","role":"assistant")");
  append_member(out_, "model", model.empty() ? client_model_ : model);
  out_.append(",\"content\":[");
}

MessageWriter::Block& MessageWriter::last(Block::Kind kind) {
  const auto goes_on = [kind](const Block& block) {
    return block.kind == kind && (kind != Block::Kind::kThinking || block.beside.empty());
  };
  if (blocks_.empty() || !goes_on(blocks_.back())) blocks_.push_back({kind, {}, {}, {}, {}, 0});
  return blocks_.back();
}

void MessageWriter::text(std::string_view piece) {
  last(Block::Kind::kText).text.append(piece);
}

void MessageWriter::thinking(std::string_view piece) {
  last(Block::Kind::kThinking).text.append(piece);
}

void MessageWriter::signature(std::string_view value) {
  last(Block::Kind::kThinking).beside.append(value);
}

void MessageWriter::redacted_thinking(std::string_view data) {
  blocks_.push_back({Block::Kind::kRedacted, std::string(data), {}, {}, {}, 0});
}

void MessageWriter::citation(std::string_view url, std::string_view title) {
  std::string& list = last(Block::Kind::kText).beside;
  append_comma(list);
  append_citation(list, url, title);
}

void MessageWriter::tool_start(std::size_t call, std::string_view id, std::string_view name) {
  blocks_.push_back({Block::Kind::kTool, {}, std::string(id), std::string(name), {}, call});
}

void MessageWriter::tool_arguments(std::size_t call, std::string_view piece) {
  for (Block& block : blocks_) {
    if (block.kind == Block::Kind::kTool && block.call == call) block.text.append(piece);
  }
}

void MessageWriter::append_block(std::string& out, const Block& block) {
  append_comma(out);
  switch (block.kind) {
    case Block::Kind::kText:
      out.append("{\"type\":\"text\"");
      append_member(out, "text", block.text);
      if (!block.beside.empty()) out.append(",\"citations\":[").append(block.beside).append("]");
      break;
    case Block::Kind::kThinking:
      out.append("{\"type\":\"thinking\"");
      append_member(out, "thinking", block.text);
      append_member(out, "signature", block.beside.empty() ? kUnsigned : block.beside);
      break;
    case Block::Kind::kRedacted:
      out.append("{\"type\":\"redacted_thinking\"");
      append_member(out, "data", block.text);
      break;
    case Block::Kind::kTool:
      out.append("{\"type\":\"tool_use\"");
      append_member(out, "id", block.id);
      append_member(out, "name", block.name);
      out.append(",\"input\":");
      append_input(out, block.text);
      break;
  }
  out.push_back('}');
}

void MessageWriter::end(const llm::Ending& ending) {
  for (const Block& block : blocks_) append_block(out_, block);
  out_.append("],");
  append_stop(out_, ending, explanation_);
  out_.push_back(',');
  append_usage(out_, ending);
  out_.push_back('}');
}

}  // namespace pontage::dialects::messages
