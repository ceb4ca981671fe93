#include "dialects/openai_writer.hpp"

#include <array>
#include <charconv>

#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/anthropic_wire.hpp"

namespace pontage::dialects::openai {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;
using anthropic::kReasoningFormat;

namespace {

constexpr std::string_view kNoId = "chatcmpl-unnamed";  // where the provider's answer has none

// Row G7. A plain stop after tool calls is `tool_calls`: clients run tools only when the finish
// reason says so.
std::string_view finish_name(llm::Finish finish, bool has_tool_calls) {
  switch (finish) {
    case llm::Finish::kLength:
    case llm::Finish::kContextExceeded:
      return "length";
    case llm::Finish::kContentFilter:
      return "content_filter";
    case llm::Finish::kToolCalls:
      return "tool_calls";
    case llm::Finish::kNone:
    case llm::Finish::kStop:
    case llm::Finish::kStopSequence:
    case llm::Finish::kOther:
      break;
  }
  return has_tool_calls ? "tool_calls" : "stop";
}

// A call cut by the token limit keeps its unfinished arguments: `length` says why they do not
// parse.
bool is_cut(llm::Finish finish) {
  return finish == llm::Finish::kLength || finish == llm::Finish::kContextExceeded;
}

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 24> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

// Row C7. Whose range in the text nobody told stands as a point: behind what has been said.
void append_citation(std::string& out, std::int64_t at, std::string_view url,
                     std::string_view title) {
  out.append(R"({"type":"url_citation","url_citation":{"start_index":)");
  append_number(out, at);
  out.append(",\"end_index\":");
  append_number(out, at);
  append_member(out, "url", url);
  append_member(out, "title", title);
  out.append("}}");
}

}  // namespace

void append_usage(std::string& out, const llm::Usage& usage) {
  const auto field = [&out](std::string_view key, std::int64_t value) {
    out.append(key);
    append_number(out, value);
  };
  field("{\"prompt_tokens\":", usage.total_input());
  field(",\"completion_tokens\":", usage.total_output());
  field(",\"total_tokens\":", usage.total_input() + usage.total_output());
  field(",\"prompt_tokens_details\":{\"cached_tokens\":", usage.cache_read);
  field(",\"cache_write_tokens\":", usage.cache_write_5m + usage.cache_write_1h);
  field("},\"completion_tokens_details\":{\"reasoning_tokens\":", usage.reasoning);
  out.append("}}");
}

void ChunkWriter::name(std::string_view id, std::string_view model) {
  head_ = "data: {\"id\":";
  append_string(head_, id.empty() ? kNoId : id);
  head_.append(",\"object\":\"chat.completion.chunk\",\"created\":");
  append_number(head_, created_s_);
  head_.append(",\"model\":");
  // The client's own word is not known to be UTF-8.
  append_json_string(head_, model.empty() ? std::string_view(client_model_) : model);
  head_.push_back(',');
}

void ChunkWriter::go_on(std::string_view id, std::int64_t said) {
  name(id, {});
  said_ = said;
}

void ChunkWriter::start(std::string_view id, std::string_view model) {
  name(id, model);
  open();
  out_.append("\"role\":\"assistant\",\"content\":\"\"");
  close();
}

// Where the client asked for usage every chunk but the last carries `"usage":null`, as OpenAI's do.
void ChunkWriter::open() {
  out_.append(head_);
  if (include_usage_) out_.append("\"usage\":null,");
  out_.append("\"choices\":[{\"index\":0,\"delta\":{");
}

void ChunkWriter::close() {
  out_.append("},\"finish_reason\":null}]}\n\n");
}

void ChunkWriter::member(std::string_view key, std::string_view piece) {
  end_thinking();
  open();
  out_.append(key);
  append_string(out_, piece);
  close();
}

void ChunkWriter::text(std::string_view piece) {
  said_ += count_code_points(piece);
  member("\"content\":", piece);
}

void ChunkWriter::citation(std::string_view url, std::string_view title) {
  open();
  out_.append("\"annotations\":[");
  append_citation(out_, said_, url, title);
  out_.push_back(']');
  close();
}

void ChunkWriter::refusal(std::string_view piece) {
  member("\"refusal\":", piece);
}

// The entry of one piece of thinking: clients join entries of the same index, text to text and
// signature to signature (the official SDKs too), and send the whole back; what came apart here
// must come back unchanged, or its maker refuses its signature. `format` stands once a piece: it
// would be joined as well.
void ChunkWriter::open_detail(std::string_view type) {
  out_.append("\"reasoning_details\":[{\"type\":\"").append(type).append("\",\"index\":");
  append_number(out_, static_cast<std::int64_t>(thinking_));
  out_.push_back(',');
}

void ChunkWriter::end_thinking() {
  if (!thinking_open_) return;
  thinking_open_ = false;
  ++thinking_;
}

void ChunkWriter::thinking(std::string_view piece) {
  thinking_open_ = true;
  open();
  out_.append("\"reasoning_content\":");
  append_string(out_, piece);
  out_.push_back(',');
  open_detail("reasoning.text");
  out_.append("\"text\":");
  append_string(out_, piece);
  out_.append("}]");
  close();
}

void ChunkWriter::signature(std::string_view value) {
  thinking_open_ = true;
  open();
  open_detail("reasoning.text");
  out_.append("\"format\":\"").append(kReasoningFormat).append("\",\"signature\":");
  append_string(out_, value);
  out_.append("}]");
  close();
  end_thinking();
}

void ChunkWriter::redacted_thinking(std::string_view data) {
  end_thinking();
  thinking_open_ = true;
  open();
  open_detail("reasoning.encrypted");
  out_.append("\"format\":\"").append(kReasoningFormat).append("\",\"data\":");
  append_string(out_, data);
  out_.append("}]");
  close();
  end_thinking();
}

void ChunkWriter::tool_start(std::size_t call, std::string_view id, std::string_view name) {
  end_thinking();
  if (calls_.size() <= call) calls_.resize(call + 1);
  open();
  out_.append("\"tool_calls\":[{\"index\":");
  append_number(out_, static_cast<std::int64_t>(call));
  out_.append(",\"id\":");
  append_string(out_, id);
  out_.append(",\"type\":\"function\",\"function\":{\"name\":");
  append_string(out_, name);
  out_.append(",\"arguments\":\"\"}}]");
  close();
}

void ChunkWriter::tool_arguments(std::size_t call, std::string_view piece) {
  calls_[call] = true;
  open();
  out_.append("\"tool_calls\":[{\"index\":");
  append_number(out_, static_cast<std::int64_t>(call));
  out_.append(",\"function\":{\"arguments\":");
  append_string(out_, piece);
  out_.append("}}]");
  close();
}

void ChunkWriter::ping() {
  out_.append(": ping\n\n");
}

// Calls without arguments have `{}`: clients parse the joined pieces as JSON.
void ChunkWriter::finished(llm::Finish finish, std::string_view explanation) {
  finished_ = true;
  for (std::size_t call = 0; call < calls_.size() && !is_cut(finish); ++call) {
    if (!calls_[call]) tool_arguments(call, "{}");
  }
  open();
  if (!explanation.empty()) {
    out_.append("\"refusal\":");
    append_string(out_, explanation);
  }
  out_.append("},\"finish_reason\":\"")
      .append(finish_name(finish, !calls_.empty()))
      .append("\"}]}\n\n");
}

void ChunkWriter::end(const llm::Ending& ending) {
  if (!finished_) finished(ending.finish, {});
  if (include_usage_ && ending.usage.present) {  // never zeros that nobody counted
    out_.append(head_).append("\"choices\":[],\"usage\":");
    append_usage(out_, ending.usage);
    out_.append("}\n\n");
  }
  out_.append("data: [DONE]\n\n");
}

void CompletionWriter::start(std::string_view id, std::string_view model) {
  out_.append("{\"id\":");
  append_string(out_, id.empty() ? kNoId : id);
  out_.append(",\"object\":\"chat.completion\",\"created\":");
  append_number(out_, created_s_);
  out_.append(",\"model\":");
  append_json_string(out_, model.empty() ? std::string_view(client_model_) : model);
}

void CompletionWriter::thinking(std::string_view piece) {
  if (thoughts_.empty() || !thoughts_.back().signature.empty()) thoughts_.emplace_back();
  thoughts_.back().text.append(piece);
}

void CompletionWriter::signature(std::string_view value) {
  if (thoughts_.empty() || !thoughts_.back().signature.empty()) thoughts_.emplace_back();
  thoughts_.back().signature = value;
}

void CompletionWriter::redacted_thinking(std::string_view data) {
  thoughts_.push_back({{}, std::string(data), true});
}

void CompletionWriter::tool_start(std::size_t /*call*/, std::string_view id,
                                  std::string_view name) {
  calls_.push_back({std::string(id), std::string(name), {}});
}

void CompletionWriter::tool_arguments(std::size_t call, std::string_view piece) {
  calls_[call].arguments.append(piece);
}

void CompletionWriter::citation(std::string_view url, std::string_view title) {
  if (!annotations_.empty()) annotations_.push_back(',');
  append_citation(annotations_, count_code_points(text_), url, title);
}

void CompletionWriter::append_details() {
  std::string reasoning;
  for (const Thought& thought : thoughts_) reasoning.append(thought.text);
  if (!reasoning.empty()) append_member(out_, "reasoning_content", reasoning);
  if (thoughts_.empty()) return;
  out_.append(",\"reasoning_details\":[");
  for (std::size_t i = 0; i < thoughts_.size(); ++i) {
    const Thought& thought = thoughts_[i];
    append_comma(out_);
    out_.append("{\"type\":\"").append(thought.redacted ? "reasoning.encrypted" : "reasoning.text");
    out_.push_back('"');
    if (!thought.signature.empty()) append_member(out_, "format", kReasoningFormat);
    out_.append(",\"index\":");
    append_number(out_, static_cast<std::int64_t>(i));
    if (!thought.redacted) append_member(out_, "text", thought.text);
    if (!thought.signature.empty())
      append_member(out_, thought.redacted ? "data" : "signature", thought.signature);
    out_.push_back('}');
  }
  out_.push_back(']');
}

void CompletionWriter::append_message() {
  out_.append("{\"role\":\"assistant\",\"content\":");
  if (!text_.empty() || (calls_.empty() && refusal_.empty())) {
    append_string(out_, text_);
  } else {
    out_.append("null");
  }
  out_.append(",\"refusal\":");
  if (refusal_.empty()) {
    out_.append("null");
  } else {
    append_string(out_, refusal_);
  }
  if (!annotations_.empty()) out_.append(",\"annotations\":[").append(annotations_).push_back(']');
  append_details();
  if (!calls_.empty()) out_.append(",\"tool_calls\":[");
  for (const Call& call : calls_) {
    append_comma(out_);
    out_.append("{\"id\":");
    append_string(out_, call.id);
    out_.append(",\"type\":\"function\",\"function\":{\"name\":");
    append_string(out_, call.name);
    append_member(out_, "arguments", call.arguments);
    out_.append("}}");
  }
  out_.append(calls_.empty() ? "}" : "]}");
}

void CompletionWriter::end(const llm::Ending& ending) {
  for (Call& call : calls_) {
    if (call.arguments.empty() && !is_cut(ending.finish)) call.arguments = "{}";
  }
  out_.append(",\"choices\":[{\"index\":0,\"message\":");
  append_message();
  out_.append(",\"logprobs\":null,\"finish_reason\":\"")
      .append(finish_name(ending.finish, !calls_.empty()))
      .append("\"}]");
  if (ending.usage.present) {
    out_.append(",\"usage\":");
    append_usage(out_, ending.usage);
  }
  out_.push_back('}');
}

}  // namespace pontage::dialects::openai
