/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.c: `sysemu explore`: every state that flags, tracer and entry path can reach, and
 * what holds in it. Progress goes to stderr: in one line of a terminal, or a line each ten
 * seconds. Files are written whole, at the end, or not at all. Read next: explore/report.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "explore/explore.h"
#include "explore/page.h"
#include "json.h"

#define THREADS_MAX 64
#define TABLE_MAX   (1u << 30)
#define KERNEL_LIST 4096
#define PAGE_DEPTH  5

/* The list's next name, cut to fit; *list goes behind it, or to NULL. */
static const char *next_kernel(const char **list, char *buf, size_t size)
{
	size_t n = strcspn(*list, ",");

	snprintf(buf, size, "%.*s", (int)n, *list);
	*list = (*list)[n] ? *list + n + 1 : NULL;
	return buf;
}

/* A list: "sysemu", "sysemu,2.6.14", "all"; what is kept has the names of files' kernels. */
static bool take_kernels(const struct cli_option *o, const char *value, void *field,
			 struct cli_why *why)
{
	static char names[KERNEL_LIST];
	size_t used = 0;
	char item[KERNEL_LIST];

	(void)o;
	*(const char **)field = strcmp(value, "all") ? names : "all";
	for (const char *list = strcmp(value, "all") ? value : NULL; list;) {
		const char *name = cli_kernel_named(next_kernel(&list, item, sizeof(item)), why);

		if (!name)
			return false;
		if (used + strlen(name) + 2 > sizeof(names))
			return cli_refuse(why, "more than %d characters", KERNEL_LIST);
		used += (size_t)sprintf(names + used, "%s%s", used ? "," : "", name);
	}
	return true;
}

static const struct cli_type kernels = { "kernels", take_kernels, cli_offer_kernel };

static const struct cli_option options[] = {
	{ "kernel", "K[,K...]|all", &kernels, offsetof(struct explore_options, kernels),
	  .help = "which guest kernels", .preset = CLI_DEFAULT_KERNEL, .not_with = "merge" },
	{ "entry", "int80|sysenter|both", &cli_choice, offsetof(struct explore_options, entries),
	  .help = "the flavour of the vsyscall page", .preset = "both", .not_with = "merge" },
	{ "depth", "N", &cli_number, offsetof(struct explore_options, depth),
	  .help = "so many choices deep; 0: until nothing is new", .preset = "0", .max = 1000,
	  .not_with = "merge" },
	{ "threads", "N", &cli_number, offsetof(struct explore_options, threads),
	  .help = "how many (all processors)", .min = 1, .max = THREADS_MAX, .not_with = "merge" },
	{ "again", "N", &cli_number, offsetof(struct explore_options, again),
	  .help = "run a node's edges again from N other ways into it", .preset = "1", .max = 100,
	  .not_with = "merge" },
	{ "first-choice", "I", &cli_number, offsetof(struct explore_options, first),
	  .help = "only choice I of the root, from 0; for --table", .max = INT32_MAX,
	  .not_with = "merge" },
	{ "execute-all", NULL, &cli_switch, offsetof(struct explore_options, execute_all),
	  .help = "no memo: also runs that begin as one before", .not_with = "merge" },
	{ "progress", "N", &cli_number, offsetof(struct explore_options, progress),
	  .help = "a line on stderr each N seconds, if it is no terminal; 0: whenever there is news",
	  .preset = "10", .max = 1000000, .not_with = "merge" },
	{ "table", "FILE", &cli_output, offsetof(struct explore_options, table),
	  .help = "write what was found, for --merge" },
	{ "merge", NULL, &cli_switch, offsetof(struct explore_options, merge),
	  .help = "join the tables FILE... instead of exploring" },
	{ "scripts", "DIR", &cli_folder, offsetof(struct explore_options, scripts),
	  .help = "write a scenario for each failure; -: print them" },
	{ "page", "FILE", &cli_output, offsetof(struct explore_options, page),
	  .help = "write a page in which one is the tracer; to depth 5, unless --depth says how far",
	  .not_with = "merge|first-choice" },
	{ "dot", "FILE", &cli_output, offsetof(struct explore_options, dot),
	  .help = "write the graph for dot(1)" },
	{ "promela", "FILE", &cli_output, offsetof(struct explore_options, promela),
	  .help = "write the graph for spin(1)" },
	CLI_FORMAT_OPTION(struct explore_options, json, "text|json"),
	CLI_REPORT_OPTION(struct explore_options, reports),
	CLI_COVER_OPTION,
	{ 0 },
};

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- one kernel and entry ---- */

