// Runs a drill: for each case a house of its own with stand-ins of its own, so that no breaker, key
// or cache of one case is known to another; many at a time, since the slow ones only wait.
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "app/drill_command.hpp"
#include "app/house.hpp"
#include "study/drill_client.hpp"
#include "study/drill_plan.hpp"
#include "study/drill_verdict.hpp"
#include "study/stand_ins.hpp"

namespace pontage::app {
namespace {

using study::Case;
using study::Course;
using study::Report;
using study::Row;
using study::Seen;
using study::Verdict;

// The file again, for one more house: everything but its sockets, logs and ledger is as written.
std::unique_ptr<Config> load_isolated(const LoadInput& input, const std::string& as_key) {
  config::Diagnostics diagnostics;
  auto config = load_config(input, diagnostics);
  if (!config) return nullptr;
  config->server.listen = "127.0.0.1:0";
  config->server.workers = 1;
  config->server.drain = Millis(1'000);
  config->server.tls = {};
  config->server.portkey_headers = false;
  config->admin.listen = "off";
  config->log.access = "off";
  config->ledger.enabled = false;
  config->snapshot->floor_probe = Millis(0);
  study::isolate(*config->snapshot, as_key);
  return config;
}

const gateway::Route* route_named(const gateway::Snapshot& snapshot, const std::string& name) {
  for (const auto& route : snapshot.routes) {
    if (route.name == name) return &route;
  }
  return nullptr;
}

class DrillRun {
 public:
  DrillRun(const LoadInput& input, const DrillPlan& plan) : input_(input), plan_(plan) {
    input_.rehearsal = true;
  }

  std::expected<Report, std::string> run();

 private:
  std::string survey();
  void survey_route(const gateway::Snapshot& snapshot, const gateway::Route& route);
  void note_missing_keys(const gateway::Snapshot& real);
  void run_all(std::vector<Case> cases);
  Row run_case(const Case& what) const;
  Row run_once(const Case& what) const;
  Seen run_in_house(const Case& what, std::string& problem) const;
  [[nodiscard]] std::vector<Case> worthwhile() const;
  void put_in_order();

  LoadInput input_;
  const DrillPlan& plan_;
  Report report_;
  std::vector<std::string> keys_;                 // of each course
  std::vector<std::set<std::string>> providers_;  // of each course
};

void DrillRun::survey_route(const gateway::Snapshot& snapshot, const gateway::Route& route) {
  for (auto& course : study::courses_of(snapshot, route, plan_.own, report_.notes)) {
    std::set<std::string> names;
    for (const auto& step : course.steps) names.insert(step.provider);
    for (auto& name : study::providers_of(route)) names.insert(std::move(name));
    providers_.push_back(std::move(names));
    keys_.push_back(route.match.keys.empty() ? std::string() : route.match.keys.front());
    report_.courses.push_back(std::move(course));
  }
}

// A drill needs no keys; a gateway does.
void DrillRun::note_missing_keys(const gateway::Snapshot& real) {
  std::set<std::string> used;
  for (const auto& names : providers_) used.insert(names.begin(), names.end());
  for (const auto& provider : real.providers) {
    if (provider->not_configured.empty() || !used.contains(provider->name)) continue;
    report_.notes.push_back("provider " + provider->name + " is not configured here (" +
                            provider->not_configured + "); its stand-in answered all the same");
  }
}

std::string DrillRun::survey() {
  config::Diagnostics diagnostics;
  const auto real = load_config(input_, diagnostics);
  const auto config = real ? load_isolated(input_, {}) : nullptr;
  if (!config) {
    std::string out;
    for (const auto& each : diagnostics.all()) {
      if (each.severity == config::Severity::kError) out += each.text() + "\n";
    }
    return out + "the configuration cannot be used";
  }
  const auto& snapshot = *config->snapshot;
  if (!plan_.route.empty() && route_named(snapshot, plan_.route) == nullptr)
    return "no route is called \"" + plan_.route + "\"";
  for (const auto& route : snapshot.routes) {
    if (plan_.route.empty() || plan_.route == route.name) survey_route(snapshot, route);
  }
  note_missing_keys(*real->snapshot);
  if (!report_.courses.empty()) return {};
  std::string out = "nothing can be drilled";
  if (snapshot.routes.empty()) return out + ": the configuration has no routes";
  for (const auto& note : report_.notes) out += "\n" + note;
  return out;
}

Seen DrillRun::run_in_house(const Case& what, std::string& problem) const {
  const Course& course = report_.courses[what.course];
  auto config = load_isolated(input_, keys_[what.course]);
  auto stand_ins =
      study::StandIns::start(*config->snapshot, providers_[what.course], what.injections);
  if (!stand_ins) {
    problem = stand_ins.error();
    return {};
  }
  House house({});
  if (problem = house.start(std::move(config)); !problem.empty()) return {};
  Seen seen = study::ask(house.address(), course.request, what.stream,
                         "Authorization: Bearer " + std::string(study::kDrillKey) + "\r\n",
                         plan_.patience.give_up());
  house.drain();
  seen.met = what.injections.empty() || (*stand_ins)->met(what.injections.back());
  // Headers that went out before the commit point name nobody.
  if (seen.kind == Seen::Kind::kAnswer && seen.served_by.empty() && !seen.floor) {
    seen.served_by = (*stand_ins)->last_answer();
    seen.floor = seen.served_by.empty();
  }
  return seen;
}

// Where the chain draws lots, another target may come first and the fault is not met: once more.
Row DrillRun::run_case(const Case& what) const {
  constexpr int kTries = 8;
  Row row = run_once(what);
  for (int i = 1; i < kTries && row.verdict.result == Verdict::Result::kSkipped; ++i)
    row = run_once(what);
  return row;
}

Row DrillRun::run_once(const Case& what) const {
  std::string problem;
  Row row{what, run_in_house(what, problem), {}};
  if (problem.empty()) {
    row.verdict = study::judge(report_.courses[what.course], what, row.seen, plan_.patience);
  } else {
    row.verdict = {Verdict::Result::kFail, "the drill itself fails: " + problem, {}};
  }
  return row;
}

// The slow ones first: they wait side by side while the quick ones pass.
void DrillRun::run_all(std::vector<Case> cases) {
  std::vector<std::size_t> order;
  for (const bool slow : {true, false}) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if ((cases[i].fault != nullptr && cases[i].fault->slow) == slow) order.push_back(i);
    }
  }
  std::vector<Row> rows(cases.size());
  std::atomic<std::size_t> next{0};
  {
    std::vector<std::jthread> threads;
    const auto wanted =
        std::min<std::size_t>(cases.size(), static_cast<std::size_t>(plan_.parallel));
    for (std::size_t i = 0; i < wanted; ++i) {
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < order.size(); at = next++)
          rows[order[at]] = run_case(cases[order[at]]);
      });
    }
  }
  for (auto& row : rows) report_.rows.push_back(std::move(row));
}

