/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h: a machine's life: opened and booted (machine.c), loaded (program.c), run from event to
 * event (run.c), saved and restored (snapshot.c).
 */
#ifndef LIB_MACHINE_MACHINE_H
#define LIB_MACHINE_MACHINE_H

#include "lib/guest/guest.h"

/* ---- program.c: what execve does ---- */

/* Loads segments, stack, argv, envp and auxv into empty user memory and fills *out. */
sysemu_status program_load_elf(sysemu_machine *m, const void *elf, size_t size, char *const argv[],
			       char *const envp[], struct layout *out);
sysemu_status program_load_code(sysemu_machine *m, const void *code, size_t size,
				struct layout *out);

#endif
