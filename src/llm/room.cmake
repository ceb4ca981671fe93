# Token tables: ranks from the npm package tiktoken (MIT), laid out by scripts/tokenizer and embedded by table_data.cpp.
# Downloads and tables are kept in PONTAGE_CACHE_DIR, which build folders share.
set(PONTAGE_CACHE_DIR ${CMAKE_SOURCE_DIR}/.cache CACHE PATH "downloads and generated tables, shared by build folders")
set(tokenizer_scripts ${CMAKE_SOURCE_DIR}/scripts/tokenizer)
set(tokenizer_tables ${CMAKE_BINARY_DIR}/generated/tokenizer)

find_program(PONTAGE_PYTHON3 python3)
if(NOT PONTAGE_PYTHON3)
  message(FATAL_ERROR "python3 is missing; it lays out the token tables (Debian: apt-get install python3)")
endif()
find_program(PONTAGE_NPM npm)
if(NOT PONTAGE_NPM AND NOT EXISTS ${PONTAGE_CACHE_DIR}/tokenizer/o200k_base.json
   AND NOT EXISTS ${PONTAGE_CACHE_DIR}/tokenizer/tiktoken-1.0.22.tgz)
  message(FATAL_ERROR "npm is missing; it downloads OpenAI's token ranks once (Debian: apt-get install npm), "
    "or place tiktoken-1.0.22.tgz from the npm registry into ${PONTAGE_CACHE_DIR}/tokenizer")
endif()

add_custom_command(
  OUTPUT ${tokenizer_tables}/o200k_base.bin ${tokenizer_tables}/cl100k_base.bin ${tokenizer_tables}/unicode.bin
  COMMAND ${tokenizer_scripts}/tables.sh ${PONTAGE_CACHE_DIR}/tokenizer ${tokenizer_tables} ${PONTAGE_PYTHON3}
  DEPENDS ${tokenizer_scripts}/tables.sh ${tokenizer_scripts}/fetch_ranks.sh ${tokenizer_scripts}/generate.py
          ${tokenizer_scripts}/unicode_classes.txt
  COMMENT "Token tables"
  VERBATIM)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/llm/table_data.cpp PROPERTIES
  COMPILE_DEFINITIONS PONTAGE_TOKENIZER_TABLES="${tokenizer_tables}"
  OBJECT_DEPENDS "${tokenizer_tables}/o200k_base.bin;${tokenizer_tables}/cl100k_base.bin;${tokenizer_tables}/unicode.bin")
