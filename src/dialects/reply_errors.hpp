// What a provider's error means, in no dialect: the status that its type or code stands for, and
// our own error for it.
#pragma once

#include <string_view>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {

/// 429 for "rate_limit_exceeded", …; 0 when neither says anything.
int status_of(std::string_view code, std::string_view type);

/// An error inside a 200 as the failure of an attempt.
Error as_error(const ReplyError& error);

}  // namespace pontage::dialects
