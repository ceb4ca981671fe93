// Small builders for native nodes; the path and name of a route come from the callers.
#include "config/foreign_tree.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "config/describe.hpp"
#include "config/load.hpp"
#include "core/crypto.hpp"

namespace pontage::config {
namespace {
constexpr std::array<std::string_view, 11> kNativeParts = {
    "server",  "admin",  "providers", "observability", "ledger",  "keys",
    "budgets", "limits", "models",    "alerts",        "rollouts"};

Node& part(Node& root, const Mark& mark, const std::string& key, Node::Kind kind) {
  for (Node::Entry& entry : root.entries) {
    if (entry.key == key) return entry.value;
  }
  Node made;
  made.kind = kind;
  made.mark = mark;
  put(root, mark, key, std::move(made));
  return root.entries.back().value;
}
}  // namespace

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

Node make_plain(const Mark& mark, std::string text) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.mark = mark;
  node.text = std::move(text);
  return node;
}

Node make_text(const Mark& mark, std::string text) {
  Node node = make_plain(mark, std::move(text));
  node.quoted = true;
  return node;
}

void put(Node& map, const Mark& mark, std::string key, Node value) {
  map.entries.push_back({std::move(key), mark, std::move(value)});
}

Node make_step(const Mark& mark, std::string name, Node value) {
  Node step = make_map(mark);
  put(step, mark, std::move(name), std::move(value));
  return step;
}

Node make_target(const Mark& mark, std::string provider, const std::string& model) {
  Node target = make_map(mark);
  put(target, mark, "provider", make_text(mark, std::move(provider)));
  if (!model.empty()) put(target, mark, "model", make_text(mark, model));
  return target;
}

Node make_branch(const Mark& mark, std::vector<Node> steps) {
  if (steps.size() == 1) {
    const Node* only = steps.front().find("fallback");
    if (only != nullptr && only->is_sequence() && only->items.size() == 1)
      return only->items.front();
  }
  Node branch = make_map(mark);
  Node chain = make_sequence(mark);
  chain.items = std::move(steps);
  put(branch, mark, "chain", std::move(chain));
  return branch;
}

Node make_reference(const Mark& mark, const std::string& name, const Environment& environment,
                    Diagnostics& diagnostics) {
  Node node = make_text(mark, "${" + name + "}");
  expand_variables(node, environment, diagnostics);
  return node;
}

void put_route(Node& root, const Mark& mark, const std::string& path, std::string name,
               Node value) {
  Node match;
  if (!path.empty()) match = make_step(mark, "path", make_text(mark, path));
  add_route(root, mark, std::move(match), {make_step(mark, std::move(name), std::move(value))});
}

void add_route(Node& root, const Mark& mark, Node match, std::vector<Node> steps) {
  Node route = make_map(mark);
  if (!match.is_null()) put(route, mark, "match", std::move(match));
  Node chain = make_sequence(mark);
  chain.items = std::move(steps);
  put(route, mark, "chain", std::move(chain));
  part(root, mark, "routes", Node::Kind::kSequence).items.push_back(std::move(route));
}

void put_key(Node& root, const std::string& name, const Node& secret, Diagnostics& diagnostics) {
  if (!secret.unset_variable.empty() || secret.text.empty()) {
    diagnostics.warning(
        secret.mark, "the key is not set (" +
                         (secret.unset_variable.empty() ? "it is empty" : secret.unset_variable) +
                         "), so no client key is made of it; `pontage keys add NAME` makes one");
    return;
  }
  Node entry = make_map(secret.mark);
  put(entry, secret.mark, "name", make_text(secret.mark, name));
  put(entry, secret.mark, "secret_hash",
      make_text(secret.mark, "sha256:" + sha256_hex(secret.text)));
  part(root, secret.mark, "keys", Node::Kind::kSequence).items.push_back(std::move(entry));
}

void put_listen(Node& root, const Mark& mark, const std::string& address) {
  Node& server = part(root, mark, "server", Node::Kind::kMap);
  if (server.find("listen") == nullptr) put(server, mark, "listen", make_text(mark, address));
}

bool is_native_part(std::string_view key) {
  return std::find(kNativeParts.begin(), kNativeParts.end(), key) != kNativeParts.end();
}

void unknown_key(const Node::Entry& entry, const std::string& place,
                 const std::vector<std::string>& known, Diagnostics& diagnostics) {
  diagnostics.error(entry.mark, "unknown key " + quote(entry.key) + " in " + place +
                                    did_you_mean(entry.key, known));
}

void not_carried(const Node::Entry& entry, std::string_view product, std::string_view why,
                 Diagnostics& diagnostics) {
  diagnostics.warning(entry.mark, quote(entry.key) + " of " + std::string(product) +
                                      " is not carried over: " + std::string(why));
}

bool expect_kind(const Node& node, Node::Kind kind, const std::string& name,
                 Diagnostics& diagnostics) {
  if (node.kind == kind) return true;
  diagnostics.error(node.mark, quote(name) + " must be " + std::string(kind_name(kind)) +
                                   ", found " + describe(node));
  return false;
}

const std::vector<Node>& items_of(const Node* list) {
  static const std::vector<Node> kNone;
  return list != nullptr ? list->items : kNone;
}

std::string text_at(const Node& map, std::string_view key) {
  const Node* found = map.find(key);
  return found != nullptr && found->is_scalar() ? found->text : std::string();
}

std::string ProviderBook::name_of(const std::string& vendor, const Node& settings) {
  const std::string text = to_yaml(settings);
  std::string name = vendor;
  int number = 1;
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    if (accounts_[i].vendor == vendor && accounts_[i].settings == text) return accounts_[i].name;
    if (accounts_[i].name != name) continue;
    name = vendor + "-" + std::to_string(++number);
    i = static_cast<std::size_t>(-1);  // the new name may be taken as well
  }
  accounts_.push_back({name, vendor, text, settings});
  return name;
}

void ProviderBook::define(const std::string& name, const Mark& mark, Node settings) {
  settings.mark = mark;
  accounts_.push_back({name, name, to_yaml(settings), std::move(settings)});
}

void ProviderBook::write(Node& native) const {
  for (const Account& account : accounts_) {
    if (account.node.entries.empty() && account.name == account.vendor) continue;
    const Mark& mark = account.node.mark;
    Node& providers = part(native, mark, "providers", Node::Kind::kMap);
    if (providers.find(account.name) != nullptr) continue;  // the file says it natively
    Node entry = make_map(mark);
    if (account.name != account.vendor) put(entry, mark, "vendor", make_text(mark, account.vendor));
    for (const Node::Entry& each : account.node.entries) entry.entries.push_back(each);
    put(providers, mark, account.name, std::move(entry));
  }
}

}  // namespace pontage::config
