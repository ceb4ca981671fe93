// What both foreign readers need: building native nodes at a foreign place, and the native parts
// that may stand beside.
#pragma once

#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"

namespace pontage::config {

Node make_map(const Mark& mark);
Node make_sequence(const Mark& mark);
Node make_text(const Mark& mark, std::string text);
void put(Node& map, const Mark& mark, std::string key, Node value);

/// `{ routes: [ { match: { path } , chain: [ { NAME: VALUE } ] } ] }`; without a path the route
/// matches everything.
void put_route(Node& root, const Mark& mark, const std::string& path, std::string name, Node value);

/// A foreign file may also hold native top-level parts (`server`, `providers`, …): true when `key`
/// is one.
bool is_native_part(std::string_view key);

/// `unknown key "x" in PLACE (did you mean …)`.
void unknown_key(const Node::Entry& entry, const std::string& place,
                 const std::vector<std::string>& known, Diagnostics& diagnostics);

}  // namespace pontage::config
