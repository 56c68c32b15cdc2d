/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * answer.c: what a guest with processes stops for without an event: a call that the host answers, a
 * change of address space, nothing to do; and the ticks. Read next: asm/host.h.
 */
#include <string.h>

#include "asm/host.h"
#include "lib/machine/machine.h"
#include "lib/server/server.h"

/* ---- calls ---- */

/* Which page it is, wherever it is mapped: of a shared one by its file, else by its space. */
static int32_t identify_page(sysemu_machine *m, uint32_t addr, uint32_t at)
{
	uint64_t key[2];

	if (sim_shared_page(m->sim, addr, key)) {
		sim_store32(m->sim, at, 0x80000000u | (uint32_t)key[0]);
		sim_store32(m->sim, at + 4, (uint32_t)key[1]);
	}
	return 0;
}

static int32_t tell_epoch(sysemu_machine *m, uint32_t at)
{
	uint64_t ns = (uint64_t)m->config.epoch * 1000000000u;

	sim_store32(m->sim, at, (uint32_t)ns);
	sim_store32(m->sim, at + 4, (uint32_t)(ns >> 32));
	return 0;
}

static int32_t answer(sysemu_machine *m, int32_t nr, const uint32_t arg[6])
{
	switch (nr) {
	case HOST_SPACE_COPY: return space_copy(m);
	case HOST_SPACE_FREE: space_free(m, arg[0]); return 0;
	case HOST_EXEC: return exec_answer(m, arg);
	case HOST_ACCESS: return space_access(m, arg);
	case HOST_CLOSE: return server_answer(m, __NR_close, arg);
	case HOST_PAGE: return identify_page(m, arg[0], arg[1]);
	case HOST_READY: return (int32_t)server_ready(m, arg[0]);
	case HOST_FORK: server_forked(m, (int32_t)arg[1]); return 0;
	case HOST_EXIT:
		if (arg[0] == arg[1])
			server_ended(m, (int32_t)arg[1]);
		return 0;
	case HOST_EPOCH: return tell_epoch(m, arg[0]);
	case HOST_TERMINAL: return server_is_terminal(m, arg[0]);
	default: return server_answer(m, nr, arg);
	}
}

/* False: the host has no memory, or no descriptor, for it. */
static bool answer_call(sysemu_machine *m, uint32_t at)
{
	char said[sizeof(m->error)]; /* what a program is told is no failure of the caller's */
	struct host_call call;
	uint32_t bad;
	int32_t result;

	if (sim_read(m->sim, at, &call, sizeof(call), &bad) != SIM_OK)
		return true;
	if (call.nr == HOST_CHOOSE) {
		choices_ask(m, call.arg, at + offsetof(struct host_call, result));
		return true;
	}
	m->program.served = true;
	memcpy(said, m->error, sizeof(said));
	lacked_memory(m); /* before */
	result = answer(m, call.nr, call.arg);
	memcpy(m->error, said, sizeof(said));
	if (lacked_memory(m) || result == -NO_MEMORY) {
		m->shortage = true;
		return false;
	}
	sim_store32(m->sim, at + offsetof(struct host_call, result), (uint32_t)result);
	return true;
}

/* The FPU goes with the CPU, and its registers are another task's on the way. */
static bool change_space(sysemu_machine *m, uint32_t at)
{
	struct host_space to;
	uint32_t bad;

	if (sim_read(m->sim, at, &to, sizeof(to), &bad) != SIM_OK)
		return false;
	if (to.save && sim_fxsave(m->sim, to.save))
		to.save = 0;
	if (!to.save && to.load && sim_fxrstor(m->sim, to.load))
		to.load = 0;
	if (sim_write(m->sim, at, &to, sizeof(to), &bad) != SIM_OK)
		return false;
	return space_use(m, to.space);
}

/* All wait. If somebody waits for standard input, so does the host. */
static bool wait_for_input(sysemu_machine *m)
{
	struct spaces *s = m->spaces;
	int32_t error;

	if (!s->wants_input || !s->input_fn)
		return false;
	m->inside = true;
	error = s->input_fn(s->input_user);
	m->inside = false;
	if (error < 0)
		return false;
	s->wants_input = false;
	s->input = true;
	return true;
}

bool process_halt(sysemu_machine *m, uint32_t reason)
{
	const struct profile *p = m->profile;
	uint32_t value = sim_get_edx(m->sim);

	if (reason == p->stop_host)
		return answer_call(m, value);
	if (reason == p->stop_space)
		return change_space(m, value);
	return reason == p->stop_idle && wait_for_input(m);
}

/* ---- ticks ---- */

uint64_t process_budget(sysemu_machine *m, uint64_t budget)
{
	struct spaces *s = m->spaces;
	uint64_t now = machine_insns(m), left;

	if (now >= s->next_tick)
		s->tick = true;
	if (s->tick && sim_interrupt(m->sim, m->profile->timer_vector)) {
		s->tick = false;
		s->choices.ticked = true;
		s->next_tick = now - now % TICK_INSNS + TICK_INSNS;
	}
	left = s->tick ? 1 : s->next_tick - now; /* up to the block that sets IF */
	return budget && budget < left ? budget : left;
}
