#include "admin/health_api.hpp"

#include "admin/parameters.hpp"
#include "core/strings.hpp"
#include "http/url.hpp"
#include "observe/json_line.hpp"

namespace pontage::admin {
namespace {

constexpr std::string_view kProviders = "/api/v1/providers";
constexpr std::string_view kDown = "/down";
constexpr std::int64_t kMostMinutes = 24 * 60;

void append_floors(const HealthAccess& access, observe::JsonLine& json) {
  if (!access.floors) return;
  json.key("\"floors\":");
  json.open('[');
  for (const auto& floor : access.floors()) {
    json.open('{');
    json.key("\"target\":");
    json.text(floor.target);
    json.key("\"ready\":");
    json.boolean(floor.problem.empty());
    if (!floor.problem.empty()) {
      json.key("\"problem\":");
      json.text(floor.problem);
    }
    json.close('}');
  }
  json.close(']');
}

ApiAnswer list(const HealthAccess& access) {
  ApiAnswer answer;
  observe::JsonLine json(answer.body);
  json.open('{');
  json.key("\"targets\":");
  json.open('[');
  for (const auto& target : access.targets()) {
    json.open('{');
    json.key("\"provider\":");
    json.text(target.provider);
    json.key("\"model\":");
    json.text(target.model);
    json.key("\"state\":");
    json.text(target.state);
    json.key("\"failures_in_a_row\":");
    json.integer(target.failures_in_a_row);
    json.key("\"openings\":");
    json.integer(target.openings);
    json.key("\"available_in_ms\":");
    json.integer(target.available_in_ms);
    json.key("\"in_flight\":");
    json.integer(target.in_flight);
    if (target.first_token) {
      json.key("\"first_token_ms\":");
      json.integer(target.first_token->count() / 1'000);
    }
    if (target.token && target.token->count() > 0) {
      json.key("\"tokens_per_second\":");
      json.integer(1'000'000 / target.token->count());
    }
    json.close('}');
  }
  json.close(']');
  append_floors(access, json);
  json.close('}');
  answer.body.push_back('\n');
  return answer;
}

ApiAnswer mark(const HealthAccess& access, bool down, std::string_view provider,
               std::string_view query) {
  auto parameters = parameters_of(query);
  const auto minutes = parse_int(take(parameters, "minutes"));
  const auto model = take(parameters, "model");
  if (const auto name = unknown(parameters); !name.empty())
    return refuse(400, "invalid_parameter", name + "; there are minutes and model");
  if (!access.known(provider)) {
    return refuse(404, "not_found",
                  "no provider of the configuration is called \"" + std::string(provider) + '"');
  }
  if (down && (!minutes || *minutes < 1 || *minutes > kMostMinutes)) {
    return refuse(400, "invalid_parameter",
                  "say for how long: ?minutes=N, from 1 to " + std::to_string(kMostMinutes));
  }
  access.mark_down(provider, model, down ? Millis(*minutes * 60'000) : Millis(0));
  return list(access);
}

}  // namespace

bool is_health_path(std::string_view path) {
  return path == kProviders ||
         (path.starts_with(std::string(kProviders) + "/") && path.ends_with(kDown));
}

ApiAnswer health_answer(const HealthAccess& access, std::string_view method, std::string_view path,
                        std::string_view query) {
  if (path == kProviders) {
    return method == "GET" ? list(access)
                           : refuse(405, "method_not_allowed", "this list takes GET");
  }
  path.remove_prefix(kProviders.size() + 1);
  path.remove_suffix(std::min(path.size(), kDown.size()));
  if (method != "POST" && method != "DELETE") {
    return refuse(
        405, "method_not_allowed",
        "POST marks a provider as down, DELETE lifts that; GET /api/v1/providers shows it");
  }
  return mark(access, method == "POST", http::percent_decode(path), query);
}

}  // namespace pontage::admin
