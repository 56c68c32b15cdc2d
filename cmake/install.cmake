# SPDX-License-Identifier: GPL-2.0-only
#
# install.cmake: what `cmake --install` puts where: the command with its manual pages and
# completion, both libraries, the headers with theirs, sysemu.pc, and the package for
# find_package(sysemu CONFIG), whose targets are sysemu::sysemu (shared), sysemu::static and
# sysemu::command. The components are those of the Debian packages (cmake/packages.cmake).
# Tested by tests/house/install.cmake and tests/package/.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sysemu)
set(SYSEMU_ZSH_COMPLETION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING
	"Where zsh looks for completion")
set_target_properties(sysemu_static PROPERTIES EXPORT_NAME static)

install(TARGETS sysemu EXPORT sysemu
	LIBRARY COMPONENT runtime NAMELINK_COMPONENT dev)
install(TARGETS sysemu_static EXPORT sysemu ARCHIVE COMPONENT dev)
if(TARGET sysemu_command)
	install(TARGETS sysemu_command COMPONENT tools)
endif()
install(DIRECTORY include/libsysemu DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev
	FILES_MATCHING PATTERN "*.h")
install(EXPORT sysemu NAMESPACE sysemu:: FILE sysemu-targets.cmake DESTINATION ${package_dir} COMPONENT dev)

configure_package_config_file(cmake/sysemu-config.cmake.in sysemu-config.cmake
	INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(sysemu-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sysemu-config.cmake ${PROJECT_BINARY_DIR}/sysemu-config-version.cmake
	DESTINATION ${package_dir} COMPONENT dev)

# Relative to where the file lies, so that the tree may be moved.
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
cmake_path(SET pc_prefix NORMALIZE "${pc_prefix}.")
configure_file(cmake/sysemu.pc.in sysemu.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sysemu.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

# Manual pages and completion, made by the command that they are about.
find_program(SYSEMU_AWK NAMES awk mawk gawk)
if(TARGET sysemu_command AND SYSEMU_AWK AND PROJECT_IS_TOP_LEVEL)
	set(pages ${PROJECT_BINARY_DIR}/pages)
	file(GLOB sources CONFIGURE_DEPENDS cmake/man/* docs/*.md include/libsysemu/*.h)
	add_custom_command(OUTPUT ${pages}.done
		COMMAND ${CMAKE_COMMAND} -DCOMMAND=$<TARGET_FILE:sysemu_command> -DSOURCE=${PROJECT_SOURCE_DIR}
			-DVERSION=${PROJECT_VERSION} -DAWK=${SYSEMU_AWK} -DOUT=${pages}
			-P ${PROJECT_SOURCE_DIR}/cmake/man/make.cmake
		COMMAND ${CMAKE_COMMAND} -E touch ${pages}.done
		DEPENDS sysemu_command ${sources}
		COMMENT "Manual pages and completion" VERBATIM)
	add_custom_target(pages ALL DEPENDS ${pages}.done)
	install(DIRECTORY ${pages}/man1 ${pages}/man5 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT tools)
	install(DIRECTORY ${pages}/man3 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT dev)
	install(FILES ${pages}/completion/sysemu
		DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT tools)
	install(FILES ${pages}/completion/_sysemu DESTINATION ${SYSEMU_ZSH_COMPLETION} COMPONENT tools)
	install(FILES ${pages}/completion/sysemu.fish
		DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT tools)
endif()

# The Python module: where Debian's python3 looks below /usr.
set(SYSEMU_PYTHON_DIR lib/python3/dist-packages CACHE STRING "Where the Python module goes")
if(PROJECT_IS_TOP_LEVEL)
	install(DIRECTORY python/sysemu DESTINATION ${SYSEMU_PYTHON_DIR} COMPONENT python
		FILES_MATCHING PATTERN "*.py" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)
endif()

# What the pages and --help name, and the shipped scenarios, which are data to play.
if(PROJECT_IS_TOP_LEVEL)
	install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sysemu COMPONENT tools
		FILES_MATCHING PATTERN "*.md")
	install(FILES QUIRKS.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sysemu COMPONENT tools)
	install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/sysemu COMPONENT tools)
endif()
