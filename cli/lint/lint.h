/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lint.h: what the files of `sysemu lint` share: a kernel's image (image.c), its
 * instructions (insn.c), the ways through its entry code (paths.c), what its C code
 * does to the flags (flags.c), and findings (lint.c).
 */
#ifndef CLI_LINT_H
#define CLI_LINT_H

#include "cli/cli.h"
#include "cli/lines.h"

/* ---- image.c ---- */

struct lint_symbol {
	uint32_t addr;
	const char *name;
};

struct lint_segment {
	uint32_t addr, offset, size;
};

struct lint_image {
	const char *name; /* of the kernel, or the file */
	bool built_in;    /* it is a kernel's */
	const uint8_t *data;
	size_t size;
	char *file; /* malloc'ed; NULL: data is not ours */
	struct lint_segment segments[8];
	size_t n_segments;
	struct lint_symbol *symbols; /* by address */
	size_t n_symbols;
	struct cli_lines lines;
	bool has_lines;
	uint32_t entry, entry_end; /* the region of entry.S */
	uint32_t end;              /* of the last region */
};

/* A kernel's name or alias, or an ELF file. CLI_OK, or said on stderr. */
int lint_image_open(struct lint_image *img, const char *name);
void lint_image_close(struct lint_image *img);
/* NULL: none are there. */
const uint8_t *lint_bytes(const struct lint_image *img, uint32_t addr, uint32_t *left);
bool lint_symbol(const struct lint_image *img, const char *name, uint32_t *addr);
/* The function that holds addr, with its bounds; NULL: none. */
const char *lint_function(const struct lint_image *img, uint32_t addr, uint32_t *start,
			  uint32_t *end);
/* Where to go on if the instruction at addr faults; 0: the kernel does not expect it to. */
uint32_t lint_fixup(const struct lint_image *img, uint32_t addr);

/* ---- insn.c ---- */

enum { LINT_EAX, LINT_ECX, LINT_EDX, LINT_EBX, LINT_ESP, LINT_EBP, LINT_ESI, LINT_EDI, LINT_NONE };

struct lint_insn {
	uint32_t addr;
	uint8_t size, width; /* of its operands: 1, 2, 4 */
	uint16_t op;         /* 0x0fXX: of two bytes */
	bool modrm, memory;  /* memory: an operand lies there */
	uint8_t reg, rm;     /* of the ModRM byte; rm: a register unless memory */
	uint8_t base, index; /* LINT_NONE: without */
	int32_t disp;
	uint32_t imm;
	char text[96];
};

/* False: there is none. */
bool lint_decode(const struct lint_image *img, uint32_t addr, struct lint_insn *out);
static inline uint32_t lint_next(const struct lint_insn *i)
{
	return i->addr + i->size;
}

bool lint_is_jcc(const struct lint_insn *i); /* of conditions 0 to 15: op & 15 */
bool lint_is_jmp(const struct lint_insn *i); /* direct */
bool lint_is_call(const struct lint_insn *i);
uint32_t lint_target(const struct lint_insn *i); /* of a direct one; 0 of others */
/* Which immediate a flag test or an and with one has; false: it is none. */
bool lint_is_test(const struct lint_insn *i, uint32_t *mask);
bool lint_is_and(const struct lint_insn *i, uint32_t *mask);
/* Does it read, or write, thread_info.flags? */
bool lint_loads_flags(const struct lint_insn *i);
bool lint_stores_flags(const struct lint_insn *i);

/* ---- lint.c: findings ---- */

enum lint_level { LINT_FINDING, LINT_NOTE };

struct lint_report {
	const struct lint_image *img;
	struct lint_found {
		enum lint_level level;
		const char *rule;
		uint32_t addr;
		char text[400], see[200];
	} * found;
	size_t n, room;
	bool failed; /* no memory */
};

/* Once for each rule and place. */
void lint_say(struct lint_report *r, enum lint_level level, const char *rule, uint32_t addr,
	      const char *see, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* ---- the rules ---- */

void lint_paths(struct lint_report *r);                      /* stack, window, user-pointer */
void lint_flags(struct lint_report *r);                      /* mask, loop */
void lint_fast(struct lint_report *r, const char *baseline); /* fast-path */

/* paths.c: does a function ever return? */
bool lint_returns(const struct lint_image *img, uint32_t function);
/* flags.c: with exactly these flags set for ever, does a call by `from` get to `addr`? */
bool lint_leads_to(const struct lint_image *img, uint32_t from, uint32_t flags, uint32_t addr);

#endif
