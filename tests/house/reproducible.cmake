# SPDX-License-Identifier: GPL-2.0-only
#
# The guest's images are the same bytes when the sources lie in another folder and are
# built in another one, by another host compiler, build type and with sanitizers.
# BUILT: the images of this build. CLANG: a host compiler, may be missing. GUEST_CC: the
# guest's compiler. SCRATCH: a folder to write to.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

file(REMOVE_RECURSE ${SCRATCH})
file(GLOB images RELATIVE ${BUILT} ${BUILT}/*.elf ${BUILT}/*.profile ${BUILT}/*.so)
if(NOT images)
	message(FATAL_ERROR "no images in ${BUILT}")
endif()

# compare(NAME SOURCES CMAKE-ARGUMENT...): builds the target sysemu_guest and compares.
function(compare name sources)
	set(build ${SCRATCH}/${name})
	execute_process(COMMAND ${CMAKE_COMMAND} -S ${sources} -B ${build} -G Ninja
			-DSYSEMU_TESTS=OFF -DSYSEMU_GUEST_CC=${GUEST_CC} ${ARGN}
		OUTPUT_QUIET ERROR_VARIABLE text RESULT_VARIABLE result)
	if(NOT result)
		execute_process(COMMAND ${CMAKE_COMMAND} --build ${build} --target sysemu_guest
			OUTPUT_VARIABLE text ERROR_VARIABLE text RESULT_VARIABLE result)
	endif()
	if(result)
		message(FATAL_ERROR "${name}: the build failed:\n${text}")
	endif()
	foreach(image IN LISTS images)
		file(SHA256 ${BUILT}/${image} here)
		file(SHA256 ${build}/guest/${image} there)
		if(NOT here STREQUAL there)
			complain("${name}: ${image} differs")
		endif()
	endforeach()
	set(complaints ${complaints} PARENT_SCOPE)
endfunction()

# A copy of all that the build needs, under a name of another length.
set(copy ${SCRATCH}/a-copy-of-the-sources)
foreach(part CMakeLists.txt cmake asm include sim lib cli examples)
	file(COPY ${SOURCE}/${part} DESTINATION ${copy})
endforeach()

compare(release-elsewhere ${copy} -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=gcc)
set(others "another folder")
if(CLANG)
	compare(clang-sanitized ${SOURCE} -DCMAKE_C_COMPILER=${CLANG} -DCMAKE_BUILD_TYPE=Debug
		-DCMAKE_C_FLAGS=-march=native -DSYSEMU_SANITIZE=ON)
	string(APPEND others " and another compiler")
endif()
list(LENGTH images n)
finish("${n} images, byte-identical in ${others}")
