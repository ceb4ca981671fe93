// The embedded tables, as scripts/tokenizer/generate.py lays them out: little-endian, read-only,
// mapped from the executable and shared by all threads. Pages that no count touches are never read
// from disk.
#pragma once

#include <cstdint>

extern "C" {
extern const std::uint32_t kPontageTableO200k[];
extern const std::uint32_t kPontageTableCl100k[];
extern const std::uint16_t kPontageTableUnicode[];
}
