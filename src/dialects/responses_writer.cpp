#include "dialects/responses_writer.hpp"

#include <algorithm>

#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/responses.hpp"

namespace pontage::dialects::responses {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;

Writer::Writer(const RequestView& view, std::string_view client_model, bool stream)
    : object_(view, client_model), forms_(view.tool_forms), stream_(stream) {}

void Writer::event(std::string_view type) {
  out_.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type);
  out_.append("\",\"sequence_number\":").append(std::to_string(sequence_++));
}

void Writer::place(std::size_t index) {
  append_member(out_, "item_id", items_[index].id);
  out_.append(",\"output_index\":").append(std::to_string(index));
}

void Writer::content_place(std::size_t index) {
  place(index);
  out_.append(",\"content_index\":").append(std::to_string(items_[index].contents.size() - 1));
}

void Writer::item_event(std::string_view type, std::size_t index, Status status) {
  event(type);
  out_.append(",\"output_index\":").append(std::to_string(index)).append(",\"item\":");
  std::string item;
  append_item(item, items_[index], status);
  out_.append(item);
  finish();
}

void Writer::start(std::string_view id, std::string_view model) {
  object_.name(id, model);
  if (!stream_) return;
  for (const std::string_view type : {"response.created", "response.in_progress"}) {
    event(type);
    out_.append(",\"response\":");
    object_.append_begun(out_);
    finish();
  }
}

Item& Writer::add(Item::Kind kind) {
  constexpr std::string_view kPrefixes[] = {"msg_", "rs_", "fc_", "ctc_"};
  const std::size_t index = items_.size();
  Item& item = items_.emplace_back();
  item.kind = kind;
  item.id = object_.item_id(kPrefixes[static_cast<std::size_t>(kind)], index);
  return item;
}

// The text that goes on, or the next: a refusal is a content of its own.
Content& Writer::open_content(bool refusal) {
  if (open_ != kNone && items_[open_].kind != Item::Kind::kMessage) close();
  if (open_ == kNone) {
    add(Item::Kind::kMessage);
    open_ = items_.size() - 1;
    if (stream_) item_event("response.output_item.added", open_, Status::kInProgress);
  }
  std::vector<Content>& contents = items_[open_].contents;
  if (content_open_ && contents.back().refusal == refusal) return contents.back();
  close_content();
  Content& made = contents.emplace_back();
  made.refusal = refusal;
  content_open_ = true;
  if (!stream_) return made;
  event("response.content_part.added");
  content_place(open_);
  out_.append(",\"part\":");
  append_content(out_, made);
  finish();
  return made;
}

void Writer::say(std::string_view piece, bool refusal) {
  open_content(refusal).text.append(piece);
  if (!stream_) return;
  event(refusal ? "response.refusal.delta" : "response.output_text.delta");
  content_place(open_);
  append_member(out_, "delta", piece);
  if (!refusal) out_.append(",\"logprobs\":[]");
  finish();
}

void Writer::citation(std::string_view url, std::string_view title) {
  Content& content = open_content(false);
  const std::string end = std::to_string(count_code_points(content.text));
  std::string annotation =
      R"({"type":"url_citation","start_index":)" + end + ",\"end_index\":" + end;
  append_member(annotation, "url", url);
  append_member(annotation, "title", title);
  annotation.push_back('}');
  const std::size_t index = content.annotation_count++;
  append_comma(content.annotations);
  content.annotations.append(annotation);
  if (!stream_) return;
  event("response.output_text.annotation.added");
  content_place(open_);
  out_.append(",\"annotation_index\":").append(std::to_string(index));
  out_.append(",\"annotation\":").append(annotation);
  finish();
}

Item& Writer::open_reasoning() {
  if (open_ != kNone && items_[open_].kind == Item::Kind::kReasoning) return items_[open_];
  close();
  Item& item = add(Item::Kind::kReasoning);
  open_ = items_.size() - 1;
  if (stream_) item_event("response.output_item.added", open_, Status::kInProgress);
  return item;
}

// Shown as a summary: that is what clients of this dialect show, and what they send back.
void Writer::thinking(std::string_view piece) {
  Item& item = open_reasoning();
  const bool first = item.text.empty();
  item.text.append(piece);
  if (!stream_) return;
  if (first) {
    event("response.reasoning_summary_part.added");
    place(open_);
    out_.append(",\"summary_index\":0,\"part\":");
    append_summary(out_, {});
    finish();
  }
  event("response.reasoning_summary_text.delta");
  place(open_);
  out_.append(",\"summary_index\":0");
  append_member(out_, "delta", piece);
  finish();
}

void Writer::signature(std::string_view value) {
  open_reasoning().signature = value;
  close();
}

void Writer::redacted_thinking(std::string_view data) {
  close();
  Item& item = open_reasoning();
  item.text = data;
  item.redacted = true;
  close();
}

