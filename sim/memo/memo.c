/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memo.c: a computer with a memo: its runs are answered, where a record is known, or executed. Read
 * next: records.c.
 */
#include "sim/memo/memo.h"

#include <stdlib.h>

/* Clocks and who is told of each instruction want them all. */
static bool fits(const struct sim *s)
{
	return !s->clock.timing.model && !s->cpu.tracing && !s->insn_fn && !s->covered &&
	       !s->cpu.no_segments;
}

static enum sim_stop answer(struct sim *s, uint64_t max_insns)
{
	struct sim_memo *m = s->memo;
	const struct memo_record *r;
	struct memo_cpu cpu;

	if (!fits(s) || (m->forged && sim_tables_written(s)))
		return memo_execute(s, max_insns);
	m->forged = false;
	if (m->full || m->changes != s->space.changes) {
		memo_forget_all(m);
		m->changes = s->space.changes;
	}
	memo_get_cpu(s, &cpu);
	cpu.passes_breaks = s->run.passes_breaks;
	cpu.rest = memo_rest(s);
	cpu.budget = max_insns;
	r = memo_find(s, &cpu);
	if (!r)
		return memo_learn(s, &cpu, max_insns, NULL);
	if (++m->facts.answered % MEMO_AUDIT == 0)
		return memo_learn(s, &cpu, max_insns, r);
	memo_apply(s, r);
	memo_set_cpu(s, &cpu, r->after);
	s->run.why[0] = '\0';
	return (enum sim_stop)s->run.stop;
}

/* ---- open and close ---- */

enum sim_status sim_memo_open(struct sim *s)
{
	if (s->memo)
		return SIM_OK;
	if (!s->cpu.state || s->uncounted || s->clock.timing.model)
		return SIM_EINVAL;
	s->memo = calloc(1, sizeof(*s->memo));
	s->answer = answer;
	if (s->memo && memo_learn_open(s))
		return SIM_OK;
	sim_memo_close(s);
	return SIM_ENOMEM;
}

void sim_memo_close(struct sim *s)
{
	struct sim_memo *m = s->memo;

	if (!m)
		return;
	memo_forget_all(m);
	free(m->slots);
	memo_learn_close(m);
	free(m);
	s->memo = NULL;
	free(s->space.vary);
	s->space.vary = NULL;
	s->space.nvarying = 0;
	s->space.flush_tlb = true;
}

void sim_memo_get_facts(const struct sim *s, struct sim_memo_facts *out)
{
	*out = s->memo ? s->memo->facts : (struct sim_memo_facts){ 0 };
}
