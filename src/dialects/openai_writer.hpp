// Writes an answer of no dialect as OpenAI's: the chunks of a stream, or one completion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/translation.hpp"

namespace pontage::dialects::openai {

/// `usage` of any of OpenAI's forms (row G8): prompt_tokens = uncached + cache read + written.
void append_usage(std::string& out, const llm::Usage& usage);

/// A role chunk, deltas, a chunk with the finish reason, the counts where they were asked for,
/// [DONE]. One buffer for the whole stream.
class ChunkWriter final : public ReplyWriter {
 public:
  ChunkWriter(std::int64_t created_s, bool include_usage, std::string_view client_model)
      : client_model_(client_model), created_s_(created_s), include_usage_(include_usage) {}

  /// Instead of start(): the client has the beginning, so many characters of text.
  void go_on(std::string_view id, std::int64_t said);
  void start(std::string_view id, std::string_view model) override;
  void text(std::string_view piece) override;
  void refusal(std::string_view piece) override;
  void thinking(std::string_view piece) override;
  void signature(std::string_view value) override;
  void redacted_thinking(std::string_view data) override;
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override;
  void tool_arguments(std::size_t call, std::string_view piece) override;
  void citation(std::string_view url, std::string_view title) override;
  void ping() override;
  void finished(llm::Finish finish, std::string_view explanation) override;
  void end(const llm::Ending& ending) override;

 private:
  void name(std::string_view id, std::string_view model);  // sets the head
  void open();                                             // up to the delta's opening brace
  void close();  // from the delta's closing brace, without a finish reason
  void member(std::string_view key, std::string_view piece);
  void open_detail(std::string_view type);
  void end_thinking();

  std::string client_model_;
  std::string head_;          // `data: {"id":…,"model":…,`
  std::vector<bool> calls_;   // true: it has arguments
  std::int64_t said_ = 0;     // characters of text so far: where a citation stands
  std::size_t thinking_ = 0;  // the index of this piece of thinking, or of the next
  bool thinking_open_ = false;
  std::int64_t created_s_;
  bool include_usage_;
  bool finished_ = false;
};

class CompletionWriter final : public ReplyWriter {
 public:
  CompletionWriter(std::int64_t created_s, std::string_view client_model)
      : client_model_(client_model), created_s_(created_s) {}

  void start(std::string_view id, std::string_view model) override;
  void text(std::string_view piece) override { text_.append(piece); }
  void refusal(std::string_view piece) override { refusal_.append(piece); }
  void thinking(std::string_view piece) override;
  void signature(std::string_view value) override;
  void redacted_thinking(std::string_view data) override;
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override;
  void tool_arguments(std::size_t call, std::string_view piece) override;
  void citation(std::string_view url, std::string_view title) override;
  void end(const llm::Ending& ending) override;

 private:
  struct Thought {
    std::string text;
    std::string signature;  // or what only its maker can read
    bool redacted = false;
  };
  struct Call {
    std::string id;
    std::string name;
    std::string arguments;
  };
  void append_message();
  void append_details();

  std::string client_model_;
  std::int64_t created_s_;
  std::string text_;
  std::string annotations_;  // whole objects, with commas between
  std::string refusal_;
  std::vector<Thought> thoughts_;
  std::vector<Call> calls_;
};

}  // namespace pontage::dialects::openai
