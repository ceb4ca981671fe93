// Writes OpenAI `chat.completion.chunk` events as text: no tree, one buffer reused for the whole
// stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "llm/usage.hpp"

namespace pontage::dialects::anthropic {

class ChunkWriter {
 public:
  /// `usage_field`: the client asked for usage, so every chunk but the last carries `"usage":null`,
  /// as OpenAI's do.
  ChunkWriter(std::int64_t created_s, bool usage_field);

  /// The id and model that stand in every chunk.
  void name(std::string_view id, std::string_view model);

  void clear() { out_.clear(); }
  [[nodiscard]] std::string_view bytes() const { return out_; }

  void role();
  void text(std::string_view text);
  void reasoning(std::size_t index, std::string_view text);
  void signature(std::size_t index, std::string_view signature);
  void redacted(std::size_t index, std::string_view data);
  void tool_start(std::size_t index, std::string_view id, std::string_view name);
  void tool_arguments(std::size_t index, std::string_view piece);
  void finish(std::string_view reason, std::string_view refusal);
  void usage(const llm::Usage& usage);
  void done();
  void ping();

 private:
  void open();   // up to the delta's opening brace
  void close();  // from the delta's closing brace, without a finish reason
  void open_detail(std::size_t index, std::string_view type);
  void format();

  std::string out_;
  std::string head_;  // `data: {"id":…,"model":…,`
  std::int64_t created_s_;
  bool usage_field_;
};

}  // namespace pontage::dialects::anthropic
