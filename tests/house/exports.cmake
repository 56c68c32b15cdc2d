# SPDX-License-Identifier: GPL-2.0-only
#
# The libraries give sysemu_* names only, and just those that the header declares; neither
# they nor the command need cmocka or know the folder they were built in.
# NM, OBJCOPY, READELF: the programs. SHARED, STATIC, COMMAND: the products; COMMAND may be
# empty. HEADERS: the folder of the public ones. SCRATCH: a folder to write to.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(declared)
set(declarations)
file(GLOB headers ${HEADERS}/*.h)
foreach(header IN LISTS headers)
	file(STRINGS ${header} lines REGEX "sysemu_[a-z0-9_]+\\(")
	list(APPEND declarations ${lines})
endforeach()
foreach(line IN LISTS declarations)
	if(NOT line MATCHES "^static " AND line MATCHES "^[a-z][^(]*[ *](sysemu_[a-z0-9_]+)\\(")
		list(APPEND declared ${CMAKE_MATCH_1})
	endif()
endforeach()
list(SORT declared)

function(exported out)
	execute_process(COMMAND ${NM} ${ARGN} --defined-only --format=posix
		OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
	string(REGEX MATCHALL "[^\n]+ [A-Za-z] [^\n]*" lines "${text}")
	set(names)
	foreach(line IN LISTS lines)
		string(REGEX REPLACE "[@ ].*" "" name "${line}")
		if(NOT name STREQUAL "LIBSYSEMU_0")	# the version's own name
			list(APPEND names ${name})
		endif()
	endforeach()
	list(SORT names)
	set(${out} ${names} PARENT_SCOPE)
endfunction()

exported(shared -D ${SHARED})
exported(static -g ${STATIC})
foreach(kind shared static)
	set(more ${${kind}})
	list(REMOVE_ITEM more ${declared})
	set(less ${declared})
	list(REMOVE_ITEM less ${${kind}})
	foreach(name IN LISTS more)
		complain("the ${kind} library exports ${name}, which the header does not declare")
	endforeach()
	foreach(name IN LISTS less)
		complain("the ${kind} library lacks ${name}, which the header declares")
	endforeach()
endforeach()

foreach(file ${SHARED} ${COMMAND})
	execute_process(COMMAND ${READELF} -d ${file} OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
	if(dynamic MATCHES "cmocka")
		complain("${file} needs cmocka")
	endif()
	string(REGEX MATCHALL "\\(NEEDED\\)[^\n]*" needed "${dynamic}")
	set(may libc libunicorn libcapstone "ld-linux[a-z0-9-]*" libgcc_s libm libsysemu)
	if(file STREQUAL COMMAND)
		list(APPEND may libdw libelf libz liblzma libzstd libsqlite3)
	endif()
	list(JOIN may "|" may)
	foreach(line IN LISTS needed)
		if(NOT line MATCHES "\\[(${may})\\.so")
			complain("${file} links more than it should: ${line}")
		endif()
	endforeach()
endforeach()

# Debug information may name the folder; the code and its data may not.
file(MAKE_DIRECTORY ${SCRATCH})
foreach(file ${SHARED} ${COMMAND})
	cmake_path(GET file FILENAME name)
	execute_process(COMMAND ${OBJCOPY} --strip-debug --remove-section=.dynamic --remove-section=.dynstr
			${file} ${SCRATCH}/${name}
		ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
	file(STRINGS ${SCRATCH}/${name} found REGEX "${SOURCE}/")
	if(found)
		complain("${file} contains the path of the sources: ${found}")
	endif()
endforeach()

list(LENGTH declared n)
finish("${n} functions exported, nothing else")
