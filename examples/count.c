/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * count.c: what does PTRACE_SYSEMU cost a program that nobody traces?
 *
 * Counts the instructions of one getpid() in entry.S, on a kernel before the patch
 * and on one after it, with no thread flag set and with TIF_SYSCALL_EMU set by
 * hand. Read next: docs/counting.md, cli/count.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "libsysemu/sysemu.h"

static const unsigned char code[] = {
	0xb8, 20,   0, 0, 0, /* mov $20,%eax */
	0xcd, 0x80,          /* int $0x80 */
	0xeb, 0xfe,          /* jmp . */
};
#define CALL (SYSEMU_CODE_BASE + 5)
#define BACK (SYSEMU_CODE_BASE + 7)

static void check(sysemu_machine *m, sysemu_status status)
{
	if (status == SYSEMU_OK)
		return;
	fprintf(stderr, "count: %s\n", sysemu_errmsg(m));
	exit(1);
}

/* The state of the machine just before the instruction at `addr`. */
static sysemu_event run_to(sysemu_machine *m, uint32_t addr)
{
	sysemu_event e;

	check(m, sysemu_break_set(m, addr));
	check(m, sysemu_run(m, 1000000, &e));
	check(m, sysemu_break_clear(m, addr));
	if (e.kind != SYSEMU_EVENT_BREAK) {
		fprintf(stderr, "count: event %s\n", sysemu_event_name(e.kind));
		exit(1);
	}
	return e;
}

static unsigned entry_insns(const char *kernel, uint32_t flags)
{
	const sysemu_config config = { .kernel = kernel, .start = SYSEMU_START_UNTRACED };
	sysemu_event before, after;
	sysemu_machine *m;

	check(NULL, sysemu_open(&config, &m));
	check(m, sysemu_load_code(m, code, sizeof(code)));
	before = run_to(m, CALL);
	check(m, sysemu_set_tif(m, flags));
	after = run_to(m, BACK);
	sysemu_close(m);
	return (unsigned)(after.counts.insns[SYSEMU_REGION_ENTRY] -
			  before.counts.insns[SYSEMU_REGION_ENTRY]);
}

int main(void)
{
	static const char *const kernels[] = { "2.6.11", "sysemu" };

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		printf("%-8s  no flag: %u instructions, EMU: %u\n", kernels[i],
		       entry_insns(kernels[i], 0), entry_insns(kernels[i], SYSEMU_TIF_SYSCALL_EMU));
	return 0;
}
