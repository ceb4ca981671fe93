// OpenAI's list of messages as turns (rows G1-G3).
#include <simdjson.h>

#include <set>

#include "core/strings.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai_read.hpp"

namespace pontage::dialects::openai {

namespace dom = simdjson::dom;
using anthropic::member;
using anthropic::object_at;
using anthropic::text_at;
using llm::Part;
using llm::Turn;

namespace {

// The text with every long run of digits cut short: simdjson cannot hold numbers beyond 64 bits,
// which are good JSON; whether the rest is can be asked of this. A number stays a number, as its
// first digits stay.
std::string shorten_numbers(std::string_view text) {
  constexpr std::size_t kKeep = 15;
  std::string out;
  out.reserve(text.size());
  std::size_t digits = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\' && i + 1 < text.size()) out.push_back(text[i++]);
    digits = !in_string && c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits <= kKeep) out.push_back(text[i]);
  }
  return out;
}

bool is_json_object(std::string_view text) {
  JsonParser& parser = thread_parser();
  Element root;
  bool good = parser.parse(text, root) == nullptr && root.is_object();
  if (!good) {
    const std::string shortened = shorten_numbers(text);
    good = parser.parse(shortened, root) == nullptr && root.is_object();
  }
  parser.trim();
  return good;
}

class Turns {
 public:
  Turns(TranslationNotes& notes, llm::Conversation& out) : notes_(notes), out_(out) {}
  bool read(const dom::array& messages);

 private:
  bool message(const Object& message, std::string where);
  bool plain(const Object& message, llm::Role role, std::string where);
  bool assistant(const Object& message, std::string where);
  bool calls(const Object& message, const std::string& where);
  bool call(const Object& call, const std::string& where, Part& part);
  bool arguments(const Object& function, const std::string& where, std::string& out);
  bool result(const Object& message, std::string where);
  bool all_answered();
  Turn& turn(llm::Role role, std::string where);

  TranslationNotes& notes_;
  llm::Conversation& out_;
  std::set<std::string_view> pending_;  // ids of calls that are not answered yet
  std::size_t called_at_ = 0;           // the turn that made them
  bool has_results_ = false;            // their turn is there
};

Turn& Turns::turn(llm::Role role, std::string where) {
  Turn& turn = out_.turns.emplace_back();
  turn.role = role;
  turn.where = std::move(where);
  return turn;
}

bool Turns::read(const dom::array& messages) {
  out_.turns.reserve(messages.size());
  std::size_t index = 0;
  for (const Element element : messages) {
    std::string where = "messages[" + std::to_string(index++) + "]";
    Object object;
    if (element.get(object) != simdjson::SUCCESS)
      return notes_.refuse(Code::k_invalid_value, std::move(where), "A message must be an object.");
    if (!message(object, std::move(where))) return false;
  }
  return all_answered();
}

bool Turns::message(const Object& message, std::string where) {
  const std::string_view role = text_at(message, "role");
  if (role == "user") return plain(message, llm::Role::kUser, std::move(where));
  if (role == "assistant") return assistant(message, std::move(where));
  if (role == "tool") return result(message, std::move(where));
  if (role == "system" || role == "developer")
    return plain(message, llm::Role::kSystem, std::move(where));
  if (role == "function") {
    return notes_.impossible(
        where + ".role",
        "Messages of the deprecated function calling are not translated; use tools.");
  }
  return notes_.refuse(Code::k_invalid_value, where + ".role",
                       "The role `" + std::string(role) + "` is not known.");
}

bool Turns::plain(const Object& message, llm::Role role, std::string where) {
  Element content;
  const std::string path = where + ".content";
  if (!member(message, "content", content))
    return notes_.refuse(Code::k_missing_field, path, "The message has no content.");
  const bool system = role == llm::Role::kSystem;
  const Parts allowed = system ? Parts::kTextOnly : Parts::kAny;
  if (system && out_.turns.empty())
    return read_content(notes_, content, allowed, path, out_.system);
  Turn& made = turn(role, std::move(where));
  made.name = text_at(message, "name");
  return read_content(notes_, content, allowed, path, made.parts);
}

bool Turns::assistant(const Object& message, std::string where) {
  if (!all_answered()) return false;
  Element element;
  if (member(message, "function_call", element)) {
    return notes_.impossible(where + ".function_call",
                             "Deprecated function calls are not translated; use tools.");
  }
  if (member(message, "audio", element)) {
    return notes_.impossible(where + ".audio",
                             "Spoken answers are only known to the provider that gave them.");
  }
  Turn& made = turn(llm::Role::kAssistant, where);
  made.name = text_at(message, "name");
  read_thinking(message, where, out_, made.parts);
  if (member(message, "content", element) &&
      !read_content(notes_, element, Parts::kTextOnly, where + ".content", made.parts)) {
    return false;
  }
  if (const auto refusal = text_at(message, "refusal"); !refusal.empty()) {
    Part& part = made.parts.emplace_back();
    part.kind = Part::Kind::kRefusal;
    part.where = where + ".refusal";
    part.text = refusal;
  }
  return calls(message, where);
}

