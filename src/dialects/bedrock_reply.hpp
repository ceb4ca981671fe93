// Converse's answers and ConverseStream's events, read into the events of an answer of no dialect
// (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/translation.hpp"

namespace pontage::dialects::bedrock {

class ReplyReader final : public dialects::ReplyReader {
 public:
  /// `long_tool_names`: of the request, to restore shortened ones. `id`: of the answer; Bedrock
  /// gives none.
  ReplyReader(std::vector<std::string> long_tool_names, std::string id)
      : long_names_(std::move(long_tool_names)), id_(std::move(id)) {}

  Step event(std::string_view event, std::string_view data, llm::ReplySink& sink) override;
  bool stream_end(llm::ReplySink& sink) override;
  Status whole(const simdjson::dom::element& root, llm::ReplySink& sink) override;

 private:
  using Element = simdjson::dom::element;
  bool read(std::string_view event, const Element& root, llm::ReplySink& sink);
  void start(llm::ReplySink& sink);
  void block_start(const Element& root, llm::ReplySink& sink);
  bool delta(const Element& root, llm::ReplySink& sink);
  void block(const Element& block, llm::ReplySink& sink);
  void reasoning(const Element& value, llm::ReplySink& sink);
  void citation(const Element& value, llm::ReplySink& sink);
  void tool_start(std::int64_t index, const Element& value, llm::ReplySink& sink);
  void text(std::string_view piece, llm::ReplySink& sink);
  bool stop(std::string_view reason);
  void count(const Element& root);
  void end(llm::ReplySink& sink);
  bool fail(int status, std::string_view type, std::string_view message);

  std::vector<std::string> long_names_;
  std::string id_;
  std::vector<std::int64_t> calls_;  // the block of each call, in the order of their beginnings
  bool started_ = false;
  bool stopped_ = false;
};

/// The HTTP status that an exception's name stands for; 500 for names that are not known.
int exception_status(std::string_view name);

}  // namespace pontage::dialects::bedrock
