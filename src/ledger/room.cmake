# config/prices.yaml becomes part of the binary, so that a gateway without a price file still knows what things cost.
set(prices_file ${CMAKE_SOURCE_DIR}/config/prices.yaml)
set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${prices_file})
file(READ ${prices_file} PONTAGE_PRICES)
set(builtin_prices ${CMAKE_BINARY_DIR}/generated/ledger/builtin_prices.cpp)
configure_file(${CMAKE_SOURCE_DIR}/src/ledger/builtin_prices.cpp.in ${builtin_prices} @ONLY)
list(APPEND sources ${builtin_prices})
