// Set operations on sorted intervals and sorted texts.
#include "expr/domain.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>

namespace pontage::expr {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

Interval bounds(View view) {
  switch (view) {
    case View::kInt:
      return {kLowest, kHighest};
    case View::kDouble: {
      constexpr double kInfinity = std::numeric_limits<double>::infinity();
      return {double_key(-kInfinity), double_key(kInfinity)};
    }
    case View::kBool:
    case View::kTruth:
      return {0, 1};
    case View::kPresence:
    case View::kText:
      break;
  }
  return {0, 0};
}

std::vector<Interval> outside(const std::vector<Interval>& ranges, Interval all) {
  std::vector<Interval> out;
  std::int64_t next = all.low;
  for (const Interval& range : ranges) {
    if (range.low > next) out.push_back({next, range.low - 1});
    if (range.high == all.high) return out;
    next = range.high + 1;
  }
  out.push_back({next, all.high});
  return out;
}

std::vector<Interval> common(const std::vector<Interval>& a, const std::vector<Interval>& b) {
  std::vector<Interval> out;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::int64_t low = std::max(a[i].low, b[j].low);
    const std::int64_t high = std::min(a[i].high, b[j].high);
    if (low <= high) out.push_back({low, high});
    (a[i].high < b[j].high ? i : j) += 1;
  }
  return out;
}

using Texts = std::vector<std::string>;

Texts both(const Texts& a, const Texts& b) {
  Texts out;
  std::ranges::set_intersection(a, b, std::back_inserter(out));
  return out;
}
Texts either(const Texts& a, const Texts& b) {
  Texts out;
  std::ranges::set_union(a, b, std::back_inserter(out));
  return out;
}
Texts without(const Texts& a, const Texts& b) {
  Texts out;
  std::ranges::set_difference(a, b, std::back_inserter(out));
  return out;
}

}  // namespace

bool Domain::has_present() const {
  if (other || !ranges.empty()) return true;
  return view == View::kText && (all_texts_but || !texts.empty());
}

Domain nothing(View view, bool has_other) {
  return {.view = view, .has_other = has_other};
}

Domain everything(View view, bool has_other) {
  return complement(nothing(view, has_other));
}

Domain complement(const Domain& set) {
  Domain out = present_rest(set);
  out.absent = !set.absent;
  return out;
}

Domain present_rest(const Domain& set) {
  Domain out = set;
  out.absent = false;
  out.other = set.has_other && !set.other;
  if (set.view == View::kText) {
    out.all_texts_but = !set.all_texts_but;
  } else {
    out.ranges = outside(set.ranges, bounds(set.view));
  }
  return out;
}

Domain intersection(const Domain& a, const Domain& b) {
  Domain out = nothing(a.view, a.has_other);
  out.absent = a.absent && b.absent;
  out.other = a.other && b.other;
  if (a.view != View::kText) {
    out.ranges = common(a.ranges, b.ranges);
    return out;
  }
  out.all_texts_but = a.all_texts_but && b.all_texts_but;
  if (out.all_texts_but) {
    out.texts = either(a.texts, b.texts);
  } else if (a.all_texts_but) {
    out.texts = without(b.texts, a.texts);
  } else {
    out.texts = b.all_texts_but ? without(a.texts, b.texts) : both(a.texts, b.texts);
  }
  return out;
}

void unite(Domain& set, const Domain& more) {
  set = complement(intersection(complement(set), complement(more)));
}

std::int64_t double_key(double value) {
  if (value == 0) value = 0;  // -0.0 is equal to 0.0
  const auto bits = std::bit_cast<std::int64_t>(value);
  return bits < 0 ? bits ^ kHighest : bits;
}

}  // namespace pontage::expr
