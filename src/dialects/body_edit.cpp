#include "dialects/body_edit.hpp"

#include <algorithm>
#include <vector>

#include "core/strings.hpp"
#include "dialects/json_splice.hpp"

namespace pontage::dialects {

std::string edit_body(std::string_view body, std::span<const BodyField> set,
                      std::span<const std::string_view> drop) {
  const std::size_t open = skip_blanks(body, 0);
  if (open >= body.size() || body[open] != '{') return std::string(body);
  std::string out(body.substr(0, open));
  out.push_back('{');
  const auto add = [&](std::string_view key, std::string_view value) {
    if (out.back() != '{') out.push_back(',');
    out.append(key).push_back(':');
    out.append(value);
  };
  std::vector<bool> done(set.size());
  MemberWalk walk(body, open);
  std::size_t end = open + 1;
  while (walk.next()) {
    end = walk.value().end;
    const auto key = body.substr(walk.key().begin, walk.key().end - walk.key().begin);
    if (std::ranges::any_of(drop, [&](std::string_view name) { return walk.key_is(name); }))
      continue;
    const auto forced =
        std::ranges::find_if(set, [&](const BodyField& field) { return walk.key_is(field.first); });
    if (forced == set.end()) {
      add(key, body.substr(walk.value().begin, walk.value().end - walk.value().begin));
    } else {
      done[static_cast<std::size_t>(forced - set.begin())] = true;
      add(key, forced->second);
    }
  }
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (done[i]) continue;
    std::string key;
    append_json_string(key, set[i].first);
    add(key, set[i].second);
  }
  return out.append(body.substr(skip_blanks(body, end)));
}

std::string_view body_field(std::string_view body, std::string_view name) {
  const std::size_t open = skip_blanks(body, 0);
  if (open >= body.size() || body[open] != '{') return {};
  MemberWalk walk(body, open);
  while (walk.next()) {
    if (walk.key_is(name))
      return body.substr(walk.value().begin, walk.value().end - walk.value().begin);
  }
  return {};
}

}  // namespace pontage::dialects
