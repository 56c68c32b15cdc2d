/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover.c: `sysemu cover DATA…`: adds up what other commands collected with --cover, and
 * reports it by file, line and branch arm. Docs: docs/coverage.md. Read next: cover/lines.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cover/cover.h"
#include "output.h"

#define KERNELS_MAX 64

struct cover_options {
	const char *kernel, *file, *known, *lcov, *cobertura, *data;
};

static const struct cli_option options[] = {
	{ "kernel", "K", &cli_kernel, offsetof(struct cover_options, kernel),
	  .help = "of this kernel alone (all that DATA has)" },
	{ "file", "NAME", &cli_text, offsetof(struct cover_options, file),
	  .help = "of this source file alone, \"entry.S\" or \"entry/entry.S\" (all)" },
	{ "known", "FILE", &cli_file, offsetof(struct cover_options, known),
	  .help = "fail unless the arms never taken are those that FILE explains" },
	{ "lcov", "FILE", &cli_output, offsetof(struct cover_options, lcov),
	  .help = "write it for lcov and genhtml, with branch arms" },
	{ "cobertura", "FILE", &cli_output, offsetof(struct cover_options, cobertura),
	  .help = "write it in Cobertura's XML" },
	{ "data", "FILE", &cli_output, offsetof(struct cover_options, data),
	  .help = "write the sum of all DATA, which is DATA again" },
	{ 0 },
};

struct cover_run {
	const struct cover_options *o;
	sysemu_cover *c;
	struct cover_kernel kernels[KERNELS_MAX];
	size_t n;
};

/* ---- the arms that are known to be never taken ---- */

/* "KERNEL[,KERNEL...]|all PLACE jumps|passes REASON" */
struct known {
	char *kernels, *place, *arm, *reason;
	unsigned long line;
};

static bool is_for(const struct known *a, const char *kernel)
{
	size_t n = strlen(kernel);

	if (!strcmp(a->kernels, "all"))
		return true;
	for (const char *at = a->kernels; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, kernel, n) && (at[n] == ',' || !at[n]))
			return true;
	}
	return false;
}

/* The arm's count, or NULL: no such jump is in the report. */
static const uint64_t *arm_of(const struct cover_kernel *k, const struct known *a)
{
	char where[128];

	for (size_t i = 0; i < k->n; i++) {
		if (!k->insns[i].c.branch)
			continue;
		sysemu_describe(k->m, k->insns[i].c.addr, where, sizeof(where));
		if (!strcmp(where, a->place))
			return !strcmp(a->arm, "jumps") ? &k->insns[i].c.taken :
							  &k->insns[i].c.passed;
	}
	return NULL;
}

static bool known_line(struct known *a, char *text)
{
	char *rest = NULL;

	a->kernels = strtok_r(text, " \t", &rest);
	a->place = strtok_r(NULL, " \t", &rest);
	a->arm = strtok_r(NULL, " \t", &rest);
	a->reason = strtok_r(NULL, "", &rest);
	return a->reason && (!strcmp(a->arm, "jumps") || !strcmp(a->arm, "passes"));
}

static bool known_holds(const struct cover_run *r, const struct known *a)
{
	bool good = true;

	for (size_t i = 0; i < r->n; i++) {
		const struct cover_kernel *k = &r->kernels[i];
		const uint64_t *runs;

		if (!is_for(a, k->name))
			continue;
		runs = arm_of(k, a);
		if (runs && !*runs)
			continue;
		printf("%s:%lu: kernel %s: %s ", r->o->known, a->line, k->name, a->place);
		if (runs)
			printf("%s after all, %" PRIu64 " times\n", a->arm, *runs);
		else
			puts("is no conditional jump");
		good = false;
	}
	return good;
}

static bool is_known(const struct known *all, size_t n, const struct cover_kernel *k,
		     const struct cover_insn *i, const char *arm)
{
	char where[128];

	sysemu_describe(k->m, i->c.addr, where, sizeof(where));
	for (size_t a = 0; a < n; a++)
		if (is_for(&all[a], k->name) && !strcmp(all[a].place, where) &&
		    !strcmp(all[a].arm, arm))
			return true;
	return false;
}

/* Every arm that was never taken is among the known. */
static bool all_known(const struct cover_kernel *k, const struct known *all, size_t n)
{
	static const char *const names[] = { "jumps", "passes" };
	bool good = true;

	for (size_t i = 0; i < k->n; i++) {
		const sysemu_covered *c = &k->insns[i].c;
		const uint64_t arms[] = { c->taken, c->passed };

		for (unsigned arm = 0; c->branch && arm < 2; arm++) {
			if (arms[arm] || is_known(all, n, k, &k->insns[i], names[arm]))
				continue;
			cover_put_place(stdout, k, &k->insns[i]);
			printf(": never %s on %s, and nothing explains it\n", names[arm], k->name);
			good = false;
		}
	}
	return good;
}

