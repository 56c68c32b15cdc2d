/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * data.c: files of coverage, which add up: "sysemu-cover 1", then for each kernel a line
 * "kernel NAME DIGEST" and a line "ADDRESS RUNS" or "ADDRESS RUNS TAKEN PASSED" for each
 * instruction that was executed. And --cover FILE of the commands that run something.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cover/cover.h"
#include "cli/output.h"

#define HEAD     "sysemu-cover 1"
#define DATA_MAX (64u << 20)

/* ---- reading ---- */

struct reading {
	sysemu_cover *c;
	const char *path, *kernel;
	unsigned long line;
};

static bool refuse(const struct reading *r, const char *why)
{
	cli_message("%s:%lu: %s\n", r->path, r->line, why);
	return false;
}

/* The name as the library has it, which lives for ever. */
static const char *kernel_named(const char *name)
{
	const char *known;

	for (size_t i = 0; (known = sysemu_kernel_at(i, NULL)) != NULL; i++)
		if (!strcmp(known, name))
			return known;
	return NULL;
}

static bool read_kernel(struct reading *r, char *text)
{
	char *digest = strchr(text, ' ');
	char why[256];

	if (digest)
		*digest++ = '\0';
	r->kernel = kernel_named(text);
	if (!r->kernel)
		return refuse(r, sysemu_kernel_unknown(text, why, sizeof(why)));
	if (!digest || strcmp(digest, sysemu_kernel_digest(r->kernel)) != 0) {
		snprintf(why, sizeof(why), "collected on another build of kernel %s", r->kernel);
		return refuse(r, why);
	}
	return true;
}

static bool read_insn(struct reading *r, char *text)
{
	sysemu_covered insn = { 0 };
	uint64_t value[4] = { 0 };
	char address[20], *rest = NULL, *word = strtok_r(text, " ", &rest);
	size_t n = 0;

	if (!r->kernel)
		return refuse(r, "no \"kernel NAME DIGEST\" comes before it");
	snprintf(address, sizeof(address), "0x%s", word ? word : "");
	if (cli_number_of(address, &value[0]))
		for (n = 1; n < 4 && (word = strtok_r(NULL, " ", &rest)) != NULL; n++)
			if (!cli_number_of(word, &value[n]))
				break;
	if ((n != 2 && n != 4) || value[0] > UINT32_MAX || strtok_r(NULL, " ", &rest))
		return refuse(r, "neither \"ADDRESS RUNS\" nor \"ADDRESS RUNS TAKEN PASSED\"");
	insn.addr = (uint32_t)value[0];
	insn.runs = value[1];
	insn.taken = value[2];
	insn.passed = value[3];
	return sysemu_cover_add(r->c, r->kernel, &insn) == SYSEMU_OK ||
	       refuse(r, sysemu_errmsg(NULL));
}

static bool read_line(struct reading *r, char *text)
{
	if (r->line == 1)
		return !strcmp(text, HEAD) ||
		       refuse(r, "no data of coverage: it does not begin with \"" HEAD "\"");
	if (!strncmp(text, "kernel ", 7))
		return read_kernel(r, text + 7);
	return read_insn(r, text);
}

bool cli_cover_read(sysemu_cover *c, const char *path)
{
	struct reading r = { .c = c, .path = path, .line = 1 };
	bool good = true;
	size_t size;
	char *data = cli_read_file(path, DATA_MAX, &size), *at = data, *end;

	if (!data)
		return false;
	for (; good && (r.line == 1 || at < data + size); r.line++, at = end + 1) {
		end = memchr(at, '\n', size - (size_t)(at - data));
		if (!end || memchr(at, '\0', (size_t)(end - at))) {
			good = refuse(&r, end ? "a byte 0" : "the line has no end: cut off?");
			break;
		}
		*end = '\0';
		good = read_line(&r, at);
	}
	free(data);
	return good;
}

/* ---- writing ---- */

static void write_kernel(FILE *out, sysemu_cover *c, const char *name)
{
	sysemu_covered i = { 0 };
	bool begun = false;

	while (sysemu_cover_at(c, name, i.addr + i.size, &i) == SYSEMU_OK) {
		if (!i.runs && !i.taken && !i.passed)
			continue;
		if (!begun)
			fprintf(out, "kernel %s %s\n", name, sysemu_kernel_digest(name));
		begun = true;
		fprintf(out, "%08" PRIx32 " %" PRIu64, i.addr, i.runs);
		if (i.branch)
			fprintf(out, " %" PRIu64 " %" PRIu64, i.taken, i.passed);
		putc('\n', out);
	}
}

void cli_cover_write(FILE *out, sysemu_cover *c)
{
	const char *name;

	fputs(HEAD "\n", out);
	for (size_t i = 0; (name = sysemu_kernel_at(i, NULL)) != NULL; i++)
		write_kernel(out, c, name);
}

/* ---- --cover FILE ---- */

static struct {
	const char *path;
	sysemu_cover *c;
	struct cli_output file;
} collecting;

/* All machines that the command opens add to it, whichever command it is. */
static bool take_cover(const struct cli_option *o, const char *value, void *field,
		       struct cli_why *why)
{
	(void)field;
	if (!*value)
		return cli_refuse(why, "\"\" is no %s", o->arg);
	if (!collecting.c && sysemu_cover_new(&collecting.c) != SYSEMU_OK)
		return cli_refuse(why, "%s", sysemu_errmsg(NULL));
	collecting.path = value;
	sysemu_cover_here(collecting.c);
	return true;
}

const struct cli_type cli_cover_file = { "output", take_cover, NULL };

bool cli_cover_begin(void)
{
	return !collecting.c || cli_output_open(&collecting.file, collecting.path);
}

bool cli_cover_end(bool write)
{
	bool good = true;

	if (!collecting.c)
		return true;
	sysemu_cover_here(NULL);
	if (!write) {
		cli_output_drop(&collecting.file);
	} else if (collecting.file.out) {
		cli_cover_write(collecting.file.out, collecting.c);
		good = cli_output_close(&collecting.file);
	}
	sysemu_cover_free(collecting.c);
	return good;
}
