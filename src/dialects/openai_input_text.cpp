// What of an OpenAI chat request counts as input tokens: its texts in order, and guesses for what
// has none.
#include <simdjson.h>

#include "dialects/input_text.hpp"
#include "dialects/openai.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

// OpenAI's vision guide: 85 for low detail; 85 + 4 tiles of 170 for a high-detail image of 1024 x
// 1024.
constexpr std::int64_t kImageLow = 85;
constexpr std::int64_t kImageHigh = 765;
constexpr std::int64_t kAudioBytesPerToken = 1600;  // about 10 tokens a second of compressed speech

class Visit final : public InputTexts {
 public:
  using InputTexts::InputTexts;

 private:
  void root(const element& body) override {
    element found;
    simdjson::dom::array list;
    if (member(body, "messages", found) && found.get(list) == simdjson::SUCCESS) {
      for (const element entry : list) message(entry);
    }
    for (const std::string_view key : {"tools", "functions"}) {
      if (!member(body, key, found) || found.get(list) != simdjson::SUCCESS) continue;
      for (const element tool : list) {
        element function;
        declaration(member(tool, "function", function) ? function : tool);
      }
    }
    if (member(body, "response_format", found) && member(found, "json_schema", found))
      declaration(found);
  }

  void message(const element& value) {
    if (!going()) return;
    InputTexts::message();
    texts(value, {"role", "name"});
    element found;
    if (member(value, "content", found)) content(found);
    texts(value, {"refusal", "reasoning_content", "reasoning"});
    simdjson::dom::array calls;
    if (member(value, "tool_calls", found) && found.get(calls) == simdjson::SUCCESS) {
      for (const element call : calls) {
        if (member(call, "function", found)) this->call(found);
      }
    }
    if (member(value, "function_call", found)) call(found);
  }

  void call(const element& function) { texts(function, {"name", "arguments"}); }

  void content(const element& value) {
    text(as_text(value).value_or(std::string_view{}));
    simdjson::dom::array parts;
    if (value.get(parts) != simdjson::SUCCESS) return;
    for (const element entry : parts) part(entry);
  }

  void part(const element& value) {
    const std::string_view type = text_member(value, "type");
    if (type == "text" || type == "input_text" || type == "output_text") {
      text(text_member(value, "text"));
    } else if (type == "refusal") {
      text(text_member(value, "refusal"));
    } else if (type == "image_url" || type == "image" || type == "input_image") {
      element image;
      const bool low =
          text_member(member(value, "image_url", image) ? image : value, "detail") == "low";
      guess(low ? kImageLow : kImageHigh);
    } else if (type == "input_audio") {
      element audio;
      guess(member(value, "input_audio", audio)
                ? decoded_bytes(audio, "data") / kAudioBytesPerToken + 1
                : 0);
    } else if (type == "file") {
      element file;
      guess_file(member(value, "file", file) ? decoded_bytes(file, "file_data") : 0);
    } else {
      guess(0);
    }
  }

  // Providers write tools and schemas into the prompt in a form of their own, so their count is
  // never exact.
  void declaration(const element& value) {
    if (!going()) return;
    guess(0);
    texts(value, {"name", "description"});
    element schema;
    for (const std::string_view key : {"parameters", "schema"}) {
      if (member(value, key, schema)) json(schema);
    }
  }
};

// The prompt of a completion, the texts of embeddings; token numbers count themselves.
class PromptVisit final : public InputTexts {
 public:
  using InputTexts::InputTexts;

 private:
  void root(const element& body) override {
    element found;
    if (member(body, "prompt", found) || member(body, "input", found)) piece(found);
  }
  void piece(const element& value) {
    text(as_text(value).value_or(std::string_view{}));
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return;
    for (const element one : list) {
      if (one.is_int64()) {
        guess(1);
      } else {
        piece(one);
      }
    }
  }
};

}  // namespace

bool visit_openai_prompt(std::string_view body, TextSink& sink, std::int64_t& estimated_tokens) {
  return PromptVisit(sink).visit(body, estimated_tokens);
}

bool visit_openai_input_text(std::string_view body, TextSink& sink,
                             std::int64_t& estimated_tokens) {
  return Visit(sink).visit(body, estimated_tokens);
}

}  // namespace pontage::dialects
