// Google's generateContent, as Anthropic's request: put in the words that the simulator answers by;
// and what Google refuses about it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "simulate/ask.hpp"

namespace pontage::simulate {

bool below_google(std::string_view path);  ///< "/v1beta/…"
/// "…/v1beta/models/M:generateContent" or ":streamGenerateContent".
bool is_gemini(std::string_view path);
bool is_gemini_count(std::string_view path);

/// The first rule of Google's that the request breaks.
std::optional<Complaint> gemini_complaint(std::string_view target, const std::string& body);
/// A body that cannot be read comes back as it is.
std::string gemini_as_messages(std::string_view path, const std::string& body);
std::string gemini_count(std::string_view path, const std::string& body);
std::string gemini_models(std::string_view path, std::span<const std::string_view> models);

}  // namespace pontage::simulate
