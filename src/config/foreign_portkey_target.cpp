// A single Portkey configuration: the account it names, what its requests are changed to, and how
// they are tried.
#include <algorithm>
#include <array>

#include "config/describe.hpp"
#include "config/foreign_portkey.hpp"
#include "core/strings.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kProduct = "Portkey";
constexpr int kRetryLimit = 10;

constexpr NotCarried kNotCarried[] = {
    {"virtual_key", "it names a secret in Portkey's vault; write api_key"},
    {"strict_open_ai_compliance", ""},
    {"input_guardrails", "guardrails of one's own come with a later version"},
    {"output_guardrails", "guardrails of one's own come with a later version"},
    {"before_request_hooks", "there are no hooks"},
    {"after_request_hooks", "there are no hooks"},
    {"input_mutators", "there are no mutators"},
    {"output_mutators", "there are no mutators"},
    {"cb_config", "every target has a breaker here anyway"},
    {"id", ""},
    {"version", ""},
};

const std::vector<std::string> kKnown = {
    "strategy",        "targets",         "provider",
    "api_key",         "custom_host",     "model",
    "override_params", "forward_headers", "retry",
    "cache",           "weight",          "name",
    "request_timeout", "openai_project",  "openai_organization"};

constexpr Renamed kCloud[] = {
    {"aws_access_key_id", "aws_access_key_id"},
    {"aws_secret_access_key", "aws_secret_access_key"},
    {"aws_session_token", "aws_session_token"},
    {"aws_region", "region"},
    {"vertex_project_id", "project"},
    {"vertex_region", "location"},
    {"resource_name", "resource"},
    {"api_version", "api_version"},
    {"azure_entra_tenant_id", "tenant"},
    {"azure_entra_client_id", "client_id"},
    {"azure_entra_client_secret", "client_secret"},
};

// What the catalogue calls them.
constexpr std::array<Renamed, 8> kVendors = {{{"azure-openai", "azure"},
                                              {"mistral-ai", "mistral"},
                                              {"together-ai", "together"},
                                              {"fireworks-ai", "fireworks"},
                                              {"x-ai", "xai"},
                                              {"google", "gemini"},
                                              {"vertex-ai", "vertex"},
                                              {"perplexity-ai", "perplexity"}}};

std::string vendor_of(std::string name) {
  if (name.starts_with('@')) name.erase(0, 1);  // Portkey's "@account"
  for (const auto& row : kVendors) {
    if (row.theirs == name) return std::string(row.native);
  }
  return name;
}

void retry_step(const Node& retry, std::vector<Node>& steps, Diagnostics& diagnostics) {
  if (!expect_kind(retry, Node::Kind::kMap, "retry", diagnostics)) return;
  Node step = make_map(retry.mark);
  std::vector<std::string> codes = {"429", "500", "502", "503", "504"};
  for (const Node::Entry& entry : retry.entries) {
    if (entry.key == "attempts") {
      std::int64_t attempts = parse_int(text_at(retry, "attempts")).value_or(-1);
      if (attempts < 0) diagnostics.error(entry.value.mark, "\"attempts\" is a number from 0");
      if (attempts > kRetryLimit) {
        diagnostics.warning(entry.value.mark, "a target is tried again at most 10 times here");
        attempts = kRetryLimit;
      }
      put(step, entry.mark, "max", make_plain(entry.value.mark, std::to_string(attempts)));
    } else if (entry.key == "on_status_codes") {
      codes.clear();
      const std::string list = portkey_codes(entry.value, diagnostics);
      for (const auto each : split(list, ',')) codes.emplace_back(trim(each));
    } else if (entry.key == "use_retry_after_header") {
      if (entry.value.text == "false")
        not_carried(entry, kProduct, "Retry-After is always honoured", diagnostics);
    } else {
      unknown_key(entry, "retry", {"attempts", "on_status_codes", "use_retry_after_header"},
                  diagnostics);
    }
  }
  Node on = make_sequence(retry.mark);
  for (const auto& code : codes) on.items.push_back(make_text(retry.mark, code));
  // Portkey sees a refused connection as status 500.
  if (std::ranges::find(codes, "500") != codes.end())
    on.items.push_back(make_text(retry.mark, "transport"));
  put(step, retry.mark, "on", std::move(on));
  steps.push_back(make_step(retry.mark, "retry", std::move(step)));
}

