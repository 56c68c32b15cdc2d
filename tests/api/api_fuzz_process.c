/* SPDX-License-Identifier: GPL-2.0-only */
/* api_fuzz_process.c: processes and schedules, on machines that have some and on others. See api_fuzz.h. */
#include <stdlib.h>
#include <string.h>

#include <libsysemu/schedule.h>

#include "tests/api/api_fuzz.h"

enum { TASKS = 6, FEW_INSNS = 20000, FEW_SCHEDULES = 6 };

/* ---- programs ---- */

static sysemu_status execute(struct fuzz *f, struct fuzz_slot *s)
{
	static const char *const paths[] = { "/proc_echo", "/order",    "/races", "/vsyscall",
					     "/nonsuch",   "vsyscall",  "",       "/",
					     "/proc_wait", "/proc_pipe" };
	static const char *const words[] = { "program", "1", "lost", "" };
	char *argv[] = { (char *)(uintptr_t)words[fuzz_below(f, 4)],
			 (char *)(uintptr_t)words[fuzz_below(f, 4)], NULL };
	sysemu_machine *m = fuzz_machine(f, s);
	const sysemu_host host = { .user = f, .root = f->root };

	if (fuzz_below(f, 4))
		FUZZ_CALL(f, m, sysemu_set_host(m, &host));
	return FUZZ_CALL(f, m,
			 sysemu_exec(m,
				     fuzz_or_null(f, (void *)(uintptr_t)paths[fuzz_below(f, 10)]),
				     fuzz_or_null(f, argv), fuzz_or_null(f, argv)));
}

static int32_t no_input_yet(void *user)
{
	static const int32_t answers[] = { 0, -4, -11, INT32_MIN, 1 };

	return answers[fuzz_below(user, 5)];
}

static sysemu_status input(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);

	return FUZZ_CALL(f, m, sysemu_on_input(m, fuzz_below(f, 2) ? no_input_yet : NULL, f));
}

static sysemu_status tasks(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_process_task list[TASKS];
	size_t most = fuzz_below(f, TASKS + 1), *n = fuzz_out(f, sizeof(*n)), got;
	sysemu_status status;

	status = FUZZ_CALL(f, m, sysemu_get_tasks(m, most ? list : NULL, most, n));
	if (!fuzz_filled(f, status, sizeof(*n)))
		return status;
	got = *n < most ? *n : most;
	fuzz_see(f, *n);
	for (size_t i = 0; i < got; i++) {
		fuzz_see(f, (uint64_t)(uint32_t)list[i].pid << 32 | list[i].state);
		fuzz_see(f, list[i].pending ^ list[i].eip);
		fuzz_see_text(f, sysemu_task_state_name(list[i].state));
	}
	fuzz_see_text(f, sysemu_task_state_name((sysemu_task_state)fuzz_below(f, 8)));
	return status;
}

static void on_tracepoint(void *user, const sysemu_tracepoint *p)
{
	fuzz_see(user, p->time);
	fuzz_see(user, (uint64_t)(uint32_t)p->pid << 32 | (uint32_t)p->nr);
	fuzz_see_text(user, sysemu_tracepoint_name(p->kind));
}

static sysemu_status tracepoint(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);

	fuzz_see_text(f, sysemu_tracepoint_name((sysemu_tracepoint_kind)fuzz_below(f, 8)));
	return FUZZ_CALL(f, m, sysemu_on_tracepoint(m, fuzz_below(f, 3) ? on_tracepoint : NULL, f));
}

/* ---- choices ---- */

/* An option, and now and then later, or one that there is not. */
static int choose(void *user, const sysemu_choice *choice)
{
	struct fuzz *f = user;

	fuzz_see(f, choice->number);
	fuzz_see(f, choice->kind << 8 | choice->options);
	if (choice->options < 2 || choice->options > SYSEMU_OPTIONS)
		fuzz_fail(f, "a choice of %u options", choice->options);
	if (fuzz_one_in(f, 200))
		return (int)fuzz_word(f);
	return fuzz_one_in(f, 8) ? SYSEMU_CHOOSE_LATER : (int)fuzz_below(f, choice->options);
}

static unsigned any_where(struct fuzz *f)
{
	return fuzz_one_in(f, 8) ? fuzz_word(f) :
				   fuzz_below(f, 2 * SYSEMU_CHOOSE_LOCAL) & ~SYSEMU_CHOOSE_USER;
}

static sysemu_status chooser(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	bool chosen = fuzz_below(f, 2);

	return FUZZ_CALL(f, m, sysemu_on_choice(m, any_where(f), chosen ? choose : NULL, f));
}

