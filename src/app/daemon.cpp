#include "app/daemon.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/house.hpp"
#include "core/crypto.hpp"

namespace pontage::app {

namespace events = observe::events;

namespace {

std::string read_file(const std::string& file, bool& ok) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  ok = static_cast<bool>(in);
  return text.str();
}

// Signals are read like any other input; every thread is started with them blocked.
int open_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &set, SFD_CLOEXEC);
}

// The folder is watched, not the file: editors and Kubernetes replace files by renaming.
int watch_folder(const std::string& file) {
  if (file.empty()) return -1;
  const int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  const auto folder = std::filesystem::absolute(file).parent_path();
  inotify_add_watch(fd, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE);
  return fd;
}

void swallow(int fd) {
  char buffer[4096];
  while (read(fd, buffer, sizeof buffer) > 0) {
  }
}

void wait_for_end(House& house, const ServeOptions& options, int signals) {
  const int changes = watch_folder(options.file);
  bool ok = false;
  std::string serving = sha256_hex(read_file(options.file, ok));
  while (true) {
    pollfd waits[2] = {{signals, POLLIN, 0}, {changes, POLLIN, 0}};
    if (poll(waits, changes >= 0 ? 2 : 1, -1) < 0) continue;
    if ((waits[0].revents & POLLIN) != 0) {
      signalfd_siginfo signal{};
      if (read(signals, &signal, sizeof signal) != static_cast<ssize_t>(sizeof signal)) continue;
      if (signal.ssi_signo != SIGHUP) break;
      house.reopen_logs();
      serving = sha256_hex(read_file(options.file, ok));
      house.reload();
    }
    if (changes >= 0 && (waits[1].revents & POLLIN) != 0) {
      swallow(changes);
      const std::string now = sha256_hex(read_file(options.file, ok));
      if (!ok || now == serving)
        continue;  // another file of the folder, or a moment without the file
      serving = now;
      house.reload();
    }
  }
  if (changes >= 0) close(changes);
}

}  // namespace

std::unique_ptr<Config> load_for(const std::string& file, const std::string& listen,
                                 const std::string& admin_listen, bool quiet_warnings) {
  LoadInput input;
  input.file = file.empty() ? "(no file)" : file;
  input.environment = config::process_environment();
  input.listen_override = listen;
  input.admin_listen_override = admin_listen;
  bool ok = true;
  if (!file.empty()) input.text = read_file(file, ok);
  if (!ok) {
    std::fprintf(stderr, "pontage: cannot read %s; name another file with -c\n", file.c_str());
    return nullptr;
  }
  config::Diagnostics diagnostics;
  auto config = load_config(input, diagnostics);
  for (const auto& each : diagnostics.all()) {
    if (quiet_warnings && each.severity == config::Severity::kWarning) continue;
    std::fprintf(stderr, "%s\n", each.text().c_str());
  }
  return config;
}

int serve(const ServeOptions& options) {
  const int signals = open_signals();
  auto config = load_for(options.file, options.listen, options.admin_listen, false);
  if (!config) return 1;
  events::init({config->log.level, config->log.format, 2});
  int code = 0;
  {
    House house(options);
    if (auto problem = house.start(std::move(config)); !problem.empty()) {
      events::error(problem);
      events::shutdown();
      // Threads of a half-built house are not waited for.
      std::fflush(nullptr);
      _exit(1);
    }
    wait_for_end(house, options, signals);
    events::info("stopping: no new requests are accepted, running ones may finish");
    house.drain();
    events::info("stopped");
  }
  events::shutdown();
  close(signals);
  return code;
}

}  // namespace pontage::app
