// The command line. Every command is one function elsewhere.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/daemon.hpp"

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

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli("Pontage: a self-hosted gateway for LLM calls. docs: README.md", "pontage");
  cli.require_subcommand(1);
  int code = 0;
  bool json = false;
  std::string file;
  const auto with_config = [&](CLI::App* command) {
    command->add_option("-c,--config", file,
                        "configuration; else $PONTAGE_CONFIG, ./pontage.yaml, /etc/pontage/pontage.yaml");
    return command;
  };

  app::ServeOptions serve;
  auto* serve_command = with_config(cli.add_subcommand("serve", "run the gateway; SIGHUP or a changed file reloads, SIGTERM drains"));
  serve_command->add_option("--listen", serve.listen, "address of the API; else $PONTAGE_LISTEN, the file, 127.0.0.1:8080");
  serve_command->add_option("--admin-listen", serve.admin_listen, "address of metrics; else $PONTAGE_ADMIN_LISTEN, the file, 127.0.0.1:8081");
  serve_command->add_option("--ready-file", serve.ready_file, "written as JSON with the bound addresses once requests are taken");
  serve_command->callback([&] {
    serve.file = config_file(file);
    if (serve.listen.empty()) serve.listen = environment("PONTAGE_LISTEN");
    if (serve.admin_listen.empty()) serve.admin_listen = environment("PONTAGE_ADMIN_LISTEN");
    code = app::serve(serve);
  });

  auto* check_command = with_config(cli.add_subcommand("check", "validate a configuration: all errors and warnings with their places"));
  check_command->add_option("file", file, "the same as -c");
  check_command->add_flag("--json", json, "diagnostics as JSON");
  check_command->callback([&] { code = app::check(config_file(file), json); });

  app::ExplainOptions explain;
  auto* explain_command = with_config(cli.add_subcommand("explain", "print the routing decision for a request; nothing is sent"));
  explain_command->add_option("--request", explain.request_file, "file with the request's JSON body; - reads standard input");
  explain_command->add_option("--header", explain.headers, "a request header as name=value; may be repeated");
  explain_command->add_option("--path", explain.path, "the request's path");
  explain_command->add_flag("--json", explain.json, "as JSON");
  explain_command->callback([&] {
    explain.file = config_file(file);
    code = app::explain(explain);
  });

  std::string foreign;
  auto* convert_command = cli.add_subcommand("convert", "print another gateway's file as native YAML");
  convert_command->add_option("file", foreign, "Portkey, Claude Code Router or agentgateway file")->required();
  convert_command->callback([&] { code = app::convert(foreign); });

  auto* keys_command = cli.add_subcommand("keys", "client keys");
  keys_command->require_subcommand(1);
  std::string key_name;
  auto* add_command = keys_command->add_subcommand("add", "make a key: prints the entry for the file, and the secret once");
  add_command->add_option("name", key_name, "what the key is called in logs and metrics")->required();
  add_command->callback([&] { code = app::keys_add(key_name); });

  pontage::simulate::Options simulate;
  std::string ready;
  std::int64_t ttft_ms = 0;
  auto* simulate_command = cli.add_subcommand("simulate", "run a stand-alone simulated provider");
  simulate_command->footer(pontage::simulate::describe_faults());
  simulate_command->add_option("--host", simulate.host, "address to listen on");
  simulate_command->add_option("--port", simulate.port, "port; 0 picks a free one");
  simulate_command->add_option("--seed", simulate.seed, "same seed, model and messages: same answer");
  simulate_command->add_option("--ttft-ms", ttft_ms, "milliseconds to the first token");
  simulate_command->add_option("--tokens-per-second", simulate.tokens_per_second, "pace; 0: as fast as possible");
  simulate_command->add_option("--tokens", simulate.tokens, "length of an answer");
  simulate_command->add_option("--name", simulate.name, "its name in headers and logs");
  simulate_command->add_option("--require-key", simulate.require_key, "refuse every other credential with 401");
  simulate_command->add_option("--fault", simulate.fault, "fault script for all models, see below");
  simulate_command->add_option("--ready-file", ready, "written as JSON with the bound address");
  simulate_command->callback([&] {
    simulate.ttft = pontage::Millis(ttft_ms);
    code = app::run_simulator(simulate, ready);
  });

  std::string address;
  auto* health_command = cli.add_subcommand("healthcheck", "exit 0 when the gateway answers /healthz");
  health_command->add_option("address", address, "HOST:PORT; else $PONTAGE_LISTEN, else 127.0.0.1:8080");
  health_command->callback([&] { code = app::healthcheck(address); });

  auto* docs_command = cli.add_subcommand("docs", "print the configuration reference as Markdown");
  docs_command->callback([] { std::fputs(app::configuration_reference().c_str(), stdout); });

  auto* version_command = cli.add_subcommand("version", "version, commit, library versions");
  version_command->add_flag("--json", json, "as JSON");
  version_command->callback([&] { code = app::version(json); });

  CLI11_PARSE(cli, argc, argv);
  return code;
}
