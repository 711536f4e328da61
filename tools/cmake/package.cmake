# What is installed where, and the Debian package.
#
#   cmake --install build/release --prefix ~/.local     the program, completions, manual pages, scenarios and their schema
#   tools/package-deb                                   headroom_<version>_<architecture>.deb, the same bytes each time

function(headroom_package)
  include(GNUInstallDirs)
  # Completions and manual pages come from the program's own table of verbs.
  set(share ${CMAKE_BINARY_DIR}/share)
  set(stamp ${share}/stamp)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${share}
    COMMAND headroom generate bash --out ${share}/bash-completion/completions
    COMMAND headroom generate zsh --out ${share}/zsh/site-functions
    COMMAND headroom generate man --out ${share}/man/man1
    COMMAND find ${share}/man/man1 -name "*.1" -exec gzip -9n {} +
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS headroom
    VERBATIM
    COMMENT "Writing completions and manual pages")
  add_custom_target(headroom_share ALL DEPENDS ${stamp})

  install(TARGETS headroom RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(DIRECTORY ${share}/bash-completion DESTINATION ${CMAKE_INSTALL_DATADIR})
  # Debian's zsh looks into vendor-completions for what packages bring, and into site-functions below /usr/local.
  install(CODE "
    set(folder site-functions)
    if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
      set(folder vendor-completions)
    endif()
    file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${folder}\" TYPE FILE FILES \"${share}/zsh/site-functions/_headroom\")")
  install(DIRECTORY ${share}/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/headroom)
  install(DIRECTORY tools/ci DESTINATION ${CMAKE_INSTALL_DATADIR}/headroom USE_SOURCE_PERMISSIONS)
  install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGE_NAME headroom)
  set(CPACK_PACKAGE_VENDOR "the Headroom authors")
  set(CPACK_PACKAGE_CONTACT "the Headroom authors <headroom@localhost>")
  set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
  set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
  set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "From a scenario in JSON (budgets, orders, chips, sites, workloads, policy
events) it simulates years of a fleet of accelerators and prints throughput,
cost and utilisation, what binds, and the first service level that is missed.")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION science)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)  # Depends: from the libraries that the program is linked with
  set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "git, bash-completion")
  set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
  # Folders as Debian wants them, whatever the umask of who packs.
  set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  include(CPack)
endfunction()
