# config/models.yaml becomes part of the binary, so that a gateway without a file of its own knows what things cost.
set(models_file ${CMAKE_SOURCE_DIR}/config/models.yaml)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/ledger/builtin_models.cpp PROPERTIES
  COMPILE_DEFINITIONS PONTAGE_MODELS_FILE="${models_file}"
  OBJECT_DEPENDS ${models_file})
