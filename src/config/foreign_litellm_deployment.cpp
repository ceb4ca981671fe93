// One deployment: the account it is reached by, its model, and what its requests are changed to.
#include <algorithm>
#include <array>

#include "config/describe.hpp"
#include "config/foreign_litellm.hpp"
#include "core/strings.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kProduct = "LiteLLM";
constexpr std::string_view kFromEnvironment = "os.environ/";

constexpr NotCarried kParams[] = {
    {"rpm", "rate limits per deployment come with a later version"},
    {"tpm", "rate limits per deployment come with a later version"},
    {"stream_timeout", "write timeout: { first_byte: … } in the chain"},
    {"input_cost_per_token", "prices of one's own stand under `models`"},
    {"output_cost_per_token", "prices of one's own stand under `models`"},
    {"max_budget", "budgets stand under `budgets`"},
    {"budget_duration", "budgets stand under `budgets`"},
    {"use_in_pass_through", "other paths pass through anyway"},
    {"azure_ad_token", "write the provider natively, under providers"},
    {"custom_llm_provider", ""},
    {"drop_params", ""},
    {"tags", "deployments are not chosen by tags; write a rule, `conditional`"},
};

constexpr NotCarried kInfo[] = {
    {"id", ""},
    {"mode", ""},
    {"base_model", "the price is found by the deployment's own model"},
    {"input_cost_per_token", "prices of one's own stand under `models`"},
    {"output_cost_per_token", "prices of one's own stand under `models`"},
    {"max_tokens", ""},
    {"max_input_tokens", ""},
    {"max_output_tokens", ""},
    {"supports_vision", ""},
    {"supports_function_calling", ""},
};

constexpr Renamed kCloud[] = {
    {"aws_access_key_id", "aws_access_key_id"},
    {"aws_secret_access_key", "aws_secret_access_key"},
    {"aws_session_token", "aws_session_token"},
    {"aws_region_name", "region"},
    {"aws_profile_name", "profile"},
    {"vertex_project", "project"},
    {"vertex_location", "location"},
    {"api_version", "api_version"},
    {"tenant_id", "tenant"},
    {"client_id", "client_id"},
    {"client_secret", "client_secret"},
};

constexpr std::array<Renamed, 12> kVendors = {{{"ollama_chat", "ollama"},
                                               {"together_ai", "together"},
                                               {"fireworks_ai", "fireworks"},
                                               {"hosted_vllm", "vllm"},
                                               {"lm_studio", "lmstudio"},
                                               {"vertex_ai", "vertex"},
                                               {"text-completion-openai", "openai"},
                                               {"custom_openai", "openai"},
                                               {"openai_like", "openai"},
                                               {"azure_ai", "azure"},
                                               {"google", "gemini"},
                                               {"litellm_proxy", "openai"}}};

// Fields of the body that LiteLLM sets where the client has not.
constexpr std::array<std::string_view, 9> kBodyFields = {
    "temperature",      "top_p", "max_tokens",        "max_completion_tokens",
    "presence_penalty", "stop",  "frequency_penalty", "seed",
    "reasoning_effort"};

std::string vendor_of(std::string_view prefix) {
  for (const auto& row : kVendors) {
    if (row.theirs == prefix) return std::string(row.native);
  }
  return std::string(prefix);
}

// Without a prefix LiteLLM looks the model up; these are the two families that have it.
std::string vendor_by_model(std::string_view model) {
  return model.starts_with("claude") ? "anthropic" : "openai";
}

void split_model(const Node& model, const Node& params, LiteLlmDeployment& out, std::string& vendor,
                 std::string& name) {
  const std::size_t slash = model.text.find('/');
  const Node* named = params.find("custom_llm_provider");
  if (named != nullptr && named->is_scalar()) {
    vendor = vendor_of(named->text);
    name = model.text;
  } else if (slash == std::string::npos) {
    vendor = model.text == "*" ? "" : vendor_by_model(model.text);
    name = model.text;
  } else {
    vendor = vendor_of(std::string_view(model.text).substr(0, slash));
    name = model.text.substr(slash + 1);
  }
  if (name.find('*') == std::string::npos) return;
  out.by_name = vendor.empty() || name == "*";
  name.clear();
}

