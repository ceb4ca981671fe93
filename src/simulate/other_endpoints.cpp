#include "simulate/other_endpoints.hpp"

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "simulate/ask.hpp"
#include "simulate/content.hpp"

namespace pontage::simulate {
namespace {

using nlohmann::json;

constexpr std::int64_t kCreated = 1735689600;
constexpr int kDimensions = 8;
constexpr int kWords = 12;

std::int64_t tokens_of(const json& input) {
  if (input.is_string())
    return static_cast<std::int64_t>(input.get_ref<const std::string&>().size() + 3) / 4;
  if (input.is_number()) return 1;
  std::int64_t sum = 0;
  if (input.is_array()) {
    for (const auto& one : input) sum += tokens_of(one);
  }
  return sum;
}

OtherReply complain(const std::string& message, const std::string& param) {
  OtherReply reply;
  reply.status = 400;
  reply.body = json{{"error",
                     {{"message", message},
                      {"type", "invalid_request_error"},
                      {"param", param},
                      {"code", nullptr}}}}
                   .dump();
  return reply;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j)
      out.push_back(i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63]);
  }
  return out;
}

json vector_of(const json& input, int dimensions, bool as_base64, std::uint64_t seed) {
  std::vector<float> values;
  std::uint64_t hash = hash_text(input.dump(), seed);
  for (int i = 0; i < dimensions; ++i) {
    hash = hash_text("", hash);
    values.push_back(static_cast<float>(hash % 2001) / 1000.0F - 1.0F);
  }
  if (!as_base64) return values;
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return base64(bytes);
}

OtherReply embeddings(const json& root, std::uint64_t seed) {
  const json input = root.value("input", json());
  if (input.is_null()) return complain("Missing required parameter: 'input'.", "input");
  json inputs = input;
  const bool one =
      input.is_string() || (input.is_array() && !input.empty() && input[0].is_number());
  if (one) inputs = json::array({input});
  json data = json::array();
  for (const auto& each : inputs) {
    data.push_back({{"object", "embedding"},
                    {"index", data.size()},
                    {"embedding", vector_of(each, root.value("dimensions", kDimensions),
                                            root.value("encoding_format", "") == "base64", seed)}});
  }
  OtherReply reply;
  const std::int64_t tokens = tokens_of(input);
  reply.body = json{{"object", "list"},
                    {"data", data},
                    {"model", root.value("model", "")},
                    {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}}
                   .dump();
  return reply;
}

json completion_chunk(const json& root, const std::string& text, const json& finish) {
  return {{"id", "cmpl-simulated"},
          {"object", "text_completion"},
          {"created", kCreated},
          {"model", root.value("model", "")},
          {"choices",
           {{{"text", text}, {"index", 0}, {"logprobs", nullptr}, {"finish_reason", finish}}}}};
}

OtherReply completions(const json& root, std::uint64_t seed) {
  if (!root.contains("prompt")) return complain("Missing required parameter: 'prompt'.", "prompt");
  const Pieces said = prose(hash_text(root["prompt"].dump(), seed), kWords);
  const json usage = {{"prompt_tokens", tokens_of(root["prompt"])},
                      {"completion_tokens", kWords},
                      {"total_tokens", tokens_of(root["prompt"]) + kWords}};
  OtherReply reply;
  reply.stream = root.value("stream", false);
  if (!reply.stream) {
    json whole = completion_chunk(root, said.text, "stop");
    whole["usage"] = usage;
    reply.body = whole.dump();
    return reply;
  }
  reply.content_type = "text/event-stream";
  for (std::size_t i = 0; i < said.count(); ++i) {
    const bool last = i + 1 == said.count();
    reply.body +=
        "data: " +
        completion_chunk(root, std::string(said.piece(i)), last ? json("stop") : json()).dump() +
        "\n\n";
  }
  const json options = root.value("stream_options", json::object());
  if (options.value("include_usage", false)) {
    json last = completion_chunk(root, "", nullptr);
    last["choices"] = json::array();
    last["usage"] = usage;
    reply.body += "data: " + last.dump() + "\n\n";
  }
  reply.body += "data: [DONE]\n\n";
  return reply;
}

