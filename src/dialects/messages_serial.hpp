// An Anthropic stream for clients that refuse two open blocks of tools: the first call comes as it
// is made, what follows it waits until the answer is whole and then comes block by block.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialects/messages_writer.hpp"

namespace pontage::dialects::messages {

class SerialEventWriter final : public EventWriter {
 public:
  using EventWriter::EventWriter;

  void text(std::string_view piece) override;
  void thinking(std::string_view piece) override;
  void signature(std::string_view value) override;
  void redacted_thinking(std::string_view data) override;
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override;
  void tool_arguments(std::size_t call, std::string_view piece) override;
  void citation(std::string_view url, std::string_view title) override;
  void end(const llm::Ending& ending) override;

 private:
  struct Held {
    enum class Kind { kText, kThinking, kSignature, kRedacted, kCitation, kTool };
    Kind kind;
    std::string text;  // or arguments, or an address
    std::string id;    // or a title
    std::string name;
    std::size_t call = 0;
  };
  void hold(Held::Kind kind, std::string_view text, std::string_view id = {});
  void say(const Held& held);

  bool started_ = false;   // the first call
  std::size_t first_ = 0;  // its number
  std::vector<Held> held_;
};

}  // namespace pontage::dialects::messages
