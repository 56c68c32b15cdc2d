# SPDX-License-Identifier: GPL-2.0-only
#
# cmake -DCOMMAND=sysemu -DSOURCE=DIR -DVERSION=V -DAWK=awk -DOUT=DIR -P make.cmake: what users
# read and their shells, each from its one source. OUT/man1 from the tables of options, OUT/man3
# from the public headers, OUT/man5 from docs/, OUT/completion from the tables again.
cmake_minimum_required(VERSION 3.25)

# run(FILE COMMAND...): its standard output as that file.
function(run file)
	execute_process(COMMAND ${ARGN} OUTPUT_FILE ${OUT}/${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(man ${SOURCE}/cmake/man)
set(awk ${AWK} -v version=${VERSION} -f ${man}/text.awk)
file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT}/man1 ${OUT}/man3 ${OUT}/man5 ${OUT}/completion)

execute_process(COMMAND ${COMMAND} help --options OUTPUT_VARIABLE options COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "(^|\n)[a-z]+" names "${options}")
list(TRANSFORM names REPLACE "\n" "")
list(REMOVE_DUPLICATES names)
run(man1/sysemu.1 ${COMMAND} help --man)
foreach(name IN LISTS names)
	run(man1/sysemu-${name}.1 ${COMMAND} help --man ${name})
endforeach()

# sysemu.h first: it has the head of them all.
set(headers sysemu.h process.h step.h schedule.h scenario.h explore.h timing.h cover.h kernel.h cmocka.h)
list(TRANSFORM headers PREPEND ${SOURCE}/include/libsysemu/)
execute_process(COMMAND ${awk} -v folder=${OUT}/man3 -f ${man}/man3.awk ${headers} COMMAND_ERROR_IS_FATAL ANY)

# page(DOCUMENT NAME ABOUT)
function(page document name about)
	run(man5/${name}.5 ${awk} -v name=${name} -v about=${about} -f ${man}/man5.awk ${SOURCE}/docs/${document})
endfunction()
page(scenarios.md sysemu-scenario "scripts of a program, its tracer, and what is expected")
page(budgets.md sysemu-budget "what calls, scenarios and explorations may cost")

file(GLOB pages ${OUT}/man?/*)
execute_process(COMMAND gzip -9n ${pages} COMMAND_ERROR_IS_FATAL ANY)

run(completion/sysemu ${COMMAND} help --completion bash)
run(completion/_sysemu ${COMMAND} help --completion zsh)
run(completion/sysemu.fish ${COMMAND} help --completion fish)
