/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lines.h: which line of which source an instruction of a kernel comes from, by DWARF.
 * Implemented by lines.c, the only file but kernel/dwarf.c that knows libdw.
 */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The instructions from `addr` up to `end`. A macro's lie on the line that invokes it. */
struct cli_line {
	uint32_t addr, end;
	const char *file; /* "asm/entry/entry.S": relative to where the sources lie, if it can be */
	uint32_t line;
};

/* Sorted by address, without overlaps. */
struct cli_lines {
	size_t n;
	struct cli_line *rows;
	void *dwarf, *elf; /* the names belong to them */
};

/* Of an ELF file in memory, which must outlive them. False: it is none, has no line table, or
 * there is no memory; nothing is to be freed then. */
bool cli_lines_read(struct cli_lines *l, const void *elf, size_t size);
/* Of a built-in kernel, by its name or alias. */
bool cli_lines_of_kernel(struct cli_lines *l, const char *kernel);
/* The ELF file that they are read from: of a built-in kernel, without its code; NULL: there is none. */
const void *cli_lines_elf(const char *kernel, size_t *size);
void cli_lines_free(struct cli_lines *l);

/* NULL: no line is known. */
const struct cli_line *cli_lines_find(const struct cli_lines *l, uint32_t addr);

#endif
