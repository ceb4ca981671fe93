// What stands around a model of agentgateway: its provider, account, policies and conditions.
#include <algorithm>
#include <array>

#include "config/describe.hpp"
#include "config/foreign_agentgateway.hpp"
#include "core/strings.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kProduct = "agentgateway";

constexpr Renamed kCloud[] = {
    {"awsRegion", "region"},        {"vertexProject", "project"},
    {"vertexLocation", "location"}, {"vertexRegion", "location"},
    {"projectId", "project"},       {"azureResourceName", "resource"},
    {"resourceName", "resource"},   {"azureApiVersion", "api_version"},
    {"apiVersion", "api_version"},
};
constexpr std::array<Renamed, 9> kProviders = {{{"openAI", "openai"},
                                                {"openai", "openai"},
                                                {"anthropic", "anthropic"},
                                                {"gemini", "gemini"},
                                                {"vertex", "vertex"},
                                                {"vertexAI", "vertex"},
                                                {"bedrock", "bedrock"},
                                                {"azure", "azure"},
                                                {"azureOpenAI", "azure"}}};

std::string vendor_of(const std::string& name) {
  for (const auto& row : kProviders) {
    if (row.theirs == name) return std::string(row.native);
  }
  return name;
}

constexpr NotCarried kModel[] = {
    {"name", ""},
    {"visibility", ""},
    {"provider", ""},
    {"params", ""},
    {"overrides", ""},
    {"passthrough", ""},
    {"tokenize", ""},
    {"hostOverride", ""},
    {"weight", ""},
    {"defaults", "fields cannot be filled in only where the client has none"},
    {"authorization", "write a key's `models`, or a route's match"},
    {"matches", "write match: { header } at the route"},
    {"transformation", "requests are not transformed"},
    {"finalTransformation", "requests are not transformed"},
    {"requestHeaders", "write headers under providers"},
    {"responseHeaders", "responses are not changed"},
    {"guardrails", "guardrails come with a later version"},
    {"promptCaching", "cache marks are the client's business"},
    {"health", "every target has a breaker anyway"},
    {"tls", "write tls under providers"},
    {"backendTunnel", "providers are reached directly"},
    {"pathOverride", "write base_url under providers"},
    {"pathPrefix", "write base_url under providers"},
    {"auth", "write api_key under providers"},
};

constexpr NotCarried kParams[] = {
    {"model", ""},
    {"apiKey", ""},
    {"baseUrl", ""},
    {"tokenize", ""},
};

constexpr NotCarried kPolicies[] = {
    {"localRateLimit", "rate limits stand under `limits`"},
    {"remoteRateLimit", "rate limits stand under `limits`"},
    {"cors", "browsers are not served"},
    {"csrf", "browsers are not served"},
    {"jwtAuth", "clients have keys; see `keys`"},
    {"oidc", "clients have keys; see `keys`"},
    {"basicAuth", "clients have keys; see `keys`"},
    {"apiKey", "clients have keys; `pontage keys add NAME` makes one"},
    {"authorization", "write a key's `models`, or a route's match"},
    {"extAuthz", "nothing outside is asked"},
    {"extProc", "nothing outside is asked"},
    {"transformations", "requests are not transformed"},
    {"urlRewrite", "write base_url under providers"},
    {"requestMirror", "requests are not mirrored"},
    {"backendAuth", "write api_key under providers"},
    {"backendTLS", "write tls under providers"},
    {"ai", "write override_params at a target"},
    {"guardrails", "guardrails come with a later version"},
};

// `provider: openAI`, `{ openAI: { model } }`, `{ reference: p }`, `{ custom: … }`.
struct Named {
  std::string vendor;
  const Node* own = nullptr;        // its settings
  const Node* reference = nullptr;  // an entry of llm.providers
};

