#include "middleware/registry.hpp"

#include <array>

namespace pontage::middleware {

#define PONTAGE_MIDDLEWARE(name, kind, reason)                                  \
  std::unique_ptr<chain::Middleware> make_##name(const config::Node& node,      \
                                                 chain::BuildContext& context); \
  const config::StructDoc& doc_of_##name();
#include "middleware/middleware.def"
#undef PONTAGE_MIDDLEWARE

namespace {
constexpr std::array kRows = {
#define PONTAGE_MIDDLEWARE(name, kind, reason) \
  chain::Registration{#name, chain::Kind::kind, make_##name, doc_of_##name, reason},
#include "middleware/middleware.def"
#undef PONTAGE_MIDDLEWARE
};

struct Later {
  std::string_view name;
  const char* reason;
};
constexpr std::array kLater = {
    Later{"budget", "budgets come with a later version; nothing is limited"},
    Later{
        "scenario",
        "scenario scheduling comes with a later version; the `default` target answers everything"},
    Later{"auto", "automatic routing comes with a later version"},
    Later{"rollout", "rollouts come with a later version"},
    Later{"pii",
          "PII detection comes with a later version; nothing is detected, masked or blocked"},
    Later{"guardrail", "guardrails come with a later version; nothing is checked"},
};
}  // namespace

std::span<const chain::Registration> registry() {
  return kRows;
}

const chain::Registration* find(std::string_view name) {
  for (const auto& row : kRows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& row : kRows) all.emplace_back(row.name);
  for (const auto& row : kLater) all.emplace_back(row.name);
  return all;
}

const char* not_live_reason(std::string_view name) {
  for (const auto& row : kLater) {
    if (row.name == name) return row.reason;
  }
  return nullptr;
}

}  // namespace pontage::middleware
