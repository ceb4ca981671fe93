// Money is integer nano-dollars and never a float: parsed exactly, multiplied exactly, rounded once
// per token class. Sums and products saturate instead of wrapping, far beyond any sum a gateway
// will see (9.2 billion dollars).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pontage::ledger {

struct NanoUsd {
  std::int64_t value = 0;

  friend auto operator<=>(const NanoUsd&, const NanoUsd&) = default;
  NanoUsd& operator+=(NanoUsd other);
  friend NanoUsd operator+(NanoUsd a, NanoUsd b) { return a += b; }
};

inline constexpr std::int64_t kNanoPerUsd = 1'000'000'000;
inline constexpr std::int64_t kTokensPerRate = 1'000'000;

/// What a million tokens cost. A price list's dollars per million with up to nine decimals are held
/// exactly.
struct Rate {
  std::int64_t nanousd_per_million = 0;
  friend bool operator==(const Rate&, const Rate&) = default;
};

/// `2.50`, `0`, `12`, `.075` is refused, so is a sign, an exponent, or a tenth decimal: a price
/// must be exact.
std::optional<NanoUsd> parse_usd(std::string_view text);

/// tokens × rate in nano-dollars, halves rounded up. Negative tokens count as none.
NanoUsd cost_of(std::int64_t tokens, Rate rate);

/// `0.0001234`, `1.50`, `-0.25`: all the digits there are, at least two after the point, at most
/// nine. No exponent.
void append_usd(std::string& out, NanoUsd amount);
std::string format_usd(NanoUsd amount);

}  // namespace pontage::ledger
