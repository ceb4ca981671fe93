#include "core/ids.hpp"

namespace pontage {
namespace {
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::uint64_t seed_from_system() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}
}  // namespace

UlidSource::UlidSource() : random_(seed_from_system()) {}
UlidSource::UlidSource(std::uint64_t seed) : random_(seed) {}

Ulid UlidSource::next(WallTime now) {
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<Millis>(now.time_since_epoch()).count());
  if (ms > last_ms_) {
    last_ms_ = ms;
    high_ = static_cast<std::uint32_t>(random_() &
                                       0x7fff);  // top bit free, so that counting cannot overflow
    low_ = random_();
  } else {
    low_ += 1 + (random_() & 0xffff);  // the same millisecond, or a clock set back: count on
    if (low_ < 0x10000) ++high_;
  }
  Ulid id;
  std::uint64_t time = last_ms_;
  for (int i = 9; i >= 0; --i, time >>= 5)
    id.text[static_cast<std::size_t>(i)] = kCrockford[time & 31];
  unsigned __int128 tail = (static_cast<unsigned __int128>(high_) << 64) | low_;
  for (int i = 25; i >= 10; --i, tail >>= 5) {
    id.text[static_cast<std::size_t>(i)] = kCrockford[static_cast<std::size_t>(tail & 31)];
  }
  return id;
}

}  // namespace pontage
