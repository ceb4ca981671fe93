// What the readers of input texts share, whatever the dialect: a sink that may have had enough, and
// guesses for what has no text. Included by the sources of dialects only.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "dialects/json_document.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {

class InputTexts {
 public:
  explicit InputTexts(TextSink& sink) : sink_(sink) {}
  virtual ~InputTexts() = default;
  InputTexts(const InputTexts&) = delete;
  InputTexts& operator=(const InputTexts&) = delete;
  /// visit_input_text() of a dialect: false when a part of the body can only be estimated.
  bool visit(std::string_view body, std::int64_t& estimated_tokens);

 protected:
  using Element = simdjson::dom::element;
  virtual void root(const Element& body) = 0;

  [[nodiscard]] bool going() const { return going_; }
  void message() { sink_.message(); }
  void text(std::string_view piece) {
    if (going_ && !piece.empty()) going_ = sink_.text(piece);
  }
  void texts(const Element& object, std::initializer_list<std::string_view> members);
  void guess(std::int64_t tokens) {
    exact_ = false;
    estimated_ += tokens;
  }
  void guess_file(std::int64_t bytes);
  /// Its JSON as text, which is not quite what a provider makes of it.
  void json(const Element& value);
  static std::int64_t decoded_bytes(const Element& object, std::string_view base64);

 private:
  TextSink& sink_;
  bool going_ = true;
  bool exact_ = true;
  std::int64_t estimated_ = 0;
};

}  // namespace pontage::dialects
