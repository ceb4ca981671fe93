// What the readers of foreign files share: building native nodes at a foreign place, the accounts
// that become native providers, and the words for what cannot be carried over.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/environment.hpp"
#include "config/node.hpp"

namespace pontage::config {

Node make_map(const Mark& mark);
Node make_sequence(const Mark& mark);
Node make_text(const Mark& mark, std::string text);
Node make_plain(const Mark& mark, std::string text);  ///< a number, a duration, true
void put(Node& map, const Mark& mark, std::string key, Node value);
/// `{ NAME: VALUE }`: an entry of a chain.
Node make_step(const Mark& mark, std::string name, Node value);
/// `{ provider, model }`; no model: the client's.
Node make_target(const Mark& mark, std::string provider, const std::string& model);
/// The target when the steps are nothing but `fallback: [ target ]`, else `{ chain: steps }`.
Node make_branch(const Mark& mark, std::vector<Node> steps);
/// `${NAME}` at a place, expanded.
Node make_reference(const Mark& mark, const std::string& name, const Environment& environment,
                    Diagnostics& diagnostics);

/// `{ routes: [ { match: { path } , chain: [ { NAME: VALUE } ] } ] }`; without a path the route
/// matches everything.
void put_route(Node& root, const Mark& mark, const std::string& path, std::string name, Node value);
/// Appends a route to `routes`, which it makes where it is missing. `match` may be null.
void add_route(Node& root, const Mark& mark, Node match, std::vector<Node> steps);
/// `keys: [ { name, secret_hash } ]` of a secret; a variable that is not set makes none, and says
/// so.
void put_key(Node& root, const std::string& name, const Node& secret, Diagnostics& diagnostics);
/// `server.listen`, unless the file says it natively.
void put_listen(Node& root, const Mark& mark, const std::string& address);

/// A foreign file may also hold native top-level parts (`server`, `providers`, …): true when `key`
/// is one.
bool is_native_part(std::string_view key);

/// `unknown key "x" in PLACE (did you mean …)`.
void unknown_key(const Node::Entry& entry, const std::string& place,
                 const std::vector<std::string>& known, Diagnostics& diagnostics);
/// A warning: `"x" of PRODUCT is not carried over: WHY`.
void not_carried(const Node::Entry& entry, std::string_view product, std::string_view why,
                 Diagnostics& diagnostics);
/// The same with one table for a map's keys; false when the key stands in none of its rows.
struct NotCarried {
  std::string_view key;
  std::string_view why;  ///< empty: done here anyway, nothing to say
};
template <std::size_t N>
bool not_carried(const Node::Entry& entry, std::string_view product, const NotCarried (&rows)[N],
                 Diagnostics& diagnostics) {
  for (const NotCarried& row : rows) {
    if (row.key != entry.key) continue;
    if (!row.why.empty()) not_carried(entry, product, row.why, diagnostics);
    return true;
  }
  return false;
}
/// What they call a setting of a cloud, and what `providers` calls it.
struct Renamed {
  std::string_view theirs;
  std::string_view native;
};
/// True when `key` is one; it then stands in `settings`.
template <std::size_t N>
bool put_renamed(const Node::Entry& entry, const Renamed (&rows)[N], Node& settings) {
  for (const Renamed& row : rows) {
    if (row.theirs != entry.key) continue;
    put(settings, entry.mark, std::string(row.native), entry.value);
    return true;
  }
  return false;
}
bool expect_kind(const Node& node, Node::Kind kind, const std::string& name,
                 Diagnostics& diagnostics);
/// The items of a list that may be missing; none then.
const std::vector<Node>& items_of(const Node* list);
/// A scalar's text, or "".
std::string text_at(const Node& map, std::string_view key);

/// Smaller keys first, equal ones as they stand. (libstdc++ 12's stable_sort is deprecated to
/// clang.)
template <class T, class Key>
void sort_stably(std::vector<T>& items, Key key) {
  for (auto at = items.begin(); at != items.end(); ++at) {
    const auto to = std::upper_bound(items.begin(), at, *at,
                                     [&](const T& a, const T& b) { return key(a) < key(b); });
    std::rotate(to, at, at + 1);
  }
}

/// The accounts of a foreign file. Each distinct one becomes an entry of `providers`: the first
/// takes the vendor's name, further ones `vendor-2`, `vendor-3`, …
class ProviderBook {
 public:
  /// The native name for `vendor` with these settings (native keys; none: as the catalogue has
  /// it).
  std::string name_of(const std::string& vendor, const Node& settings);
  /// The same under a name of the file's own choice.
  void define(const std::string& name, const Mark& mark, Node settings);
  /// Writes the entries that the catalogue alone would not make.
  void write(Node& native) const;

 private:
  struct Account {
    std::string name;
    std::string vendor;
    std::string settings;  // as text, to compare
    Node node;
  };
  std::vector<Account> accounts_;
};

}  // namespace pontage::config
