/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * step.h: exact runs: for a debugger, and whoever else goes to a moment that has been before.
 *
 * A machine goes the same way each time, so a moment of it is a number: restored from a snapshot that
 * is older, and run up to that number, it is as it was.
 *
 *	sysemu_set_exact(m, true);
 *	sysemu_get_moment(m, &now);
 *	sysemu_restore(m, earlier);
 *	sysemu_run_until(m, now - 1, &e);       // before the instruction that ran last, but see below
 */
/* clang-format off */
#ifndef LIBSYSEMU_STEP_H
#define LIBSYSEMU_STEP_H

#include <libsysemu/sysemu.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- 24. exact runs ----------------------------------------------------- */

/* With it on, max_insns of sysemu_run is exact: one instruction is one. Each is looked at before it runs:
 * some ten times slower. With processes a tick comes at its instruction, not behind the block that has
 * it, so a machine goes one way with it and may go another without. No part of a snapshot. Off:
 * watchpoints go. EINVAL: SYSEMU_COUNT_NONE; ESTATE: with processes it stays on. */
sysemu_status sysemu_set_exact(sysemu_machine *m, bool on);

/* A moment: grows by one with each instruction that is done and each interrupt or exception that is
 * taken; so it is another before each instruction. Part of snapshots. */
sysemu_status sysemu_get_moment(sysemu_machine *m, uint64_t *out);
/* As sysemu_run, with the event LIMIT before the first instruction at `moment` or later. EINVAL: that is
 * not later than now; ESTATE: not exact. */
sysemu_status sysemu_run_until(sysemu_machine *m, uint64_t moment, sysemu_event *out);

/* A run ends with BREAK behind the instruction: CHANGE: after which these bytes are others; READ, WRITE:
 * that accesses them. At most 16, of at most 64 bytes. Bytes that the host changes, and the frames
 * of interrupts, are no access; what changes between runs is no change. A user's address is that
 * of the process that runs now. ESTATE: not exact; EINVAL, ENOMEM; ENOENT: no such one. */
#define SYSEMU_WATCH_CHANGE 1u
#define SYSEMU_WATCH_READ   2u
#define SYSEMU_WATCH_WRITE  4u
sysemu_status sysemu_watch_set(sysemu_machine *m, uint32_t addr, uint32_t size, unsigned kinds);
sysemu_status sysemu_watch_clear(sysemu_machine *m, uint32_t addr, uint32_t size, unsigned kinds);
/* Which one the last BREAK was for; kinds 0: none, a breakpoint. */
typedef struct sysemu_watch {
	uint32_t addr, size;
	unsigned kinds;
} sysemu_watch;
sysemu_status sysemu_get_watch(sysemu_machine *m, sysemu_watch *out);

/* The tracer's call, to be looked at: sysemu_ptrace on the task in focus, which the next runs make. Their events
 * have the tracer's pid, 100, and may be BREAK and LIMIT in it; RETURN when it has ended, with the result in
 * eax; then the program's CPU is as before. Between, sysemu_get_cpu has the tracer's; sysemu_save and the
 * calls that need a guest function are ESTATE; a restore gives the call up. */
sysemu_status sysemu_ptrace_begin(sysemu_machine *m, int request, uint32_t addr, uint32_t data);

/* Memory of the process that task `pid` is of (0: in focus); else as sysemu_read. */
sysemu_status sysemu_read_task(sysemu_machine *m, int32_t pid, uint32_t addr, void *buf, size_t size);
/* Registers of the program, as last saved, of a task that does not run: it may wait or be stopped. ENOENT. */
sysemu_status sysemu_get_task_regs(sysemu_machine *m, int32_t pid, sysemu_regs *out);

/* The CPU's registers, where it is now, but for segments and orig_eax; of EFLAGS what a tracer may write. */
sysemu_status sysemu_set_cpu(sysemu_machine *m, const sysemu_regs *regs);
/* Where the word lies that has a flag of task `pid` (SYSEMU_TIF_...), and which bit of it that is. Most
 * kernels have all in thread_info.flags. ENOENT: no such task; EINVAL: not one flag. */
sysemu_status sysemu_find_tif(sysemu_machine *m, int32_t pid, uint32_t flag, uint32_t *addr,
			      uint32_t *mask);

/* What a snapshot takes of memory; what it shares with others counts by its share. */
size_t sysemu_snapshot_bytes(const sysemu_snapshot *s);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
