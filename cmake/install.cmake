# cmake --install: the program, and the public library for programs that embed it: the headers of include/sidecache, the
# rooms they stand on, and a package config, so that find_package(sidecache) gives sidecache::records, sidecache::cache,
# sidecache::proxy and what these need. Headers beside the .cpp files are internal and stay here: a public header that
# includes one doesn't compile in tests/package.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sidecache)

foreach(name base records http cache asio proxy net resilience metrics config admin mock replay app)
  if(TARGET sidecache_${name})
    target_compile_features(sidecache_${name} PUBLIC cxx_std_23)
    install(TARGETS sidecache_${name} EXPORT sidecacheTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
install(EXPORT sidecacheTargets NAMESPACE sidecache:: DESTINATION ${package_dir})
install(DIRECTORY include/sidecache DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")

configure_package_config_file(cmake/sidecacheConfig.cmake.in ${CMAKE_BINARY_DIR}/sidecacheConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/sidecacheConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/sidecacheConfig.cmake ${CMAKE_BINARY_DIR}/sidecacheConfigVersion.cmake
        DESTINATION ${package_dir})

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET sidecache)
  install(TARGETS sidecache RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
