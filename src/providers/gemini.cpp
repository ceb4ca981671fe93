// Google's Generative Language API ("Gemini API"): its own key header, and the model and the wish
// for a stream in the path (ai.google.dev/api/generate-content).
#include <array>

#include "http/headers.hpp"
#include "providers/family.hpp"
#include "providers/sigv4.hpp"

namespace pontage::providers {
namespace {

constexpr std::array kEndpoints = {
    Endpoint{dialects::Dialect::kGemini, "/models/"},
};

void append_auth(std::string& head, std::string_view key) {
  if (!key.empty()) http::append_header(head, "x-goog-api-key", key);
}

// Google's own lists call a model "models/NAME", and tuned ones "tunedModels/NAME".
void append_path(std::string& head, const RequestLine& line) {
  constexpr std::string_view kPlain = "models/";
  constexpr std::string_view kTuned = "tunedModels/";
  std::string_view model = line.model;
  if (model.starts_with(kTuned)) {
    head.append("/").append(kTuned);
    model.remove_prefix(kTuned.size());
  } else {
    head.append(line.endpoint.path);
    if (model.starts_with(kPlain)) model.remove_prefix(kPlain.size());
  }
  head.append(percent_encode(model));
  // Without alt=sse a stream is one JSON list.
  head.append(line.stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
}

// What Google serves in OpenAI's form: images, files, batches
// (ai.google.dev/gemini-api/docs/openai).
std::string unread_path(const Provider&, std::string_view below, std::string_view /*model*/) {
  return "/openai" + std::string(below);
}

}  // namespace

const Family& gemini_family() {
  static constexpr Family kFamily = {.kind = "gemini",
                                     .endpoints = kEndpoints,
                                     .base_path = "/v1beta",
                                     .needs_key = true,
                                     .append_auth = append_auth,
                                     .append_path = append_path,
                                     .plain_path = unread_path};
  return kFamily;
}

}  // namespace pontage::providers
