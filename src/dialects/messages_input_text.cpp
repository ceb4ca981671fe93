// What of an Anthropic Messages request counts as input tokens: its texts in order, and guesses for
// what has none.
#include <simdjson.h>

#include <algorithm>

#include "dialects/json_document.hpp"
#include "dialects/messages.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

// Anthropic's vision guide: width x height / 750; at most about 1,600 after scaling.
constexpr std::int64_t kImage = 1600;
constexpr std::int64_t kFileBytesPerToken = 50;  // a PDF page is some 75 KB and 1,500 tokens
constexpr std::int64_t kFileLeast = 500;
constexpr std::int64_t kServerTool = 300;  // the vendor's own tools put a prompt of theirs in

class Visit {
 public:
  explicit Visit(TextSink& sink) : sink_(sink) {}

  void root(const element& body) {
    element found;
    if (member(body, "system", found)) {
      sink_.message();
      content(found);
    }
    simdjson::dom::array list;
    if (member(body, "messages", found) && found.get(list) == simdjson::SUCCESS) {
      for (const element entry : list) message(entry);
    }
    if (member(body, "tools", found) && found.get(list) == simdjson::SUCCESS) {
      for (const element tool : list) declaration(tool);
    }
    if (member(body, "output_config", found) && member(found, "format", found)) whole(found);
    if (member(body, "output_format", found)) whole(found);
  }

  std::int64_t estimated = 0;
  bool exact = true;

 private:
  void text(std::string_view piece) {
    if (going_ && !piece.empty()) going_ = sink_.text(piece);
  }
  void guess(std::int64_t tokens) {
    exact = false;
    estimated += tokens;
  }
  void whole(const element& value) {
    exact = false;
    if (going_) text(json_text(value));
  }

  void message(const element& value) {
    if (!going_) return;
    sink_.message();
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
      if (member(value, "input", found)) whole(found);
    } else if (type == "tool_result") {
      if (member(value, "content", found)) content(found);
    } else if (member(value, "content", found)) {  // results of the vendor's own tools
      whole(found);
    }
  }

  void document(const element& value) {
    text(text_member(value, "title"));
    text(text_member(value, "context"));
    element source;
    if (!member(value, "source", source)) return;
    const std::string_view type = text_member(source, "type");
    element found;
    if (type == "text") {
      text(text_member(source, "data"));
    } else if (type == "content" && member(source, "content", found)) {
      content(found);
    } else {
      const auto bytes = static_cast<std::int64_t>(text_member(source, "data").size()) / 4 * 3;
      guess(std::max(kFileLeast, bytes / kFileBytesPerToken));
    }
  }

  // Providers write tools into the prompt in a form of their own, so their count is never exact.
  void declaration(const element& tool) {
    if (!going_) return;
    exact = false;
    text(text_member(tool, "name"));
    text(text_member(tool, "description"));
    element schema;
    if (member(tool, "input_schema", schema)) {
      text(json_text(schema));
    } else {
      guess(kServerTool);
    }
  }

  TextSink& sink_;
  bool going_ = true;
};

}  // namespace

bool visit_messages_input_text(std::string_view body, TextSink& sink,
                               std::int64_t& estimated_tokens) {
  estimated_tokens = 0;
  JsonParser& parser = thread_parser();
  element root;
  if (parser.parse(body, root) != nullptr) return false;
  Visit visit(sink);
  visit.root(root);
  estimated_tokens = visit.estimated;
  parser.trim();
  return visit.exact;
}

}  // namespace pontage::dialects
