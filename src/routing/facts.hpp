// What rules may ask: the names of the rule language with their types, and the answers for one
// request. Token counting is the caller's: it fills `tokens` before the chain runs when a rule
// needs it. Evaluation allocates nothing.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "expr/expr.hpp"
#include "http/headers.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::routing {

enum Fact : int {
#define PONTAGE_FACT(id, name, type, is_map, outcome, doc) k##id,
#include "routing/facts.def"
#undef PONTAGE_FACT
};

const expr::Scope& request_scope();  ///< for rules on a request
const expr::Scope& outcome_scope();  ///< the same and what is known of an attempt

class RequestFacts : public expr::Facts {
 public:
  const dialects::RequestView* view = nullptr;
  std::span<const http::HeaderView> headers;
  std::string_view path;
  std::string_view key_name;
  const std::map<std::string, std::string, std::less<>>* key_tags = nullptr;
  std::int64_t tokens = -1;  ///< -1: not counted; the rule that asks is then false and says so
  std::string scenario;
  std::string_view body;  ///< for `request.params`: the client's JSON, known to be valid

  expr::Value get(int id) const override;
  expr::Value lookup(int id, std::string_view key) const override;
  /// A top-level field of the body, if it is a scalar.
  [[nodiscard]] std::string_view param(std::string_view key) const;
  /// `metadata` of the body, else `x-pontage-tags`; null data when absent.
  [[nodiscard]] std::string_view metadata(std::string_view key) const;
};

struct OutcomeFacts final : expr::Facts {
  explicit OutcomeFacts(const RequestFacts& about) : request(about) {}
  const RequestFacts& request;
  int status_code = 0;
  std::int64_t latency_ms = 0;
  std::int64_t ttft_ms = -1;  ///< -1: no content yet
  std::string_view error;

  expr::Value get(int id) const override;
  expr::Value lookup(int id, std::string_view key) const override {
    return request.lookup(id, key);
  }
};

}  // namespace pontage::routing
