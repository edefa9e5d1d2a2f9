# room(NAME [rooms and libraries it may use ...]): the library sidecache_NAME from src/NAME/*.cpp.
# Rooms that use Asio share one precompiled header, made with sidecache_asio (src/base/asio).
function(room name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(sidecache_${name} STATIC ${sources})
  add_library(sidecache::${name} ALIAS sidecache_${name})
  set_target_properties(sidecache_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(sidecache_${name} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:include>)
  target_link_libraries(sidecache_${name} PUBLIC ${ARGN} PRIVATE $<BUILD_INTERFACE:sidecache_flags>)
  if("sidecache_asio" IN_LIST ARGN OR "sidecache_proxy" IN_LIST ARGN OR "sidecache_net" IN_LIST ARGN)
    target_precompile_headers(sidecache_${name} REUSE_FROM sidecache_asio)
  endif()
endfunction()

# A test program from every .cpp of a folder below tests/, registered test by test with ctest.
function(test_program name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE SIDECACHE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARGN} sidecache_flags GTest::gmock GTest::gtest_main)
  # All rooms but base and records have Asio below them, and its precompiled header. It was made for a library's code.
  if(NOT ARGN MATCHES "^sidecache_(base|records)$")
    target_compile_options(${name} PRIVATE -fPIC)
    target_precompile_headers(${name} REUSE_FROM sidecache_asio)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 120)
endfunction()
