// Writes an answer of no dialect as Gemini's: the chunks of a stream, or one answer of the same
// shape.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialects/translation.hpp"

namespace pontage::dialects::gemini {

class Writer final : public ReplyWriter {
 public:
  Writer(std::string_view client_model, bool stream)
      : client_model_(client_model), stream_(stream) {}

  void start(std::string_view id, std::string_view model) override;
  void text(std::string_view piece) override;
  void refusal(std::string_view piece) override { text(piece); }
  void thinking(std::string_view piece) override;
  void signature(std::string_view value) override;
  void redacted_thinking(std::string_view data) override;
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override;
  void tool_arguments(std::size_t call, std::string_view piece) override;
  void citation(std::string_view url, std::string_view title) override;
  void end(const llm::Ending& ending) override;

 private:
  enum class Kind { kNone, kText, kThought };
  struct Call {
    std::string id;
    std::string name;
    std::string arguments;
  };
  void say(Kind kind, std::string_view piece);
  void part(std::string_view json);
  void close();
  void chunk(std::string_view parts, const llm::Ending* ending);
  void append_calls(std::string& parts) const;

  std::string client_model_;
  bool stream_;
  std::string tail_;   // modelVersion and responseId
  std::string parts_;  // of a whole answer
  std::string open_text_;
  Kind open_ = Kind::kNone;
  std::vector<Call> calls_;  // whole in the last chunk: Gemini does not send arguments in pieces
  std::string sources_;
};

}  // namespace pontage::dialects::gemini
