// The input of a Responses request as turns. Items stand one after the other there; here what the
// assistant said in a row is one turn, and so are the results of its calls with what the user says
// after them.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "dialects/responses_conversation.hpp"
#include "dialects/responses_names.hpp"

namespace pontage::dialects::responses {

namespace dom = simdjson::dom;
using anthropic::append_member;
using anthropic::append_minified;
using anthropic::member;
using anthropic::object_at;
using anthropic::text_at;
using llm::Conversation;
using llm::Part;
using llm::Role;

namespace {

// Records of what OpenAI's own tools did: the answer after them says what came of it.
constexpr std::array<std::string_view, 4> kRecords = {"web_search_call", "file_search_call",
                                                      "code_interpreter_call", "mcp_list_tools"};

class Items {
 public:
  Items(TranslationNotes& notes, Conversation& out) : notes_(notes), out_(out) {}
  bool read(const Element& element, std::string where);

 private:
  bool message(const Object& item, const std::string& where);
  bool call(const Object& item, const std::string& where, bool text);
  bool result(const Object& item, const std::string& where);
  bool reasoning(const Object& item, const std::string& where);
  bool missing(const std::string& where) {
    return notes_.refuse(Code::k_missing_field, where,
                         "Missing required parameter: '" + where + "'.");
  }
  // The turn that goes on, or a new one.
  llm::Turn& turn(Role role, const std::string& where);

  TranslationNotes& notes_;
  Conversation& out_;
};

llm::Turn& Items::turn(Role role, const std::string& where) {
  if (!out_.turns.empty() && out_.turns.back().role == role) return out_.turns.back();
  llm::Turn& made = out_.turns.emplace_back();
  made.role = role;
  made.where = where;
  return made;
}

bool Items::read(const Element& element, std::string where) {
  Object item;
  if (element.get_object().get(item) != simdjson::SUCCESS)
    return notes_.refuse(Code::k_invalid_value, where, "An input item must be an object.");
  std::string_view type = text_at(item, "type");
  Element found;
  if (type.empty()) type = member(item, "role", found) ? "message" : "item_reference";
  if (type == "message") return message(item, where);
  if (type == "function_call") return call(item, where, false);
  if (type == "custom_tool_call") return call(item, where, true);
  if (type == "function_call_output" || type == "custom_tool_call_output")
    return result(item, where);
  if (type == "reasoning") return reasoning(item, where);
  if (type == "additional_tools") {
    return !member(item, "tools", found) || read_tools(notes_, found, where + ".tools", out_);
  }
  if (type == "item_reference") {
    return notes_.impossible(where,
                             "Only the provider that stored the item knows it; send the items "
                             "themselves, with `store: false`.");
  }
  if (std::find(kRecords.begin(), kRecords.end(), type) != kRecords.end()) {
    notes_.drop(where);
    return true;
  }
  return notes_.impossible(where + ".type", "The item `" + std::string(type) +
                                                "` is known to OpenAI's own servers only.");
}

bool Items::message(const Object& item, const std::string& where) {
  const std::string_view role = text_at(item, "role");
  Element content;
  if (!member(item, "content", content)) return missing(where + ".content");
  const std::string inside = where + ".content";
  if (role == "system" || role == "developer") {
    if (out_.turns.empty()) return read_parts(notes_, content, inside, out_.system);
    return read_parts(notes_, content, inside, turn(Role::kSystem, where).parts);
  }
  llm::Turn& here = turn(role == "assistant" ? Role::kAssistant : Role::kUser, where);
  return read_parts(notes_, content, inside, here.parts);
}

// Arguments that are no JSON object are kept, as the model's own words.
void append_arguments(std::string& out, std::string_view arguments) {
  dom::parser parser;
  dom::element value;
  if (arguments.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    out = "{}";
  } else if (parser.parse(arguments.data(), arguments.size()).get(value) == simdjson::SUCCESS &&
             value.is_object()) {
    append_minified(out, value);
  } else {
    out = "{";
    append_member(out, "raw_arguments", arguments);
    out.push_back('}');
  }
}

bool Items::call(const Object& item, const std::string& where, bool text) {
  const std::string_view id = text_at(item, "call_id");
  const std::string_view name = text_at(item, "name");
  if (id.empty()) return missing(where + ".call_id");
  if (name.empty()) return missing(where + ".name");
  Part& part = turn(Role::kAssistant, where).parts.emplace_back();
  part.kind = Part::Kind::kToolCall;
  part.where = where;
  part.id = id;
  part.name = name;
  if (const auto space = text_at(item, "namespace"); !space.empty())
    part.name = out_.made.emplace_front(name_in_space(space, name));
  if (text) {
    part.json = "{";
    append_member(part.json, "input", text_at(item, "input"));
    part.json.push_back('}');
  } else {
    append_arguments(part.json, text_at(item, "arguments"));
  }
  return true;
}

bool Items::result(const Object& item, const std::string& where) {
  const std::string_view id = text_at(item, "call_id");
  if (id.empty()) return missing(where + ".call_id");
  Element output;
  if (!member(item, "output", output)) return missing(where + ".output");
  Part& part = turn(Role::kUser, where).parts.emplace_back();
  part.kind = Part::Kind::kToolResult;
  part.where = where;
  part.id = id;
  return read_parts(notes_, output, where + ".output", part.parts);
}

// Thinking is only worth something to the one who made it; its text alone goes to those who want it
// back.
bool Items::reasoning(const Object& item, const std::string& where) {
  SealedThinking sealed;
  const std::string_view encrypted = text_at(item, "encrypted_content");
  if (!encrypted.empty() && !unseal(encrypted, sealed)) {
    notes_.drop(where);
    return true;
  }
  Part part;
  part.where = where;
  part.kind = sealed.redacted ? Part::Kind::kRedactedThinking : Part::Kind::kThinking;
  part.text = sealed.text;
  part.signature = sealed.signature;
  if (part.text.empty() && part.signature.empty()) {
    dom::array texts;
    std::string all;
    for (const std::string_view key : {"content", "summary"}) {
      if (!all.empty() || item.at_key(key).get_array().get(texts) != simdjson::SUCCESS) continue;
      for (const Element one : texts) {
        Object object;
        if (one.get_object().get(object) != simdjson::SUCCESS) continue;
        all.append(all.empty() ? "" : "\n\n").append(text_at(object, "text"));
      }
    }
    if (all.empty()) return true;
    part.text = out_.made.emplace_front(std::move(all));
  }
  turn(Role::kAssistant, where).parts.push_back(std::move(part));
  return true;
}

}  // namespace

bool read_input(TranslationNotes& notes, const Element& input, Conversation& out) {
  dom::array list;
  if (input.get_array().get(list) != simdjson::SUCCESS) {
    llm::Turn& turn = out.turns.emplace_back();
    turn.where = "input";
    return read_parts(notes, input, "input", turn.parts);
  }
  Items items(notes, out);
  std::size_t index = 0;
  for (const Element item : list) {
    if (!items.read(item, "input[" + std::to_string(index++) + "]")) return false;
  }
  return true;
}

}  // namespace pontage::dialects::responses