static bool on_progress(void *user, uint32_t level, size_t nodes, size_t edges)
{
	struct explore_report *r = user;
	bool terminal = isatty(STDERR_FILENO);

	if (!terminal && now(CLOCK_MONOTONIC) - r->said < r->every)
		return true;
	r->said = now(CLOCK_MONOTONIC);
	fprintf(stderr, "%s%s, %s: depth %u, %zu states, %zu transitions%s", terminal ? "\r" : "",
		r->kernel, r->entry ? "sysenter" : "int80", level, nodes, edges,
		terminal ? " " : "\n");
	return true;
}

uint32_t explore_threads(const struct explore_options *o)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (o->threads.given)
		return (uint32_t)o->threads.value;
	return processors < 1 ? 1 : processors < THREADS_MAX ? (uint32_t)processors : THREADS_MAX;
}

static int explore_one(const struct explore_options *o, struct explore_report *r)
{
	const sysemu_explore_config config = {
		.kernel = r->kernel,
		.entry = r->entry,
		.depth = o->page && !o->depth.given ? PAGE_DEPTH : (uint32_t)o->depth.value,
		.paths = o->page != NULL,
		.threads = explore_threads(o),
		.again = (uint32_t)o->again.value,
		.first = o->first.given ? (int32_t)o->first.value : -1,
		.progress = on_progress,
		.user = r,
		.execute_all = o->execute_all,
	};
	double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	sysemu_status status;
	char text[256];

	r->said = wall;
	r->every = (double)o->progress.value;
	status = sysemu_explore(&config, &r->x, text);
	r->seconds = now(CLOCK_MONOTONIC) - wall;
	r->cpu_seconds = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (status == SYSEMU_EINVAL && o->first.given)
		return cli_usage(&cli_explore, "--first-choice: %s", text);
	if (status) {
		cli_say("%s: %s", r->kernel, text);
		return CLI_INTERNAL;
	}
	return CLI_OK;
}

/* ---- tables ---- */

static bool write_table(struct cli_output *table, const struct explore_report *r)
{
	void *bytes;
	size_t size;

	if (!table->out)
		return true;
	if (sysemu_exploration_save(r->x, &bytes, &size) != SYSEMU_OK) {
		cli_say("no memory for %s", table->path);
		return false;
	}
	fwrite(bytes, 1, size, table->out);
	free(bytes);
	return cli_output_close(table);
}

