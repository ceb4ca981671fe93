// A conversation of no dialect written as an Anthropic Messages request (the writing half of rows
// G1-G6). Each step appends JSON text; the first refusal ends it. Errors name the fields of the
// client's own request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects::anthropic {

/// The request so far, and what one field needs to know of another.
struct Writing {
  TranslationNotes& notes;
  const llm::Conversation& conversation;
  std::string& out;
  std::int64_t max_tokens = 0;
  bool forced_tool = false;         ///< the choice of tools makes a call certain
  bool thinking = false;            ///< thinking was switched on
  bool unsigned_tool_turn = false;  ///< the running tool turn has no signed thinking to begin with
};

bool write_request(TranslationNotes& notes, const llm::Conversation& conversation,
                   const RequestView& view, std::string& out);

/// `system` and `messages`.
bool append_conversation(Writing& w);
/// Text, an image or a document as a block, with a comma before it where one belongs. Blank text is
/// nothing.
bool append_block(Writing& w, const llm::Part& part);
/// `{"type":"text","text":…` and the brace still open.
void open_text(std::string& out, std::string_view text);
void close_block(std::string& out, const llm::Part& part);
/// True when append_block() writes something.
bool says_something(const llm::Part& part);

/// `tools` and `tool_choice`.
bool append_tools(Writing& w);
bool valid_tool_name(std::string_view name);

/// `thinking` and `output_config`: how hard to think and in what form to answer.
bool append_thinking(Writing& w);
/// Sampling, stops, the user.
bool append_parameters(Writing& w);

}  // namespace pontage::dialects::anthropic
