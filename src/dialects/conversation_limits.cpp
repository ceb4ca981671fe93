#include "dialects/conversation_limits.hpp"

namespace pontage::dialects {

namespace {

// What is 0 asks for nothing.
bool matters(const std::string& penalty) {
  return penalty.find_first_of("123456789") != std::string::npos;
}

}  // namespace

bool within_abilities(TranslationNotes& notes, const llm::Conversation& conversation,
                      const Abilities& abilities) {
  const auto check = [&notes](bool asked, bool able, std::string_view param, std::string_view why) {
    return !asked || able || notes.unsupported(param, why);
  };
  constexpr std::string_view kNoLogprobs = "This provider gives no log probabilities.";
  constexpr std::string_view kNoPenalty = "This provider's models have no such penalty.";
  if (conversation.seed && !abilities.seed) notes.drop("seed");
  return check(conversation.choices.value_or(1) != 1, false, conversation.names.choices,
               "This provider gives one answer a request.") &&
         check(conversation.logprobs, false, "logprobs", kNoLogprobs) &&
         check(conversation.top_logprobs.has_value(), false, "top_logprobs", kNoLogprobs) &&
         check(matters(conversation.frequency_penalty), abilities.penalties, "frequency_penalty",
               kNoPenalty) &&
         check(matters(conversation.presence_penalty), abilities.penalties, "presence_penalty",
               kNoPenalty) &&
         check(!conversation.logit_bias.empty(), abilities.logit_bias, "logit_bias",
               "This provider's models take no token biases.");
}

}  // namespace pontage::dialects
