// Gemini's chunks, and whole answers (the same shape), read into the events of an answer of no
// dialect.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/gemini_json.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects::gemini {

class ReplyReader final : public dialects::ReplyReader {
 public:
  /// Borrows nothing from the view.
  explicit ReplyReader(const RequestView& view)
      : long_names_(view.long_tool_names),
        created_s_(view.created_s),
        thinking_wanted_(view.asks_reasoning) {}

  Step event(std::string_view event, std::string_view data, llm::ReplySink& sink) override;
  bool stream_end(llm::ReplySink& sink) override;
  Status whole(const Element& root, llm::ReplySink& sink) override;

 private:
  bool response(const Element& root, llm::ReplySink& sink);
  bool candidate(const Element& value, llm::ReplySink& sink);
  void part(const Element& value, llm::ReplySink& sink);
  void call(const Element& value, llm::ReplySink& sink);
  void image(const Element& value, llm::ReplySink& sink);
  void sources(const Element& candidate, llm::ReplySink& sink);
  void cite(const Element& source, llm::ReplySink& sink);
  void say(std::string_view piece);
  bool fail(ReplyError problem);
  bool end(llm::ReplySink& sink);

  std::vector<std::string> long_names_;
  std::int64_t created_s_;
  bool thinking_wanted_;
  std::size_t calls_ = 0;
  std::set<std::string, std::less<>> cited_;
  bool started_ = false;
};

}  // namespace pontage::dialects::gemini
