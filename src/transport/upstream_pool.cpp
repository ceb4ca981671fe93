#include "transport/upstream_pool.hpp"

#include <algorithm>

namespace pontage::transport {

UpstreamPools::UpstreamPools(Worker& worker) : impl_(std::make_unique<Impl>(worker)) {}
UpstreamPools::~UpstreamPools() = default;

UpstreamPools::Impl::Impl(Worker& owner)
    : worker(owner), resolver(owner.loop().io.get_executor()), sweeper([this] { sweep(); }) {}

BufferedStream::Ptr UpstreamPools::Impl::take(const Endpoint& endpoint) {
  const auto found = idle.find(endpoint.key);
  if (found == idle.end()) return nullptr;
  auto& stack = found->second;
  while (!stack.empty()) {
    auto stream = std::move(stack.back().stream);
    stack.pop_back();
    // Bytes that nobody asked for are no answer to the next request either.
    if (!stream->ended() && stream->data().empty()) {
      stream->on_event = nullptr;
      return stream;
    }
  }
  return nullptr;
}

void UpstreamPools::Impl::give(const Endpoint& endpoint, BufferedStream::Ptr stream) {
  if (stream->ended() || !stream->data().empty()) return;
  auto& stack = idle[endpoint.key];
  if (stack.size() >= static_cast<std::size_t>(endpoint.idle_limit)) return;
  stream->arm();  // the read that waits for the next response also sees the provider hang up
  stack.push_back({std::move(stream), std::chrono::steady_clock::now()});
  if (!sweeper.armed())
    sweeper.arm(worker.timers(), std::chrono::steady_clock::now() + defaults::kPoolIdleTimeout / 4);
}

void UpstreamPools::Impl::sweep() {
  const auto oldest = std::chrono::steady_clock::now() - defaults::kPoolIdleTimeout;
  bool any = false;
  for (auto& [key, stack] : idle) {
    std::erase_if(stack, [&](const IdleConnection& entry) {
      return entry.since < oldest || entry.stream->ended();
    });
    any = any || !stack.empty();
  }
  if (any)
    sweeper.arm(worker.timers(), std::chrono::steady_clock::now() + defaults::kPoolIdleTimeout / 4);
}

void UpstreamPools::close_idle() {
  impl_->idle.clear();
  impl_->sweeper.disarm();
  impl_->resolver.cancel();
}

std::size_t UpstreamPools::idle() const {
  std::size_t count = 0;
  for (const auto& [key, stack] : impl_->idle) count += stack.size();
  return count;
}

}  // namespace pontage::transport
