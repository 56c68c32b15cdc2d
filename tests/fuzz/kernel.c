/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.c: any bytes as kernel code in ring 0: they take the place of sys_getpid, which the
 * program calls. They may break all there is in the machine, and a FAULT is an answer; but the
 * engine and the host go on, a second run comes to the same, and a restore mends everything. Code that
 * looks into the page tables finds what depends on the machine's past (QUIRKS.md): of that one
 * nothing more is asked.
 */
#include <string.h>

#include "asm/abi.h"
#include "lib/guest/guest.h"
#include "tests/fuzz/fuzz.h"

enum { BUDGET = 1500, MOST = 512, RUNS = 3 };

/* mov $20, %eax; int $0x80; jmp to itself */
static const uint8_t program[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xfe };

/* The entry of the page that table i is. */
static uint32_t entry_of_table(unsigned i)
{
	return PAGE_TABLES + 4 * (PAGE_TABLES / PAGE_SIZE + i);
}

static void forget_accesses(struct fuzz_machine *f)
{
	for (unsigned i = 0; i < 1024; i++)
		sim_store32(f->m->sim, entry_of_table(i),
			    PAGE_TABLES + i * PAGE_SIZE + PTE_PRESENT + PTE_WRITE);
}

/* Has any of them been read or written? Then the A bit says so, or the entry is another one. */
static bool tables_touched(const struct fuzz_machine *f)
{
	uint32_t changes = 0;

	for (unsigned i = 0; i < 1024; i++)
		changes |= sim_load32(f->m->sim, entry_of_table(i)) ^
			   (PAGE_TABLES + i * PAGE_SIZE + PTE_PRESENT + PTE_WRITE);
	return changes;
}

static void run(struct fuzz_machine *f, uint32_t at, const struct fuzz_input *in,
		struct fuzz_outcome *out)
{
	sysemu_status status = SYSEMU_OK;

	memset(out, 0, sizeof(*out));
	fuzz_back(f);
	forget_accesses(f);
	FUZZ_CHECK(sysemu_write(f->m, SYSEMU_CODE_BASE, program, sizeof(program)) == SYSEMU_OK);
	FUZZ_CHECK(sysemu_write(f->m, at, in->data, in->size) == SYSEMU_OK);
	for (unsigned i = 0; i < RUNS && status == SYSEMU_OK; i++) {
		status = sysemu_run(f->m, BUDGET, &out->event);
		FUZZ_CHECK(status == SYSEMU_OK || sysemu_errmsg(f->m)[0]);
	}
	FUZZ_CHECK(sysemu_get_digest(f->m, &out->digest) == SYSEMU_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_machine f;
	static uint32_t at;
	struct fuzz_input in = { data, size < MOST ? size : MOST };
	struct fuzz_outcome first, second;
	bool touched;

	if (!f.m) {
		fuzz_open(&f, "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
		FUZZ_CHECK(sysemu_symbol(f.m, "sys_getpid", &at) == SYSEMU_OK);
	}
	run(&f, at, &in, &first);
	touched = tables_touched(&f);
	run(&f, at, &in, &second);
	if (!touched)
		fuzz_same(&first, &second);
	return 0;
}
