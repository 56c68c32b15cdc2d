# SPDX-License-Identifier: GPL-2.0-only
#
# The demo program gives the same output, log (with clocks) and digest in a command that was built from
# sources in another folder, by another compiler or build type, as a part of somebody's
# project, and run in another folder. An example links there what the project gives it.
# COMMAND: this build's sysemu. DEMO: the demo program. CC: the other build's compiler.
# SCRATCH: a folder to write to.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

file(REMOVE_RECURSE ${SCRATCH})
set(copy ${SCRATCH}/a-copy-of-the-sources)
foreach(part CMakeLists.txt cmake asm include sim lib cli conformance scenarios examples)
	file(COPY ${SOURCE}/${part} DESTINATION ${copy})
endforeach()
file(WRITE ${SCRATCH}/CMakeLists.txt
	"cmake_minimum_required(VERSION 3.25)\nproject(user C)\nadd_subdirectory(${copy} part)\n"
	"foreach(kind sysemu static)\nadd_executable(with_\${kind} ${copy}/examples/count.c)\n"
	"target_link_libraries(with_\${kind} PRIVATE sysemu::\${kind})\nendforeach()\n")
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SCRATCH} -B ${SCRATCH}/build -G Ninja
		-DCMAKE_C_COMPILER=${CC} -DCMAKE_BUILD_TYPE=Release
	OUTPUT_VARIABLE text ERROR_VARIABLE text RESULT_VARIABLE result)
if(NOT result)
	execute_process(COMMAND ${CMAKE_COMMAND} --build ${SCRATCH}/build
		OUTPUT_VARIABLE text ERROR_VARIABLE text RESULT_VARIABLE result)
endif()
if(result)
	message(FATAL_ERROR "the other build failed:\n${text}")
endif()

# Both run a copy in their own folder by the same name: argv[0] is the program's to see.
file(WRITE ${SCRATCH}/input "pears\napples\n")
function(run_demo out command folder entry)
	file(COPY ${DEMO} DESTINATION ${SCRATCH}/${folder})
	execute_process(COMMAND env -i GREETING=hello
			${command} run --entry ${entry} ${timing_${entry}} --log=log ./demo one "two words"
		WORKING_DIRECTORY ${SCRATCH}/${folder} INPUT_FILE ${SCRATCH}/input
		OUTPUT_VARIABLE text ERROR_VARIABLE errors RESULT_VARIABLE result)
	if(NOT result EQUAL 7)
		message(FATAL_ERROR "${command}: ${result} instead of 7\n${errors}")
	endif()
	file(READ ${SCRATCH}/${folder}/log log)
	set(${out} "${text}${log}" PARENT_SCOPE)
endfunction()

set(timing_int80 --timing i386ex-bus)
set(timing_sysenter --timing insn)
foreach(entry int80 sysenter)
	run_demo(here ${COMMAND} here ${entry})
	run_demo(there ${SCRATCH}/build/part/sysemu elsewhere/and/deeper ${entry})
	if(NOT here MATCHES "digest [0-9a-f]+")
		complain("${entry}: no digest in the log:\n${here}")
	endif()
	if(NOT here STREQUAL there)
		complain("${entry}: not the same:\n${here}\n---- and elsewhere ----\n${there}")
	endif()
endforeach()
foreach(kind sysemu static)
	execute_process(COMMAND ${SCRATCH}/build/with_${kind} RESULT_VARIABLE result OUTPUT_QUIET)
	if(result)
		complain("an example that links sysemu::${kind} ends with ${result}")
	endif()
endforeach()
finish("output, log and digest agree")
