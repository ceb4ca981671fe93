// agentgateway's file: `llm` with its models and virtual models, and `routes` (also below `binds`)
// with AI backends. Everything that is no way to a language model is warned of.
#include "config/foreign_agentgateway.hpp"

#include <algorithm>
#include <map>

#include "config/describe.hpp"
#include "config/foreign.hpp"
#include "config/foreign_router.hpp"
#include "core/strings.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kProduct = "agentgateway";

constexpr NotCarried kRoot[] = {
    {"config", "see server, admin and observability"},
    {"frontendPolicies", "see server.limits and observability"},
    {"mcp", "tools are not served, only models"},
    {"ui", "the dashboard stands on the admin listener"},
    {"policies", "write it at the route"},
    {"backends", "write providers and targets"},
    {"services", "write providers and targets"},
    {"workloads", "write providers and targets"},
};
constexpr NotCarried kLlm[] = {
    {"gateways", ""}, {"models", ""}, {"virtualModels", ""},       {"providers", ""},
    {"policies", ""}, {"port", ""},   {"tls", "write server.tls"},
};

constexpr std::size_t kPatterns = std::size_t{1} << 20U;  // ranks below exact names

class Reader {
 public:
  Reader(Node root, Diagnostics& diagnostics) : root_(std::move(root)), diagnostics_(diagnostics) {}
  Node read();

 private:
  using Steps = std::vector<Node>;
  struct Model {
    const Node* node;
    std::string name;
    Node target;
  };

  void listen(const Node& port);
  void read_llm(const Node& llm);
  void read_models(const Node& models, const Node* providers);
  void read_virtual(const Node& model, const Steps& policies);
  Node by_name(const Node& name);
  Node arms(const Node& targets);
  Steps failover(const Node& targets);
  Node conditional(const Node& targets);
  void read_binds(const Node& binds);
  void read_route(const Node& route);
  Node match_of(const Node& match);
  void add(const Mark& mark, Node match, Steps steps);

  Node root_;
  Diagnostics& diagnostics_;
  ProviderBook book_;
  Node native_;
  std::vector<Model> models_;
};

void Reader::listen(const Node& port) {
  if (native_.find("server") != nullptr) return;
  diagnostics_.warning(port.mark,
                       "the gateway listens on loopback here; name server.listen and "
                       "`keys` to open it");
  put_listen(native_, port.mark, "127.0.0.1:" + port.text);
}

void Reader::add(const Mark& mark, Node match, Steps steps) {
  if (!diagnostics_.has_errors()) add_route(native_, mark, std::move(match), std::move(steps));
}

void Reader::read_models(const Node& models, const Node* providers) {
  if (!expect_kind(models, Node::Kind::kSequence, "models", diagnostics_)) return;
  for (const Node& model : models.items) {
    const std::string name = text_at(model, "name");
    if (name.empty()) {
      diagnostics_.error(model.mark, "a model needs its \"name\"");
      continue;
    }
    Node target = gateway_target(model, providers, book_, diagnostics_);
    // A plain name is what the provider calls it; a pattern passes the client's.
    if (target.find("model") == nullptr && name.find('*') == std::string::npos)
      put(target, model.mark, "model", make_text(model.mark, name));
    models_.push_back({&model, name, std::move(target)});
  }
}

// The target behind a name of `llm.models`; a pattern takes the name as the model.
Node Reader::by_name(const Node& name) {
  for (const Model& model : models_) {
    if (model.name == name.text) return model.target;
  }
  for (const Model& model : models_) {
    if (!glob_match(model.name, name.text)) continue;
    Node target = model.target;
    if (target.find("model") == nullptr) put(target, name.mark, "model", name);
    return target;
  }
  diagnostics_.error(name.mark, "llm.models has no " + describe(name));
  return {};
}

Node Reader::arms(const Node& targets) {
  Node out = make_sequence(targets.mark);
  for (const Node& each : targets.items) {
    const Node* model = each.find("model");
    const Node* weight = each.find("weight");
    if (model == nullptr) {
      diagnostics_.error(each.mark, "a target needs its \"model\"");
      continue;
    }
    Node arm = make_map(each.mark);
    put(arm, each.mark, "weight", weight != nullptr ? *weight : make_plain(each.mark, "1"));
    for (Node::Entry& entry : by_name(*model).entries) arm.entries.push_back(std::move(entry));
    out.items.push_back(std::move(arm));
  }
  return out;
}