Node settings_of(const Node& params, bool drop, const Mark& mark) {
  Node settings = make_map(mark);
  const Node* base = params.find("api_base");
  if (base == nullptr) base = params.find("base_url");
  if (base != nullptr) put(settings, base->mark, "base_url", *base);
  if (const Node* key = params.find("api_key")) put(settings, key->mark, "api_key", *key);
  for (const Node::Entry& entry : params.entries) put_renamed(entry, kCloud, settings);
  if (const Node* file = params.find("vertex_credentials"))
    put(settings, file->mark, "credentials", make_text(file->mark, "file:" + file->text));
  Node headers = make_map(mark);
  if (const Node* organization = params.find("organization"))
    put(headers, organization->mark, "OpenAI-Organization", *organization);
  if (const Node* extra = params.find("extra_headers"); extra != nullptr && extra->is_map()) {
    for (const Node::Entry& entry : extra->entries) headers.entries.push_back(entry);
  }
  if (!headers.entries.empty()) put(settings, mark, "headers", std::move(headers));
  if (drop || text_at(params, "drop_params") == "true")
    put(settings, mark, "drop_unsupported", make_plain(mark, "true"));
  return settings;
}

void read_param(const Node::Entry& entry, LiteLlmDeployment& out, Node& overrides,
                Diagnostics& diagnostics) {
  constexpr std::array<std::string_view, 6> kRead = {"model",    "api_key",      "api_base",
                                                     "base_url", "organization", "extra_headers"};
  if (std::ranges::find(kRead, entry.key) != kRead.end()) return;
  if (not_carried(entry, kProduct, kParams, diagnostics)) return;
  if (Node unused; put_renamed(entry, kCloud, unused) || entry.key == "vertex_credentials") return;
  if (std::ranges::find(kBodyFields, entry.key) != kBodyFields.end()) {
    diagnostics.warning(entry.mark, quote(entry.key) +
                                        " becomes an override: it holds also where "
                                        "the client sets its own");
    overrides.entries.push_back(entry);
  } else if (entry.key == "weight") {
    out.weight = entry.value.text;
    out.weighted = true;
  } else if (entry.key == "order") {
    out.order = parse_int(entry.value.text).value_or(0);
  } else if (entry.key == "timeout") {
    out.steps.push_back(
        make_step(entry.mark, "timeout",
                  make_step(entry.mark, "attempt", litellm_seconds(entry.value, diagnostics))));
  } else if (entry.key == "max_retries") {
    out.steps.push_back(make_step(entry.mark, "retry", make_step(entry.mark, "max", entry.value)));
  } else {
    diagnostics.warning(entry.mark,
                        "unknown key " + quote(entry.key) + " in litellm_params: it is ignored");
  }
}

}  // namespace

void litellm_variables(Node& node, const Environment& environment, Diagnostics& diagnostics) {
  for (Node& item : node.items) litellm_variables(item, environment, diagnostics);
  for (Node::Entry& entry : node.entries) litellm_variables(entry.value, environment, diagnostics);
  if (node.is_scalar() && node.text.starts_with(kFromEnvironment))
    node = make_reference(node.mark, node.text.substr(kFromEnvironment.size()), environment,
                          diagnostics);
}

Node litellm_seconds(const Node& value, Diagnostics& diagnostics) {
  const auto seconds = value.is_scalar() ? parse_double(value.text) : std::nullopt;
  if (!seconds || *seconds <= 0 || *seconds > 86'400) {
    diagnostics.error(value.mark, "expected a number of seconds, found " + describe(value));
    return make_plain(value.mark, "60s");
  }
  return make_plain(value.mark,
                    format_duration(Millis(static_cast<std::int64_t>(*seconds * 1000 + 0.5))));
}

LiteLlmDeployment litellm_deployment(const Node& entry, bool drop, ProviderBook& book,
                                     Diagnostics& diagnostics) {
  LiteLlmDeployment out;
  out.mark = entry.mark;
  const Node* params = entry.find("litellm_params");
  const Node* model = params != nullptr ? params->find("model") : nullptr;
  if (model == nullptr || !model->is_scalar() || model->text.empty()) {
    diagnostics.error(entry.mark, "an entry of model_list needs litellm_params.model");
    return out;
  }
  Node overrides = make_map(params->mark);
  for (const Node::Entry& each : params->entries) read_param(each, out, overrides, diagnostics);
  if (const Node* info = entry.find("model_info")) {
    for (const Node::Entry& each : info->entries) not_carried(each, kProduct, kInfo, diagnostics);
  }
  for (const Node::Entry& each : entry.entries) {
    if (each.key != "model_name" && each.key != "litellm_params" && each.key != "model_info")
      diagnostics.warning(each.mark,
                          "unknown key " + quote(each.key) + " in model_list: it is ignored");
  }
  std::string vendor;
  std::string name;
  split_model(*model, *params, out, vendor, name);
  Node settings = settings_of(*params, drop, params->mark);
  if (vendor.empty()) return out;  // `*` alone: the model's name decides
  out.target = make_target(model->mark, book.name_of(vendor, settings), name);
  if (!overrides.entries.empty())
    put(out.target, overrides.mark, "override_params", std::move(overrides));
  return out;
}

}  // namespace pontage::config
