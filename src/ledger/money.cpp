#include "ledger/money.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace pontage::ledger {
namespace {

__extension__ using Wide = __int128;  // tokens times rate outgrow 64 bits before they are divided

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr int kDecimals = 9;
constexpr int kShownDecimals = 2;

}  // namespace

NanoUsd& NanoUsd::operator+=(NanoUsd other) {
  if (__builtin_add_overflow(value, other.value, &value)) value = other.value > 0 ? kMax : kMin;
  return *this;
}

std::optional<NanoUsd> parse_usd(std::string_view text) {
  Wide nanos = 0;
  int digits = 0;     // before the point
  int decimals = -1;  // after it; -1: no point yet
  for (const char c : text) {
    if (c == '.') {
      if (decimals >= 0 || digits == 0) return std::nullopt;
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    ++(decimals < 0 ? digits : decimals);
    if (decimals > kDecimals) return std::nullopt;
    nanos = nanos * 10 + (c - '0');
    if (nanos > kMax) return std::nullopt;
  }
  if (digits == 0 || decimals == 0) return std::nullopt;
  for (int i = decimals < 0 ? 0 : decimals; i < kDecimals; ++i) nanos *= 10;
  if (nanos > kMax) return std::nullopt;
  return NanoUsd{static_cast<std::int64_t>(nanos)};
}

NanoUsd cost_of(std::int64_t tokens, Rate rate) {
  if (tokens <= 0) return {};
  const Wide product = static_cast<Wide>(tokens) * rate.nanousd_per_million;
  const Wide nanos = (product + kTokensPerRate / 2) / kTokensPerRate;
  return {nanos > kMax ? kMax : static_cast<std::int64_t>(nanos)};
}

void append_usd(std::string& out, NanoUsd amount) {
  auto magnitude = static_cast<std::uint64_t>(amount.value);
  if (amount.value < 0) {
    out.push_back('-');
    magnitude = 0 - magnitude;
  }
  std::array<char, 20> whole{};
  const auto end =
      std::to_chars(whole.data(), whole.data() + whole.size(), magnitude / kNanoPerUsd).ptr;
  out.append(whole.data(), end);
  std::array<char, kDecimals> decimals{};
  std::uint64_t rest = magnitude % kNanoPerUsd;
  for (std::size_t i = decimals.size(); i > 0; --i, rest /= 10) {
    decimals[i - 1] = static_cast<char>('0' + rest % 10);
  }
  std::size_t shown = decimals.size();
  while (shown > kShownDecimals && decimals[shown - 1] == '0') --shown;
  out.push_back('.');
  out.append(decimals.data(), shown);
}

std::string format_usd(NanoUsd amount) {
  std::string out;
  append_usd(out, amount);
  return out;
}

}  // namespace pontage::ledger
