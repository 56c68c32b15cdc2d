# SPDX-License-Identifier: GPL-2.0-only
#
# Each public header is enough by itself, included first or last, in C and in C++.
# HEADERS: their folder. CC: the C compiler. CLANG: knows C++, too; may be missing.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

file(MAKE_DIRECTORY ${SCRATCH})
file(GLOB headers RELATIVE ${HEADERS} ${HEADERS}/*.h)
cmake_path(GET HEADERS PARENT_PATH include)

function(compile what text)
	file(WRITE ${SCRATCH}/user "${text}")
	execute_process(COMMAND ${ARGN} -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I${include} ${SCRATCH}/user
		RESULT_VARIABLE result ERROR_VARIABLE errors)
	if(result)
		complain("${what}:\n${errors}")
		set(complaints ${complaints} PARENT_SCOPE)
	endif()
endfunction()

set(tongues "c11\;${CC}\;-std=c11\;-xc")
if(CLANG)
	list(APPEND tongues "c++11\;${CLANG}\;-std=c++11\;-xc++")
else()
	message(NOTICE "no clang: not tried as C++")
endif()
foreach(tongue IN LISTS tongues)
	list(POP_FRONT tongue name)
	foreach(header IN LISTS headers)
		set(line "#include <libsysemu/${header}>\n")
		compile("${header} alone, ${name}" "${line}int user(void);\n" ${tongue})
		foreach(other IN LISTS headers)
			compile("${header}, then ${other}, ${name}" "${line}#include <libsysemu/${other}>\n" ${tongue})
		endforeach()
	endforeach()
endforeach()
list(LENGTH headers n)
finish("${n} headers stand alone")
