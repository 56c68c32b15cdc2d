/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenarios.c: the shipped scenarios as tests of host.c: one a scenario and verdict, which fails
 * when a kernel does not fare as stated. For mutate.c alone: ctest plays them by the command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsysemu/scenario.h>

#include "tests/helpers/harness.h"
#include "tests/mutation/host.h"

#include <glob.h>

struct staging {
	const sysemu_scenario *scenario;
	const sysemu_verdict *verdict;
};

static void it_fares_as_stated(void **state)
{
	const struct staging *s = *state;
	size_t size = 0;
	void *elf = NULL;
	char path[512];

	if (s->scenario->program) {
		snprintf(path, sizeof(path), "%s/%s", TEST_SCENARIOS, s->scenario->program);
		elf = read_file(path, &size);
	}
	for (unsigned entry = 0; entry < 2; entry++) {
		sysemu_played played;

		if (!s->scenario->by_entry[entry].n_rows)
			continue;
		assert_int_equal(sysemu_scenario_play(s->scenario, s->verdict->kernel,
						      (sysemu_entry)entry, elf, size, NULL, NULL,
						      &played),
				 SYSEMU_OK);
		assert_true(sysemu_verdict_holds(s->verdict, &played));
	}
	free(elf);
}

static struct CMUnitTest *list;
static size_t listed;

static bool is_mutated(const char *kernel)
{
	const char *name;

	for (uint32_t i = 0; (name = host_kernel(i)) != NULL; i++)
		if (strcmp(name, kernel) == 0)
			return true;
	return false;
}

static void add(const sysemu_scenario *s)
{
	for (size_t i = 0; i < s->n_verdicts; i++) {
		if (!is_mutated(s->verdicts[i].kernel))
			continue;
		struct staging *staging = malloc(sizeof(*staging));
		char name[256];

		*staging = (struct staging){ s, &s->verdicts[i] };
		snprintf(name, sizeof(name), "%s (%s)", s->name, s->verdicts[i].kernel);
		list = realloc(list, (listed + 1) * sizeof(*list));
		list[listed++] = (struct CMUnitTest){ .name = strdup(name),
						      .test_func = it_fares_as_stated,
						      .initial_state = staging };
	}
}

int main(void)
{
	sysemu_script_error error;
	glob_t files;

	glob(TEST_SCENARIOS "/*.play", 0, NULL, &files);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		sysemu_scenarios *parsed;
		size_t size;
		char *text = read_file(files.gl_pathv[i], &size);

		if (sysemu_scenarios_parse(text, size, &parsed, &error) != SYSEMU_OK)
			return 2;
		for (size_t s = 0; s < sysemu_scenarios_count(parsed); s++)
			add(sysemu_scenarios_at(parsed, s));
		free(text);
	}
	globfree(&files);
	return _cmocka_run_group_tests("scenarios", list, listed, NULL, NULL);
}
