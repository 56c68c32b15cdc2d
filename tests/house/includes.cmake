# SPDX-License-Identifier: GPL-2.0-only
#
# Who may include whom: by rooms.cmake, through doors alone. tests/ and bench/ may look into any
# room. System headers are free but for those of the engines and of cmocka, each of which has its
# one place.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/rooms.cmake)

# The only files that may know: a system header's name, and a regular expression of paths.
set(engines
	"unicorn/" "^sim/cpu/[a-z_]+\\.[ch]$"
	"capstone" "^sim/code/disasm\\.c$"
	"(elfutils/|dwarf|libelf|gelf)" "^cli/(lines|kernel/dwarf)\\.c$"
	"cmocka" "^(tests|bench)/|^include/libsysemu/cmocka\\.h$")

# Complains unless FILE, of ROOM, may include TARGET.
function(check_direction file room target)
	room_of(other ${target})
	if(room STREQUAL other)
		return()
	endif()
	if(NOT other OR NOT other IN_LIST known_by_${room})
		complain("${file}: ${room} may not include ${target}")
		return(PROPAGATE complaints)
	endif()
	string(LENGTH "${other}/" length)
	string(SUBSTRING "${target}/" ${length} -1 inside)
	string(REGEX REPLACE "/$|^libsysemu/" "" inside "${inside}")
	if(NOT target STREQUAL other AND NOT inside IN_LIST doors_of_${other})
		complain("${file}: ${target} is no door of ${other}")
		return(PROPAGATE complaints)
	endif()
endfunction()

find_sources(files ".c,.h,.S,.def,.lds" ${rooms})
foreach(file IN LISTS files)
	cmake_path(GET file PARENT_PATH folder)
	room_of(room ${file})
	if(NOT room AND NOT file MATCHES "^(tests|bench)/|\\.lds$")
		complain("${file}: it is in no room of rooms.cmake")
	endif()
	file(STRINGS ${SOURCE}/${file} lines REGEX "^[ \t]*#[ \t]*include|^[ \t]*\\.inc(lude|bin)")
	foreach(line IN LISTS lines)
		if(NOT line MATCHES "[<\"]([^>\"]+)[>\"]")
			complain("${file}: cannot read: ${line}")
			continue()
		endif()
		set(name "${CMAKE_MATCH_1}")

		# Ours, if it lies beside the file, below the root, below include/ or below asm/.
		set(target)
		foreach(base ${folder} . include asm)
			if(NOT target AND EXISTS ${SOURCE}/${base}/${name})
				set(target ${base}/${name})
				cmake_path(NORMAL_PATH target)
			endif()
		endforeach()
		if(room MATCHES "^asm" AND name STREQUAL "kernel.h")
			set(target asm/kernels/kernel.h)	# one for each kernel, by -I
		endif()

		if(target AND room)
			check_direction(${file} ${room} ${target})
		elseif(target AND NOT target MATCHES "^(tests|bench|include|lib|sim|asm|cli)/")
			complain("${file}: ${target} is in no room")
		endif()
		# A program for the guest is on its own; of asm/ it may know the ABI.
		if(file MATCHES "^(tests|examples)/" AND NOT target AND line MATCHES "\"" AND NOT line MATCHES "incbin")
			complain("${file}: ${name} is not found")
		endif()
		if(NOT target AND line MATCHES "<" AND room MATCHES "^asm" AND NOT file STREQUAL "asm/uapi.h")
			complain("${file}: asm/ may not include <${name}>")
		endif()
		set(pairs ${engines})
		while(pairs)
			list(POP_FRONT pairs engine allowed)
			if(NOT target AND name MATCHES "^${engine}" AND NOT file MATCHES "${allowed}")
				complain("${file}: only ${allowed} may include <${name}>")
			endif()
		endwhile()
	endforeach()
endforeach()

file(READ ${SOURCE}/ARCHITECTURE.md text)
foreach(room IN LISTS house_rooms)
	string(FIND "${text}" "${room}" at)
	if(at EQUAL -1 OR NOT EXISTS ${SOURCE}/${room})
		complain("${room}: not in ARCHITECTURE.md, or not in the tree")
	endif()
endforeach()

list(LENGTH files n)
list(LENGTH house_rooms m)
finish("${n} files in ${m} rooms include downwards, through doors")
