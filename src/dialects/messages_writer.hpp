// Writes an answer of no dialect as Anthropic's: the events of a stream, or one message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/translation.hpp"

namespace pontage::dialects::messages {

/// message_start, (block_start, delta*, block_stop)*, message_delta, message_stop. Indices count
/// from 0 in the order of the starts; blocks of tools stay open side by side until the end.
class EventWriter : public ReplyWriter {
 public:
  explicit EventWriter(std::string_view client_model) : client_model_(client_model) {}

  /// Instead of start(): the client has the beginning; `open_text` is the block of text that has
  /// not ended, if there is one.
  void go_on(std::size_t next, const std::size_t* open_text);
  void start(std::string_view id, std::string_view model) override;
  void text(std::string_view piece) override;
  void refusal(std::string_view piece) override { text(piece); }  // row C6
  void thinking(std::string_view piece) override;
  void signature(std::string_view value) override;
  void redacted_thinking(std::string_view data) override;
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override;
  void tool_arguments(std::size_t call, std::string_view piece) override;
  void citation(std::string_view url, std::string_view title) override;
  void ping() override;
  void finished(llm::Finish /*finish*/, std::string_view explanation) override {
    explanation_ = explanation;
  }
  void end(const llm::Ending& ending) override;

 protected:
  void close_tools();  ///< those that are open

 private:
  enum class Open { kNone, kText, kThinking };
  void open(Open kind);
  void close();
  void block_start(std::size_t index);  // up to the block's opening brace
  void delta(std::size_t index, std::string_view type, std::string_view key,
             std::string_view value);
  void block_stop(std::size_t index);

  std::string client_model_;
  std::string signature_;
  std::string explanation_;         // of a refusal
  std::vector<std::size_t> tools_;  // the index of each call's block
  std::size_t stopped_ = 0;         // so many of them have ended
  std::size_t next_ = 0;
  std::size_t at_ = 0;  // the index of the open text or thinking
  Open open_ = Open::kNone;
};

class MessageWriter final : public ReplyWriter {
 public:
  explicit MessageWriter(std::string_view client_model) : client_model_(client_model) {}

  void start(std::string_view id, std::string_view model) override;
  void text(std::string_view piece) override;
  void refusal(std::string_view piece) override { text(piece); }  // row C6
  void thinking(std::string_view piece) override;
  void signature(std::string_view value) override;
  void redacted_thinking(std::string_view data) override;
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override;
  void tool_arguments(std::size_t call, std::string_view piece) override;
  void citation(std::string_view url, std::string_view title) override;
  void finished(llm::Finish /*finish*/, std::string_view explanation) override {
    explanation_ = explanation;
  }
  void end(const llm::Ending& ending) override;

 private:
  struct Block {
    enum class Kind { kText, kThinking, kRedacted, kTool };
    Kind kind;
    std::string text;  // or a call's arguments
    std::string id;
    std::string name;
    std::string beside;  // the signature, or the citations
    std::size_t call = 0;
  };
  Block& last(Block::Kind kind);
  static void append_block(std::string& out, const Block& block);

  std::string client_model_;
  std::string explanation_;
  std::vector<Block> blocks_;
};

}  // namespace pontage::dialects::messages
