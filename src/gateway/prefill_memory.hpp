// Which models have refused to go on with an answer that stands last in the request, although
// nobody had said so: process-wide, asked only when a stream is to be resumed.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace pontage::gateway {

class PrefillMemory {
 public:
  void refused(std::string_view provider, std::string_view model) {
    const std::scoped_lock lock(mutex_);
    if (refusing_.size() < kMost) refusing_.insert(name(provider, model));
  }
  [[nodiscard]] bool refuses(std::string_view provider, std::string_view model) const {
    const std::scoped_lock lock(mutex_);
    return refusing_.contains(name(provider, model));
  }

 private:
  static constexpr std::size_t kMost = 10'000;  // clients may name any model
  static std::string name(std::string_view provider, std::string_view model) {
    return std::string(provider).append("/").append(model);
  }
  mutable std::mutex mutex_;
  std::set<std::string> refusing_;
};

}  // namespace pontage::gateway
