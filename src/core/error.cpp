#include "pontage/core/error.hpp"

#include <array>

namespace pontage {
namespace {

struct Row {
  std::string_view name;
  int status;
  std::string_view type;
  std::string_view text;
};

constexpr std::array kRows = {
#define PONTAGE_ERROR(name, status, type, text) Row{#name, status, type, text},
#include "pontage/core/error_codes.def"
#undef PONTAGE_ERROR
};

const Row& row(Code code) {
  return kRows[static_cast<std::size_t>(code)];
}

}  // namespace

std::string_view code_name(Code code) {
  return row(code).name;
}
int http_status(Code code) {
  return row(code).status;
}
std::string_view openai_error_type(Code code) {
  return row(code).type;
}
std::string_view summary(Code code) {
  return row(code).text;
}

}  // namespace pontage
