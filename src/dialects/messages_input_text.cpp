// What of an Anthropic Messages request counts as input tokens: its texts in order, and guesses for
// what has none.
#include <simdjson.h>

#include "dialects/input_text.hpp"
#include "dialects/messages.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

// Anthropic's vision guide: width x height / 750; at most about 1,600 after scaling.
constexpr std::int64_t kImage = 1600;
constexpr std::int64_t kServerTool = 300;  // the vendor's own tools put a prompt of theirs in

class Visit final : public InputTexts {
 public:
  using InputTexts::InputTexts;

 private:
  void root(const element& body) override {
    element found;
    if (member(body, "system", found)) {
      InputTexts::message();
      content(found);
    }
    simdjson::dom::array list;
    if (member(body, "messages", found) && found.get(list) == simdjson::SUCCESS) {
      for (const element entry : list) message(entry);
    }
    if (member(body, "tools", found) && found.get(list) == simdjson::SUCCESS) {
      for (const element tool : list) declaration(tool);
    }
    if (member(body, "output_config", found) && member(found, "format", found)) json(found);
    if (member(body, "output_format", found)) json(found);
  }

  void message(const element& value) {
    if (!going()) return;
    InputTexts::message();
    text(text_member(value, "role"));
    element found;
    if (member(value, "content", found)) content(found);
  }

  void content(const element& value) {
    text(as_text(value).value_or(std::string_view{}));
    simdjson::dom::array blocks;
    if (value.get(blocks) != simdjson::SUCCESS) return;
    for (const element one : blocks) block(one);
  }

  void block(const element& value) {
    const std::string_view type = text_member(value, "type");
    element found;
    if (type == "text") {
      text(text_member(value, "text"));
    } else if (type == "thinking") {
      text(text_member(value, "thinking"));
    } else if (type == "image") {
      guess(kImage);
    } else if (type == "document") {
      document(value);
    } else if (type == "tool_use" || type == "server_tool_use") {
      text(text_member(value, "name"));
      if (member(value, "input", found)) json(found);
    } else if (type == "tool_result") {
      if (member(value, "content", found)) content(found);
    } else if (member(value, "content", found)) {  // results of the vendor's own tools
      json(found);
    }
  }

  void document(const element& value) {
    texts(value, {"title", "context"});
    element source;
    if (!member(value, "source", source)) return;
    const std::string_view type = text_member(source, "type");
    element found;
    if (type == "text") {
      text(text_member(source, "data"));
    } else if (type == "content" && member(source, "content", found)) {
      content(found);
    } else {
      guess_file(decoded_bytes(source, "data"));
    }
  }

  // Providers write tools into the prompt in a form of their own, so their count is never exact.
  void declaration(const element& tool) {
    if (!going()) return;
    texts(tool, {"name", "description"});
    element schema;
    if (member(tool, "input_schema", schema)) {
      json(schema);
    } else {
      guess(kServerTool);
    }
  }
};

}  // namespace

bool visit_messages_input_text(std::string_view body, TextSink& sink,
                               std::int64_t& estimated_tokens) {
  return Visit(sink).visit(body, estimated_tokens);
}

}  // namespace pontage::dialects
