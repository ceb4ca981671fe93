#include "gateway/google_paths.hpp"

#include <algorithm>

#include "core/strings.hpp"
#include "http/url.hpp"

namespace pontage::gateway {
namespace {

constexpr std::string_view kRoot = "/v1beta/";
constexpr std::string_view kModels = "/v1beta/models";

std::string_view query_value(std::string_view query, std::string_view name) {
  for (const auto pair : split(query, '&')) {
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
  }
  return {};
}

void append_model(std::string& out, const ModelEntry& entry) {
  out.append("{\"name\":");
  append_json_string(out, "models/" + entry.id);
  out.append(",\"displayName\":");
  append_json_string(out, entry.id);
  if (entry.known != nullptr && entry.known->context > 0)
    out.append(",\"inputTokenLimit\":").append(std::to_string(entry.known->context));
  if (entry.known != nullptr && entry.known->max_output > 0)
    out.append(",\"outputTokenLimit\":").append(std::to_string(entry.known->max_output));
  out.append(R"(,"supportedGenerationMethods":["generateContent","countTokens"]})");
}

}  // namespace

bool is_google_path(std::string_view path) {
  return path.starts_with(kRoot);
}

bool is_google_models(std::string_view path) {
  return path == kModels || (path.starts_with(kModels) && path[kModels.size()] == '/');
}

std::optional<GoogleCall> google_call(std::string_view path) {
  constexpr std::string_view kTuned = "/v1beta/tunedModels/";
  std::size_t begin = kRoot.size();  // a tuned model is called by its whole name
  if (path.starts_with(kModels) && is_google_models(path)) {
    begin = kModels.size() + 1;
  } else if (!path.starts_with(kTuned)) {
    return std::nullopt;
  }
  const std::size_t colon = path.rfind(':');
  if (colon == std::string_view::npos || colon <= begin) return std::nullopt;
  const std::string_view verb = path.substr(colon + 1);
  GoogleCall call;
  call.stream = verb == "streamGenerateContent";
  call.count = verb == "countTokens";
  if (!call.stream && !call.count && verb != "generateContent") return std::nullopt;
  call.model = http::percent_decode(path.substr(begin, colon - begin));
  return call;
}

Status apply_google_path(std::string_view path, std::string_view query,
                         dialects::RequestView& view) {
  auto call = google_call(path);
  if (!call) return {};
  view.model = std::move(call->model);
  view.has_model = true;
  view.stream = call->stream;
  if (!view.stream || query_value(query, "alt") == "sse") return {};
  return client_error(Code::k_invalid_value,
                      "streams are server-sent events here: ask for them with ?alt=sse", "alt");
}

std::string_view google_query_key(std::string_view query) {
  return query_value(query, "key");
}

std::string google_models(const Snapshot& snapshot, std::string_view path) {
  std::string out;
  if (path.size() > kModels.size() + 1) {
    const std::string id = http::percent_decode(path.substr(kModels.size() + 1));
    const auto found = std::ranges::find(snapshot.models, id, &ModelEntry::id);
    if (found != snapshot.models.end()) append_model(out, *found);
    return out;
  }
  out = "{\"models\":[";
  for (const auto& entry : snapshot.models) {
    if (!out.ends_with('[')) out.push_back(',');
    append_model(out, entry);
  }
  return out.append("]}");
}

}  // namespace pontage::gateway
