// The command line. Every command is one function elsewhere.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/daemon.hpp"
#include "app/drill_command.hpp"
#include "app/ledger_commands.hpp"

namespace {

namespace app = pontage::app;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// -c, else $PONTAGE_CONFIG, else ./pontage.yaml, else /etc/pontage/pontage.yaml, else none.
std::string config_file(const std::string& given) {
  if (!given.empty()) return given;
  if (auto file = environment("PONTAGE_CONFIG"); !file.empty()) return file;
  for (const char* candidate : {"pontage.yaml", "/etc/pontage/pontage.yaml"}) {
    std::error_code ignored;
    if (std::filesystem::exists(candidate, ignored)) return candidate;
  }
  return {};
}

// What the options are written into; lives as long as the parser.
struct CommandLine {
  CLI::App cli{"Pontage: a self-hosted gateway for LLM calls. docs: README.md", "pontage"};
  int code = 0;
  bool json = false;
  std::string file;
  app::ServeOptions serve;
  app::ExplainOptions explain;
  app::ReportOptions report;
  app::DrillOptions drill;
  std::string foreign;
  std::string key_name;
  std::string address;
  std::string provider;
  pontage::simulate::Options simulate;
  std::int64_t ttft_ms = 0;
  std::string ready;

  CLI::App* with_config(CLI::App* command) {
    command->add_option("-c,--config", file,
                        "configuration; else $PONTAGE_CONFIG, ./pontage.yaml, "
                        "/etc/pontage/pontage.yaml");
    return command;
  }

  void add_serve() {
    auto* command = with_config(cli.add_subcommand(
        "serve", "run the gateway; SIGHUP or a changed file reloads, SIGTERM drains"));
    command->add_option("--listen", serve.listen,
                        "address of the API; else $PONTAGE_LISTEN, the file, 127.0.0.1:8080");
    command->add_option("--admin-listen", serve.admin_listen,
                        "address of metrics; else $PONTAGE_ADMIN_LISTEN, the file, 127.0.0.1:8081");
    command->add_option("--ready-file", serve.ready_file,
                        "written as JSON with the bound addresses once requests are taken");
    command->callback([this] {
      serve.file = config_file(file);
      if (serve.listen.empty()) serve.listen = environment("PONTAGE_LISTEN");
      if (serve.admin_listen.empty()) serve.admin_listen = environment("PONTAGE_ADMIN_LISTEN");
      code = app::serve(serve);
    });
  }

  void add_check_and_explain() {
    auto* check = with_config(cli.add_subcommand(
        "check", "validate a configuration: all errors and warnings with their places"));
    check->add_option("file", file, "the same as -c");
    check->add_flag("--json", json, "diagnostics as JSON");
    check->callback([this] { code = app::check(config_file(file), json); });
    auto* command = with_config(
        cli.add_subcommand("explain", "print the routing decision for a request; nothing is sent"));
    command->add_option("--request", explain.request_file,
                        "file with the request's JSON body; - reads standard input");
    command->add_option("--header", explain.headers,
                        "a request header as name=value; may be repeated");
    command->add_option("--path", explain.path, "the request's path");
    command->add_flag("--json", explain.json, "as JSON");
    command->callback([this] {
      explain.file = config_file(file);
      code = app::explain(explain);
    });
  }

  void add_catalogue() {
    auto* providers = with_config(cli.add_subcommand(
        "providers", "list the catalogue's providers and one's own: what is configured, served"));
    providers->add_flag("--json", json, "as JSON");
    providers->callback([this] { code = app::list_providers(config_file(file), json); });
    auto* models = with_config(
        cli.add_subcommand("models", "list models with price, context, tier and abilities"));
    models->add_option("--provider", provider, "only this provider's");
    models->add_flag("--json", json, "as JSON");
    models->callback([this] { code = app::list_models(config_file(file), provider, json); });
  }

  void add_convert_and_keys() {
    auto* convert = cli.add_subcommand("convert", "print another gateway's file as native YAML");
    convert->add_option("file", foreign, "Portkey, Claude Code Router or agentgateway file")
        ->required();
    convert->callback([this] { code = app::convert(foreign); });
    auto* keys = cli.add_subcommand("keys", "client keys");
    keys->require_subcommand(1);
    auto* add = keys->add_subcommand(
        "add", "make a key: prints the entry for the file, and the secret once");
    add->add_option("name", key_name, "what the key is called in logs and metrics")->required();
    add->callback([this] { code = app::keys_add(key_name); });
  }

