# cpack -G DEB: the program with all that a machine wants around it, as sidecache_VERSION_ARCH.deb in build/PRESET/deb.
# The component `machine` is what goes in; the public library of cmake/install.cmake is for those who build.
# What debhelper would do is in deploy/debian: its maintainer scripts, its changelog, its overrides of lintian.
set(debian ${CMAKE_SOURCE_DIR}/deploy/debian)
set(terminal ${CMAKE_SOURCE_DIR}/deploy/terminal)
set(packaged ${CMAKE_BINARY_DIR}/packaged)
# Policy wants /usr and /etc, wherever `cmake --install` goes otherwise.
set(data ${CMAKE_INSTALL_DATAROOTDIR})

# Not under the name of another version: the changelog's newest entry is this one.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${debian}/changelog ${debian}/copyright LICENSE)
file(STRINGS ${debian}/changelog newest LIMIT_COUNT 1)
if(NOT newest MATCHES "^sidecache \\(${PROJECT_VERSION}\\) ")
  message(FATAL_ERROR "deploy/debian/changelog begins with \"${newest}\", and the project's version is ${PROJECT_VERSION}")
endif()

# Of a DEP-5 file each line of a license stands in by a blank, and an empty one is a dot.
file(READ LICENSE license)
string(REGEX REPLACE "^MIT License\n+Copyright[^\n]*\n+" "" license "${license}")
string(STRIP "${license}" license)
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license " ${license}")
configure_file(${debian}/copyright ${packaged}/copyright @ONLY)

# -n: neither name nor time, so that the same source gives the same package.
foreach(document changelog sidecache.1 sidecache.yaml.5)
  set(from ${terminal}/${document})
  if(document STREQUAL changelog)
    set(from ${debian}/changelog)
  endif()
  add_custom_command(OUTPUT ${packaged}/${document}.gz DEPENDS ${from}
                     COMMAND gzip -9nc ${from} > ${packaged}/${document}.gz)
  list(APPEND compressed ${packaged}/${document}.gz)
endforeach()
# Its first line tells editors where the schema is: beside it in the source, elsewhere on a machine.
set(schema ${CMAKE_SOURCE_DIR}/deploy/sidecache.schema.json)
add_custom_command(OUTPUT ${packaged}/sidecache.yaml DEPENDS ${CMAKE_SOURCE_DIR}/config/sidecache.yaml VERBATIM
                   COMMAND sed "1s|=../deploy/|=/usr/share/sidecache/|" ${CMAKE_SOURCE_DIR}/config/sidecache.yaml
                           > ${packaged}/sidecache.yaml)
add_custom_target(packaged ALL DEPENDS ${compressed} ${packaged}/sidecache.yaml)

function(for_machines from to)
  install(FILES ${from} DESTINATION ${to} COMPONENT machine EXCLUDE_FROM_ALL ${ARGN})
endfunction()
install(TARGETS sidecache RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT machine EXCLUDE_FROM_ALL)
for_machines(${packaged}/sidecache.1.gz ${CMAKE_INSTALL_MANDIR}/man1)
for_machines(${packaged}/sidecache.yaml.5.gz ${CMAKE_INSTALL_MANDIR}/man5)
for_machines(${packaged}/changelog.gz ${data}/doc/sidecache)
for_machines(${packaged}/copyright ${data}/doc/sidecache)
for_machines(${terminal}/sidecache.bash ${data}/bash-completion/completions RENAME sidecache)
for_machines(${terminal}/_sidecache ${data}/zsh/vendor-completions)
for_machines(${terminal}/sidecache.fish ${data}/fish/vendor_completions.d)
for_machines(${debian}/lintian-overrides ${data}/lintian/overrides RENAME sidecache)
for_machines(${debian}/sysusers.conf lib/sysusers.d RENAME sidecache.conf)
for_machines(${debian}/sidecache.service /lib/systemd/system)
for_machines(${debian}/sidecache.socket /lib/systemd/system)
for_machines(${packaged}/sidecache.yaml /etc/sidecache)
for_machines(${schema} ${data}/sidecache)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sidecache)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/deb)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)  # for what goes to /etc and /lib
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL machine)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_MACHINE_PACKAGE_NAME sidecache)
set(CPACK_DEBIAN_MACHINE_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# ca-certificates: the control plane is asked by TLS. systemd-sysusers: the maintainer script that makes the user.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "ca-certificates, systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The sidecache authors <sidecache@packages.invalid>")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "caching sidecar in front of Portkey's control plane")
set(CPACK_DEBIAN_MACHINE_DESCRIPTION "Answers lookups of integrations, virtual keys and providers from memory, in
microseconds, and passes everything else on. When the control plane is slow,
wrong or gone, what was asked before is still answered. Metrics are
Prometheus's.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${debian}/conffiles ${debian}/postinst ${debian}/prerm ${debian}/postrm)
include(CPack)
