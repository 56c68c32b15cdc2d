/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bare.c: a computer with nothing on it but what code needs to run at all: flat segments of
 * ring 0 and 3, a TSS, and behind each vector a hlt of its own. The self-test runs its trials
 * on it, and a timing model its raw code.
 */
#include "sim/sim.h"

/* clang-format off */
enum {
	TABLES = SIM_BARE_BASE,		/* GDT, at +0x800 the IDT */
	TSS = SIM_BARE_BASE + 0x1000,
	REGISTERS = TSS + 0x100,	/* what lgdt and lidt read */
	ENTER_USER = SIM_BARE_CODE + 0xe00,
	ENTER_KERNEL = SIM_BARE_CODE + 0xe40,
	BOOT = SIM_BARE_CODE + 0xe80,
	TR = 0x28,
	DPL3 = 0x6000,
};

static const uint8_t boot_code[] = {
	0x0f, 0x01, 0x15, 0x00, 0x11, 0x00, 0xc0,	/* lgdt REGISTERS */
	0x0f, 0x01, 0x1d, 0x08, 0x11, 0x00, 0xc0,	/* lidt REGISTERS + 8 */
	0xb8, TR, 0, 0, 0, 0x0f, 0x00, 0xd8,		/* mov $TR, %eax; ltr %ax */
	0xf4,
};

/* mov $SELECTOR, %eax; mov %eax to ds, es, fs, gs; xor %eax, %eax; iret */
static const uint8_t enter_code[] = {
	0xb8, 0, 0, 0, 0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xe0, 0x8e, 0xe8, 0x31, 0xc0, 0xcf
};
/* clang-format on */

_Static_assert(SIM_BARE_BASE == 0xC0000000, "it stands in boot_code");

static void put(struct sim *s, uint32_t addr, uint32_t low, uint32_t high)
{
	sim_store32(s, addr, low);
	sim_store32(s, addr + 4, high);
}

/* The argument of lgdt and lidt. */
static void put_register(struct sim *s, uint32_t addr, uint32_t base, uint32_t limit)
{
	put(s, addr, limit | base << 16, base >> 16);
}

void sim_bare_gate(struct sim *s, unsigned vector, uint32_t handler, unsigned dpl)
{
	put(s, TABLES + 0x800 + 8 * vector, SIM_BARE_KCS << 16 | (handler & 0xffff),
	    (handler & 0xffff0000) | 0x8f00 | dpl << 13);
}

enum sim_status sim_bare_build(struct sim *s)
{
	uint32_t bad;

	if (sim_map(s, TABLES, 3, SIM_WRITE) || sim_map(s, SIM_BARE_STUBS, 2, 0))
		return SIM_ENOMEM;
	put(s, TABLES + SIM_BARE_KCS, 0xffff, 0x00cf9a00);
	put(s, TABLES + SIM_BARE_KDS, 0xffff, 0x00cf9200);
	put(s, TABLES + (SIM_BARE_UCS & ~3), 0xffff, 0x00cf9a00 | DPL3);
	put(s, TABLES + (SIM_BARE_UDS & ~3), 0xffff, 0x00cf9200 | DPL3);
	put(s, TABLES + TR, (TSS & 0xffff) << 16 | 0x67, (TSS >> 24) << 24 | 0x8900);
	put(s, TSS + 4, SIM_BARE_STACK, SIM_BARE_KDS);
	put_register(s, REGISTERS, TABLES, 0xff);
	put_register(s, REGISTERS + 8, TABLES + 0x800, 0x7ff);
	for (uint32_t v = 0; v < 256; v++) {
		sim_bare_gate(s, v, SIM_BARE_STUBS + 16 * v, 0);
		sim_store32(s, SIM_BARE_STUBS + 16 * v, 0xf4);
	}
	sim_write(s, BOOT, boot_code, sizeof(boot_code), &bad);
	sim_write(s, ENTER_USER, enter_code, sizeof(enter_code), &bad);
	sim_write(s, ENTER_KERNEL, enter_code, sizeof(enter_code), &bad);
	sim_store32(s, ENTER_USER + 1, SIM_BARE_UDS);
	sim_store32(s, ENTER_KERNEL + 1, SIM_BARE_KDS);
	sim_set_regs(s, &(struct sim_regs){ .eip = BOOT, .esp = SIM_BARE_STACK, .eflags = 2 });
	return sim_run(s, 100) == SIM_HALT ? SIM_OK : SIM_EENGINE;
}

void sim_bare_enter(struct sim *s, unsigned ring, uint32_t eip, uint32_t esp, uint32_t eflags)
{
	const uint32_t user[5] = { eip, SIM_BARE_UCS, eflags | 2, esp, SIM_BARE_UDS };
	const uint32_t kernel[3] = { eip, SIM_BARE_KCS, eflags | 2 };
	uint32_t at = ring ? SIM_BARE_STACK - sizeof(user) : esp - sizeof(kernel), bad;

	if (ring)
		sim_write(s, at, user, sizeof(user), &bad);
	else
		sim_write(s, at, kernel, sizeof(kernel), &bad);
	sim_enter_kernel(s, SIM_BARE_KCS, SIM_BARE_KDS, ring ? ENTER_USER : ENTER_KERNEL, at, 2);
}
