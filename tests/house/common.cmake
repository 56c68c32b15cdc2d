# SPDX-License-Identifier: GPL-2.0-only
#
# common.cmake: what the house tests share. A test says complain(...) as often as it
# likes and ends with finish().

cmake_minimum_required(VERSION 3.25)
set(complaints 0)

macro(complain)
	message(NOTICE ${ARGN})
	math(EXPR complaints "${complaints} + 1")
endmacro()

macro(finish what)
	if(complaints)
		message(FATAL_ERROR "${complaints} complaint(s)")
	endif()
	message(NOTICE "OK: ${what}")
endmacro()

# All files below the folders ARGN that end in one of the comma-separated endings.
function(find_sources out endings)
	set(patterns)
	string(REPLACE "," ";" endings "${endings}")
	foreach(folder IN LISTS ARGN)
		foreach(ending IN LISTS endings)
			list(APPEND patterns ${SOURCE}/${folder}/*${ending})
		endforeach()
	endforeach()
	file(GLOB_RECURSE found RELATIVE ${SOURCE} ${patterns})
	set(${out} ${found} PARENT_SCOPE)
endfunction()

set(rooms sim lib cli asm include tests bench examples)
