/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_test.c: the exploration to a small depth: that it is the same whoever does it, that
 * its verdicts are those of the facts, that its scripts do what they say, that the model
 * says the same, and what a user's own property sees. To closure: explore_long_test.c.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 4

static sysemu_exploration *explore(const char *kernel, sysemu_entry entry, uint32_t depth,
				   uint32_t threads, int32_t first)
{
	const sysemu_explore_config config = { .kernel = kernel,
					       .entry = entry,
					       .depth = depth,
					       .threads = threads,
					       .again = 1,
					       .first = first };
	sysemu_exploration *x = NULL;
	char text[256] = "";

	if (sysemu_explore(&config, &x, text) != SYSEMU_OK)
		print_error("%s\n", text);
	assert_non_null(x);
	return x;
}

/*
 * To DEPTH, as several tests look at it: each kernel and entry once, by more threads than this
 * process has processors, and by two ways into each node. A node at a smaller depth is the same
 * there, and so is the first edge that breaks a property. The group's end frees them.
 */
#define KERNELS_MAX 32
static sysemu_exploration *shallow[KERNELS_MAX][2];

static sysemu_exploration *explored(const char *kernel, sysemu_entry entry)
{
	const char *name;
	size_t i = 0;

	while ((name = sysemu_kernel_at(i, NULL)) && strcmp(name, kernel) != 0)
		i++;
	assert_non_null(name);
	assert_true(i < KERNELS_MAX);
	if (!shallow[i][entry])
		shallow[i][entry] = explore(kernel, entry, DEPTH, 3, -1);
	return shallow[i][entry];
}

static int free_explored(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS_MAX; i++) {
		for (unsigned entry = 0; entry < 2; entry++)
			sysemu_exploration_free(shallow[i][entry]);
	}
	return 0;
}

static sysemu_explored facts_of(const sysemu_exploration *x)
{
	sysemu_explored facts;

	sysemu_explored_facts(x, &facts);
	return facts;
}

/* By content: the structures have no padding, which sizes below tell. */
static void assert_same_graph(const sysemu_exploration *a, const sysemu_exploration *b)
{
	sysemu_explored x = facts_of(a), y = facts_of(b);

	assert_int_equal(x.nodes, y.nodes);
	assert_int_equal(x.edges, y.edges);
	assert_int_equal(x.depth, y.depth);
	for (size_t i = 0; i < x.nodes; i++) {
		sysemu_node m, n;

		assert_int_equal(sysemu_node_at(a, i, &m), SYSEMU_OK);
		assert_int_equal(sysemu_node_at(b, i, &n), SYSEMU_OK);
		assert_memory_equal(&m, &n, sizeof(m));
	}
	for (size_t i = 0; i < x.edges; i++) {
		sysemu_edge e, f;

		assert_int_equal(sysemu_edge_at(a, i, &e), SYSEMU_OK);
		assert_int_equal(sysemu_edge_at(b, i, &f), SYSEMU_OK);
		assert_int_equal(e.from, f.from);
		assert_int_equal(e.to, f.to);
		assert_int_equal(e.choice, f.choice);
		assert_int_equal(e.event, f.event);
		assert_int_equal(e.entry, f.entry);
		assert_int_equal(e.ran_before, f.ran_before);
		assert_int_equal(e.ran_after, f.ran_after);
	}
}

static void one_thread_and_three_find_the_same(void **state)
{
	sysemu_exploration *one = explore("sysemu", SYSEMU_ENTRY_SYSENTER, DEPTH, 1, -1);
	sysemu_exploration *three = explored("sysemu", SYSEMU_ENTRY_SYSENTER);

	(void)state;
	assert_same_graph(one, three);
	assert_int_equal(facts_of(one).runs, facts_of(three).runs);
	assert_int_equal(facts_of(one).ways, facts_of(three).ways);
	sysemu_exploration_free(one);
}

#define FIRST_CHOICES 20 /* the root has that many */

static void jobs_by_first_choice_join_to_the_whole(void **state)
{
	sysemu_exploration *whole = explore("2.6.14", SYSEMU_ENTRY_INT80, 3, 1, -1);
	sysemu_exploration *parts[FIRST_CHOICES], *joined;

	(void)state;
	for (int32_t i = 0; i < FIRST_CHOICES; i++) {
		sysemu_exploration *x = explore("2.6.14", SYSEMU_ENTRY_INT80, 3, 1, i);
		void *bytes;
		size_t size;

		assert_int_equal(sysemu_exploration_save(x, &bytes, &size), SYSEMU_OK);
		assert_int_equal(sysemu_exploration_load(bytes, size, &parts[i]), SYSEMU_OK);
		assert_same_graph(x, parts[i]);
		free(bytes);
		sysemu_exploration_free(x);
	}
	assert_int_equal(sysemu_exploration_join(parts, FIRST_CHOICES, &joined), SYSEMU_OK);
	assert_same_graph(whole, joined);
	for (int32_t i = 0; i < FIRST_CHOICES; i++)
		sysemu_exploration_free(parts[i]);
	sysemu_exploration_free(joined);
	sysemu_exploration_free(whole);
}

