// The request that asks another target to go on: the client's bytes with one or two turns more.
#include "core/strings.hpp"
#include "dialects/continuation.hpp"
#include "dialects/json_splice.hpp"

namespace pontage::dialects {
namespace {

std::string instruction(std::string_view text) {
  std::string out =
      "Your last message was cut off by a lost connection. Go on with it from exactly where it "
      "stops, so that both parts together are one answer. Begin by repeating its last words "
      "exactly as they stand there, and then go on. Do not start again, do not comment on the "
      "interruption and change nothing of what was said. The last words are:\n";
  return out.append(Seam::last_words(text));
}

// Of the last message, and where the list ends.
struct End {
  std::size_t at = 0;
  std::string_view role;
};

std::string_view role_of(std::string_view body, JsonSpan message) {
  if (body[message.begin] != '{') return {};
  MemberWalk walk(body, message.begin);
  while (walk.next()) {
    if (walk.key_is("role"))
      return body.substr(walk.value().begin, walk.value().end - walk.value().begin);
  }
  return {};
}

End end_of_messages(std::string_view body) {
  const std::size_t open = skip_blanks(body, 0);
  if (open >= body.size() || body[open] != '{') return {};
  MemberWalk walk(body, open);
  while (walk.next()) {
    if (!walk.key_is("messages") || body[walk.value().begin] != '[') continue;
    End end;
    ItemWalk items(body, walk.value().begin);
    while (items.next()) end = {items.item().end, role_of(body, items.item())};
    return end;
  }
  return {};
}

}  // namespace

std::string continued_request(std::string_view body, std::string_view text, bool prefill) {
  const End end = end_of_messages(body);
  if (end.at == 0 || end.role == R"("assistant")") return {};
  const std::string_view asked = text.substr(0, Seam::asked(text));
  std::string out;
  out.reserve(body.size() + asked.size() + 1024);
  out.append(body.substr(0, end.at)).append(R"(,{"role":"assistant","content":)");
  append_json_string(out, asked);
  out.push_back('}');
  if (!prefill) {
    out.append(R"(,{"role":"user","content":)");
    append_json_string(out, instruction(asked));
    out.push_back('}');
  }
  return out.append(body.substr(end.at));
}

}  // namespace pontage::dialects
