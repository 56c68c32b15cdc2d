/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * profile.c: a kernel's profile: profile.def's words in a row. Compiled with the kernel's header and
 * linked against its image, of which it is no part (cmake/guest.cmake); it lies in the library
 * beside it.
 */
#include "boot/boot.h"
#include "process/process.h"
#include "ptrace/ptrace.h"
#include "trace/trace.h"

#define AT(symbol) ((uint32_t)(symbol))

extern char startup[], start_user[], tracer_call[], sys_kill[], sys_wait4[], init_tss[],
	sys_call_table[], process_call_table[], __process_memory[], range_checks[];
extern int32_t debug_trap_eax;

#define WORD(name, value, about) (value),
const uint32_t profile[] = {
#include "profile.def"
};
