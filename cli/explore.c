/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.c: `sysemu explore`: every state that flags, tracer and entry path can reach, and
 * what holds in it. Progress goes to stderr if that is a terminal; files are written whole, at
 * the end, or not at all. Read next: explore_report.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "explore.h"
#include "json.h"

static bool take_entry_or_both(const char *value, void *field)
{
	struct explore_entries *e = field;

	e->both = !strcmp(value, "both");
	return e->both || cli_take_entry(value, &e->entry);
}

/* A list: "sysemu", "sysemu,2.6.14", "all". */
static const struct cli_option options[] = {
	{ "kernel", "K[,K...]|all", "which guest kernels (sysemu)", cli_take_string,
	  offsetof(struct explore_options, kernels) },
	{ "entry", "int80|sysenter|both", "the flavour of the vsyscall page (both)",
	  take_entry_or_both, offsetof(struct explore_options, entries) },
	{ "depth", "N", "so many choices deep; 0: until nothing is new (0)", cli_take_u64,
	  offsetof(struct explore_options, depth) },
	{ "threads", "N", "how many (all processors)", cli_take_u64,
	  offsetof(struct explore_options, threads) },
	{ "again", "N", "run a node's edges again from N other ways into it (1)", cli_take_u64,
	  offsetof(struct explore_options, again) },
	{ "first-choice", "I", "only choice I of the root, from 0; for --table", cli_take_u64,
	  offsetof(struct explore_options, first) },
	{ "table", "FILE", "write what was found, for --merge", cli_take_string,
	  offsetof(struct explore_options, table) },
	{ "merge", NULL, "join the tables FILE... instead of exploring", cli_take_switch,
	  offsetof(struct explore_options, merge) },
	{ "scripts", "DIR", "write a scenario for each failure; -: print them", cli_take_string,
	  offsetof(struct explore_options, scripts) },
	{ "dot", "FILE", "write the graph for dot(1)", cli_take_string,
	  offsetof(struct explore_options, dot) },
	{ "promela", "FILE", "write the graph for spin(1)", cli_take_string,
	  offsetof(struct explore_options, promela) },
	{ "format", "text|json", "how to print (text)", cli_take_json,
	  offsetof(struct explore_options, json) },
	{ 0 },
};

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- one kernel and entry ---- */

static bool on_level(void *user, uint32_t level, size_t nodes, size_t edges)
{
	const struct explore_report *r = user;

	fprintf(stderr, "\r%s, %s: depth %u, %zu states, %zu transitions ", r->kernel,
		r->entry ? "sysenter" : "int80", level, nodes, edges);
	return true;
}

static int explore_one(const struct explore_options *o, struct explore_report *r)
{
	const sysemu_explore_config config = {
		.kernel = r->kernel,
		.entry = r->entry,
		.depth = (uint32_t)o->depth,
		.threads = (uint32_t)o->threads,
		.again = (uint32_t)o->again,
		.first = o->first == UINT64_MAX ? -1 : (int32_t)o->first,
		.progress = isatty(STDERR_FILENO) ? on_level : NULL,
		.user = r,
	};
	double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	sysemu_status status;
	char text[256];

	status = sysemu_explore(&config, &r->x, text);
	r->seconds = now(CLOCK_MONOTONIC) - wall;
	r->cpu_seconds = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (config.progress)
		fputs("\r\033[K", stderr);
	if (status) {
		cli_say("%s: %s", r->kernel, text);
		return CLI_INTERNAL;
	}
	return CLI_OK;
}

/* ---- files, whole or not at all ---- */

bool explore_write_file(const char *path, const void *bytes, size_t size)
{
	char name[4096];
	FILE *f;
	bool ok;

	if (snprintf(name, sizeof(name), "%s.part", path) >= (int)sizeof(name)) {
		cli_say("%s: the name is too long", path);
		return false;
	}
	f = fopen(name, "wb");
	ok = f && fwrite(bytes, 1, size, f) == size;
	if (f && fclose(f) != 0)
		ok = false;
	if (ok && rename(name, path) == 0)
		return true;
	cli_say("cannot write %s: %s", path, strerror(errno));
	if (f)
		remove(name);
	return false;
}

static void *read_whole(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	char *bytes = NULL;
	size_t room = 0, n;

	*size = 0;
	while (f) {
		char *more = realloc(bytes, room + 65536);

		if (!more)
			break;
		bytes = more;
		room += 65536;
		n = fread(bytes + *size, 1, room - *size, f);
		*size += n;
		if (*size < room)
			break;
	}
	if (!f || ferror(f) || !bytes) {
		cli_say("cannot read %s: %s", path, strerror(errno));
		free(bytes);
		bytes = NULL;
	}
	if (f)
		fclose(f);
	return bytes;
}

static int write_table(const struct explore_options *o, const struct explore_report *r)
{
	void *bytes;
	size_t size;
	bool ok;

	if (sysemu_exploration_save(r->x, &bytes, &size) != SYSEMU_OK)
		return CLI_INTERNAL;
	ok = explore_write_file(o->table, bytes, size);
	free(bytes);
	return ok ? CLI_OK : CLI_INTERNAL;
}

