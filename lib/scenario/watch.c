/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.c: sees from where the CPU is which calls execute and which stop comes: the
 * first instruction of each function of sys_call_table with eax as its number, and
 * do_syscall_trace with edx as its side. Nothing is guessed from results. Read next: play.c.
 */
#include <stdlib.h>

#include "lib/scenario/play.h"

/* PTRACE_EVENTMSG_SYSCALL_* of <linux/ptrace.h>. */
#define MESSAGE_ENTRY 1
#define MESSAGE_EXIT  2

static bool is_leaf(const struct play_watch *w, uint32_t addr)
{
	size_t low = 0, high = w->n_leaves;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->leaves[middle] == addr)
			return true;
		if (w->leaves[middle] < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static void call_executes(struct play_watch *w)
{
	sysemu_regs cpu;

	if (sysemu_get_cpu(w->m, &cpu) != SYSEMU_OK)
		return;
	if (w->calls < SYSEMU_RAN_MAX)
		w->ran[w->calls] = (int32_t)cpu.eax;
	w->calls++;
}

static void enter_trace(struct play_watch *w)
{
	sysemu_regs cpu;

	if (sysemu_get_cpu(w->m, &cpu) == SYSEMU_OK)
		w->at_exit = cpu.edx != 0;
}

/* ptrace_notify behind a function of the two sides; a kernel that has no other caller of it but theirs
 * may be without notify_syscall_stop. */
static void notified_of_a_side(struct play_watch *w)
{
	w->place = w->notify_syscall && !w->in_syscall_stop ? SYSEMU_PLACE_NOTIFY :
		   w->at_exit                               ? SYSEMU_PLACE_EXIT :
							      SYSEMU_PLACE_ENTRY;
	w->in_syscall_stop = false;
}

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	struct play_watch *w = user;

	if (!w->on)
		return;
	if (w->also)
		w->also(w->user, addr, size);
	if (addr < w->leaves[0] && addr < w->trace)
		return; /* user mode, for the most part */
	if (addr == w->trace) {
		enter_trace(w);
	} else if (addr == w->notify_syscall) {
		w->in_syscall_stop = true;
	} else if (addr == w->notify) {
		notified_of_a_side(w);
	} else if (addr == w->resume) {
		w->place = SYSEMU_PLACE_SIGNAL;
	} else if (is_leaf(w, addr)) {
		call_executes(w);
	}
}

