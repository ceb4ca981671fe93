#include "dialects/openai_events.hpp"

#include <simdjson.h>

#include <algorithm>

#include "core/strings.hpp"
#include "dialects/anthropic_wire.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai_names.hpp"
#include "dialects/openai_reply.hpp"
#include "dialects/reply_errors.hpp"

namespace pontage::dialects::openai {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMaxCalls = 1024;  // more than any model makes; a hostile upstream must not
                                         // grow the list without end

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail));
}

}  // namespace

bool ReplyReader::fail(ReplyError problem) {
  error = std::move(problem);
  return false;
}

ReplyReader::Step ReplyReader::event(std::string_view event, std::string_view data,
                                     llm::ReplySink& sink) {
  if (data.empty() || ended_) return Step::kTaken;
  if (trim(data) == "[DONE]") {
    if (!finish_seen_ && started_) {  // the end mark alone: the answer is whole, its reason unsaid
      finish = llm::Finish::kStop;
      finish_seen_ = true;
    }
    if (finish_seen_ && !end(sink)) return Step::kError;
    return Step::kTaken;
  }
  element root;
  JsonParser& parser = thread_parser();
  if (parser.parse(data, root) != nullptr || !root.is_object()) return Step::kSkipped;
  element found;
  bool good = true;
  if (find_error(root, found)) {
    good = fail(read_error_value(found));
  } else if (event == "error") {
    good = fail(read_error_value(root));
  } else {
    good = chunk(root, sink);
  }
  parser.trim();
  return good ? Step::kTaken : Step::kError;
}

bool ReplyReader::chunk(const element& root, llm::ReplySink& sink) {
  element found;
  simdjson::dom::array choices;
  bool any = false;
  if (member(root, "choices", found) && found.get(choices) == simdjson::SUCCESS) {
    for (const element one : choices) {
      any = true;
      if (int_member(one, "index").value_or(0) != 0) continue;  // one answer was asked for
      start(root, sink);
      if (!choice(one, sink)) return false;
    }
  }
  count(root);
  // The usage chunk comes after the finish reason, and nothing comes after it.
  if (!any && finish_seen_ && usage.present) return end(sink);
  return true;
}

void ReplyReader::count(const element& root) {
  const auto found = find_openai_usage(root);
  if (!found) return;
  const auto sum = [](const llm::Usage& u) { return u.total_input() + u.total_output(); };
  if (!usage.present || sum(*found) >= sum(usage)) usage = *found;
}

void ReplyReader::start(const element& root, llm::ReplySink& sink) {
  if (started_) return;
  started_ = true;
  response_model = text_member(root, "model");
  sink.start(text_member(root, "id"), response_model);
}

// False: the provider says that it failed.
bool ReplyReader::choice(const element& value, llm::ReplySink& sink) {
  element found;
  if (member(value, "delta", found) || member(value, "message", found)) {
    message(found, sink);
  } else if (member(value, "text", found)) {
    text(as_text(found).value_or(std::string_view{}), sink);
  }
  const std::string_view reason = text_member(value, "finish_reason");
  return reason.empty() || finish_reason(value, reason);
}

bool ReplyReader::finish_reason(const element& choice, std::string_view reason) {
  element found;
  if (find_error(choice, found)) return fail(read_error_value(found));
  if (auto problem = failed_finish(reason)) return fail(std::move(*problem));
  finish = finish_of(reason);
  if (finish == llm::Finish::kOther) {
    return fail({0, "api_error", std::string(reason),
                 "The provider ended the answer with the unknown finish reason '" +
                     std::string(reason.substr(0, 100)) + "'."});
  }
  finish_seen_ = true;
  // vLLM and SGLang say which stop string it was; numbers are token ids.
  for (const std::string_view key : {"stop_reason", "matched_stop"}) {
    const std::string_view stop = text_member(choice, key);
    if (finish != llm::Finish::kStop || stop.empty()) continue;
    stop_sequence_ = stop;
    finish = llm::Finish::kStopSequence;
  }
  return true;
}

