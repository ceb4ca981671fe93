#include "gateway/google_paths.hpp"

#include <algorithm>

#include "core/strings.hpp"
#include "http/url.hpp"

namespace pontage::gateway {
namespace {

constexpr std::string_view kBeta = "/v1beta/";
constexpr std::string_view kStable = "/v1/";
constexpr std::string_view kModels = "models";

// What stands after the version: "models/M:generateContent"; empty for other paths.
std::string_view below_version(std::string_view path) {
  for (const std::string_view root : {kBeta, kStable}) {
    if (path.starts_with(root)) return path.substr(root.size());
  }
  return {};
}

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

bool is_google(std::string_view path, std::span<const http::HeaderView> headers) {
  if (path.starts_with(kBeta) || google_call(path)) return true;
  if (!below_version(path).starts_with(kModels)) return false;
  return http::find(headers, "x-goog-api-key").data() != nullptr ||
         http::find(headers, "x-goog-api-client").data() != nullptr;
}

bool is_google_models(std::string_view path) {
  if (!path.starts_with(kBeta)) return false;
  const std::string_view rest = below_version(path);
  return rest == kModels || (rest.starts_with(kModels) && rest[kModels.size()] == '/');
}

std::optional<GoogleCall> google_call(std::string_view path) {
  constexpr std::string_view kTuned = "tunedModels/";  // called by its whole name
  std::string_view rest = below_version(path);
  if (rest.starts_with(kModels) && rest.size() > kModels.size() && rest[kModels.size()] == '/') {
    rest.remove_prefix(kModels.size() + 1);
  } else if (!rest.starts_with(kTuned)) {
    return std::nullopt;
  }
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view verb = rest.substr(colon + 1);
  GoogleCall call;
  call.stream = verb == "streamGenerateContent";
  call.count = verb == "countTokens";
  if (!call.stream && !call.count && verb != "generateContent") return std::nullopt;
  call.model = http::percent_decode(rest.substr(0, colon));
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
  const std::string_view rest = below_version(path);
  if (rest.size() > kModels.size() + 1) {
    const std::string id = http::percent_decode(rest.substr(kModels.size() + 1));
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