Named provider_of(const Node& provider, const Node* providers, Diagnostics& diagnostics) {
  Named out;
  if (provider.is_scalar()) {
    out.vendor = vendor_of(provider.text);
  } else if (const Node* name = provider.find("reference")) {
    for (const Node& each : items_of(providers)) {
      if (text_at(each, "name") == name->text) out.reference = &each;
    }
    if (out.reference == nullptr) {
      diagnostics.error(name->mark, "llm.providers has no " + describe(*name));
    } else if (const Node* real = out.reference->find("provider")) {
      const Named inner = provider_of(*real, nullptr, diagnostics);
      out.vendor = inner.vendor;
      out.own = inner.own;
    }
  } else if (provider.is_map() && provider.entries.size() == 1) {
    const Node::Entry& only = provider.entries.front();
    out.vendor = only.key == "custom" ? "openai" : vendor_of(only.key);
    out.own = &only.value;
    if (only.key == "custom") {
      diagnostics.warning(only.mark, "a custom provider is taken for an OpenAI-compatible one");
    }
  }
  if (out.vendor.empty() && !diagnostics.has_errors())
    diagnostics.error(provider.mark,
                      "expected a provider such as openAI, found " + describe(provider));
  return out;
}

void params_into(const Node* params, Node& settings, Node& model, Diagnostics& diagnostics) {
  if (params == nullptr) return;
  for (const Node::Entry& entry : params->entries) {
    if (entry.key == "model") model = entry.value;
    if (entry.key == "apiKey") put(settings, entry.mark, "api_key", entry.value);
    if (entry.key == "baseUrl") put(settings, entry.mark, "base_url", entry.value);
    if (!put_renamed(entry, kCloud, settings) &&
        !not_carried(entry, kProduct, kParams, diagnostics))
      not_carried(entry, kProduct, "write the provider natively, under providers", diagnostics);
  }
}

void host_into(const Node& from, Node& settings) {
  const Node* host = from.find("hostOverride");
  if (host == nullptr || !host->is_scalar() || settings.find("base_url") != nullptr) return;
  const bool tls = host->text.ends_with(":443");
  put(settings, host->mark, "base_url",
      make_text(host->mark, (tls ? "https://" : "http://") + host->text));
}

void key_into(const Node& from, Node& settings, Diagnostics& diagnostics) {
  const Node* policies = from.find("policies");
  if (policies == nullptr) return;
  for (const Node::Entry& entry : policies->entries) {
    const Node* key = entry.key == "backendAuth" ? entry.value.find("key") : nullptr;
    if (key != nullptr && key->is_scalar()) {
      if (settings.find("api_key") == nullptr) put(settings, key->mark, "api_key", *key);
    } else if (!not_carried(entry, kProduct, kPolicies, diagnostics)) {
      not_carried(entry, kProduct, "there is no such policy of a provider", diagnostics);
    }
  }
}

std::string seconds_of(const Node& value) {
  return parse_duration(value.text) ? value.text : std::string();
}

void retry_step(const Node& retry, std::vector<Node>& steps, Diagnostics& diagnostics) {
  Node step = make_map(retry.mark);
  for (const Node::Entry& entry : retry.entries) {
    if (entry.key == "attempts") {
      put(step, entry.mark, "max", entry.value);
    } else if (entry.key == "backoff" && !seconds_of(entry.value).empty()) {
      put(step, entry.mark, "base", entry.value);
    } else if (entry.key == "codes" && entry.value.is_sequence()) {
      Node on = make_sequence(entry.mark);
      for (const Node& code : entry.value.items)
        on.items.push_back(make_text(code.mark, code.text));
      on.items.push_back(make_text(entry.mark, "transport"));
      put(step, entry.mark, "on", std::move(on));
    } else {
      not_carried(entry, kProduct, "retry has no such option here", diagnostics);
    }
  }
  steps.push_back(make_step(retry.mark, "retry", std::move(step)));
}

void timeout_step(const Node& timeout, std::vector<Node>& steps, Diagnostics& diagnostics) {
  Node step = make_map(timeout.mark);
  for (const Node::Entry& entry : timeout.entries) {
    const bool whole = entry.key == "requestTimeout";
    if ((!whole && entry.key != "backendRequestTimeout") || seconds_of(entry.value).empty()) {
      not_carried(entry, kProduct, "it is no deadline that `timeout` has", diagnostics);
      continue;
    }
    put(step, entry.mark, whole ? "total" : "attempt", entry.value);
  }
  if (!step.entries.empty()) steps.push_back(make_step(timeout.mark, "timeout", std::move(step)));
}

}  // namespace

