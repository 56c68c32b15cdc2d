/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * command.c: `sysemu conformance DIR`: a pack of C programs, one a scenario, that ask any Linux-like
 * kernel what the scenarios ask ours. DIR needs nothing of this tree. Read next: conformance/README.md.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/compare/compare.h"
#include "cli/output.h"
#include "conformance.h"

#define PATH_ROOM 4096

struct conformance_options {
	const char *scenario;
};

struct pack_file {
	const char *name; /* "runtime/x86.h" */
	const char *text;
	uint64_t size;
};

extern const struct pack_file conformance_files[]; /* files.S */

static const struct cli_option options[] = {
	{ "scenario", "NAME", &cli_text, offsetof(struct conformance_options, scenario),
	  .help = "this scenario alone" },
	{ 0 },
};

/* ---- one scenario ---- */

static void put_text(FILE *out, const char *name, const char *text)
{
	if (text)
		fprintf(out, " * %s: %s\n", name, text);
}

static void put_scenario(const struct emitted *e, const char *area)
{
	const char *machine = e->i386 ? "HAS_I386" : e->x86 ? "HAS_X86" : "1";
	const char *why = e->i386 ? "32-bit x86 alone" : "x86 alone";

	fprintf(e->out,
		"static const struct scenario scenario = {\n\t.name = \"%s\",\n\t.area = \"%s\",\n",
		e->s->name, area);
	fputs("\t.era = CONFORMANCE_ERA,\n", e->out);
	if (e->needs) {
		fprintf(e->out, "\t.needs = \"%s\",\n};\n", e->needs);
		return;
	}
	fprintf(e->out, "\t.needs = !%s ? \"%s\" : ", machine, why);
	fputs(e->int80 ? "BY_VSYSCALL ? \"by int $0x80 alone\" : 0,\n" : "0,\n", e->out);
	fprintf(e->out, "\t.traced = %d,\n", e->s->start == SYSEMU_START_TRACED);
	if (e->kernel32)
		fputs("\t.kernel32 = 1,\n", e->out);
	fprintf(e->out, "\t.n_rows = %zu,\n\t.n_seen_rows = %zu,\n\t.rows = rows,\n", e->st->n_rows,
		e->seen_rows);
	fprintf(e->out, "\t.n_verdicts = %zu,\n\t.verdicts = verdicts,\n};\n", rows_verdicts(e));
}

static void put_nothing(const struct emitted *e)
{
	fputs("PROGRAM(NOP);\nconst long conformance_loops[] = { 0 };\n", e->out);
}

static void put_test(struct emitted *e, const char *area, const char *file)
{
	emitted_look(e);
	fprintf(e->out,
		"/* SPDX-License-Identifier: GPL-2.0-only */\n/*\n * %s, of %s; made by sysemu conformance\n *\n",
		e->s->name, file);
	put_text(e->out, "about", e->s->about);
	put_text(e->out, "good", e->s->good);
	put_text(e->out, "bad", e->s->bad);
	put_text(e->out, "source", e->s->source);
	fputs(" */\n#include \"../../runtime/conformance.h\"\n\n", e->out);
	if (e->needs) {
		put_nothing(e);
		put_scenario(e, area);
		return;
	}
	if (e->i386 || e->x86)
		fprintf(e->out, "#if %s\n", e->i386 ? "HAS_I386" : "HAS_X86");
	steps_put(e);
	rows_put(e);
	put_scenario(e, area);
	if (!e->i386 && !e->x86)
		return;
	fputs("#else\n", e->out);
	put_nothing(e);
	fprintf(e->out,
		"static const struct scenario scenario = {\n\t.name = \"%s\",\n\t.area = \"%s\",\n"
		"\t.needs = \"%s\",\n};\n#endif\n",
		e->s->name, area, e->i386 ? "32-bit x86 alone" : "x86 alone");
}

/* ---- the folder ---- */

static bool make_folder(const char *path)
{
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return true;
	cli_say("%s: %s", path, strerror(errno));
	return false;
}

static bool write_file(const char *path, const char *text, size_t size)
{
	struct cli_output file;

	if (!cli_output_open(&file, path))
		return false;
	fwrite(text, 1, size, file.out);
	return cli_output_close(&file);
}

static bool write_runtime(const char *dir)
{
	static const char *const folders[] = { "", "/runtime", "/tests", "/tests/own" };
	char path[PATH_ROOM];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", dir, folders[i]);
		if (!make_folder(path))
			return false;
	}
	for (const struct pack_file *f = conformance_files; f->name; f++) {
		snprintf(path, sizeof(path), "%s/%s", dir, f->name);
		if (!write_file(path, f->text, f->size))
			return false;
	}
	return true;
}

/* "patch" of "scenarios/patch.play" */
static void area_of(const char *file, char *buf, size_t size)
{
	const char *slash = strrchr(file, '/');

	snprintf(buf, size, "%s", slash ? slash + 1 : file);
	buf[strcspn(buf, ".")] = 0;
}

static bool write_test(const char *dir, const char *file, const sysemu_scenario *s)
{
	struct emitted e = { .s = s };
	char path[PATH_ROOM], area[64];
	struct cli_output out;

	area_of(file, area, sizeof(area));
	snprintf(path, sizeof(path), "%s/tests/%s", dir, area);
	if (!make_folder(path))
		return false;
	snprintf(path, sizeof(path), "%s/tests/%s/%s.c", dir, area, s->name);
	if (!cli_output_open(&out, path))
		return false;
	e.out = out.out;
	put_test(&e, area, file);
	return cli_output_close(&out);
}

static bool write_tests(const char *dir, const struct compare_set *set, const char *only)
{
	const sysemu_scenario *s;

	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; (s = sysemu_scenarios_at(set->files[i].all, k)); k++)
			if ((!only || !strcmp(only, s->name)) &&
			    !write_test(dir, set->files[i].name, s))
				return false;
	return true;
}

static int conformance_main(int argc, char **argv)
{
	struct conformance_options o = { 0 };
	struct compare_set set = { 0 };
	const char *file;
	int code, first = cli_parse(&cli_conformance, argc, argv, &o, &code);

	if (first < 0)
		return code;
	if (!compare_set_read(&set, argc - first - 1, argv + first + 1) ||
	    (o.scenario && !compare_find(&set, o.scenario, &file)))
		code = CLI_USAGE;
	else
		code = write_runtime(argv[first]) && write_tests(argv[first], &set, o.scenario) ?
			       CLI_OK :
			       CLI_INTERNAL;
	compare_set_free(&set);
	return code;
}

const struct cli_command cli_conformance = {
	.name = "conformance",
	.operands = "DIR [FILE.play]...",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about = "write the scenarios as C programs that test any kernel",
	.notes =
		"DIR gets a Makefile, a README and a test a scenario, of FILE.play or of those that are\n"
		"shipped; it needs nothing of sysemu.\n",
	.options = options,
	.main = conformance_main,
};
