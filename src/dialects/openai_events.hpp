// OpenAI chunks, and whole completions, read into the events of an answer of no dialect.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/think_tags.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects::openai {

class ReplyReader final : public dialects::ReplyReader {
 public:
  /// `long_tool_names`: of the request, to restore shortened ones.
  ReplyReader(std::vector<std::string> long_tool_names, std::int64_t created_s)
      : long_names_(std::move(long_tool_names)), created_s_(created_s) {}

  Step event(std::string_view event, std::string_view data, llm::ReplySink& sink) override;
  bool stream_end(llm::ReplySink& sink) override;
  Status whole(const simdjson::dom::element& root, llm::ReplySink& sink) override;

 private:
  struct Call {
    std::int64_t index = 0;
    std::string id;
    std::string name;
    std::string arguments;  // that came before the name
    std::size_t ordinal = 0;
    bool started = false;
  };

  bool chunk(const simdjson::dom::element& root, llm::ReplySink& sink);
  void start(const simdjson::dom::element& root, llm::ReplySink& sink);
  bool choice(const simdjson::dom::element& value, llm::ReplySink& sink);
  void message(const simdjson::dom::element& value, llm::ReplySink& sink);
  void reasoning(const simdjson::dom::element& value, llm::ReplySink& sink);
  void content(const simdjson::dom::element& value, llm::ReplySink& sink);
  void annotations(const simdjson::dom::element& value, llm::ReplySink& sink);
  void tool_calls(const simdjson::dom::element& value, llm::ReplySink& sink);
  void tool_call(const simdjson::dom::element& value, llm::ReplySink& sink);
  void function(Call& call, const simdjson::dom::element& value, llm::ReplySink& sink);
  Call* find_call(const simdjson::dom::element& value);
  void start_call(Call& call, llm::ReplySink& sink);
  void text(std::string_view piece, llm::ReplySink& sink);
  void thought(std::string_view piece, llm::ReplySink& sink);
  void flush(llm::ReplySink& sink);
  void flush_before_call(llm::ReplySink& sink);
  bool finish_reason(const simdjson::dom::element& choice, std::string_view reason);
  bool end(llm::ReplySink& sink);
  bool fail(ReplyError problem);
  void count(const simdjson::dom::element& root);

  std::vector<std::string> long_names_;
  std::int64_t created_s_;
  std::vector<Call> calls_;
  std::size_t started_calls_ = 0;
  ThinkTags tags_;
  std::string stop_sequence_;
  bool started_ = false;
  bool refused_ = false;
  bool finish_seen_ = false;
};

}  // namespace pontage::dialects::openai
