# g++ 12.2 (Debian 12's default) destroys temporaries twice in full expressions that contain co_await:
# a binary built with it crashes under load. It is refused rather than tolerated.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR
    "sidecache needs clang++ 19 or later, found ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}.\n"
    "Debian 12's g++ 12.2 miscompiles coroutine temporaries. Use the presets (cmake --preset release), "
    "./dev build, or -DCMAKE_CXX_COMPILER=clang++-19.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(SIDECACHE_LLD NAMES ld.lld-19 ld.lld)
if(SIDECACHE_LLD)
  add_link_options(-fuse-ld=${SIDECACHE_LLD})
endif()

# ccache, where present, shared by all build folders; the sloppiness is what precompiled headers need.
find_program(SIDECACHE_CCACHE ccache)
if(SIDECACHE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${SIDECACHE_CCACHE})
endif()

# Sanitizers and clang-tidy read several files as one (CMAKE_UNITY_BUILD): most of their time goes into what all files
# include. So no two .cpp files of a room may define the same name, not in anonymous namespaces either; a local name that
# shadows another file's is no fault, though. The release build reads each by itself, and finds what that hides.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 10)

add_library(sidecache_flags INTERFACE)
target_compile_options(sidecache_flags INTERFACE
  -Wall -Wextra -Wpedantic $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow> -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual
  -Wconversion -Wno-sign-conversion -Wnull-dereference -Wimplicit-fallthrough -Werror
  "SHELL:-Xclang -fno-pch-timestamp")

set(SIDECACHE_SANITIZE "" CACHE STRING "sanitizers to build with: address,undefined or thread (and fuzzer-no-link,... for the preset fuzz)")
if(SIDECACHE_SANITIZE)
  add_compile_options(-fsanitize=${SIDECACHE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SIDECACHE_SANITIZE})
endif()
