#include "providers/family.hpp"

#include <array>

namespace pontage::providers {
namespace {
constexpr std::array kFamilies = {
#define PONTAGE_FAMILY(kind) kind##_family,
#include "providers/providers.def"
#undef PONTAGE_FAMILY
};
}  // namespace

const Family* find_family(std::string_view kind) {
  for (const auto family : kFamilies) {
    if (family().kind == kind) return &family();
  }
  return nullptr;
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const auto family : kFamilies) names.emplace_back(family().kind);
  return names;
}

}  // namespace pontage::providers
