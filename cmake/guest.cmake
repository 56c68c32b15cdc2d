# SPDX-License-Identifier: GPL-2.0-only
#
# guest.cmake: builds the guest kernels, their profiles and vsyscall pages from asm/ into the folder
# SYSEMU_GUEST_DIR, and i386 programs for tests and examples (sysemu_guest_program).
#
# Explicit commands with flags and a compiler of their own: the host's compiler, build
# type, sanitizers and folder must not change one byte (tests/house/reproducible.cmake).
# Which kernels: lib/kernels/kernels.def. Which sources: asm/kernels/NAME/sources, one path a
# line, relative to asm/; '#' begins a comment. Read next: asm/kernel.lds.
#
# SYSEMU_GUEST_FROM, another build folder of this tree, makes them instead, for builds that differ in
# what must not change them.

find_program(SYSEMU_GUEST_CC_PATH NAMES ${SYSEMU_GUEST_CC} REQUIRED)
find_program(SYSEMU_GUEST_LD ld REQUIRED)
execute_process(COMMAND ${SYSEMU_GUEST_CC_PATH} --version
	OUTPUT_VARIABLE SYSEMU_GUEST_COMPILER COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "\n.*" "" SYSEMU_GUEST_COMPILER "${SYSEMU_GUEST_COMPILER}")

set(SYSEMU_GUEST_DIR ${PROJECT_BINARY_DIR}/guest)
if(SYSEMU_GUEST_FROM)
	file(REAL_PATH "${SYSEMU_GUEST_FROM}" SYSEMU_GUEST_FROM BASE_DIRECTORY ${PROJECT_BINARY_DIR})
	if(EXISTS ${SYSEMU_GUEST_FROM}/CMakeCache.txt)
		load_cache(${SYSEMU_GUEST_FROM} READ_WITH_PREFIX guest_of_ CMAKE_HOME_DIRECTORY)
	endif()
	if(SYSEMU_GUEST_FROM STREQUAL PROJECT_BINARY_DIR OR NOT guest_of_CMAKE_HOME_DIRECTORY STREQUAL CMAKE_SOURCE_DIR)
		message(FATAL_ERROR "SYSEMU_GUEST_FROM: ${SYSEMU_GUEST_FROM} is no other build folder of ${CMAKE_SOURCE_DIR}")
	endif()
	set(SYSEMU_GUEST_DIR ${SYSEMU_GUEST_FROM}/guest)
endif()
set(SYSEMU_GUEST_IMAGES)
set(SYSEMU_GUEST_LINES)
set(guest_asm ${PROJECT_SOURCE_DIR}/asm)
file(MAKE_DIRECTORY ${SYSEMU_GUEST_DIR})
set(guest_flags
	-m32 -march=i386 -mtune=i686 -std=gnu11 -O2 -ffreestanding -nostdinc -fno-builtin -fno-common
	-fno-pic -no-pie -fno-stack-protector -fcf-protection=none
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fomit-frame-pointer
	-mregparm=3 -mgeneral-regs-only -Wa,--noexecstack -Wall -Wextra
	# What binutils of another version would choose: the nops that fill a gap (no gaps, and
	# with -n a named fill, .balign 32, 0x90, is taken at its word), and the order of merged strings.
	-fno-align-functions -fno-align-loops -fno-align-jumps -fno-align-labels -Wa,-n
	-mtune-ctrl=^four_jump_limit
	-fno-merge-constants
	# Each round of a rep is a block of its own to the engine.
	-mmemcpy-strategy=unrolled_loop:-1:noalign -mmemset-strategy=unrolled_loop:-1:noalign
	# A push costs forty loads on the engine: no function saves a register for its caller.
	-fcall-used-ebx -fcall-used-esi -fcall-used-edi
	-ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${PROJECT_BINARY_DIR}=. -g
	-D__GUEST__ -I${guest_asm})
# What of the debug information neither a line table nor gdb (docs/gdb.md) needs.
set(guest_no_lines .debug_aranges .comment)
list(TRANSFORM guest_no_lines PREPEND "--remove-section=")

# add_custom_command for what the other build makes, if there is one.
macro(guest_rule)
	if(NOT SYSEMU_GUEST_FROM)
		add_custom_command(${ARGV})
	endif()
endmacro()

# Compiles asm/SOURCE with more FLAGS... into OUT/SOURCE.o (boot/boot.S.o) and appends that to the
# variable OUT_LIST.
function(guest_object out_list out source)
	# The entry code of a later era takes entry.S's place, and its name in kernel.lds.
	string(REGEX REPLACE "^(later|generic)/entry-.*\\.S$" "entry/entry.S" object ${source})
	set(object ${out}/${object}.o)
	cmake_path(GET object PARENT_PATH folder)
	file(MAKE_DIRECTORY ${folder})
	guest_rule(OUTPUT ${object}
		COMMAND ${SYSEMU_GUEST_CC_PATH} ${guest_flags} ${ARGN} -MD -MF ${object}.d -MT ${object}
			-c ${guest_asm}/${source} -o ${object}
		DEPENDS ${guest_asm}/${source} ${SYSEMU_GUEST_CC_PATH}
		DEPFILE ${object}.d
		COMMENT "Guest ${source} (${out})" VERBATIM)
	set(${out_list} ${${out_list}} ${object} PARENT_SCOPE)
