#include "simulate/ask_messages.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace pontage::simulate {
namespace {

using nlohmann::json;

struct Turn {
  std::string role;
  std::string text;
};

std::string string_member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The text of `content`: a string, or the text of its parts and of the results within them.
void append_text(const json& content, std::string& out) {
  if (content.is_string()) {
    out += content.get_ref<const std::string&>();
  } else if (content.is_array()) {
    for (const auto& part : content) append_text(part, out);
  } else if (content.is_object()) {
    const std::string type = string_member(content, "type");
    if (type == "tool_result" && content.contains("content")) append_text(content["content"], out);
    if (type == "text" || type == "input_text") out += string_member(content, "text");
  }
}

std::string text_of_turn(const json& message) {
  std::string text;
  if (const auto content = message.find("content"); content != message.end())
    append_text(*content, text);
  return text;
}

// Turns of one role that follow each other count as one, as the stricter dialect has to write them.
std::vector<Turn> merged(const std::vector<Turn>& turns) {
  std::vector<Turn> out;
  for (const Turn& turn : turns) {
    if (!out.empty() && out.back().role == turn.role) {
      out.back().text += turn.text;
    } else {
      out.push_back(turn);
    }
  }
  return out;
}

void summarise(const std::vector<Turn>& all, Ask& ask) {
  const std::vector<Turn> turns = merged(all);
  std::size_t count = turns.size();
  if (count > 1 && turns.back().role == "assistant" && !turns.back().text.empty()) {
    ask.prefill = turns.back().text;
    --count;
  }
  for (const Turn& turn : turns) ask.prompt_bytes += turn.text.size();
  const bool begun = count > 2 && count == turns.size() && turns[count - 2].role == "assistant";
  if (begun) ask.begun = turns[count - 2].text;
  for (std::size_t i = 0; i < count; ++i) {
    if (begun && i == count - 2) ask.conversation_before = ask.conversation;
    const Turn& turn = turns[i];
    if (turn.role == "user") ask.last_user = turn.text;
    ask.conversation = hash_text(turn.role, ask.conversation);
    ask.conversation = hash_text(turn.text, ask.conversation);
  }
}

std::string at(std::size_t index) {
  return std::to_string(index);
}

std::set<std::string> call_ids(const json& message) {
  std::set<std::string> ids;
  const auto calls = message.find("tool_calls");
  if (calls == message.end() || !calls->is_array()) return ids;
  for (const auto& call : *calls) {
    if (call.is_object()) ids.insert(string_member(call, "id"));
  }
  return ids;
}

Complaint unanswered(const std::set<std::string>& open, std::size_t index) {
  std::string list;
  for (const auto& id : open) list += (list.empty() ? "" : ", ") + id;
  return {
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
      "'tool_call_id'. The following tool_call_ids did not have response messages: " +
          list,
      "messages.[" + at(index) + "].role", ""};
}

// Ids of one kind of block in a user or assistant turn.
std::set<std::string> block_ids(const json& message, std::string_view type, const char* key) {
  std::set<std::string> ids;
  const auto content = message.find("content");
  if (content == message.end() || !content->is_array()) return ids;
  for (const auto& block : *content) {
    if (block.is_object() && string_member(block, "type") == type)
      ids.insert(string_member(block, key));
  }
  return ids;
}

std::optional<Complaint> check_anthropic_turn(const json& message, std::size_t index,
                                              std::set<std::string>& open) {
  if (!message.is_object())
    return Complaint{"messages." + at(index) + ": Input should be an object", "", ""};
  const std::string role = string_member(message, "role");
  if (role != "user" && role != "assistant" && (role != "system" || index == 0)) {
    return Complaint{"messages." + at(index) + ".role: Input should be 'user' or 'assistant'", "",
                     ""};
  }
  if (!message.contains("content"))
    return Complaint{"messages." + at(index) + ".content: Field required", "", ""};
  const json& content = message["content"];
  if (!content.is_string() && !content.is_array()) {
    return Complaint{"messages." + at(index) + ".content: Input should be a valid list", "", ""};
  }
  const auto results = block_ids(message, "tool_result", "tool_use_id");
  for (const auto& id : results) {
    if (open.contains(id)) continue;
    return Complaint{
        "messages." + at(index) +
            ".content: unexpected `tool_use_id` found in `tool_result` blocks: " + id +
            ". Each `tool_result` block must have a corresponding `tool_use` block in the "
            "previous message.",
        "", ""};
  }
  for (const auto& id : open) {
    if (results.contains(id)) continue;
    return Complaint{"messages." + at(index) +
                         ": `tool_use` ids were found without `tool_result` blocks immediately "
                         "after: " +
                         id,
                     "", ""};
  }
  open = block_ids(message, "tool_use", "id");
  return std::nullopt;
}

}  // namespace

std::optional<Complaint> read_openai_messages(const json& root, Ask& ask) {
  static const std::set<std::string> kRoles = {"system",    "developer", "user",
                                               "assistant", "tool",      "function"};
  std::vector<Turn> turns;
  std::set<std::string> open;
  std::size_t index = 0;
  for (const auto& message : root["messages"]) {
    if (!message.is_object()) {
      return Complaint{"Invalid type for 'messages[" + at(index) + "]': expected an object.",
                       "messages[" + at(index) + "]", "invalid_type"};
    }
    std::string role = string_member(message, "role");
    if (!kRoles.contains(role)) {
      return Complaint{
          "Invalid value: '" + role +
              "'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and "
              "'developer'.",
          "messages[" + at(index) + "].role", "invalid_value"};
    }
    if (role == "tool") {
      if (open.erase(string_member(message, "tool_call_id")) == 0) {
        return Complaint{
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
            "message "
            "with 'tool_calls'.",
            "messages.[" + at(index) + "].role", ""};
      }
    } else if (!open.empty()) {
      return unanswered(open, index);
    } else if (role == "assistant") {
      open = call_ids(message);
    }
    if (role == "developer") role = "system";
    if (role == "tool") role = "user";  // as the other dialect has it, so that both give one answer
    turns.push_back({std::move(role), text_of_turn(message)});
    ++index;
  }
  if (!open.empty()) return unanswered(open, index);
  summarise(turns, ask);
  return std::nullopt;
}

std::optional<Complaint> read_anthropic_messages(const json& root, Ask& ask) {
  std::vector<Turn> turns;
  if (const auto system = root.find("system"); system != root.end() && !system->is_null()) {
    Turn turn{"system", {}};
    append_text(*system, turn.text);
    turns.push_back(std::move(turn));
  }
  std::set<std::string> open;
  std::size_t index = 0;
  for (const auto& message : root["messages"]) {
    if (auto complaint = check_anthropic_turn(message, index, open)) return complaint;
    turns.push_back({string_member(message, "role"), text_of_turn(message)});
    ++index;
  }
  if (!open.empty()) {
    return Complaint{"messages." + at(index - 1) +
                         ": `tool_use` ids were found without `tool_result` blocks "
                         "immediately after: " +
                         *open.begin(),
                     "", ""};
  }
  if (string_member(root["messages"][0], "role") != "user") {
    return Complaint{"messages: first message must use the \"user\" role", "", ""};
  }
  summarise(turns, ask);
  return std::nullopt;
}

}  // namespace pontage::simulate
