/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_path_test.c: clocks of whole paths. The documented sum of the fast path; and on every
 * path of every kernel, by every model: the sums that are kept by block are those of the
 * instructions priced one by one, and a second run has the same.
 */
#include <pthread.h>
#include <string.h>

#include "tests/helpers/harness.h"

static const char *const kernels[] = { "2.6.11", "sysemu-1", "sysemu-3",         "sysemu-4",
				       "sysemu", "2.6.14",   "sysemu-as-printed" };

enum { NR_GETPID = 20, NR_UNKNOWN = 999 };

static uint64_t sum(const uint64_t clocks[SYSEMU_CAUSES])
{
	uint64_t total = 0;

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		total += clocks[c];
	return total;
}

static void subtract(sysemu_clocks *from, const sysemu_clocks *what)
{
	for (unsigned c = 0; c < SYSEMU_CAUSES; c++) {
		from->entry[c] -= what->entry[c];
		for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
			from->region[r][c] -= what->region[r][c];
	}
}

/* ---- the fast path ---- */

/*
 * By the manual's cells (docs/timing.md): int 99; 37 instructions of entry.S, of which 87 for
 * what saves registers and tests flags, 86 for what restores them, and iret 82: 354. That sum
 * leaves out m, and a prefix of testw that the manual does not price.
 */
static void the_int_0x80_fast_path_takes_the_documented_354_clocks(void **state)
{
	const sysemu_config config = { .kernel = "2.6.11",
				       .start = SYSEMU_START_UNTRACED,
				       .timing = "i386dx" };
	struct one_call call = open_call_config(&config, NR_GETPID, NULL, 0);
	sysemu_clocks before, after;
	uint64_t path;

	(void)state;
	run_to(call.m, call.at);
	OK(call.m, sysemu_get_clocks(call.m, &before));
	run_to(call.m, call.behind);
	OK(call.m, sysemu_get_clocks(call.m, &after));
	subtract(&after, &before);
	assert_int_equal(sum(after.entry), 99);
	path = sum(after.entry) + sum(after.region[SYSEMU_REGION_ENTRY]);
	path -= after.region[SYSEMU_REGION_ENTRY][SYSEMU_CAUSE_M];
	path -= after.region[SYSEMU_REGION_ENTRY][SYSEMU_CAUSE_PREFIX];
	assert_int_equal(path, 354);
	assert_int_equal(after.region[SYSEMU_REGION_ENTRY][SYSEMU_CAUSE_PREFIX], 1);
	sysemu_close(call.m);
}

/* ---- every path ---- */

struct prices {
	uint64_t clocks[SYSEMU_CAUSES];
};

static void add_price(void *user, const sysemu_price *price)
{
	struct prices *prices = user;

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		prices->clocks[c] += price->clocks[c];
}

struct path {
	int nr;
	int request; /* that answers each stop; -1: untraced */
	uint32_t flags;
	const char *faults; /* code before the call that raises an exception; NULL: none */
};

static const struct path paths[] = {
	{ NR_GETPID, -1, 0, NULL },
	{ NR_UNKNOWN, -1, 0, NULL },
	{ NR_GETPID, -1, SYSEMU_TIF_SIGPENDING, NULL },
	{ NR_GETPID, -1, SYSEMU_TIF_NEED_RESCHED, NULL },
	{ NR_GETPID, -1, SYSEMU_TIF_IRET, NULL },
	{ NR_GETPID, -1, SYSEMU_TIF_SYSCALL_TRACE, NULL },
	{ NR_GETPID, -1, SYSEMU_TIF_SYSCALL_EMU, NULL },
	{ NR_GETPID, -1, SYSEMU_TIF_SYSCALL_AUDIT, NULL },
	{ NR_GETPID, -1, SYSEMU_TIF_SINGLESTEP, NULL },
	{ NR_GETPID, -1, SYSEMU_TIF_SIGPENDING | SYSEMU_TIF_NEED_RESCHED, NULL },
	{ NR_GETPID, SYSEMU_PTRACE_CONT, 0, NULL },
	{ NR_GETPID, SYSEMU_PTRACE_SYSCALL, 0, NULL },
	{ NR_UNKNOWN, SYSEMU_PTRACE_SYSCALL, 0, NULL },
	{ NR_GETPID, SYSEMU_PTRACE_SYSEMU, 0, NULL },
	{ NR_GETPID, SYSEMU_PTRACE_SINGLESTEP, 0, NULL },
	{ NR_GETPID, SYSEMU_PTRACE_SYSEMU_SINGLESTEP, 0, NULL },
	/* #UD, #BP, #DE, #PF, #GP, each answered and met again, but for #BP */
	{ NR_GETPID, SYSEMU_PTRACE_CONT, 0, "\x0f\x0b" },
	{ NR_GETPID, SYSEMU_PTRACE_CONT, 0, "\xcc" },
	{ NR_GETPID, SYSEMU_PTRACE_CONT, 0, "\x31\xc9\xf7\xf1" },
	{ NR_GETPID, SYSEMU_PTRACE_CONT, 0, "\x8b\x01" },
	{ NR_GETPID, SYSEMU_PTRACE_SINGLESTEP, 0, "\xf4" },
};