json token_usage(std::int64_t input, std::int64_t output) {
  return {{"input_tokens", input}, {"output_tokens", output}, {"total_tokens", input + output}};
}

OtherReply images(const json& root, std::uint64_t /*seed*/) {
  OtherReply reply;
  reply.body = json{{"created", kCreated},
                    {"data", {{{"b64_json", base64("not really a picture")}}}},
                    {"usage", token_usage(tokens_of(root.value("prompt", json(""))), 272)}}
                   .dump();
  return reply;
}

OtherReply moderations(const json& root, std::uint64_t /*seed*/) {
  OtherReply reply;
  reply.body = json{{"id", "modr-simulated"},
                    {"model", root.value("model", "omni-moderation-latest")},
                    {"results",
                     {{{"flagged", false},
                       {"categories", {{"violence", false}}},
                       {"category_scores", {{"violence", 0.01}}}}}}}
                   .dump();
  return reply;
}

OtherReply speech(const json& root, std::uint64_t /*seed*/) {
  OtherReply reply;
  reply.content_type = "audio/mpeg";
  reply.body = std::string("ID3\0\xFF\xFB", 6) + root.value("input", "");
  return reply;
}

// The body is a form: what matters is that all of it came.
OtherReply transcriptions(std::string_view body) {
  OtherReply reply;
  json usage = token_usage(static_cast<std::int64_t>(body.size() / 1000 + 1), 3);
  usage["type"] = "tokens";
  reply.body = json{{"text", "three simulated words"}, {"usage", usage}}.dump();
  return reply;
}

json file_object(std::string_view id, std::size_t bytes) {
  return {{"id", id},
          {"object", "file"},
          {"bytes", bytes},
          {"created_at", kCreated},
          {"filename", "simulated"},
          {"purpose", "batch"},
          {"status", "processed"}};
}

OtherReply files(std::string_view method, std::string_view below, std::string_view body) {
  OtherReply reply;
  if (method == "POST") {
    reply.body = file_object("file-simulated", body.size()).dump();
  } else if (below.ends_with("/content")) {
    reply.content_type = "application/octet-stream";
    for (int i = 0; i < 256; ++i) reply.body.push_back(static_cast<char>(i));
  } else if (method == "DELETE") {
    reply.body = json{{"id", below}, {"object", "file"}, {"deleted", true}}.dump();
  } else if (below.empty()) {
    reply.body =
        json{{"object", "list"}, {"data", {file_object("file-simulated", 7)}}, {"has_more", false}}
            .dump();
  } else {
    reply.body = file_object(below, 7).dump();
  }
  return reply;
}

struct JsonEndpoint {
  std::string_view path;
  OtherReply (*answer)(const json& root, std::uint64_t seed);
};
constexpr std::array kJsonEndpoints = {
    JsonEndpoint{"/embeddings", embeddings},   JsonEndpoint{"/v1/completions", completions},
    JsonEndpoint{"/moderations", moderations}, JsonEndpoint{"/images/generations", images},
    JsonEndpoint{"/audio/speech", speech},
};

}  // namespace

std::optional<OtherReply> other_reply(std::string_view method, std::string_view path,
                                      std::string_view body, std::uint64_t seed) {
  constexpr std::string_view kFiles = "/files";
  for (const auto& endpoint : kJsonEndpoints) {
    if (!path.ends_with(endpoint.path) || method != "POST") continue;
    const json root = json::parse(body, nullptr, false);
    if (!root.is_object()) return complain("We could not parse the JSON body of your request.", "");
    OtherReply reply = endpoint.answer(root, seed);
    reply.model = root.value("model", "");
    return reply;
  }
  if (path.ends_with("/audio/transcriptions") && method == "POST") return transcriptions(body);
  const std::size_t at = path.find(kFiles);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view below = path.substr(at + kFiles.size());
  if (below.starts_with('/')) below.remove_prefix(1);
  return files(method, below, body);
}

}  // namespace pontage::simulate
