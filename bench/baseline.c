/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * baseline.c: how many instructions a row takes once it is warm, by region: the same on every
 * host, so a file of them is compared exactly. A line: a row's name, then name=number.
 *
 * Regions in C depend on the guest's compiler. With another one than the file's only user and entry
 * code and the numbers of entries are compared, and the check says so; but where it has made the
 * same image of the row's kernel, all is.
 */
#include "bench/bench.h"

#include <string.h>

#define NUMBERS  (SYSEMU_REGIONS + 2)
#define COMPILER "# guest compiler "
#define IMAGE    "# image "

struct line {
	uint64_t number[NUMBERS]; /* the regions, int80, sysenter */
};

static const char *number_name(unsigned i)
{
	return i < SYSEMU_REGIONS  ? sysemu_region_name((sysemu_region)i) :
	       i == SYSEMU_REGIONS ? "int80" :
				     "sysenter";
}

static bool of_compiler(unsigned i)
{
	return i < SYSEMU_REGIONS && i != SYSEMU_REGION_USER && i != SYSEMU_REGION_ENTRY;
}

static const char *guest_compiler(void)
{
	static const char key[] = "guest compiler ";
	const char *at = strstr(sysemu_engines(), key);

	return at ? at + strlen(key) : "unknown";
}

static const char *kernel_of(const struct row *row)
{
	return row->kernel ? row->kernel : "sysemu";
}

static void read_counts(sysemu_machine *m, uint64_t number[NUMBERS])
{
	sysemu_counts counts;

	OK(m, sysemu_get_counts(m, &counts));
	for (unsigned i = 0; i < SYSEMU_REGIONS; i++)
		number[i] = counts.insns[i];
	number[SYSEMU_REGIONS] = counts.int80;
	number[SYSEMU_REGIONS + 1] = counts.sysenter;
}

static void count_row(const struct row *row, struct line *out)
{
	struct bench b = { .row = row };
	uint64_t before[NUMBERS];

	open_row(&b);
	read_counts(b.m, before);
	row->run(&b, 1);
	read_counts(b.m, out->number);
	for (unsigned i = 0; i < NUMBERS; i++)
		out->number[i] -= before[i];
	row->close(&b);
}

static void print_line(FILE *f, const struct row *row, const struct line *line)
{
	fprintf(f, "%s", row->name);
	for (unsigned i = 0; i < NUMBERS; i++)
		fprintf(f, " %s=%llu", number_name(i), (unsigned long long)line->number[i]);
	fprintf(f, "\n");
}

int baseline_write(const char *path)
{
	FILE *f = fopen(path, "w");
	struct line line;
	bool written;

	if (!f)
		die("%s cannot be written", path);
	fprintf(f, "# SPDX-License-Identifier: GPL-2.0-only\n");
	fprintf(f, "# Instructions of each row, one time, warm. Made by: bench --rebase=FILE\n");
	fprintf(f, COMPILER "%s\n", guest_compiler());
	for (size_t i = 0; sysemu_kernel_at(i, NULL); i++) {
		const char *name = sysemu_kernel_at(i, NULL);

		fprintf(f, IMAGE "%s %s\n", name, sysemu_kernel_digest(name));
	}
	for (size_t i = 0; row_at(i); i++) {
		if (!row_at(i)->counted)
			continue;
		count_row(row_at(i), &line);
		print_line(f, row_at(i), &line);
	}
	written = !ferror(f);
	if (fclose(f) || !written)
		die("%s cannot be written", path);
	return 0;
}

/* ---- check ---- */

static bool parse_line(char *text, char **name, struct line *line)
{
	char *save, *word = strtok_r(text, " \n", &save);

	*name = word;
	for (unsigned i = 0; i < NUMBERS; i++) {
		unsigned long long value;
		char key[32];

		word = strtok_r(NULL, " \n", &save);
		if (!word || sscanf(word, "%31[^=]=%llu", key, &value) != 2 ||
		    strcmp(key, number_name(i)) != 0)
			return false;
		line->number[i] = value;
	}
	return true;
}

/* A line of the file's head: is its compiler ours, or its image of that kernel? */
static bool same_guest(const char *text, const char *kernel)
{
	char ours[256];

	snprintf(ours, sizeof(ours), COMPILER "%s", guest_compiler());
	if (strcmp(text, ours) == 0)
		return true;
	snprintf(ours, sizeof(ours), IMAGE "%s %s", kernel, sysemu_kernel_digest(kernel));
	return strcmp(text, ours) == 0;
}

/* True: `wanted` is the file's line for the row, *same whether its guest is ours. */
static bool look_up(FILE *f, const struct row *row, struct line *wanted, bool *same)
{
	char text[1024], *name;

	rewind(f);
	*same = false;
	while (fgets(text, sizeof(text), f)) {
		text[strcspn(text, "\n")] = 0;
		*same = *same || same_guest(text, kernel_of(row));
		if (text[0] == '#' || text[0] == 0)
			continue;
		if (!parse_line(text, &name, wanted))
			die("the baseline's line for %s is damaged", name ? name : "a row");
		if (strcmp(name, row->name) == 0)
			return true;
	}
	return false;
}

/* True: the row is as the file says. */
static bool check_row(FILE *f, const struct row *row, bool *same)
{
	struct line wanted, found;
	bool good = true;

	if (!look_up(f, row, &wanted, same)) {
		printf("%s: not in the baseline\n", row->name);
		return false;
	}
	count_row(row, &found);
	for (unsigned i = 0; i < NUMBERS; i++) {
		if (wanted.number[i] == found.number[i] || (of_compiler(i) && !*same))
			continue;
		printf("%s: %s: %llu, was %llu\n", row->name, number_name(i),
		       (unsigned long long)found.number[i], (unsigned long long)wanted.number[i]);
		good = false;
	}
	return good;
}

int baseline_check(const char *path)
{
	unsigned rows = 0, changed = 0;
	FILE *f = fopen(path, "r");
	bool all_same = true, same;

	if (!f)
		die("%s cannot be read", path);
	for (size_t i = 0; row_at(i); i++) {
		if (!row_at(i)->counted || !selected(row_at(i)))
			continue;
		rows++;
		changed += !check_row(f, row_at(i), &same);
		all_same = all_same && same;
	}
	fclose(f);
	if (!all_same)
		printf("the baseline is of another guest compiler: only user and entry code compared\n");
	printf("%u rows, %u changed\n", rows, changed);
	if (changed)
		printf("if that is meant: bench --rebase=%s, and commit it\n", path);
	return changed != 0;
}
