#include "dialects/input_text.hpp"

#include <simdjson.h>

#include <algorithm>

namespace pontage::dialects {
namespace {
constexpr std::int64_t kFileBytesPerToken = 50;  // a PDF page is some 75 KB and 1,500 tokens
constexpr std::int64_t kFileLeast = 500;
}  // namespace

bool InputTexts::visit(std::string_view body, std::int64_t& estimated_tokens) {
  estimated_tokens = 0;
  JsonParser& parser = thread_parser();
  Element parsed;
  if (parser.parse(body, parsed) != nullptr) return false;
  root(parsed);
  estimated_tokens = estimated_;
  parser.trim();
  return exact_;
}

void InputTexts::texts(const Element& object, std::initializer_list<std::string_view> members) {
  for (const auto name : members) text(text_member(object, name));
}

void InputTexts::guess_file(std::int64_t bytes) {
  guess(std::max(kFileLeast, bytes / kFileBytesPerToken));
}

void InputTexts::json(const Element& value) {
  exact_ = false;
  if (going_) text(json_text(value));
}

std::int64_t InputTexts::decoded_bytes(const Element& object, std::string_view base64) {
  return static_cast<std::int64_t>(text_member(object, base64).size()) / 4 * 3;
}

}  // namespace pontage::dialects
