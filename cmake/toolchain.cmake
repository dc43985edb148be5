# What every target is compiled with: warnings as errors, sanitizers on request, ccache and a fast linker where present.

set(XTCP2_SANITIZE "" CACHE STRING "list for -fsanitize=, as in address,undefined")
option(XTCP2_COVERAGE "instrument for gcov" OFF)
option(XTCP2_FUZZ "build the fuzzers (needs clang)" OFF)
option(XTCP2_WERROR "warnings are errors" ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

find_program(CCACHE ccache)
if(CCACHE)
  # base_dir and no hash_dir: several build folders of one checkout, and several checkouts, share the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

find_program(MOLD mold)
find_program(LLD NAMES ld.lld ld.lld-19)
if(MOLD)
  add_link_options(-fuse-ld=mold)
elseif(LLD)
  add_link_options(-fuse-ld=lld)
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -fno-omit-frame-pointer)
if(XTCP2_WERROR)
  add_compile_options(-Werror)
endif()
if(XTCP2_SANITIZE)
  # -O1: the checks are the same, and the unrolled encoders compile in half the time.
  add_compile_options(-O1 -fsanitize=${XTCP2_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${XTCP2_SANITIZE})
endif()
if(XTCP2_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(XTCP2_FUZZ)
  # clang sees inside g++ 12's stable_sort a call that the library itself has deprecated.
  add_compile_options(-Wno-deprecated-declarations)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