static void tables_of_different_kernels_do_not_join(void **state)
{
	sysemu_exploration *parts[2], *joined = NULL;

	(void)state;
	parts[0] = explore("sysemu", SYSEMU_ENTRY_INT80, 1, 1, -1);
	parts[1] = explore("sysemu-1", SYSEMU_ENTRY_INT80, 1, 1, -1);
	assert_int_equal(sysemu_exploration_join(parts, 2, &joined), SYSEMU_EMISMATCH);
	assert_null(joined);
	sysemu_exploration_free(parts[0]);
	sysemu_exploration_free(parts[1]);
}

static void a_damaged_table_is_refused_or_harmless(void **state)
{
	sysemu_exploration *x = explore("sysemu", SYSEMU_ENTRY_INT80, 2, 1, -1), *y;
	uint8_t *bytes;
	void *saved;
	size_t size;

	(void)state;
	assert_int_equal(sysemu_exploration_save(x, &saved, &size), SYSEMU_OK);
	bytes = saved;
	for (size_t cut = 0; cut < size; cut += 97)
		assert_int_equal(sysemu_exploration_load(bytes, cut, &y), SYSEMU_EINVAL);
	for (size_t at = 0; at < size; at += 7) {
		bytes[at] ^= 0x81;
		if (sysemu_exploration_load(bytes, size, &y) == SYSEMU_OK)
			sysemu_exploration_free(y);
		bytes[at] ^= 0x81;
	}
	free(saved);
	sysemu_exploration_free(x);
}

/* ---- properties ---- */

#define PROPERTIES_MAX 64

/* Plays a counterexample and wants it to go as it says. */
static void play(const sysemu_exploration *x, size_t edge, const sysemu_property *p)
{
	sysemu_explored facts = facts_of(x);
	sysemu_script_error error;
	sysemu_scenarios *s;
	sysemu_played played;
	const sysemu_scenario *scenario;
	char *text;

	assert_int_equal(sysemu_exploration_script(x, edge, p, &text), SYSEMU_OK);
	if (sysemu_scenarios_parse(text, strlen(text), &s, &error) != SYSEMU_OK) {
		print_error("%s\n%u:%u: %s\n", text, error.line, error.column, error.text);
		fail();
	}
	scenario = sysemu_scenarios_at(s, 0);
	assert_int_equal(sysemu_scenario_play(scenario, facts.kernel, facts.entry, NULL, 0, NULL,
					      NULL, &played),
			 SYSEMU_OK);
	if (!sysemu_verdict_holds(&scenario->verdicts[0], &played)) {
		print_error("%s\nline %u: %s\n", text, played.line, played.text);
		fail();
	}
	sysemu_scenarios_free(s);
	free(text);
}

/*
 * With sanitizers two kernels stand for all: what these look for is in our C code, which does the
 * same for each kernel, and explore_memo_test has it explore them all.
 */
static bool left_out(const char *kernel)
{
#ifdef __SANITIZE_ADDRESS__
	return strcmp(kernel, "sysemu") != 0 && strcmp(kernel, "2.6.14") != 0;
#else
	(void)kernel;
	return false;
#endif
}

/* At a depth that is not the end a property may still hold, but none fails that is to hold. */
static void verdicts(const char *kernel, sysemu_entry entry)
{
	sysemu_exploration *x = explored(kernel, entry);
	sysemu_property properties[PROPERTIES_MAX];
	size_t broken[PROPERTIES_MAX], n = 0;
	const sysemu_property *p;

	/* Two ways into a node, one behaviour: else a field is missing. */
	assert_true(facts_of(x).ways > 100);
	assert_string_equal(facts_of(x).difference, "");
	assert_int_equal(facts_of(x).differences, 0);
	for (; (p = sysemu_property_at(n)); n++)
		properties[n] = *p;
	assert_int_equal(sysemu_exploration_check(x, properties, n, broken, NULL), SYSEMU_OK);
	for (size_t i = 0; i < n; i++) {
		if (broken[i] == SYSEMU_HOLDS)
			continue;
		if (sysemu_property_expected(sysemu_property_at(i), kernel, entry, NULL) > 0) {
			print_error("%s, %d: %s fails\n", kernel, entry, properties[i].name);
			fail();
		}
		play(x, broken[i], sysemu_property_at(i));
	}
}