// Thinking comes before text and text before calls, also where a chunk or a message holds several.
void ReplyReader::message(const element& value, llm::ReplySink& sink) {
  reasoning(value, sink);
  element found;
  if (member(value, "content", found)) content(found, sink);
  if (const auto piece = text_member(value, "refusal"); !piece.empty()) {
    refused_ = true;
    sink.refusal(piece);
    text_bytes += static_cast<std::int64_t>(piece.size());
    content_ = true;
  }
  // Other dialects have no spoken answers: what was said is left.
  if (member(value, "audio", found)) text(text_member(found, "transcript"), sink);
  if (member(value, "annotations", found)) annotations(found, sink);
  if (member(value, "tool_calls", found)) tool_calls(found, sink);
  if (member(value, "function_call", found)) {  // the deprecated form, one call
    if (calls_.empty()) calls_.emplace_back();
    function(calls_.front(), found, sink);
  }
}

// OpenRouter's details say what the plain fields say, and keep apart what was signed apart: where
// they hold text, the plain fields are passed over. A signature is of what was said before it.
void ReplyReader::reasoning(const element& value, llm::ReplySink& sink) {
  element found;
  simdjson::dom::array details;
  const bool has_details =
      member(value, "reasoning_details", found) && found.get(details) == simdjson::SUCCESS;
  bool detailed = false;
  if (has_details) {
    detailed = std::any_of(details.begin(), details.end(), [](const element& one) {
      return !text_member(one, "text").empty() || !text_member(one, "summary").empty();
    });
  }
  if (!detailed) {
    const std::string_view piece = text_member(value, "reasoning_content");
    thought(piece.empty() ? text_member(value, "reasoning") : piece, sink);
  }
  if (!has_details) return;
  for (const element one : details) {
    thought(text_member(one, "text"), sink);
    thought(text_member(one, "summary"), sink);
    if (!text_member(one, "format").starts_with(anthropic::kReasoningFormat)) continue;
    if (const auto signature = text_member(one, "signature"); !signature.empty())
      sink.signature(signature);
    if (const auto data = text_member(one, "data"); !data.empty()) sink.redacted_thinking(data);
  }
}

void ReplyReader::content(const element& value, llm::ReplySink& sink) {
  std::string_view thinking;
  std::string_view said;
  if (const auto piece = as_text(value)) {
    if (piece->empty()) return;
    tags_.split(*piece, thinking, said);
    thought(thinking, sink);
    text(said, sink);
    return;
  }
  // Mistral: {"type":"thinking","thinking":[{"type":"text","text":…}]}, {"type":"text","text":…}.
  simdjson::dom::array parts;
  if (value.get(parts) != simdjson::SUCCESS) return;
  for (const element part : parts) {
    element found;
    simdjson::dom::array thoughts;
    if (member(part, "thinking", found) && found.get(thoughts) == simdjson::SUCCESS) {
      for (const element one : thoughts) thought(text_member(one, "text"), sink);
    }
    text(text_member(part, "text"), sink);
  }
}

void ReplyReader::annotations(const element& value, llm::ReplySink& sink) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return;
  for (const element one : list) {
    element citation;
    if (!member(one, "url_citation", citation)) citation = one;
    const std::string_view url = text_member(citation, "url");
    if (!url.empty()) sink.citation(url, text_member(citation, "title"));
  }
}

void ReplyReader::text(std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;
  sink.text(piece);
  text_bytes += static_cast<std::int64_t>(piece.size());
  content_ = true;
}

void ReplyReader::thought(std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;
  sink.thinking(piece);
  text_bytes += static_cast<std::int64_t>(piece.size());
  content_ = true;
}

void ReplyReader::flush(llm::ReplySink& sink) {
  std::string_view thinking;
  std::string_view said;
  tags_.rest(thinking, said);
  thought(thinking, sink);
  text(said, sink);
}

// Text that was held back stands before a call, unless it was nothing but blanks: a model that
// calls a tool after a line feed has said nothing.
void ReplyReader::flush_before_call(llm::ReplySink& sink) {
  std::string_view thinking;
  std::string_view said;
  tags_.rest(thinking, said);
  thought(thinking, sink);
  if (said.find_first_not_of(" \t\r\n") != std::string_view::npos) text(said, sink);
}

void ReplyReader::tool_calls(const element& value, llm::ReplySink& sink) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return;
  for (const element one : list) tool_call(one, sink);
}

