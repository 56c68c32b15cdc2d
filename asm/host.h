/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.h: what a guest with processes asks the host for at the stop port (STOP_HOST), and the host's
 * library answers: calls that only give data, such as bytes of files, maps, names, the machine's
 * identity. Their numbers are Linux's; these are the others. A handle is the host's number of an
 * open file. What is found in memory is of 32-bit words, as the guest has them. Arguments that a call has not are 0.
 */
/* clang-format off */
#ifndef ASM_HOST_H
#define ASM_HOST_H

#include "uapi.h"

#define HOST_SPACE_COPY		0x1000		/* the present space -> the number of a copy, or -ENOMEM */
#define HOST_SPACE_FREE		0x1001		/* space, which nobody has any more */
#define HOST_EXEC		0x1002		/* path, argv, envp, struct host_exec * -> 0 or -errno */
#define HOST_ACCESS		0x1003		/* space, addr, kernel's buffer, bytes, write -> bytes moved */
#define HOST_CLOSE		0x1004		/* handle, that nobody has any more */
#define HOST_PAGE		0x1005		/* addr, uint32_t key[2] -> 0: what the page is, wherever it is mapped */
#define HOST_CHOOSE		0x1006		/* CHOOSE_ bits, n, int32_t pids[n] -> 0 to n - 1: who goes on; n: see CHOOSE_TIMER */
#define HOST_READY		0x1007		/* handle -> POLLIN, POLLOUT, ... that a poll would tell now */
#define HOST_FORK		0x1008		/* child's pid, tgid, space, clone flags: the host's own records of it */
#define HOST_EXIT		0x1009		/* pid, tgid: and their end */
#define HOST_EPOCH		0x100a		/* uint64_t *: nanoseconds of CLOCK_REALTIME at the boot */
#define HOST_TERMINAL		0x100b		/* handle -> 1 if it is a terminal */

/* Handles of open files that are the guest's own, as the host answers an open of their names; + which. */
#define HOST_PTMX		0x60000		/* /dev/ptmx */
#define HOST_PTY		0x70000		/* /dev/pts/N */

/* Who could go on: those that can run, in their order; a task that gives way is the last of them. */
#define CHOOSE_STAY		1u		/* the last one runs, and could go on */
#define CHOOSE_YIELD		2u		/* but it has asked for another */
#define CHOOSE_TIMER		4u		/* there is a timer: n: time passes up to it, and it asks again */

#ifndef __ASSEMBLER__

struct host_call {
	int32_t nr;
	uint32_t arg[6];
	int32_t result;				/* 0 or more, or -errno */
};

/* STOP_SPACE: where the CPU goes on, and with whose FPU: images that it is to be saved to and loaded from, the
 * host's answer being 0 for what it has done; 0: no such. */
struct host_space {
	uint32_t space, save, load;
};

struct host_exec {				/* what HOST_EXEC found; nothing has changed yet but that */
	uint32_t space;				/* the new one, with the program in it */
	uint32_t eip, esp;
	char comm[16];
};

#endif /* !__ASSEMBLER__ */
#endif