static void what_fails_is_what_the_facts_say_and_its_script_plays(void **state)
{
	const char *kernel;

	(void)state;
	for (size_t i = 0; (kernel = kernel_of_2005(i)); i++) {
		if (left_out(kernel))
			continue;
		verdicts(kernel, SYSEMU_ENTRY_INT80);
		verdicts(kernel, SYSEMU_ENTRY_SYSENTER);
	}
}

/* Where the entry is in C the tracer may find its task on either of two ways out, a call's or an exception's,
 * which have another number of instructions to go: no field, and no difference. */
static void a_state_of_a_later_kernel_is_the_same_by_another_way(void **state)
{
	static const char *const later[] = { "2.6.27", "3.2",  "4.4",       "4.14",
					     "5.10",   "5.11", "2026-after" };

	(void)state;
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		for (unsigned entry = 0; entry < 2 && !left_out(later[i]); entry++) {
			sysemu_exploration *x = explored(later[i], (sysemu_entry)entry);

			assert_true(facts_of(x).ways > 100);
			assert_string_equal(facts_of(x).difference, "");
		}
}

/* ---- the model ---- */

static void compare(const char *kernel, sysemu_entry entry)
{
	sysemu_exploration *x = explored(kernel, entry);
	sysemu_edge e, told;

	for (size_t i = 0; sysemu_edge_at(x, i, &e) == SYSEMU_OK; i++) {
		sysemu_node from, to, expected;

		assert_int_equal(sysemu_node_at(x, e.from, &from), SYSEMU_OK);
		assert_int_equal(sysemu_node_at(x, e.to, &to), SYSEMU_OK);
		assert_true(sysemu_model_step(kernel, &from, e.choice, &expected, &told));
		assert_memory_equal(&to, &expected, sizeof(to));
		if (to.field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_FORKED)
			continue; /* where the model ends */
		assert_int_equal(e.result, told.result);
		assert_int_equal(e.event, told.event);
		assert_int_equal(e.entered, told.entered);
		assert_int_equal(!e.ran_before, !told.ran_before);
		assert_int_equal(!e.ran_after, !told.ran_after);
		assert_int_equal(e.audit_entries, told.audit_entries);
		assert_int_equal(e.audit_exits, told.audit_exits);
	}
}

static void the_guest_does_as_the_model_says(void **state)
{
	const char *kernel;

	(void)state;
	for (size_t i = 0; (kernel = kernel_of_2005(i)); i++) {
		if (left_out(kernel))
			continue;
		compare(kernel, SYSEMU_ENTRY_INT80);
		compare(kernel, SYSEMU_ENTRY_SYSENTER);
	}
}

/* ---- what is known to fail ---- */

/* The five claims of the patch's history, each by the depth that shows it. */
static void failing(const char *kernel, sysemu_entry entry, uint32_t depth, const char *property)
{
	sysemu_exploration *x =
		depth == DEPTH ? explored(kernel, entry) : explore(kernel, entry, depth, 2, -1);
	const sysemu_property *p = NULL;
	size_t broken = SYSEMU_HOLDS;

	for (size_t i = 0; (p = sysemu_property_at(i)) && strcmp(p->name, property) != 0; i++)
		;
	assert_non_null(p);
	assert_int_equal(sysemu_exploration_check(x, p, 1, &broken, NULL), SYSEMU_OK);
	assert_true(broken != SYSEMU_HOLDS);
	play(x, broken, p);
	if (depth != DEPTH)
		sysemu_exploration_free(x);
}

static void as_printed_executes_emulated_calls(void **state)
{
	(void)state;
	failing("sysemu-as-printed", SYSEMU_ENTRY_INT80, 2, "emulated-call-never-runs");
}

static void part_3_repairs_that_the_call_runs(void **state)
{
	(void)state;
	failing("sysemu-1", SYSEMU_ENTRY_INT80, 3, "emulated-call-never-runs");
}

static void part_4_repairs_the_exit_stop(void **state)
{
	(void)state;
	failing("sysemu-3", SYSEMU_ENTRY_INT80, 3, "one-stop");
}

static void part_5_repairs_the_step_trap(void **state)
{
	(void)state;
	failing("sysemu-4", SYSEMU_ENTRY_INT80, 3, "step-means-progress");
}

static void sysemu_loses_an_entry_stop_stops_twice_and_leaves_flags(void **state)
{
	(void)state;
	failing("sysemu", SYSEMU_ENTRY_INT80, 4, "stops-alternate");
	failing("sysemu", SYSEMU_ENTRY_INT80, 4, "one-stop-audit");
	failing("sysemu", SYSEMU_ENTRY_INT80, 4, "no-flags-after-detach");
	failing("sysemu", SYSEMU_ENTRY_INT80, 5, "skipped-call-not-restarted");
}

