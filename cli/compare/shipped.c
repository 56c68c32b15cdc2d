/* SPDX-License-Identifier: GPL-2.0-only */
/* shipped.c: which scenarios: files, or those that the command carries. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/play.h"
#include "compare.h"

struct shipped {
	const char *name;
	const char *text;
	uint64_t size;
};

extern const struct shipped compare_shipped[]; /* shipped.S */

static bool parse_shipped(const struct shipped *from, struct compare_file *out)
{
	sysemu_script_error error;

	out->name = from->name;
	if (sysemu_scenarios_parse(from->text, from->size, &out->all, &error) == SYSEMU_OK)
		return true;
	cli_say("%s:%" PRIu32 ":%" PRIu32 ": %s", from->name, error.line, error.column, error.text);
	return false;
}

static bool make_room(struct compare_set *set, size_t n)
{
	set->n = 0;
	set->files = calloc(n ? n : 1, sizeof(*set->files));
	if (!set->files)
		cli_say("out of memory");
	return set->files != NULL;
}

bool compare_set_read(struct compare_set *set, int n, char *const files[])
{
	const struct shipped *shipped = compare_shipped + 1;
	size_t count = 0;

	while (shipped[count].name)
		count++;
	if (!make_room(set, n ? (size_t)n : count))
		return false;
	if (n == 0) {
		for (; set->n < count; set->n++)
			if (!parse_shipped(&shipped[set->n], &set->files[set->n]))
				return false;
		return true;
	}
	for (; set->n < (size_t)n; set->n++) {
		set->files[set->n].name = files[set->n];
		set->files[set->n].all = cli_play_parse(files[set->n]);
		if (!set->files[set->n].all)
			return false;
	}
	return true;
}

bool compare_set_rules(struct compare_set *set)
{
	if (!make_room(set, 1) || !parse_shipped(compare_shipped, set->files))
		return false;
	set->n = 1;
	return true;
}

void compare_set_free(struct compare_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		sysemu_scenarios_free(set->files[i].all);
	free(set->files);
	*set = (struct compare_set){ 0 };
}

const sysemu_scenario *compare_find(const struct compare_set *set, const char *name,
				    const char **file)
{
	for (size_t i = 0; i < set->n; i++) {
		for (size_t k = 0; k < sysemu_scenarios_count(set->files[i].all); k++) {
			const sysemu_scenario *s = sysemu_scenarios_at(set->files[i].all, k);

			if (!strcmp(s->name, name)) {
				*file = set->files[i].name;
				return s;
			}
		}
	}
	cli_say("no such scenario: %s", name);
	return NULL;
}
