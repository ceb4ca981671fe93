#include "dialects/anthropic_chunks.hpp"

#include "core/strings.hpp"
#include "dialects/anthropic_wire.hpp"

namespace pontage::dialects::anthropic {

ChunkWriter::ChunkWriter(std::int64_t created_s, bool usage_field)
    : created_s_(created_s), usage_field_(usage_field) {}

void ChunkWriter::name(std::string_view id, std::string_view model) {
  head_ = "data: {\"id\":";
  append_json_string(head_, id);
  head_.append(",\"object\":\"chat.completion.chunk\",\"created\":");
  head_.append(std::to_string(created_s_));
  head_.append(",\"model\":");
  append_json_string(head_, model);  // the client's own word: not known to be UTF-8
  head_.push_back(',');
}

void ChunkWriter::open() {
  out_.append(head_);
  if (usage_field_) out_.append("\"usage\":null,");
  out_.append("\"choices\":[{\"index\":0,\"delta\":{");
}

void ChunkWriter::close() {
  out_.append("},\"finish_reason\":null}]}\n\n");
}

void ChunkWriter::role() {
  open();
  out_.append("\"role\":\"assistant\",\"content\":\"\"");
  close();
}

void ChunkWriter::text(std::string_view text) {
  open();
  out_.append("\"content\":");
  append_string(out_, text);
  close();
}

// The entry of one thinking block: clients join entries of the same index, text to text and
// signature to signature (the official SDKs too), and send the whole back; what came apart here
// must come back unchanged, or Anthropic refuses its signature. `format` stands once a block: it
// would be joined as well.
void ChunkWriter::open_detail(std::size_t index, std::string_view type) {
  out_.append("\"reasoning_details\":[{\"type\":\"").append(type);
  out_.append("\",\"index\":").append(std::to_string(index)).push_back(',');
}

void ChunkWriter::format() {
  out_.append("\"format\":\"").append(kReasoningFormat).append("\",");
}

void ChunkWriter::reasoning(std::size_t index, std::string_view text) {
  open();
  out_.append("\"reasoning_content\":");
  append_string(out_, text);
  out_.push_back(',');
  open_detail(index, "reasoning.text");
  out_.append("\"text\":");
  append_string(out_, text);
  out_.append("}]");
  close();
}

void ChunkWriter::signature(std::size_t index, std::string_view signature) {
  open();
  open_detail(index, "reasoning.text");
  format();
  out_.append("\"signature\":");
  append_string(out_, signature);
  out_.append("}]");
  close();
}

void ChunkWriter::redacted(std::size_t index, std::string_view data) {
  open();
  open_detail(index, "reasoning.encrypted");
  format();
  out_.append("\"data\":");
  append_string(out_, data);
  out_.append("}]");
  close();
}

void ChunkWriter::tool_start(std::size_t index, std::string_view id, std::string_view name) {
  open();
  out_.append("\"tool_calls\":[{\"index\":").append(std::to_string(index)).append(",\"id\":");
  append_string(out_, id);
  out_.append(",\"type\":\"function\",\"function\":{\"name\":");
  append_string(out_, name);
  out_.append(",\"arguments\":\"\"}}]");
  close();
}

void ChunkWriter::tool_arguments(std::size_t index, std::string_view piece) {
  open();
  out_.append("\"tool_calls\":[{\"index\":").append(std::to_string(index));
  out_.append(",\"function\":{\"arguments\":");
  append_string(out_, piece);
  out_.append("}}]");
  close();
}

void ChunkWriter::finish(std::string_view reason, std::string_view refusal) {
  open();
  if (!refusal.empty()) {
    out_.append("\"refusal\":");
    append_string(out_, refusal);
  }
  out_.append("},\"finish_reason\":\"").append(reason).append("\"}]}\n\n");
}

void ChunkWriter::usage(const llm::Usage& usage) {
  out_.append(head_).append("\"choices\":[],\"usage\":");
  append_openai_usage(out_, usage);
  out_.append("}\n\n");
}

void ChunkWriter::done() {
  out_.append("data: [DONE]\n\n");
}

void ChunkWriter::ping() {
  out_.append(": ping\n\n");
}

}  // namespace pontage::dialects::anthropic
