/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * choices.c: who goes on, when somebody outside decides: the guest asks (asm/process/sched.c), or a tick
 * may fall. The order of the options is the same on every machine; the first is what would
 * happen without a chooser. Read next: asm/host.h.
 */
#include <string.h>

#include "asm/host.h"
#include "lib/machine/machine.h"

#define WHERE \
	(SYSEMU_CHOOSE_CALLS | SYSEMU_CHOOSE_TIMERS | SYSEMU_CHOOSE_KERNEL | SYSEMU_CHOOSE_USER)

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

/* May a tick fall before the next instruction? */
static bool may_tick(sysemu_machine *m)
{
	const struct choices *c = &m->spaces->choices;
	unsigned ring = sim_cpl(m->sim);

	if (c->passed || !(c->where & (ring ? SYSEMU_CHOOSE_USER : SYSEMU_CHOOSE_KERNEL)))
		return false;
	return sim_interruptible(m->sim);
}

static bool tick_now(sysemu_machine *m)
{
	struct choices *c = &m->spaces->choices;
	const struct profile *p = m->profile;

	sim_store32(m->sim, p->time_jumps, (c->where & SYSEMU_CHOOSE_TIMERS) != 0);
	c->ticked = true;
	return sim_interrupt(m->sim, p->timer_vector);
}

static int decide(struct choices *c)
{
	int option = c->now.options > 1 ? c->fn(c->user, &c->now) : 0;

	return option < (int)c->now.options ? option : 0;
}

bool choices_settle(sysemu_machine *m)
{
	struct choices *c = &m->spaces->choices;
	int option;

	if (!c->fn)
		return true;
	if (!c->asked && may_tick(m)) {
		begin(m, SYSEMU_CHOICE_TICK);
		add_option(c, 0, c->now.pid);
		add_option(c, 1, 0);
		c->answer = 0;
		c->asked = true;
	}
	if (!c->asked)
		return true;
	option = decide(c);
	if (option < 0)
		return false;
	c->asked = false;
	c->number += c->now.options > 1;
	if (c->answer)
		sim_store32(m->sim, c->answer, (uint32_t)c->value[option]);
	else if (option)
		tick_now(m);
	else
		c->passed = true;
	return true;
}

bool choices_step(sysemu_machine *m)
{
	const struct choices *c = &m->spaces->choices;

	return c->fn && (c->where & (SYSEMU_CHOOSE_KERNEL | SYSEMU_CHOOSE_USER));
}

/* A program's call has begun: at its end the task gives way if another is chosen. */
static void call_begins(void *user)
{
	sysemu_machine *m = user;
	uint32_t info = TASK_FIELD(m, running_task(m), thread_info);
	uint32_t at = info + m->profile->thread_info_flags;

	sim_store32(m->sim, at, sim_load32(m->sim, at) | m->profile->need_resched);
	m->spaces->choices.in_call = true;
}

/* A machine goes back; who chooses, and where, stays. */
void choices_back(sysemu_machine *m, const struct choices *was)
{
	struct choices *c = &m->spaces->choices, now = *c;

	*c = *was;
	c->where = now.where;
	c->fn = now.fn;
	c->user = now.user;
	sim_store32(m->sim, m->profile->asks_who_runs, c->fn != NULL);
}

sysemu_status sysemu_on_choice(sysemu_machine *m, unsigned where, sysemu_choose_fn fn, void *user)
{
	struct choices *c;
	bool calls = fn && (where & SYSEMU_CHOOSE_CALLS);

	REQUIRE_MACHINE(m);
	if (!m->spaces)
		return fail(m, SYSEMU_ESTATE, "sysemu_on_choice in a machine without processes");
	if (where & ~WHERE)
		return fail(m, SYSEMU_EINVAL, "sysemu_on_choice: where %#x has unknown bits",
			    where);
	c = &m->spaces->choices;
	if (!fn && c->asked)
		return fail(m, SYSEMU_ESTATE, "sysemu_on_choice: a choice is still to be made");
	c->where = where;
	c->fn = fn;
	c->user = user;
	sim_store32(m->sim, m->profile->asks_who_runs, fn != NULL);
	for (uint32_t n = 1; n <= MOST_SPACES; n++)
		if (m->spaces->sim[n])
			sim_on_entry(m->spaces->sim[n], calls ? call_begins : NULL, m);
	for (unsigned i = 0; i < m->spaces->npool; i++)
		sim_on_entry(m->spaces->pool[i], calls ? call_begins : NULL, m);
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
