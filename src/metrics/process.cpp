#include "metrics/process.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "metrics/names.hpp"

namespace pontage::metrics {
namespace {

std::string slurp(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The n-th word from 1; proc(5) numbers its fields like this.
std::optional<double> word(std::string_view text, int n) {
  for (int i = 1; !text.empty(); ++i) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (i == n) {
      std::uint64_t value = 0;
      const auto [stop, problem] = std::from_chars(text.data(), text.data() + end, value);
      if (problem != std::errc() || stop != text.data() + end) return std::nullopt;
      return static_cast<double>(value);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

std::optional<double> boot_time() {
  const std::string stat = slurp("/proc/stat");
  constexpr std::string_view kLine = "\nbtime ";
  const std::size_t at = stat.find(kLine);
  if (at == std::string::npos) return std::nullopt;
  return word(std::string_view(stat).substr(at + kLine.size()), 1);
}

std::optional<double> open_fds() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), &closedir);
  if (!folder) return std::nullopt;
  int entries = 0;
  while (readdir(folder.get()) != nullptr) ++entries;
  return entries - 3;  // ".", ".." and the descriptor of the folder itself
}

}  // namespace

std::vector<Reading> read_process() {
  std::vector<Reading> readings;
  const auto add = [&readings](std::size_t family, std::optional<double> value) {
    if (value) readings.push_back({family, *value});
  };
  const std::string stat = slurp("/proc/self/stat");
  const std::size_t name_end = stat.rfind(") ");  // the command's name may hold spaces
  if (name_end != std::string::npos) {
    const std::string_view fields = std::string_view(stat).substr(name_end + 2);
    constexpr int kBefore = 2;  // pid and name are cut off
    const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    const auto user = word(fields, 14 - kBefore);
    const auto system = word(fields, 15 - kBefore);
    if (user && system) add(k_process_cpu_seconds.index, (*user + *system) / ticks);
    add(k_process_threads.index, word(fields, 20 - kBefore));
    const auto started = word(fields, 22 - kBefore);
    const auto boot = boot_time();
    if (started && boot) add(k_process_start_time.index, *boot + *started / ticks);
    add(k_process_virtual_memory.index, word(fields, 23 - kBefore));
    if (const auto pages = word(fields, 24 - kBefore)) {
      add(k_process_resident_memory.index, *pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
    }
  }
  add(k_process_open_fds.index, open_fds());
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    add(k_process_max_fds.index, static_cast<double>(limit.rlim_cur));
  }
  return readings;
}

}  // namespace pontage::metrics
