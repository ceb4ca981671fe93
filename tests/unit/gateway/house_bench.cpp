#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "ledger/sqlite.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using nlohmann::json;

std::unique_ptr<simulate::Simulator> start_simulator(const char* name, std::uint64_t seed) {
  simulate::Options options;
  options.name = name;
  options.seed = seed;  // other seeds, other texts: the client sees who answered
  options.tokens = 8;
  auto started = simulate::Simulator::start(options);
  if (!started) throw std::runtime_error(started.error());
  return std::move(*started);
}

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

}  // namespace

HouseBench::HouseBench() : p1(start_simulator("one", 1)), p2(start_simulator("two", 2)) {
  folder_ = std::filesystem::temp_directory_path() /
            ("pontage-" + std::to_string(std::random_device{}()));
  std::filesystem::create_directories(folder_);
}

HouseBench::~HouseBench() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string HouseBench::config_text(const std::string& yaml) const {
  std::string text = "server: { drain: 5s" + server_;
  if (server_.find("workers:") == std::string::npos) text += ", workers: 1";
  // What is asked of a provider beside the test's own requests would stand in its log.
  if (server_.find("floor_probe:") == std::string::npos) text += ", floor_probe: 0s";
  text += " }\n";
  text += "observability: { log: { access: " + folder_ + "/access.log } }\n";
  if (yaml.find("ledger:") == std::string::npos)
    text += "ledger: { store: " + folder_ + "/ledger.db }\n";
  if (yaml.find("providers:") == std::string::npos) {
    text += "providers:\n  p1: { kind: openai, api_key: key-one, base_url: \"" + p1->base_url() +
            "\" }\n";
    text += "  p2: { kind: openai, api_key: key-two, base_url: \"" + p2->base_url() + "\" }\n";
    text += "  a2: { kind: anthropic, api_key: key-ant, base_url: \"" + p2->base_url() + "\" }\n";
  }
  // Tests ask a broken provider again and again.
  if (yaml.find("breaker:") == std::string::npos) text += "breaker: off\n";
  return text + yaml;
}

void HouseBench::serve(const std::string& yaml, const std::string& server) {
  server_ = server;
  app::ServeOptions options;
  options.file = folder_ + "/pontage.yaml";
  options.listen = "127.0.0.1:0";
  options.admin_listen = "127.0.0.1:0";
  std::ofstream(options.file) << config_text(yaml);
  auto config = app::load_for(options.file, options.listen, options.admin_listen, true);
  ASSERT_NE(config, nullptr) << config_text(yaml);
  auto house = std::make_unique<app::House>(options);
  ASSERT_EQ(house->start(std::move(config)), "");
  house_ = std::move(house);
  port_ = port_of(house_->address());
  admin_port_ = port_of(house_->admin_address());
}

void HouseBench::serve_chain(const std::vector<std::string>& entries) {
  std::string yaml = "routes:\n  - name: chat\n    chain:\n";
  for (const auto& entry : entries) yaml += "      - " + entry + "\n";
  serve(yaml);
}

bool HouseBench::reload(const std::string& yaml) {
  std::ofstream(folder_ + "/pontage.yaml") << config_text(yaml);
  return house_->reload();
}

void HouseBench::stop() {
  if (house_) house_->drain();
  house_.reset();
}

Response HouseBench::raw(std::string_view bytes, bool to_end) {
  return simulate::test::ask(port_, bytes, to_end);
}

Response HouseBench::ask(std::string_view body, std::string_view headers) {
  return raw(post(body, headers));
}

Response HouseBench::ask_stream() {
  return ask(chat_stream());
}

std::string HouseBench::admin(const std::string& target) {
  return simulate::test::ask(admin_port_,
                             "GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      .payload;
}

Response HouseBench::admin(std::string_view method, std::string_view path) {
  const std::string head = std::string(method) + " " + std::string(path) +
                           " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  return simulate::test::ask(admin_port_, head);
}

std::string HouseBench::metrics() {
  return admin("/metrics");
}

std::shared_ptr<void> HouseBench::lock_ledger() const {
  auto database = ledger::Database::open(ledger_path(), ledger::Database::Mode::kWrite);
  auto held = std::make_shared<ledger::Database>(std::move(*database));
  if (!held->execute("BEGIN IMMEDIATE")) throw std::runtime_error(held->problem());
  return held;
}

double HouseBench::metric(const std::string& name, const std::vector<std::string>& parts) {
  std::istringstream lines(metrics());
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + "{") && !line.starts_with(name + " ")) continue;
    bool fits = true;
    for (const auto& part : parts) fits = fits && line.find(part) != std::string::npos;
    if (fits) sum += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

bool HouseBench::wait_metric(const std::string& name, const std::vector<std::string>& parts,
                             double value) {
  const auto until = std::chrono::steady_clock::now() + simulate::test::kPatience;
  while (metric(name, parts) != value) {
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

std::vector<std::string> HouseBench::access_log() {
  std::ifstream in(folder_ + "/access.log");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string chat(std::string_view more) {
  return R"({"model":"m","messages":[{"role":"user","content":"hello"}])" + std::string(more) + "}";
}

std::string chat_stream(std::string_view more) {
  return chat(R"(,"stream":true)" + std::string(more));
}

std::string post(std::string_view body, std::string_view headers) {
  return simulate::test::post("/v1/chat/completions", body, headers);
}

std::string error_code(const Response& response) {
  const auto body = json::parse(response.payload, nullptr, false);
  if (!body.is_object() || !body.contains("error") || !body["error"].contains("code"))
    return "no error object";
  return body["error"]["code"].is_string() ? body["error"]["code"].get<std::string>() : "";
}

std::string error_type(const Response& response) {
  const auto body = json::parse(response.payload, nullptr, false);
  if (!body.is_object() || !body.contains("error")) return "no error object";
  return body["error"].value("type", "");
}

std::string answer_text(const Response& response) {
  const auto body = json::parse(response.payload, nullptr, false);
  if (!body.is_object() || !body.contains("choices")) return "no answer";
  return body["choices"][0]["message"].value("content", "");
}

int count_done(const Response& response) {
  int count = 0;
  for (const auto& data : response.events()) count += data == "[DONE]" ? 1 : 0;
  return count;
}

}  // namespace pontage::gateway::test
