// What the gateway answers by itself: health, the list of models, and that there is nothing.
#include <algorithm>

#include "core/strings.hpp"
#include "gateway/access.hpp"
#include "gateway/directory.hpp"
#include "gateway/error_reply.hpp"
#include "gateway/google_paths.hpp"
#include "gateway/model_list.hpp"
#include "gateway/visit.hpp"
#include "observe/json_line.hpp"

namespace pontage::gateway {

void RequestPath::models_endpoint(const Visit& visit, int& status, std::string& headers,
                                  std::string& body) const {
  const chain::Exchange& exchange = visit.exchange;
  const bool google = exchange.dialect == dialects::Dialect::kGemini;
  const auto admitted =
      admit(*visit.snapshot, exchange.headers,
            google ? google_query_key(visit.client.head().query) : std::string_view());
  const std::string_view id = google ? exchange.path.substr(exchange.path.rfind('/') + 1)
                              : exchange.path.size() > kModelsPath.size()
                                  ? exchange.path.substr(kModelsPath.size() + 1)
                                  : std::string_view();
  if (admitted) {
    const ModelQuery query{exchange.dialect, exchange.created_s, visit.client.head().query};
    body = google       ? google_models(*visit.snapshot, exchange.path)
           : id.empty() ? model_list(*visit.snapshot, query)
                        : model_entry(*visit.snapshot, id, query);
    if (!body.empty()) return;
  }
  const Error unknown{
      Code::k_model_not_found,
      Origin::kClient,
      Retry::kNever,
      "no model is called \"" + std::string(id) + "\" here; GET /v1/models lists what there is",
      "model",
      {}};
  auto reply =
      render_error(exchange.dialect, admitted ? unknown : admitted.error(), exchange.id.view());
  status = reply.status;
  headers = std::move(reply.headers);
  body = std::move(reply.body);
}

namespace {

void append_target(observe::JsonLine& json, const routing::HealthTable::Row& row, SteadyTime now) {
  json.open('{');
  json.key("\"provider\":");
  json.text(row.provider);
  json.key("\"model\":");
  json.text(row.model);
  json.key("\"state\":");
  json.text(routing::state_name(row.health->breaker, now));
  json.key("\"in_flight\":");
  json.integer(row.health->in_flight.load(std::memory_order_relaxed));
  json.close('}');
}

bool has_floor(const Route& route) {
  return std::ranges::any_of(route.chain.entries(), [](const auto& entry) {
    return entry->kind() == chain::Kind::kTerminal;
  });
}

// How the targets that were asked stand, and which routes have a floor.
std::string ready_detail(const WorkerState& state, const Snapshot& snapshot) {
  std::string out;
  observe::JsonLine json(out);
  const auto now = std::chrono::steady_clock::now();
  json.open('{');
  json.key("\"status\":");
  json.text("ok");
  json.key("\"waiting\":");
  json.integer(static_cast<std::int64_t>(state.shared.gates.waiting()));
  json.key("\"targets\":");
  json.open('[');
  for (const auto& row : state.shared.health.rows()) append_target(json, row, now);
  json.close(']');
  json.key("\"routes\":");
  json.open('[');
  for (const auto& route : snapshot.routes) {
    json.open('{');
    json.key("\"name\":");
    json.text(route.name);
    json.key("\"floor\":");
    json.boolean(has_floor(route));
    json.close('}');
  }
  json.close(']');
  json.close('}');
  out.push_back('\n');
  return out;
}

}  // namespace

// The detail names providers and models: it is for those who may use them.
bool RequestPath::wants_detail(const Visit& visit) {
  const auto& head = visit.client.head();
  return visit.exchange.path == "/readyz" && head.query == "detail" &&
         admit(*visit.snapshot, visit.exchange.headers).has_value();
}

void RequestPath::plain_endpoint(Visit& visit, int& status, std::string& headers,
                                 std::string& body) const {
  const chain::Exchange& exchange = visit.exchange;
  const std::string_view method = visit.client.head().method;
  const bool get = method == "GET" || method == "HEAD";
  status = 200;
  headers = "Content-Type: application/json\r\n";
  std::string allow;
  if (exchange.path == "/healthz" || exchange.path == "/readyz") {
    if (get) {
      body = wants_detail(visit) ? ready_detail(state_, *visit.snapshot) : "{\"status\":\"ok\"}\n";
      return;
    }
    allow = "GET, HEAD";
  } else if (generation_at(exchange.path) != nullptr || is_count_path(exchange.path)) {
    allow = "POST";
  } else if (exchange.path == kModelsPath || exchange.path.starts_with("/v1/models/") ||
             is_google_models(exchange.path)) {
    if (get) {
      models_endpoint(visit, status, headers, body);
      return;
    } else {
      allow = "GET, HEAD";
    }
  }
  const Code code = allow.empty() ? Code::k_not_found : Code::k_method_not_allowed;
  std::string detail = allow.empty() ? "there is nothing at " + std::string(exchange.path) +
                                           "; the API stands below /v1, as /v1/chat/completions"
                                     : std::string(exchange.path) + " takes " + allow;
  auto reply = render_error(exchange.dialect,
                            Error{code, Origin::kClient, Retry::kNever, std::move(detail), {}, {}},
                            exchange.id.view());
  status = reply.status;
  headers = std::move(reply.headers);
  if (!allow.empty()) http::append_header(headers, "Allow", allow);
  body = std::move(reply.body);
}

}  // namespace pontage::gateway
