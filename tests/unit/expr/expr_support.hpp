// The vocabulary and the facts that the tests of this room share: one of each type, a map of
// metadata, one of headers.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "expr/expr.hpp"

namespace pontage::expr::test {

enum Id : int { kTokens, kModel, kStream, kLatency, kUser, kMetadata, kHeaders, kUnused };

inline constexpr std::array<Name, 7> kNames = {{
    {"request.tokens", Type::kInt, kTokens, false, "input tokens"},
    {"request.model", Type::kString, kModel, false, "the model asked for"},
    {"request.stream", Type::kBool, kStream, false, "whether a stream is asked for"},
    {"latency_ms", Type::kDouble, kLatency, false, "time to the commit point"},
    {"request.user", Type::kDynamic, kUser, false, "the user, which may be absent"},
    {"request.metadata", Type::kDynamic, kMetadata, true, "the request's metadata"},
    {"request.headers", Type::kString, kHeaders, true, "the request's headers"},
}};
inline constexpr Scope kScope{kNames};

class TestFacts final : public Facts {
 public:
  Value get(int id) const override {
    const auto found = values.find(id);
    return found == values.end() ? Value::absent() : found->second;
  }
  Value lookup(int id, std::string_view key) const override {
    const auto& map = id == kHeaders ? headers : metadata;
    const auto found = map.find(key);
    return found == map.end() ? Value::absent() : Value::text(found->second);
  }

  std::map<int, Value> values = {{kTokens, Value::integer(700)},
                                 {kModel, Value::text("gpt-4o")},
                                 {kStream, Value::boolean(true)},
                                 {kLatency, Value::number(1250.5)}};
  std::map<std::string, std::string, std::less<>> metadata;
  std::map<std::string, std::string, std::less<>> headers;
};

/// A rule that is known to be right.
inline Program program(std::string_view source) {
  auto compiled = Program::compile(source, kScope);
  if (!compiled) {
    const Problem& first = compiled.error().front();
    throw std::runtime_error(std::string(source) + ": " + first.message);
  }
  return *std::move(compiled);
}

}  // namespace pontage::expr::test
