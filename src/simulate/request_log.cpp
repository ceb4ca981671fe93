#include "simulate/request_log.hpp"

#include <algorithm>

#include "simulate/fault.hpp"

namespace pontage::simulate {
namespace {

std::size_t weight(const LoggedRequest& request) {
  std::size_t bytes =
      sizeof(LoggedRequest) + request.body.size() + request.path.size() + request.model.size();
  for (const auto& [name, value] : request.headers) bytes += name.size() + value.size();
  return bytes;
}

bool matches(const LoggedRequest& request, const RequestLog::Filter& filter) {
  if (request.sequence <= filter.since) return false;
  return filter.model.empty() || request.model == filter.model ||
         split_model(request.model).base == filter.model;
}

}  // namespace

void RequestLog::drop_oldest() {
  bytes_ -= weight(requests_.front());
  requests_.pop_front();
}

std::uint64_t RequestLog::begin(LoggedRequest request) {
  const std::scoped_lock lock(mutex_);
  request.sequence = ++last_;
  bytes_ += weight(request);
  requests_.push_back(std::move(request));
  while (!requests_.empty() && (requests_.size() > limit_ || bytes_ > byte_limit_)) drop_oldest();
  ++counts_.requests;
  changed_.notify_all();
  return last_;
}

void RequestLog::end(std::uint64_t sequence, const std::function<void(LoggedRequest&)>& change) {
  const std::scoped_lock lock(mutex_);
  if (sequence <= cleared_at_) return;
  ++counts_.ended;
  // Sequence numbers have no gaps, so a request's place follows from its number.
  if (!requests_.empty() && sequence >= requests_.front().sequence) {
    change(requests_[sequence - requests_.front().sequence]);
  }
  changed_.notify_all();
}

std::vector<LoggedRequest> RequestLog::list(const Filter& filter) const {
  const std::scoped_lock lock(mutex_);
  std::vector<LoggedRequest> out;
  for (const auto& request : requests_) {
    if (out.size() == filter.limit) break;
    if (matches(request, filter)) out.push_back(request);
  }
  return out;
}

RequestLog::Counts RequestLog::count(const Filter& filter) const {
  const std::scoped_lock lock(mutex_);
  if (filter.model.empty() && filter.since <= cleared_at_) return counts_;
  Counts counts;
  for (const auto& request : requests_) {
    if (!matches(request, filter)) continue;
    ++counts.requests;
    counts.ended += request.outcome == "open" ? 0 : 1;
  }
  return counts;
}

std::uint64_t RequestLog::last_sequence() const {
  const std::scoped_lock lock(mutex_);
  return last_;
}

void RequestLog::clear() {
  const std::scoped_lock lock(mutex_);
  requests_.clear();
  bytes_ = 0;
  counts_ = {};
  cleared_at_ = last_;
}

bool RequestLog::wait(std::size_t requests, std::size_t ended, Millis limit) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit,
                           [&] { return counts_.requests >= requests && counts_.ended >= ended; });
}

}  // namespace pontage::simulate
