// Names: the longest known prefix of `a.b.c` (cel-spec, doc/langdef.md, "Name Resolution"), keys of
// maps, has().
#include "expr/checker.hpp"

namespace pontage::expr {
namespace {

using Kind = Syntax::Kind;

bool is_key_type(Type type) {
  return type == Type::kString || type == Type::kDynamic || type == Type::kAny;
}

std::string with_article(Type type) {
  const std::string name(name_of(type));
  const bool vowel = name.find_first_of("aeio") == 0;
  return (vowel ? "an " : "a ") + name;
}

}  // namespace

/// `a.b.c` as one text, if it is nothing but names and dots.
std::optional<std::string> Checker::dotted(const Syntax& syntax) const {
  if (syntax.kind == Kind::kIdent) return syntax.text;
  if (syntax.kind != Kind::kSelect) return std::nullopt;
  std::optional<std::string> base = dotted(tree_.nodes[syntax.children[0]]);
  if (base) *base += "." + syntax.text;
  return base;
}

const Name* Checker::whole_name(NodeIndex syntax) const {
  const std::optional<std::string> name = dotted(tree_.nodes[syntax]);
  return name ? scope_.find(*name) : nullptr;
}

Checker::Lowered Checker::lower_name(const Syntax& syntax) {
  const std::optional<std::string> name = dotted(syntax);
  if (!name) {
    return complain(syntax.mark, Cause::kType,
                    "only maps have fields, and a key with a field is none of them");
  }
  if (const Name* known = scope_.find(*name)) {
    if (!known->is_map) return fact(*known, Op::kFact);
    return complain(syntax.begin, Cause::kType,
                    quote(syntax) + " is a map; name a key: `" + *name + ".x`, `" + *name +
                        "['x']`, or `'x' in " + *name + "`");
  }
  if (syntax.kind == Kind::kSelect) {
    if (const Name* map = whole_name(syntax.children[0])) {
      if (map->is_map) return lower_field(syntax, *map, syntax.text, Op::kLookup);
      return complain(syntax.mark, Cause::kName,
                      "`" + std::string(map->name) + "` is " + with_article(map->type) +
                          " and has no field `" + syntax.text + "`");
    }
  }
  return unknown_name(syntax, *name);
}

Checker::Lowered Checker::unknown_name(const Syntax& syntax, const std::string& name) {
  // `request.metadata.a.b`: the part before the last dot is a value, not a map.
  if (syntax.kind == Kind::kSelect) {
    const Syntax& base = tree_.nodes[syntax.children[0]];
    const Name* map = base.kind == Kind::kSelect ? whole_name(base.children[0]) : nullptr;
    if (map != nullptr && map->is_map) {
      return complain(syntax.mark, Cause::kName,
                      "a value of `" + std::string(map->name) +
                          "` has no fields; a key with a dot is written `" +
                          std::string(map->name) + "['" + base.text + "." + syntax.text + "']`");
    }
  }
  std::string message = "unknown name `" + name + "`";
  const std::string near = scope_.closest(name);
  if (!near.empty()) {
    message += "; did you mean `" + near + "`?";
  } else if (syntax.kind == Kind::kIdent) {
    message += "; a text stands in quotes: '" + name + "'";
  }
  return complain(syntax.begin, Cause::kName, std::move(message));
}

Checker::Lowered Checker::fact(const Name& name, Op op) {
  const Type type = op == Op::kHasFact ? Type::kBool : name.type;
  return emit({.op = op, .type = type, .id = name.id, .label = code_.keep(std::string(name.name))},
              {});
}

Checker::Lowered Checker::lower_field(const Syntax& syntax, const Name& map, std::string_view key,
                                      Op op) {
  (void)syntax;
  const NodeIndex key_node = constant(Value::text(code_.keep(std::string(key))));
  const bool plain = key.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_") == std::string_view::npos;
  std::string label(map.name);
  label += plain ? "." + std::string(key) : "['" + std::string(key) + "']";
  const Type type = op == Op::kLookup ? map.type : Type::kBool;
  return emit({.op = op, .type = type, .id = map.id, .label = code_.keep(std::move(label))},
              {key_node});
}

/// `map[key]`, the key being any text.
Checker::Lowered Checker::lower_key(const Syntax& syntax, const Name& map) {
  const Syntax& written = tree_.nodes[syntax.children[1]];
  const Lowered key = lower(written);
  if (!key) return std::nullopt;
  if (!is_key_type(type(*key))) {
    return complain(written.begin, Cause::kType,
                    "the keys of `" + std::string(map.name) + "` are strings, not " +
                        std::string(name_of(type(*key))) + "; did you mean `'" +
                        quote(written).substr(1, quote(written).size() - 2) + "'`?");
  }
  const Node& lowered = node(*key);
  if (lowered.op == Op::kConst && lowered.value.is(Value::Kind::kString)) {
    return lower_field(syntax, map, lowered.value.text(), Op::kLookup);
  }
  return emit({.op = Op::kLookup,
               .type = map.type,
               .id = map.id,
               .label = code_.keep(std::string(map.name))},
              {*key});
}

Checker::Lowered Checker::lower_index(const Syntax& syntax) {
  if (const Name* map = whole_name(syntax.children[0]); map != nullptr && map->is_map) {
    return lower_key(syntax, *map);
  }
  const Lowered list = lower(syntax.children[0]);
  const Lowered index = lower(syntax.children[1]);
  if (!list || !index) return std::nullopt;
  if (type(*list) != Type::kList && type(*list) != Type::kAny) {
    return complain(syntax.mark, Cause::kType,
                    "`[ ]` is for maps and lists; " + quote(tree_.nodes[syntax.children[0]]) +
                        " is " + with_article(type(*list)));
  }
  const Type by = type(*index);
  if (by != Type::kInt && by != Type::kUint && by != Type::kAny) {
    return complain(tree_.nodes[syntax.children[1]].begin, Cause::kType,
                    "the index of a list is an int, not " + std::string(name_of(by)));
  }
  // What stands in a list is known only for lists that are constant and of one type.
  Type element = Type::kAny;
  if (node(*list).op == Op::kConst && node(*list).value.is(Value::Kind::kList)) {
    const std::span<const Value> items = node(*list).value.items();
    bool alike = !items.empty();
    for (const Value& item : items) alike = alike && item.kind() == items[0].kind();
    if (alike) element = type(constant(items[0]));
  }
  return emit({.op = Op::kIndex, .type = element}, {*list, *index});
}

Checker::Lowered Checker::lower_has(const Syntax& syntax) {
  constexpr std::string_view kHow =
      "has() takes a field, as in `has(request.metadata.x)`; any other key is asked for by `'x' in "
      "request.metadata`";
  if (syntax.kind != Kind::kCall || syntax.children.size() != 1) {
    return complain(syntax.begin, Cause::kFunction, std::string(kHow));
  }
  const Syntax& field = tree_.nodes[syntax.children[0]];
  if (field.kind != Kind::kSelect) {
    return complain(field.begin, Cause::kFunction, std::string(kHow));
  }
  if (const Name* known = whole_name(syntax.children[0]); known != nullptr && !known->is_map) {
    return fact(*known, Op::kHasFact);
  }
  if (const Name* map = whole_name(field.children[0]); map != nullptr && map->is_map) {
    return lower_field(syntax, *map, field.text, Op::kHasLookup);
  }
  const Lowered inner = lower_name(field);  // says what is wrong with the name
  if (!inner) return std::nullopt;
  return complain(field.begin, Cause::kFunction, std::string(kHow));
}

}  // namespace pontage::expr