// Targets of one priority share the requests; the lower number goes first.
Reader::Steps Reader::failover(const Node& targets) {
  std::map<std::int64_t, std::vector<const Node*>> tiers;
  for (const Node& each : targets.items)
    tiers[parse_int(text_at(each, "priority")).value_or(0)].push_back(&each);
  Node list = make_sequence(targets.mark);
  for (const auto& [priority, members] : tiers) {
    Node tier = make_sequence(targets.mark);
    Node own = make_sequence(targets.mark);
    for (const Node* member : members) {
      tier.items.push_back(*member);
      if (const Node* model = member->find("model")) own.items.push_back(by_name(*model));
    }
    if (members.size() == 1 && own.items.size() == 1) {
      list.items.push_back(own.items.front());
      continue;
    }
    Steps inner;
    inner.push_back(make_step(targets.mark, "weighted", arms(tier)));
    inner.push_back(make_step(targets.mark, "fallback", std::move(own)));
    list.items.push_back(make_branch(targets.mark, std::move(inner)));
  }
  return {make_step(targets.mark, "fallback", std::move(list))};
}

Node Reader::conditional(const Node& targets) {
  Node rules = make_sequence(targets.mark);
  for (const Node& each : targets.items) {
    const Node* model = each.find("model");
    const Node* when = each.find("when");
    if (model == nullptr) {
      diagnostics_.error(each.mark, "a target needs its \"model\"");
    } else if (when == nullptr) {
      rules.items.push_back(make_step(each.mark, "else", by_name(*model)));
    } else if (const auto rule = gateway_rule(*when, diagnostics_)) {
      Node made = make_step(each.mark, "if", make_text(when->mark, *rule));
      put(made, each.mark, "then", by_name(*model));
      rules.items.push_back(std::move(made));
    }
  }
  return rules;
}

void Reader::read_virtual(const Node& model, const Steps& policies) {
  const Node* routing = model.find("routing");
  const std::string name = text_at(model, "name");
  if (name.empty() || routing == nullptr || routing->entries.size() != 1) {
    diagnostics_.error(model.mark, "a virtual model needs \"name\" and one \"routing\"");
    return;
  }
  const Node::Entry& kind = routing->entries.front();
  const Node* targets = kind.value.find("targets");
  if (targets == nullptr || !targets->is_sequence() || targets->items.empty()) {
    diagnostics_.error(kind.mark, quote(kind.key) + " needs its list of \"targets\"");
    return;
  }
  Steps steps = policies;
  if (kind.key == "weighted") {
    steps.push_back(make_step(kind.mark, "weighted", arms(*targets)));
  } else if (kind.key == "failover") {
    for (Node& step : failover(*targets)) steps.push_back(std::move(step));
  } else if (kind.key == "conditional") {
    Node rules = conditional(*targets);
    if (!rules.items.empty())
      steps.push_back(make_step(kind.mark, "conditional", std::move(rules)));
  } else {
    unknown_key(kind, "routing", {"weighted", "failover", "conditional"}, diagnostics_);
  }
  add(model.mark, make_step(model.mark, "model", make_text(model.mark, name)), std::move(steps));
}

void Reader::read_llm(const Node& llm) {
  for (const Node::Entry& entry : llm.entries) {
    if (!not_carried(entry, kProduct, kLlm, diagnostics_))
      not_carried(entry, kProduct, "there is no counterpart", diagnostics_);
  }
  if (const Node* port = llm.find("port")) listen(*port);
  Steps policies;
  if (const Node* written = llm.find("policies"))
    gateway_policies(*written, policies, diagnostics_);
  if (const Node* models = llm.find("models")) read_models(*models, llm.find("providers"));
  if (diagnostics_.has_errors()) return;
  if (const Node* all = llm.find("virtualModels")) {
    for (const Node& each : all->items) read_virtual(each, policies);
  }
  // "Most specific first": exact names, then the longer patterns.
  std::vector<const Model*> order;
  for (const Model& model : models_) order.push_back(&model);
  sort_stably(order, [](const Model* model) {
    return model->name.find('*') == std::string::npos ? 0 : kPatterns - model->name.size();
  });
  for (const Model* model : order) {
    if (text_at(*model->node, "visibility") == "internal") continue;
    Steps steps = policies;
    Node list = make_sequence(model->node->mark);
    list.items.push_back(model->target);
    steps.push_back(make_step(model->node->mark, "fallback", std::move(list)));
    const Mark& mark = model->node->mark;
    add(mark, make_step(mark, "model", make_text(mark, model->name)), std::move(steps));
  }
}

