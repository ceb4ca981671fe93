// What a conversation may ask of an answer and not every provider can give, refused in one place.
#pragma once

#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects {

/// What a provider's dialect has a place for.
struct Abilities {
  bool penalties = false;
  bool logit_bias = false;
  bool seed = false;
};

/// False, with the refusal in `notes`, where more is asked, or what no translated answer holds:
/// several answers, log probabilities. A seed is a wish, and dropped.
bool within_abilities(TranslationNotes& notes, const llm::Conversation& conversation,
                      const Abilities& abilities);

}  // namespace pontage::dialects
