// OpenAI chunks for an OpenAI client: the bytes pass as they came; usage, finish reasons, errors
// and the end are read in passing. `[DONE]` is added only where the answer is complete without it,
// and nothing else is ever added.
#include <simdjson.h>

#include <bitset>

#include "core/strings.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_reply.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

constexpr std::string_view kDone = "data: [DONE]\n\n";
constexpr std::size_t kChoicesLimit = 128;

// True when the event ends in a blank line; the last one of a stream may not.
bool is_terminated(std::string_view raw) {
  return raw.ends_with("\n\n") || raw.ends_with("\n\r\n") || raw.ends_with("\r\r") ||
         raw.ends_with("\r\n\r");
}

std::int64_t text_bytes(const element& object, std::string_view key) {
  return static_cast<std::int64_t>(text_member(object, key).size());
}

class OpenAiStream final : public StreamDecoder {
 public:
  OpenAiStream(std::int64_t choices, bool usage_injected)
      : choices_(static_cast<std::size_t>(choices)), usage_injected_(usage_injected) {}

  Event on_event(std::string_view raw, std::string_view event, std::string_view data,
                 Frame& frame) override;
  bool on_end(Frame& frame) override;

 private:
  Event chunk(const element& root, Frame& frame);
  bool choice(const element& value, Frame& frame);
  bool delta_has_content(const element& delta);
  bool tool_calls_have_content(const element& calls);
  bool parts_have_content(const element& content);
  void take_usage(const element& root);
  Event fail(ReplyError problem) {
    error = std::move(problem);
    return Event::kError;
  }
  [[nodiscard]] bool complete() const {
    return finished_.count() >= choices_ || (done_ && any_choice_);
  }

  std::size_t choices_;
  bool usage_injected_;
  bool done_ = false;
  bool any_choice_ = false;
  bool usage_only_ = false;  // the chunk at hand carries usage and no choice
  std::bitset<kChoicesLimit> finished_;
  std::string terminated_;  // an event that came without its blank line, with one
};

StreamDecoder::Event OpenAiStream::on_event(std::string_view raw, std::string_view event,
                                            std::string_view data, Frame& frame) {
  frame = Frame{};
  if (data.empty()) {
    // Comments keep a connection alive and pass; an event without data says nothing, and SDKs choke
    // on empty data.
    if (raw.starts_with(':')) frame.bytes = raw;
    return Event::kFrame;
  }
  const bool after_end = done_;
  if (trim(data) == "[DONE]") {
    done_ = true;
    frame.done = !after_end;
  } else {
    element root;
    JsonParser& parser = thread_parser();
    if (parser.parse(data, root) != nullptr || !root.is_object()) {
      ++skipped_events;
      return Event::kSkipped;
    }
    if (event == "error") {
      element found;
      return fail(read_error_value(find_error(root, found) ? found : root));
    }
    if (chunk(root, frame) == Event::kError) return Event::kError;
    parser.trim();
    if (usage_only_ && usage_injected_) return Event::kFrame;
  }
  if (after_end) {  // nothing may follow the end mark
    frame = Frame{};
    return Event::kFrame;
  }
  frame.bytes = raw;
  if (!is_terminated(raw)) {
    terminated_.assign(raw).append("\n\n");
    frame.bytes = terminated_;
  }
  return Event::kFrame;
}

StreamDecoder::Event OpenAiStream::chunk(const element& root, Frame& frame) {
  element found;
  if (find_error(root, found)) return fail(read_error_value(found));
  if (response_model.empty()) response_model = text_member(root, "model");
  usage_only_ = false;
  simdjson::dom::array choices;
  if (member(root, "choices", found) && found.get(choices) == simdjson::SUCCESS) {
    for (const element entry : choices) {
      if (!choice(entry, frame)) return Event::kError;
    }
    usage_only_ = choices.size() == 0 && member(root, "usage", found);
  }
  take_usage(root);
  return Event::kFrame;
}

