// Texts of our own in places where clients carry what only a provider can read (signatures,
// encrypted reasoning). They all begin with one mark: no provider may be sent one.
#pragma once

#include <string_view>

namespace pontage::dialects {

inline constexpr std::string_view kOurMark = "pontage-";

}  // namespace pontage::dialects
