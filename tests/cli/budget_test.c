/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits of a budget (docs/budgets.md) by numbers from its text; and the difference of two paths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cli/check/budget.h"
#include "cli/check/path.h"
#include "cli/lines.h"

/* ---- limits ---- */

/* Is a row with this limit broken where `seen` is seen? */
static bool broken(const char *limit, uint64_t seen)
{
	struct report r = { 0 };
	struct budget b;
	char text[128];
	bool is;

	snprintf(text, sizeof(text), "row: | insns.entry %s\n", limit);
	assert_int_equal(budget_parse(&b, "test", text, strlen(text), &r), CLI_OK);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.rows[0].n_limits, 1);
	is = budget_judge(&b.rows[0].limits[0], seen, &r).broken;
	budget_free(&b);
	report_free(&r);
	return is;
}

static void exact_is_this_number_and_no_other(void **state)
{
	(void)state;
	assert_true(broken("exact 37", 36));
	assert_false(broken("exact 37", 37));
	assert_true(broken("exact 37", 38));
}

static void a_maximum_may_be_reached(void **state)
{
	(void)state;
	assert_false(broken("max 60", 0));
	assert_false(broken("max 60", 60));
	assert_true(broken("max 60", 61));
}

static void a_baseline_without_margins_is_this_number(void **state)
{
	(void)state;
	assert_true(broken("base 200", 199));
	assert_false(broken("base 200", 200));
	assert_true(broken("base 200", 201));
}

static void soft_is_the_margin_above_and_gain_the_one_below(void **state)
{
	(void)state;
	/* 1 % of 200 is 2, 5 % is 10. */
	assert_false(broken("base 200 soft 1% gain 5%", 202));
	assert_true(broken("base 200 soft 1% gain 5%", 203));
	assert_false(broken("base 200 soft 1% gain 5%", 190));
	assert_true(broken("base 200 soft 1% gain 5%", 189));
	/* Without gain the margins are the same. */
	assert_false(broken("base 200 soft 1%", 198));
	assert_true(broken("base 200 soft 1%", 197));
	/* Parts of a per cent: 0.25 % of 400 is 1, 2.5 % is 10. */
	assert_false(broken("base 400 soft 0.25% gain 2.5%", 401));
	assert_true(broken("base 400 soft 0.25% gain 2.5%", 402));
	assert_false(broken("base 400 soft 0.25% gain 2.5%", 390));
	assert_true(broken("base 400 soft 0.25% gain 2.5%", 389));
}

/* A hundred steps of 1 %, each within its margin and each a new baseline, end at the maximum. */
static void small_steps_end_at_the_maximum(void **state)
{
	uint64_t base = 1000;
	char limit[64];

	(void)state;
	for (;; base++) {
		snprintf(limit, sizeof(limit), "max 1100 base %u soft 1%%", (unsigned)base);
		if (broken(limit, base + 1))
			break;
	}
	assert_int_equal(base, 1100);
}

static void what_has_no_baseline_yet_is_broken(void **state)
{
	(void)state;
	assert_true(broken("base ?", 0));
	assert_true(broken("base ? soft 1000%", 37));
}

static void nothing_may_come_of_nothing(void **state)
{
	(void)state;
	assert_false(broken("base 0 soft 50%", 0));
	assert_true(broken("base 0 soft 50%", 1));
}

static void exact_goes_before_max_and_max_before_base(void **state)
{
	struct report r = { 0 };
	struct budget_limit l = { .has_exact = true,
				  .exact = 5,
				  .has_max = true,
				  .max = 6,
				  .has_base = true,
				  .base_known = true,
				  .base = 7 };

	(void)state;
	assert_string_equal(budget_judge(&l, 8, &r).why, "not 5");
	l.has_exact = false;
	assert_string_equal(budget_judge(&l, 8, &r).why, "above the maximum");
	l.has_max = false;
	assert_string_equal(budget_judge(&l, 8, &r).why, "above the baseline");
	report_free(&r);
}

static void each_metric_has_a_name_that_means_it(void **state)
{
	char name[32];

	(void)state;
	for (unsigned unit = 0; unit < BUDGET_UNITS; unit++) {
		for (unsigned region = 0; region <= BUDGET_ALL; region++) {
			struct budget_metric m = { (enum budget_unit)unit, region }, back;

			if (unit >= BUDGET_STOPS && region != BUDGET_ALL)
				continue;
			assert_true(budget_metric_of(budget_metric_text(&m, name, sizeof(name)),
						     &back));
			assert_int_equal(back.unit, unit);
			assert_int_equal(back.region, region);
		}
	}
}

/* ---- paths ---- */

#define INSN(f, t)                                                           \
	{                                                                    \
		.addr = 0xc0100000, .times = 1, .function = (f), .text = (t) \
	}

