// Objects that are used, emptied and used again by one thread: their memory stays warm, and the
// allocator is not asked for the same few sizes with every request.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace pontage {

/// `T` is default-constructible, movable and has clear(). What grew large is not kept, and never
/// more than a few: memory returns after a burst. Not thread-safe.
template <class T>
class Spares {
 public:
  static constexpr std::size_t kMostKept = 128;
  static constexpr std::size_t kLargestKept = 4096;  ///< capacity, where T has one

  T take() {
    if (kept_.empty()) return T();
    T out = std::move(kept_.back());
    kept_.pop_back();
    return out;
  }
  void give(T&& used) {
    if constexpr (requires { used.capacity(); }) {
      if (used.capacity() > kLargestKept) return;
    }
    if (kept_.size() >= kMostKept) return;
    used.clear();
    kept_.push_back(std::move(used));
  }

 private:
  std::vector<T> kept_;
};

}  // namespace pontage
