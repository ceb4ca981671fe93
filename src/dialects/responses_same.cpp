// A Responses request for a provider of the same dialect: the client's bytes, with the model's name
// replaced where it must be, and without reasoning that this gateway has handed out for others:
// OpenAI refuses what it has not encrypted itself.
#include "core/strings.hpp"
#include "dialects/json_splice.hpp"
#include "dialects/our_marks.hpp"
#include "dialects/responses.hpp"

namespace pontage::dialects::responses {
namespace {

bool is_ours(std::string_view body, JsonSpan item) {
  if (body[item.begin] != '{') return false;
  MemberWalk walk(body, item.begin);
  while (walk.next()) {
    if (!walk.key_is("encrypted_content")) continue;
    return body.substr(walk.value().begin + 1).starts_with(kOurMark);
  }
  return false;
}

void drop_ours(std::string_view body, JsonSpan input, Splice& splice) {
  if (body[input.begin] != '[') return;
  ItemWalk walk(body, input.begin);
  std::vector<JsonSpan> items;
  std::vector<bool> gone;
  while (walk.next()) {
    items.push_back(walk.item());
    gone.push_back(is_ours(body, walk.item()));
  }
  drop_items(items, gone, splice);
}

}  // namespace

Result<Encoded> encode_same(std::string_view body, const RequestView& view,
                            const TargetShape& shape) {
  Encoded encoded;
  const bool set_model = !shape.model.empty() && (!view.has_model || shape.model != view.model);
  const bool clean = body.find(kOurMark) != std::string_view::npos;
  if (!set_model && !clean) {
    encoded.body.pieces.reserve(2);  // the sender puts the head before it
    encoded.body.pieces.push_back(body);
    encoded.body.size = body.size();
    return encoded;
  }
  const std::size_t open = skip_blanks(body, 0);
  if (open >= body.size() || body[open] != '{')
    return client_error(Code::k_invalid_json, "The body is not a JSON object.");
  Splice splice;
  std::string model;
  append_json_string(model, shape.model);
  bool model_missing = set_model;
  MemberWalk walk(body, open);
  while ((model_missing || clean) && walk.next()) {
    if (model_missing && walk.key_is("model")) {
      splice.replace(walk.value(), model);
      model_missing = false;
    } else if (clean && walk.key_is("input")) {
      drop_ours(body, walk.value(), splice);
    }
  }
  if (model_missing) {
    const std::size_t first = skip_blanks(body, open + 1);
    const bool empty = first < body.size() && body[first] == '}';
    splice.replace({open + 1, open + 1}, "\"model\":" + model + (empty ? "" : ","));
  }
  encoded.body = splice.build(body);
  return encoded;
}

}  // namespace pontage::dialects::responses
