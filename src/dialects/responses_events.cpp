// A provider's Responses events, and whole responses, read into the events of an answer of no
// dialect.
#include <simdjson.h>

#include <string>
#include <vector>

#include "dialects/anthropic_json.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai_names.hpp"
#include "dialects/reply_errors.hpp"
#include "dialects/responses.hpp"
#include "dialects/responses_names.hpp"
#include "dialects/responses_reply.hpp"

namespace pontage::dialects::responses {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMaxCalls = 1024;  // a hostile upstream must not grow the list without end

class Reader final : public ReplyReader {
 public:
  explicit Reader(std::vector<std::string> long_tool_names)
      : long_names_(std::move(long_tool_names)) {}

  Step event(std::string_view event, std::string_view data, llm::ReplySink& sink) override;
  bool stream_end(llm::ReplySink& /*sink*/) override { return ended_; }
  Status whole(const element& root, llm::ReplySink& sink) override;

 private:
  struct Call {
    std::int64_t place = 0;  // output_index
    bool said = false;       // of its arguments
  };

  bool read(std::string_view type, const element& event, llm::ReplySink& sink);
  void start(const element& response, llm::ReplySink& sink);
  void delta(std::string_view type, const element& event, llm::ReplySink& sink);
  void item_added(const element& event, llm::ReplySink& sink);
  void item_done(const element& event, llm::ReplySink& sink);
  bool over(const element& response, llm::ReplySink& sink);
  void whole_item(const element& item, std::int64_t place, llm::ReplySink& sink);
  void message(const element& item, llm::ReplySink& sink);
  void reasoning(const element& item, llm::ReplySink& sink, bool with_text);
  Call* start_call(const element& item, std::int64_t place, llm::ReplySink& sink);
  Call* find_call(std::int64_t place);
  void arguments(Call& call, std::string_view piece, llm::ReplySink& sink);
  void rest_of_call(Call& call, const element& item, llm::ReplySink& sink);
  void annotation(const element& value, llm::ReplySink& sink);
  void thought(std::string_view piece, llm::ReplySink& sink);
  void text(std::string_view piece, llm::ReplySink& sink);
  void refusal(std::string_view piece, llm::ReplySink& sink);
  void count(std::string_view piece) {
    text_bytes += static_cast<std::int64_t>(piece.size());
    content_ = true;
  }
  bool fail(ReplyError problem) {
    error = std::move(problem);
    return false;
  }