static void put_changes(const struct report_record *record, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < record->n_changes; i++) {
		const struct report_change *c = &record->changes[i];

		used += (size_t)snprintf(
			buf + used, size - used, "%s %s %s %u %u;", report_change_name(c->kind),
			c->name, c->text ? c->text : "-", (unsigned)c->before, (unsigned)c->after);
	}
}

static void an_instruction_that_came_is_told_from_those_that_moved(void **state)
{
	struct path_insn was[] = { INSN("f", "push"), INSN("f", "test"), INSN("f", "jne"),
				   INSN("f", "pop") };
	struct path_insn is[] = { INSN("f", "push"), INSN("f", "test"), INSN("f", "nop"),
				  INSN("f", "jne"), INSN("f", "pop") };
	struct path before = { .n = 4, .insns = was }, after = { .n = 5, .insns = is };
	struct report_record record = { 0 };
	struct cli_lines lines = { 0 };
	struct report r = { 0 };
	char text[400];

	(void)state;
	before.insns_by_region[SYSEMU_REGION_ENTRY] = 4;
	after.insns_by_region[SYSEMU_REGION_ENTRY] = 5;
	path_diff(&record, &before, &after, NULL, &lines, &r);
	put_changes(&record, text, sizeof(text));
	assert_string_equal(text, "region entry - 4 5;function f - 4 5;came f nop 0 1;");
	record = (struct report_record){ 0 };
	path_diff(&record, &after, &before, NULL, &lines, &r);
	put_changes(&record, text, sizeof(text));
	assert_string_equal(text, "region entry - 5 4;function f - 5 4;went f nop 1 0;");
	report_free(&r);
}

static void a_loop_that_turns_more_often_is_no_new_instruction(void **state)
{
	struct path_insn was[] = { INSN("f", "dec"), INSN("f", "jne"), INSN("g", "ret") };
	struct path_insn is[] = { INSN("f", "dec"), INSN("f", "jne"), INSN("h", "ret") };
	struct path before = { .n = 3, .insns = was }, after = { .n = 3, .insns = is };
	struct report_record record = { 0 };
	struct cli_lines lines = { 0 };
	struct report r = { 0 };
	char text[400];

	(void)state;
	is[0].times = is[1].times = 3;
	path_diff(&record, &before, &after, NULL, &lines, &r);
	put_changes(&record, text, sizeof(text));
	assert_string_equal(text, "function f - 2 6;times f dec 1 3;times f jne 1 3;"
				  "function h - 0 1;function g - 1 0;");
	report_free(&r);
}

/* ---- lines ---- */

static void the_line_table_knows_the_entry_path(void **state)
{
	const sysemu_config config = { .kernel = "sysemu" };
	struct cli_lines lines;
	sysemu_machine *m;
	uint32_t addr;

	(void)state;
	assert_true(cli_lines_of_kernel(&lines, "sysemu-5")); /* its alias */
	assert_int_equal(sysemu_open(&config, &m), SYSEMU_OK);
	assert_int_equal(sysemu_symbol(m, "system_call", &addr), SYSEMU_OK);
	assert_string_equal(cli_lines_find(&lines, addr)->file, "asm/entry/entry.S");
	assert_int_equal(sysemu_symbol(m, "do_syscall_trace", &addr), SYSEMU_OK);
	assert_string_equal(cli_lines_find(&lines, addr)->file, "asm/trace/trace.c");
	assert_null(cli_lines_find(&lines, 0));
	assert_null(cli_lines_find(&lines, UINT32_MAX));
	for (size_t i = 0; i < lines.n; i++) {
		assert_true(lines.rows[i].addr < lines.rows[i].end);
		assert_true(i == 0 || lines.rows[i - 1].end <= lines.rows[i].addr);
	}
	sysemu_close(m);
	cli_lines_free(&lines);
}

static void what_is_no_elf_file_has_no_lines(void **state)
{
	static const char text[] = "\177ELF, and no more";
	struct cli_lines lines;

	(void)state;
	assert_false(cli_lines_read(&lines, text, sizeof(text)));
	assert_false(cli_lines_read(&lines, text, 0));
	assert_false(cli_lines_of_kernel(&lines, "2.4.20"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_is_this_number_and_no_other),
		cmocka_unit_test(a_maximum_may_be_reached),
		cmocka_unit_test(a_baseline_without_margins_is_this_number),
		cmocka_unit_test(soft_is_the_margin_above_and_gain_the_one_below),
		cmocka_unit_test(small_steps_end_at_the_maximum),
		cmocka_unit_test(what_has_no_baseline_yet_is_broken),
		cmocka_unit_test(nothing_may_come_of_nothing),
		cmocka_unit_test(exact_goes_before_max_and_max_before_base),
		cmocka_unit_test(each_metric_has_a_name_that_means_it),
		cmocka_unit_test(an_instruction_that_came_is_told_from_those_that_moved),
		cmocka_unit_test(a_loop_that_turns_more_often_is_no_new_instruction),
		cmocka_unit_test(the_line_table_knows_the_entry_path),
		cmocka_unit_test(what_is_no_elf_file_has_no_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
