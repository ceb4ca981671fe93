#include "gateway/floor_probe.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "observe/events.hpp"

namespace pontage::gateway {

using chain::Target;
using transport::Failure;

namespace {

constexpr std::uint64_t kListLimit = 1024 * 1024;

// The floor of a route's chain; null: it has none. What it says does not depend on the request.
const chain::Floor* floor_of(const Route& route) {
  chain::Exchange nobody;
  for (const auto& entry : route.chain.entries()) {
    if (entry->kind() == chain::Kind::kTerminal) entry->plan(nobody);
  }
  return nobody.plan.floor;
}

std::vector<const Target*> targets_of(const Snapshot& snapshot) {
  std::vector<const Target*> out;
  for (const auto& route : snapshot.routes) {
    const auto* floor = floor_of(route);
    if (floor == nullptr) continue;
    for (const auto& entry : floor->entries) {
      if (entry.target != nullptr && std::ranges::find(out, entry.target) == out.end())
        out.push_back(entry.target);
    }
  }
  return out;
}

// Ollama answers for the models that it has; what `ollama rm` took away is no floor.
bool lists(std::string_view body, const std::string& model) {
  return body.find('"' + model + '"') != std::string_view::npos ||
         body.find('"' + model + ":latest\"") != std::string_view::npos;
}

std::string judge(const Target& target, int status, std::string_view body) {
  const auto& provider = *target.provider;
  if (status >= 500 || status == 429) return "its list of models answers " + std::to_string(status);
  if ((status == 401 || status == 403) && !provider.passthrough)
    return "it refuses the key (" + std::to_string(status) + ")";
  if (provider.vendor == "ollama" && status == 200 && !target.model.empty() &&
      !lists(body, target.model))
    return "it does not have the model " + target.model + "; `ollama pull` it";
  return {};
}

}  // namespace

// Shared by the coroutine and the keeper, which may outlive each other.
struct FloorKeeper::Job {
  std::shared_ptr<const Snapshot> snapshot;  // keeps the targets
  transport::UpstreamCall* call = nullptr;
  transport::Sleep* sleep = nullptr;
  bool stopped = false;

  void stop() {
    stopped = true;
    if (call != nullptr) call->cancel();
    if (sleep != nullptr) sleep->cancel();
  }
};

void FloorKeeper::serve(const std::shared_ptr<const Snapshot>& snapshot) {
  stop();
  tell_routes(*snapshot);
  if (snapshot->floor_probe.count() == 0 || targets_of(*snapshot).empty()) return;
  job_ = std::make_shared<Job>(snapshot);
  state_.worker.spawn(keep(job_));
}

void FloorKeeper::stop() {
  if (job_) job_->stop();
  job_ = nullptr;
}

// An old answer is no floor for what was never asked, so it does not count.
bool FloorKeeper::ready(const chain::Floor& floor, bool probed) const {
  return std::ranges::any_of(floor.entries, [&](const chain::FloorEntry& entry) {
    if (entry.cache) return false;
    if (entry.target == nullptr) return true;
    if (!entry.target->provider->why_skipped().empty()) return false;
    if (!probed) return true;
    const auto found = found_.find(entry.target->label);
    return found != found_.end() && found->second.empty();
  });
}

void FloorKeeper::tell_routes(const Snapshot& snapshot) const {
  if (!tell) return;
  for (const auto& route : snapshot.routes) {
    const auto* floor = floor_of(route);
    tell(route.name, floor != nullptr && ready(*floor, snapshot.floor_probe.count() > 0));
  }
}

Task<std::string> FloorKeeper::ask(std::shared_ptr<Job> job, const Target& target) {
  const auto& provider = *target.provider;
  const auto& snapshot = *job->snapshot;
  std::string head;
  providers::append_plain_head(
      head, provider, "GET", "/models",
      {.model = {}, .client_headers = {}, .credential = {}, .via = snapshot.via},
      {.length = {}, .plain = true});
  transport::UpstreamCall call(state_.pools,
                               snapshot.endpoints[static_cast<std::size_t>(provider.index)]);
  const auto until = std::chrono::steady_clock::now() + defaults::kFloorProbeTimeout;
  call.set_deadline(until);
  call.set_body_limit(kListLimit);
  job->call = &call;
  const std::array<std::string_view, 1> pieces = {head};
  Failure failure = co_await call.exchange(pieces, until, true);
  const bool answered = failure == Failure::kNone;
  std::string body;
  bool done = false;
  while (failure == Failure::kNone && !done) {
    const auto piece = co_await call.read();
    failure = piece.failure;
    body.append(piece.bytes);
    done = piece.done;
  }
  job->call = nullptr;
  if (answered && failure != Failure::kTooLarge && failure != Failure::kDeadline)
    co_return judge(target, call.head().status, body);
  if (answered && failure == Failure::kTooLarge) co_return std::string();  // it is there
  std::string text(transport::failure_name(failure));
  if (const auto problem = call.problem(); !problem.empty()) text.append(": ").append(problem);
  co_return text;
}

Task<void> FloorKeeper::probe(std::shared_ptr<Job> job, const Target& target) {
  std::string problem = target.provider->why_skipped();
  if (problem.empty()) problem = co_await ask(job, target);
  if (job->stopped) co_return;
  const auto before = found_.find(target.label);
  const bool known = before != found_.end();
  const bool was_good = !known || before->second.empty();
  if (!problem.empty() && was_good) {
    observe::events::warn("the floor " + target.label + " cannot be stood on: " + problem);
  } else if (problem.empty() && known && !was_good) {
    observe::events::info("the floor " + target.label + " is there again");
  }
  found_[target.label] = std::move(problem);
  tell_routes(*job->snapshot);
}

Task<void> FloorKeeper::keep(std::shared_ptr<Job> job) {
  const auto targets = targets_of(*job->snapshot);
  while (!job->stopped) {
    for (const auto* target : targets) {
      co_await probe(job, *target);
      if (job->stopped) co_return;
    }
    transport::Sleep sleep(state_.worker,
                           std::chrono::steady_clock::now() + job->snapshot->floor_probe);
    job->sleep = &sleep;
    co_await sleep;
    job->sleep = nullptr;
  }
}

}  // namespace pontage::gateway
