/* SPDX-License-Identifier: GPL-2.0-only */
/* main.c: the command line of bench. */
#include "bench/bench.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static char **patterns; /* ends with NULL; none: all rows */

static const char usage[] =
	"usage: bench [OPTION]... [ROW]...\n"
	"Measures the rows whose name contains one of ROW, or all.\n"
	"  --list           the rows, and what each is\n"
	"  --turns=N        how often each row has its turn (60)\n"
	"  --format=FORMAT  text or json\n"
	"  --check=FILE     compares instruction counts with FILE; measures no time\n"
	"  --rebase=FILE    writes all instruction counts to FILE\n"
	"Times are CPU time of the thread; rows of one group run in turns. min and median are\n"
	"over the turns; a target's median is that of the turns' ratios.\n";

_Noreturn void die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "bench: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(2);
}

bool selected(const struct row *row)
{
	for (char **p = patterns; *p; p++)
		if (strstr(row->name, *p))
			return true;
	return !*patterns;
}

const struct row *row_at(size_t index)
{
	static const struct row *const tables[] = { memory_rows, machine_rows, native_rows,
						    trip_rows,   loop_rows,    state_rows,
						    gdb_rows,    thread_rows,  kernel_rows,
						    inside_rows };

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct row *row = tables[t]; row->name; row++)
			if (index-- == 0)
				return row;
	return NULL;
}

static int list(void)
{
	for (size_t i = 0; row_at(i); i++)
		if (selected(row_at(i)))
			printf("%-28s %-3s  %s\n", row_at(i)->name, row_at(i)->unit,
			       row_at(i)->about);
	return 0;
}

static int measure(size_t turns, bool json)
{
	struct result results[128] = { { 0 } };
	size_t n = 0;

	for (int group = 0; group < GROUPS; group++) {
		size_t first = n;

		for (size_t i = 0; row_at(i); i++)
			if (row_at(i)->group == group && selected(row_at(i)))
				results[n++].row = row_at(i);
		measure_group(results + first, n - first, turns);
	}
	if (n == 0)
		die("no such row; --list shows them");
	(json ? report_json : report_text)(results, n, turns);
	for (size_t i = 0; i < n; i++)
		free(results[i].each);
	return 0;
}

static size_t turns_of(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n < 1 || n > 1000000)
		die("--turns=%s: 1 to 1000000", text);
	return n;
}

int main(int argc, char **argv)
{
	enum { LIST = 1, TURNS, FORMAT, CHECK, REBASE, HELP };
	static const struct option options[] = {
		{ "list", no_argument, NULL, LIST },
		{ "turns", required_argument, NULL, TURNS },
		{ "format", required_argument, NULL, FORMAT },
		{ "check", required_argument, NULL, CHECK },
		{ "rebase", required_argument, NULL, REBASE },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	size_t turns = 60;
	bool json = false;
	int todo = 0, option;
	const char *file = NULL;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case TURNS: turns = turns_of(optarg); break;
		case FORMAT:
			json = strcmp(optarg, "json") == 0;
			if (!json && strcmp(optarg, "text") != 0)
				die("--format=%s: text or json", optarg);
			break;
		case LIST:
		case CHECK:
		case REBASE:
			todo = option;
			file = optarg;
			break;
		case HELP: fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	patterns = argv + optind;
	if (todo == LIST)
		return list();
	if (todo == CHECK)
		return baseline_check(file);
	if (todo == REBASE)
		return baseline_write(file);
	return measure(turns, json);
}
