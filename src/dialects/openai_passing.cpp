// An OpenAI answer too large to be held, read while it passes: no tree, only strings, brackets and
// the members of the root. What it keeps is bounded, whatever comes.
#include <simdjson.h>

#include "dialects/json_document.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_reply.hpp"

namespace pontage::dialects {
namespace {

constexpr std::size_t kKeyBytes = 32;          // longer keys are none that we look for
constexpr std::size_t kValueBytes = 8 * 1024;  // a usage object is a few hundred bytes

class OpenAiPassing final : public PassingReader {
 public:
  explicit OpenAiPassing(std::string_view payload)
      : payload_(payload), has_payload_(payload.empty()) {}

  void feed(std::string_view bytes) override {
    std::size_t at = 0;
    while (at < bytes.size() && problem_.empty()) {
      if (in_string_) {
        at = pass_string(bytes, at);
      } else {
        structural(bytes[at++]);
      }
    }
  }

  [[nodiscard]] std::string_view problem() const override {
    if (problem_.empty() && !error_.empty() && error_.front() != 'n')  // null is none
      return "has an error in it";
    return problem_;
  }

  bool at_end() override {
    if (!problem().empty() || !has_payload_ || depth_ != 0) return false;
    std::string text = "{\"usage\":";
    text.append(usage_.empty() ? "null" : usage_).append(",\"model\":");
    text.append(model_.empty() ? "null" : model_).append("}");
    JsonParser& parser = thread_parser();
    simdjson::dom::element root;
    if (parser.parse(text, root) == nullptr) {
      if (const auto found = find_openai_usage(root)) usage = *found;
      response_model = text_member(root, "model");
    }
    return true;
  }

 private:
  // To the end of the string, or of the piece.
  std::size_t pass_string(std::string_view bytes, std::size_t at) {
    const std::size_t begin = at;
    for (; at < bytes.size(); ++at) {
      if (escaped_) {
        escaped_ = false;
      } else if (bytes[at] == '\\') {
        escaped_ = true;
      } else if (bytes[at] == '"') {
        in_string_ = false;
        ++at;
        break;
      }
    }
    const std::string_view part = bytes.substr(begin, at - begin);
    if (in_key_ && key_.size() < kKeyBytes) key_.append(part.substr(0, kKeyBytes));
    if (!in_string_) in_key_ = false;
    keep(part);
    if (in_choices_) output_text_bytes += static_cast<std::int64_t>(part.size());
    return at;
  }

  void keep(std::string_view part) {
    if (value_ == nullptr) return;
    if (value_->size() + part.size() > kValueBytes) {
      value_->clear();  // not what it looked like
      value_ = nullptr;
      return;
    }
    value_->append(part);
  }

  void structural(char c) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') return;
    if (depth_ == 0 && (begun_ || c != '{')) {
      problem_ = begun_ ? "goes on after its end" : "is not a JSON object";
      return;
    }
    begun_ = true;
    if (c == '{' || c == '[') {
      if (++depth_ == 1) key_next_ = true;
    } else if (c == '}' || c == ']') {
      --depth_;
    } else if (c == '"') {
      in_string_ = true;
      in_key_ = depth_ == 1 && key_next_;
      if (in_key_) key_.clear();
    }
    if (depth_ == 0 || (depth_ == 1 && c == ',')) {
      value_ = nullptr;
      in_choices_ = false;
      key_next_ = true;
    } else if (depth_ == 1 && c == ':') {
      begin_value();
    } else {
      keep({&c, 1});
    }
  }

  // `key_` ends in its quote.
  void begin_value() {
    key_next_ = false;
    const bool payload = std::string_view(key_).substr(0, key_.size() - 1) == payload_;
    has_payload_ = has_payload_ || payload;
    in_choices_ = payload && payload_ != "data";  // what is said, not vectors
    if (key_ == "usage\"") value_ = &usage_;
    if (key_ == "model\"") value_ = &model_;
    if (key_ == "error\"") value_ = &error_;
    if (value_ != nullptr) value_->clear();
  }

  std::string_view payload_;  // the member that every answer has; empty: none
  bool has_payload_;
  int depth_ = 0;
  bool begun_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
  bool key_next_ = false;
  bool in_key_ = false;
  bool in_choices_ = false;
  std::string key_;
  std::string* value_ = nullptr;  // which member of the root is being kept
  std::string usage_;
  std::string model_;
  std::string error_;
  std::string_view problem_;
};

}  // namespace

std::unique_ptr<PassingReader> make_openai_passing_reader(std::string_view payload) {
  return std::make_unique<OpenAiPassing>(payload);
}

}  // namespace pontage::dialects
