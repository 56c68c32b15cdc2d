/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h: processes: programs that fork, execute others, wait for and trace each other, all inside.
 *
 * A machine that is opened with sysemu_open_processes has a guest kernel that lives with them: whatever
 * decides an order (life, signals, waits, stops, scheduling, pipes, futexes) is done by guest code;
 * what only gives data (bytes of files, maps, the clock) is answered by the host, which is
 * asked from the call table of the guest.
 *
 *	sysemu_config config = { .start = SYSEMU_START_UNTRACED };
 *	sysemu_host host = { .root = "/", .write = ... };
 *
 *	sysemu_open_processes(&config, &m);
 *	sysemu_set_host(m, &host);              // before the program, which is found below the root
 *	sysemu_exec(m, "/bin/sh", argv, envp);
 *	sysemu_run(m, 0, &e);                   // EXIT or KILLED of that program, DEADLOCK, FAULT
 *
 * Time is counted instructions, a nanosecond each, and what all sleep through at once; a tick comes
 * each million instructions. Nothing in it depends on the host's clock.
 */
/* clang-format off */
#ifndef LIBSYSEMU_PROCESS_H
#define LIBSYSEMU_PROCESS_H

#include <libsysemu/sysemu.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- 22. processes ------------------------------------------------------ */

/* As sysemu_open; closed by sysemu_close. EINVAL for a machine that counts nothing: its clock is the
 * count. A snapshot of such a machine has all of its processes and files, and goes back only into that
 * machine (EMISMATCH): files that were written are shared by what it was and what it is. */
sysemu_status sysemu_open_processes(const sysemu_config *config, sysemu_machine **out);

/* How the host waits for input: fn returns when a read of descriptor 0 would not wait, 0 or -errno.
 * It is asked only when all processes wait, so when input arrives does not depend on the host's
 * clock. Without it (NULL) a read waits, and everything with it. */
typedef int32_t (*sysemu_input_fn)(void *user);
sysemu_status sysemu_on_input(sysemu_machine *m, sysemu_input_fn fn, void *user);

/* Loads the program `path` of the host's root, static or with its ELF interpreter, or a script with
 * the interpreter that its first line names. Once, in place of sysemu_load_elf. ESTATE without
 * processes; ELOAD: the sentence has the reason. */
sysemu_status sysemu_exec(sysemu_machine *m, const char *path, char *const argv[],
			  char *const envp[]);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
