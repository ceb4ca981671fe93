// What a translation of a request has to say beside its result: the first refusal, and the names of
// what was left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pontage/core/error.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {

struct TranslationNotes {
  explicit TranslationNotes(const TargetShape& target) : shape(target) {}

  const TargetShape& shape;
  std::vector<std::string> dropped;
  std::optional<Error> error;

  /// The request is wrong: 400. Returns false, so that callers can `return t.refuse(…)`.
  bool refuse(Code code, std::string param, std::string detail);
  /// The provider cannot do it and it cannot be left out either; another target of the chain may.
  /// Returns false.
  bool impossible(std::string param, std::string why);
  /// The provider cannot do it: dropped where the target says so (true), else refused (false).
  bool unsupported(std::string_view param, std::string_view why);
  /// A wish that may go unfulfilled: left out and listed.
  void drop(std::string_view param);
};

}  // namespace pontage::dialects
