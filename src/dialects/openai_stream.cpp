// OpenAI chunks for an OpenAI client: the bytes pass as they came; usage, finish reasons, errors
// and the end are read in passing. `[DONE]` is added only where the answer is complete without it,
// and nothing else is ever added.
#include <simdjson.h>

#include <bitset>

#include "core/strings.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_reply.hpp"
#include "http/sse.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

constexpr std::string_view kDone = "data: [DONE]\n\n";
constexpr std::size_t kChoicesLimit = 128;

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
  bool count_text(const element& value);
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
  bool choice_usage_ = false;  // a choice of this chunk has a usage of its own
  bool usage_only_ = false;    // the chunk at hand carries usage and no choice
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
  frame.bytes = http::with_blank_line(raw, terminated_);
  return Event::kFrame;
}

// One pass: chunks are the hot path, and each look-up by name would walk the object again.
StreamDecoder::Event OpenAiStream::chunk(const element& root, Frame& frame) {
  usage_only_ = false;
  bool has_usage = false;
  bool no_choices = false;
  for (const auto [key, value] : simdjson::dom::object(root)) {
    if (key == "choices") {
      simdjson::dom::array choices;
      if (value.get(choices) != simdjson::SUCCESS) continue;
      no_choices = choices.begin() == choices.end();
      for (const element entry : choices) {
        if (!choice(entry, frame)) return Event::kError;
      }
    } else if (key == "model") {
      if (response_model.empty()) response_model = as_text(value).value_or(std::string_view{});
    } else if (key == "usage" || key == "x_groq") {
      has_usage = has_usage || !value.is_null();
      usage_only_ = usage_only_ || (key == "usage" && !value.is_null());
    } else if (key == "error") {
      element found;
      if (find_error(root, found)) return fail(read_error_value(found));
    }
  }
  usage_only_ = usage_only_ && no_choices;
  if (has_usage || choice_usage_) take_usage(root);
  return Event::kFrame;
}

// Counts are cumulative where they come with every chunk: the last wins, unless a vendor ends with
// zeros.
void OpenAiStream::take_usage(const element& root) {
  choice_usage_ = false;
  const auto found = find_openai_usage(root);
  if (!found) return;
  const auto sum = [](const llm::Usage& u) { return u.total_input() + u.total_output(); };
  if (!usage.present || sum(*found) >= sum(usage)) usage = *found;
}

// False: the provider says by its finish reason that it failed.
bool OpenAiStream::choice(const element& value, Frame& frame) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return true;
  any_choice_ = true;
  std::int64_t index = 0;
  std::string_view reason;
  for (const auto [key, entry] : object) {
    if (key == "delta" || key == "message") {
      if (delta_has_content(entry)) frame.content = true;
    } else if (key == "index") {
      index = as_int(entry).value_or(0);
    } else if (key == "finish_reason") {
      reason = as_text(entry).value_or(std::string_view{});
    } else if (key == "text") {  // completions-style chunks
      if (count_text(entry)) frame.content = true;
    } else if (key == "usage") {
      choice_usage_ = true;
    }
  }
  if (reason.empty()) return true;  // some vendors send "" until the end
  if (auto problem = failed_finish(reason)) {
    element found;
    if (find_error(value, found)) problem = read_error_value(found);
    fail(std::move(*problem));
    return false;
  }
  if (index >= 0 && index < static_cast<std::int64_t>(kChoicesLimit)) {
    finished_.set(static_cast<std::size_t>(index));
  }
  if (finish == llm::Finish::kNone || index == 0) finish = finish_of(reason);
  frame.finish = true;
  return true;
}

// True when it is a text and not empty.
bool OpenAiStream::count_text(const element& value) {
  const auto text = as_text(value);
  if (!text || text->empty()) return false;
  output_text_bytes += static_cast<std::int64_t>(text->size());
  return true;
}

bool OpenAiStream::delta_has_content(const element& delta) {
  simdjson::dom::object object;
  if (delta.get(object) != simdjson::SUCCESS) return false;
  bool content = false;
  for (const auto [key, value] : object) {
    if (key == "content") {
      content |= value.is_array() ? parts_have_content(value) : count_text(value);
    } else if (key == "reasoning_content" || key == "reasoning" || key == "refusal") {
      content |= count_text(value);
    } else if (key == "tool_calls") {
      content |= tool_calls_have_content(value);
    } else if (key == "function_call" && value.is_object()) {
      output_text_bytes += text_bytes(value, "name") + text_bytes(value, "arguments");
      content = true;
    } else if (key == "audio") {
      const std::int64_t transcript = text_bytes(value, "transcript");
      output_text_bytes += transcript;
      content |= transcript > 0 || !text_member(value, "data").empty();
    } else if (key == "reasoning_details") {  // OpenRouter sends encrypted reasoning only here
      simdjson::dom::array details;
      content |= value.get(details) == simdjson::SUCCESS && details.begin() != details.end();
    }
  }
  return content;
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
