// The turns of a conversation: their texts, and the rules of the vendors that a translator breaks
// most easily (roles, order, and the pairing of tool calls with their results).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "simulate/ask.hpp"

namespace pontage::simulate {

std::optional<Complaint> read_openai_messages(const nlohmann::json& root, Ask& ask);
std::optional<Complaint> read_anthropic_messages(const nlohmann::json& root, Ask& ask);

}  // namespace pontage::simulate
