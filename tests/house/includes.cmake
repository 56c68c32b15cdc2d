# SPDX-License-Identifier: GPL-2.0-only
#
# Who may include whom. The table below is the architecture; system headers are free but
# for those of the engines and of cmocka, each of which has its one place.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

# May FILE include NAME? Both relative to the repository's root.
set(may_include_cli "cli|include")
set(may_include_examples "examples|include")
set(may_include_bench "bench|include|tests")
set(may_include_tests "tests|include|lib|sim|asm|cli")
set(may_include_lib "lib|sim|include|asm/abi\\.h")
set(may_include_sim "sim")
set(may_include_asm "asm")
set(may_include_include "include")

# The only files that may know: a system header's name, and a regular expression of paths.
set(engines
	"unicorn/" "^sim/cpu/[a-z_]+\\.[ch]$"
	"capstone" "^sim/code/disasm\\.c$"
	"cmocka" "^(tests|bench)/|^include/libsysemu/cmocka\\.h$")

find_sources(files ".c,.h,.S,.def,.lds" ${rooms})
foreach(file IN LISTS files)
	string(REGEX REPLACE "/.*" "" room "${file}")
	cmake_path(GET file PARENT_PATH folder)
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
		if(room STREQUAL "asm" AND name STREQUAL "kernel.h")
			set(target asm/kernels/kernel.h)	# one for each kernel, by -I
		endif()

		if(target AND NOT target MATCHES "^(${may_include_${room}})(/|$)")
			complain("${file}: ${room}/ may not include ${target}")
		endif()
		# A program for the guest is on its own; of asm/ it may know the ABI.
		if(room MATCHES "tests|examples" AND NOT target AND line MATCHES "\"" AND NOT line MATCHES "incbin")
			complain("${file}: ${name} is not found")
		endif()
		if(NOT target AND line MATCHES "<" AND room STREQUAL "asm" AND NOT file STREQUAL "asm/abi.h")
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

list(LENGTH files n)
finish("${n} files include downwards only")