static int merge_files(int n, char **files, struct explore_report *r)
{
	sysemu_exploration **parts = calloc((size_t)n, sizeof(*parts));
	sysemu_status status = parts ? SYSEMU_OK : SYSEMU_ENOMEM;
	sysemu_explored facts;

	for (int i = 0; i < n && !status; i++) {
		size_t size;
		void *bytes = read_whole(files[i], &size);

		status = bytes ? sysemu_exploration_load(bytes, size, &parts[i]) : SYSEMU_EHOST;
		if (bytes && status)
			cli_say("%s: not a table of sysemu explore", files[i]);
		free(bytes);
	}
	if (!status) {
		status = sysemu_exploration_join(parts, (size_t)n, &r->x);
		if (status)
			cli_say("the tables are of different kernels or entries");
	}
	if (!status) {
		sysemu_explored_facts(r->x, &facts);
		r->kernel = facts.kernel;
		r->entry = facts.entry;
	}
	for (int i = 0; parts && i < n; i++)
		sysemu_exploration_free(parts[i]);
	free(parts);
	return status ? CLI_FAILED : CLI_OK;
}

/* ---- all of them ---- */

static int finish_one(const struct explore_options *o, struct explore_report *r, struct json *j)
{
	int code = explore_judge(o, r);

	if (o->json)
		explore_put_json(r, j);
	else
		explore_put_text(o, r);
	fflush(stdout);
	if (o->table && write_table(o, r) != CLI_OK)
		return CLI_INTERNAL;
	if (!explore_write_graphs(o, r))
		return CLI_INTERNAL;
	return code;
}

static bool is_wanted(const char *list, const char *kernel)
{
	const char *alias = sysemu_kernel_alias(kernel);

	if (!strcmp(list, "all"))
		return true;
	for (const char *at = list; *at; at += *at == ',') {
		size_t n = strcspn(at, ",");

		if ((n == strlen(kernel) && !strncmp(at, kernel, n)) ||
		    (alias && n == strlen(alias) && !strncmp(at, alias, n)))
			return true;
		at += n;
	}
	return false;
}

static bool names_are_known(const char *list)
{
	char name[64];

	if (!strcmp(list, "all"))
		return true;
	for (const char *at = list; *at; at += *at == ',') {
		size_t n = strcspn(at, ",");

		snprintf(name, sizeof(name), "%.*s", (int)n, at);
		if (!cli_known_kernel(name))
			return false;
		at += n;
	}
	return true;
}

static int explore_all(const struct explore_options *o, struct json *j)
{
	int code = CLI_OK;
	const char *kernel;

	for (size_t i = 0; (kernel = sysemu_kernel_at(i, NULL)); i++) {
		for (int entry = 0; entry < 2; entry++) {
			struct explore_report r = { .kernel = kernel,
						    .entry = (sysemu_entry)entry };
			int one;

			if (!is_wanted(o->kernels, kernel) ||
			    (!o->entries.both && o->entries.entry != r.entry))
				continue;
			one = explore_one(o, &r);
			if (!one)
				one = finish_one(o, &r, j);
			sysemu_exploration_free(r.x);
			if (one > code)
				code = one;
			if (one == CLI_INTERNAL)
				return code;
		}
	}
	return code;
}

static int explore_main(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct explore_options o = { .kernels = CLI_DEFAULT_KERNEL,
				     .entries = { .both = true },
				     .threads = processors > 0 ? (uint64_t)processors : 1,
				     .again = 1,
				     .first = UINT64_MAX };
	struct explore_report merged = { 0 };
	struct json j = { .out = stdout };
	int code, first = cli_parse(&cli_explore, argc, argv, &o, &code);

	if (first < 0)
		return code;
	if (o.merge != (first < argc))
		return cli_usage(&cli_explore,
				 o.merge ? "--merge wants files" : "too many arguments");
	if (o.depth > 1000 || o.again > 100 || !o.threads || o.threads > 64)
		return cli_usage(&cli_explore, "a number is out of range");
	if (!names_are_known(o.kernels))
		return CLI_USAGE;
	if (o.json)
		json_open(&j, '[');
	if (o.merge)
		code = merge_files(argc - first, argv + first, &merged);
	else
		code = explore_all(&o, &j);
	if (o.merge && !code)
		code = finish_one(&o, &merged, &j);
	sysemu_exploration_free(merged.x);
	if (o.json) {
		json_close(&j, ']');
		json_end(&j);
	}
	return code;
}

const struct cli_command cli_explore = {
	.name = "explore",
	.operands = "[FILE...]",
	.about = "visit every state, and check the properties in each",
	.notes =
		"Exit code 1: a property's verdict is not the expected one, the guest differs from\n"
		"the model, or a field is missing. One kernel and entry a --table, --dot, --promela.\n",
	.options = options,
	.main = explore_main,
};