bool Turns::calls(const Object& message, const std::string& where) {
  Element element;
  if (!member(message, "tool_calls", element)) return true;
  dom::array list;
  if (element.get(list) != simdjson::SUCCESS) {
    return notes_.refuse(Code::k_invalid_value, where + ".tool_calls",
                         "`tool_calls` must be a list.");
  }
  called_at_ = out_.turns.size() - 1;
  has_results_ = false;
  std::size_t index = 0;
  for (const Element one : list) {
    const std::string path = where + ".tool_calls[" + std::to_string(index++) + "]";
    Object object;
    if (one.get(object) != simdjson::SUCCESS)
      return notes_.refuse(Code::k_invalid_value, path, "A tool call must be an object.");
    if (!call(object, path, out_.turns.back().parts.emplace_back())) return false;
  }
  return true;
}

bool Turns::call(const Object& call, const std::string& where, Part& part) {
  part.kind = Part::Kind::kToolCall;
  if (text_at(call, "type") == "custom") {
    return notes_.impossible(
        where + ".type", "Custom tools with free text input are only known to OpenAI's models.");
  }
  Object function;
  if (!object_at(call, "function", function)) {
    return notes_.refuse(Code::k_missing_field, where + ".function",
                         "A tool call needs its `function`.");
  }
  part.id = text_at(call, "id");
  if (part.id.empty())
    return notes_.refuse(Code::k_missing_field, where + ".id", "A tool call needs its `id`.");
  if (!pending_.insert(part.id).second) {
    return notes_.refuse(Code::k_invalid_value, where + ".id",
                         "Two calls of one turn have the same id.");
  }
  part.where = where + ".function";
  part.name = text_at(function, "name");
  if (part.name.empty())
    return notes_.refuse(Code::k_missing_field, part.where + ".name", "A call needs its name.");
  return arguments(function, part.where + ".arguments", part.json);
}

// The arguments are kept as they stand once they are known to be one JSON object.
bool Turns::arguments(const Object& function, const std::string& where, std::string& out) {
  Element element;
  std::string_view text;
  if (!member(function, "arguments", element)) {
    out = "{}";
    return true;
  }
  if (element.is_object()) {
    anthropic::append_minified(out, element);
    return true;
  }
  if (element.get(text) != simdjson::SUCCESS) {
    return notes_.refuse(Code::k_invalid_value, where,
                         "`arguments` must be a string that holds a JSON object.");
  }
  const bool nothing = anthropic::blank(text);
  out = nothing ? "{}" : text;
  return nothing || is_json_object(text) ||
         notes_.refuse(Code::k_invalid_value, where,
                       "The arguments of a tool call must be a JSON object.");
}

bool Turns::result(const Object& message, std::string where) {
  const std::string_view id = text_at(message, "tool_call_id");
  if (pending_.erase(id) == 0) {
    return notes_.refuse(
        id.empty() ? Code::k_missing_field : Code::k_invalid_value, where + ".tool_call_id",
        "A tool message must answer a call of the assistant message before it, once.");
  }
  const auto place = out_.turns.begin() + static_cast<std::ptrdiff_t>(called_at_) + 1;
  if (!has_results_) out_.turns.insert(place, Turn{llm::Role::kUser, where, {}, {}});
  has_results_ = true;
  Part& part = out_.turns[called_at_ + 1].parts.emplace_back();
  part.kind = Part::Kind::kToolResult;
  part.id = id;
  part.cache_control = read_cache_mark(message);
  Element content;
  const bool said = member(message, "content", content);
  const std::string path = where + ".content";
  part.where = std::move(where);
  return !said || read_content(notes_, content, Parts::kAny, path, part.parts);
}

bool Turns::all_answered() {
  if (pending_.empty()) return true;
  return notes_.refuse(Code::k_invalid_value, out_.turns[called_at_].where + ".tool_calls",
                       "Every tool call must be answered by a tool message; `" +
                           std::string(*pending_.begin()) + "` is not.");
}

}  // namespace

bool read_turns(TranslationNotes& notes, const Object& request, llm::Conversation& out) {
  dom::array messages;
  if (request.at_key("messages").get(messages) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, "messages", "`messages` must be a list.");
  return Turns(notes, out).read(messages);
}

}  // namespace pontage::dialects::openai