// The call that a piece belongs to. Some vendors number no calls, some number all of them 0: a new
// id is a new call.
ReplyReader::Call* ReplyReader::find_call(const element& value) {
  const std::string_view id = text_member(value, "id");
  const auto index = int_member(value, "index");
  Call* found = nullptr;
  for (Call& call : calls_) {
    if (index ? call.index == *index : id.empty() || call.id == id) found = &call;
  }
  if (found != nullptr && (id.empty() || found->id.empty() || found->id == id)) return found;
  if (calls_.size() >= kMaxCalls) return nullptr;
  Call& made = calls_.emplace_back();
  made.index = index.value_or(static_cast<std::int64_t>(calls_.size()) - 1);
  return &made;
}

void ReplyReader::tool_call(const element& value, llm::ReplySink& sink) {
  Call* call = find_call(value);
  if (call == nullptr) return;
  if (call->id.empty()) call->id = text_member(value, "id");
  element found;
  if (member(value, "function", found)) function(*call, found, sink);
}

void ReplyReader::function(Call& call, const element& value, llm::ReplySink& sink) {
  if (call.name.empty()) call.name = client_tool_name(long_names_, text_member(value, "name"));
  element found;
  std::string whole;  // some servers send an object where a text belongs
  std::string_view piece;
  if (member(value, "arguments", found)) {
    if (!found.is_string()) whole = json_text(found);
    piece = as_text(found).value_or(std::string_view(whole));
  }
  if (!call.started && !call.name.empty()) start_call(call, sink);
  if (piece.empty()) return;
  text_bytes += static_cast<std::int64_t>(piece.size());
  if (call.started) {
    sink.tool_arguments(call.ordinal, piece);
    content_ = true;
  } else {
    call.arguments.append(piece);
  }
}

void ReplyReader::start_call(Call& call, llm::ReplySink& sink) {
  flush_before_call(sink);
  call.started = true;
  call.ordinal = started_calls_++;
  if (call.id.empty())
    call.id = "toolu_" + std::to_string(created_s_) + "_" + std::to_string(call.ordinal);
  text_bytes += static_cast<std::int64_t>(call.name.size());
  content_ = true;
  sink.tool_start(call.ordinal, call.id, call.name);
  if (!call.arguments.empty()) sink.tool_arguments(call.ordinal, call.arguments);
  call.arguments.clear();
}

bool ReplyReader::end(llm::ReplySink& sink) {
  if (ended_) return true;
  const auto nameless = [](const Call& call) { return !call.started; };
  if (std::any_of(calls_.begin(), calls_.end(), nameless))
    return fail({0, "api_error", "", "The provider made a tool call without a name."});
  flush(sink);
  if (refused_) finish = llm::Finish::kContentFilter;
  if (started_calls_ > 0 && finish == llm::Finish::kStop) finish = llm::Finish::kToolCalls;
  sink.end({finish, stop_sequence_, usage, text_bytes});
  ended_ = true;
  return true;
}

bool ReplyReader::stream_end(llm::ReplySink& sink) {
  return finish_seen_ && end(sink);
}

Status ReplyReader::whole(const element& root, llm::ReplySink& sink) {
  element found;
  if (find_error(root, found)) return std::unexpected(as_error(read_error_value(found)));
  simdjson::dom::array choices;
  element first;
  if (!member(root, "choices", found) || found.get(choices) != simdjson::SUCCESS)
    return garbage("has no `choices`.");
  if (choices.at(0).get(first) != simdjson::SUCCESS) return garbage("has an empty `choices`.");
  const bool has_message = member(first, "message", found) && found.is_object();
  if (!has_message && text_member(first, "text").empty())
    return garbage("has a choice without a message.");
  start(root, sink);
  if (!choice(first, sink)) return std::unexpected(as_error(error));
  if (!finish_seen_) finish = llm::Finish::kStop;  // some local servers say none on whole answers
  count(root);
  if (!content_ && finish == llm::Finish::kStop) {
    flush(sink);
    if (!content_) return garbage("is empty.");
  }
  if (!end(sink)) return std::unexpected(as_error(error));
  return {};
}

}  // namespace pontage::dialects::openai
