// The text of config/prices.yaml, compiled in (room.cmake); prices.cpp parses it.
#pragma once

#include <string_view>

namespace pontage::ledger {

extern const std::string_view kBuiltinPrices;

}  // namespace pontage::ledger
