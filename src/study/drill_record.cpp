#include "study/drill_record.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace pontage::study {

using nlohmann::json;

std::string drill_record_path(const std::string& store_path) {
  return (std::filesystem::path(store_path).parent_path() / "drills.json").string();
}

std::map<std::string, std::int64_t> read_drill_record(const std::string& path) {
  std::map<std::string, std::int64_t> out;
  std::ifstream in(path, std::ios::binary);
  const json whole = json::parse(in, nullptr, false);
  if (!whole.is_object() || !whole.contains("last_success") || !whole["last_success"].is_object())
    return out;
  for (const auto& [route, seconds] : whole["last_success"].items()) {
    if (seconds.is_number_integer()) out[route] = seconds.get<std::int64_t>();
  }
  return out;
}

std::string write_drill_record(const std::string& path, const std::vector<std::string>& routes,
                               std::int64_t now_s) {
  auto known = read_drill_record(path);
  for (const auto& route : routes) known[route] = now_s;
  json whole;
  whole["last_success"] = known;
  const std::string temporary = path + "." + std::to_string(getpid()) + ".tmp";
  std::ofstream out(temporary, std::ios::binary);
  out << whole.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
  out.close();
  if (out && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  std::remove(temporary.c_str());
  return "cannot write " + path;
}

}  // namespace pontage::study