// Counts are cumulative where they come with every chunk: the last wins, unless a vendor ends with
// zeros.
void OpenAiStream::take_usage(const element& root) {
  const auto found = find_openai_usage(root);
  if (!found) return;
  const auto sum = [](const llm::Usage& u) { return u.total_input() + u.total_output(); };
  if (!usage.present || sum(*found) >= sum(usage)) usage = *found;
}

// False: the provider says by its finish reason that it failed.
bool OpenAiStream::choice(const element& value, Frame& frame) {
  any_choice_ = true;
  element found;
  if (member(value, "delta", found) || member(value, "message", found)) {
    if (delta_has_content(found)) frame.content = true;
  }
  if (const std::int64_t bytes = text_bytes(value, "text");
      bytes > 0) {  // completions-style chunks
    output_text_bytes += bytes;
    frame.content = true;
  }
  const std::string_view reason = text_member(value, "finish_reason");
  if (reason.empty()) return true;  // some vendors send "" until the end
  if (auto problem = failed_finish(reason)) {
    if (find_error(value, found)) problem = read_error_value(found);
    fail(std::move(*problem));
    return false;
  }
  const auto index = int_member(value, "index").value_or(0);
  if (index >= 0 && index < static_cast<std::int64_t>(kChoicesLimit))
    finished_.set(static_cast<std::size_t>(index));
  if (finish == llm::Finish::kNone || index == 0) finish = finish_of(reason);
  frame.finish = true;
  return true;
}

bool OpenAiStream::delta_has_content(const element& delta) {
  const std::int64_t before = output_text_bytes;
  bool content = false;
  for (const std::string_view key : {"content", "reasoning_content", "reasoning", "refusal"}) {
    output_text_bytes += text_bytes(delta, key);
  }
  element found;
  if (member(delta, "content", found) && found.is_array()) content |= parts_have_content(found);
  if (member(delta, "tool_calls", found)) content |= tool_calls_have_content(found);
  if (member(delta, "function_call", found) && found.is_object()) {
    output_text_bytes += text_bytes(found, "name") + text_bytes(found, "arguments");
    content = true;
  }
  if (member(delta, "audio", found) && found.is_object()) {
    output_text_bytes += text_bytes(found, "transcript");
    content |= !text_member(found, "data").empty();
  }
  // OpenRouter sends encrypted reasoning only here.
  simdjson::dom::array details;
  if (member(delta, "reasoning_details", found) && found.get(details) == simdjson::SUCCESS) {
    content |= details.size() != 0;
  }
  return content || output_text_bytes > before;
}

bool OpenAiStream::tool_calls_have_content(const element& calls) {
  simdjson::dom::array list;
  if (calls.get(list) != simdjson::SUCCESS) return false;
  for (const element call : list) {
    element function;
    if (!member(call, "function", function)) continue;
    output_text_bytes += text_bytes(function, "name") + text_bytes(function, "arguments");
  }
  return list.size() != 0;
}

// Mistral's reasoning models send content as parts: {"type":"thinking","thinking":[…]},
// {"type":"text","text":…}.
bool OpenAiStream::parts_have_content(const element& content) {
  simdjson::dom::array parts;
  if (content.get(parts) != simdjson::SUCCESS) return false;
  for (const element part : parts) {
    output_text_bytes += text_bytes(part, "text");
    element thinking;
    simdjson::dom::array thoughts;
    if (!member(part, "thinking", thinking) || thinking.get(thoughts) != simdjson::SUCCESS)
      continue;
    for (const element thought : thoughts) output_text_bytes += text_bytes(thought, "text");
  }
  return parts.size() != 0;
}

bool OpenAiStream::on_end(Frame& frame) {
  frame = Frame{};
  if (!complete()) return false;
  if (!done_) {
    frame.bytes = kDone;
    frame.done = true;
    done_ = true;
  }
  return true;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_openai_to_openai(const RequestView& view, bool usage_injected) {
  return std::make_unique<OpenAiStream>(view.choices, usage_injected);
}

}  // namespace pontage::dialects