/* What the path costs; watched: by its prices one by one as well. */
static sysemu_clocks walk(const sysemu_config *config, const struct path *p, bool watched)
{
	struct one_call call =
		open_call_config(config, p->nr, p->faults, p->faults ? strlen(p->faults) : 0);
	struct prices prices = { 0 };
	uint64_t kept[SYSEMU_CAUSES];
	sysemu_clocks before, after;
	sysemu_event e;

	if (p->request >= 0) {
		int32_t result;

		e = run(call.m);
		OK(call.m, sysemu_get_clocks(call.m, &before));
		if (watched)
			OK(call.m, sysemu_on_price(call.m, add_price, &prices));
		OK(call.m, sysemu_break_set(call.m, call.behind));
		for (int stop = 0; stop < 30 && e.kind == SYSEMU_EVENT_STOP; stop++) {
			result = ptrace_raw(call.m, p->request, 0, 0);
			if (result != 0) /* a kernel that does not know the request */
				assert_int_equal(ptrace_raw(call.m, SYSEMU_PTRACE_CONT, 0, 0), 0);
			e = run(call.m);
		}
	} else {
		run_to(call.m, call.at);
		OK(call.m, sysemu_get_clocks(call.m, &before));
		if (watched)
			OK(call.m, sysemu_on_price(call.m, add_price, &prices));
		OK(call.m, sysemu_set_tif(call.m, p->flags));
		e = run_to(call.m, call.behind);
	}
	OK(call.m, sysemu_get_clocks(call.m, &after));
	assert_true(e.clocks == sysemu_clocks_total(&after));
	subtract(&after, &before);
	for (unsigned c = 0; c < SYSEMU_CAUSES; c++) {
		kept[c] = after.entry[c];
		for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
			kept[c] += after.region[r][c];
	}
	assert_true(sum(kept) == sysemu_clocks_total(&after) && sum(kept) > 0);
	if (watched)
		assert_memory_equal(kept, prices.clocks, sizeof(kept));
	sysemu_close(call.m);
	return after;
}

static void by_every_model_the_causes_of_every_path_add_up_to_its_clocks(void **state)
{
	const char *name;
	bool sysenter;

	(void)state;
	for (size_t i = 0; (name = sysemu_timing_at(i, NULL)) != NULL; i++) {
		OK(NULL, sysemu_timing_check(name, &sysenter));
		for (unsigned n = 0; n < 2 * sizeof(kernels) / sizeof(kernels[0]); n++) {
			sysemu_config config = { .kernel = kernels[n / 2],
						 .entry = (sysemu_entry)(n % 2),
						 .timing = name };

			if (config.entry == SYSEMU_ENTRY_SYSENTER && !sysenter)
				continue;
			for (unsigned p = 0; p < sizeof(paths) / sizeof(paths[0]); p++) {
				sysemu_clocks once, watched;

				config.start = paths[p].request < 0 ? SYSEMU_START_UNTRACED :
								      SYSEMU_START_TRACED;
				once = walk(&config, &paths[p], false);
				watched = walk(&config, &paths[p], true);
				assert_memory_equal(&once, &watched, sizeof(once));
			}
		}
	}
}

/* ---- again and again ---- */

enum { RUNS = 500, THREADS = 2 };

struct repeat {
	pthread_t thread;
	const char *timing;
	sysemu_clocks clocks; /* of a traced call, from its launch stop on */
	unsigned different;   /* runs that took others */
};

/* No assertion may fail in here: cmocka knows one thread. */
static void *repeat_call(void *arg)
{
	static const uint8_t code[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xfe };
	struct repeat *r = arg;
	const sysemu_config config = { .timing = r->timing };
	sysemu_snapshot *start = NULL;
	sysemu_machine *m = NULL;
	sysemu_clocks clocks;
	sysemu_event e;
	int32_t result;

	r->different = RUNS;
	if (sysemu_open(&config, &m) || sysemu_load_code(m, code, sizeof(code)) ||
	    sysemu_run(m, 0, &e) || sysemu_save(m, &start))
		goto end;
	r->different = 0;
	for (unsigned i = 0; i < RUNS; i++) {
		memset(&clocks, 0, sizeof(clocks));
		if (sysemu_restore(m, start) ||
		    sysemu_ptrace(m, SYSEMU_PTRACE_SYSCALL, 0, 0, &result) ||
		    sysemu_run(m, 10000, &e) || sysemu_get_clocks(m, &clocks))
			r->different++;
		if (i == 0)
			r->clocks = clocks;
		r->different += memcmp(&clocks, &r->clocks, sizeof(clocks)) != 0;
	}
end:
	sysemu_snapshot_free(start);
	sysemu_close(m);
	return NULL;
}

static void a_thousand_runs_in_two_threads_take_the_same_clocks(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = sysemu_timing_at(i, NULL)) != NULL; i++) {
		struct repeat r[THREADS];

		for (unsigned t = 0; t < THREADS; t++) {
			r[t].timing = name;
			assert_int_equal(pthread_create(&r[t].thread, NULL, repeat_call, &r[t]), 0);
		}
		for (unsigned t = 0; t < THREADS; t++)
			assert_int_equal(pthread_join(r[t].thread, NULL), 0);
		for (unsigned t = 0; t < THREADS; t++) {
			assert_int_equal(r[t].different, 0);
			assert_memory_equal(&r[t].clocks, &r[0].clocks, sizeof(r[t].clocks));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_int_0x80_fast_path_takes_the_documented_354_clocks),
		cmocka_unit_test(by_every_model_the_causes_of_every_path_add_up_to_its_clocks),
		cmocka_unit_test(a_thousand_runs_in_two_threads_take_the_same_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
