/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lint.c: `sysemu lint KERNEL…`: what an image's machine code proves without running it.
 * The rules: docs/lint.md. Read next: lint/paths.c, lint/flags.c, lint/fast.c.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "lint/lint.h"

struct lint_options {
	const char *baseline;
	unsigned json;
};

static const struct cli_option options[] = {
	{ "baseline", "K", &cli_kernel, offsetof(struct lint_options, baseline),
	  .help = "whose untraced path is the measure", .preset = "2.6.11" },
	CLI_FORMAT_OPTION(struct lint_options, json, "text|json"),
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

static void put_json(struct json *j, const struct lint_image *img, const struct lint_found *f)
{
	const struct cli_line *line = img->has_lines ? cli_lines_find(&img->lines, f->addr) : NULL;
	char where[100], see[300];

	describe(img, f->addr, where, sizeof(where));
	see_text(img, f, see, sizeof(see));
	json_open(j, '{');
	json_key(j, "kernel");
	json_string(j, img->name);
	json_key(j, "level");
	json_string(j, f->level == LINT_NOTE ? "note" : "finding");
	json_key(j, "rule");
	json_string(j, f->rule);
	json_key(j, "file");
	json_string(j, line ? line->file : NULL);
	json_key(j, "line");
	json_uint(j, line ? line->line : 0);
	json_key(j, "address");
	json_uint(j, f->addr);
	json_key(j, "place");
	json_string(j, where);
	json_key(j, "text");
	json_string(j, f->text);
	json_key(j, "see");
	json_string(j, img->built_in && f->see[0] ? see : NULL);
	json_close(j, '}');
}

/* ---- one image ---- */

/* CLI_FAILED: it has findings. */
static int lint_one(const struct lint_options *o, const char *name, struct json *j)
{
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
		if (o->json)
			put_json(j, &img, &r.found[i]);
		else
			put_text(&img, &r.found[i]);
		findings += r.found[i].level == LINT_FINDING;
		notes += r.found[i].level == LINT_NOTE;
	}
	if (r.failed) {
		cli_say("%s: no memory, or no end of ways", name);
		code = CLI_INTERNAL;
	} else {
		if (!o->json)
			printf("%s: %u findings, %u notes\n", name, findings, notes);
		code = findings ? CLI_FAILED : CLI_OK;
	}
	free(r.found);
	lint_image_close(&img);
	return code;
}

static int lint_main(int argc, char **argv)
{
	static struct lint_options o;
	struct json j = { .out = stdout };
	int code, worst = CLI_OK, first = cli_parse(&cli_lint, argc, argv, &o, &code);

	if (first < 0)
		return code;
	if (o.json) {
		json_open(&j, '{');
		json_key(&j, "findings");
		json_open(&j, '[');
	}
	for (; first < argc; first++) {
		code = lint_one(&o, argv[first], &j);
		worst = code > worst ? code : worst;
	}
	if (o.json) {
		json_close(&j, ']');
		json_key(&j, "schema");
		json_int(&j, 1);
		json_close(&j, '}');
		json_end(&j);
	}
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
