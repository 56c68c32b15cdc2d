# SPDX-License-Identifier: GPL-2.0-only
#
# Every C file and header looks as .clang-format says. CLANG_FORMAT: the program.
# To mend: clang-format -i FILE. Each version of it has a taste of its own: Debian 12's counts.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

if(NOT CLANG_FORMAT)
	message(NOTICE "SKIP: no clang-format")
	return()
endif()

execute_process(COMMAND ${CLANG_FORMAT} --version OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
if(NOT version MATCHES "version 14\\.")
	string(STRIP "${version}" version)
	message(NOTICE "SKIP: the format is clang-format 14's; this is ${version}")
	return()
endif()

find_sources(all ".c,.h" ${rooms})
set(files)
foreach(file IN LISTS all)
	# A header with assembler macros in it is no C.
	file(STRINGS ${SOURCE}/${file} macros REGEX "^[ \t]*\\.macro" LIMIT_COUNT 1)
	if(NOT macros)
		list(APPEND files ${file})
	endif()
endforeach()

execute_process(COMMAND ${CLANG_FORMAT} --dry-run --Werror --ferror-limit=1 --style=file ${files}
	WORKING_DIRECTORY ${SOURCE} RESULT_VARIABLE result ERROR_VARIABLE text)
if(result)
	string(REGEX MATCHALL "[^\n]*: error: [^\n]*" lines "${text}")
	foreach(line IN LISTS lines)
		complain("${line}")
	endforeach()
	complain("clang-format -i mends this")
endif()
list(LENGTH files n)
finish("${n} files are formatted")
