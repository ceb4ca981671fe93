// How many requests may be under way at once, at a provider or for a client's key, and who comes
// next when all places are taken: first come, first served within a client's key, and in turn
// between keys. One table for the process, kept over reloads by name. A free place costs two
// atomics; the lock is only taken to wait and to hand a place over, never across a suspension. No
// I/O: a waiter is woken by a function of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pontage::routing {

/// One cap. Made and kept by the table.
class Gate {
 public:
  [[nodiscard]] int limit() const { return limit_.load(std::memory_order_relaxed); }
  [[nodiscard]] int used() const { return used_.load(std::memory_order_relaxed); }

 private:
  friend class Gates;
  bool enter();
  std::atomic<int> limit_{0};    // 0: none
  std::atomic<int> used_{0};     // sequentially consistent with waiting_, so that no
  std::atomic<int> waiting_{0};  // place is given back unseen by one who begins to wait
};

class Gates;

/// A place behind a gate; given back when it goes.
class Place {
 public:
  Place() = default;
  Place(Gates& table, Gate& gate) : table_(&table), gate_(&gate) {}
  Place(Place&& other) noexcept
      : table_(other.table_), gate_(std::exchange(other.gate_, nullptr)) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(table_, other.table_);
    std::swap(gate_, other.gate_);
    return *this;
  }
  ~Place() { release(); }
  void release();
  [[nodiscard]] bool held() const { return gate_ != nullptr; }
  [[nodiscard]] const Gate* gate() const { return gate_; }

 private:
  Gates* table_ = nullptr;
  Gate* gate_ = nullptr;
};

/// One that waits for a place behind any of some gates.
struct Waiter {
  std::vector<Gate*> gates;
  std::string group;           ///< waiters of one group come in their order, groups in turn
  std::function<void()> wake;  ///< called once at most, on whatever thread gave the place back

 private:
  friend class Gates;
  Gate* granted_ = nullptr;  // the table's lock guards both
  bool queued_ = false;
};

class Gates {
 public:
  /// Lives as long as the table.
  Gate& of(std::string_view name);
  /// 0: no limit. A gate that nobody has is not made for that.
  void set_limit(std::string_view name, int limit);
  /// None held: all places are taken, or others wait already.
  Place take(Gate& gate);
  /// False: so many wait already. The waiter may be woken before this returns.
  bool queue(const std::shared_ptr<Waiter>& waiter, std::size_t most);
  /// The end of the waiting, however it came: the place that it got, or none.
  Place leave_queue(Waiter& waiter);
  [[nodiscard]] std::size_t waiting() const;

 private:
  friend class Place;
  struct Group {
    std::string name;
    std::deque<std::shared_ptr<Waiter>> waiters;
  };
  using Wakes = std::vector<std::function<void()>>;

  void give_back(Gate& gate);
  void hand_out(Gate& gate, Wakes& wakes);
  std::shared_ptr<Waiter> next_for(const Gate& gate);
  void forget(Waiter& waiter);

  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Gate>, std::less<>> gates_;
  std::list<Group> groups_;  // the front one's turn is next
  std::size_t waiting_ = 0;
};

}  // namespace pontage::routing
