// An OpenAI chat request for an OpenAI-speaking provider: the client's bytes with the few spans
// replaced that must be.
#include <optional>

#include "core/strings.hpp"
#include "dialects/json_splice.hpp"
#include "dialects/openai.hpp"

namespace pontage::dialects {
namespace {

struct Spans {
  std::optional<JsonSpan> model;           // the value
  std::optional<JsonSpan> stream_options;  // the value
  std::optional<JsonSpan> max_tokens_key;
  bool has_max_completion_tokens = false;
};

// Stops as soon as nothing wanted can follow: the reader has made sure that no key stands twice.
Spans find_spans(std::string_view body, std::size_t open, bool model, bool options, bool limits) {
  Spans spans;
  MemberWalk walk(body, open);
  while ((model || options || limits) && walk.next()) {
    if (model && walk.key_is("model")) {
      spans.model = walk.value();
      model = false;
    } else if (options && walk.key_is("stream_options")) {
      spans.stream_options = walk.value();
      options = false;
    } else if (limits && walk.key_is("max_tokens")) {
      spans.max_tokens_key = walk.key();
    } else if (limits && walk.key_is("max_completion_tokens")) {
      spans.has_max_completion_tokens = true;
    }
  }
  return spans;
}

// Asks for the usage chunk inside an existing `stream_options`.
void ask_for_usage(Splice& splice, std::string_view body, JsonSpan options) {
  constexpr std::string_view kMember = "\"include_usage\":true";
  if (body[options.begin] != '{') {  // null
    splice.replace(options, "{\"include_usage\":true}");
    return;
  }
  bool empty = true;
  MemberWalk walk(body, options.begin);
  while (walk.next()) {
    empty = false;
    if (!walk.key_is("include_usage")) continue;
    splice.replace(walk.value(), "true");
    return;
  }
  std::string text(kMember);
  if (!empty) text.push_back(',');
  splice.replace({options.begin + 1, options.begin + 1}, text);
}

}  // namespace

Result<Encoded> openai_to_openai(std::string_view body, const RequestView& view,
                                 const TargetShape& shape) {
  Encoded encoded;
  const bool set_model = !shape.model.empty() && (!view.has_model || shape.model != view.model);
  const bool inject = view.stream && !view.include_usage && shape.stream_options;
  if (!set_model && !inject && !shape.can.max_completion_tokens) {
    encoded.body.pieces.reserve(2);  // the sender puts the head before it
    encoded.body.pieces.push_back(body);
    encoded.body.size = body.size();
    return encoded;
  }
  const std::size_t open = skip_blanks(body, 0);
  if (open >= body.size() || body[open] != '{') {
    return client_error(Code::k_invalid_json, "The body is not a JSON object.");
  }
  const Spans spans = find_spans(body, open, set_model, inject, shape.can.max_completion_tokens);
  Splice splice;
  std::string inserted;
  if (set_model) {
    std::string model;
    append_json_string(model, shape.model);
    if (spans.model) {
      splice.replace(*spans.model, model);
    } else {
      inserted.append("\"model\":").append(model).append(",");
    }
  }
  if (inject && spans.stream_options) {
    ask_for_usage(splice, body, *spans.stream_options);
  } else if (inject) {
    inserted.append("\"stream_options\":{\"include_usage\":true},");
  }
  // Reasoning models refuse the older name; the value keeps its bytes.
  if (shape.can.max_completion_tokens && spans.max_tokens_key && !spans.has_max_completion_tokens) {
    splice.replace(*spans.max_tokens_key, "\"max_completion_tokens\"");
  }
  if (!inserted.empty()) {
    const std::size_t first = skip_blanks(body, open + 1);
    if (first < body.size() && body[first] == '}')
      inserted.pop_back();  // an empty object: no comma
    splice.replace({open + 1, open + 1}, inserted);
  }
  encoded.body = splice.build(body);
  encoded.usage_injected = inject;
  return encoded;
}

}  // namespace pontage::dialects
