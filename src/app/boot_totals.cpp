#include "app/boot_totals.hpp"

#include <condition_variable>
#include <mutex>

#include "core/strings.hpp"

namespace pontage::app {
namespace {

constexpr Millis kPatience{5'000};

struct Counted {
  std::uint64_t records = 0;
  std::uint64_t tokens = 0;
  std::uint64_t nanousd = 0;
  std::uint64_t requests = 0;
  std::uint64_t unrecorded = 0;
};

// What the workers are asked, kept alive by those that have not answered.
struct Asked {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t missing = 0;
  bool all_written = true;
  std::vector<ledger::JournalPosition> positions;
  Counted counted;
};

// On the worker itself: between two of its exchanges counters and journal say the same.
void answer(gateway::WorkerState& state, std::size_t index, Asked& asked) {
  state.journal->flush();
  const auto position = state.journal->shard().position();
  const auto& cells = state.shard;
  const std::scoped_lock lock(asked.mutex);
  asked.all_written = asked.all_written && !state.journal->shard().pending();
  asked.positions[index] = position;
  asked.counted.records += cells.total(metrics::k_ledger_records);
  asked.counted.tokens += cells.total(metrics::k_tokens);
  asked.counted.nanousd += cells.total(metrics::k_cost);
  asked.counted.requests += cells.total(metrics::k_requests);
  asked.counted.unrecorded += cells.total(metrics::k_requests_unrecorded);
  if (--asked.missing == 0) asked.changed.notify_all();
}

std::vector<ledger::JournalPosition> ask(const std::vector<gateway::WorkerState*>& workers,
                                         const std::shared_ptr<Asked>& asked) {
  asked->missing = workers.size();
  asked->positions.resize(workers.size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    workers[i]->worker.post([state = workers[i], i, asked] { answer(*state, i, *asked); });
  }
  std::unique_lock lock(asked->mutex);
  const bool all = asked->changed.wait_for(lock, kPatience, [&] { return asked->missing == 0; });
  return all && asked->all_written ? asked->positions : std::vector<ledger::JournalPosition>{};
}

void pair(std::string& out, std::string_view name, std::uint64_t ledger, std::uint64_t counters) {
  out.append(",\"").append(name).append("\":{\"ledger\":").append(std::to_string(ledger));
  out.append(",\"counters\":").append(std::to_string(counters)).push_back('}');
}

}  // namespace

std::expected<std::string, std::string> boot_totals(
    ledger::Ledger& ledger, const std::vector<gateway::WorkerState*>& workers) {
  const auto asked = std::make_shared<Asked>();
  const auto stored = ledger.totals_at([&] { return ask(workers, asked); });
  if (!stored) return std::unexpected(stored.error());
  const Counted& counted = asked->counted;
  std::string out = "{\"boot\":\"" + ledger.boot() + '"';
  const auto of = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  pair(out, "records", of(stored->records), counted.records);
  pair(out, "tokens", of(stored->tokens), counted.tokens);
  pair(out, "nanousd", of(stored->cost.value), counted.nanousd);
  pair(out, "requests", of(stored->records), counted.requests - counted.unrecorded);
  return out + "}\n";
}

}  // namespace pontage::app
