# SPDX-License-Identifier: GPL-2.0-only
#
# install.cmake: what `cmake --install` puts where: the command, both libraries, the
# header, sysemu.pc, and the package for find_package(sysemu CONFIG), whose targets are
# sysemu::sysemu (shared), sysemu::static and sysemu::command. Tested by tests/house/install.cmake.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sysemu)
set_target_properties(sysemu_static PROPERTIES EXPORT_NAME static)

install(TARGETS sysemu sysemu_static EXPORT sysemu)
if(TARGET sysemu_command)
	set_target_properties(sysemu_command PROPERTIES EXPORT_NAME command)
	install(TARGETS sysemu_command EXPORT sysemu)
endif()
install(DIRECTORY include/libsysemu DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT sysemu NAMESPACE sysemu:: FILE sysemu-targets.cmake DESTINATION ${package_dir})

configure_package_config_file(cmake/sysemu-config.cmake.in sysemu-config.cmake
	INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(sysemu-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sysemu-config.cmake ${PROJECT_BINARY_DIR}/sysemu-config-version.cmake
	DESTINATION ${package_dir})

# Relative to where the file lies, so that the tree may be moved.
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
cmake_path(SET pc_prefix NORMALIZE "${pc_prefix}.")
configure_file(cmake/sysemu.pc.in sysemu.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sysemu.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