// Faults of a step that no request reaches would only repeat what its baseline has said.
std::vector<Case> DrillRun::worthwhile() const {
  std::vector<Case> out;
  for (std::size_t i = 0; i < report_.courses.size(); ++i) {
    const Course& course = report_.courses[i];
    for (std::size_t step = 0; step < course.steps.size(); ++step) {
      const bool reached = std::ranges::none_of(report_.rows, [&](const Row& row) {
        return row.what.course == i && row.what.step == step && row.what.stream &&
               row.verdict.result == Verdict::Result::kFail;
      });
      if (!reached) continue;
      for (auto& each : study::cases_of(course, i, step, plan_.faults))
        out.push_back(std::move(each));
    }
    for (auto& each : study::everything_down(course, i)) out.push_back(std::move(each));
  }
  return out;
}

// By course and step, each step's baselines first; all targets at once at the end.
void DrillRun::put_in_order() {
  const auto place = [](const Row& row) {
    return std::tuple(row.what.course, row.what.kind == Case::Kind::kEverything, row.what.step);
  };
  std::vector<Row> sorted;
  for (auto& row : report_.rows) {
    const auto at = std::ranges::upper_bound(sorted, place(row), {}, place);
    sorted.insert(at, std::move(row));
  }
  report_.rows = std::move(sorted);
}

std::expected<Report, std::string> DrillRun::run() {
  const auto begin = std::chrono::steady_clock::now();
  if (auto problem = survey(); !problem.empty()) return std::unexpected(problem);
  std::vector<Case> first;
  for (std::size_t i = 0; i < report_.courses.size(); ++i) {
    for (auto& each : study::baselines(report_.courses[i], i)) first.push_back(std::move(each));
  }
  run_all(std::move(first));
  run_all(worthwhile());
  put_in_order();
  report_.took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin);
  return std::move(report_);
}

}  // namespace

std::expected<Report, std::string> run_drill(const LoadInput& input, const DrillPlan& plan) {
  return DrillRun(input, plan).run();
}

}  // namespace pontage::app
