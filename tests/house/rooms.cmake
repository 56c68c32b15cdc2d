# SPDX-License-Identifier: GPL-2.0-only
#
# rooms.cmake: the rooms of the house, from the ground up: who lives where and whom each may know.
# A room is a folder, or a header that stands by itself. room(NAME DOOR... KNOWS ROOM...): others
# may include its doors alone, relative to the room; a room whose name is a file is its own door.
# A room may know only rooms above its row, so there is no ring of rooms. Used by includes.cmake
# and calls.cmake; ARCHITECTURE.md says what lives in each.

set(house_rooms)
macro(room name)
	cmake_parse_arguments(room "" "" "KNOWS" ${ARGN})
	foreach(known IN LISTS room_KNOWS)
		if(NOT known IN_LIST house_rooms)
			complain("rooms.cmake: ${name} may know ${known}, which is not above it")
		endif()
	endforeach()
	list(APPEND house_rooms ${name})
	set(doors_of_${name} ${room_UNPARSED_ARGUMENTS})
	set(known_by_${name} ${room_KNOWS})
endmacro()

# The public header: its files may include each other, and stand alone (headers.cmake).
room(include sysemu.h process.h step.h schedule.h scenario.h explore.h timing.h cover.h kernel.h cmocka.h)

# ---- the guest ----
room(asm/uapi.h)
room(asm/host.h KNOWS asm/uapi.h)
room(asm/abi.h KNOWS asm/uapi.h asm/host.h)
room(asm/history/entry-2.6.11.h)
room(asm/history/entry-2.6.14.h)
room(asm/rules rules-2.6.20.h rules-2.6.25.h rules-4.14.h rules-5.11.h entry-2.6.27.h entry-2.6.30.h entry-4.4.h entry-4.14.h
	entry-5.10.h layout-2.6.20.h layout-2.6.30.h layout-3.2.h layout-5.10.h)
room(asm/kernels kernel.h KNOWS asm/history/entry-2.6.11.h asm/history/entry-2.6.14.h asm/rules)
room(asm/eras.h)
room(asm/guest.h KNOWS asm/abi.h asm/kernels asm/eras.h)
room(asm/boot boot.h KNOWS asm/abi.h asm/guest.h)
room(asm/file file.h KNOWS asm/guest.h)
room(asm/process process.h KNOWS asm/abi.h asm/host.h asm/guest.h asm/boot asm/file)
room(asm/trace trace.h KNOWS asm/guest.h asm/process)
room(asm/history KNOWS asm/process asm/trace)	# earlier forms of a file of asm/trace
room(asm/ptrace ptrace.h KNOWS asm/guest.h asm/process)
room(asm/entry macros.h KNOWS asm/abi.h asm/guest.h asm/kernels asm/process)
room(asm/later frame.h common.h trace-2.6.27.h KNOWS asm/abi.h asm/guest.h asm/kernels asm/process asm/trace asm/entry)
room(asm/generic KNOWS asm/abi.h asm/guest.h asm/kernels asm/process asm/trace asm/later)
room(asm/profile profile.def KNOWS asm/guest.h asm/boot asm/process asm/trace asm/ptrace)
room(asm/vsyscall KNOWS asm/abi.h)
room(asm/user KNOWS asm/abi.h)
room(asm/import KNOWS asm/abi.h)

# ---- the computer ----
room(sim/code code.h)
room(sim/timing timing.h bus.h KNOWS sim/code)
room(sim/sim.h KNOWS sim/code sim/timing)
room(sim/image KNOWS sim/sim.h)
room(sim/computer.h KNOWS sim/sim.h)
room(sim/cpu cpu.h real.h KNOWS sim/sim.h sim/computer.h sim/code)
room(sim/memory memory.h KNOWS sim/cpu)
room(sim/counting counting.h KNOWS sim/computer.h sim/code sim/timing sim/cpu sim/memory)
room(sim/delivery delivery.h KNOWS sim/cpu sim/memory sim/counting)
room(sim/run run.h KNOWS sim/code sim/cpu sim/memory sim/counting sim/delivery)
room(sim/memo memo.h KNOWS sim/cpu sim/memory sim/counting sim/run)
room(sim/state state.h KNOWS sim/cpu sim/memory sim/counting)
room(sim/power power.h KNOWS sim/sim.h sim/cpu sim/memory sim/counting sim/delivery sim/run sim/memo sim/state)
room(sim/captures captures.h moo.h KNOWS sim/sim.h sim/cpu sim/timing sim/power)

# ---- the library ----
room(lib/random.h)
room(lib/fail.h KNOWS include)
room(lib/kernels kernels.h KNOWS include sim/sim.h asm/profile)
room(lib/guest guest.h KNOWS include asm/uapi.h lib/fail.h lib/random.h lib/kernels sim/sim.h)
room(lib/tracer tracer.h KNOWS include asm/host.h lib/guest)
room(lib/timing timing.h KNOWS lib/guest sim/captures)

room(lib/cover cover.h KNOWS include lib/fail.h lib/guest lib/kernels sim/sim.h)
room(lib/files host.h overlay.h shortage.h)
room(lib/server server.h KNOWS asm/host.h lib/guest lib/tracer lib/files)
room(lib/machine machine.h KNOWS include asm/host.h lib/guest lib/kernels lib/timing lib/cover lib/tracer lib/server)
room(lib/schedule KNOWS include lib/fail.h lib/random.h)
room(lib/trial KNOWS include lib/fail.h lib/kernels)
room(lib/scenario play.h KNOWS include lib/fail.h)
room(lib/choice KNOWS include lib/fail.h lib/kernels lib/scenario)


# ---- its users ----
room(cli cli.h KNOWS include)
room(examples KNOWS include)

# The room of a file, relative to the repository's root: the row with the longest name that fits.
function(room_of out file)
	set(best)
	foreach(room IN LISTS house_rooms)
		string(LENGTH "${best}" so_far)
		string(LENGTH "${room}" length)
		string(FIND "${file}/" "${room}/" at)
		if(at EQUAL 0 AND length GREATER so_far)
			set(best ${room})
		endif()
	endforeach()
	set(${out} ${best} PARENT_SCOPE)
endfunction()