  std::vector<std::string> long_names_;
  std::vector<Call> calls_;
  std::int64_t thinking_at_ = -1;  // the item whose thinking goes on
  std::int64_t summary_at_ = -1;   // and its part
  std::int64_t said_at_ = -1;      // the last message of which a piece came
  bool started_ = false;
  bool refused_ = false;
};

bool is_function(std::string_view type) {
  return type == "function_call" || type == "custom_tool_call";
}

std::int64_t place_of(const element& event) {
  return int_member(event, "output_index").value_or(0);
}

ReplyReader::Step Reader::event(std::string_view event, std::string_view data,
                                llm::ReplySink& sink) {
  if (data.empty() || ended_ || data == "[DONE]") return Step::kTaken;
  element root;
  JsonParser& parser = thread_parser();
  if (parser.parse(data, root) != nullptr || !root.is_object()) return Step::kSkipped;
  const std::string_view type = text_member(root, "type");
  const bool good = read(type.empty() ? event : type, root, sink);
  parser.trim();
  return good ? Step::kTaken : Step::kError;
}

bool Reader::read(std::string_view type, const element& event, llm::ReplySink& sink) {
  if (type == "error") return fail(read_error_event(event));
  element response;
  const bool has_response = member(event, "response", response) && response.is_object();
  if (type == "response.created" || type == "response.queued" || type == "response.in_progress") {
    start(has_response ? response : event, sink);
    return true;
  }
  if (!type.starts_with("response.")) return true;
  if (!started_) return fail({0, "api_error", "", "`" + std::string(type) + "` came out of order"});
  if (type == "response.completed" || type == "response.incomplete" || type == "response.failed" ||
      type == "response.cancelled") {
    if (has_response) return over(response, sink);
    return fail({0, "api_error", "", "The last event has no `response`."});
  }
  if (type.ends_with(".delta")) {
    delta(type, event, sink);
  } else if (type == "response.output_item.added") {
    item_added(event, sink);
  } else if (type == "response.output_item.done") {
    item_done(event, sink);
  } else if (type == "response.output_text.annotation.added") {
    element found;
    if (member(event, "annotation", found)) annotation(found, sink);
  }
  return true;
}

void Reader::start(const element& response, llm::ReplySink& sink) {
  if (started_) return;
  started_ = true;
  response_model = text_member(response, "model");
  sink.start(text_member(response, "id"), response_model);
}

void Reader::delta(std::string_view type, const element& event, llm::ReplySink& sink) {
  const std::string_view piece = text_member(event, "delta");
  const std::int64_t place = place_of(event);
  if (type == "response.output_text.delta") {
    said_at_ = place;
    text(piece, sink);
  } else if (type == "response.refusal.delta") {
    said_at_ = place;
    refusal(piece, sink);
  } else if (type == "response.reasoning_summary_text.delta" ||
             type == "response.reasoning_text.delta") {
    const std::int64_t part = int_member(event, "summary_index").value_or(0);
    if (thinking_at_ == place && summary_at_ != part) thought("\n\n", sink);
    thinking_at_ = place;
    summary_at_ = part;
    thought(piece, sink);
  } else if (type == "response.function_call_arguments.delta") {
    if (Call* call = find_call(place)) arguments(*call, piece, sink);
  }
}

void Reader::item_added(const element& event, llm::ReplySink& sink) {
  element item;
  if (member(event, "item", item) && is_function(text_member(item, "type")))
    start_call(item, place_of(event), sink);
}

// What came whole, without deltas, is said here.
void Reader::item_done(const element& event, llm::ReplySink& sink) {
  element item;
  if (!member(event, "item", item)) return;
  const std::string_view type = text_member(item, "type");
  const std::int64_t place = place_of(event);
  if (type == "reasoning") {
    reasoning(item, sink, thinking_at_ != place);
    thinking_at_ = -1;
  } else if (type == "message") {
    if (said_at_ != place) message(item, sink);
  } else if (is_function(type)) {
    Call* call = find_call(place);
    if (call == nullptr) call = start_call(item, place, sink);
    if (call != nullptr) rest_of_call(*call, item, sink);
  }
}

Reader::Call* Reader::find_call(std::int64_t place) {
  for (Call& call : calls_) {
    if (call.place == place) return &call;
  }
  return nullptr;
}

Reader::Call* Reader::start_call(const element& item, std::int64_t place, llm::ReplySink& sink) {
  if (calls_.size() >= kMaxCalls || find_call(place) != nullptr) return find_call(place);
  std::string_view id = text_member(item, "call_id");
  if (id.empty()) id = text_member(item, "id");
  const std::string_view name = client_tool_name(long_names_, text_member(item, "name"));
  sink.tool_start(calls_.size(), id, name);
  count(name);
  calls_.push_back({place, false});
  return &calls_.back();
}

void Reader::arguments(Call& call, std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;
  call.said = true;
  sink.tool_arguments(static_cast<std::size_t>(&call - calls_.data()), piece);
  count(piece);
}

void Reader::rest_of_call(Call& call, const element& item, llm::ReplySink& sink) {
  if (call.said) return;
  element input;
  if (!member(item, "input", input)) {
    arguments(call, text_member(item, "arguments"), sink);
    return;
  }
  std::string object = "{";  // of a free-text tool
  anthropic::append_member(object, "input", as_text(input).value_or(std::string_view{}));
  object.push_back('}');
  arguments(call, object, sink);
}

void Reader::annotation(const element& value, llm::ReplySink& sink) {
  const std::string_view url = text_member(value, "url");
  if (!url.empty()) sink.citation(url, text_member(value, "title"));
}

void Reader::thought(std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;
  sink.thinking(piece);
  count(piece);
}

void Reader::text(std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;
  sink.text(piece);
  count(piece);
}

void Reader::refusal(std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;
  refused_ = true;
  sink.refusal(piece);
  count(piece);
}

void Reader::message(const element& item, llm::ReplySink& sink) {
  element found;
  simdjson::dom::array parts;
  if (!member(item, "content", found) || found.get(parts) != simdjson::SUCCESS) return;
  for (const element part : parts) {
    text(text_member(part, "text"), sink);
    refusal(text_member(part, "refusal"), sink);
    simdjson::dom::array notes;
    if (!member(part, "annotations", found) || found.get(notes) != simdjson::SUCCESS) continue;
    for (const element note : notes) annotation(note, sink);
  }
}

// What only the provider can read goes along as the signature, so that it comes back.
void Reader::reasoning(const element& item, llm::ReplySink& sink, bool with_text) {
  element found;
  simdjson::dom::array parts;
  bool said = false;
  for (const std::string_view key : {"content", "summary"}) {
    if (!with_text || said || !member(item, key, found) || found.get(parts) != simdjson::SUCCESS)
      continue;
    for (const element part : parts) {
      const std::string_view piece = text_member(part, "text");
      if (said && !piece.empty()) thought("\n\n", sink);
      thought(piece, sink);
      said = said || !piece.empty();
    }
  }
  const std::string_view encrypted = text_member(item, "encrypted_content");
  if (!encrypted.empty()) sink.signature(reasoning_signature(text_member(item, "id"), encrypted));
}

// False: the provider says that it failed.
bool Reader::over(const element& response, llm::ReplySink& sink) {
  Outcome outcome = read_outcome(response);
  if (outcome.error) return fail(std::move(*outcome.error));
  if (outcome.finish == llm::Finish::kNone)
    return fail({0, "api_error", "", "The last event says that the answer is not over."});
  if (outcome.usage) usage = *outcome.usage;
  finish = refused_ ? llm::Finish::kContentFilter : outcome.finish;
  if (finish == llm::Finish::kStop && !calls_.empty()) finish = llm::Finish::kToolCalls;
  sink.end({finish, {}, usage, text_bytes});
  ended_ = true;
  return true;
}

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail));
}

