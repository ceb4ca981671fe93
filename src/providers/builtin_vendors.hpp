// The text of config/providers.yaml, compiled in (room.cmake).
#pragma once

#include <string_view>

namespace pontage::providers {

extern const std::string_view kBuiltinVendors;

}  // namespace pontage::providers
