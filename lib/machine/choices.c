/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * choices.c: who goes on, when somebody outside decides: the guest asks (asm/process/sched.c), or a tick
 * may fall. The order of the options is the same on every machine; the first is what would
 * happen without a chooser. Read next: asm/host.h.
 */
#include <string.h>

#include "asm/host.h"
#include "lib/machine/machine.h"

#define WHERE 31u  /* all SYSEMU_CHOOSE_ bits */
#define NEAR  600u /* no block has so many instructions */

static void add_option(struct choices *c, int32_t value, int32_t pid)
{
	c->value[c->now.options] = value;
	c->now.next[c->now.options++] = pid;
}

static void begin(sysemu_machine *m, sysemu_choice_kind kind)
{
	struct choices *c = &m->spaces->choices;

	c->now = (sysemu_choice){ .kind = kind,
				  .number = c->number,
				  .pid = (int32_t)TASK_FIELD(m, running_task(m), pid) };
}

/* The guest's question, to be answered with a word at `answer`. */
void choices_ask(sysemu_machine *m, const uint32_t arg[6], uint32_t answer)
{
	struct choices *c = &m->spaces->choices;
	const uint32_t n = arg[1] < SYSEMU_OPTIONS ? arg[1] : SYSEMU_OPTIONS - 1;
	bool stay = arg[0] & CHOOSE_STAY;
	bool preempts = stay && c->in_call && !c->ticked && !(arg[0] & CHOOSE_YIELD);

	c->in_call = c->ticked = false;
	c->answer = answer;
	begin(m, preempts ? SYSEMU_CHOICE_PREEMPT : SYSEMU_CHOICE_NEXT);
	if (preempts)
		add_option(c, (int32_t)n - 1, (int32_t)sim_load32(m->sim, arg[2] + 4 * (n - 1)));
	for (uint32_t i = 0; i < n - preempts; i++)
		add_option(c, (int32_t)i, (int32_t)sim_load32(m->sim, arg[2] + 4 * i));
	if ((arg[0] & CHOOSE_TIMER) && (c->where & SYSEMU_CHOOSE_TIMERS))
		add_option(c, (int32_t)n, 0);
	c->asked = true;
}

static bool posix_timer_runs(sysemu_machine *m)
{
	const struct profile *p = m->profile;

	for (uint32_t i = 0; i < p->most_timers; i++)
		if (machine_load64(m, p->timers + i * p->timer_bytes))
			return true;
	return false;
}

/* Somebody else can run, or a timer may ring. */
static bool tick_matters(sysemu_machine *m)
{
	const struct profile *p = m->profile;
	bool timers = m->spaces->choices.where & SYSEMU_CHOOSE_TIMERS;
	uint32_t running = running_task(m);

	if (timers && posix_timer_runs(m))
		return true;

	for (unsigned slot = p->first_program; slot < p->most_tasks; slot++) {
		uint32_t t = p->tasks + slot * p->task_bytes, alarm = t + p->task_alarm;
		uint32_t until = t + p->task_until + 4;

		if (!TASK_FIELD(m, t, pid))
			continue;
		if (t != running && TASK_FIELD(m, t, state) == p->state_running)
			return true;
		if (timers &&
		    ((TASK_FIELD(m, t, channel) && sim_load32(m->sim, until) != UINT32_MAX) ||
		     sim_load32(m->sim, alarm) || sim_load32(m->sim, alarm + 4)))
			return true;
	}
	return false;
}

static bool tick_is_wanted(sysemu_machine *m)
{
	const struct choices *c = &m->spaces->choices;

	return c->tick_at && !c->passed && machine_insns(m) >= c->tick_at &&
	       sim_interruptible(m->sim);
}

/* May a tick fall before the next instruction? */
static bool may_tick(sysemu_machine *m)
{
	const struct choices *c = &m->spaces->choices;
	unsigned ring = sim_cpl(m->sim);

	if (c->passed || !(c->where & (ring ? SYSEMU_CHOOSE_USER : SYSEMU_CHOOSE_KERNEL)))
		return false;
	return sim_interruptible(m->sim) && tick_matters(m);
}

