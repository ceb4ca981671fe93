#include "dialects/responses_object.hpp"

#include <simdjson.h>

#include <array>

#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/responses_echo.hpp"
#include "dialects/responses_names.hpp"

namespace pontage::dialects::responses {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;

namespace {

std::string_view status_name(Status status) {
  switch (status) {
    case Status::kInProgress:
      return "in_progress";
    case Status::kCompleted:
      return "completed";
    case Status::kIncomplete:
      break;
  }
  return "incomplete";
}

// What providers of other dialects put before their ids.
std::string_view bare_id(std::string_view id) {
  constexpr std::array<std::string_view, 4> kPrefixes = {"resp_", "chatcmpl-", "msg_", "gen-"};
  for (const std::string_view prefix : kPrefixes) {
    if (id.starts_with(prefix)) return id.substr(prefix.size());
  }
  return id;
}

void append_reasoning(std::string& out, const Item& item, bool begun) {
  out.append(",\"summary\":[");
  if (!begun && !item.redacted && !item.text.empty()) append_summary(out, item.text);
  out.append("]");
  if (begun) return;
  append_member(out, "encrypted_content", seal({item.text, item.signature, item.redacted}));
}

void append_call(std::string& out, const Item& item, bool begun) {
  append_member(out, "call_id", item.call_id);
  append_member(out, "name", item.name);
  if (!item.space.empty()) append_member(out, "namespace", item.space);
  if (item.kind == Item::Kind::kCall) {
    append_member(out, "arguments", begun ? std::string_view() : std::string_view(item.text));
  } else {
    append_member(out, "input", begun ? std::string() : text_input(item.text));
  }
}

// All input and all output together, cached and reasoned tokens among them.
void append_usage(std::string& out, const llm::Usage& usage) {
  const auto field = [&out](std::string_view key, std::int64_t value) {
    append_comma(out);
    out.append("\"").append(key).append("\":").append(std::to_string(value));
  };
  if (!usage.present) {
    out.append("null");
    return;
  }
  out.push_back('{');
  field("input_tokens", usage.total_input());
  out.append(",\"input_tokens_details\":{");
  field("cached_tokens", usage.cache_read);
  field("cache_write_tokens", usage.cache_write_5m + usage.cache_write_1h);
  out.push_back('}');
  field("output_tokens", usage.total_output());
  out.append(",\"output_tokens_details\":{");
  field("reasoning_tokens", usage.reasoning);
  out.push_back('}');
  field("total_tokens", usage.total_input() + usage.total_output());
  out.push_back('}');
}

}  // namespace

void append_content(std::string& out, const Content& content) {
  out.push_back('{');
  if (content.refusal) {
    append_member(out, "type", "refusal");
    append_member(out, "refusal", content.text);
  } else {
    append_member(out, "type", "output_text");
    out.append(",\"annotations\":[").append(content.annotations).append("],\"logprobs\":[]");
    append_member(out, "text", content.text);
  }
  out.push_back('}');
}

void append_summary(std::string& out, std::string_view text) {
  out.append(R"({"type":"summary_text")");
  append_member(out, "text", text);
  out.push_back('}');
}

void append_item(std::string& out, const Item& item, Status status) {
  const bool begun = status == Status::kInProgress;
  constexpr std::array<std::string_view, 4> kTypes = {"message", "reasoning", "function_call",
                                                      "custom_tool_call"};
  append_comma(out);
  out.push_back('{');
  append_member(out, "id", item.id);
  append_member(out, "type", kTypes[static_cast<std::size_t>(item.kind)]);
  if (item.kind != Item::Kind::kReasoning) append_member(out, "status", status_name(status));
  switch (item.kind) {
    case Item::Kind::kMessage:
      out.append(R"(,"role":"assistant","content":[)");
      for (const Content& content : item.contents) {
        append_comma(out);
        append_content(out, content);
      }
      out.push_back(']');
      break;
    case Item::Kind::kReasoning:
      append_reasoning(out, item, begun);
      break;
    case Item::Kind::kCall:
    case Item::Kind::kTextCall:
      append_call(out, item, begun);
      break;
  }
  out.push_back('}');
}

std::string text_input(const std::string& arguments) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view text;
  if (parser.parse(arguments).get(root) == simdjson::SUCCESS &&
      root.at_key("input").get_string().get(text) == simdjson::SUCCESS) {
    return std::string(text);
  }
  return arguments;  // a model that did not keep to the schema: its words as they are
}

ResponseObject::ResponseObject(const RequestView& view, std::string_view client_model)
    : model_(client_model),
      echo_(view.answer_echo.empty() ? default_echo() : view.answer_echo),
      created_s_(view.created_s) {}

void ResponseObject::name(std::string_view id, std::string_view model) {
  id_ = bare_id(id);
  if (id_.empty()) id_ = "unnamed";
  if (!model.empty()) model_ = model;
}

std::string ResponseObject::item_id(std::string_view prefix, std::size_t index) const {
  return std::string(prefix).append(id_).append("_").append(std::to_string(index));
}

void ResponseObject::open(std::string& out, std::string_view status) const {
  out.append("{\"id\":");
  append_json_string(out, "resp_" + id_);
  out.append(R"(,"object":"response","created_at":)").append(std::to_string(created_s_));
  append_member(out, "status", status);
  out.append(",\"error\":null,\"model\":");
  append_json_string(out, model_);  // the client's own word: not known to be UTF-8
  out.push_back(',');
  out.append(echo_);
}

void ResponseObject::append_begun(std::string& out) const {
  open(out, "in_progress");
  out.append(R"(,"incomplete_details":null,"output":[],"usage":null})");
}

bool ResponseObject::complete(const llm::Ending& ending, bool refused) {
  switch (ending.finish) {
    case llm::Finish::kLength:
    case llm::Finish::kContextExceeded:
      return false;
    case llm::Finish::kContentFilter:
      return refused;
    case llm::Finish::kNone:
    case llm::Finish::kStop:
    case llm::Finish::kToolCalls:
    case llm::Finish::kStopSequence:
    case llm::Finish::kOther:
      break;
  }
  return true;
}

void ResponseObject::append_ended(std::string& out, const std::vector<Item>& items,
                                  const llm::Ending& ending, bool refused) const {
  const bool whole = complete(ending, refused);
  open(out, whole ? "completed" : "incomplete");
  out.append(",\"incomplete_details\":")
      .append(whole                                          ? "null"
              : ending.finish == llm::Finish::kContentFilter ? R"({"reason":"content_filter"})"
                                                             : R"({"reason":"max_output_tokens"})");
  out.append(",\"output\":[");
  for (const Item& item : items) {
    const bool cut = !whole && &item == &items.back();
    append_item(out, item, cut ? Status::kIncomplete : Status::kCompleted);
  }
  out.append("],\"usage\":");
  append_usage(out, ending.usage);
  out.push_back('}');
}

}  // namespace pontage::dialects::responses
