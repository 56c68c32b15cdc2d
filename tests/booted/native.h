/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * native.h: the public header's machine, but its program is a process of the kernel that runs us and its
 * tracer's requests are ptrace(2): as much of it as lib/scenario/ needs. Compiled for i386 alone.
 */
#ifndef TESTS_BOOTED_NATIVE_H
#define TESTS_BOOTED_NATIVE_H

#include <stdint.h>

#include "libsysemu/sysemu.h"

/* Where that kernel has its __kernel_vsyscall, in it the sysenter, and where this returns to. */
struct native_page {
	uint32_t call, enter, returns;
};
extern struct native_page native_page;
/* False: it has no sysenter there. */
int native_find_page(void);

/* At each stop *place is set; a NULL ends it. */
void native_tell_place(sysemu_machine *m, sysemu_place *place);

/* In place of lib/scenario/play.h's. */
#define PLAY_VSYSCALL        native_page.call
#define PLAY_VSYSCALL_ENTER  native_page.enter
#define PLAY_SYSENTER_RETURN native_page.returns

/* A process that is number 101 and loops in user mode; its pid, or -1. */
int native_loop(void);

#endif
