/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * digests_test.c: one list for all engines. A fixed set of runs (programs of every kind of fault
 * and signal, under each kernel, entry and timing model, whole and uncounted; explored states)
 * comes to the digests in digests.txt, on Unicorn 2.0.1 as on 2.1.1, on every machine. A line that
 * differs is a silent difference between two engines, and the first thing to look at.
 * With --print it prints the list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsysemu/explore.h>

#include "tests/helpers/random_program.h"

enum { PROGRAMS = 300, SEED = 2026, TIMED = 60, DEPTH = 5 };

#define LINES_MAX 64u
struct list {
	unsigned n;
	char line[LINES_MAX][96];
};

static void add(struct list *list, const char *what, const char *kernel, const char *with,
		sysemu_entry entry, uint64_t hash)
{
	assert_true(list->n < LINES_MAX);
	snprintf(list->line[list->n++], sizeof(list->line[0]), "%s %s %s %s %016llx", what, kernel,
		 entry == SYSEMU_ENTRY_INT80 ? "int80" : "sysenter", with,
		 (unsigned long long)hash);
}

static void add_programs(struct list *list)
{
	for (unsigned i = 0; i < random_nconfigs; i++) {
		const struct random_config *c = &random_configs[i];

		add(list, "programs", c->kernel,
		    c->start == SYSEMU_START_TRACED ? "traced" : "untraced", c->entry,
		    random_hash(c, SEED, i * PROGRAMS, PROGRAMS));
	}
}

static void add_clocks(struct list *list)
{
	for (size_t i = 0;; i++) {
		struct random_config c = { "2.6.14", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED,
					   sysemu_timing_at(i, NULL) };

		if (!c.timing)
			break;
		add(list, "clocks", c.kernel, c.timing, c.entry, random_hash(&c, SEED, 0, TIMED));
	}
}

static void add_explored(struct list *list, const char *kernel, sysemu_entry entry)
{
	const sysemu_explore_config config = { .kernel = kernel, .entry = entry, .depth = DEPTH };
	sysemu_exploration *x;
	void *bytes;
	size_t size;

	assert_int_equal(sysemu_explore(&config, &x, NULL), SYSEMU_OK);
	assert_int_equal(sysemu_exploration_save(x, &bytes, &size), SYSEMU_OK);
	add(list, "explored", kernel, "depth-5", entry, random_hash_add(RANDOM_HASH, bytes, size));
	free(bytes);
	sysemu_exploration_free(x);
}

static void make(struct list *list)
{
	const char *name;

	list->n = 0;
	add_programs(list);
	add_clocks(list);
	for (size_t i = 0; (name = kernel_of_2005(i)) != NULL; i++) {
		add_explored(list, name, SYSEMU_ENTRY_INT80);
		add_explored(list, name, SYSEMU_ENTRY_SYSENTER);
	}
}

/* Another compiler makes another guest. */
static bool is_guest_of(const char *compilers)
{
	const char *version = strrchr(sysemu_engines(), ' ');

	return version && strstr(compilers, version);
}

static void every_engine_comes_to_the_same_digests(void **state)
{
	static struct list list;
	char line[sizeof(list.line[0])];
	FILE *file = fopen(TEST_SOURCES "/machine/digests.txt", "r");
	unsigned differing = 0, n = 0;

	(void)state;
	assert_non_null(file);
	make(&list);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#' && strstr(line, "guest compilers") && !is_guest_of(line)) {
			fclose(file);
			print_message("skipped: digests of another guest: %s\n", sysemu_engines());
			skip();
		}
		if (line[0] == '#')
			continue;
		assert_true(n < list.n);
		if (strcmp(line, list.line[n++]) == 0)
			continue;
		print_error("listed %s\nhere   %s\n", line, list.line[n - 1]);
		differing++;
	}
	fclose(file);
	assert_int_equal(differing, 0);
	assert_int_equal(n, list.n);
}

static void print_list(void **state)
{
	static struct list list;

	(void)state;
	make(&list);
	for (unsigned i = 0; i < list.n; i++)
		printf("%s\n", list.line[i]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
		every_engine_comes_to_the_same_digests) };
	const struct CMUnitTest print[] = { cmocka_unit_test(print_list) };

	if (argc > 1 && strcmp(argv[1], "--print") == 0)
		return cmocka_run_group_tests(print, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
