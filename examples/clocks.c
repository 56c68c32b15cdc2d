/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clocks.c: what one getpid costs, instruction by instruction, by a timing model.
 *
 *	clocks [MODEL]     i386dx without one; `sysemu timing` lists them
 *
 * The program is not traced. Between two breakpoints around the int, sysemu_on_price tells
 * of each instruction what it was charged and for what; the sum is what the machine kept.
 * Read next: include/libsysemu/timing.h, docs/timing.md.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "libsysemu/sysemu.h"

static const unsigned char program[] = {
	0xb8, 20,   0, 0, 0, /* mov $20,%eax: getpid */
	0xcd, 0x80,          /* int $0x80 */
	0xeb, 0xfe,          /* jmp . */
};
#define CALL (SYSEMU_CODE_BASE + 5)
#define BACK (SYSEMU_CODE_BASE + 7)

struct listing {
	sysemu_machine *m;
	uint64_t clocks;
};

static void check(const sysemu_machine *m, sysemu_status status)
{
	if (status == SYSEMU_OK)
		return;
	fprintf(stderr, "clocks: %s\n", sysemu_errmsg(m));
	exit(1);
}

static void on_price(void *user, const sysemu_price *price)
{
	struct listing *l = user;
	char text[64] = "(an exception or interrupt)", where[64] = "";
	uint32_t sum = 0;

	if (price->size) {
		sysemu_disasm(l->m, price->addr, text, sizeof(text));
		sysemu_describe(l->m, price->addr, where, sizeof(where));
	}
	for (int c = 0; c < SYSEMU_CAUSES; c++)
		sum += price->clocks[c];
	printf("%-26s %-32s %4" PRIu32 " ", where, text, sum);
	for (int c = 0; c < SYSEMU_CAUSES; c++)
		if (price->clocks[c])
			printf(" %s %" PRIu32, sysemu_cause_name(c), price->clocks[c]);
	putchar('\n');
	l->clocks += sum;
}

int main(int argc, char **argv)
{
	const sysemu_config config = { .kernel = "2.6.11",
				       .start = SYSEMU_START_UNTRACED,
				       .timing = argc > 1 ? argv[1] : "i386dx" };
	struct listing l = { 0 };
	sysemu_event before, after;

	check(NULL, sysemu_open(&config, &l.m));
	check(l.m, sysemu_load_code(l.m, program, sizeof(program)));
	check(l.m, sysemu_break_set(l.m, CALL));
	check(l.m, sysemu_break_set(l.m, BACK));
	check(l.m, sysemu_run(l.m, 0, &before));
	check(l.m, sysemu_on_price(l.m, on_price, &l));
	check(l.m, sysemu_run(l.m, 0, &after));
	printf("%" PRIu64 " clocks\n", l.clocks);
	if (after.eip != BACK || l.clocks != after.clocks - before.clocks) {
		fprintf(stderr, "clocks: the machine kept %" PRIu64 "\n",
			after.clocks - before.clocks);
		return 1;
	}
	sysemu_close(l.m);
	return 0;
}
