// Anthropic events, and whole messages, read into the events of an answer of no dialect (rows
// G7-G11).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/anthropic_wire.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects::anthropic {

/// A state machine over content blocks: message_start, (block_start, delta*, block_stop)*,
/// message_delta+, message_stop. Blocks may be open side by side.
class ReplyReader final : public dialects::ReplyReader {
 public:
  Step event(std::string_view event, std::string_view data, llm::ReplySink& sink) override;
  bool stream_end(llm::ReplySink& sink) override;
  Status whole(const Element& root, llm::ReplySink& sink) override;

 private:
  struct Block {
    enum class Kind : std::uint8_t { kText, kThinking, kTool, kOther };
    std::int64_t index = 0;  // Anthropic's, over all blocks
    Kind kind = Kind::kOther;
    std::size_t call = 0;  // among the tool calls
    bool has_arguments = false;
    bool is_signed = false;
    std::string whole_input;  // input that came whole in the start event
  };

  Step dispatch(std::string_view type, const Object& event, llm::ReplySink& sink);
  void start_message(const Object& event, llm::ReplySink& sink);
  void ensure_start(llm::ReplySink& sink);
  Step start_block(const Object& event, llm::ReplySink& sink);
  Step delta(const Object& event, llm::ReplySink& sink);
  void stop_block(const Object& event, llm::ReplySink& sink);
  void message_delta(const Object& event, llm::ReplySink& sink);
  void end(llm::ReplySink& sink);
  Step fail(const Object& event);

  void text(std::string_view piece, llm::ReplySink& sink);
  void thinking(std::string_view piece, llm::ReplySink& sink);
  void signature(Block& block, std::string_view value, llm::ReplySink& sink);
  void citation(const Object& change, llm::ReplySink& sink);
  void arguments(Block& block, std::string_view piece, llm::ReplySink& sink);
  void start_tool(Block& block, const Object& content, llm::ReplySink& sink);
  void finish_tool(Block& block, llm::ReplySink& sink);
  void whole_block(const Object& block, llm::ReplySink& sink);
  void finish_answer(const Object& message, llm::ReplySink& sink);
  std::vector<Block>::iterator find_block(const Object& event);

  UsageTally tally_;
  std::vector<Block> open_;
  std::string stop_sequence_;
  std::size_t calls_ = 0;
  bool started_ = false;
};

}  // namespace pontage::dialects::anthropic
