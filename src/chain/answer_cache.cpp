#include "chain/answer_cache.hpp"

#include <algorithm>
#include <limits>

namespace pontage::chain {

namespace {
// What an entry takes beside its text, roughly: nodes, keys, the shared block.
constexpr std::uint64_t kEntryOverhead = 512;

std::uint64_t weight_of(const KeptAnswer& answer) {
  return kEntryOverhead + answer.bytes.size() + answer.response_model.size() +
         answer.provider.size() + answer.model.size();
}
}  // namespace

std::uint64_t Flight::wait(std::function<void()> wake) {
  {
    const std::scoped_lock guard(mutex_);
    if (!ended_) {
      waiting_.emplace_back(++last_, std::move(wake));
      return last_;
    }
  }
  wake();
  return 0;
}

void Flight::leave(std::uint64_t waiter) {
  const std::scoped_lock guard(mutex_);
  std::erase_if(waiting_, [&](const auto& each) { return each.first == waiter; });
}

Kept Flight::answer() const {
  const std::scoped_lock guard(mutex_);
  return answer_;
}

std::size_t Flight::waiting() const {
  const std::scoped_lock guard(mutex_);
  return waiting_.size();
}

void Flight::end(Kept answer) {
  std::vector<std::pair<std::uint64_t, std::function<void()>>> woken;
  {
    const std::scoped_lock guard(mutex_);
    ended_ = true;
    answer_ = std::move(answer);
    woken.swap(waiting_);
  }
  for (const auto& [number, wake] : woken) wake();
}

void AnswerCache::Lead::end(Kept answer) {
  if (!flight_) return;
  const auto flight = std::exchange(flight_, nullptr);
  cache_->land(key_, flight);
  flight->end(std::move(answer));
}

AnswerCache::Shard& AnswerCache::shard_of(std::string_view key) {
  return shards_[static_cast<unsigned char>(key.front()) % kShards];
}

AnswerCache::Found AnswerCache::look(const Sha256& digest, bool together, char form) {
  const std::string_view key = as_bytes(digest);
  const auto now = clock_.steady();
  Found out;
  Shard& shard = shard_of(key);
  const std::scoped_lock guard(shard.mutex);
  if (const auto found = shard.entries.find(key); found != shard.entries.end()) {
    const auto entry = found->second;
    if (now >= entry->answer->gone_after) {
      erase(shard, entry);
    } else {
      out.answer = entry->answer;
      out.fresh = now < out.answer->fresh_until;
      entry->used = tick();
      shard.by_age.splice(shard.by_age.begin(), shard.by_age, entry);
    }
  }
  if (out.fresh || !together) return out;
  std::string name = std::string(key) + form;
  auto& flight = shard.flights[name];
  if (flight) {
    out.flight = flight;
  } else {
    flight = std::make_shared<Flight>();
    out.lead = Lead(*this, std::move(name), flight);
  }
  return out;
}

void AnswerCache::land(const std::string& key, const std::shared_ptr<Flight>& flight) {
  Shard& shard = shard_of(key);
  const std::scoped_lock guard(shard.mutex);
  const auto found = shard.flights.find(key);
  if (found != shard.flights.end() && found->second == flight) shard.flights.erase(found);
}

void AnswerCache::erase(Shard& shard, std::list<Entry>::iterator entry) {
  entries_.fetch_sub(1, std::memory_order_relaxed);
  bytes_.fetch_sub(entry->bytes, std::memory_order_relaxed);
  shard.entries.erase(std::string_view(entry->key));
  shard.by_age.erase(entry);
}

bool AnswerCache::keep(const Sha256& digest, Kept answer) {
  const std::uint64_t bytes = weight_of(*answer);
  if (answer->bytes.size() > entry_limit_.load() || bytes > limit_.load()) return false;
  const std::string_view key = as_bytes(digest);
  Shard& shard = shard_of(key);
  {
    const std::scoped_lock guard(shard.mutex);
    if (const auto found = shard.entries.find(key); found != shard.entries.end())
      erase(shard, found->second);
    shard.by_age.push_front({std::string(key), std::move(answer), bytes, tick()});
    shard.entries.emplace(shard.by_age.front().key, shard.by_age.begin());
    entries_.fetch_add(1, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  make_room();
  return true;
}

// What was used least lately goes first. Two workers at once may take one more than they must.
void AnswerCache::make_room() {
  while (bytes_.load() > limit_.load()) {
    Shard* oldest = nullptr;
    std::uint64_t used = std::numeric_limits<std::uint64_t>::max();
    for (Shard& shard : shards_) {
      const std::scoped_lock guard(shard.mutex);
      if (shard.by_age.empty() || shard.by_age.back().used >= used) continue;
      used = shard.by_age.back().used;
      oldest = &shard;
    }
    if (oldest == nullptr) return;
    const std::scoped_lock guard(oldest->mutex);
    if (oldest->by_age.empty()) continue;
    erase(*oldest, std::prev(oldest->by_age.end()));
    evictions_.fetch_add(1, std::memory_order_relaxed);
  }
}

void AnswerCache::limit(std::uint64_t bytes, std::uint64_t entry) {
  limit_.store(bytes);
  entry_limit_.store(entry);
  make_room();
}

void AnswerCache::sweep() {
  Shard& shard = shards_[swept_.fetch_add(1, std::memory_order_relaxed) % kShards];
  const auto now = clock_.steady();
  const std::scoped_lock guard(shard.mutex);
  for (auto entry = shard.by_age.begin(); entry != shard.by_age.end();) {
    const auto next = std::next(entry);
    if (now >= entry->answer->gone_after) erase(shard, entry);
    entry = next;
  }
}

AnswerCache::Totals AnswerCache::totals() const {
  return {entries_.load(std::memory_order_relaxed), bytes_.load(std::memory_order_relaxed)};
}

}  // namespace pontage::chain
