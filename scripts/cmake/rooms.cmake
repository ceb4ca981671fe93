# pontage_room(NAME DEPENDS rooms... LINK libraries...): one static library of src/NAME/*.cpp; an empty room is skipped.
function(pontage_room name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  if(EXISTS ${CMAKE_SOURCE_DIR}/src/${name}/room.cmake)
    include(${CMAKE_SOURCE_DIR}/src/${name}/room.cmake)  # generated sources of a room, appended to `sources`
  endif()
  if(sources)
    add_library(pontage_${name} STATIC ${sources})
    target_link_libraries(pontage_${name} PUBLIC pontage_options ${ARG_LINK})
    set(scope PUBLIC)
  else()
    add_library(pontage_${name} INTERFACE)
    target_link_libraries(pontage_${name} INTERFACE pontage_options ${ARG_LINK})
    set(scope INTERFACE)
  endif()
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(pontage_${name} ${scope} pontage_${dependency})
  endforeach()
endfunction()

# The daemon itself: src/app/*.cpp over everything. main.cpp stays out of the library so that tests can link the rest.
function(pontage_binary)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/app/*.cpp)
  if(NOT sources)
    return()
  endif()
  list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/src/app/main.cpp)
  add_library(pontage_app STATIC ${sources})
  target_link_libraries(pontage_app PUBLIC pontage_options pontage_gateway pontage_admin pontage_simulate
    pontage_middleware spdlog::spdlog)
  # Only the two files that say it are compiled again when the commit changes.
  execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(commit)
    set_source_files_properties(${CMAKE_SOURCE_DIR}/src/app/commands.cpp ${CMAKE_SOURCE_DIR}/src/app/house.cpp
      PROPERTIES COMPILE_DEFINITIONS "PONTAGE_COMMIT=\"${commit}\"")
  endif()
  add_executable(pontage ${CMAKE_SOURCE_DIR}/src/app/main.cpp)
  target_link_libraries(pontage PRIVATE pontage_app)
  set_target_properties(pontage PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
