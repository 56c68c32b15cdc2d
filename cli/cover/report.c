/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.c: coverage as text, for lcov's tools and in Cobertura's XML. A conditional jump
 * is a branch with two arms: 0, it jumps; 1, it passes.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/cover/cover.h"

/* The function that begins at addr: its name in buf; false: none does. */
static bool function_at(const struct cover_kernel *k, uint32_t addr, char *buf, size_t size)
{
	sysemu_describe(k->m, addr, buf, size);
	return buf[0] && !strchr(buf, '+');
}

/* ---- text ---- */

void cover_put_place(FILE *out, const struct cover_kernel *k, const struct cover_insn *i)
{
	char where[128], text[128], target[128];

	sysemu_describe(k->m, i->c.addr, where, sizeof(where));
	sysemu_describe(k->m, i->c.target, target, sizeof(target));
	if (!sysemu_disasm(k->m, i->c.addr, text, sizeof(text)))
		text[0] = '\0';
	fprintf(out, "%s:%" PRIu32 ": %s: %.*s <%s>", i->file, i->line, where,
		(int)strcspn(text, " "), text, target);
}

static void put_sum(FILE *out, const char *name, const struct cover_sum *s)
{
	fprintf(out,
		"%-28s %5" PRIu64 " of %5" PRIu64 "  %5" PRIu64 " of %5" PRIu64 "  %5" PRIu64
		" of %5" PRIu64 "\n",
		name, s->lines_run, s->lines, s->insns_run, s->insns, s->arms_taken, s->arms);
}

void cover_put_text(FILE *out, const struct cover_kernel *k)
{
	struct cover_sum sum = cover_sum(k, 0, k->n);
	bool begun = false;

	fprintf(out, "kernel %-21s          lines   instructions           arms\n", k->name);
	for (size_t i = 0; i < k->n; i = cover_file_end(k, i)) {
		struct cover_sum of_file = cover_sum(k, i, cover_file_end(k, i));

		put_sum(out, k->insns[i].file, &of_file);
	}
	if (k->n && cover_file_end(k, 0) < k->n)
		put_sum(out, "all", &sum);
	for (size_t i = 0; i < k->n; i++) {
		const sysemu_covered *c = &k->insns[i].c;

		if (!c->branch || (c->taken && c->passed))
			continue;
		if (!begun)
			fputs("arms never taken:\n", out);
		begun = true;
		cover_put_place(out, k, &k->insns[i]);
		fprintf(out, ": never %s\n",
			c->taken  ? "passes" :
			c->passed ? "jumps" :
				    "executed");
	}
}

/* ---- lcov ---- */

/* A test's name for lcov has letters, digits and _ alone. */
static void put_test_name(FILE *out, const char *kernel)
{
	fputs("TN:", out);
	for (; *kernel; kernel++)
		putc(strchr(".-", *kernel) ? '_' : *kernel, out);
	putc('\n', out);
}

/* How often the function at `i` was called; or, if its callers have it inlined, how often its lines up to the next
 * function were executed, the first one's copies before it among them. lcov wants one if it has the other. */
static uint64_t calls(const struct cover_kernel *k, size_t from, size_t i, size_t to)
{
	size_t at = i;
	char name[128];

	if (k->insns[i].c.runs)
		return k->insns[i].c.runs;
	while (at > from && k->insns[at - 1].line == k->insns[i].line)
		at--;
	for (; at < to && (at <= i || !function_at(k, k->insns[at].c.addr, name, sizeof(name)));
	     at++)
		if (k->insns[at].c.runs)
			return k->insns[at].c.runs;
	return 0;
}

static void put_lcov_functions(FILE *out, const struct cover_kernel *k, size_t from, size_t to)
{
	unsigned found = 0, hit = 0;
	char name[128];

	for (size_t i = from; i < to; i++)
		if (function_at(k, k->insns[i].c.addr, name, sizeof(name)))
			fprintf(out, "FN:%" PRIu32 ",%s\n", k->insns[i].line, name);
	for (size_t i = from; i < to; i++) {
		if (!function_at(k, k->insns[i].c.addr, name, sizeof(name)))
			continue;
		found++;
		hit += calls(k, from, i, to) != 0;
		fprintf(out, "FNDA:%" PRIu64 ",%s\n", calls(k, from, i, to), name);
	}
	fprintf(out, "FNF:%u\nFNH:%u\n", found, hit);
}

/* A line's jumps are blocks, numbered from `first`. */
static void put_lcov_arms(FILE *out, const struct cover_kernel *k, size_t i, unsigned first)
{
	size_t end = cover_line_end(k, i);

	for (; i < end; i++) {
		const struct cover_insn *insn = &k->insns[i];
		const uint64_t arms[2] = { insn->c.taken, insn->c.passed };

		for (unsigned arm = 0; insn->c.branch && arm < 2; arm++) {
			fprintf(out, "BRDA:%" PRIu32 ",%u,%u,", insn->line, first, arm);
			if (insn->c.runs)
				fprintf(out, "%" PRIu64 "\n", arms[arm]);
			else
				fputs("-\n", out);
		}
		first += insn->c.branch;
	}
}

