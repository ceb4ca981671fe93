// Looking names up, and finding what somebody may have meant.
#include "expr/scope.hpp"

#include <algorithm>

#include "core/edit_distance.hpp"

namespace pontage::expr {
namespace {

std::string_view last_part(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

const Name* Scope::find(std::string_view name) const {
  const auto found = std::ranges::find(names_, name, &Name::name);
  return found == names_.end() ? nullptr : &*found;
}

std::string Scope::closest(std::string_view wrong) const {
  const std::size_t dot = wrong.rfind('.');
  for (const Name& name : names_) {
    if (!name.is_map) {
      // `tokens` or `req.tokens` for `request.tokens`; `latency` for `latency_ms`.
      const std::string_view last = last_part(name.name);
      const std::string_view meant = last_part(wrong);
      if (last == meant || last.starts_with(std::string(meant) + "_"))
        return std::string(name.name);
    } else if (const std::size_t end = std::min(wrong.find('.'), wrong.size());
               last_part(name.name) == wrong.substr(0, end)) {
      return std::string(name.name) + std::string(wrong.substr(end));
    }
  }
  std::size_t best = wrong.size() > 4 ? 3 : 2;  // nearer than this
  std::string near;
  for (const Name& name : names_) {
    if (name.is_map && dot == std::string_view::npos) continue;
    const std::string_view part = name.is_map ? wrong.substr(0, dot) : wrong;
    const std::size_t distance = edit_distance(part, name.name, best);
    if (distance >= best) continue;
    best = distance;
    near = std::string(name.name) + std::string(wrong.substr(part.size()));
  }
  return near;
}

std::string_view name_of(Type type) {
  switch (type) {
    case Type::kBool:
      return "bool";
    case Type::kInt:
      return "int";
    case Type::kUint:
      return "uint";
    case Type::kDouble:
      return "double";
    case Type::kString:
      return "string";
    case Type::kBytes:
      return "bytes";
    case Type::kNull:
      return "null";
    case Type::kList:
      return "list";
    case Type::kDynamic:
      return "metadata value";
    case Type::kAny:
      return "dyn";
  }
  return "";
}

std::string_view name_of(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kAbsent:
      return "absent";
    case Value::Kind::kError:
      return "error";
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return "bool";
    case Value::Kind::kInt:
      return "int";
    case Value::Kind::kUint:
      return "uint";
    case Value::Kind::kDouble:
      return "double";
    case Value::Kind::kString:
      return "string";
    case Value::Kind::kBytes:
      return "bytes";
    case Value::Kind::kList:
      return "list";
  }
  return "";
}

}  // namespace pontage::expr
