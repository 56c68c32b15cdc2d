/* SPDX-License-Identifier: GPL-2.0-only */
/* differ_ours.c: plays cases in machines: one for each kernel and entry, gone back to its start. See differ_play.h. */
#include "tests/differ/differ_play.h"

#include <stdlib.h>
#include <string.h>

#define EFLAGS_SEEN 0x00044dd5u
#define BUDGET      200000u /* instructions to an event: no case has a loop */

enum { USER_EAX = 6, USER_ORIG_EAX = 11, USER_EIP = 12, USER_EFL = 14 };

struct differ_ours {
	sysemu_machine *m;
	sysemu_snapshot *start;
	uint32_t window;
};

struct differ_ours *differ_ours_open(const char *kernel)
{
	const sysemu_config config = { .kernel = kernel, .entry = SYSEMU_ENTRY_SYSENTER };
	struct differ_ours *o = calloc(1, sizeof(*o));
	uint8_t area[DIFFER_AREA] = { 0x90 };
	sysemu_event e;

	if (o && sysemu_open(&config, &o->m) == SYSEMU_OK &&
	    sysemu_load_code(o->m, area, sizeof(area)) == SYSEMU_OK &&
	    sysemu_run(o->m, 0, &e) == SYSEMU_OK && sysemu_save(o->m, &o->start) == SYSEMU_OK)
		return o;
	differ_ours_close(o);
	return NULL;
}

void differ_ours_close(struct differ_ours *o)
{
	if (!o)
		return;
	sysemu_snapshot_free(o->start);
	sysemu_close(o->m);
	free(o);
}

static void lay_out(struct differ_ours *o, const struct differ_case *c)
{
	static _Thread_local uint8_t area[DIFFER_AREA];
	const uint32_t vsyscall = DIFFER_PAGE, pid = DIFFER_PID;

	memcpy(area, c->area, DIFFER_AREA);
	for (uint32_t i = 0; i < c->n_relocs; i++) {
		uint32_t word;

		memcpy(&word, area + c->relocs[i], 4);
		word += SYSEMU_CODE_BASE;
		memcpy(area + c->relocs[i], &word, 4);
	}
	memcpy(area + DIFFER_SLOT, &vsyscall, 4);
	memcpy(area + DIFFER_OWN_PID, &pid, 4);
	sysemu_write(o->m, SYSEMU_CODE_BASE, area, DIFFER_AREA);
}

static uint32_t as_seen(uint32_t value)
{
	return value - SYSEMU_CODE_BASE + 64 < DIFFER_AREA + 64 ? value - SYSEMU_CODE_BASE : value;
}

static uint32_t eip_seen(uint32_t eip)
{
	if (eip - DIFFER_PAGE_BEHIND + 2 < 18)
		return DIFFER_BEHIND_SYSENTER + (eip - DIFFER_PAGE_BEHIND);
	if (eip - DIFFER_PAGE + 64 < 128)
		return DIFFER_VSYSCALL + (eip - DIFFER_PAGE);
	return as_seen(eip);
}

/* What a tracer sees: by the guest's own sys_ptrace, into the tracer's memory. */
static void look(struct differ_ours *o, struct differ_event *e)
{
	uint32_t r[17], info[3];
	int32_t result = -1;

	sysemu_ptrace(o->m, SYSEMU_PTRACE_GETREGS, 0, SYSEMU_WINDOW, &result);
	if (result || sysemu_read(o->m, SYSEMU_WINDOW, r, sizeof(r)) != SYSEMU_OK)
		return;
	e->ebx = as_seen(r[0]);
	e->ecx = as_seen(r[1]);
	e->edx = as_seen(r[2]);
	e->esi = as_seen(r[3]);
	e->edi = as_seen(r[4]);
	e->ebp = as_seen(r[5]);
	e->eax = as_seen(r[USER_EAX]);
	e->orig_eax = r[USER_ORIG_EAX];
	e->eip = eip_seen(r[USER_EIP]);
	e->eflags = r[USER_EFL] & EFLAGS_SEEN;
	sysemu_ptrace(o->m, SYSEMU_PTRACE_GETSIGINFO, 0, SYSEMU_WINDOW, &result);
	if (!result && sysemu_read(o->m, SYSEMU_WINDOW, info, sizeof(info)) == SYSEMU_OK) {
		e->si_signo = info[0];
		e->si_code = info[2];
	}
}

static void poke(struct differ_ours *o, unsigned word, uint32_t value)
{
	int32_t result;

	sysemu_ptrace(o->m, SYSEMU_PTRACE_POKEUSR, 4 * word, value, &result);
}

static uint32_t peek(struct differ_ours *o, unsigned word)
{
	uint32_t value = 0;
	int32_t result;

	sysemu_ptrace(o->m, SYSEMU_PTRACE_PEEKUSR, 4 * word, SYSEMU_WINDOW, &result);
	sysemu_read(o->m, SYSEMU_WINDOW, &value, 4);
	return value;
}

static void answer(struct differ_ours *o, const struct differ_stop *s, struct differ_event *e)
{
	int32_t result = -1;

	if (s->set & SET_EAX)
		poke(o, USER_EAX, s->eax);
	if (s->set & SET_ORIG_EAX)
		poke(o, USER_ORIG_EAX, s->orig_eax);
	if (s->set & SET_BACK)
		poke(o, USER_EIP, peek(o, USER_EIP) - 2);
	if (s->set & (SET_TF | CLEAR_TF))
		poke(o, USER_EFL,
		     s->set & SET_TF ? peek(o, USER_EFL) | DIFFER_TF :
				       peek(o, USER_EFL) & ~DIFFER_TF);
	if (s->signal)
		sysemu_signal(o->m, DIFFER_PID, (int)s->signal, &result);
	sysemu_ptrace(o->m, (int)s->request, 0, s->data, &result);
	e->result = (uint32_t)result;
}

static void begin(struct differ_ours *o, const struct differ_case *c)
{
	sysemu_regs r;
	int32_t result;

	sysemu_restore(o->m, o->start);
	lay_out(o, c);
	sysemu_get_regs(o->m, &r);
	r.eax = r.edx = r.esi = r.edi = r.ebp = 0;
	r.ebx = 0x22222222;
	r.ecx = 0x33333333;
	r.esp = SYSEMU_CODE_BASE + DIFFER_STACK;
	r.eip = SYSEMU_CODE_BASE;
	r.eflags = 0x202;
	r.orig_eax = -1;
	sysemu_set_regs(o->m, &r);
	sysemu_ptrace(o->m, SYSEMU_PTRACE_SETOPTIONS, 0, c->sysgood ? 1 : 0, &result);
}

void differ_ours_play(struct differ_ours *o, const struct differ_case *c, struct differ_seen *seen)
{
	struct differ_event start;

	memset(seen, 0, sizeof(*seen));
	begin(o, c);
	answer(o, &c->stops[0], &start);
	for (uint32_t i = 1; i <= c->n_stops; i++) {
		struct differ_event *to = &seen->events[seen->n++];
		sysemu_event e;

		if (sysemu_run(o->m, BUDGET, &e) != SYSEMU_OK || e.kind == SYSEMU_EVENT_LIMIT ||
		    e.kind == SYSEMU_EVENT_FAULT) {
			to->status = ~0u;
			break;
		}
		to->status = e.status;
		if (e.kind != SYSEMU_EVENT_STOP)
			break;
		look(o, to);
		if (i < c->n_stops)
			answer(o, &c->stops[i], to);
	}
}
