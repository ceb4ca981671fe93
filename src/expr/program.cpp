// A program's life: compile once, evaluate often. The reasoning about rules is in bounds.cpp and
// reasoning.cpp.
#include <algorithm>
#include <utility>

#include "expr/checker.hpp"
#include "expr/evaluate.hpp"
#include "expr/expr.hpp"
#include "expr/literal.hpp"

namespace pontage::expr {
namespace {

void collect_ids(const Code& code, const Node& node, std::vector<int>& ids) {
  if (reads_facts(node.op) && std::ranges::find(ids, node.id) == ids.end()) ids.push_back(node.id);
  for (std::size_t i = 0; i < node.count; ++i) collect_ids(code, code.child(node, i), ids);
}

bool before(const Problem& a, const Problem& b) {
  return std::pair(a.line, a.column) < std::pair(b.line, b.column);
}

std::optional<std::string> unreadable(std::string_view source) {
  if (source.size() > kMaxSourceBytes) {
    return "the expression is longer than " + std::to_string(kMaxSourceBytes) +
           " bytes; long lists of names belong into several rules";
  }
  if (!is_utf8(source)) return "the expression is not UTF-8";
  return std::nullopt;
}

}  // namespace

std::expected<Program, std::vector<Problem>> Program::compile(std::string_view source,
                                                              const Scope& scope, Result wanted) {
  std::vector<Problem> problems;
  if (std::optional<std::string> why = unreadable(source)) {
    problems.push_back(problem_at(source, 0, Problem::Cause::kLimit, *std::move(why)));
    return std::unexpected(std::move(problems));
  }
  SyntaxTree tree;
  if (!parse(source, tree, problems)) return std::unexpected(std::move(problems));
  auto code = std::make_shared<Code>();
  code->source = source;
  const std::optional<NodeIndex> root = Checker(tree, scope, *code, problems).run(wanted);
  if (!root || !problems.empty()) {
    std::ranges::sort(problems, before);
    return std::unexpected(std::move(problems));
  }
  code->root = *root;
  collect_ids(*code, code->nodes[*root], code->used_ids);
  return Program(std::move(code));
}

Value Program::evaluate_value(const Facts& facts) const noexcept {
  return evaluate_node(*code_, code_->nodes[code_->root], facts);
}

Program::Outcome Program::evaluate(const Facts& facts) const noexcept {
  const Value value = evaluate_value(facts);
  switch (value.kind()) {
    case Value::Kind::kBool:
      return {.value = value.as_bool()};
    case Value::Kind::kAbsent:
      return {.absent = true, .absent_name = value.text()};
    case Value::Kind::kError:
      return {.error = true, .error_text = value.text()};
    default:
      return {.error = true, .error_text = "the result is not a bool"};
  }
}

bool Program::uses(int id) const noexcept {
  return std::ranges::find(code_->used_ids, id) != code_->used_ids.end();
}

std::string_view Program::source() const noexcept {
  return code_->source;
}

}  // namespace pontage::expr
