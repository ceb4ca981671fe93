#include "dialects/responses_reply.hpp"

#include <simdjson.h>

#include "dialects/json_document.hpp"
#include "dialects/openai_reply.hpp"
#include "dialects/reply_errors.hpp"

namespace pontage::dialects::responses {

using simdjson::dom::element;

namespace {

bool is_call(std::string_view type) {
  return type == "function_call" || type == "custom_tool_call" || type == "local_shell_call" ||
         type == "shell_call" || type == "apply_patch_call" || type == "computer_call";
}

llm::Finish finish_of_output(const element& response, bool& empty) {
  element found;
  simdjson::dom::array output;
  empty = true;
  if (!member(response, "output", found) || found.get(output) != simdjson::SUCCESS)
    return llm::Finish::kStop;
  llm::Finish finish = llm::Finish::kStop;
  for (const element item : output) {
    empty = false;
    if (is_call(text_member(item, "type"))) finish = llm::Finish::kToolCalls;
  }
  return finish;
}

// "max_output_tokens" or "content_filter"; what else there may be cut the answer as well.
llm::Finish finish_of_incomplete(const element& response) {
  element details;
  if (member(response, "incomplete_details", details) &&
      text_member(details, "reason") == "content_filter") {
    return llm::Finish::kContentFilter;
  }
  return llm::Finish::kLength;
}

ReplyError failure(const element& response, std::string_view status) {
  element found;
  ReplyError error;
  if (find_error(response, found)) error = read_error_value(found);
  if (error.message.empty())
    error.message =
        "The provider ended the answer with status '" + std::string(status.substr(0, 100)) + "'.";
  if (error.status == 0) error.status = 500;
  return error;
}

}  // namespace

Outcome read_outcome(const element& response) {
  Outcome out;
  out.usage = find_openai_usage(response);
  const std::string_view status = text_member(response, "status");
  element found;
  if (status == "completed" || (status.empty() && !find_error(response, found))) {
    out.finish = finish_of_output(response, out.empty);
  } else if (status == "incomplete") {
    out.finish = finish_of_incomplete(response);
  } else if (status != "in_progress" && status != "queued") {
    out.error = failure(response, status);
  }
  return out;
}

ReplyError read_error_event(const element& event) {
  element found;
  if (find_error(event, found)) return read_error_value(found);
  ReplyError error = read_error_value(event);
  error.type.clear();  // the event's own: "error"
  if (error.status == 0) error.status = status_of(error.code, {});
  return error;
}

}  // namespace pontage::dialects::responses
