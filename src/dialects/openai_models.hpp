// What OpenAI's models take, by their names: asked by both of its dialects.
#pragma once

#include <string>
#include <string_view>

#include "llm/conversation.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::openai {

/// The model takes an effort; others answer 400 to it.
bool reasons(const TargetShape& shape);
/// OpenAI's own reasoning models also refuse sampling parameters, and the older limit's name.
bool is_strict_reasoner(const TargetShape& shape);
/// "low", "medium", "high"; empty: nothing to say.
std::string_view effort_of(const llm::Reasoning& reasoning);
/// True when the schema can be asked for strictly: every object closed, every property required.
bool fits_strict(const std::string& schema);

}  // namespace pontage::dialects::openai
