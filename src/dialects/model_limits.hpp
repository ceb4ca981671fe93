// Fits a conversation to what the target's model is known to do, between the two halves of a
// translation.
#pragma once

#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects {

/// Clamps the limit to the model's (row B13); what the model certainly lacks is refused by its
/// field, or left out where the target says so. False: refused.
bool fit_to_model(TranslationNotes& notes, llm::Conversation& conversation);

}  // namespace pontage::dialects