static int by_place(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

/* In order; the lowest first is also the quick test above. */
static sysemu_status find_leaves(struct play_watch *w)
{
	uint32_t table[PLAY_LEAVES_MAX], addr;
	sysemu_status status = sysemu_symbol(w->m, "sys_call_table", &addr);

	if (status == SYSEMU_OK)
		status = sysemu_read(w->m, addr, table, sizeof(table));
	if (status != SYSEMU_OK)
		return status;
	qsort(table, PLAY_LEAVES_MAX, sizeof(table[0]), by_place);
	for (size_t i = 0; i < PLAY_LEAVES_MAX; i++)
		if (!i || table[i] != table[i - 1])
			w->leaves[w->n_leaves++] = table[i];
	return SYSEMU_OK;
}

sysemu_place play_side(uint32_t message)
{
	return message == MESSAGE_ENTRY ? SYSEMU_PLACE_ENTRY :
	       message == MESSAGE_EXIT  ? SYSEMU_PLACE_EXIT :
					  SYSEMU_PLACE_NOTIFY;
}

/* ptrace_notify of a kernel whose compiler inlined the functions of the two sides: it is told the side as a
 * message, from 5.3 on. */
static void notified(struct play_watch *w)
{
	sysemu_regs cpu;

	if (sysemu_get_cpu(w->m, &cpu) == SYSEMU_OK)
		w->place = play_side(cpu.edx);
}

/* From 2.6.27 on: two functions for the two sides, and from 4.4 on one that makes the call. */
static void on_modern_insn(void *user, uint32_t addr, uint32_t size)
{
	struct play_watch *w = user;
	sysemu_regs cpu;

	if (!w->on)
		return;
	if (w->also)
		w->also(w->user, addr, size);
	if (addr == w->trace || addr == w->trace_exit) {
		w->at_exit = addr == w->trace_exit;
	} else if (addr == w->notify_syscall) {
		w->in_syscall_stop = true;
	} else if (addr == w->notify && !w->trace) {
		notified(w);
	} else if (addr == w->notify) {
		notified_of_a_side(w);
	} else if (addr == w->resume) {
		w->place = SYSEMU_PLACE_SIGNAL;
	} else if (addr == w->call && sysemu_get_cpu(w->m, &cpu) == SYSEMU_OK) {
		if (w->calls < SYSEMU_RAN_MAX)
			w->ran[w->calls] = (int32_t)cpu.edx;
		w->calls++;
	} else if (!w->call && is_leaf(w, addr)) {
		call_executes(w);
	}
}

/* Each by the first of its names that the kernel has; what ours have in one function others inline. */
sysemu_status play_modern_places(struct play_watch *w)
{
	const struct {
		const char *names[2];
		uint32_t *addr;
		bool optional;
	} places[] = { { { "syscall_trace_enter", NULL }, &w->trace, true },
		       { { "syscall_trace_leave", "syscall_exit_work" }, &w->trace_exit, true },
		       { { "notify_syscall_stop", NULL }, &w->notify_syscall, true },
		       { { "ptrace_notify", NULL }, &w->notify, false },
		       { { "do_notify_resume", "arch_do_signal_or_restart" }, &w->resume, false },
		       { { "ia32_sys_call", NULL }, &w->call, true } };
	sysemu_status status;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		status = sysemu_symbol(w->m, places[i].names[0], places[i].addr);
		if (status == SYSEMU_ENOENT && places[i].names[1])
			status = sysemu_symbol(w->m, places[i].names[1], places[i].addr);
		if (status == SYSEMU_ENOENT && places[i].optional)
			*places[i].addr = 0;
		else if (status != SYSEMU_OK)
			return status;
	}
	if (!w->trace_exit)
		w->trace = 0;
	else if (!w->trace)
		w->trace_exit = 0;
	return SYSEMU_OK;
}

static sysemu_status start_modern(struct play_watch *w)
{
	sysemu_status status = play_modern_places(w);

	if (status != SYSEMU_OK)
		return status;
	status = w->call ? SYSEMU_OK : find_leaves(w);
	return status == SYSEMU_OK ? sysemu_on_insn(w->m, on_modern_insn, w) : status;
}

sysemu_status play_watch_start(struct play_watch *w, sysemu_machine *m)
{
	sysemu_status status;

	w->m = m;
	if (sysemu_symbol(m, "do_syscall_trace", &w->trace) == SYSEMU_ENOENT &&
	    (sysemu_symbol(m, "syscall_trace_enter", &w->trace) == SYSEMU_OK ||
	     sysemu_symbol(m, "ia32_sys_call", &w->call) == SYSEMU_OK))
		return start_modern(w);
	status = sysemu_symbol(m, "do_syscall_trace", &w->trace);
	if (status == SYSEMU_OK &&
	    sysemu_symbol(m, "notify_syscall_stop", &w->notify_syscall) == SYSEMU_ENOENT)
		w->notify_syscall = 0; /* a whole kernel of 2.6 */
	if (status == SYSEMU_OK)
		status = sysemu_symbol(m, "ptrace_notify", &w->notify);
	if (status == SYSEMU_OK)
		status = sysemu_symbol(m, "do_notify_resume", &w->resume);
	if (status == SYSEMU_OK)
		status = find_leaves(w);
	if (status == SYSEMU_OK)
		status = sysemu_on_insn(m, on_insn, w);
	return status;
}

void play_watch_stop(struct play_watch *w)
{
	sysemu_on_insn(w->m, NULL, NULL);
}
