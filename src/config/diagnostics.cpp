// Ordering and spelling of diagnostics, and the search for what the writer probably meant.
#include "config/diagnostics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/edit_distance.hpp"
#include "core/strings.hpp"

namespace pontage::config {
namespace {

constexpr std::size_t kLongestName =
    64;  // nobody means a key this long; keeps the table small on garbage

std::string_view file_of(const Mark& mark) {
  return mark.file ? std::string_view(*mark.file) : "";
}

auto order_of(const Diagnostic& diagnostic) {
  return std::make_tuple(file_of(diagnostic.mark), diagnostic.mark.line, diagnostic.mark.column);
}

bool same(const Diagnostic& a, const Diagnostic& b) {
  return order_of(a) == order_of(b) && a.severity == b.severity && a.message == b.message;
}

/// Short words are near to everything, so they must be nearer.
std::size_t allowed_distance(std::size_t length) {
  if (length <= 2) return 0;
  if (length <= 4) return 1;
  return length <= 8 ? 2 : 3;
}

}  // namespace

std::string Diagnostic::text() const {
  std::string out;
  if (mark.file) {
    out += *mark.file;
    out += ':';
    if (mark.line > 0) {
      out += std::to_string(mark.line) + ':' + std::to_string(mark.column) + ':';
    }
    out += ' ';
  }
  if (severity == Severity::kWarning) out += "warning: ";
  return out + message;
}

void Diagnostics::error(const Mark& mark, std::string message) {
  all_.push_back({Severity::kError, mark, std::move(message)});
  ++errors_;
}

void Diagnostics::warning(const Mark& mark, std::string message) {
  all_.push_back({Severity::kWarning, mark, std::move(message)});
}

void Diagnostics::sort() {
  std::sort(all_.begin(), all_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::make_tuple(order_of(a), std::string_view(a.message)) <
           std::make_tuple(order_of(b), std::string_view(b.message));
  });
  all_.erase(std::unique(all_.begin(), all_.end(), same), all_.end());
  errors_ =
      static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [](const Diagnostic& each) {
        return each.severity == Severity::kError;
      }));
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& candidates) {
  if (wrong.size() > kLongestName) return "";
  const std::string lower = to_lower(wrong);
  const std::string* best = nullptr;
  std::size_t best_distance = allowed_distance(wrong.size()) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongestName) continue;
    const std::size_t distance = edit_distance(lower, to_lower(candidate), best_distance);
    if (distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best == nullptr ? "" : " (did you mean \"" + *best + "\"?)";
}

}  // namespace pontage::config