static void sysemu_executes_an_emulated_call_that_is_stepped_by_sysenter(void **state)
{
	(void)state;
	failing("sysemu", SYSEMU_ENTRY_SYSENTER, 4, "emulated-call-never-runs");
}

/* ---- a user's own property ---- */

struct tally {
	uint32_t last_from, last_choice;
	size_t edges;
	bool ordered;
};

static bool count_edges(void *user, const sysemu_node *from, const sysemu_edge *e,
			const sysemu_node *to)
{
	struct tally *t = user;

	(void)from, (void)to;
	if (t->edges &&
	    (e->from < t->last_from || (e->from == t->last_from && e->choice <= t->last_choice)))
		t->ordered = false;
	t->last_from = e->from;
	t->last_choice = e->choice;
	t->edges++;
	return e->event != SYSEMU_EVENT_KILLED;
}

static void a_users_property_sees_every_edge_in_order(void **state)
{
	sysemu_exploration *x = explore("sysemu", SYSEMU_ENTRY_INT80, 3, 2, -1);
	struct tally t = { .ordered = true };
	const sysemu_property mine = { .name = "nobody-dies",
				       .about = "nobody dies",
				       .source = "this test",
				       .holds = count_edges,
				       .user = &t };
	size_t broken, count;
	sysemu_edge e;

	(void)state;
	assert_int_equal(sysemu_exploration_check(x, &mine, 1, &broken, &count), SYSEMU_OK);
	assert_int_equal(t.edges, facts_of(x).edges);
	assert_true(t.ordered);
	assert_true(count > 1);
	assert_int_equal(sysemu_edge_at(x, broken, &e), SYSEMU_OK);
	assert_int_equal(e.from, 0); /* the launch stop, resumed with SIGUSR1 */
	play(x, broken, &mine);
	sysemu_exploration_free(x);
}

static void wrong_arguments_are_refused(void **state)
{
	sysemu_exploration *x = NULL;
	char text[256], *script;
	sysemu_node n;
	sysemu_edge e;

	(void)state;
	assert_int_equal(sysemu_explore(&(sysemu_explore_config){ .kernel = "no" }, &x, text),
			 SYSEMU_EINVAL);
	assert_null(x);
	x = explore("sysemu", SYSEMU_ENTRY_INT80, 1, 1, -1);
	assert_int_equal(sysemu_node_at(x, 1000000, &n), SYSEMU_ENOENT);
	assert_int_equal(sysemu_edge_at(x, 1000000, &e), SYSEMU_ENOENT);
	assert_int_equal(sysemu_exploration_script(x, 1000000, NULL, &script), SYSEMU_ENOENT);
	assert_null(sysemu_choice_name(1000));
	assert_null(sysemu_field_name(SYSEMU_FIELDS));
	sysemu_exploration_free(x);
	sysemu_exploration_free(NULL);
}

static bool stop_at_two(void *user, uint32_t level, size_t nodes, size_t edges)
{
	(void)user, (void)nodes, (void)edges;
	return level < 2;
}

static void who_ends_it_gets_nothing(void **state)
{
	const sysemu_explore_config config = { .first = -1, .progress = stop_at_two };
	sysemu_exploration *x = NULL;

	(void)state;
	assert_int_equal(sysemu_explore(&config, &x, NULL), SYSEMU_ESTATE);
	assert_null(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_and_three_find_the_same),
		cmocka_unit_test(jobs_by_first_choice_join_to_the_whole),
		cmocka_unit_test(tables_of_different_kernels_do_not_join),
		cmocka_unit_test(a_damaged_table_is_refused_or_harmless),
		cmocka_unit_test(what_fails_is_what_the_facts_say_and_its_script_plays),
		cmocka_unit_test(a_state_of_a_later_kernel_is_the_same_by_another_way),
		cmocka_unit_test(the_guest_does_as_the_model_says),
		cmocka_unit_test(as_printed_executes_emulated_calls),
		cmocka_unit_test(part_3_repairs_that_the_call_runs),
		cmocka_unit_test(part_4_repairs_the_exit_stop),
		cmocka_unit_test(part_5_repairs_the_step_trap),
		cmocka_unit_test(sysemu_loses_an_entry_stop_stops_twice_and_leaves_flags),
		cmocka_unit_test(sysemu_executes_an_emulated_call_that_is_stepped_by_sysenter),
		cmocka_unit_test(a_users_property_sees_every_edge_in_order),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(who_ends_it_gets_nothing),
	};

	return cmocka_run_group_tests_name("explore", tests, NULL, free_explored);
}