static bool tick_now(sysemu_machine *m)
{
	struct choices *c = &m->spaces->choices;
	const struct profile *p = m->profile;

	sim_store32(m->sim, p->time_jumps, (c->where & SYSEMU_CHOOSE_TIMERS) != 0);
	c->ticked = true;
	return sim_interrupt(m->sim, p->timer_vector);
}

static int decide(sysemu_machine *m)
{
	struct choices *c = &m->spaces->choices;
	int option = 0;

	if (c->fn && c->now.options > 1) {
		m->inside = true;
		option = c->fn(c->user, &c->now);
		m->inside = false;
	}
	c->nonsense = option < SYSEMU_CHOOSE_LATER || option >= (int)c->now.options;
	return c->nonsense ? SYSEMU_CHOOSE_LATER : option;
}

bool choices_settle(sysemu_machine *m)
{
	struct choices *c = &m->spaces->choices;
	int option;

	if (c->fn && !c->asked && (tick_is_wanted(m) || may_tick(m))) {
		c->tick_at = 0;
		begin(m, SYSEMU_CHOICE_TICK);
		c->now.number = machine_insns(m);
		add_option(c, 0, c->now.pid);
		add_option(c, 1, 0);
		c->answer = 0;
		c->asked = true;
	}
	if (!c->asked)
		return true;
	option = decide(m);
	if (option < 0)
		return false;
	c->asked = false;
	c->number += c->answer && c->now.options > 1;
	if (c->answer)
		sim_store32(m->sim, c->answer, (uint32_t)c->value[option]);
	else if (option)
		tick_now(m);
	else
		c->passed = true;
	return true;
}

bool choices_step(sysemu_machine *m, uint64_t *budget)
{
	const struct choices *c = &m->spaces->choices;
	uint64_t now = machine_insns(m);
	bool near = false;

	if (c->tick_at) {
		near = now + NEAR >= c->tick_at;
		if (!near && (!*budget || c->tick_at - now - NEAR < *budget))
			*budget = c->tick_at - now - NEAR;
	}
	return near || (c->fn && (c->where & (SYSEMU_CHOOSE_KERNEL | SYSEMU_CHOOSE_USER)));
}

sysemu_status sysemu_ask_tick(sysemu_machine *m, uint64_t number)
{
	REQUIRE_MACHINE(m);
	if (!m->spaces || !m->spaces->choices.fn)
		return fail(m, SYSEMU_ESTATE, "nobody chooses");
	m->spaces->choices.tick_at = number;
	return SYSEMU_OK;
}

/* ---- calls that concern nobody else ---- */

/*
 * Calls that no other task can tell from their not having been made, and that no other changes the
 * result of: to give way behind one is to give way before it. Not if others stop the task where it is,
 * or its own handlers look at what it has done: then all calls count.
 */
static bool is_quiet(int32_t nr)
{
	switch (nr) {
	case __NR_getpid:
	case __NR_gettid:
	case __NR_getuid:
	case __NR_getgid:
	case __NR_geteuid:
	case __NR_getegid:
	case __NR_getuid32:
	case __NR_getgid32:
	case __NR_geteuid32:
	case __NR_getegid32:
	case __NR_uname:
	case __NR_ugetrlimit:
	case __NR_set_thread_area:
	case __NR_get_thread_area:
	case __NR_set_tid_address:
	case __NR_set_robust_list: return true;
	default: return false;
	}
}

/* Such only where nobody has the same memory. */
static bool is_of_memory(int32_t nr)
{
	return nr == __NR_brk || nr == __NR_munmap || nr == __NR_mprotect || nr == __NR_mmap2;
}

/* Handlers and attached tasks see where a task is. */
static bool looks(sysemu_machine *m, const struct sim_regs *r)
{
	uint32_t handler = 0, bad;

	if ((int32_t)r->eax == __NR_ptrace)
		return r->ebx == PTRACE_ATTACH;
	if ((int32_t)r->eax == __NR_signal)
		return r->ecx > 1;
	if ((int32_t)r->eax != __NR_sigaction && (int32_t)r->eax != __NR_rt_sigaction)
		return false;
	return r->ecx && sim_read(m->sim, r->ecx, &handler, 4, &bad) == SIM_OK && handler > 1;
}

