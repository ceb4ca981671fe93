// What openai.completions does on either side, as a row of the registry: one prompt, one text. A
// provider without it gets the prompt as a user's turn.
#include <simdjson.h>

#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_writer.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

// {"id":…,"object":…,"created":…,"model":…
std::string envelope(std::string_view id, std::string_view model, std::int64_t created_s) {
  std::string out = "{\"id\":";
  append_json_string(out, id);
  out.append(",\"object\":\"text_completion\",\"created\":").append(std::to_string(created_s));
  anthropic::append_member(out, "model", model);
  return out;
}

void append_choice(std::string& out, std::string_view text, std::string_view finish) {
  out.append(R"(,"choices":[{"index":0,"logprobs":null)");
  anthropic::append_member(out, "text", text);
  out.append(",\"finish_reason\":");
  if (finish.empty()) {
    out.append("null");
  } else {
    append_json_string(out, finish);
  }
  out.append("}]");
}

// Of this dialect: what stands in neither list means nothing without a text of its own to go on.
bool read(TranslationNotes& notes, const element& request, llm::Conversation& out) {
  element found;
  simdjson::dom::array list;
  if (!member(request, "prompt", found)) found = request;
  std::string_view prompt = as_text(found).value_or(std::string_view{});
  if (prompt.data() == nullptr && found.get(list) == simdjson::SUCCESS && list.size() == 1)
    prompt = as_text(list.at(0).value_unsafe()).value_or(std::string_view{});
  if (prompt.data() == nullptr) {
    return notes.impossible("prompt", "This provider takes one prompt of text in a request.");
  }
  llm::Turn& turn = out.turns.emplace_back();
  turn.where = "prompt";
  llm::Part& part = turn.parts.emplace_back();
  part.where = "prompt";
  part.text = prompt;
  for (const auto [key, value] : simdjson::dom::object(request)) {
    const bool said = !value.is_null();
    if (key == "max_tokens") {
      out.max_tokens = as_int(value);
    } else if (key == "temperature" && said) {
      out.temperature = json_text(value);
    } else if (key == "top_p" && said) {
      out.top_p = json_text(value);
    } else if (key == "user") {
      out.user = as_text(value).value_or(std::string_view{});
    } else if (key == "stop") {
      if (const auto one = as_text(value)) out.stop.push_back(*one);
      if (value.get(list) != simdjson::SUCCESS) continue;
      for (const element one : list) out.stop.push_back(as_text(one).value_or(""));
    } else if (said &&
               (key == "suffix" || key == "echo" || key == "logprobs" || key == "best_of") &&
               json_text(value) != "false" && json_text(value) != "1") {
      if (!notes.unsupported(key, "Only providers of the completions API have this.")) return false;
    }
  }
  return true;
}

class Writer final : public ReplyWriter {
 public:
  Writer(const RequestView& view, std::string_view client_model, bool stream)
      : client_model_(client_model),
        created_s_(view.created_s),
        stream_(stream),
        include_usage_(view.include_usage) {}

  void start(std::string_view id, std::string_view model) override {
    const std::string named = id.starts_with("cmpl-") ? std::string(id) : "cmpl-" + std::string(id);
    head_ = envelope(named, model.empty() ? client_model_ : model, created_s_);
  }
  void text(std::string_view piece) override {
    if (!stream_) {
      text_.append(piece);
      return;
    }
    chunk(piece, {});
  }
  void refusal(std::string_view piece) override { text(piece); }
  // A text has no place for the rest, and none of it was asked for.
  void thinking(std::string_view /*piece*/) override {}
  void signature(std::string_view /*value*/) override {}
  void redacted_thinking(std::string_view /*data*/) override {}
  void tool_start(std::size_t /*call*/, std::string_view /*id*/,
                  std::string_view /*name*/) override {}
  void tool_arguments(std::size_t /*call*/, std::string_view /*piece*/) override {}
  void citation(std::string_view /*url*/, std::string_view /*title*/) override {}

  void end(const llm::Ending& ending) override {
    const std::string_view finish =
        ending.finish == llm::Finish::kLength || ending.finish == llm::Finish::kContextExceeded
            ? "length"
        : ending.finish == llm::Finish::kContentFilter ? "content_filter"
                                                       : "stop";
    if (!stream_) {
      out_ = head_;
      append_choice(out_, text_, finish);
      append_usage(out_, ending.usage);
      out_.push_back('}');
      return;
    }
    chunk({}, finish);
    if (include_usage_ && ending.usage.present) {
      out_.append("data: ").append(head_).append(",\"choices\":[]");
      append_usage(out_, ending.usage);
      out_.append("}\n\n");
    }
    out_.append("data: [DONE]\n\n");
  }

 private:
  static void append_usage(std::string& out, const llm::Usage& usage) {
    out.append(",\"usage\":");
    openai::append_usage(out, usage);
  }
  void chunk(std::string_view piece, std::string_view finish) {
    out_.append("data: ").append(head_);
    append_choice(out_, piece, finish);
    out_.append("}\n\n");
  }

  std::string client_model_;
  std::int64_t created_s_;
  bool stream_;
  bool include_usage_;
  std::string head_;
  std::string text_;
};

std::unique_ptr<ReplyWriter> stream_writer(const RequestView& view, std::string_view model) {
  return std::make_unique<Writer>(view, model, true);
}

std::unique_ptr<ReplyWriter> whole_writer(const RequestView& view, std::string_view model) {
  return std::make_unique<Writer>(view, model, false);
}

constexpr ClientHalf kClient = {read, stream_writer, whole_writer};

std::string message_body(std::string_view text, std::string_view model, std::string_view id,
                         std::int64_t created_s) {
  std::string out = envelope(id, model, created_s);
  append_choice(out, text, "stop");
  return out.append("}");
}

std::string message_stream(std::string_view text, std::string_view model, std::string_view id,
                           std::int64_t created_s, bool /*include_usage*/) {
  return "data: " + message_body(text, model, id, created_s) + "\n\ndata: [DONE]\n\n";
}

}  // namespace

const Codec& openai_completions_codec() {
  static constexpr Codec kCodec = {
      .request_reader = [] { return make_openai_prompt_reader("prompt"); },
      .count_reader = [] { return make_openai_prompt_reader("prompt"); },
      .visit_input_text = visit_openai_prompt,
      .error_body = openai_error_body,
      .error_event_head = "data: ",
      .answer_id_prefix = "cmpl-",
      .keep_alive = ": keep-alive\n\n",
      .message_body = message_body,
      .message_stream = message_stream,
      .encode_same = openai_to_openai,
      .same_stream = make_openai_to_openai,
      .same_whole = openai_whole,
      .passing = [] { return make_openai_passing_reader("choices"); },
      .read_error = read_openai_error,
      .client = &kClient,
      .provider = nullptr,
  };
  return kCodec;
}

}  // namespace pontage::dialects
