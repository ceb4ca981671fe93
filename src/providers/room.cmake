# config/providers.yaml becomes part of the binary: a known name works with just its key.
set(vendors_file ${CMAKE_SOURCE_DIR}/config/providers.yaml)
set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${vendors_file})
file(READ ${vendors_file} PONTAGE_VENDORS)
set(builtin_vendors ${CMAKE_BINARY_DIR}/generated/providers/builtin_vendors.cpp)
configure_file(${CMAKE_SOURCE_DIR}/src/providers/builtin_vendors.cpp.in ${builtin_vendors} @ONLY)
list(APPEND sources ${builtin_vendors})
