// What of a Responses request counts as input tokens: its texts in order, and guesses for what has
// none.
#include <simdjson.h>

#include "dialects/input_text.hpp"
#include "dialects/responses.hpp"

namespace pontage::dialects::responses {
namespace {

using simdjson::dom::element;

// OpenAI's vision guide, as for openai.chat.
constexpr std::int64_t kImageLow = 85;
constexpr std::int64_t kImageHigh = 765;
constexpr std::int64_t kAudioBytesPerToken = 1600;
constexpr std::int64_t kServerTool = 300;  // the vendor's own tools put a prompt of theirs in

class Visit final : public InputTexts {
 public:
  using InputTexts::InputTexts;

 private:
  void root(const element& body) override {
    element found;
    if (member(body, "instructions", found)) {
      InputTexts::message();
      content(found);
    }
    simdjson::dom::array list;
    if (member(body, "input", found)) {
      if (found.get(list) == simdjson::SUCCESS) {
        for (const element one : list) item(one);
      } else {
        InputTexts::message();
        content(found);
      }
    }
    if (member(body, "tools", found)) declarations(found);
    if (member(body, "text", found) && member(found, "format", found) &&
        member(found, "schema", found)) {
      guess(0);
      json(found);
    }
  }

  void item(const element& value) {
    if (!going()) return;
    InputTexts::message();
    texts(value, {"role", "name", "arguments", "input"});
    element found;
    for (const std::string_view key : {"content", "summary", "output"}) {
      if (member(value, key, found)) content(found);
    }
    if (member(value, "encrypted_content", found)) guess_file(0);
    if (member(value, "tools", found)) declarations(found);
  }

  void content(const element& value) {
    text(as_text(value).value_or(std::string_view{}));
    simdjson::dom::array parts;
    if (value.get(parts) != simdjson::SUCCESS) return;
    for (const element one : parts) part(one);
  }

  void part(const element& value) {
    const std::string_view type = text_member(value, "type");
    if (type == "input_image") {
      guess(text_member(value, "detail") == "low" ? kImageLow : kImageHigh);
    } else if (type == "input_file") {
      guess_file(decoded_bytes(value, "file_data"));
    } else if (type == "input_audio") {
      element audio;
      guess(member(value, "input_audio", audio)
                ? decoded_bytes(audio, "data") / kAudioBytesPerToken + 1
                : 0);
    } else {
      texts(value, {"text", "refusal"});
      element inner;  // instructions may be a list of messages
      if (member(value, "content", inner)) content(inner);
    }
  }

  void declarations(const element& value) {
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return;
    for (const element tool : list) declaration(tool);
  }

  // As for openai.chat, never exact.
  void declaration(const element& tool) {
    if (!going()) return;
    guess(0);
    texts(tool, {"name", "description"});
    element found;
    if (member(tool, "parameters", found)) {
      json(found);
    } else if (member(tool, "tools", found)) {
      declarations(found);
    } else if (member(tool, "format", found)) {
      texts(found, {"definition"});
    } else if (text_member(tool, "name").empty()) {
      guess(kServerTool);
    }
  }
};

}  // namespace

bool visit_input_text(std::string_view body, TextSink& sink, std::int64_t& estimated_tokens) {
  return Visit(sink).visit(body, estimated_tokens);
}

}  // namespace pontage::dialects::responses
