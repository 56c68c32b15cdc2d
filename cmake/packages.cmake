# SPDX-License-Identifier: GPL-2.0-only
#
# packages.cmake: the Debian packages, by CPack: libsysemu0, libsysemu-dev and sysemu, those with
# machine code with a -dbgsym each, and python3-sysemu. Built by scripts/packages, with the preset
# "package"; installed, used and removed in a fresh root by scripts/try-packages.

file(STRINGS /etc/os-release os_release REGEX "^(ID|VERSION_ID)=")
string(REGEX REPLACE "^ID=([a-z]*).*" "\\1" os "${os_release}")
string(REGEX REPLACE ".*VERSION_ID=\"?([0-9]+).*" "\\1" os_version "${os_release}")
set(SYSEMU_PACKAGER "libsysemu maintainers <maintainers@libsysemu.example>" CACHE STRING
	"Name <address> of whoever makes the packages")

# Which release a package is for is a part of its version, so that a file's name says it.
if(os_version MATCHES "^[0-9]+$")
	set(CPACK_DEBIAN_PACKAGE_RELEASE 1+deb${os_version})
else()
	set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
endif()
set(debian_version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libsysemu)
set(CPACK_PACKAGE_CONTACT ${SYSEMU_PACKAGER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL runtime dev tools python)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
# Not CPACK_STRIP_FILES: what is stripped goes into the -dbgsym packages.
set(CPACK_STRIP_FILES OFF)

# debian_package(COMPONENT NAME SECTION "Depends" "what it is" "more of it", a line each)
macro(debian_package component name section depends about)
	string(TOUPPER ${component} up)
	string(JOIN "\n" description "${about}" ${ARGN})
	set(CPACK_DEBIAN_${up}_PACKAGE_NAME ${name})
	set(CPACK_DEBIAN_${up}_PACKAGE_SECTION ${section})
	set(CPACK_DEBIAN_${up}_PACKAGE_DEPENDS "${depends}")
	set(CPACK_COMPONENT_${up}_DESCRIPTION "${description}")
	set(CPACK_DEBIAN_${up}_DESCRIPTION "${description}")

	# What Debian wants each package to say of itself.
	set(folder ${CMAKE_INSTALL_DATADIR}/doc/${name})
	install(FILES ${PROJECT_BINARY_DIR}/packages/copyright ${PROJECT_BINARY_DIR}/packages/changelog.Debian.gz
		${PROJECT_BINARY_DIR}/packages/changelog.gz DESTINATION ${folder}
		COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

set(what "It runs the entry path of Linux 2.6 and a ptrace tracer inside an emulated"
	"i386, instruction by instruction, as a unit test does.")
debian_package(runtime libsysemu${SYSEMU_SOVERSION} libs ""
	"test Linux entry code and ptrace in an emulated i386" ${what})
debian_package(dev libsysemu-dev libdevel
	"libsysemu${SYSEMU_SOVERSION} (= ${debian_version}), libunicorn-dev, libcapstone-dev"
	"test Linux entry code and ptrace in an emulated i386 (development)" ${what}
	"This package has the headers, the static library and the manual pages.")
debian_package(tools sysemu devel "libsysemu${SYSEMU_SOVERSION} (= ${debian_version})"
	"run and examine Linux's entry path and ptrace in an emulated i386" ${what}
	"This package has the command, its scenarios and its documents.")
debian_package(python python3-sysemu python
	"python3:any, libsysemu${SYSEMU_SOVERSION} (= ${debian_version})"
	"test Linux entry code and ptrace in an emulated i386 (Python 3)" ${what}
	"This package has the Python module.")

foreach(up RUNTIME TOOLS)
	set(CPACK_DEBIAN_${up}_PACKAGE_SHLIBDEPS ON)
	set(CPACK_DEBIAN_${up}_DEBUGINFO_PACKAGE ON)
endforeach()
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
# Written here for Debian's trigger; CPack runs ldconfig by scripts of its own, too, which lintian
# calls superfluous.
file(WRITE ${PROJECT_BINARY_DIR}/packages/shlibs
	"libsysemu ${SYSEMU_SOVERSION} libsysemu${SYSEMU_SOVERSION} (>= ${PROJECT_VERSION})\n")
file(WRITE ${PROJECT_BINARY_DIR}/packages/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
	${PROJECT_BINARY_DIR}/packages/shlibs ${PROJECT_BINARY_DIR}/packages/triggers)
# As Debian's packages of Python modules do: compiled when it comes, cleaned before it goes.
foreach(script "postinst configure py3compile" "prerm remove py3clean")
	separate_arguments(script)
	list(GET script 0 name)
	list(GET script 1 when)
	list(GET script 2 program)
	file(WRITE ${PROJECT_BINARY_DIR}/packages/${name} "#!/bin/sh
set -e
if [ \"$1\" = ${when} ] && command -v ${program} >/dev/null; then
	${program} -p python3-sysemu
fi
")
	list(APPEND CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/packages/${name})
endforeach()
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS libcmocka-dev)
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_BUILD_SOURCE_DIRS "${PROJECT_SOURCE_DIR};${PROJECT_BINARY_DIR}")

# The date is SOURCE_DATE_EPOCH's.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
string(TIMESTAMP year "%Y" UTC)
set(packages ${PROJECT_BINARY_DIR}/packages)
file(CONFIGURE OUTPUT ${packages}/changelog.Debian CONTENT
"libsysemu (@debian_version@) unstable; urgency=medium

  * Release @PROJECT_VERSION@: see changelog.gz.

 -- @SYSEMU_PACKAGER@  @date@
" @ONLY)
file(CONFIGURE OUTPUT ${packages}/copyright CONTENT
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: libsysemu

Files: *
Copyright: 2026 the authors of libsysemu
License: GPL-2.0-only
 This program is free software; you can redistribute it and/or modify it
 under the terms of version 2 of the GNU General Public License as
 published by the Free Software Foundation.
 .
 On Debian systems the text of that version is in
 /usr/share/common-licenses/GPL-2.
" @ONLY)
configure_file(CHANGES.md ${packages}/changelog COPYONLY)
foreach(name changelog.Debian changelog)
	execute_process(COMMAND gzip -9nkf ${packages}/${name} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

include(CPack)
