# Profile-guided layout of Release builds. A request runs through some thousand lines of code that do not fit a core's
# instruction cache; the profile lets the compiler keep what runs together and put errors elsewhere. scripts/pgo.sh makes it.
# -O2: with a profile, -O3 only makes the code larger.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(profile ${CMAKE_SOURCE_DIR}/scripts/pgo/release.profdata)
if(NOT PONTAGE_PROFILE MATCHES "^(use|off|generate)$")
  message(FATAL_ERROR "PONTAGE_PROFILE is use, off or generate, not ${PONTAGE_PROFILE}")
endif()
if(PONTAGE_PROFILE STREQUAL "generate")
  add_compile_options(-fprofile-generate)
  add_link_options(-fprofile-generate)
elseif(PONTAGE_PROFILE STREQUAL "use" AND EXISTS ${profile}
    AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19)
  # Functions that are new or have changed since are left out of it, silently.
  add_compile_options(-fprofile-use=${profile} -Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date
    -Wno-backend-plugin)
  set(PONTAGE_PROFILE_FILE ${profile})  # rooms.cmake: objects are made anew when it changes
endif()