#define BLOCKS_A_KERNEL 1000 /* no line has so many jumps: those of two kernels stay apart */

void cover_put_lcov(FILE *out, const struct cover_kernel *kernels, size_t n)
{
	for (const struct cover_kernel *k = kernels; k < kernels + n; k++) {
		for (size_t i = 0, end; i < k->n; i = end) {
			struct cover_sum sum;

			end = cover_file_end(k, i);
			sum = cover_sum(k, i, end);
			put_test_name(out, k->name);
			fprintf(out, "SF:%s\n", k->insns[i].file);
			put_lcov_functions(out, k, i, end);
			for (size_t at = i; at < end; at = cover_line_end(k, at))
				put_lcov_arms(out, k, at,
					      BLOCKS_A_KERNEL * (unsigned)(k - kernels));
			fprintf(out, "BRF:%" PRIu64 "\nBRH:%" PRIu64 "\n", sum.arms,
				sum.arms_taken);
			for (size_t at = i; at < end; at = cover_line_end(k, at))
				fprintf(out, "DA:%" PRIu32 ",%" PRIu64 "\n", k->insns[at].line,
					cover_line_runs(k, at));
			fprintf(out, "LF:%" PRIu64 "\nLH:%" PRIu64 "\nend_of_record\n", sum.lines,
				sum.lines_run);
		}
	}
}

/* ---- Cobertura ---- */

static double rate(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 1;
}

static void put_rates(FILE *out, const struct cover_sum *s)
{
	fprintf(out, "line-rate=\"%.4f\" branch-rate=\"%.4f\" complexity=\"0\"",
		rate(s->lines_run, s->lines), rate(s->arms_taken, s->arms));
}

static void put_xml_line(FILE *out, const struct cover_kernel *k, size_t i)
{
	struct cover_sum s = cover_sum(k, i, cover_line_end(k, i));

	fprintf(out, "\t\t\t\t\t\t<line number=\"%" PRIu32 "\" hits=\"%" PRIu64 "\" branch=\"%s\"",
		k->insns[i].line, cover_line_runs(k, i), s.arms ? "true" : "false");
	if (s.arms)
		fprintf(out, " condition-coverage=\"%" PRIu64 "%% (%" PRIu64 "/%" PRIu64 ")\"",
			100 * s.arms_taken / s.arms, s.arms_taken, s.arms);
	fputs("/>\n", out);
}

static void put_xml_file(FILE *out, const struct cover_kernel *k, size_t from, size_t to)
{
	const char *file = k->insns[from].file, *slash = strrchr(file, '/');
	struct cover_sum sum = cover_sum(k, from, to);

	fprintf(out, "\t\t\t\t<class name=\"%s\" filename=\"%s\" ", slash ? slash + 1 : file, file);
	put_rates(out, &sum);
	fputs(">\n\t\t\t\t\t<methods/>\n\t\t\t\t\t<lines>\n", out);
	for (size_t i = from; i < to; i = cover_line_end(k, i))
		put_xml_line(out, k, i);
	fputs("\t\t\t\t\t</lines>\n\t\t\t\t</class>\n", out);
}

static void put_xml_kernel(FILE *out, const struct cover_kernel *k)
{
	struct cover_sum sum = cover_sum(k, 0, k->n);

	fprintf(out, "\t\t<package name=\"%s\" ", k->name);
	put_rates(out, &sum);
	fputs(">\n\t\t\t<classes>\n", out);
	for (size_t i = 0, end; i < k->n; i = end) {
		end = cover_file_end(k, i);
		put_xml_file(out, k, i, end);
	}
	fputs("\t\t\t</classes>\n\t\t</package>\n", out);
}

void cover_put_cobertura(FILE *out, const struct cover_kernel *kernels, size_t n)
{
	struct cover_sum all = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct cover_sum s = cover_sum(&kernels[i], 0, kernels[i].n);

		all.lines += s.lines;
		all.lines_run += s.lines_run;
		all.arms += s.arms;
		all.arms_taken += s.arms_taken;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n"
	      "<coverage ",
	      out);
	put_rates(out, &all);
	fprintf(out,
		" lines-covered=\"%" PRIu64 "\" lines-valid=\"%" PRIu64
		"\" branches-covered=\"%" PRIu64 "\" branches-valid=\"%" PRIu64
		"\" version=\"sysemu " SYSEMU_VERSION
		"\" timestamp=\"0\">\n\t<sources><source>.</source></sources>\n\t<packages>\n",
		all.lines_run, all.lines, all.arms_taken, all.arms);
	for (size_t i = 0; i < n; i++)
		put_xml_kernel(out, &kernels[i]);
	fputs("\t</packages>\n</coverage>\n", out);
}
