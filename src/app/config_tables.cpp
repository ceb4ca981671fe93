#include "app/config_tables.hpp"

#include "http/url.hpp"

namespace pontage::app {

using config::Diagnostics;
using config::Node;
using config::Struct;

namespace {

const Struct<TlsFiles>& tls_table() {
  static const Struct<TlsFiles> kTable = [] {
    Struct<TlsFiles> table("server.tls",
                           "TLS 1.2 and 1.3 on the API listener. Absent: plain HTTP.");
    table
        .text("certificate", &TlsFiles::certificate, "PEM file with the certificate and its chain.")
        .required()
        .text("key", &TlsFiles::key, "PEM file with the private key.")
        .required();
    return table;
  }();
  return kTable;
}

struct MetricsOptions {
  std::string endpoint = "/metrics";
  std::string kind = "prometheus";
};

const Struct<MetricsOptions>& metrics_table() {
  static const Struct<MetricsOptions> kTable = [] {
    Struct<MetricsOptions> table("observability.metrics", "Metrics on the admin listener.");
    table.text("endpoint", &MetricsOptions::endpoint, "Path of the scrape.")
        .custom("export", "prometheus", "prometheus", "The format.",
                [](const Node& node, MetricsOptions&, Diagnostics& diagnostics) {
                  if (node.text != "prometheus")
                    diagnostics.error(node.mark, "metrics are exported as prometheus only");
                })
        .not_live("tags", "tag labels on metrics come with a later version");
    return table;
  }();
  return kTable;
}

const Struct<LogOptions>& log_table() {
  static const Struct<LogOptions> kTable = [] {
    using observe::events::Format;
    using observe::events::Level;
    Struct<LogOptions> table("observability.log",
                             "Events go to stderr; the access log is JSON lines, one a request.");
    table
        .choice("level", &LogOptions::level,
                {{"debug", Level::kDebug},
                 {"info", Level::kInfo},
                 {"warn", Level::kWarn},
                 {"error", Level::kError},
                 {"off", Level::kOff}},
                "Events below it are left out.")
        .choice("format", &LogOptions::format, {{"text", Format::kText}, {"json", Format::kJson}},
                "Form of events.")
        .text("access", &LogOptions::access,
              "Where access lines go: stdout, stderr, off, or a file's path.");
    return table;
  }();
  return kTable;
}

void read_portkey_headers(const Node& node, ServerOptions& out, Diagnostics& diagnostics) {
  if (!node.is_map()) {
    config::read_boolean(node, out.portkey_headers, diagnostics);
    return;
  }
  static const Struct<ServerOptions> kTable = [] {
    Struct<ServerOptions> table("server.portkey_headers", "");
    table.texts("custom_hosts", &ServerOptions::custom_hosts, "");
    return table;
  }();
  kTable.parse(node, out, diagnostics);
  out.portkey_headers = true;
  for (const auto& host : out.custom_hosts) {
    if (auto url = http::parse_url(host); !url)
      diagnostics.error(node.mark, "custom_hosts: \"" + host + "\": " + url.error());
  }
}

}  // namespace

const Struct<QueueOptions>& queue_table() {
  static const Struct<QueueOptions> kTable = [] {
    Struct<QueueOptions> table("server.limits.queue",
                               "Requests that wait where a `max_concurrency` is reached: first "
                               "come, first served within a client's key, in turn between keys.");
    table
        .integer("max", &QueueOptions::max, 0, 1'000'000,
                 "Most of them, over the process; 0: none waits. Further ones get a 429.")
        .duration("wait", &QueueOptions::wait, Millis(0), Millis(3'600'000),
                  "How long one waits at most; then it gets a 429 with `Retry-After`.");
    return table;
  }();
  return kTable;
}

const Struct<LimitOptions>& limits_table() {
  static const Struct<LimitOptions> kTable = [] {
    constexpr Millis kLong{3'600'000};
    Struct<LimitOptions> table("server.limits",
                               "What a client may send, and how slowly. Read at start.");
    table.size("body", &LimitOptions::body, 1, 1ULL << 32, "Largest request body, decoded.")
        .size("head", &LimitOptions::head, 1024, 1ULL << 20, "Largest request head.")
        .integer("header_count", &LimitOptions::header_count, 8, 1000,
                 "Most header fields of a request.")
        .integer("connections", &LimitOptions::connections, 1, 1'000'000,
                 "Open client connections per worker.")
        .duration("head_timeout", &LimitOptions::head_timeout, Millis(10), kLong,
                  "From a request's first byte to the end of its head.")
        .duration("body_timeout", &LimitOptions::body_timeout, Millis(10), kLong,
                  "Between two pieces of a body.")
        .duration("receive_timeout", &LimitOptions::receive_timeout, Millis(10), kLong,
                  "From a request's first byte to the end of its body, however it trickles in.")
        .duration("idle_timeout", &LimitOptions::idle_timeout, Millis(10), kLong,
                  "Between two requests.")
        .duration("write_timeout", &LimitOptions::write_timeout, Millis(10), kLong,
                  "A client that takes nothing for so long is cut.")
        .duration("hold_back", &LimitOptions::hold_back, Millis(10), kLong,
                  "A stream without content for so long gets its head and a keep-alive comment, "
                  "again and again; falling over stays possible.")
        .size("hold_back_bytes", &LimitOptions::hold_back_bytes, 1, 4ULL << 20,
              "The same after so many bytes of stream without content.")
        .integer("attempts", &LimitOptions::attempts, 1, 100,
                 "Most attempts of one request, over all targets; every untried target and the "
                 "floor keep one. Holds from the next reload.")
        .number("retry_share", &LimitOptions::retry_share, 0, 1,
                "The share of all requests that may be retries on the same target, process-wide; "
                "falling over to another target is never bounded by it.")
        .integer("retries_per_second", &LimitOptions::retries_per_second, 0, 1'000'000,
                 "Retries that are allowed beside that share, so that a quiet process may retry.")
        .custom("queue", "map", "—", "See server.limits.queue.",
                [](const Node& node, LimitOptions& out, Diagnostics& diagnostics) {
                  queue_table().parse(node, out.queue, diagnostics);
                });
    return table;
  }();
  return kTable;
}

const Struct<ServerOptions>& server_table() {
  static const Struct<ServerOptions> kTable = [] {
    Struct<ServerOptions> table("server", "The API listener.");
    table
        .text("listen", &ServerOptions::listen,
              "Address and port; port 0 picks a free one. Beyond loopback keys are needed, or "
              "`auth: none`.")
        .choice("auth", &ServerOptions::auth,
                {{"auto", Auth::kAuto}, {"keys", Auth::kKeys}, {"none", Auth::kNone}},
                "Whether clients need a key; auto: when `keys` has any.")
        .integer("workers", &ServerOptions::workers, 0, 256, "Worker threads; 0: one per core.")
        .duration("floor_probe", &ServerOptions::floor_probe, Millis(0), Millis(86'400'000),
                  "How often the targets of floors are asked whether they are there (a `GET` of "
                  "their list of models, which costs nothing); 0: never.")
        .duration("drain", &ServerOptions::drain, Millis(0), Millis(3'600'000),
                  "How long running requests may go on after SIGTERM.")
        .custom("limits", "map", "—", "See server.limits.",
                [](const Node& node, ServerOptions& out, Diagnostics& diagnostics) {
                  limits_table().parse(node, out.limits, diagnostics);
                })
        .custom("portkey_headers", "boolean or map", "false",
                "Whether clients may choose their chain with the headers of Portkey's SDK "
                "(`x-portkey-config`, `x-portkey-provider`, …) in place of the routes below, with "
                "all that stands in those. `{ custom_hosts: [ … ] }` allows them too, and these "
                "addresses as `custom_host`.",
                read_portkey_headers)
        .custom("tls", "map", "—", "See server.tls.",
                [](const Node& node, ServerOptions& out, Diagnostics& diagnostics) {
                  tls_table().parse(node, out.tls, diagnostics);
                });
    return table;
  }();
  return kTable;
}

const Struct<AdminOptions>& admin_table() {
  static const Struct<AdminOptions> kTable = [] {
    Struct<AdminOptions> table("admin",
                               "The admin listener: metrics, later the dashboard and its API.");
    table
        .text("listen", &AdminOptions::listen,
              "Address and port, or `off`. Beyond loopback a token is required.")
        .custom("token", "secret", "—",
                "Bearer token for everything on this listener, best as ${PONTAGE_ADMIN_TOKEN}.",
                [](const Node& node, AdminOptions& out, Diagnostics& diagnostics) {
                  if (auto secret = config::resolve_secret(node, diagnostics)) out.token = *secret;
                });
    return table;
  }();
  return kTable;
}

const Struct<ObservabilityOptions>& observability_table() {
  static const Struct<ObservabilityOptions> kTable = [] {
    Struct<ObservabilityOptions> table("observability", "What is seen from outside.");
    table
        .custom("metrics", "map", "—", "See observability.metrics.",
                [](const Node& node, ObservabilityOptions& out, Diagnostics& diagnostics) {
                  MetricsOptions metrics;
                  metrics_table().parse(node, metrics, diagnostics);
                  out.metrics_path = metrics.endpoint;
                })
        .custom("log", "map", "—", "See observability.log.",
                [](const Node& node, ObservabilityOptions& out, Diagnostics& diagnostics) {
                  log_table().parse(node, out.log, diagnostics);
                })
        .not_live("traces", "the OTLP exporter comes with a later version; no traces are sent");
    return table;
  }();
  return kTable;
}

const Struct<KeyOptions>& key_table() {
  static const Struct<KeyOptions> kTable = [] {
    Struct<KeyOptions> table(
        "keys[]", "Client keys. `pontage keys add NAME` makes one and prints this entry.");
    table.text("name", &KeyOptions::name, "Shown in logs and metrics.")
        .required()
        .text("secret_hash", &KeyOptions::secret_hash,
              "`sha256:` and 64 hex digits; the secret itself is stored nowhere.")
        .required()
        .text_map("tags", &KeyOptions::tags, "Read by rules as request.key.tags.")
        .texts("models", &KeyOptions::models,
               "The models that it may ask for (globs); absent: all.")
        .integer("max_concurrency", &KeyOptions::max_concurrency, 0, 1'000'000,
                 "Most requests under way at the same time, over the process; 0: no limit. Further "
                 "ones wait, see server.limits.queue.");
    return table;
  }();
  return kTable;
}

const Struct<CacheOptions>& cache_table() {
  static const Struct<CacheOptions> kTable = [] {
    Struct<CacheOptions> table(
        "cache", "Bounds of what the `cache` of all chains keeps in memory, see docs/cache.md.");
    table
        .size("max_bytes", &CacheOptions::max_bytes, 0, 1ULL << 40,
              "Of all answers together; what was used least lately goes first. 0: none is kept.")
        .size("max_entry", &CacheOptions::max_entry, 1, 64ULL << 20,
              "Of one answer; a larger one is not kept.");
    return table;
  }();
  return kTable;
}

const Struct<CatalogueFiles>& catalogue_table() {
  static const Struct<CatalogueFiles> kTable = [] {
    Struct<CatalogueFiles> table("catalogue",
                                 "Files over the compiled-in catalogue, read again with each "
                                 "reload. Paths are taken from the working directory.");
    table
        .text("providers", &CatalogueFiles::providers,
              "Vendors, in the form of config/providers.yaml; a row takes the place of the one of "
              "the same id.")
        .text("models", &CatalogueFiles::models,
              "Models and prices, in the form of config/models.yaml; a row takes the place of the "
              "one of the same provider and model.");
    return table;
  }();
  return kTable;
}

std::vector<config::StructDoc> application_docs() {
  return {server_table().doc(),  limits_table().doc(), queue_table().doc(),
          tls_table().doc(),     admin_table().doc(),  observability_table().doc(),
          metrics_table().doc(), log_table().doc(),    key_table().doc(),
          ledger_table().doc()};
}

}  // namespace pontage::app
