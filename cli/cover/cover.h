/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover.h: what the files of coverage share: the data file (data.c), what a kernel's lines
 * are (lines.c), and the writers of reports (report.c). The command: ../cover.c.
 */
#ifndef CLI_COVER_H
#define CLI_COVER_H

#include "cli/cli.h"
#include "cli/lines.h"

/* ---- data.c ---- */

/* Adds a file of data; false: said on stderr, with its place. */
bool cli_cover_read(sysemu_cover *c, const char *path);
void cli_cover_write(FILE *out, sysemu_cover *c);

/* ---- lines.c ---- */

struct cover_insn {
	sysemu_covered c;
	const char *file; /* NULL: no line is known */
	uint32_t line;
};

/* A kernel's instructions, by file, line and address. */
struct cover_kernel {
	const char *name;
	sysemu_machine *m; /* to disassemble by */
	struct cli_lines lines;
	struct cover_insn *insns;
	size_t n;
};

/* Was any of its instructions executed? */
bool cover_has_run(sysemu_cover *c, const char *kernel);
/* `file`: only what comes from files of this name, or path; NULL: all. False: said on stderr. */
bool cover_kernel_open(struct cover_kernel *k, sysemu_cover *c, const char *name, const char *file);
void cover_kernel_close(struct cover_kernel *k);
/* The first instruction behind `i` that is of another file, or another line. */
size_t cover_file_end(const struct cover_kernel *k, size_t i);
size_t cover_line_end(const struct cover_kernel *k, size_t i);
/* How often a line was executed: that of its instructions, or if it has some of its conditional
 * jumps, which was so most often. (A line of inlined C may have a copy without a jump: lcov takes
 * a line for wrong that was executed and whose arms were not reached.) */
uint64_t cover_line_runs(const struct cover_kernel *k, size_t i);

struct cover_sum {
	uint64_t lines, lines_run, insns, insns_run, arms, arms_taken;
};
struct cover_sum cover_sum(const struct cover_kernel *k, size_t from, size_t to);

/* ---- report.c ---- */

void cover_put_lcov(FILE *out, const struct cover_kernel *kernels, size_t n);
void cover_put_cobertura(FILE *out, const struct cover_kernel *kernels, size_t n);
void cover_put_text(FILE *out, const struct cover_kernel *k);
/* "asm/entry/entry.S:131: work_pending+0x5: je 0x... <...>" */
void cover_put_place(FILE *out, const struct cover_kernel *k, const struct cover_insn *i);

#endif