  void add_simulate() {
    auto* command = cli.add_subcommand("simulate", "run a stand-alone simulated provider");
    command->footer(pontage::simulate::describe_faults());
    command->add_option("--host", simulate.host, "address to listen on");
    command->add_option("--port", simulate.port, "port; 0 picks a free one");
    command->add_option("--seed", simulate.seed, "same seed, model and messages: same answer");
    command->add_option("--ttft-ms", ttft_ms, "milliseconds to the first token");
    command->add_option("--tokens-per-second", simulate.tokens_per_second,
                        "pace; 0: as fast as possible");
    command->add_option("--tokens", simulate.tokens, "length of an answer");
    command->add_option("--name", simulate.name, "its name in headers and logs");
    command->add_option("--require-key", simulate.require_key,
                        "refuse every other credential with 401");
    command->add_option("--fault", simulate.fault, "fault script for all models, see below");
    command->add_option("--ready-file", ready, "written as JSON with the bound address");
    command->callback([this] {
      simulate.ttft = pontage::Millis(ttft_ms);
      code = app::run_simulator(simulate, ready);
    });
  }

  void add_ledger() {
    auto* command = with_config(cli.add_subcommand("report", "what was spent, from the ledger"));
    command->add_option("--by", report.by,
                        "model, provider, user, key, route, outcome, tier, tag:NAME or all");
    command->add_option("--since", report.since, "7d, 12h, 2026-03-01, 2026-03-01T12:00:00Z");
    command->add_option("--until", report.until, "the same; else now");
    command->add_option("--format", report.format, "table, json or csv")
        ->check(CLI::IsMember({"table", "json", "csv"}));
    command->add_flag("--json", json, "the same as --format json");
    command->callback([this] {
      report.file = config_file(file);
      if (json) report.format = "json";
      code = app::report(report);
    });
    auto* audit = with_config(cli.add_subcommand(
        "audit", "prove that records, sums, journals and a running daemon's counters agree"));
    audit->add_option("--admin", address, "the daemon's admin address; else as in the file");
    audit->add_flag("--json", json, "as JSON");
    audit->callback([this] {
      if (address.empty()) address = environment("PONTAGE_ADMIN_LISTEN");
      code = app::audit(config_file(file), address, json);
    });
  }

  void add_drill() {
    auto* command = with_config(cli.add_subcommand(
        "drill", "rehearse the failures of every route's targets; nothing leaves the machine"));
    command->add_option("--route", drill.route, "only this route");
    command->add_option("--request", drill.request_file,
                        "file with the JSON body to send; else a short question");
    command->add_option("--header", drill.headers,
                        "a request header as name=value; may be repeated");
    command->add_option("--fault", drill.faults,
                        "only this fault class; may be repeated: refused, silence, 500, …");
    command->add_option("--max-wait", drill.max_wait,
                        "streams: the latest first byte of content that passes; 10s");
    command->add_option("--max-wait-plain", drill.max_wait_plain,
                        "other requests: the latest answer that passes; 60s");
    command->add_option("--parallel", drill.parallel, "cases at a time; 48")
        ->check(CLI::Range(1, 500));
    command->add_option("--junit", drill.junit, "write the cases as JUnit XML to this file");
    command->add_flag("--all", drill.all, "print the cases that passed too");
    command->add_flag("--json", drill.json, "as JSON");
    command->callback([this] {
      drill.file = config_file(file);
      code = app::drill(drill);
    });
  }

  void add_the_rest() {
    auto* health = cli.add_subcommand("healthcheck", "exit 0 when the gateway answers /healthz");
    health->add_option("address", address, "HOST:PORT; else $PONTAGE_LISTEN, else 127.0.0.1:8080");
    health->callback([this] { code = app::healthcheck(address); });
    auto* docs = cli.add_subcommand("docs", "print the configuration reference as Markdown");
    docs->callback([] { std::fputs(app::configuration_reference().c_str(), stdout); });
    auto* version = cli.add_subcommand("version", "version, commit, library versions");
    version->add_flag("--json", json, "as JSON");
    version->callback([this] { code = app::version(json); });
  }
};

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  line.cli.require_subcommand(1);
  line.add_serve();
  line.add_check_and_explain();
  line.add_catalogue();
  line.add_convert_and_keys();
  line.add_simulate();
  line.add_ledger();
  line.add_drill();
  line.add_the_rest();
  CLI11_PARSE(line.cli, argc, argv);
  return line.code;
}