void Writer::tool_start(std::size_t /*call*/, std::string_view id, std::string_view name) {
  close();
  const auto form = std::ranges::find(forms_, name, &ToolForm::sent);
  const bool found = form != forms_.end();
  Item& item = add(found && form->text ? Item::Kind::kTextCall : Item::Kind::kCall);
  item.call_id = id;
  item.name = found ? form->name : name;
  if (found) item.space = form->space;
  calls_.push_back(items_.size() - 1);
  if (stream_) item_event("response.output_item.added", calls_.back(), Status::kInProgress);
}

// A free text comes out of a JSON string that must be whole first.
void Writer::tool_arguments(std::size_t call, std::string_view piece) {
  Item& item = items_[calls_[call]];
  item.text.append(piece);
  if (!stream_ || item.kind == Item::Kind::kTextCall) return;
  event("response.function_call_arguments.delta");
  place(calls_[call]);
  append_member(out_, "delta", piece);
  finish();
}

void Writer::close_content() {
  if (!content_open_) return;
  content_open_ = false;
  if (!stream_) return;
  const Content& content = items_[open_].contents.back();
  event(content.refusal ? "response.refusal.done" : "response.output_text.done");
  content_place(open_);
  append_member(out_, content.refusal ? "refusal" : "text", content.text);
  if (!content.refusal) out_.append(",\"logprobs\":[]");
  finish();
  event("response.content_part.done");
  content_place(open_);
  out_.append(",\"part\":");
  append_content(out_, content);
  finish();
}

void Writer::close() {
  if (open_ != kNone) close_item(open_, true);
}

void Writer::close_item(std::size_t index, bool complete) {
  close_content();
  open_ = kNone;
  if (!stream_) return;
  const Item& item = items_[index];
  if (item.kind == Item::Kind::kReasoning && !item.redacted && !item.text.empty()) {
    event("response.reasoning_summary_text.done");
    place(index);
    out_.append(",\"summary_index\":0");
    append_member(out_, "text", item.text);
    finish();
    event("response.reasoning_summary_part.done");
    place(index);
    out_.append(",\"summary_index\":0,\"part\":");
    append_summary(out_, item.text);
    finish();
  }
  item_event("response.output_item.done", index,
             complete ? Status::kCompleted : Status::kIncomplete);
}

void Writer::close_call(std::size_t index, bool complete) {
  Item& item = items_[index];
  if (item.text.empty() && complete) item.text = "{}";  // a call without input
  if (!stream_) return;
  if (item.kind == Item::Kind::kTextCall) {
    const std::string input = text_input(item.text);
    for (const bool done : {false, true}) {
      event(done ? "response.custom_tool_call_input.done"
                 : "response.custom_tool_call_input.delta");
      place(index);
      append_member(out_, done ? "input" : "delta", input);
      finish();
    }
  } else {
    event("response.function_call_arguments.done");
    place(index);
    append_member(out_, "name", item.name);
    append_member(out_, "arguments", item.text);
    finish();
  }
  item_event("response.output_item.done", index,
             complete ? Status::kCompleted : Status::kIncomplete);
}

void Writer::end(const llm::Ending& ending) {
  const auto refuses = [](const Content& content) { return content.refusal; };
  const bool refused = std::ranges::any_of(
      items_, [&](const Item& item) { return std::ranges::any_of(item.contents, refuses); });
  const bool whole = ResponseObject::complete(ending, refused);
  const std::size_t last = whole || items_.empty() ? kNone : items_.size() - 1;
  if (open_ != kNone) close_item(open_, open_ != last);
  for (const std::size_t call : calls_) close_call(call, call != last);
  if (stream_) {
    event(whole ? "response.completed" : "response.incomplete");
    out_.append(",\"response\":");
  }
  object_.append_ended(out_, items_, ending, refused);
  if (stream_) finish();
}

// The gateway's own words as an answer.

std::string message_body(std::string_view text, std::string_view model, std::string_view id,
                         std::int64_t created_s) {
  RequestView view;
  view.created_s = created_s;
  Writer writer(view, model, false);
  llm::Ending ending;
  ending.finish = llm::Finish::kStop;
  ending.usage.present = true;  // nothing was used
  writer.start(id, model);
  writer.text(text);
  writer.end(ending);
  return writer.take();
}

std::string message_stream(std::string_view text, std::string_view model, std::string_view id,
                           std::int64_t created_s, bool /*include_usage*/) {
  RequestView view;
  view.created_s = created_s;
  Writer writer(view, model, true);
  llm::Ending ending;
  ending.finish = llm::Finish::kStop;
  ending.usage.present = true;
  writer.start(id, model);
  writer.text(text);
  writer.end(ending);
  return writer.take();
}

}  // namespace pontage::dialects::responses