void gateway_policies(const Node& policies, std::vector<Node>& steps, Diagnostics& diagnostics) {
  for (const Node::Entry& entry : policies.entries) {
    if (entry.key == "retry") {
      retry_step(entry.value, steps, diagnostics);
    } else if (entry.key == "timeout") {
      timeout_step(entry.value, steps, diagnostics);
    } else if (!not_carried(entry, kProduct, kPolicies, diagnostics)) {
      not_carried(entry, kProduct, "there is no such policy", diagnostics);
    }
  }
}

Node gateway_target(const Node& model, const Node* providers, ProviderBook& book,
                    Diagnostics& diagnostics) {
  const Node* provider = model.find("provider");
  if (provider == nullptr) {
    diagnostics.error(model.mark, "a \"provider\" is missing");
    return {};
  }
  const Named named = provider_of(*provider, providers, diagnostics);
  if (named.vendor.empty()) return {};
  Node settings = make_map(model.mark);
  Node name;
  params_into(model.find("params"), settings, name, diagnostics);
  if (named.own != nullptr) params_into(named.own, settings, name, diagnostics);
  if (named.reference != nullptr)
    params_into(named.reference->find("params"), settings, name, diagnostics);
  host_into(model, settings);
  key_into(model, settings, diagnostics);
  for (const Node::Entry& entry : model.entries) {
    if (entry.key != "policies" && !not_carried(entry, kProduct, kModel, diagnostics))
      not_carried(entry, kProduct, "there is no counterpart", diagnostics);
  }
  Node target = make_target(model.mark, book.name_of(named.vendor, settings), name.text);
  if (const Node* overrides = model.find("overrides"); overrides != nullptr && overrides->is_map())
    put(target, overrides->mark, "override_params", *overrides);
  return target;
}

std::vector<Node> gateway_ai(const Node& ai, ProviderBook& book, Diagnostics& diagnostics) {
  std::vector<Node> steps;
  const Node* groups = ai.find("groups");
  Node targets = make_sequence(ai.mark);
  if (groups == nullptr) {
    targets.items.push_back(gateway_target(ai, nullptr, book, diagnostics));
    steps.push_back(make_step(ai.mark, "fallback", std::move(targets)));
    return steps;
  }
  for (const Node& group : groups->items) {
    const Node* providers = group.find("providers");
    if (providers == nullptr || !providers->is_sequence() || providers->items.empty()) {
      diagnostics.error(group.mark, "a group needs its list of \"providers\"");
      continue;
    }
    Node arms = make_sequence(group.mark);
    Node own = make_sequence(group.mark);
    for (const Node& provider : providers->items) {
      own.items.push_back(gateway_target(provider, nullptr, book, diagnostics));
      Node arm = make_step(provider.mark, "weight", make_plain(provider.mark, "1"));
      for (const Node::Entry& entry : own.items.back().entries) arm.entries.push_back(entry);
      arms.items.push_back(std::move(arm));
    }
    if (own.items.size() == 1) {
      targets.items.push_back(std::move(own.items.front()));
      continue;
    }
    std::vector<Node> inner;
    inner.push_back(make_step(group.mark, "weighted", std::move(arms)));
    inner.push_back(make_step(group.mark, "fallback", std::move(own)));
    targets.items.push_back(make_branch(group.mark, std::move(inner)));
  }
  steps.push_back(make_step(ai.mark, "fallback", std::move(targets)));
  return steps;
}

std::optional<std::string> gateway_rule(const Node& when, Diagnostics& diagnostics) {
  constexpr std::array<Renamed, 4> kNames = {{{"llm.requestModel", "request.model"},
                                              {"llm.streaming", "request.stream"},
                                              {"llmRequest.", "request.params."},
                                              {"apiKey.name", "request.key.name"}}};
  std::string rule = when.text;
  for (const auto& row : kNames) {
    for (std::size_t at = 0; (at = rule.find(row.theirs, at)) != std::string::npos;
         at += row.native.size()) {
      rule.replace(at, row.theirs.size(), row.native);
    }
  }
  for (const std::string_view foreign :
       {"jwt.", "llm.", "source.", "apiKey.", "basicAuth.", "mcp.", "backend.", "extauthz.",
        "request.method", "request.uri", "request.host", "request.body", "json("}) {
    if (rule.find(foreign) == std::string::npos) continue;
    diagnostics.warning(when.mark, "the condition " + describe(when) + " asks for " +
                                       std::string(foreign) +
                                       ", which rules do not know: it never holds here");
    return std::nullopt;
  }
  return rule;
}

}  // namespace pontage::config