void cache_step(const Node::Entry& entry, bool top, std::vector<Node>& steps,
                Diagnostics& diagnostics) {
  if (!top) {
    not_carried(entry, kProduct, "a cache stands around the whole chain, not one target",
                diagnostics);
    return;
  }
  const Node& cache = entry.value;
  if (text_at(cache, "mode") == "semantic") {
    diagnostics.warning(cache.mark,
                        "the semantic cache has no counterpart; only requests that "
                        "are the same are answered from the cache here");
  }
  Node step = make_map(entry.mark);
  if (const Node* age = cache.find("max_age"))
    put(step, age->mark, "ttl", make_text(age->mark, age->text + "s"));
  steps.push_back(make_step(entry.mark, "cache", std::move(step)));
}

}  // namespace

void portkey_spelling(Node& node) {
  for (Node& item : node.items) portkey_spelling(item);
  for (Node::Entry& entry : node.entries) {
    std::string key;
    for (const char c : entry.key) {
      const bool upper = c >= 'A' && c <= 'Z';
      if (upper && !key.empty()) key += '_';
      key += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (entry.key == "strictOpenAiCompliance") key = "strict_open_ai_compliance";
    // Names of the user's own stand in these, and a map's keys stay unique.
    if (entry.key == "query" || entry.key.starts_with('$') || is_native_part(entry.key)) continue;
    if (node.find(key) == nullptr) entry.key = key;
    if (key != "override_params") portkey_spelling(entry.value);
  }
}

std::string portkey_codes(const Node& codes, Diagnostics& diagnostics) {
  std::string out;
  if (!expect_kind(codes, Node::Kind::kSequence, "on_status_codes", diagnostics)) return out;
  for (const Node& code : codes.items) {
    const auto number = code.is_scalar() ? parse_int(code.text) : std::nullopt;
    if (!number || *number < 100 || *number > 599) {
      diagnostics.error(code.mark,
                        "a status code is a number from 100 to 599, found " + describe(code));
    } else if (*number < 400) {
      diagnostics.warning(code.mark, "an answer with status " + code.text +
                                         " is no failure here; the code is left out");
    } else {
      out.append(out.empty() ? "" : ", ").append(code.text);
    }
  }
  return out;
}

bool is_fraction(const Node& weight) {
  return weight.is_scalar() && !parse_int(weight.text);
}

Node portkey_weight(const Node& weight, bool scaled, Diagnostics& diagnostics) {
  const auto value = weight.is_scalar() ? parse_double(weight.text) : std::nullopt;
  if (!value || *value < 0 || *value > 1000) {
    diagnostics.error(weight.mark,
                      "a weight is a number from 0 to 1000, found " + describe(weight));
    return make_plain(weight.mark, "0");
  }
  return make_plain(weight.mark,
                    std::to_string(static_cast<std::int64_t>(*value * (scaled ? 1000 : 1) + 0.5)));
}

void portkey_policies(const Node& node, bool top, std::vector<Node>& steps,
                      Diagnostics& diagnostics) {
  for (const Node::Entry& entry : node.entries) {
    if (not_carried(entry, kProduct, kNotCarried, diagnostics)) continue;
    if (entry.key == "request_timeout") {
      const auto limit = parse_int(text_at(node, "request_timeout"));
      if (!limit || *limit < 1) {
        diagnostics.error(entry.value.mark, "\"request_timeout\" is a number of milliseconds");
        continue;
      }
      Node step = make_step(entry.mark, "attempt",
                            make_plain(entry.value.mark, std::to_string(*limit) + "ms"));
      steps.push_back(make_step(entry.mark, "timeout", std::move(step)));
    } else if (entry.key == "retry") {
      retry_step(entry.value, steps, diagnostics);
    } else if (entry.key == "cache") {
      cache_step(entry, top, steps, diagnostics);
    } else if (Node unused; put_renamed(entry, kCloud, unused)) {
      continue;  // the target's account takes it
    } else if (std::ranges::find(kKnown, entry.key) == kKnown.end()) {
      const bool cloud = entry.key.starts_with("azure_") || entry.key.starts_with("aws_") ||
                         entry.key.starts_with("vertex_");
      diagnostics.warning(entry.mark, cloud ? quote(entry.key) +
                                                  " is not carried over: write it natively, under "
                                                  "providers"
                                            : "unknown key " + quote(entry.key) +
                                                  " in a Portkey configuration" +
                                                  did_you_mean(entry.key, kKnown) +
                                                  ": it is ignored, as Portkey does");
    }
  }
}

void portkey_inherit(const Node& node, PortkeyInherited& inherited, Diagnostics& diagnostics) {
  if (const Node* own = node.find("override_params");
      own != nullptr && expect_kind(*own, Node::Kind::kMap, "override_params", diagnostics)) {
    Node merged = *own;
    for (const Node::Entry& entry : inherited.override_params.entries) {
      if (merged.find(entry.key) == nullptr) merged.entries.push_back(entry);
    }
    inherited.override_params = std::move(merged);
  }
  if (const Node* host = node.find("custom_host")) inherited.custom_host = *host;
  if (const Node* names = node.find("forward_headers")) inherited.forward_headers = *names;
}

Node portkey_target(const Node& node, const PortkeyInherited& inherited,
                    const PortkeyOptions& options, ProviderBook& book, Diagnostics& diagnostics) {
  const Node* provider = node.find("provider");
  if (provider == nullptr || !provider->is_scalar() || provider->text.empty()) {
    diagnostics.error(node.mark, node.find("virtual_key") != nullptr
                                     ? "a target with a virtual key needs its \"provider\" here"
                                     : "a target needs its \"provider\"");
    return make_map(node.mark);
  }
  Node settings = make_map(node.mark);
  if (!inherited.custom_host.is_null()) {
    put(settings, inherited.custom_host.mark, "base_url", inherited.custom_host);
    if (options.check_host) options.check_host(inherited.custom_host, diagnostics);
  }
  if (const Node* key = node.find("api_key")) {
    put(settings, key->mark, "api_key", *key);
    if (options.check_key) options.check_key(*key, diagnostics);
  }
  for (const Node::Entry& entry : node.entries) {
    if (put_renamed(entry, kCloud, settings) && options.name_targets)
      diagnostics.error(entry.mark, quote(entry.key) + " is only read from a file");
  }
  Node headers = make_map(node.mark);
  if (const Node* organization = node.find("openai_organization"))
    put(headers, organization->mark, "OpenAI-Organization", *organization);
  if (const Node* project = node.find("openai_project"))
    put(headers, project->mark, "OpenAI-Project", *project);
  if (!headers.entries.empty()) put(settings, node.mark, "headers", std::move(headers));
  if (!inherited.forward_headers.is_null()) {
    put(settings, inherited.forward_headers.mark, "forward_headers", inherited.forward_headers);
  }
  Node target = make_map(node.mark);
  const std::string vendor = vendor_of(provider->text);
  Node name = *provider;
  const std::string account = book.name_of(vendor, settings);
  if (account != provider->text) name = make_text(provider->mark, account);
  put(target, provider->mark, "provider", std::move(name));
  Node params = inherited.override_params;
  const Node* model = node.find("model");
  Node forced;
  std::erase_if(params.entries, [&](Node::Entry& entry) {
    if (entry.key != "model") return false;
    forced = std::move(entry.value);
    return true;
  });
  if (model == nullptr && !forced.is_null()) model = &forced;
  if (model != nullptr) put(target, model->mark, "model", *model);
  if (!params.entries.empty()) put(target, params.mark, "override_params", std::move(params));
  return target;
}

}  // namespace pontage::config
