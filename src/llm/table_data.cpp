// Embeds the table files. The assembler copies them: the compiler never sees 13 MB of numbers.
#include "llm/table_data.hpp"

#include <bit>

static_assert(std::endian::native == std::endian::little, "the token tables are little-endian");

#define PONTAGE_EMBED(symbol, file)                          \
  asm(".section .rodata.pontage_tokenizer,\"a\",%progbits\n" \
      ".balign 64\n"                                         \
      ".globl " symbol                                       \
      "\n"                                                   \
      ".hidden " symbol                                      \
      "\n"                                                   \
      ".type " symbol ", %object\n" symbol                   \
      ":\n"                                                  \
      ".incbin \"" PONTAGE_TOKENIZER_TABLES "/" file         \
      "\"\n"                                                 \
      ".size " symbol ", . - " symbol                        \
      "\n"                                                   \
      ".text\n")

PONTAGE_EMBED("kPontageTableO200k", "o200k_base.bin");
PONTAGE_EMBED("kPontageTableCl100k", "cl100k_base.bin");
PONTAGE_EMBED("kPontageTableUnicode", "unicode.bin");
