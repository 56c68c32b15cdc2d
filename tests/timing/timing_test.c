/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_test.c: what every timing model must keep to, whatever its figures: with the model
 * `insn`, clocks are instructions, also where hostile programs fault, step, loop and change
 * themselves; neither the past of a machine nor being watched changes a clock; the causes of
 * all prices add up to the clocks kept.
 */
#include <string.h>

#include "tests/helpers/random_program.h"

enum { PROGRAMS = 1024, FEW = 192, SEED = 20260 };

static void with_insn_clocks_are_instructions_whatever_a_program_does(void **state)
{
	static const struct random_config configs[] = {
		{ "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, "insn" },
		{ "sysemu", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED, "insn" },
		{ "2.6.14", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, "insn" },
		{ "2.6.11", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_UNTRACED, "insn" },
	};
	struct random_tally tally = { 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
		random_run(&configs[i], SEED, i * PROGRAMS, PROGRAMS, &tally);
	assert_int_equal(tally.programs, sizeof(configs) / sizeof(configs[0]) * PROGRAMS);
}

/* Nor does a clock depend on what ran before, or on being watched: random_run compares digests,
 * which clocks and the model's state are part of. */
static void no_models_clocks_depend_on_the_past_or_on_being_watched(void **state)
{
	static const char *const more[] = { "i386dx,iret=state,misalign", "i386dx,tlb",
					    "i386ex-bus,misalign,wait=1" };
	struct random_tally tally = { 0 };

	(void)state;
	for (size_t i = 0;; i++) {
		struct random_config config = { "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED,
						sysemu_timing_at(i, NULL) };

		if (!config.timing)
			break;
		random_run(&config, SEED, i * FEW, FEW, &tally);
	}
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		struct random_config config = { "2.6.14", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED,
						more[i] };

		random_run(&config, SEED, i * FEW, FEW, &tally);
	}
}

/* ---- the callback ---- */

struct sums {
	uint64_t insns, clocks[SYSEMU_CAUSES];
};

static void add_price(void *user, const sysemu_price *price)
{
	struct sums *sums = user;

	sums->insns += price->size != 0;
	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		sums->clocks[c] += price->clocks[c];
}

/* mov $20, %eax; int $0x80; twice; call the next instruction; ud2 */
static const uint8_t calls[] = { 0xb8, 20,   0,    0,    0, 0xcd, 0x80, 0xb8, 20,   0,   0,
				 0,    0xcd, 0x80, 0xe8, 0, 0,    0,    0,    0x0f, 0x0b };

static void the_prices_reported_add_up_to_the_clocks_kept(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = sysemu_timing_at(i, NULL)) != NULL; i++) {
		const sysemu_config config = { .timing = name, .start = SYSEMU_START_UNTRACED };
		sysemu_machine *m = open_config(&config);
		uint64_t kept[SYSEMU_CAUSES] = { 0 };
		sysemu_clocks before, after;
		struct sums sums = { 0 };
		sysemu_event e;

		OK(m, sysemu_load_code(m, calls, sizeof(calls)));
		OK(m, sysemu_get_clocks(m, &before));
		OK(m, sysemu_on_price(m, add_price, &sums));
		OK(m, sysemu_run(m, 0, &e));
		assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
		OK(m, sysemu_get_clocks(m, &after));
		for (unsigned c = 0; c < SYSEMU_CAUSES; c++) {
			kept[c] = after.entry[c] - before.entry[c];
			for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
				kept[c] += after.region[r][c] - before.region[r][c];
		}
		assert_memory_equal(kept, sums.clocks, sizeof(kept));
		assert_int_equal(e.clocks, sysemu_clocks_total(&after));
		sysemu_close(m);
	}
	assert_true(name == NULL);
}

/* Summed by blocks, or one by one because somebody looks on: the same clocks. */
static void being_looked_on_changes_no_clock(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = sysemu_timing_at(i, NULL)) != NULL; i++) {
		const sysemu_config config = { .timing = name };
		sysemu_clocks clocks[2];

		for (int watched = 0; watched < 2; watched++) {
			sysemu_machine *m = open_config(&config);
			struct sums sums = { 0 };
			sysemu_event e;

			OK(m, sysemu_load_code(m, calls, sizeof(calls)));
			if (watched)
				OK(m, sysemu_on_price(m, add_price, &sums));
			e = run(m);
			for (int stop = 0; stop < 5 && e.kind == SYSEMU_EVENT_STOP; stop++)
				e = resume(m, SYSEMU_PTRACE_SYSCALL, 0);
			OK(m, sysemu_get_clocks(m, &clocks[watched]));
			assert_true(sums.insns > 0 || !watched);
			sysemu_close(m);
		}
		assert_memory_equal(&clocks[0], &clocks[1], sizeof(clocks[0]));
	}
}

/* ---- errors ---- */

static void expect_refused(sysemu_config config, const char *says)
{
	sysemu_machine *m = NULL;

	assert_int_equal(sysemu_open(&config, &m), SYSEMU_EINVAL);
	assert_null(m);
	assert_non_null(strstr(sysemu_errmsg(NULL), says));
}

static void what_is_no_model_or_no_option_of_it_is_refused_by_name(void **state)
{
	(void)state;
	expect_refused((sysemu_config){ .timing = "i387" }, "\"i387\"");
	expect_refused((sysemu_config){ .timing = "" }, "\"\"");
	expect_refused((sysemu_config){ .timing = "insn,cli=9" }, "insn has no option \"cli=9\"");
	expect_refused((sysemu_config){ .timing = "insn,speed=2" }, "\"speed=2\"");
	expect_refused((sysemu_config){ .timing = "insn," }, "\"\"");
	expect_refused((sysemu_config){ .timing = "insn", .counting = SYSEMU_COUNT_NONE },
		       "counting");
}

static void without_a_model_there_are_no_clocks(void **state)
{
	sysemu_machine *m = open_kernel("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	sysemu_clocks clocks;
	sysemu_odd_form odd;

	(void)state;
	assert_int_equal(sysemu_get_clocks(m, &clocks), SYSEMU_ESTATE);
	assert_int_equal(sysemu_odd_form_at(m, 0, &odd), SYSEMU_ESTATE);
	assert_int_equal(sysemu_on_price(m, add_price, NULL), SYSEMU_ESTATE);
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_insn_clocks_are_instructions_whatever_a_program_does),
		cmocka_unit_test(no_models_clocks_depend_on_the_past_or_on_being_watched),
		cmocka_unit_test(the_prices_reported_add_up_to_the_clocks_kept),
		cmocka_unit_test(being_looked_on_changes_no_clock),
		cmocka_unit_test(what_is_no_model_or_no_option_of_it_is_refused_by_name),
		cmocka_unit_test(without_a_model_there_are_no_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