Status Reader::whole(const element& root, llm::ReplySink& sink) {
  element output;
  simdjson::dom::array items;
  const Outcome outcome = read_outcome(root);
  if (outcome.error) return std::unexpected(as_error(*outcome.error));
  if (!member(root, "output", output) || output.get(items) != simdjson::SUCCESS)
    return garbage("is no response: it has no `output` list.");
  if (outcome.finish == llm::Finish::kNone) return garbage("is not complete.");
  start(root, sink);
  std::int64_t place = 0;
  for (const element item : items) whole_item(item, place++, sink);
  if (!content_ && outcome.finish == llm::Finish::kStop) return garbage("is empty.");
  if (!over(root, sink)) return std::unexpected(as_error(error));
  return {};
}

void Reader::whole_item(const element& item, std::int64_t place, llm::ReplySink& sink) {
  const std::string_view type = text_member(item, "type");
  if (type == "reasoning") {
    reasoning(item, sink, true);
  } else if (type == "message") {
    message(item, sink);
  } else if (is_function(type)) {
    if (Call* call = start_call(item, place, sink)) rest_of_call(*call, item, sink);
  }
}

}  // namespace

std::unique_ptr<ReplyReader> make_reply_reader(const RequestView& view) {
  return std::make_unique<Reader>(view.long_tool_names);
}

}  // namespace pontage::dialects::responses
