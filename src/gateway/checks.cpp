#include "gateway/checks.hpp"

#include <array>

#include "gateway/dispatch_progress.hpp"
#include "observe/events.hpp"

namespace pontage::gateway {
namespace {
constexpr std::uint64_t kAnswerLimit = 4ULL * 1024 * 1024;
constexpr int kServerErrors = 500;
}  // namespace

// Shared by the coroutine and the keeper, which may outlive each other.
struct CheckKeeper::Job {
  Job(std::shared_ptr<const Snapshot> of, const providers::Provider& whose)
      : snapshot(std::move(of)), provider(whose) {}

  std::shared_ptr<const Snapshot> snapshot;  // keeps the provider
  const providers::Provider& provider;
  transport::UpstreamCall* call = nullptr;
  transport::Sleep* sleep = nullptr;
  bool stopped = false;
  bool was_good = true;

  void stop() {
    stopped = true;
    if (call != nullptr) call->cancel();
    if (sleep != nullptr) sleep->cancel();
  }
};

void CheckKeeper::serve(const std::shared_ptr<const Snapshot>& snapshot) {
  stop();
  for (const auto& provider : snapshot->providers) {
    if (provider->options.check.every.count() == 0 || !provider->not_configured.empty()) continue;
    jobs_.push_back(std::make_shared<Job>(snapshot, *provider));
    state_.worker.spawn(keep(jobs_.back()));
  }
}

void CheckKeeper::stop() {
  for (const auto& job : jobs_) job->stop();
  jobs_.clear();
}

// Whatever it says, as long as it is no failure of the server.
Task<bool> CheckKeeper::answers(std::shared_ptr<Job> job) {
  std::string head;
  providers::append_check_head(head, job->provider, job->snapshot->via);
  transport::UpstreamCall call(
      state_.pools, job->snapshot->endpoints[static_cast<std::size_t>(job->provider.index)]);
  job->call = &call;
  const auto deadline = std::chrono::steady_clock::now() + defaults::kCheckTimeout;
  call.set_deadline(deadline);
  call.set_body_limit(kAnswerLimit);
  const std::array<std::string_view, 1> pieces = {head};
  auto failure = co_await call.exchange(pieces, deadline, true);
  bool done = false;
  while (failure == transport::Failure::kNone && !done) {
    const auto piece = co_await call.read();
    failure = piece.failure;
    done = piece.done;
  }
  job->call = nullptr;
  co_return failure == transport::Failure::kNone&& call.head().status < kServerErrors;
}

void CheckKeeper::report(const Job& job, bool good) {
  const std::string& name = job.provider.name;
  state_.shard.counter(metrics::k_checks, {name, good ? "ok" : "failed"}).add();
  if (good != job.was_good)
    observe::events::warn("the check of provider " + name + (good ? " succeeds again" : " fails"));
  auto& health = state_.shared.health;
  for (const auto& target : job.snapshot->targets) {  // also those that nobody asked yet
    if (target->provider == &job.provider && !target->model.empty()) health.of(name, target->model);
  }
  chain::Target any;
  any.provider = &job.provider;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [model, target] : health.of_provider(name)) {
    if (good) {
      target->breaker.ask_again(now);
    } else {
      report_failure(state_, job.snapshot->breaker, any, model, std::nullopt);
    }
  }
}

Task<void> CheckKeeper::keep(std::shared_ptr<Job> job) {
  while (!job->stopped) {
    const bool good = co_await answers(job);
    if (job->stopped) co_return;
    report(*job, good);
    job->was_good = good;
    transport::Sleep sleep(state_.worker,
                           std::chrono::steady_clock::now() + job->provider.options.check.every);
    job->sleep = &sleep;
    co_await sleep;
    job->sleep = nullptr;
  }
}

}  // namespace pontage::gateway
