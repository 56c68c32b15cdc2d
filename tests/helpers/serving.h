/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serving.h: what the tests of the server share: a program stopped once, whose calls the
 * test makes up, one after the other, without running it; and a host made of arrays.
 */
#ifndef TESTS_SERVING_H
#define TESTS_SERVING_H

#include <stdbool.h>

#include "tests/helpers/harness.h"

enum {
	DATA = 0x10000,      /* 16 pages, readable and writable */
	READ_ONLY = 0x20000, /* one page behind them */
	NO_ACCESS = 0x21000, /* mapped, and forbidden */
	UNMAPPED = 0x22000,
};

struct world {
	const char *input; /* what is left of standard input */
	uint32_t most;     /* the most that one read gives; 0: no limit */
	unsigned reads;
	int32_t refuse; /* what write answers, if not 0 */
	char output[3][4096];
	uint32_t written[3];
	char notes[1024];
};

/* A machine at its first stop, with that memory and this world; root may be NULL. */
sysemu_machine *open_serving(struct world *w, const char *root, bool terminal);
/* The same without a root, of another config (kernel, entry and start are open_serving's). */
sysemu_machine *open_serving_config(struct world *w, const sysemu_config *config);
void set_world(sysemu_machine *m, struct world *w, const char *root, bool terminal);

struct args {
	uint32_t reg[6]; /* ebx, ecx, edx, esi, edi, ebp */
};

/* Serves one call and returns its result: call(m, nr, ebx, ecx, ...). */
#define call(m, nr, ...) serve_call(m, nr, (struct args){ { __VA_ARGS__ } }, NULL)
int32_t serve_call(sysemu_machine *m, int32_t nr, struct args args, sysemu_served *out);

/* Serves all calls under SYSEMU up to the one that ends the program. */
sysemu_served serve_all(sysemu_machine *m);

/* A string at addr; returns addr. */
uint32_t put_text(sysemu_machine *m, uint32_t addr, const char *text);
uint32_t get_word(sysemu_machine *m, uint32_t addr);

#endif
