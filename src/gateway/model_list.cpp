#include "gateway/model_list.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <span>

#include "gateway/directory.hpp"
#include "http/url.hpp"

namespace pontage::gateway {
namespace {

using ledger::Ability;
using ledger::Rates;
using ledger::TokenClass;

constexpr std::int64_t kPageMost = 1000;  // Anthropic's
constexpr int kRateDecimals = 15;         // nano-dollars a million tokens, as dollars a token

// Dollars for one token, exact, as a decimal without an exponent: what OpenRouter's clients parse.
std::string per_token(ledger::Rate rate) {
  auto digits = std::to_string(rate.nanousd_per_million);
  if (digits.size() <= kRateDecimals) digits.insert(0, kRateDecimals + 1 - digits.size(), '0');
  digits.insert(digits.size() - kRateDecimals, ".");
  while (digits.back() == '0') digits.pop_back();
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

void append_pricing(std::string& out, const ledger::Price& price) {
  struct Row {
    std::string_view key;
    TokenClass token_class;
  };
  constexpr std::array kRows = {Row{"prompt", TokenClass::kInput},
                                Row{"completion", TokenClass::kOutput},
                                Row{"input_cache_read", TokenClass::kCacheRead},
                                Row{"input_cache_write", TokenClass::kCacheWrite5m},
                                Row{"input_cache_write_1h", TokenClass::kCacheWrite1h},
                                Row{"internal_reasoning", TokenClass::kReasoning},
                                Row{"audio", TokenClass::kInputAudio}};
  out.append(",\"pricing\":{");
  bool first = true;
  for (const Row& row : kRows) {
    const auto& rate = price.base.of(row.token_class);
    if (!rate) continue;
    out.append(first ? "\"" : ",\"").append(row.key).append("\":\"");
    out.append(per_token(*rate)).push_back('"');
    first = false;
  }
  out.append("}");
}

void append_names(std::string& out, std::span<const std::string_view> names) {
  out.push_back('[');
  for (const auto name : names) {
    if (out.back() != '[') out.push_back(',');
    append_json_string(out, name);
  }
  out.push_back(']');
}

void append_architecture(std::string& out, const ledger::Model& model) {
  std::vector<std::string_view> inputs = {"text"};
  if (model.abilities.can_do(Ability::kImages)) inputs.push_back("image");
  if (model.abilities.can_do(Ability::kDocuments)) inputs.push_back("file");
  if (model.abilities.can_do(Ability::kAudio)) inputs.push_back("audio");
  out.append(R"(,"architecture":{"modality":")");
  for (const auto input : inputs) out.append(input == "text" ? "" : "+").append(input);
  out.append(R"(->text","input_modalities":)");
  append_names(out, inputs);
  out.append(R"(,"output_modalities":["text"],"tokenizer":"Other","instruct_type":null})");
}

void append_parameters(std::string& out, const ledger::Model& model) {
  if (model.abilities.can == 0 && model.abilities.cannot == 0) return;
  std::vector<std::string_view> names = {"max_tokens"};
  if (model.abilities.can_do(Ability::kTemperature)) names.push_back("temperature");
  if (model.abilities.can_do(Ability::kTools)) {
    names.push_back("tools");
    names.push_back("tool_choice");
  }
  if (model.abilities.can_do(Ability::kReasoning)) names.push_back("reasoning");
  if (model.abilities.can_do(Ability::kStructuredOutput)) {
    names.push_back("response_format");
    names.push_back("structured_outputs");
  }
  out.append(",\"supported_parameters\":");
  append_names(out, names);
}

void append_limit(std::string& out, std::string_view key, std::int64_t value) {
  out.append("\"").append(key).append("\":");
  out.append(value > 0 ? std::to_string(value) : "null");
}

void append_known(std::string& out, const ModelEntry& entry, std::int64_t now_s) {
  const ledger::Model& model = *entry.known;
  out.push_back(',');
  append_limit(out, "context_length", model.context);
  append_architecture(out, model);
  const auto* price = ledger::price_at(&model, WallTime(std::chrono::seconds(now_s)));
  if (price != nullptr && entry.priced) append_pricing(out, *price);
  out.append(",\"top_provider\":{");
  append_limit(out, "context_length", model.context);
  out.push_back(',');
  append_limit(out, "max_completion_tokens", model.max_output);
  out.append(",\"is_moderated\":false}");
  append_parameters(out, model);
  out.append(",\"per_request_limits\":null");
}

void append_openai(std::string& out, const ModelEntry& entry, std::int64_t now_s) {
  out.append("{\"id\":");
  append_json_string(out, entry.id);
  out.append(",\"object\":\"model\",\"created\":")
      .append(std::to_string(now_s))
      .append(",\"owned_by\":");
  append_json_string(out, entry.owner);
  out.append(",\"canonical_slug\":");
  append_json_string(out, entry.id);
  out.append(",\"name\":");
  append_json_string(out, entry.id);
  if (entry.known != nullptr) append_known(out, entry, now_s);
  out.push_back('}');
}

// Anthropic's: the time as RFC 3339, a name for people, and who owns it is not said.
void append_anthropic(std::string& out, const ModelEntry& entry, std::int64_t now_s) {
  const std::chrono::sys_seconds when{std::chrono::seconds(now_s)};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(when - day);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  out.append("{\"type\":\"model\",\"id\":");
  append_json_string(out, entry.id);
  out.append(",\"display_name\":");
  append_json_string(out, entry.id);
  out.append(",\"created_at\":\"").append(text.data()).append("\"");
  if (entry.known != nullptr && entry.known->context > 0)
    out.append(",\"max_input_tokens\":").append(std::to_string(entry.known->context));
  if (entry.known != nullptr && entry.known->max_output > 0)
    out.append(",\"max_tokens\":").append(std::to_string(entry.known->max_output));
  out.push_back('}');
}

std::optional<std::string> parameter(std::string_view query, std::string_view wanted) {
  for (const auto pair : split(query, '&')) {
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == wanted)
      return http::percent_decode(pair.substr(equals + 1));
  }
  return std::nullopt;
}

struct Page {
  std::size_t from = 0;
  std::size_t to = 0;
  bool more = false;
};

// A cursor that names no model begins at the start; a limit that is none is Anthropic's largest:
// agents want all of them, and nobody is served by a 400 here.
Page page_of(const std::vector<ModelEntry>& models, std::string_view query) {
  const auto place = [&](std::string_view key) -> std::optional<std::size_t> {
    const auto id = parameter(query, key);
    if (!id) return std::nullopt;
    const auto found = std::ranges::find(models, *id, &ModelEntry::id);
    if (found == models.end()) return std::nullopt;
    return static_cast<std::size_t>(found - models.begin());
  };
  const auto written = parse_int(parameter(query, "limit").value_or(""));
  const auto limit =
      static_cast<std::size_t>(std::clamp<std::int64_t>(written.value_or(kPageMost), 1, kPageMost));
  Page page;
  if (const auto before = place("before_id")) {
    page.from = *before > limit ? *before - limit : 0;
    page.to = *before;
    page.more = page.from > 0;
    return page;
  }
  if (const auto after = place("after_id")) page.from = *after + 1;
  page.to = std::min(models.size(), page.from + limit);
  page.more = page.to < models.size();
  return page;
}

std::string anthropic_list(const Snapshot& snapshot, const ModelQuery& query) {
  const auto& models = snapshot.models;
  const Page page = page_of(models, query.query);
  std::string out = "{\"data\":[";
  for (std::size_t i = page.from; i < page.to; ++i) {
    if (i > page.from) out.push_back(',');
    append_anthropic(out, models[i], query.now_s);
  }
  out.append("],\"has_more\":").append(page.more ? "true" : "false");
  const auto end_id = [&](std::string_view key, std::size_t at) {
    out.append(",\"").append(key).append("\":");
    if (page.from == page.to) {
      out.append("null");
    } else {
      append_json_string(out, models[at].id);
    }
  };
  end_id("first_id", page.from);
  end_id("last_id", page.to - 1);
  out.push_back('}');
  return out;
}

// `provider/model`, as it may be asked for, where the catalogue knows it.
std::optional<ModelEntry> by_prefix(const Snapshot& snapshot, const std::string& id) {
  const auto slash = id.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto* provider = snapshot.provider(std::string_view(id).substr(0, slash));
  if (provider == nullptr || !provider->configured()) return std::nullopt;
  const auto listing = listing_of(snapshot, *provider, std::string_view(id).substr(slash + 1));
  if (listing.model == nullptr) return std::nullopt;
  return ModelEntry{id, provider->name, listing.model, listing.priced};
}

}  // namespace

std::string model_list(const Snapshot& snapshot, const ModelQuery& query) {
  if (query.dialect == dialects::Dialect::kAnthropicMessages)
    return anthropic_list(snapshot, query);
  std::string out = "{\"object\":\"list\",\"data\":[";
  for (const auto& entry : snapshot.models) {
    if (out.back() != '[') out.push_back(',');
    append_openai(out, entry, query.now_s);
  }
  out.append("]}");
  return out;
}

std::string model_entry(const Snapshot& snapshot, std::string_view id, const ModelQuery& query) {
  const std::string wanted = http::percent_decode(id);
  const auto found = std::ranges::find(snapshot.models, wanted, &ModelEntry::id);
  std::optional<ModelEntry> entry;
  if (found != snapshot.models.end()) {
    entry = *found;
  } else if (snapshot.routes.empty()) {
    entry = by_prefix(snapshot, wanted);
  }
  std::string out;
  if (!entry) return out;
  if (query.dialect == dialects::Dialect::kAnthropicMessages) {
    append_anthropic(out, *entry, query.now_s);
  } else {
    append_openai(out, *entry, query.now_s);
  }
  return out;
}

}  // namespace pontage::gateway
