# SPDX-License-Identifier: GPL-2.0-only
#
# The installed tree serves a project of its own: an example is built out of tree with
# find_package, shared and static, and with pkg-config, and runs.
# BUILD: the build folder. CC: the C compiler. SCRATCH: a folder to write to.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(example ${SOURCE}/examples/count.c)
set(prefix ${SCRATCH}/prefix)

function(run)
	execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE text ERROR_VARIABLE text RESULT_VARIABLE result)
	if(result)
		message(FATAL_ERROR "failed: ${ARGN}\n${text}")
	endif()
	string(STRIP "${text}" text)
	set(text "${text}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})

file(WRITE ${SCRATCH}/user/CMakeLists.txt
	"cmake_minimum_required(VERSION 3.25)\nproject(user C)\n"
	"find_package(sysemu 0.1 CONFIG REQUIRED)\n"
	"foreach(kind sysemu static)\nadd_executable(with_\${kind} ${example})\n"
	"target_link_libraries(with_\${kind} PRIVATE sysemu::\${kind})\nendforeach()\n")
run(${CMAKE_COMMAND} -S ${SCRATCH}/user -B ${SCRATCH}/user/build -G Ninja
	-DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_C_COMPILER=${CC})
run(${CMAKE_COMMAND} --build ${SCRATCH}/user/build)
run(${SCRATCH}/user/build/with_sysemu)
set(expected "${text}")
run(${SCRATCH}/user/build/with_static)
if(NOT text STREQUAL expected)
	complain("static and shared library answer differently:\n${text}\n${expected}")
endif()

file(GLOB_RECURSE pc ${prefix}/*/sysemu.pc)
cmake_path(GET pc PARENT_PATH folder)
run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${folder} pkg-config --cflags --libs sysemu)
separate_arguments(flags UNIX_COMMAND "${text}")
run(${CC} ${example} ${flags} -o ${SCRATCH}/with_pc)
cmake_path(GET folder PARENT_PATH folder)
run(${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${folder} ${SCRATCH}/with_pc)
if(NOT text STREQUAL expected)
	complain("the pkg-config build answers differently:\n${text}\n${expected}")
endif()

finish("an example builds and runs with the installed tree, three ways")
