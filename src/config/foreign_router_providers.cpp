// `Providers` of Claude Code Router: a full address with its path says what the provider speaks,
// and a list of transformers what is done to its requests. Most of that the dialects do anyway.
#include "config/foreign_router.hpp"

#include <algorithm>
#include <array>

#include "config/describe.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kProduct = "Claude Code Router";

struct Ending {
  std::string_view path;
  std::string_view kind;
};
constexpr std::array<Ending, 3> kEndings = {
    {{"/chat/completions", "openai"}, {"/messages", "anthropic"}, {"/models", "gemini"}}};

constexpr NotCarried kTransformers[] = {
    {"Anthropic", ""},
    {"openrouter", ""},
    {"deepseek", ""},
    {"reasoning", ""},
    {"gemini", ""},
    {"groq", ""},
    {"cleancache", ""},
    {"streamoptions", ""},
    {"maxcompletiontokens", ""},
    {"maxtoken", "write override_params: { max_tokens: … } at a target"},
    {"sampling", "write override_params: { temperature: …, … } at a target"},
    {"customparams", "write override_params at a target"},
    {"forcereasoning", "no prompt is injected"},
    {"extrathinktag", "think tags are read where a model is known to write them"},
    {"tooluse", "no prompt and no tool is injected"},
    {"enhancetool", "tool calls are passed on as they come"},
    {"openai-responses", "this provider is not spoken to in that format"},
    {"vertex-gemini", "write a provider of kind vertex natively"},
    {"vertex-claude", "write a provider of kind vertex natively"},
    {"vercel", ""},
    {"cerebras", ""},
};

void transformer(const Node& item, Diagnostics& diagnostics) {
  const Node& name = item.is_sequence() && !item.items.empty() ? item.items.front() : item;
  const Node::Entry entry{name.text, name.mark, name};
  const bool with_options = item.is_sequence() && item.items.size() > 1;
  if (with_options && (name.text == "openrouter" || name.text == "deepseek")) {
    not_carried(entry, kProduct, "its options; write override_params at a target", diagnostics);
  } else if (!not_carried(entry, kProduct, kTransformers, diagnostics)) {
    diagnostics.warning(name.mark, "the transformer " + describe(name) + " is not known here");
  }
}

void transformers(const Node& node, Diagnostics& diagnostics) {
  if (node.is_sequence()) {
    for (const Node& item : node.items) transformer(item, diagnostics);
  }
  for (const Node::Entry& entry : node.entries) transformers(entry.value, diagnostics);
}

bool uses(const Node& provider, std::string_view name) {
  const Node* transformer = provider.find("transformer");
  const Node* use = transformer != nullptr ? transformer->find("use") : nullptr;
  return use != nullptr && std::ranges::any_of(use->items, [&](const Node& item) {
           return item.is_scalar() ? item.text == name
                                   : !item.items.empty() && item.items.front().text == name;
         });
}

// `kind` and `base_url` of `https://host/v1/chat/completions`.
void address(const Node& provider, const Node& url, Node& made, Diagnostics& diagnostics) {
  std::string text = url.text;
  while (text.ends_with('/')) text.pop_back();
  std::string kind;
  for (const auto& ending : kEndings) {
    if (!text.ends_with(ending.path)) continue;
    kind = ending.kind;
    text.resize(text.size() - ending.path.size());
    break;
  }
  if (uses(provider, "Anthropic")) kind = "anthropic";
  if (uses(provider, "gemini")) kind = "gemini";
  if (kind.empty()) {
    diagnostics.warning(url.mark,
                        "the address does not end in /chat/completions or /v1/messages; "
                        "it is taken for an OpenAI-compatible base");
    kind = "openai";
  }
  put(made, url.mark, "kind", make_text(url.mark, kind));
  Node base = url;
  if (text != url.text) {
    base = make_text(url.mark, text);
    base.secret = url.secret;
  }
  put(made, url.mark, "base_url", std::move(base));
}

void provider_entry(const Node& provider, Node& out, Diagnostics& diagnostics) {
  if (!expect_kind(provider, Node::Kind::kMap, "Providers", diagnostics)) return;
  const Node* name = provider.find("name");
  const Node* url = provider.find("api_base_url");
  if (name == nullptr || !name->is_scalar() || url == nullptr || !url->is_scalar()) {
    diagnostics.error(provider.mark, "a provider needs \"name\" and \"api_base_url\"");
    return;
  }
  if (out.find(name->text) != nullptr) {
    diagnostics.error(name->mark, "two providers are called " + quote(name->text));
    return;
  }
  Node made = make_map(provider.mark);
  address(provider, *url, made, diagnostics);
  for (const Node::Entry& entry : provider.entries) {
    if (entry.key == "api_key") {
      put(made, entry.mark, "api_key", entry.value);
    } else if (entry.key == "models") {
      if (expect_kind(entry.value, Node::Kind::kSequence, "models", diagnostics))
        put(made, entry.mark, "models", entry.value);
    } else if (entry.key == "transformer") {
      transformers(entry.value, diagnostics);
    } else if (entry.key == "tokenizer") {
      not_carried(entry, kProduct, "tokens are counted by the model's own encoder", diagnostics);
    } else if (entry.key != "name" && entry.key != "api_base_url") {
      diagnostics.warning(entry.mark, "unknown key " + quote(entry.key) +
                                          " in a provider of Claude Code Router: it is ignored");
    }
  }
  put(out, provider.mark, name->text, std::move(made));
}

bool is_name(std::string_view text) {
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

}  // namespace

void router_variables(Node& node, const Environment& environment, Diagnostics& diagnostics) {
  for (Node& item : node.items) router_variables(item, environment, diagnostics);
  for (Node::Entry& entry : node.entries) router_variables(entry.value, environment, diagnostics);
  if (node.is_scalar() && node.text.starts_with('$') && node.source_text.empty() &&
      is_name(std::string_view(node.text).substr(1))) {
    node = make_reference(node.mark, node.text.substr(1), environment, diagnostics);
  }
}

Node router_providers(const Node& providers, Diagnostics& diagnostics) {
  Node out = make_map(providers.mark);
  if (!expect_kind(providers, Node::Kind::kSequence, "Providers", diagnostics)) return out;
  for (const Node& provider : providers.items) provider_entry(provider, out, diagnostics);
  return out;
}

}  // namespace pontage::config
