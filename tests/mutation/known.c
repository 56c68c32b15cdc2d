/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * known.c: a file with a line for each function and test that told mutants of it: function,
 * executable, test and how many, by tabs. A test of one kernel has its name without the kernel's,
 * so that one line serves all.
 */
#include "tests/mutation/mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsysemu/sysemu.h>

/* "sysemu: a_call_changes_eax_alone" without the kernel, if it is this one. */
static const char *plain_name(const char *test, const char *kernel)
{
	size_t n = strlen(kernel);

	return strncmp(test, kernel, n) == 0 && strncmp(test + n, ": ", 2) == 0 ? test + n + 2 :
										  test;
}

static const char *kernel_of(const struct run *r, uint32_t function)
{
	return host_kernel(r->mutants.functions[function].kernel);
}

static void take_line(struct run *r, const char *function, const char *host, const char *name,
		      uint32_t killed)
{
	for (uint32_t f = 0; f < r->mutants.nfunctions; f++) {
		if (strcmp(r->mutants.functions[f].name, function) != 0)
			continue;
		for (uint32_t t = 0; t < r->ntests; t++) {
			struct host_test *test = &r->tests[t];

			if (strcmp(host_name(test->host), host) != 0 ||
			    strcmp(plain_name(test->name, kernel_of(r, f)), name) != 0)
				continue;
			test->wanted = true;
			record_of(r, f, t)->killed = killed;
			record_of(r, f, t)->tried = killed;
		}
	}
}

void known_read(struct run *r, const char *file)
{
	FILE *f = fopen(file, "r");
	char line[512], function[64], host[64], name[HOST_NAME];
	unsigned killed;

	if (!f) {
		perror(file);
		exit(2);
	}
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#' && sscanf(line, "%63[^\t]\t%63[^\t]\t%119[^\t]\t%u", function,
					     host, name, &killed) == 4)
			take_line(r, function, host, name, killed);
	fclose(f);
}

struct line {
	char key[256];
	uint32_t killed;
};

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->key, ((const struct line *)b)->key);
}

void known_write(const struct run *r, const char *file)
{
	struct line *lines = calloc(r->mutants.n + 1, sizeof(*lines));
	FILE *f = fopen(file, "w");
	size_t n = 0;

	if (!f) {
		perror(file);
		exit(2);
	}
	for (size_t i = 0; i < r->mutants.n; i++) {
		uint32_t function = r->mutants.list[i].function;
		const struct host_test *t = &r->tests[r->results[i].killer];
		enum verdict v = r->results[i].verdict;

		if (v != KILLED && v != ENDLESS && v != TIMED)
			continue;
		lines[n].killed = 1;
		snprintf(lines[n++].key, sizeof(lines[0].key), "%s\t%s\t%s",
			 r->mutants.functions[function].name, host_name(t->host),
			 plain_name(t->name, kernel_of(r, function)));
	}
	qsort(lines, n, sizeof(*lines), by_key);
	fputs("# SPDX-License-Identifier: GPL-2.0-only\n"
	      "# Which tests told mutants of which function, and how many: function, executable, "
	      "test.\n# Written by mutate --learn; a run asks them first, whatever they say.\n",
	      f);
	for (size_t i = 0, from = 0; i < n; i++) {
		if (i + 1 < n && strcmp(lines[i + 1].key, lines[i].key) == 0)
			continue;
		fprintf(f, "%s\t%zu\n", lines[i].key, i + 1 - from);
		from = i + 1;
	}
	fclose(f);
	free(lines);
}
