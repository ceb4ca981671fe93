// Claude Code Router's flat scenario file: each scenario names "provider,model". The file of its
// version 2 (`Providers`, `Router`) is recognised and refused by name.
#include <algorithm>
#include <utility>

#include "config/describe.hpp"
#include "config/foreign.hpp"
#include "config/foreign_tree.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kPath = "/v1";

void check_target(const Node& target, const std::string& name, Diagnostics& diagnostics) {
  const std::size_t comma = target.is_scalar() ? target.text.find(',') : std::string::npos;
  if (comma == std::string::npos || comma == 0 || comma + 1 == target.text.size()) {
    diagnostics.error(
        target.mark, quote(name) + " must be a text \"provider,model\", found " + describe(target));
  }
}

void check_routes(const Node& routes, Diagnostics& diagnostics) {
  if (!routes.is_map()) {
    diagnostics.error(
        routes.mark,
        "\"routes\" must be a map of task to \"provider,model\", found " + describe(routes));
  }
  for (const Node::Entry& entry : routes.entries) check_target(entry.value, entry.key, diagnostics);
}

bool refuse_version_two(const Node& root, Diagnostics& diagnostics) {
  for (const Node::Entry& entry : root.entries) {
    if (entry.key != "Router" && entry.key != "Providers") continue;
    diagnostics.error(
        entry.mark,
        quote(entry.key) +
            ": this is a Claude Code Router configuration of version 2; reading it is not "
            "supported yet, nothing was loaded");
    return true;
  }
  return false;
}

}  // namespace

Node claude_code_router_to_native(Node root, Diagnostics& diagnostics) {
  const std::vector<std::string> known = {"default",     "background", "think",
                                          "longContext", "webSearch",  "longContextThreshold",
                                          "routes"};
  Node native = make_map(root.mark);
  if (refuse_version_two(root, diagnostics)) return native;
  Node scenario = make_map(root.mark);
  for (Node::Entry& entry : root.entries) {
    if (is_native_part(entry.key)) {
      native.entries.push_back(std::move(entry));
      continue;
    }
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      unknown_key(entry, "a Claude Code Router configuration", known, diagnostics);
      continue;
    }
    if (entry.key == "routes") {
      check_routes(entry.value, diagnostics);
    } else if (entry.key != "longContextThreshold") {
      check_target(entry.value, entry.key, diagnostics);
    }
    scenario.entries.push_back(std::move(entry));
  }
  if (scenario.find("default") == nullptr) {
    diagnostics.error(root.mark, "a Claude Code Router configuration needs \"default\"");
  }
  put_route(native, root.mark, std::string(kPath), "scenario", std::move(scenario));
  return native;
}

}  // namespace pontage::config