Node Reader::match_of(const Node& match) {
  Node out = make_map(match.mark);
  for (const Node::Entry& entry : match.entries) {
    const Node* path = nullptr;
    if (entry.key == "path") {
      path = entry.value.find("pathPrefix");
      if (path == nullptr) path = entry.value.find("exact");
    }
    if (path != nullptr) {
      if (path->text != "/") put(out, path->mark, "path", *path);
    } else if (entry.key == "headers" && entry.value.is_sequence()) {
      Node headers = make_map(entry.mark);
      for (const Node& header : entry.value.items) {
        const Node* value = header.find("value");
        const Node* exact = value != nullptr ? value->find("exact") : nullptr;
        if (exact != nullptr) {
          put(headers, header.mark, text_at(header, "name"), *exact);
        } else {
          diagnostics_.warning(header.mark, "only `value: { exact }` of a header is carried over");
        }
      }
      if (!headers.entries.empty()) put(out, entry.mark, "header", std::move(headers));
    } else {
      not_carried(entry, kProduct,
                  "a route is matched by path prefix, model, header, metadata, key", diagnostics_);
    }
  }
  return out;
}

void Reader::read_route(const Node& route) {
  Steps steps;
  if (const Node* policies = route.find("policies"))
    gateway_policies(*policies, steps, diagnostics_);
  for (const Node::Entry& entry : route.entries) {
    if (entry.key == "hostnames")
      not_carried(entry, kProduct, "requests of every host name are served", diagnostics_);
  }
  std::vector<std::pair<const Node*, Steps>> ways;
  const Node* backends = route.find("backends");
  for (const Node& backend : items_of(backends)) {
    const Node* ai = backend.find("ai");
    if (ai == nullptr) {
      diagnostics_.warning(backend.mark,
                           "only `ai` backends are carried over; this one is left out");
      continue;
    }
    ways.emplace_back(&backend, gateway_ai(*ai, book_, diagnostics_));
  }
  if (ways.empty()) {
    diagnostics_.warning(route.mark, "the route has no `ai` backend and is left out");
    return;
  }
  if (ways.size() == 1) {
    for (Node& step : ways.front().second) steps.push_back(std::move(step));
  } else {
    Node list = make_sequence(route.mark);
    for (auto& [backend, inner] : ways) {
      const Node* weight = backend->find("weight");
      Node arm = make_step(backend->mark, "weight",
                           weight != nullptr ? *weight : make_plain(backend->mark, "1"));
      for (Node::Entry& entry : make_branch(backend->mark, std::move(inner)).entries)
        arm.entries.push_back(std::move(entry));
      list.items.push_back(std::move(arm));
    }
    steps.push_back(make_step(route.mark, "weighted", std::move(list)));
  }
  const Node* matches = route.find("matches");
  if (matches == nullptr || matches->items.empty()) {
    add(route.mark, Node{}, std::move(steps));
    return;
  }
  for (const Node& match : matches->items) add(match.mark, match_of(match), steps);
}

void Reader::read_binds(const Node& binds) {
  for (const Node& bind : binds.items) {
    if (const Node* port = bind.find("port")) listen(*port);
    const Node* listeners = bind.find("listeners");
    for (const Node& each : items_of(listeners)) {
      const Node* routes = each.find("routes");
      for (const Node& route : items_of(routes)) read_route(route);
    }
  }
}

Node Reader::read() {
  native_ = make_map(root_.mark);
  for (const Node::Entry& entry : root_.entries) {
    if (is_native_part(entry.key)) {
      native_.entries.push_back(entry);
    } else if (entry.key == "gateways") {
      for (const Node::Entry& gateway : entry.value.entries) {
        if (const Node* port = gateway.value.find("port")) listen(*port);
      }
    } else if (entry.key == "binds") {
      read_binds(entry.value);
    } else if (entry.key == "llm") {
      read_llm(entry.value);
    } else if (entry.key == "routes") {
      for (const Node& route : entry.value.items) read_route(route);
    } else if (!not_carried(entry, kProduct, kRoot, diagnostics_)) {
      diagnostics_.warning(entry.mark, "unknown key " + quote(entry.key) +
                                           " in an agentgateway configuration: it is ignored");
    }
  }
  book_.write(native_);
  return std::move(native_);
}

}  // namespace

Node agentgateway_to_native(Node root, const Environment& environment, Diagnostics& diagnostics) {
  router_variables(root, environment, diagnostics);
  return Reader(std::move(root), diagnostics).read();
}

}  // namespace pontage::config
