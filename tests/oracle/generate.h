/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * generate.h: random straight-line integer code of which every result is defined: operands
 * that the manual leaves open are not made, and flags that it leaves open are known to be so
 * before each instruction. Read next: silicon_oracle_long_test.c.
 */
#ifndef TESTS_ORACLE_GENERATE_H
#define TESTS_ORACLE_GENERATE_H

#include <stddef.h>
#include <stdint.h>

/* Where the code, its data and its stack lie: five pages in a row, on both processors. */
#define AREA         0x20000000u
#define AREA_SIZE    0x5000u
#define CODE_SIZE    0x2000u
#define SCRATCH      (AREA + CODE_SIZE)
#define SCRATCH_SIZE 0x2000u
#define STACK        (SCRATCH + SCRATCH_SIZE)
#define STACK_SIZE   0x1000u

enum {
	CF = 0x001,
	PF = 0x004,
	AF = 0x010,
	ZF = 0x040,
	SF = 0x080,
	TF = 0x100,
	DF = 0x400,
	OF = 0x800,
	ID = 0x200000,
	STATUS = CF | PF | AF | ZF | SF | OF
};

struct code {
	uint8_t bytes[CODE_SIZE];
	size_t size;
	uint32_t undefined[CODE_SIZE]; /* flags, before the instruction at this offset */
	const char *name[CODE_SIZE];   /* of the template that made it; NULL inside of one */
	uint32_t open;                 /* undefined now */
	uint64_t random;
	size_t insns;
};

/* About `templates` templates behind a prologue that sets all registers and EFLAGS. */
void generate(struct code *c, uint64_t seed, unsigned templates);
uint32_t random32(uint64_t *state);
size_t template_count(void);

#endif
