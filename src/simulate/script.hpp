// What a connection is to do, step by step. A script is asked for its next step only when all
// earlier bytes are with the kernel, so nothing of a long answer is held in memory before its time.
// Knows no sockets.
#pragma once

#include <cstdint>
#include <string>

#include "core/clock.hpp"

namespace pontage::simulate {

enum class Do : std::uint8_t {
  kMore,   ///< bytes were appended; ask again, one write may carry more
  kFlush,  ///< bytes were appended; they go out in a write of their own
  kWait,   ///< nothing until `until`
  kStall,  ///< nothing until the client closes
  kFin,    ///< the end: no more bytes, the connection closes
  kReset,  ///< the end: RST, once the client's kernel has all bytes
  kNext,   ///< the end: the connection waits for its next request (at most to `until`, when that is
           ///< set)
};

struct Step {
  Do what = Do::kMore;
  SteadyTime until{};
};

/// How a script came to its end.
struct Ending {
  enum class Kind : std::uint8_t { kPlayed, kClientClosed, kStopped };
  Kind kind = Kind::kPlayed;
  Do last = Do::kNext;  ///< the step that ended it, or that it was in
  SteadyTime at{};
  std::uint64_t bytes_sent = 0;  ///< handed to the kernel
};

class Script {
 public:
  virtual ~Script() = default;
  virtual Step next(std::string& out, SteadyTime now) = 0;
  virtual void ended(const Ending& ending) = 0;  ///< called exactly once, last
};

}  // namespace pontage::simulate
