# SPDX-License-Identifier: GPL-2.0-only
#
# Every "§N" in sources and documents is a section of docs/kernels.md, the one numbered page.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

file(STRINGS ${SOURCE}/docs/kernels.md headings REGEX "^## [0-9]+\\. ")
list(TRANSFORM headings REPLACE "^## ([0-9]+)\\. .*" "\\1")
if(NOT headings)
	complain("docs/kernels.md: no numbered sections")
endif()

find_sources(files ".c,.h,.S,.def,.sh,.play" ${rooms} scenarios)
file(GLOB documents RELATIVE ${SOURCE} ${SOURCE}/*.md ${SOURCE}/docs/*.md)
set(n 0)
foreach(file IN LISTS files documents)
	file(READ ${SOURCE}/${file} text)
	string(REGEX MATCHALL "§[0-9]+" cited "${text}")
	foreach(section IN LISTS cited)
		string(REPLACE "§" "" section ${section})
		if(NOT section IN_LIST headings)
			complain("${file}: §${section} is no section of docs/kernels.md")
		endif()
		math(EXPR n "${n} + 1")
	endforeach()
endforeach()
finish("${n} citations")
