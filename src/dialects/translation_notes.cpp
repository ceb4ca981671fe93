#include "dialects/translation_notes.hpp"

#include <algorithm>

namespace pontage::dialects {

bool TranslationNotes::refuse(Code code, std::string param, std::string detail) {
  if (!error)
    error = Error{code, Origin::kClient, Retry::kNever, std::move(detail), std::move(param), {}};
  return false;
}

bool TranslationNotes::impossible(std::string param, std::string why) {
  refuse(Code::k_unsupported_parameter, std::move(param), std::move(why));
  if (error->code == Code::k_unsupported_parameter) error->retry = Retry::kOtherTarget;
  return false;
}

bool TranslationNotes::unsupported(std::string_view param, std::string_view why) {
  if (!shape.drop_unsupported) return impossible(std::string(param), std::string(why));
  drop(param);
  return true;
}

// The list goes into a header and a log line, and names of fields that are not known are the
// client's own words.
void TranslationNotes::drop(std::string_view param) {
  constexpr std::size_t kMaxNames = 32;
  constexpr std::size_t kMaxNameBytes = 64;
  if (dropped.size() >= kMaxNames) return;
  std::string name(param.substr(0, kMaxNameBytes));
  for (char& c : name) {
    if (c <= ' ' || c > '~' || c == ',') c = '?';
  }
  if (std::find(dropped.begin(), dropped.end(), name) == dropped.end())
    dropped.push_back(std::move(name));
}

}  // namespace pontage::dialects
