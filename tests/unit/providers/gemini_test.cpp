// Google's families: paths that name the model, and the key's header.
#include <gmock/gmock.h>

#include "config/load.hpp"
#include "providers/provider.hpp"

namespace pontage::providers {
namespace {

using dialects::Dialect;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::unique_ptr<Provider> make(const std::string& name, const std::string& yaml) {
  config::Diagnostics diagnostics;
  const config::Environment environment = [](std::string_view variable) {
    return variable == "GEMINI_API_KEY" ? std::optional<std::string>("key-1") : std::nullopt;
  };
  const auto loaded = config::load_text({"p.yaml", "providers:\n  " + name + ": " + yaml + "\n"},
                                        environment, diagnostics);
  const auto& entry = loaded->root.find("providers")->entries.front();
  auto made = make_provider(name, &entry.value, entry.mark, environment, diagnostics);
  EXPECT_TRUE(diagnostics.all().empty()) << diagnostics.all().front().text();
  return made;
}

std::string head(const Provider& provider, std::string_view model, bool stream = false) {
  const auto* endpoint = provider.endpoint_for(Dialect::kAnthropicMessages, model);
  if (endpoint == nullptr) return "none";
  std::string out;
  RequestHead request;
  request.model = model;
  request.stream = stream;
  request.via = "v";
  append_request_head(out, provider, *endpoint, request, {});
  return out;
}

TEST(GeminiFamily, TheModelStandsInThePath) {
  const auto made = make("gemini", "{}");
  ASSERT_TRUE(made->configured()) << made->not_configured;
  const std::string plain = head(*made, "gemini-2.5-pro");
  EXPECT_THAT(plain, StartsWith("POST /v1beta/models/gemini-2.5-pro:generateContent HTTP/1.1\r\n"));
  EXPECT_THAT(plain, HasSubstr("Host: generativelanguage.googleapis.com\r\n"));
  EXPECT_THAT(plain, HasSubstr("x-goog-api-key: key-1\r\n"));
  EXPECT_THAT(plain, Not(HasSubstr("Authorization")));
  EXPECT_THAT(head(*made, "models/m", true),
              StartsWith("POST /v1beta/models/m:streamGenerateContent?alt=sse HTTP/1.1\r\n"));
  EXPECT_THAT(head(*made, "tunedModels/m"),
              StartsWith("POST /v1beta/tunedModels/m:generateContent"));
}

// The name may be the client's.
TEST(GeminiFamily, NothingOfANameLeavesItsPlace) {
  const auto made = make("gemini", "{}");
  EXPECT_THAT(
      head(*made, "../../files?x=1 HTTP/1.1\r\nA: b"),
      StartsWith("POST /v1beta/models/..%2F..%2Ffiles%3Fx%3D1%20HTTP%2F1.1%0D%0AA%3A%20b:"));
}

TEST(VertexFamily, GooglesModelsHaveTheirOwnPublisher) {
  const auto made = make("vertex", "{ project: p, location: europe-west4, credentials: metadata }");
  EXPECT_THAT(head(*made, "gemini-2.5-flash", true),
              StartsWith("POST /v1/projects/p/locations/europe-west4/publishers/google/models/"
                         "gemini-2.5-flash:streamGenerateContent?alt=sse HTTP/1.1\r\n"));
  EXPECT_THAT(head(*made, "claude-x@1"),
              HasSubstr("/publishers/anthropic/models/claude-x@1:rawPredict"));
}

}  // namespace
}  // namespace pontage::providers
