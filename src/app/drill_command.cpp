#include "app/drill_command.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/strings.hpp"
#include "study/drill_record.hpp"
#include "study/drill_report.hpp"

namespace pontage::app {
namespace {

constexpr int kFailed = 1;
constexpr int kNotRun = 2;

std::optional<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.good() && !in.eof()) return std::nullopt;
  return text;
}

std::string read_wait(const std::string& written, std::string_view option, Millis& out) {
  if (written.empty()) return {};
  const auto value = parse_duration(written);
  if (!value || *value <= Millis(0))
    return std::string(option) + " takes a duration such as 10s, not \"" + written + '"';
  out = *value;
  return {};
}

// Empty: it is as it should be.
std::string read_own(const DrillOptions& options, study::OwnRequest& own) {
  for (const auto& written : options.headers) {
    const auto equals = written.find('=');
    if (equals == std::string::npos) return "--header takes name=value, not \"" + written + '"';
    own.headers.emplace_back(written.substr(0, equals), written.substr(equals + 1));
  }
  if (options.request_file.empty()) return {};
  const auto text = read_file(options.request_file);
  if (!text) return "cannot read " + options.request_file;
  if (!nlohmann::json::parse(*text, nullptr, false).is_object())
    return options.request_file + " is no JSON object";
  own.body = *text;
  return {};
}

std::string read_plan(const DrillOptions& options, DrillPlan& plan) {
  plan.route = options.route;
  for (const auto& name : options.faults) {
    std::string known;
    for (const auto& fault : study::fault_classes()) {
      if (fault.name == name) plan.faults.push_back(name);
      known.append(known.empty() ? "" : ", ").append(fault.name);
    }
    if (plan.faults.empty() || plan.faults.back() != name)
      return "no fault is called \"" + name + "\"; known are " + known;
  }
  plan.parallel = std::max(1, options.parallel);
  if (auto problem = read_wait(options.max_wait, "--max-wait", plan.patience.first);
      !problem.empty())
    return problem;
  if (auto problem = read_wait(options.max_wait_plain, "--max-wait-plain", plan.patience.plain);
      !problem.empty())
    return problem;
  return read_own(options, plan.own);
}

int refuse(const std::string& message) {
  std::fprintf(stderr, "pontage: %s\n", message.c_str());
  return kNotRun;
}

// The routes that passed whole, for the running gateway's metric.
void remember(const DrillOptions& options, const LoadInput& input, const study::Report& report) {
  if (!options.faults.empty()) return;  // a part is no drill
  const auto passed = study::passed_routes(report);
  config::Diagnostics unused;
  const auto config = passed.empty() ? nullptr : load_config(input, unused);
  if (!config) return;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto problem =
      study::write_drill_record(study::drill_record_path(config->ledger.path), passed, now.count());
  if (!problem.empty())
    std::fprintf(stderr, "pontage: the success is not remembered: %s\n", problem.c_str());
}

}  // namespace

int drill(const DrillOptions& options) {
  DrillPlan plan;
  if (auto problem = read_plan(options, plan); !problem.empty()) return refuse(problem);
  LoadInput input;
  input.file = options.file;
  input.environment = config::process_environment();
  const auto text = options.file.empty() ? std::nullopt : read_file(options.file);
  if (!text) {
    return refuse(options.file.empty() ? "a drill needs a configuration; name it with -c"
                                       : "cannot read " + options.file);
  }
  input.text = *text;
  std::signal(SIGPIPE, SIG_IGN);
  observe::events::init({observe::events::Level::kOff, observe::events::Format::kText, 2});
  const auto report = run_drill(input, plan);
  observe::events::shutdown();
  if (!report) return refuse(report.error());
  std::fputs(
      (options.json ? study::as_json(*report) : study::as_table(*report, options.all)).c_str(),
      stdout);
  if (!options.junit.empty()) {
    std::ofstream out(options.junit, std::ios::binary);
    out << study::as_junit(*report);
    out.close();
    if (!out) return refuse("cannot write " + options.junit);
  }
  remember(options, input, *report);
  return study::all_passed(*report) ? 0 : kFailed;
}

}  // namespace pontage::app
