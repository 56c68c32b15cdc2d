/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lint.c: `sysemu lint KERNEL…`: what an image's machine code proves without running it.
 * The rules: docs/lint.md. Read next: lint/paths.c, lint/flags.c, lint/fast.c.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lint/lint.h"
#include "report/report.h"

struct lint_options {
	const char *baseline;
	struct cli_reports reports;
};

static const struct cli_option options[] = {
	{ "baseline", "K", &cli_kernel, offsetof(struct lint_options, baseline),
	  .help = "whose untraced path is the measure", .preset = "2.6.11" },
	CLI_REPORT_OPTION(struct lint_options, reports),
	{ 0 },
};

/* ---- findings ---- */

void lint_say(struct lint_report *r, enum lint_level level, const char *rule, uint32_t addr,
	      const char *see, const char *format, ...)
{
	struct lint_found *f;
	va_list args;

	for (size_t i = 0; i < r->n; i++)
		if (r->found[i].addr == addr && !strcmp(r->found[i].rule, rule))
			return;
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 16;
		void *more = realloc(r->found, room * sizeof(*r->found));

		if (!more) {
			r->failed = true;
			return;
		}
		r->found = more;
		r->room = room;
	}
	f = &r->found[r->n++];
	*f = (struct lint_found){ .level = level, .rule = rule, .addr = addr };
	snprintf(f->see, sizeof(f->see), "%s", see ? see : "");
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

static int by_place(const void *a, const void *b)
{
	const struct lint_found *x = a, *y = b;

	return x->addr != y->addr ? (x->addr > y->addr) - (x->addr < y->addr) :
				    strcmp(x->rule, y->rule);
}

/* "work_pending+0x1b" */
static void describe(const struct lint_image *img, uint32_t addr, char *buf, size_t size)
{
	uint32_t start, end;
	const char *name = lint_function(img, addr, &start, &end);

	snprintf(buf, size, addr == start ? "%s" : "%s+0x%" PRIx32, name ? name : "?",
		 addr - start);
}

/* What to type: --kernel goes behind the command's name. */
static void see_text(const struct lint_image *img, const struct lint_found *f, char *buf,
		     size_t size)
{
	size_t name = strcspn(f->see, " ");

	snprintf(buf, size, "sysemu %.*s --kernel %s%s", (int)name, f->see, img->name,
		 f->see + name);
}

static void put_text(const struct lint_image *img, const struct lint_found *f)
{
	const struct cli_line *line = img->has_lines ? cli_lines_find(&img->lines, f->addr) : NULL;
	char where[100], see[300];

	describe(img, f->addr, where, sizeof(where));
	if (line)
		printf("%s:%" PRIu32 ": ", line->file, line->line);
	printf("%s%s: %s: %s\n", f->level == LINT_NOTE ? "note: " : "", f->rule, where, f->text);
	if (img->built_in && f->see[0]) {
		see_text(img, f, see, sizeof(see));
		printf("\tsee: %s\n", see);
	}
}

/* A finding is a failure of what was to be proved, a note something to know. */
static void add_record(struct report *report, const struct lint_image *img,
		       const struct lint_found *f)
{
	const struct cli_line *line = img->has_lines ? cli_lines_find(&img->lines, f->addr) : NULL;
	struct report_record *record;
	const char *name, *message, *detail = NULL;
	char where[100], see[300];

	describe(img, f->addr, where, sizeof(where));
	see_text(img, f, see, sizeof(see));
	name = report_text(report, "%s: %s", f->rule, where);
	message = report_text(report, "%s: %s", f->rule, f->text);
	if (img->built_in && f->see[0])
		detail = report_text(report, "see: %s", see);
	record = report_add(report);
	if (!record)
		return;
	record->suite = img->name;
	record->name = name;
	record->check = "lint";
	record->kernel = img->built_in ? img->name : NULL;
	record->status = f->level == LINT_NOTE ? REPORT_FINDING : REPORT_FAIL;
	record->place = (struct report_place){ line ? report_text(report, "%s", line->file) : NULL,
					       line ? line->line : 0, 0 };
	record->message = message;
	record->detail = detail;
}

/* Without a finding an image is one record: nothing was overlooked. */
static void add_pass(struct report *report, const struct lint_image *img)
{
	struct report_record *record = report_add(report);

	if (!record)
		return;
	record->suite = img->name;
	record->name = "lint";
	record->check = "lint";
	record->kernel = img->built_in ? img->name : NULL;
	record->status = REPORT_PASS;
}

static void add_error(struct report *report, const char *name)
{
	struct report_record *record = report_add(report);

	if (!record)
		return;
	record->suite = name;
	record->name = "lint";
	record->check = "lint";
	record->status = REPORT_ERROR;
	record->message = "it could not be read, or its ways have no end";
}

/* ---- one image ---- */

/* CLI_FAILED: it has findings. */
static int lint_one(const struct lint_options *o, const char *name, struct report *report)
{
	bool text = !cli_reports_take_stdout(&o->reports);
	struct lint_image img;
	struct lint_report r = { .img = &img };
	unsigned findings = 0, notes = 0;
	int code = lint_image_open(&img, name);

	if (code != CLI_OK)
		return code;
	lint_paths(&r);
	lint_flags(&r);
	lint_fast(&r, o->baseline);
	if (r.n)
		qsort(r.found, r.n, sizeof(*r.found), by_place);
	for (size_t i = 0; i < r.n; i++) {
		if (text)
			put_text(&img, &r.found[i]);
		add_record(report, &img, &r.found[i]);
		findings += r.found[i].level == LINT_FINDING;
		notes += r.found[i].level == LINT_NOTE;
	}
	if (r.failed) {
		cli_say("%s: no memory, or no end of ways", name);
		code = CLI_INTERNAL;
	} else {
		if (text)
			printf("%s: %u findings, %u notes\n", name, findings, notes);
		if (!findings)
			add_pass(report, &img);
		code = findings ? CLI_FAILED : CLI_OK;
	}
	free(r.found);
	lint_image_close(&img);
	return code;
}

static int lint_main(int argc, char **argv)
{
	static struct lint_options o;
	struct report report = { .command = "lint" };
	int code, worst, first = cli_parse(&cli_lint, argc, argv, &o, &code);

	if (first < 0)
		return code;
	worst = cli_reports_open(&cli_lint, &o.reports);
	if (worst != CLI_OK)
		return worst;
	for (; first < argc; first++) {
		code = lint_one(&o, argv[first], &report);
		if (code > CLI_FAILED)
			add_error(&report, argv[first]);
		worst = code > worst ? code : worst;
	}
	if (cli_reports_write(&o.reports, &report) != CLI_OK)
		worst = CLI_INTERNAL;
	cli_reports_drop(&o.reports);
	report_free(&report);
	return worst;
}

const struct cli_command cli_lint = {
	.name = "lint",
	.operands = "KERNEL|FILE...",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about = "prove what an image's entry code shows without being run: masks, stack, windows",
	.notes =
		"KERNEL: one of `sysemu kernels`; FILE: such a kernel's ELF image, with symbols, and with\n"
		"line tables for places as FILE:LINE. Rules: mask, fast-path, stack, window, loop,\n"
		"user-pointer (docs/lint.md). A note is what could not be proved. Exit codes: 0 no finding,\n"
		"1 findings, 2 a usage error or no such image.\n",
	.options = options,
	.main = lint_main,
};
