# SPDX-License-Identifier: GPL-2.0-only
#
# Every source file: the SPDX line first (second behind #!), at most 600 lines, no trailing
# blanks, and no path or name of somebody's machine. No folder of them holds more than 25.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(spdx "SPDX-License-Identifier: GPL-2.0-only")
# Written in two parts, so that this file does not match itself.
set(private "[^A-Za-z0-9_.}-]/(wor" "k|hom" "e|roo" "t|User" "s|mn" "t)/[A-Za-z0-9]")
string(JOIN "" private ${private})

find_sources(files ".c,.h,.S,.def,.lds,.cmake,.txt,.map,.sh,.inc,.awk,.py" ${rooms} conformance cmake
	python)
file(GLOB others RELATIVE ${SOURCE} ${SOURCE}/CMakeLists.txt ${SOURCE}/.clang-format
	${SOURCE}/scripts/* ${SOURCE}/.ci/*)
file(GLOB documents RELATIVE ${SOURCE} ${SOURCE}/*.md ${SOURCE}/docs/*.md ${SOURCE}/*.json)

foreach(file IN LISTS files others documents)
	file(READ ${SOURCE}/${file} text)
	# Brackets and semicolons would join and split list elements: counting needs neither.
	string(REGEX REPLACE "[][;]" "_" text "${text}")
	string(REGEX MATCHALL "\n" newlines "${text}")
	list(LENGTH newlines lines)

	if(NOT file IN_LIST documents)
		if(NOT text MATCHES "^(#![^\n]*\n)?(/\\*|#|//) ${spdx}( \\*/)?\n")
			complain("${file}: the first line is not ${spdx}")
		endif()
		if(lines GREATER 600)
			complain("${file}: ${lines} lines, more than 600")
		endif()
	endif()
	if(text MATCHES "[^\n]*[ \t]\n")
		complain("${file}: blanks at the end of a line: ${CMAKE_MATCH_0}")
	endif()
	if(NOT text MATCHES "\n$")
		complain("${file}: no newline at the end")
	endif()
	if(text MATCHES "[^\n]*${private}[^\n]*")
		complain("${file}: a machine's path: ${CMAKE_MATCH_0}")
	endif()
endforeach()

foreach(file IN LISTS files)
	cmake_path(GET file PARENT_PATH folder)
	list(APPEND folders ${folder})
	math(EXPR files_in_${folder} "0${files_in_${folder}} + 1")
endforeach()
list(REMOVE_DUPLICATES folders)
foreach(folder IN LISTS folders)
	if(files_in_${folder} GREATER 25)
		complain("${folder}/: ${files_in_${folder}} files, more than 25")
	endif()
endforeach()

list(LENGTH files n)
finish("${n} files in order")
