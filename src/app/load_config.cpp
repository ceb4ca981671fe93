// Reads the top level, hands each part to its room, and judges the whole: exposure, loops, what
// needs a restart.
#include <algorithm>
#include <utility>

#include "app/client_snapshot.hpp"
#include "app/config.hpp"
#include "app/config_builder.hpp"
#include "app/config_tables.hpp"
#include "app/endpoints.hpp"
#include "core/crypto.hpp"
#include "ledger/price_file.hpp"
#include "middleware/registry.hpp"

namespace pontage::app {
namespace {

using config::Diagnostics;
using config::Node;

struct Document {
  ServerOptions server;
  AdminOptions admin;
  ObservabilityOptions observability;
  const Node* providers = nullptr;
  const Node* routes = nullptr;
  const Node* keys = nullptr;
  const Node* models = nullptr;
  CatalogueFiles catalogue;
  ledger::LedgerOptions ledger;
  routing::BreakerSettings breaker;
  CacheOptions cache;
};

config::Struct<Document> document_table() {
  config::Struct<Document> table("(top level)", "The file.");
  table
      .custom("server", "map", "—", "The API listener.",
              [](const Node& node, Document& out, Diagnostics& diagnostics) {
                server_table().parse(node, out.server, diagnostics);
              })
      .custom("admin", "map", "—", "The admin listener.",
              [](const Node& node, Document& out, Diagnostics& diagnostics) {
                admin_table().parse(node, out.admin, diagnostics);
              })
      .custom("providers", "map", "the catalogue", "Providers by name, see providers.<name>.",
              [](const Node& node, Document& out, Diagnostics&) { out.providers = &node; })
      .custom("models", "map", "the catalogue",
              "Names that clients may send for models, and facts about models, see models.<name>.",
              [](const Node& node, Document& out, Diagnostics&) { out.models = &node; })
      .custom("catalogue", "map", "the compiled-in one",
              "Files of one's own over the catalogue, see catalogue.",
              [](const Node& node, Document& out, Diagnostics& diagnostics) {
                catalogue_table().parse(node, out.catalogue, diagnostics);
              })
      .custom("routes", "list", "—",
              "Routes in order; the first that matches is taken. None: the model's name decides.",
              [](const Node& node, Document& out, Diagnostics&) { out.routes = &node; })
      .custom("keys", "list", "—", "Client keys, see keys[].",
              [](const Node& node, Document& out, Diagnostics&) { out.keys = &node; })
      .custom("observability", "map", "—", "Metrics and logs.",
              [](const Node& node, Document& out, Diagnostics& diagnostics) {
                observability_table().parse(node, out.observability, diagnostics);
              })
      .custom("ledger", "map or off", "—", "The durable record of every request, see ledger.",
              [](const Node& node, Document& out, Diagnostics& diagnostics) {
                read_ledger(node, out.ledger, diagnostics);
              })
      .custom("breaker", "map or off", "—", "When a target is passed over, see breaker.",
              [](const Node& node, Document& out, Diagnostics& diagnostics) {
                routing::read_breaker(node, out.breaker, diagnostics);
              })
      .custom("cache", "map", "—", "Bounds of the response cache, see cache.",
              [](const Node& node, Document& out, Diagnostics& diagnostics) {
                cache_table().parse(node, out.cache, diagnostics);
              })
      .not_live("budgets", "budgets come with a later version; nothing is limited")
      .not_live("limits", "rate limits come with a later version; nothing is limited")
      .not_live("alerts", "alerts come with a later version")
      .not_live("rollouts", "rollouts come with a later version");
  return table;
}

bool is_loopback_listener(const std::string& listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") ||
         listen.starts_with("[::1]");
}

// The place of `part.key`, or the nearest that is written; a flag or a variable may have set what
// the file does not.
config::Mark place_of(const Node& root, std::string_view part, std::string_view key) {
  const Node* whole = root.find(part);
  if (whole == nullptr) return root.mark;
  const Node* value = whole->find(key);
  return value != nullptr ? value->mark : whole->mark;
}

void check_exposure(const Config& config, const Node& root, Diagnostics& diagnostics) {
  const bool keys = !config.snapshot->keys.empty();
  if (config.server.auth == Auth::kKeys && !keys) {
    diagnostics.error(
        place_of(root, "server", "auth"),
        "server.auth is keys, but no key is written; make one with `pontage keys add NAME`");
  }
  if (!is_loopback_listener(config.server.listen) && !keys && config.server.auth != Auth::kNone) {
    diagnostics.error(place_of(root, "server", "listen"),
                      "listening on " + config.server.listen +
                          " without client keys would let anyone spend your money; "
                          "add keys, or say `server: { auth: none }` if that is meant");
  }
  if (config.admin.listen != "off" && !is_loopback_listener(config.admin.listen) &&
      config.admin.token.empty()) {
    diagnostics.error(place_of(root, "admin", "listen"),
                      "the admin listener on " + config.admin.listen +
                          " needs admin.token; set it, for example to "
                          "${PONTAGE_ADMIN_TOKEN}");
  }
}

// Files of the user's own over the compiled-in rows; they belong to the configuration's version.
std::string load_catalogue(const CatalogueFiles& files, const LoadInput& input,
                           gateway::Snapshot& snapshot, Diagnostics& diagnostics) {
  snapshot.prices = ledger::PriceBook::builtin();
  std::string versions;
  if (!files.providers.empty()) {
    const auto loaded = config::load_file(files.providers, input.environment, diagnostics);
    auto rows =
        loaded ? providers::Vendors::load(loaded->root, snapshot.vendors, diagnostics) : nullptr;
    if (rows) snapshot.vendors = std::move(rows);
    if (loaded) versions += config::to_yaml(loaded->root);
  }
  if (!files.models.empty()) {
    const auto loaded = config::load_file(files.models, input.environment, diagnostics);
    auto book =
        loaded ? ledger::PriceBook::load(loaded->root, diagnostics, snapshot.prices) : nullptr;
    if (book) snapshot.prices = std::move(book);
    if (loaded) versions += config::to_yaml(loaded->root);
  }
  return versions;
}

// What the answers of any route may depend on beside its own text.
std::string surroundings_of(const Document& document, const std::string& catalogue) {
  std::string out = catalogue;
  for (const Node* part : {document.providers, document.models}) {
    if (part != nullptr) out += config::to_yaml(*part);
  }
  return out;
}

}  // namespace

std::unique_ptr<Config> load_config(const LoadInput& input, Diagnostics& diagnostics) {
  const auto loaded = config::load_text({input.file, input.text}, input.environment, diagnostics);
  if (!loaded) return nullptr;
  Document document;
  document_table().parse(loaded->root, document, diagnostics);
  auto config = std::make_unique<Config>();
  config->server = document.server;
  config->admin = document.admin;
  config->log = document.observability.log;
  config->metrics_path = document.observability.metrics_path;
  config->ledger = document.ledger;
  if (config->ledger.path.empty()) {
    const auto state = input.environment("PONTAGE_STATE_DIR");
    config->ledger.path = ledger::default_store_path(state.value_or(""));
  }
  if (!input.listen_override.empty()) config->server.listen = input.listen_override;
  if (!input.admin_listen_override.empty()) config->admin.listen = input.admin_listen_override;

  config->snapshot = std::make_shared<gateway::Snapshot>();
  gateway::Snapshot& snapshot = *config->snapshot;
  const auto catalogue = load_catalogue(document.catalogue, input, snapshot, diagnostics);
  snapshot.version = sha256_hex(input.text + catalogue).substr(0, 12);
  snapshot.body_limit = config->server.limits.body;
  snapshot.attempts = config->server.limits.attempts;
  snapshot.retry_share = config->server.limits.retry_share;
  snapshot.queue_max = config->server.limits.queue.max;
  snapshot.queue_wait = config->server.limits.queue.wait;
  snapshot.retries_a_second = config->server.limits.retries_per_second;
  snapshot.breaker = document.breaker;
  snapshot.cache_bytes = document.cache.max_bytes;
  snapshot.cache_entry = document.cache.max_entry;
  snapshot.floor_probe = config->server.floor_probe;
  snapshot.hold_back = config->server.limits.hold_back;
  snapshot.hold_back_bytes = config->server.limits.hold_back_bytes;
  ConfigBuilder builder(snapshot, input.environment, diagnostics);
  builder.set_surroundings(surroundings_of(document, catalogue));
  builder.read_providers(document.providers);
  builder.read_models(document.models);
  builder.read_routes(document.routes, config->routes_without_floor);
  builder.read_keys(document.keys);
  if (snapshot.routes.empty()) builder.add_catalogue();
  builder.finish_models();
  snapshot.price_version = snapshot.prices ? snapshot.prices->version() : std::string();
  if (snapshot.own_models)
    snapshot.price_version =
        sha256_hex(snapshot.price_version + snapshot.own_models->version()).substr(0, 12);
  snapshot.auth_required = config->server.auth == Auth::kKeys ||
                           (config->server.auth == Auth::kAuto && !snapshot.keys.empty());
  if (snapshot.auth_required) builder.refuse_passthrough();
  builder.refuse_loops(config->server.listen);
  check_exposure(*config, loaded->root, diagnostics);
  TlsStore tls;
  make_endpoints(snapshot, tls, loaded->root.mark, diagnostics, input.rehearsal);
  if (config->server.portkey_headers) allow_client_snapshots(snapshot, config->server, tls);
  diagnostics.sort();
  if (diagnostics.has_errors()) return nullptr;
  return config;
}

std::string configuration_reference() {
  std::vector<config::StructDoc> docs = {document_table().doc()};
  for (auto& doc : application_docs()) docs.push_back(std::move(doc));
  docs.push_back(providers::provider_doc());
  docs.push_back(providers::key_doc());
  docs.push_back(routing::breaker_doc());
  docs.push_back(cache_table().doc());
  for (auto& doc : ledger::own_model_docs()) docs.push_back(std::move(doc));
  docs.push_back(catalogue_table().doc());
  docs.push_back({"routes[]",
                  "A route: which requests, and through which chain.",
                  {{"name", "text", "route-N", "Shown in logs and metrics."},
                   {"match", "map", "all requests", "See routes[].match."},
                   {"unsupported", "one of error, drop", "the provider's drop_unsupported",
                    "What a target cannot express: the target is left with an error that names the "
                    "field, or the field is left out, with a warning header."},
                   {"tool_blocks", "one of parallel, serial", "parallel",
                    "Translated Anthropic streams: whether calls may be open side by side, or each "
                    "one ends before the next begins, for clients that insist."},
                   {"leaving", "one of cancel, drain", "cancel",
                    "A stream whose client has left: the provider's is closed at once, or read to "
                    "its end, so that its usage is known."},
                   {"max_cost", "dollars", "—",
                    "Of one request, over all its attempts: a target is passed over where what has "
                    "been spent and what it is expected to cost (the input, and at most 4,096 "
                    "tokens of output) are more."},
                   {"chain", "list", "required", "Middlewares in order, see below."}}});
  docs.push_back(routing::match_table().doc());
  docs.push_back(target_doc());
  for (const auto& row : middleware::registry()) docs.push_back(row.doc());
  return config::to_markdown(docs);
}

}  // namespace pontage::app
