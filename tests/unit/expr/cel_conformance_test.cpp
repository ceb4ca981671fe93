// The official CEL conformance tests (tests/conformance/cel/README.md). What the subset covers must
// give the right value; what it leaves out must be refused when it is compiled. docs/expressions.md
// states the numbers, and is checked.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "expr/expr.hpp"

namespace pontage::expr::test {
namespace {

using nlohmann::json;

const std::string kRoot = PONTAGE_SOURCE_DIR;

std::string from_base64(const std::string& text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = (bits << 6) | static_cast<unsigned>(kDigits.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>((bits >> count) & 0xFF));
  }
  return out;
}

double number_of(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "Infinity") return INFINITY;
  if (value == "-Infinity") return -INFINITY;
  return NAN;
}

/// A cel.expr.Value in JSON. Texts go into `texts`, which outlives what is returned.
Value value_of(const json& value, std::deque<std::string>& texts) {
  const std::string kind = value.begin().key();
  const json& inner = value.begin().value();
  if (kind == "nullValue") return Value::null();
  if (kind == "boolValue") return Value::boolean(inner.get<bool>());
  if (kind == "int64Value") return Value::integer(std::stoll(inner.get<std::string>()));
  if (kind == "uint64Value") return Value::natural(std::stoull(inner.get<std::string>()));
  if (kind == "doubleValue") return Value::number(number_of(inner));
  if (kind == "stringValue") return Value::text(texts.emplace_back(inner.get<std::string>()));
  if (kind == "bytesValue") {
    return Value::bytes(texts.emplace_back(from_base64(inner.get<std::string>())));
  }
  throw std::runtime_error("a value of kind " + kind);
}

/// Equal and of the same kind: 1 is not 1.0 here.
bool same(const Value& value, const json& expected) {
  if (expected.contains("listValue")) {
    const json items = expected["listValue"].value("values", json::array());
    if (!value.is(Value::Kind::kList) || value.items().size() != items.size()) return false;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!same(value.items()[i], items[i])) return false;
    }
    return true;
  }
  std::deque<std::string> texts;
  const Value wanted = value_of(expected, texts);
  if (value.kind() != wanted.kind()) return false;
  switch (value.kind()) {
    case Value::Kind::kNull:
      return true;
    case Value::Kind::kBool:
      return value.as_bool() == wanted.as_bool();
    case Value::Kind::kInt:
      return value.as_int() == wanted.as_int();
    case Value::Kind::kUint:
      return value.as_uint() == wanted.as_uint();
    case Value::Kind::kDouble:
      return value.as_double() == wanted.as_double() ||
             (std::isnan(value.as_double()) && std::isnan(wanted.as_double()));
    default:
      return value.text() == wanted.text();
  }
}

Type type_of(const json& type) {
  if (type.contains("mapType")) return type_of(type["mapType"]["valueType"]);
  if (type.contains("null")) return Type::kNull;
  const std::map<std::string, Type> kTypes = {{"BOOL", Type::kBool},     {"INT64", Type::kInt},
                                              {"UINT64", Type::kUint},   {"DOUBLE", Type::kDouble},
                                              {"STRING", Type::kString}, {"BYTES", Type::kBytes}};
  return kTypes.at(type.at("primitive").get<std::string>());
}

class BoundFacts final : public Facts {
 public:
  explicit BoundFacts(const json& test) {
    for (const auto& [name, type] : test.value("types", json::object()).items()) {
      const int id = static_cast<int>(values_.size());
      names_.push_back(
          {texts_.emplace_back(name), type_of(type), id, type.contains("mapType"), ""});
      values_.push_back(test.value("bindings", json::object()).value(name, json()));
    }
  }
  Value get(int id) const override { return read(values_[static_cast<std::size_t>(id)]); }
  Value lookup(int id, std::string_view key) const override {
    const json& map = values_[static_cast<std::size_t>(id)].at("mapValue");
    for (const json& entry : map.value("entries", json::array())) {
      if (entry.at("key").at("stringValue") == key) return read(entry.at("value"));
    }
    return Value::absent();
  }
  Scope scope() const { return Scope(names_); }

 private:
  Value read(const json& value) const {
    return value.is_null() ? Value::absent() : value_of(value, texts_);
  }

  std::vector<Name> names_;
  std::vector<json> values_;
  mutable std::deque<std::string> texts_;
};

struct Tally {
  std::map<std::string, int> run;      ///< by section
  std::map<std::string, int> skipped;  ///< by reason
};

void run_case(const json& test) {
  const BoundFacts facts(test);
  const auto program =
      Program::compile(test["expr"].get<std::string>(), facts.scope(), Program::Result::kAny);
  if (test.contains("error")) {
    if (program) EXPECT_TRUE(program->evaluate_value(facts).is_trouble());
    // Refused when compiled is an error too, but not for want of a feature.
    if (!program) EXPECT_NE(program.error().front().cause, Problem::Cause::kSubset);
    return;
  }
  ASSERT_TRUE(program) << program.error().front().message;
  if (test.contains("check")) return;
  const Value value = program->evaluate_value(facts);
  EXPECT_TRUE(same(value, test["value"]))
      << "gave " << name_of(value.kind()) << " "
      << (value.is_trouble() ? value.text() : std::string_view()) << ", not " << test["value"];
}

Tally run_all() {
  Tally tally;
  std::ifstream file(kRoot + "/tests/conformance/cel/cases.jsonl");
  for (std::string line; std::getline(file, line);) {
    const json test = json::parse(line);
    const std::string name = test["name"];
    SCOPED_TRACE(name + ": " + test["expr"].get<std::string>());
    if (!test.contains("skip")) {
      run_case(test);
      ++tally.run[name.substr(0, name.find('/'))];
      continue;
    }
    ++tally.skipped[test["skip"]];
    const BoundFacts none{json::object()};
    EXPECT_FALSE(
        Program::compile(test["expr"].get<std::string>(), none.scope(), Program::Result::kAny))
        << "is skipped as " << test["skip"] << ", but compiles";
  }
  return tally;
}

int sum(const std::map<std::string, int>& counts) {
  int out = 0;
  for (const auto& [name, count] : counts) out += count;
  return out;
}

TEST(CelConformance, WhatIsCoveredIsRightAndTheRestIsRefused) {
  const Tally tally = run_all();
  EXPECT_EQ(sum(tally.run) + sum(tally.skipped), 2344) << "the file lost or gained cases";
  for (const auto& [section, count] : tally.run) RecordProperty(section, count);

  std::ifstream file(kRoot + "/docs/expressions.md");
  std::stringstream docs;
  docs << file.rdbuf();
  const auto stated = [&](const std::string& name, int count) {
    const std::string row = "| " + name + " | " + std::to_string(count) + " |";
    EXPECT_NE(docs.str().find(row), std::string::npos) << "docs/expressions.md lacks " << row;
  };
  stated("run", sum(tally.run));
  for (const auto& [reason, count] : tally.skipped) stated(reason, count);
}

}  // namespace
}  // namespace pontage::expr::test
