#include "admin/admin.hpp"

#include "core/crypto.hpp"
#include "core/strings.hpp"

namespace pontage::admin {
namespace {

constexpr std::string_view kJson = "Content-Type: application/json\r\n";

bool authorized(const AdminContext& context, const transport::RequestHead& head) {
  if (context.token.empty()) return true;
  std::string_view given = trim(http::find(head.headers, "authorization"));
  if (given.size() > 7 && iequals(given.substr(0, 7), "bearer ")) given.remove_prefix(7);
  // Digests, so that not even the token's length can be timed.
  return constant_time_equal(sha256_hex(trim(given)), sha256_hex(context.token));
}

std::string error_json(std::string_view code, std::string_view message) {
  std::string out = "{\"error\":{\"code\":";
  append_json_string(out, code);
  out.append(",\"message\":");
  append_json_string(out, message);
  out.append("}}\n");
  return out;
}

}  // namespace

Task<void> handle(AdminContext& context, transport::ServerExchange& client) {
  const auto& head = client.head();
  if (head.path == "/healthz") {
    co_await client.respond(200, kJson, "{\"status\":\"ok\"}\n");
    co_return;
  }
  if (!authorized(context, head)) {
    co_await client.respond(
        401, "Content-Type: application/json\r\nWWW-Authenticate: Bearer\r\n",
        error_json("invalid_token", "send admin.token as `Authorization: Bearer …`"));
    co_return;
  }
  if (head.path == context.metrics_path) {
    if (head.method != "GET" && head.method != "HEAD") {
      co_await client.respond(405, "Content-Type: application/json\r\nAllow: GET, HEAD\r\n",
                              error_json("method_not_allowed", "the scrape takes GET"));
      co_return;
    }
    std::string text;
    auto scrape = context.background.run(context.worker, [&] { text = context.metrics.scrape(); });
    co_await scrape;
    const std::string headers =
        "Content-Type: " + std::string(metrics::Registry::kContentType) + "\r\n";
    co_await client.respond(200, headers, text);
    co_return;
  }
  if (is_ledger_path(head.path)) {
    if (head.method != "GET") {
      co_await client.respond(405, "Content-Type: application/json\r\nAllow: GET\r\n",
                              error_json("method_not_allowed", "the ledger is only read here"));
      co_return;
    }
    ApiAnswer answer;
    auto reading = context.background.run(context.worker, [&] {
      answer =
          ledger_answer(context.ledger, head.path, head.query, std::chrono::system_clock::now());
    });
    co_await reading;
    co_await client.respond(answer.status, kJson, answer.body);
    co_return;
  }
  if (is_health_path(head.path)) {
    const ApiAnswer answer = health_answer(context.health, head.method, head.path, head.query);
    co_await client.respond(answer.status, kJson, answer.body);
    co_return;
  }
  co_await client.respond(
      404, kJson,
      error_json("not_found", "this version has " + context.metrics_path +
                                  ", /healthz and /api/v1/{requests,spend,providers}"));
}

}  // namespace pontage::admin
