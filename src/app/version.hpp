// What `pontage version` and pontage_build_info say.
#pragma once

#include <string_view>

namespace pontage::app {

#ifdef PONTAGE_COMMIT
inline constexpr std::string_view kCommit = PONTAGE_COMMIT;
#else
inline constexpr std::string_view kCommit = "unknown";
#endif
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace pontage::app
