#include "app/commands.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "app/daemon.hpp"
#include "app/version.hpp"
#include "core/crypto.hpp"
#include "core/strings.hpp"
#include "gateway/access.hpp"
#include "ledger/sqlite.hpp"
#include "transport/worker.hpp"

namespace pontage::app {

namespace {

std::string read_all(const std::string& file, bool& ok) {
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  ok = in.good() || in.eof();
  if (!in.is_open()) ok = false;
  return text;
}

void print_diagnostics_json(const config::Diagnostics& diagnostics) {
  std::string out = "[";
  for (const auto& each : diagnostics.all()) {
    if (out.size() > 1) out.push_back(',');
    out.append("{\"severity\":");
    append_json_string(out, each.severity == config::Severity::kError ? "error" : "warning");
    out.append(",\"file\":");
    append_json_string(out, each.mark.file ? *each.mark.file : std::string());
    out.append(",\"line\":").append(std::to_string(each.mark.line));
    out.append(",\"column\":").append(std::to_string(each.mark.column));
    out.append(",\"message\":");
    append_json_string(out, each.message);
    out.push_back('}');
  }
  std::printf("%s]\n", out.c_str());
}

}  // namespace

int check(const std::string& file, bool json) {
  LoadInput input;
  input.file = file.empty() ? "(no file)" : file;
  input.environment = config::process_environment();
  bool ok = true;
  if (!file.empty()) input.text = read_all(file, ok);
  if (!ok) {
    std::fprintf(stderr, "pontage: cannot read %s; name another file with -c\n", file.c_str());
    return 1;
  }
  config::Diagnostics diagnostics;
  const auto config = load_config(input, diagnostics);
  if (json) {
    print_diagnostics_json(diagnostics);
    return config ? 0 : 1;
  }
  for (const auto& each : diagnostics.all()) std::fprintf(stderr, "%s\n", each.text().c_str());
  const std::size_t warnings = diagnostics.all().size() - diagnostics.error_count();
  if (!config) {
    std::fprintf(stderr, "%s: %zu error%s\n", input.file.c_str(), diagnostics.error_count(),
                 diagnostics.error_count() == 1 ? "" : "s");
    return 1;
  }
  std::printf("%s: good, %zu route%s, %zu warning%s\n", input.file.c_str(),
              config->snapshot->routes.size(), config->snapshot->routes.size() == 1 ? "" : "s",
              warnings, warnings == 1 ? "" : "s");
  return 0;
}

int convert(const std::string& file) {
  bool ok = true;
  const std::string text = read_all(file, ok);
  if (!ok) {
    std::fprintf(stderr, "pontage: cannot read %s\n", file.c_str());
    return 1;
  }
  config::Diagnostics diagnostics;
  const auto loaded = config::load_text({file, text}, config::process_environment(), diagnostics);
  diagnostics.sort();
  for (const auto& each : diagnostics.all()) std::fprintf(stderr, "%s\n", each.text().c_str());
  if (!loaded) return 1;
  std::printf("# native form of %s (%s)\n%s", file.c_str(),
              std::string(config::format_name(loaded->format)).c_str(),
              config::to_yaml(loaded->root).c_str());
  return 0;
}

int keys_add(const std::string& name) {
  const std::string secret = "pk-" + random_token(32);
  std::printf("keys:\n  - name: %s\n    secret_hash: %s\n", name.c_str(),
              gateway::hash_secret(secret).c_str());
  std::fprintf(stderr,
               "\nThe secret, shown only now:  %s\nPut the entry above into the configuration and "
               "give the secret "
               "to the client.\n",
               secret.c_str());
  return 0;
}

int version(bool json) {
  const std::string name(kVersion);
  const std::string commit(kCommit);
  const std::string network = transport::library_version();
  const char* tls = OpenSSL_version(OPENSSL_VERSION);
  const std::string sqlite = ledger::sqlite_version();
  if (json) {
    std::printf(
        "{\"version\":\"%s\",\"commit\":\"%s\",\"boost\":\"%s\",\"openssl\":\"%s\","
        "\"sqlite\":\"%s\"}\n",
        name.c_str(), commit.c_str(), network.c_str(), tls, sqlite.c_str());
  } else {
    std::printf("pontage %s (commit %s)\nBoost %s\n%s\nSQLite %s\n", name.c_str(), commit.c_str(),
                network.c_str(), tls, sqlite.c_str());
  }
  return 0;
}

int healthcheck(const std::string& address) {
  std::string listen = address;
  if (listen.empty()) {
    const char* set = std::getenv("PONTAGE_LISTEN");
    listen = set != nullptr && *set != 0 ? set : "127.0.0.1:8080";
  }
  const auto colon = listen.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_int(listen.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) {
    std::fprintf(stderr, "pontage: \"%s\" is not HOST:PORT\n", listen.c_str());
    return 1;
  }
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval limit{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(*port));
  const std::string host = listen.substr(0, colon);
  if (inet_pton(AF_INET, host.c_str(), &to.sin_addr) != 1 || host == "0.0.0.0")
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  constexpr std::string_view kRequest =
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  char answer[64] = {};
  const bool healthy = connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 &&
                       send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0 &&
                       recv(fd, answer, sizeof answer - 1, MSG_WAITALL) > 0 &&
                       std::string_view(answer).starts_with("HTTP/1.1 200");
  close(fd);
  if (!healthy) std::fprintf(stderr, "pontage: no healthy gateway at %s\n", listen.c_str());
  return healthy ? 0 : 1;
}

int run_simulator(const simulate::Options& options, const std::string& ready_file) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  auto started = simulate::Simulator::start(options);
  if (!started) {
    std::fprintf(stderr, "pontage: %s\n", started.error().c_str());
    return 1;
  }
  std::fprintf(stderr, "simulated provider %s on %s\n", options.name.c_str(),
               (*started)->base_url().c_str());
  if (!ready_file.empty()) {
    const std::string temporary = ready_file + ".tmp";
    std::ofstream out(temporary);
    out << "{\"listen\":\"" << options.host << ":" << (*started)->port() << "\",\"base_url\":\""
        << (*started)->base_url() << "\",\"pid\":" << getpid() << "}\n";
    out.close();
    if (!out || std::rename(temporary.c_str(), ready_file.c_str()) != 0) {
      std::fprintf(stderr, "pontage: cannot write %s\n", ready_file.c_str());
      return 1;
    }
  }
  int signal = 0;
  sigwait(&set, &signal);
  (*started)->stop();
  return 0;
}

}  // namespace pontage::app
