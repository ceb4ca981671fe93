// An Anthropic Messages request for a provider of the same dialect: the client's bytes, with the
// model's name replaced where it must be, and without thinking that this gateway has handed out
// unsigned or of other makers (row B9): Anthropic refuses signatures that are not its own.
#include <algorithm>
#include <optional>

#include "core/strings.hpp"
#include "dialects/json_splice.hpp"
#include "dialects/messages.hpp"
#include "dialects/our_marks.hpp"

namespace pontage::dialects {
namespace {

std::optional<JsonSpan> find_member(std::string_view body, JsonSpan object, std::string_view name) {
  if (object.begin >= body.size() || body[object.begin] != '{') return std::nullopt;
  MemberWalk walk(body, object.begin);
  while (walk.next()) {
    if (walk.key_is(name)) return walk.value();
  }
  return std::nullopt;
}

bool is_ours(std::string_view body, JsonSpan block) {
  const auto signature = find_member(body, block, "signature");
  if (!signature) return false;
  return body.substr(signature->begin + 1).starts_with(kOurMark);
}

// True when no block of the message is left: the message goes then.
bool clean_message(std::string_view body, JsonSpan message, Splice& splice) {
  const auto content = find_member(body, message, "content");
  if (!content || body[content->begin] != '[') return false;
  std::vector<JsonSpan> items;
  std::vector<bool> gone;
  ItemWalk walk(body, content->begin);
  while (walk.next()) {
    items.push_back(walk.item());
    gone.push_back(is_ours(body, walk.item()));
  }
  if (std::find(gone.begin(), gone.end(), true) == gone.end()) return false;
  if (std::find(gone.begin(), gone.end(), false) == gone.end()) return true;
  drop_items(items, gone, splice);
  return false;
}

void clean_messages(std::string_view body, JsonSpan messages, Splice& splice) {
  if (body[messages.begin] != '[') return;
  std::vector<JsonSpan> items;
  std::vector<bool> gone;
  ItemWalk walk(body, messages.begin);
  while (walk.next()) {
    items.push_back(walk.item());
    gone.push_back(clean_message(body, walk.item(), splice));
  }
  drop_items(items, gone, splice);
}

}  // namespace

Result<Encoded> messages_to_messages(std::string_view body, const RequestView& view,
                                     const TargetShape& shape) {
  Encoded encoded;
  const bool set_model = !shape.model_member.empty() ||
                         (!shape.model.empty() && (!view.has_model || shape.model != view.model));
  const bool clean = body.find(kOurMark) != std::string_view::npos;
  if (!set_model && !clean) {
    encoded.body.pieces.push_back(body);
    encoded.body.size = body.size();
    return encoded;
  }
  const std::size_t open = skip_blanks(body, 0);
  if (open >= body.size() || body[open] != '{')
    return client_error(Code::k_invalid_json, "The request body is not a JSON object.");
  Splice splice;
  const std::string_view whole_member = shape.model_member;
  std::string model;
  append_json_string(model, shape.model);
  bool model_missing = set_model;
  MemberWalk walk(body, open);
  while ((model_missing || clean) && walk.next()) {
    if (model_missing && walk.key_is("model")) {
      if (whole_member.empty()) {
        splice.replace(walk.value(), model);
      } else {
        splice.replace({walk.key().begin, walk.value().end}, whole_member);
      }
      model_missing = false;
    } else if (clean && walk.key_is("messages")) {
      clean_messages(body, walk.value(), splice);
    }
  }
  if (model_missing) {
    const std::size_t first = skip_blanks(body, open + 1);
    const bool empty = first < body.size() && body[first] == '}';
    const std::string member =
        whole_member.empty() ? "\"model\":" + model : std::string(whole_member);
    splice.replace({open + 1, open + 1}, member + (empty ? "" : ","));
  }
  encoded.body = splice.build(body);
  return encoded;
}

}  // namespace pontage::dialects