#define KNOWN_MAX 1000

static int check_known(const struct cover_run *r)
{
	static struct known all[KNOWN_MAX];
	unsigned long line = 1;
	bool good = true;
	size_t size, n = 0;
	char *text = cli_read_file(r->o->known, CLI_PROGRAM_MAX, &size), *end;

	if (!text)
		return CLI_USAGE;
	for (char *at = text; at < text + size; at = end + 1, line++) {
		end = memchr(at, '\n', size - (size_t)(at - text));
		if (end)
			*end = '\0';
		if (end && (*at == '#' || !*at))
			continue;
		if (!end || n == KNOWN_MAX || !known_line(&all[n], at)) {
			cli_message(
				"%s:%lu: no \"KERNEL[,KERNEL...]|all PLACE jumps|passes REASON\" (or one more than %d)\n",
				r->o->known, line, KNOWN_MAX);
			free(text);
			return CLI_USAGE;
		}
		all[n++].line = line;
	}
	for (size_t i = 0; i < n; i++)
		good = known_holds(r, &all[i]) && good;
	for (size_t i = 0; i < r->n; i++)
		good = all_known(&r->kernels[i], all, n) && good;
	free(text);
	return good ? CLI_OK : CLI_FAILED;
}

/* ---- reports ---- */

static const char *real_name(const char *kernel)
{
	const char *name;

	for (size_t i = 0; (name = sysemu_kernel_at(i, NULL)) != NULL; i++) {
		const char *alias = sysemu_kernel_alias(name);

		if (!strcmp(name, kernel) || (alias && !strcmp(alias, kernel)))
			break;
	}
	return name;
}

static bool open_kernels(struct cover_run *r)
{
	const char *only = r->o->kernel ? real_name(r->o->kernel) : NULL, *name;

	for (size_t i = 0; (name = sysemu_kernel_at(i, NULL)) != NULL && r->n < KERNELS_MAX; i++) {
		if (only ? strcmp(only, name) != 0 : !cover_has_run(r->c, name))
			continue;
		if (!cover_kernel_open(&r->kernels[r->n], r->c, name, r->o->file))
			return false;
		r->n++;
	}
	return true;
}

typedef void put_fn(FILE *out, const struct cover_kernel *kernels, size_t n);

static bool put_file(const struct cover_run *r, const char *path, put_fn *put)
{
	struct cli_output file;

	if (!path)
		return true;
	if (!cli_output_open(&file, path))
		return false;
	if (put)
		put(file.out, r->kernels, r->n);
	else
		cli_cover_write(file.out, r->c);
	return cli_output_close(&file);
}

static int report(const struct cover_run *r)
{
	const struct cover_options *o = r->o;

	if (!put_file(r, o->lcov, cover_put_lcov) ||
	    !put_file(r, o->cobertura, cover_put_cobertura) || !put_file(r, o->data, NULL))
		return CLI_INTERNAL;
	if (o->known)
		return check_known(r);
	if (!o->lcov && !o->cobertura && !o->data)
		for (size_t i = 0; i < r->n; i++)
			cover_put_text(stdout, &r->kernels[i]);
	return CLI_OK;
}

static int cover_main(int argc, char **argv)
{
	static struct cover_options o;
	static struct cover_run r = { .o = &o };
	int code, first = cli_parse(&cli_cover, argc, argv, &o, &code);

	if (first < 0)
		return code;
	if (sysemu_cover_new(&r.c) != SYSEMU_OK) {
		cli_say("%s", sysemu_errmsg(NULL));
		return CLI_INTERNAL;
	}
	for (; first < argc && code == CLI_OK; first++)
		if (!cli_cover_read(r.c, argv[first]))
			code = CLI_USAGE;
	if (code == CLI_OK && !open_kernels(&r))
		code = CLI_INTERNAL;
	for (size_t i = 0, none = code != CLI_OK || !o.file; i < r.n && !none; i++)
		if (!r.kernels[i].n) {
			code = cli_usage(&cli_cover, "--file: kernel %s has no file \"%s\"",
					 r.kernels[i].name, o.file);
			none = true;
		}
	if (code == CLI_OK)
		code = report(&r);
	for (size_t i = 0; i < r.n; i++)
		cover_kernel_close(&r.kernels[i]);
	sysemu_cover_free(r.c);
	return code;
}

const struct cli_command cli_cover = {
	.name = "cover",
	.operands = "DATA...",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about = "report which instructions, lines and branch arms of the kernels were executed",
	.notes =
		"DATA: what run, trace, play, explore and inject write with --cover FILE; all of it adds\n"
		"up. Without --lcov, --cobertura, --data and --known: a table, and the arms never taken.\n"
		"FILE of --known has a line for each: KERNEL[,KERNEL...] or all, the jump's place as that\n"
		"list shows it, jumps or passes (which it never does), and the reason. docs/coverage.md.\n",
	.options = options,
	.main = cover_main,
};