static sysemu_status choice(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	unsigned *where;
	sysemu_choice *made;
	sysemu_status status;

	switch (fuzz_below(f, 3)) {
	case 0: return FUZZ_CALL(f, m, sysemu_ask_tick(m, fuzz_wide(f)));
	case 1:
		where = fuzz_out(f, sizeof(*where));
		status = FUZZ_CALL(f, m, sysemu_get_where(m, where));
		if (fuzz_filled(f, status, sizeof(*where)))
			fuzz_see(f, *where);
		return status;
	default:
		made = fuzz_out(f, sizeof(*made));
		status = FUZZ_CALL(f, m, sysemu_get_choice(m, made));
		if (fuzz_filled(f, status, sizeof(*made)))
			fuzz_see(f, made->number);
		return status;
	}
}

static sysemu_status likeness(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_digest *d = fuzz_or_null(f, fuzz_out(f, sizeof(*d)));
	sysemu_status status = FUZZ_CALL(f, m, sysemu_get_likeness(m, d));

	if (fuzz_filled(f, status, sizeof(*d)))
		fuzz_see_bytes(f, d, sizeof(*d));
	return status;
}

/* ---- many schedules ---- */

static sysemu_status follow(struct fuzz *f, sysemu_machine *m, const sysemu_schedules_config *c)
{
	sysemu_outcome *out = fuzz_or_null(f, fuzz_out(f, sizeof(*out)));
	sysemu_step steps[2] = { { fuzz_below(f, 9), fuzz_below(f, 3), fuzz_one_in(f, 4) },
				 { fuzz_below(f, 90), fuzz_below(f, 3), fuzz_one_in(f, 4) } };
	sysemu_status status =
		FUZZ_CALL(f, m, sysemu_follow_schedule(m, c, steps, fuzz_below(f, 3), out));

	if (fuzz_filled(f, status, sizeof(*out)))
		fuzz_see_bytes(f, &out->end, sizeof(out->end));
	return status == SYSEMU_EMISMATCH ? SYSEMU_OK : status; /* it may have run */
}

static void see_schedules(struct fuzz *f, sysemu_schedules *all)
{
	fuzz_see(f, all->schedules + all->alike);
	for (size_t i = 0; i < all->noutcomes; i++) {
		fuzz_see(f, all->outcome[i].kind);
		fuzz_see(f, all->outcome[i].times);
		fuzz_see_bytes(f, &all->outcome[i].end, sizeof(all->outcome[i].end));
	}
	if (fuzz_below(f, 2)) {
		FUZZ_CALL(f, NULL, sysemu_schedules_add(all, all));
		fuzz_see(f, all->schedules);
	}
	sysemu_schedules_free(all);
}

static sysemu_status schedules(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	const sysemu_schedules_config config = {
		.where = any_where(f) & ~SYSEMU_CHOOSE_KERNEL,
		.preemptions = fuzz_below(f, 3),
		.max_insns = 1 + fuzz_below(f, FEW_INSNS),
		.every_state = fuzz_one_in(f, 4),
		.shard = fuzz_one_in(f, 8) ? fuzz_below(f, 4) : 0,
		.shards = fuzz_one_in(f, 8) ? fuzz_below(f, 4) : 0,
		.most = 1 + fuzz_below(f, FEW_SCHEDULES),
	};
	const sysemu_schedules_config *c = fuzz_or_null(f, (void *)(uintptr_t)&config);
	sysemu_schedules *all = NULL;
	sysemu_status status;

	switch (fuzz_below(f, 3)) {
	case 0: return follow(f, m, c);
	case 1: status = FUZZ_CALL(f, m, sysemu_all_schedules(m, c, &all)); break;
	default:
		status = FUZZ_CALL(f, m,
				   sysemu_random_schedules(m, c, fuzz_wide(f),
							   fuzz_below(f, FEW_SCHEDULES),
							   fuzz_below(f, 4), &all));
	}
	if (!all != (status != SYSEMU_OK))
		fuzz_fail(f, "%s schedules", all ? "refused, and" : "no refusal, and no");
	if (all)
		see_schedules(f, all);
	return status;
}

const struct fuzz_row fuzz_process_rows[] = {
	FUZZ_OP(execute, 4),    FUZZ_OP(input, 1),     FUZZ_OP(tasks, 3),
	FUZZ_OP(tracepoint, 1), FUZZ_OP(chooser, 2),   FUZZ_OP(choice, 3),
	FUZZ_OP(likeness, 2),   FUZZ_OP(schedules, 2), { NULL, NULL, 0 },
};
