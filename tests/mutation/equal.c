/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * equal.c: reads the list of mutants that no test can tell from the right kernel.
 */
#include "tests/mutation/mutate.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Marks the mutants whose key this is; "* " at its begin stands for all kernels, another * for any text. With braces it is
 * an instruction's text that is compared. */
static bool mark(struct run *r, const char *wanted, const char *reason)
{
	void (*const name)(const struct mutants *, const struct mutant *, char *, size_t) =
		strchr(wanted, '{') ? mutant_key_by_text : mutant_key;
	const char *rule = strrchr(wanted, ' ') + 1;
	bool found = false, all = wanted[0] == '*';
	char key[160];

	for (size_t i = 0; i < r->mutants.n; i++) {
		if (fnmatch(rule, rule_name(r->mutants.list[i].rule), 0) != 0)
			continue;
		name(&r->mutants, &r->mutants.list[i], key, sizeof(key));
		if (fnmatch(all ? wanted + 1 : wanted, all ? strchr(key, ' ') : key, 0) != 0)
			continue;
		r->results[i].equal = strdup(reason);
		found = true;
	}
	return found;
}

void equal_read(struct run *r, const char *file)
{
	FILE *f = fopen(file, "r");
	char line[512];

	if (!f) {
		perror(file);
		exit(2);
	}
	while (fgets(line, sizeof(line), f)) {
		char *colon = strstr(line, ": ");

		if (line[0] == '#' || !colon)
			continue;
		*colon = '\0';
		if (!mark(r, line, colon + 2))
			fprintf(stderr, "%s: there is no mutant \"%s\"\n", file, line);
	}
	fclose(f);
}
