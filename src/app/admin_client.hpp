// One GET to the admin listener of a daemon on this machine, for commands that ask it.
#pragma once

#include <expected>
#include <string>

namespace pontage::app {

/// The body of a 200; else what went wrong.
std::expected<std::string, std::string> ask_admin(const std::string& address,
                                                  const std::string& token,
                                                  const std::string& path);

}  // namespace pontage::app
