# What every target of ours has in common, and the three kinds of target there are.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(PkgConfig REQUIRED)

find_program(MILLRACE_MOLD mold)
if(MILLRACE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(millrace_flags INTERFACE)
target_include_directories(millrace_flags INTERFACE ${CMAKE_SOURCE_DIR})
# -Wno-restrict: g++ 12 sees overlapping copies in std::string that are not there (GCC bug 105651).
# clang builds the fuzz targets only; its warnings are not ours to keep.
# No path of the build machine in the binary; and two clones share their compiler cache.
add_compile_options(-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_compile_options(millrace_flags INTERFACE -Wall -Wextra -Wconversion -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:Clang>:-Wno-error>)
option(MILLRACE_LIBFUZZER "Link the fuzz targets with libFuzzer (clang)" OFF)
if(MILLRACE_LIBFUZZER)
  target_compile_options(millrace_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_libraries(millrace_flags INTERFACE Threads::Threads)
if(MILLRACE_SANITIZE)
  add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MILLRACE_SANITIZE})
endif()

# HOT: a library on the path of records is compiled a source at a time in release builds: in a unit with others the
# compiler's budget for inlining goes elsewhere (JSON decoding needs a sixth more instructions then). Under a sanitizer
# nobody measures, and units compile sooner.
#
# ALONE in both below: sources that a unity build (CMakeLists.txt) compiles by themselves, since names in their
# anonymous namespaces are also those of a neighbour.

# mr_library(name SOURCES a.cpp ... DEPS target ... [PRIVATE_DEPS target ...] [ALONE a.cpp ...] [HOT])
function(mr_library name)
  cmake_parse_arguments(ARG "HOT" "" "SOURCES;DEPS;PRIVATE_DEPS;ALONE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(ARG_HOT AND NOT MILLRACE_SANITIZE)
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  target_link_libraries(${name} PUBLIC millrace_flags ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

# mr_test(name SOURCES a_test.cpp ... DEPS target ... [LABELS label ...] [ALONE a_test.cpp ...]): one Catch2
# program, one ctest.
function(mr_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS;ALONE" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${name} PRIVATE millrace_test_main millrace_flags ${ARG_DEPS})
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
endfunction()

# While a folder is being built up it may be absent; adds it when its list file is there.
function(mr_subdirectory dir)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/CMakeLists.txt)
    add_subdirectory(${dir})
  endif()
endfunction()