static int merge_files(int n, char **files, struct explore_report *r)
{
	sysemu_exploration **parts = calloc((size_t)n, sizeof(*parts));
	sysemu_status status = parts ? SYSEMU_OK : SYSEMU_ENOMEM;
	sysemu_explored facts;

	for (int i = 0; i < n && !status; i++) {
		size_t size;
		void *bytes = cli_read_file(files[i], TABLE_MAX, &size);

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
	return !status ? CLI_OK : status == SYSEMU_ENOMEM ? CLI_INTERNAL : CLI_USAGE;
}

/* ---- files: open before the work ---- */

static bool is_folder(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	else if (access(path, W_OK | X_OK) == 0)
		return true;
	cli_say("cannot write to %s: %s", path, strerror(errno));
	return false;
}

static void drop_files(struct explore_files *f)
{
	cli_output_drop(&f->table);
	cli_output_drop(&f->dot);
	cli_output_drop(&f->promela);
	cli_output_drop(&f->page);
}

static int open_files(const struct explore_options *o, struct explore_files *f)
{
	if (o->scripts && strcmp(o->scripts, "-") != 0 && !is_folder(o->scripts))
		return CLI_INTERNAL;
	if ((o->table && !cli_output_open(&f->table, o->table)) ||
	    (o->dot && !cli_output_open(&f->dot, o->dot)) ||
	    (o->promela && !cli_output_open(&f->promela, o->promela)) ||
	    (o->page && !cli_output_open(&f->page, o->page)))
		return CLI_INTERNAL;
	if (cli_output_same(&f->table, &f->dot) || cli_output_same(&f->table, &f->promela) ||
	    cli_output_same(&f->dot, &f->promela) || cli_output_same(&f->page, &f->table) ||
	    cli_output_same(&f->page, &f->dot) || cli_output_same(&f->page, &f->promela))
		return cli_usage(&cli_explore,
				 "--table, --dot, --promela and --page: two are one file");
	return CLI_OK;
}

/* ---- all of them ---- */

/* What goes on over all explorations. */
struct exploring {
	struct explore_options *o;
	struct explore_files *files;
	struct json j;
	struct report report;
	struct page page;
	bool quiet; /* a report has standard output */
};

static int finish_one(struct exploring *x, struct explore_report *r)
{
	const struct explore_options *o = x->o;
	int code = explore_judge(o, r);

	explore_add_records(r, &x->report);
	if (x->quiet)
		;
	else if (o->json)
		explore_put_json(r, &x->j);
	else
		explore_put_text(o, r);
	fflush(stdout);
	if (o->page && !page_add(&x->page, r))
		return CLI_INTERNAL;
	if (!write_table(&x->files->table, r) || !explore_write_scripts(o, r) ||
	    !explore_write_graphs(x->files, r))
		return CLI_INTERNAL;
	return code;
}

static bool is_wanted(const struct explore_options *o, const char *kernel, sysemu_entry entry)
{
	const char *alias = sysemu_kernel_alias(kernel);
	char name[64];

	if (o->entries != EXPLORE_BOTH && o->entries != entry)
		return false;
	if (!strcmp(o->kernels, "all"))
		return true;
	for (const char *list = o->kernels; list;) {
		next_kernel(&list, name, sizeof(name));
		if (!strcmp(name, kernel) || (alias && !strcmp(name, alias)))
			return true;
	}
	return false;
}

/* A file holds one exploration. */
static int check_number(const struct explore_options *o)
{
	const char *option = o->table ? "table" : o->dot ? "dot" : o->promela ? "promela" : NULL;
	unsigned n = 0;
	const char *kernel;

	for (size_t i = 0; !o->merge && (kernel = sysemu_kernel_at(i, NULL)); i++)
		for (unsigned entry = 0; entry < EXPLORE_BOTH; entry++)
			n += is_wanted(o, kernel, (sysemu_entry)entry);
	if (!option || n <= 1)
		return CLI_OK;
	return cli_usage(&cli_explore,
			 "--%s: a file holds one exploration, not %u: one --kernel, one --entry",
			 option, n);
}

static int explore_all(struct exploring *x)
{
	int code = CLI_OK;
	const char *kernel;

	for (size_t i = 0; (kernel = sysemu_kernel_at(i, NULL)); i++) {
		for (unsigned entry = 0; entry < EXPLORE_BOTH; entry++) {
			struct explore_report r = { .kernel = kernel,
						    .entry = (sysemu_entry)entry };
			int one;

			if (!is_wanted(x->o, kernel, r.entry))
				continue;
			one = explore_one(x->o, &r);
			if (!one)
				one = finish_one(x, &r);
			sysemu_exploration_free(r.x);
			if (one > code)
				code = one;
			if (one > CLI_FAILED)
				return code;
		}
	}
	return code;
}

static int explore_or_merge(struct exploring *x, int n, char **tables)
{
	bool json = x->o->json && !x->quiet;
	struct explore_report merged = { 0 };
	int code;

	if (json)
		json_open(&x->j, '[');
	if (x->o->merge) {
		code = merge_files(n, tables, &merged);
		if (!code)
			code = finish_one(x, &merged);
		sysemu_exploration_free(merged.x);
	} else {
		code = explore_all(x);
	}
	if (json) {
		json_close(&x->j, ']');
		json_end(&x->j);
	}
	if (code <= CLI_FAILED && x->o->page && !page_write(&x->page, &x->files->page))
		code = CLI_INTERNAL;
	if (code <= CLI_FAILED && cli_reports_write(&x->o->reports, &x->report) != CLI_OK)
		code = CLI_INTERNAL;
	return code;
}

static int open_reports(struct explore_options *o, const struct explore_files *f)
{
	int code = cli_reports_open(&cli_explore, &o->reports);

	if (code == CLI_OK &&
	    (cli_reports_use(&o->reports, &f->table) || cli_reports_use(&o->reports, &f->dot) ||
	     cli_reports_use(&o->reports, &f->promela) || cli_reports_use(&o->reports, &f->page)))
		return cli_usage(&cli_explore, "--report: its file is another option's, too");
	return code;
}

static int explore_main(int argc, char **argv)
{
	static struct explore_options o;
	struct explore_files files = { 0 };
	struct exploring x = {
		.o = &o, .files = &files, .j = { .out = stdout }, .report = { .command = "explore" }
	};
	int code, first = cli_parse(&cli_explore, argc, argv, &o, &code);

	if (first < 0)
		return code;
	code = check_number(&o);
	if (code == CLI_OK)
		code = open_files(&o, &files);
	if (code == CLI_OK)
		code = open_reports(&o, &files);
	x.quiet = cli_reports_take_stdout(&o.reports);
	if (code == CLI_OK)
		code = explore_or_merge(&x, argc - first, argv + first);
	page_free(&x.page);
	drop_files(&files);
	cli_reports_drop(&o.reports);
	report_free(&x.report);
	return code;
}

const struct cli_command cli_explore = {
	.name = "explore",
	.operands = "[FILE...]",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.operands_with = "merge",
	.about = "visit every state, and check the properties in each",
	.notes =
		"Exit code 1: a property's verdict is not the expected one, the guest differs from\n"
		"the model, or a field is missing. One kernel and entry a --table, --dot, --promela.\n",
	.options = options,
	.main = explore_main,
};
