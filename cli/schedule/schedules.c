/* SPDX-License-Identifier: GPL-2.0-only */
/* schedules.c: `sysemu schedules`: what parts of one exploration came to, as one report. */
#include <stdlib.h>
#include <string.h>

#include "cli/schedule/schedule.h"

struct schedules_options {
	const char *outcomes;
};

static const struct cli_option options[] = {
	{ "outcomes", "FILE", &cli_output, offsetof(struct schedules_options, outcomes),
	  .help = "write all of it as one file, for replay:" },
	{ 0 },
};

/* Another part of the same; false: said. */
static bool is_same_run(const struct schedule_file *a, const struct schedule_file *b,
			const char *path)
{
	if (strcmp(a->kernel, b->kernel) == 0 && a->entry == b->entry &&
	    strcmp(a->how, b->how) == 0 && a->shard.of == b->shard.of &&
	    memcmp(&a->program, &b->program, sizeof(a->program)) == 0 &&
	    a->found->where == b->found->where)
		return true;
	cli_say("%s: of another run: of kernel %s, %s, or another program", path, b->kernel,
		b->how);
	return false;
}

/* The parts that are there, a byte each; false: said. */
static bool add_part(unsigned char *parts, const struct schedule_file *f, const char *path)
{
	if (!f->shard.of || f->shard.part > f->shard.of || !f->shard.part) {
		cli_say("%s: of a whole run, no part", path);
		return false;
	}
	if (parts[f->shard.part - 1]++) {
		cli_say("%s: part %u of %u is there twice", path, (unsigned)f->shard.part,
			(unsigned)f->shard.of);
		return false;
	}
	return true;
}

static int merge(int n, char **paths, struct schedule_file *all, unsigned char **parts)
{
	for (int i = 0; i < n; i++) {
		struct schedule_file f;
		bool ok;

		if (!schedule_read(paths[i], i ? &f : all))
			return CLI_USAGE;
		if (!i) {
			f = *all;
			*parts = calloc(f.shard.of + 1, 1);
		}
		ok = *parts && (!i || is_same_run(all, &f, paths[i])) &&
		     (n == 1 || add_part(*parts, &f, paths[i]));
		if (ok && i && sysemu_schedules_add(all->found, f.found) != SYSEMU_OK) {
			cli_say("%s", sysemu_errmsg(NULL));
			ok = false;
		}
		if (i)
			sysemu_schedules_free(f.found);
		if (!ok)
			return CLI_USAGE;
	}
	return CLI_OK;
}

static void say_missing(const struct schedule_file *all, const unsigned char *parts, int n)
{
	for (uint64_t i = 0; n > 1 && i < all->shard.of; i++)
		if (!parts[i])
			cli_say("part %u of %u is missing", (unsigned)i + 1,
				(unsigned)all->shard.of);
}

static int schedules_main(int argc, char **argv)
{
	static struct schedules_options o;
	struct schedule_file all = { 0 };
	unsigned char *parts = NULL;
	int code, first = cli_parse(&cli_schedules, argc, argv, &o, &code);

	if (first < 0)
		return code;
	code = merge(argc - first, argv + first, &all, &parts);
	if (code == CLI_OK) {
		say_missing(&all, parts, argc - first);
		if (o.outcomes && !schedule_write(o.outcomes, &all))
			code = CLI_FAILED;
		schedule_print(stdout, &all);
		if (code == CLI_OK && !schedule_is_good(&all))
			code = CLI_FAILED;
	}
	free(parts);
	sysemu_schedules_free(all.found);
	return code;
}

const struct cli_command cli_schedules = {
	.name = "schedules",
	.operands = "FILE...",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about = "join what parts of `sysemu exec --schedule all` came to",
	.options = options,
	.notes =
		"Each FILE is one of --outcomes. The status is 0 if all came to exit status 0, else 1;\n"
		"2 for a file that is none, is damaged, or is of another run.\n",
	.main = schedules_main,
};