static bool shares_memory(sysemu_machine *m, uint32_t task)
{
	const struct profile *p = m->profile;
	uint32_t space = TASK_FIELD(m, task, space), n = 0;

	for (unsigned slot = 0; slot < p->most_tasks; slot++) {
		uint32_t t = p->tasks + slot * p->task_bytes;

		n += TASK_FIELD(m, t, pid) && TASK_FIELD(m, t, space) == space;
	}
	return n > 1 || sim_has_shared(m->sim);
}

/* In a traced task each call is a stop. */
static bool is_local(sysemu_machine *m, uint32_t task, const struct sim_regs *r)
{
	int32_t nr = (int32_t)r->eax;

	if ((m->spaces->choices.where & SYSEMU_CHOOSE_LOCAL) || TASK_FIELD(m, task, ptrace))
		return false;
	return is_quiet(nr) || (is_of_memory(nr) && !shares_memory(m, task));
}

/* A program's call has begun: at its end the task gives way if another is chosen. */
static void call_begins(sysemu_machine *m)
{
	uint32_t task = running_task(m), info = TASK_FIELD(m, task, thread_info);
	uint32_t at = info + m->profile->thread_info_flags;
	struct sim_regs regs;

	sim_get_regs(m->sim, &regs);
	if (looks(m, &regs))
		m->spaces->choices.where |= SYSEMU_CHOOSE_LOCAL;
	if (is_local(m, task, &regs))
		return;
	sim_store32(m->sim, at, sim_load32(m->sim, at) | m->profile->need_resched);
	m->spaces->choices.in_call = true;
}

static bool calls_are_asked(const struct choices *c)
{
	return c->fn && (c->where & SYSEMU_CHOOSE_CALLS);
}

static void on_entry(void *user, unsigned vector)
{
	sysemu_machine *m = user;

	if (m->spaces->entered)
		m->spaces->entered(m, vector);
	if (calls_are_asked(&m->spaces->choices))
		call_begins(m);
}

void choices_hear(sysemu_machine *m, struct sim *sim)
{
	bool wanted = m->spaces->entered || calls_are_asked(&m->spaces->choices);

	sim_on_entry(sim, wanted ? on_entry : NULL, m);
}

/* A machine goes back; who chooses, and where, stays. */
void choices_back(sysemu_machine *m, const struct choices *was)
{
	struct choices *c = &m->spaces->choices, now = *c;

	*c = *was;
	c->where = now.where;
	c->tick_at = now.tick_at;
	c->fn = now.fn;
	c->user = now.user;
	sim_store32(m->sim, m->profile->asks_who_runs, c->fn != NULL);
}

sysemu_status sysemu_on_choice(sysemu_machine *m, unsigned where, sysemu_choose_fn fn, void *user)
{
	struct choices *c;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (!m->spaces)
		return fail(m, SYSEMU_ESTATE, "sysemu_on_choice in a machine without processes");
	if (where & ~WHERE)
		return fail(m, SYSEMU_EINVAL, "sysemu_on_choice: where %#x has unknown bits",
			    where);
	c = &m->spaces->choices;
	c->where = where;
	c->fn = fn;
	c->user = user;
	sim_store32(m->sim, m->profile->asks_who_runs, fn != NULL);
	spaces_each(m, choices_hear);
	return SYSEMU_OK;
}

sysemu_status sysemu_get_where(sysemu_machine *m, unsigned *out)
{
	REQUIRE(m, out);
	if (!m->spaces || !m->spaces->choices.fn)
		return fail(m, SYSEMU_ESTATE, "nobody chooses");
	*out = m->spaces->choices.where;
	return SYSEMU_OK;
}

sysemu_status sysemu_get_choice(sysemu_machine *m, sysemu_choice *out)
{
	REQUIRE(m, out);
	if (!m->spaces || !m->spaces->choices.asked)
		return fail(m, SYSEMU_ESTATE, "no choice is to be made");
	*out = m->spaces->choices.now;
	return SYSEMU_OK;
}
