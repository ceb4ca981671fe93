// Small builders for native nodes; the path and name of a route come from the callers.
#include "config/foreign_tree.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "config/describe.hpp"

namespace pontage::config {
namespace {
constexpr std::array<std::string_view, 11> kNativeParts = {
    "server",  "admin",  "providers", "observability", "ledger",  "keys",
    "budgets", "limits", "models",    "alerts",        "rollouts"};
}

Node make_map(const Mark& mark) {
  Node node;
  node.kind = Node::Kind::kMap;
  node.mark = mark;
  return node;
}

Node make_sequence(const Mark& mark) {
  Node node;
  node.kind = Node::Kind::kSequence;
  node.mark = mark;
  return node;
}

Node make_text(const Mark& mark, std::string text) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.mark = mark;
  node.text = std::move(text);
  node.quoted = true;
  return node;
}

void put(Node& map, const Mark& mark, std::string key, Node value) {
  map.entries.push_back({std::move(key), mark, std::move(value)});
}

void put_route(Node& root, const Mark& mark, const std::string& path, std::string name,
               Node value) {
  Node step = make_map(mark);
  put(step, mark, std::move(name), std::move(value));
  Node chain = make_sequence(mark);
  chain.items.push_back(std::move(step));
  Node route = make_map(mark);
  if (!path.empty()) {
    Node match = make_map(mark);
    put(match, mark, "path", make_text(mark, path));
    put(route, mark, "match", std::move(match));
  }
  put(route, mark, "chain", std::move(chain));
  Node routes = make_sequence(mark);
  routes.items.push_back(std::move(route));
  put(root, mark, "routes", std::move(routes));
}

bool is_native_part(std::string_view key) {
  return std::find(kNativeParts.begin(), kNativeParts.end(), key) != kNativeParts.end();
}

void unknown_key(const Node::Entry& entry, const std::string& place,
                 const std::vector<std::string>& known, Diagnostics& diagnostics) {
  diagnostics.error(entry.mark, "unknown key " + quote(entry.key) + " in " + place +
                                    did_you_mean(entry.key, known));
}

}  // namespace pontage::config
