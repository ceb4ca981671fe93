// The tool calls of a conversation's history: their arguments, their ids, and which result answers
// which call.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "dialects/anthropic_request.hpp"

namespace simdjson::dom {
class parser;
}

namespace pontage::dialects::anthropic {

class Calls {
 public:
  explicit Calls(Translation& t);
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  /// The `tool_calls` of an assistant message as tool_use blocks.
  bool append_calls(const Object& message, const std::string& where, std::string& blocks);
  /// A tool message as a tool_result block.
  bool append_result(const Object& message, const std::string& where, std::string& results);
  /// False, with the refusal, when a call of the last assistant turn has no result.
  bool all_answered();

 private:
  bool append_call(const Object& call, const std::string& where, std::string& blocks);
  bool append_arguments(const Object& function, const std::string& where, std::string& out);
  std::string wire_id(std::string_view client_id);

  Translation& t_;
  std::unique_ptr<simdjson::dom::parser> parser_;
  std::map<std::string, std::string, std::less<>>
      pending_;  // the client's id and ours, not answered yet
  std::string pending_where_;
  std::set<std::string, std::less<>> used_ids_;
  std::map<std::string, int, std::less<>> next_suffix_;
};

}  // namespace pontage::dialects::anthropic
