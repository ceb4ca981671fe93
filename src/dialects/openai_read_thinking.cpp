// The thinking of an assistant's message: OpenRouter's `reasoning_details`, else the plain text of
// `reasoning_content`. Only signatures that Anthropic gave are kept: no other vendor's clients send
// theirs back this way.
#include <simdjson.h>

#include <optional>

#include "dialects/anthropic_wire.hpp"
#include "dialects/openai_read.hpp"

namespace pontage::dialects::openai {

namespace dom = simdjson::dom;
using anthropic::integer_at;
using anthropic::text_at;
using llm::Part;

namespace {

// Entries of one index are the pieces of one block, joined by the client or not.
class Details {
 public:
  Details(const std::string& where, llm::Conversation& conversation, std::vector<Part>& out)
      : where_(where), conversation_(conversation), out_(out) {}

  void entry(const Object& entry);

 private:
  Part& open(Part::Kind kind);
  void append(std::string_view& text, std::string_view piece);

  const std::string& where_;
  llm::Conversation& conversation_;
  std::vector<Part>& out_;
  std::optional<std::int64_t> index_;
  bool open_ = false;
};

Part& Details::open(Part::Kind kind) {
  Part& part = out_.emplace_back();
  part.kind = kind;
  part.where = where_;
  open_ = kind == Part::Kind::kThinking;
  return part;
}

void Details::append(std::string_view& text, std::string_view piece) {
  if (text.empty() || piece.empty()) {
    if (text.empty()) text = piece;
    return;
  }
  auto& made = conversation_.made;
  const bool begun = !made.empty() && made.front().data() == text.data();
  std::string& whole = begun ? made.front() : made.emplace_front(text);
  text = whole.append(piece);
}

void Details::entry(const Object& entry) {
  const std::string_view format = text_at(entry, "format");
  const bool trusted = format.starts_with(anthropic::kReasoningFormat);
  const std::string_view type = text_at(entry, "type");
  if (type == "reasoning.encrypted") {
    open_ = false;
    if (trusted) open(Part::Kind::kRedactedThinking).text = text_at(entry, "data");
    return;
  }
  const auto index = integer_at(entry, "index");
  const bool goes_on = open_ && index && index == index_ && out_.back().signature.empty();
  index_ = index;
  const std::string_view text = text_at(entry, type == "reasoning.summary" ? "summary" : "text");
  const std::string_view signature =
      trusted || format.empty() ? text_at(entry, "signature") : std::string_view{};
  if (!goes_on && text.empty() && signature.empty()) return;
  Part& part = goes_on ? out_.back() : open(Part::Kind::kThinking);
  append(part.text, text);
  append(part.signature, signature);
}

}  // namespace

void read_thinking(const Object& message, const std::string& where, llm::Conversation& conversation,
                   std::vector<Part>& out) {
  dom::array details;
  if (message.at_key("reasoning_details").get(details) == simdjson::SUCCESS) {
    Details reading(where, conversation, out);
    for (const Element element : details) {
      Object entry;
      if (element.get(entry) == simdjson::SUCCESS) reading.entry(entry);
    }
  }
  if (!out.empty()) return;
  std::string_view text = text_at(message, "reasoning_content");
  if (text.empty()) text = text_at(message, "reasoning");
  if (text.empty()) return;
  Part& part = out.emplace_back();
  part.kind = Part::Kind::kThinking;
  part.where = where;
  part.text = text;
}

}  // namespace pontage::dialects::openai