endfunction()

function(guest_kernel name)
	set(list ${guest_asm}/kernels/${name}/sources)
	set(image ${SYSEMU_GUEST_DIR}/${name}.elf)
	set(objects)
	set(relative)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list})
	file(STRINGS ${list} sources REGEX "^[^#]")
	foreach(source IN LISTS sources)
		string(STRIP "${source}" source)
		guest_object(objects ${SYSEMU_GUEST_DIR}/${name} ${source} -I${guest_asm}/kernels/${name})
		list(GET objects -1 object)
		cmake_path(RELATIVE_PATH object BASE_DIRECTORY ${SYSEMU_GUEST_DIR}/${name})
		list(APPEND relative ${object})
	endforeach()
	set(link ${SYSEMU_GUEST_LD} -m elf_i386 -T ${guest_asm}/kernel.lds --build-id=none -nostdlib)
	guest_rule(OUTPUT ${image}
		COMMAND ${link} --strip-debug -o ${image} ${relative}
		# kernel.lds picks the regions by the objects' names, whatever the folder is called.
		WORKING_DIRECTORY ${SYSEMU_GUEST_DIR}/${name}
		DEPENDS ${objects} ${guest_asm}/kernel.lds
		COMMENT "Guest kernel ${name}" VERBATIM)
	# Its profile: words that are linked against the image, and no part of it.
	set(profile ${SYSEMU_GUEST_DIR}/${name}.profile)
	set(profile_object)
	guest_object(profile_object ${SYSEMU_GUEST_DIR}/${name} profile/profile.c -I${guest_asm}/kernels/${name})
	guest_rule(OUTPUT ${profile}
		COMMAND ${SYSEMU_GUEST_LD} -m elf_i386 -R ${image} --build-id=none -e 0 -o ${profile_object}.elf ${profile_object}
		COMMAND ${CMAKE_OBJCOPY} -O binary -j .rodata ${profile_object}.elf ${profile}
		DEPENDS ${profile_object} ${image}
		COMMENT "Guest profile ${name}" VERBATIM)
	set(SYSEMU_GUEST_IMAGES ${SYSEMU_GUEST_IMAGES} ${image} ${profile} PARENT_SCOPE)
	# The same with debug information, for gdb; and what the command needs of it.
	set(debug ${SYSEMU_GUEST_DIR}/${name}.debug)
	set(lines ${SYSEMU_GUEST_DIR}/${name}.lines)
	guest_rule(OUTPUT ${debug} ${lines}
		COMMAND ${link} -o ${debug} ${relative}
		COMMAND ${CMAKE_OBJCOPY} --only-keep-debug ${guest_no_lines} ${debug} ${lines}
		WORKING_DIRECTORY ${SYSEMU_GUEST_DIR}/${name}
		DEPENDS ${objects} ${guest_asm}/kernel.lds
		COMMENT "Guest line table ${name}" VERBATIM)
	set(SYSEMU_GUEST_LINES ${SYSEMU_GUEST_LINES} ${lines} PARENT_SCOPE)
endfunction()

# A later kernel as the library has it: what it has not in common with one that lies there whole.
add_executable(image_pack ${PROJECT_SOURCE_DIR}/cmake/pack.c)
target_include_directories(image_pack PRIVATE ${PROJECT_SOURCE_DIR})
function(guest_pack name)
	set(pack ${SYSEMU_GUEST_DIR}/${name}.pack)
	guest_rule(OUTPUT ${pack}
		COMMAND image_pack ${SYSEMU_GUEST_DIR}/2.6.14.elf ${SYSEMU_GUEST_DIR}/${name}.elf ${pack}
		DEPENDS image_pack ${SYSEMU_GUEST_DIR}/2.6.14.elf ${SYSEMU_GUEST_DIR}/${name}.elf
		COMMENT "Guest kernel ${name}, packed" VERBATIM)
	set(SYSEMU_GUEST_IMAGES ${SYSEMU_GUEST_IMAGES} ${pack} PARENT_SCOPE)
endfunction()

function(guest_vsyscall flavour)
	set(image ${SYSEMU_GUEST_DIR}/vsyscall-${flavour}.so)
	set(objects)
	guest_object(objects ${SYSEMU_GUEST_DIR} vsyscall/vsyscall-${flavour}.S)
	guest_rule(OUTPUT ${image}
		COMMAND ${SYSEMU_GUEST_LD} -m elf_i386 -shared -T ${guest_asm}/vsyscall/vsyscall.lds -soname linux-gate.so.1
			--hash-style=sysv --eh-frame-hdr --build-id=none -s -o ${image} ${objects}
		COMMAND ${CMAKE_COMMAND} -DIMAGE=${image} -P ${PROJECT_SOURCE_DIR}/cmake/one-page.cmake
		DEPENDS ${objects} ${guest_asm}/vsyscall/vsyscall.lds
		COMMENT "Guest vsyscall page ${flavour}" VERBATIM)
	set(SYSEMU_GUEST_IMAGES ${SYSEMU_GUEST_IMAGES} ${image} PARENT_SCOPE)
