// What of a Gemini request counts as input tokens: its texts in order, and guesses for what has
// none.
#include <simdjson.h>

#include "dialects/gemini.hpp"
#include "dialects/gemini_json.hpp"
#include "dialects/input_text.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

// "Image inputs with both dimensions at most 384 pixels count as 258 tokens", larger ones by tiles
// of as many.
constexpr std::int64_t kImage = 4 * 258;

class Visit final : public InputTexts {
 public:
  using InputTexts::InputTexts;

 private:
  void root(const element& body) override {
    element request = body;
    element found;
    if (gemini::field(body, "generateContentRequest", found)) request = found;
    if (gemini::field(request, "systemInstruction", found)) content(found);
    simdjson::dom::array list;
    if (gemini::field(request, "contents", found) && found.get(list) == simdjson::SUCCESS) {
      for (const element one : list) content(one);
    }
    if (gemini::field(request, "tools", found)) json(found);
    element schema;
    if (!gemini::field(request, "generationConfig", found)) return;
    if (gemini::field(found, "responseSchema", schema)) json(schema);
    if (gemini::field(found, "responseJsonSchema", schema)) json(schema);
  }

  void content(const element& value) {
    if (!going()) return;
    InputTexts::message();
    text(gemini::text_field(value, "role"));
    element found;
    simdjson::dom::array parts;
    if (!gemini::field(value, "parts", found) || found.get(parts) != simdjson::SUCCESS) return;
    for (const element one : parts) part(one);
  }

  void part(const element& value) {
    element found;
    text(gemini::text_field(value, "text"));
    if (gemini::field(value, "functionCall", found) ||
        gemini::field(value, "functionResponse", found)) {
      json(found);
    } else if (gemini::field(value, "inlineData", found)) {
      media(found);
    } else if (gemini::field(value, "fileData", found)) {
      guess(kImage);
    }
  }

  void media(const element& value) {
    if (gemini::text_field(value, "mimeType").starts_with("image/")) {
      guess(kImage);
    } else {
      guess_file(decoded_bytes(value, "data"));
    }
  }
};

}  // namespace

bool visit_gemini_input_text(std::string_view body, TextSink& sink,
                             std::int64_t& estimated_tokens) {
  return Visit(sink).visit(body, estimated_tokens);
}

}  // namespace pontage::dialects
