// Events: what the process has to say about itself (started, reloaded, a provider's key refused).
// Never about single requests on the hot path; those have the access log. A reader that does not
// read loses events, it stops nobody.
#pragma once

#include <cstdint>
#include <string_view>

namespace pontage::observe::events {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError, kOff };
enum class Format : std::uint8_t { kText, kJson };

struct Options {
  Level level = Level::kInfo;
  Format format = Format::kText;
  int fd = 2;  ///< stderr; 1 for stdout
};

/// Once, before other threads run. Until then events go to stderr as text, at once.
void init(const Options& options);
/// Writes what is queued, waits at most a second for a reader that does not read, and ends the
/// writer thread.
void shutdown();

/// One line each, whatever the message holds: control characters are escaped. Secrets are the
/// caller's to leave out.
void debug(std::string_view message);
void info(std::string_view message);
void warn(std::string_view message);
void error(std::string_view message);

}  // namespace pontage::observe::events
