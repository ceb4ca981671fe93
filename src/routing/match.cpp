#include "routing/match.hpp"

#include <algorithm>

#include "core/strings.hpp"

namespace pontage::routing {

const config::Struct<Match>& match_table() {
  static const config::Struct<Match> kTable = [] {
    config::Struct<Match> table(
        "routes[].match",
        "Which requests take the route; all that is written must hold. Empty: all.");
    table
        .text("path", &Match::path,
              "Path prefix, such as /v1/chat; it ends at a slash or at the end of the path.")
        .texts("model", &Match::models,
               "The requested model; `*` stands for anything. One of a list is enough.")
        .text_map("header", &Match::headers, "Request headers and what they must be (globs).")
        .text_map("metadata", &Match::metadata, "Metadata keys and what they must be (globs).")
        .texts("key", &Match::keys, "Names of client keys.");
    return table;
  }();
  return kTable;
}

bool Match::path_matches(std::string_view request_path) const {
  if (path.empty()) return true;
  if (!request_path.starts_with(path)) return false;
  return request_path.size() == path.size() || path.back() == '/' ||
         request_path[path.size()] == '/';
}

bool Match::matches(const RequestFacts& facts) const {
  if (!path_matches(facts.path)) return false;
  if (!models.empty() && std::ranges::none_of(models, [&](const std::string& pattern) {
        return facts.view->has_model && glob_match(pattern, facts.view->model);
      })) {
    return false;
  }
  for (const auto& [name, pattern] : headers) {
    const auto value = http::find(facts.headers, name);
    if (value.data() == nullptr || !glob_match(pattern, value)) return false;
  }
  for (const auto& [name, pattern] : metadata) {
    const auto value = facts.metadata(name);
    if (value.data() == nullptr || !glob_match(pattern, value)) return false;
  }
  return keys.empty() || std::ranges::find(keys, facts.key_name) != keys.end();
}

// A glob that matches another glob's text takes all that the other one takes: its stars can only
// fall into ours.
bool Match::covers(const Match& other) const {
  if (!path.empty() && !path_matches(other.path)) return false;
  const auto one_takes = [&](const std::string& theirs) {
    return std::ranges::any_of(models, [&](const auto& mine) { return glob_match(mine, theirs); });
  };
  if (!models.empty() && (other.models.empty() || !std::ranges::all_of(other.models, one_takes)))
    return false;
  const auto is_mine = [&](const std::string& key) {
    return std::ranges::find(keys, key) != keys.end();
  };
  if (!keys.empty() && (other.keys.empty() || !std::ranges::all_of(other.keys, is_mine)))
    return false;
  const auto within = [](const auto& mine, const auto& theirs) {
    return std::ranges::all_of(mine, [&](const auto& entry) {
      const auto found = theirs.find(entry.first);
      return found != theirs.end() && glob_match(entry.second, found->second);
    });
  };
  return within(headers, other.headers) && within(metadata, other.metadata);
}

}  // namespace pontage::routing
