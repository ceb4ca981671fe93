// Goldens for each pair of dialects, of whole answers and of requests: the vendors' documented
// examples (tests/golden/answers, tests/golden/requests) as each other side gets them
// (tests/golden/pairs/answers, .../requests). The expected files are judged apart from this code,
// by published schemas and a reading of their own: tests/e2e/python/test_golden_pairs.py.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Side {
  const char* name;
  Dialect dialect;
};
constexpr std::array kClients = {
    Side{"chat", Dialect::kOpenAiChat}, Side{"responses", Dialect::kOpenAiResponses},
    Side{"completions", Dialect::kOpenAiCompletions}, Side{"messages", Dialect::kAnthropicMessages},
    Side{"gemini", Dialect::kGemini}};
constexpr std::array kProviders = {
    Side{"openai", Dialect::kOpenAiChat}, Side{"responses", Dialect::kOpenAiResponses},
    Side{"anthropic", Dialect::kAnthropicMessages}, Side{"gemini", Dialect::kGemini},
    Side{"bedrock", Dialect::kBedrockConverse}};

template <std::size_t N>
Dialect side_named(const std::array<Side, N>& sides, std::string_view name) {
  for (const auto& side : sides) {
    if (side.name == name) return side.dialect;
  }
  ADD_FAILURE() << "no such side: " << name;
  return Dialect::kOther;
}

fs::path golden() {
  return fs::path(PONTAGE_SOURCE_DIR) / "tests/golden";
}
std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> files_in(const char* folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(golden() / folder)) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

// Calls that the provider did not name (Google's) get names of the gateway's making, and so do
// answers and their items: random ones.
json without_made_up_ids(const json& value) {
  static const std::regex kMadeUp(
      R"re("(chatcmpl-|msg_|resp_|rs_|fc_|cmpl-|call_|toolu_)[0-9A-Za-z_-]{12,}")re");
  static const std::regex kBare(R"re("(id|responseId)":"[0-9A-Za-z_-]{16}")re");
  const std::string known = std::regex_replace(value.dump(), kMadeUp, R"("$1ID")");
  return json::parse(std::regex_replace(known, kBare, R"("$1":"ID")"));
}

void compare(const fs::path& path, const json& made) {
  if (std::getenv("PONTAGE_WRITE_GOLDENS") != nullptr)  // then read what changed, line by line
    std::ofstream(path, std::ios::binary) << made.dump(1) << '\n';
  const json expected = json::parse(read_file(path), nullptr, false);
  EXPECT_EQ(made, expected) << path.filename();
}

json answer_for(Dialect client, Dialect provider, const std::string& body) {
  RequestView view;
  view.created_s = 1'700'000'000;
  const auto whole = decode_whole(client, provider, body, view, "client-model");
  if (!whole) return {{"refused", whole.error().detail}};
  return json::parse(whole->body);
}

TEST(PairGoldenWhole, Answers) {
  const auto files = files_in("answers");
  ASSERT_GE(files.size(), 14U);
  for (const auto& file : files) {
    const std::string name = file.stem().string();  // "openai.text"
    const Dialect provider = side_named(kProviders, name.substr(0, name.find('.')));
    for (const auto& client : kClients) {
      if (client.dialect == provider) continue;  // byte for byte
      SCOPED_TRACE(name + " for " + client.name);
      json made = answer_for(client.dialect, provider, read_file(file));
      if (provider == Dialect::kGemini || provider == Dialect::kBedrockConverse)
        made = without_made_up_ids(made);
      compare(golden() / "pairs/answers" / (name + "." + client.name + ".json"), made);
    }
  }
}

json request_for(Dialect client, Dialect provider, const std::string& body) {
  auto view = make_request_reader(client)->read(body, body.size());
  if (!view) return {{"refused", view.error().detail}, {"param", view.error().param}};
  if (client == Dialect::kGemini) view->model = "m";  // it stands in the path
  TargetShape shape;
  shape.model = "provider-model";
  const auto encoded = encode_request(client, provider, body, *view, shape);
  if (!encoded) return {{"refused", encoded.error().detail}, {"param", encoded.error().param}};
  std::string sent;
  for (const auto piece : encoded->body.pieces) sent.append(piece);
  return json::parse(sent);
}

TEST(PairGoldenWhole, Requests) {
  const auto files = files_in("requests");
  ASSERT_GE(files.size(), 17U);
  for (const auto& file : files) {
    const std::string name = file.stem().string();  // "chat.text"
    const Dialect client = side_named(kClients, name.substr(0, name.find('.')));
    for (const auto& provider : kProviders) {
      if (client == provider.dialect) continue;
      SCOPED_TRACE(name + " to " + provider.name);
      const json made = request_for(client, provider.dialect, read_file(file));
      compare(golden() / "pairs/requests" / (name + "." + provider.name + ".json"), made);
    }
  }
}

}  // namespace
}  // namespace pontage::dialects::test