endfunction()

# The same sources once more, for `sysemu kernel link`: objects that keep to the usual convention for
# calls, since those that they are linked with do, whose jumps within a file can be led elsewhere, in an
# archive without debug information.
function(guest_archive name)
	set(archive ${SYSEMU_GUEST_DIR}/${name}.a)
	set(out ${SYSEMU_GUEST_DIR}/link/${name})
	set(objects)
	foreach(source IN LISTS ARGN)
		string(STRIP "${source}" source)
		guest_object(objects ${out} ${source} -I${guest_asm}/kernels/${name}
			-fcall-saved-ebx -fcall-saved-esi -fcall-saved-edi -g0 -Wa,-mshared)
	endforeach()
	guest_rule(OUTPUT ${archive}
		COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
		COMMAND ${CMAKE_AR} rcD ${archive} ${objects}
		DEPENDS ${objects}
		COMMENT "Guest objects ${name}" VERBATIM)
	set(SYSEMU_GUEST_LINES ${SYSEMU_GUEST_LINES} ${archive} PARENT_SCOPE)
endfunction()

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/kernels/kernels.def)
file(STRINGS ${PROJECT_SOURCE_DIR}/lib/kernels/kernels.def kernel_lines REGEX "^(KERNEL|LATER)\\(")
set(SYSEMU_KERNELS)
foreach(line IN LISTS kernel_lines)
	string(REGEX REPLACE "^[A-Z]+\\([a-z0-9_]+, \"([^\"]+)\".*" "\\1" name "${line}")
	list(APPEND SYSEMU_KERNELS ${name})
	guest_kernel(${name})
	if(line MATCHES "^LATER")
		guest_pack(${name})
	endif()
endforeach()
# Rows for cli/lines_images.S: `lines NAME`.
list(TRANSFORM SYSEMU_KERNELS REPLACE "(.+)" "\tlines\t\"\\1\"\n" OUTPUT_VARIABLE lines_rows)
list(JOIN lines_rows "" lines_rows)
file(CONFIGURE OUTPUT ${SYSEMU_GUEST_DIR}/lines.def CONTENT "${lines_rows}" @ONLY)
# Those that others' objects are linked with: one of each era, and the one with the patch.
foreach(name IN ITEMS 2.6.11 sysemu 2.6.14)
	file(STRINGS ${guest_asm}/kernels/${name}/sources sources REGEX "^[^#]")
	guest_archive(${name} ${sources} boot/string.S profile/profile.c)
endforeach()
# What stands beside a whole kernel, for `sysemu kernel import`.
guest_archive(import import/glue.S import/glue.c boot/host.S boot/string.S)
guest_vsyscall(int80)
guest_vsyscall(sysenter)
guest_vsyscall(sysenter-4.4)

# The code that a traced program's process runs before its SIGSTOP: flat bytes.
guest_object(launch_object ${SYSEMU_GUEST_DIR} user/launch.S)
guest_rule(OUTPUT ${SYSEMU_GUEST_DIR}/launch.bin
	COMMAND ${CMAKE_OBJCOPY} -O binary -j .text ${launch_object} ${SYSEMU_GUEST_DIR}/launch.bin
	DEPENDS ${launch_object} COMMENT "Guest launch code" VERBATIM)
list(APPEND SYSEMU_GUEST_IMAGES ${SYSEMU_GUEST_DIR}/launch.bin)

if(SYSEMU_GUEST_FROM) # asked each time; what it does not change makes nothing anew here
	add_custom_target(sysemu_guest_from
		COMMAND ${CMAKE_COMMAND} --build ${SYSEMU_GUEST_FROM} --target sysemu_guest sysemu_guest_lines -- --quiet
		BYPRODUCTS ${SYSEMU_GUEST_IMAGES} ${SYSEMU_GUEST_LINES} VERBATIM)
endif()
add_custom_target(sysemu_guest DEPENDS ${SYSEMU_GUEST_IMAGES})
add_custom_target(sysemu_guest_lines DEPENDS ${SYSEMU_GUEST_LINES})

# sysemu_guest_program(OUTPUT SOURCE): a static i386 program by the guest's compiler: C
# with the C library, assembly without anything.
function(sysemu_guest_program output source)
	set(libraries)
	set(flags -m32 -static -O2 -Wall -Wextra -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
	if(source MATCHES "\\.S$")
		list(APPEND flags -nostdlib -I${guest_asm} -Wl,--build-id=none)
	else()
		list(APPEND flags -std=gnu11)
		set(libraries -lm)
	endif()
	cmake_path(GET output PARENT_PATH folder)
	file(MAKE_DIRECTORY ${folder})
	add_custom_command(OUTPUT ${output}
		COMMAND ${SYSEMU_GUEST_CC_PATH} ${flags} -MD -MF ${output}.d -MT ${output} -o ${output} ${source} ${libraries}
		DEPENDS ${source} DEPFILE ${output}.d
		COMMENT "Guest program ${output}" VERBATIM)
endfunction()
