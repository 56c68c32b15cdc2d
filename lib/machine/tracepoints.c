/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracepoints.c: who makes calls, goes back, gets signals and gives the CPU away, told from outside: by
 * breakpoints in the guest's kernel, which knows nothing of it, and by the computer's word of an
 * entry. Nothing the guest can see is changed.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/machine/machine.h"

enum { EXITS = 16 };

struct tracepoints {
	sysemu_tracepoint_fn fn;
	void *user;
	uint32_t setup_frame, switch_to;
	struct {
		uint32_t at;
		bool sysexit; /* or iret */
	} exit[EXITS];
	unsigned nexits;
	/* By slot of the task, most_tasks of them: its call that has not gone back yet. */
	struct {
		bool in_call;
		int32_t pid, nr;
		uint32_t arg[6];
		uint32_t back; /* behind its int $0x80; 0: by sysenter */
	} task[];
};

const char *sysemu_tracepoint_name(sysemu_tracepoint_kind kind)
{
	static const char *const names[] = { "sys_enter", "sys_exit", "signal_deliver",
					     "sched_switch" };

	return (unsigned)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

static unsigned slot_of(const sysemu_machine *m, uint32_t task)
{
	unsigned slot = (task - m->profile->tasks) / m->profile->task_bytes;

	return slot < m->profile->most_tasks ? slot : 0;
}

static void tell(sysemu_machine *m, const sysemu_tracepoint *p)
{
	const struct tracepoints *t = m->spaces->points;
	bool inside = m->inside; /* of an engine's run already */

	m->inside = true;
	t->fn(t->user, p);
	m->inside = inside;
}

static sysemu_tracepoint point(const sysemu_machine *m, sysemu_tracepoint_kind kind, uint32_t task)
{
	const struct tracepoints *t = m->spaces->points;
	unsigned slot = slot_of(m, task);
	int32_t pid = (int32_t)TASK_FIELD(m, task, pid);

	/* One that nobody waits for has no number any more when it gives the CPU away. */
	sysemu_tracepoint p = { .kind = kind,
				.time = machine_insns(m),
				.pid = pid ? pid : t->task[slot].pid,
				.nr = t->task[slot].nr };

	memcpy(p.arg, t->task[slot].arg, sizeof(p.arg));
	return p;
}

/* ---- where they are ---- */

/* The ways out of the entry code. */
static sysemu_status find_exits(sysemu_machine *m, struct tracepoints *t)
{
	struct sim_range ranges[SYSEMU_REGIONS];
	size_t n = kernel_regions(&m->image, ranges);

	for (size_t i = 0; i < n; i++) {
		uint32_t size;

		if (ranges[i].region != SYSEMU_REGION_ENTRY)
			continue;
		for (uint32_t at = ranges[i].start; at < ranges[i].end; at += size) {
			uint8_t code[SIM_INSN_ROOM];
			uint32_t bad;

			if (sim_read(m->sim, at, code, sizeof(code), &bad) != SIM_OK)
				break;
			size = sim_insn_length(code, sizeof(code));
			if (code[0] != 0xcf && (code[0] != 0x0f || code[1] != 0x35))
				continue;
			if (t->nexits == EXITS)
				return fail(m, SYSEMU_ENOMEM, "more than %d ways out of the kernel",
					    EXITS);
			t->exit[t->nexits].at = at;
			t->exit[t->nexits++].sysexit = code[0] == 0x0f;
		}
	}
	return t->nexits ? SYSEMU_OK : fail(m, SYSEMU_ENOENT, "no iret in the kernel's entry code");
}

static sysemu_status find_all(sysemu_machine *m, struct tracepoints *t)
{
	sysemu_status status = sysemu_symbol(m, "setup_frame", &t->setup_frame);

	if (!status)
		status = sysemu_symbol(m, "switch_to", &t->switch_to);
	return status ? status : find_exits(m, t);
}

static void set_breaks(struct sim *sim, const struct tracepoints *t, bool on)
{
	for (unsigned i = 0; i < t->nexits + 2; i++) {
		uint32_t at = i < t->nexits  ? t->exit[i].at :
			      i == t->nexits ? t->setup_frame :
					       t->switch_to;

		if (on)
			sim_break_set(sim, at); /* EINVAL: somebody else stops there, too */
		else
			sim_break_clear(sim, at);
	}
}

static void begin(sysemu_machine *m, struct sim *sim)
{
	set_breaks(sim, m->spaces->points, true);
}

static void end(sysemu_machine *m, struct sim *sim)
{
	set_breaks(sim, m->spaces->points, false);
}

/* ---- what they tell ---- */

static void enters(sysemu_machine *m, unsigned vector)
{
	struct tracepoints *t = m->spaces->points;
	uint32_t task = running_task(m);
	unsigned slot = slot_of(m, task);
	struct sim_regs r;
	sysemu_tracepoint p;
	bool by_int = vector == 0x80;

	if (!by_int && vector != SIM_BY_SYSENTER)
		return; /* int3 and the like */
	sim_get_regs(m->sim, &r);
	t->task[slot].in_call = true;
	t->task[slot].nr = (int32_t)r.eax;
	t->task[slot].back = by_int ? sim_load32(m->sim, r.esp) : 0;
	t->task[slot].arg[0] = r.ebx;
	t->task[slot].arg[1] = r.ecx;
	t->task[slot].arg[2] = r.edx;
	t->task[slot].arg[3] = r.esi;
	t->task[slot].arg[4] = r.edi;
	t->task[slot].arg[5] = r.ebp;
	if (!by_int)
		space_move(m, m->spaces->now, r.ebp, &t->task[slot].arg[5], 4, false);
	p = point(m, SYSEMU_SYS_ENTER, task);
	t->task[slot].pid = p.pid;
	tell(m, &p);
}

/* Behind a restart the program stands before its int $0x80, or before a jump to it, with the call's
 * number in eax. */
static bool call_restarts(sysemu_machine *m, unsigned slot, uint32_t eax, uint32_t eip)
{
	const struct tracepoints *t = m->spaces->points;
	uint8_t byte = 0;

	if ((int32_t)eax != t->task[slot].nr)
		return false;
	if (t->task[slot].back)
		return eip == t->task[slot].back - 2;
	return space_move(m, m->spaces->now, eip, &byte, 1, false) && byte == 0xeb;
}

static void call_ends(sysemu_machine *m, uint32_t task, uint32_t eax, uint32_t eip)
{
	struct tracepoints *t = m->spaces->points;
	unsigned slot = slot_of(m, task);
	sysemu_tracepoint p;

	if (!t->task[slot].in_call)
		return;
	t->task[slot].in_call = false;
	p = point(m, SYSEMU_SYS_EXIT, task);
	p.eax = (int32_t)eax;
	p.restarts = call_restarts(m, slot, eax, eip);
	tell(m, &p);
}

static void signal_comes(sysemu_machine *m, uint32_t task, uint32_t signal)
{
	uint32_t frame = task_frame(m, task);
	sysemu_tracepoint p;

	call_ends(m, task, FRAME_FIELD(m, frame, eax), FRAME_FIELD(m, frame, eip));
	p = point(m, SYSEMU_SIGNAL_DELIVER, task);
	p.signal = (int32_t)signal;
	tell(m, &p);
}

static void cpu_goes(sysemu_machine *m, uint32_t task, uint32_t next)
{
	struct tracepoints *t = m->spaces->points;
	sysemu_tracepoint p = point(m, SYSEMU_SCHED_SWITCH, task);
	uint32_t code = TASK_FIELD(m, task, exit_code);

	p.next = (int32_t)TASK_FIELD(m, next, pid);
	p.state = task_state(m, task);
	if (p.state == SYSEMU_TASK_STOPPED || p.state == SYSEMU_TASK_TRACED)
		p.status = (code << 8 | 0x7f) & 0x7fffff;
	else if (p.state == SYSEMU_TASK_ENDED)
		p.status = code & 0xffff;
	if (p.state == SYSEMU_TASK_ENDED)
		t->task[slot_of(m, task)].in_call = false;
	tell(m, &p);
}

static void leaves(sysemu_machine *m, bool sysexit, const struct sim_regs *r)
{
	if (sysexit)
		call_ends(m, running_task(m), r->eax, r->edx);
	else if ((sim_load32(m->sim, r->esp + 4) & 3) == 3)
		call_ends(m, running_task(m), r->eax, sim_load32(m->sim, r->esp));
}

bool tracepoints_met(sysemu_machine *m)
{
	const struct tracepoints *t = m->spaces->points;
	struct sim_regs r;

	if (!t)
		return false;
	sim_get_regs(m->sim, &r);
	if (r.eip == t->setup_frame) {
		signal_comes(m, running_task(m), r.eax);
		return true;
	}
	if (r.eip == t->switch_to) {
		cpu_goes(m, r.eax, r.edx);
		return true;
	}
	for (unsigned i = 0; i < t->nexits; i++) {
		if (r.eip == t->exit[i].at) {
			leaves(m, t->exit[i].sysexit, &r);
			return true;
		}
	}
	return false;
}

/* ---- who is told ---- */

sysemu_status sysemu_on_tracepoint(sysemu_machine *m, sysemu_tracepoint_fn fn, void *user)
{
	struct tracepoints *t;
	sysemu_status status;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (!m->spaces)
		return fail(m, SYSEMU_ESTATE,
			    "sysemu_on_tracepoint in a machine without processes");
	if (m->spaces->points) {
		spaces_each(m, end);
		free(m->spaces->points);
		m->spaces->points = NULL;
	}
	if (fn) {
		t = calloc(1, sizeof(*t) + m->profile->most_tasks * sizeof(t->task[0]));
		if (!t)
			return fail(m, SYSEMU_ENOMEM, "no memory for tracepoints");
		t->fn = fn;
		t->user = user;
		status = find_all(m, t);
		if (status) {
			free(t);
			return status;
		}
		m->spaces->points = t;
		spaces_each(m, begin);
	}
	m->spaces->entered = fn ? enters : NULL;
	m->spaces->opened = fn ? begin : NULL;
	spaces_each(m, choices_hear);
	return SYSEMU_OK;
}
