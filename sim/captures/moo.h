/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * moo.h: reads hardware captures in the format MOO 1.1, as far as a 386EX fills it: a file is
 * chunks of a four-byte tag and a length, a test is a chunk of chunks. Nothing is copied: a
 * test points into the file, which must outlive it.
 */
#ifndef SIM_TIMING_MOO_H
#define SIM_TIMING_MOO_H

#include "sim/sim.h"

/* The format's order. */
enum moo_reg {
	MOO_CR0,
	MOO_CR3,
	MOO_EAX,
	MOO_EBX,
	MOO_ECX,
	MOO_EDX,
	MOO_ESI,
	MOO_EDI,
	MOO_EBP,
	MOO_ESP,
	MOO_CS,
	MOO_DS,
	MOO_ES,
	MOO_FS,
	MOO_GS,
	MOO_SS,
	MOO_EIP,
	MOO_EFLAGS,
	MOO_DR6,
	MOO_DR7,
	MOO_REGS
};

struct moo_regs {
	uint32_t present; /* a bit for each */
	uint32_t value[MOO_REGS];
};

struct moo_byte {
	uint32_t addr; /* physical */
	uint8_t value;
};

struct moo_state {
	struct moo_regs regs;
	const uint8_t *ram; /* moo_byte_at */
	uint32_t ram_count;
};

enum moo_bus { MOO_IO_READ = 2, MOO_IO_WRITE, MOO_CODE, MOO_HALT, MOO_READ, MOO_WRITE };

struct moo_cycle { /* a clock */
	uint32_t addr;
	uint8_t bus; /* enum moo_bus, or passive */
	uint8_t t;   /* 0: idle; 1: the first clock of a bus cycle; 2: a further one */
};

struct moo_test {
	size_t offset; /* in the file */
	uint32_t index;
	const uint8_t *name; /* letters, not terminated */
	uint32_t name_size;
	const uint8_t *bytes; /* of the instruction, and the hlt behind it */
	uint32_t size;
	struct moo_state init, final; /* final: what changed */
	struct moo_regs mask;         /* which bits are defined; all where not present */
	const uint8_t *cycles;        /* moo_cycle_at */
	uint32_t ncycles;
	bool exception;
	uint8_t vector;
	uint32_t flags_at; /* where the exception pushed the flags */
};

struct moo_file {
	const uint8_t *data;
	size_t size, at;
	uint32_t tests, seen;
	struct moo_regs mask;
};

/* SIM_ELOAD: the error says what is wrong, and at which byte of the file. */
enum sim_status moo_open(const void *data, size_t size, struct moo_file *out,
			 struct sim_error *err);
/* *more is false behind the last test. */
enum sim_status moo_next(struct moo_file *f, struct moo_test *out, bool *more,
			 struct sim_error *err);

struct moo_byte moo_byte_at(const struct moo_state *s, uint32_t n);
struct moo_cycle moo_cycle_at(const struct moo_test *t, uint32_t n);

#endif
