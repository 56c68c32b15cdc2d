/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_box.h: a bare computer for the tests of sim/: flat segments, one handler for
 * each vector that only halts, a page of user code, a page of user data, two stacks.
 * Guest code is written as assembly text (GUEST) and knows its address by BOX_CODE.
 */
#ifndef TESTS_SIM_BOX_H
#define TESTS_SIM_BOX_H

#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/kernels/between.h"

/* Bytes of 32-bit code; position-independent. */
#define GUEST(name, text)                                                        \
	extern const uint8_t name[] __attribute__((visibility("hidden")));       \
	extern const uint8_t name##_end[] __attribute__((visibility("hidden"))); \
	__asm__(".pushsection .rodata\n.code32\n" #name ":\n" text "\n" #name    \
		"_end:\n.byte 0\n.code64\n.popsection\n")

/* clang-format off */
enum {
	BOX_GDT = 0xC0100000, BOX_IDT = 0xC0100800, BOX_TSS = 0xC0101000,
	BOX_KSTACK = 0xC0104000,	/* top */
	BOX_STUBS = 0xC0110000,		/* 16 bytes each; read-only */
	BOX_CODE = 0x08048000, BOX_DATA = 0x08050000, BOX_STACK = 0xBFFFF000,
	BOX_ESP = 0xBFFFFF00,
	BOX_KCODE = 0xC0120000,		/* supervisor code, read-only */
	KCS = 0x60, KDS = 0x68, UCS = 0x73, UDS = 0x7b, TSS_SEL = 0x80,
};
/* clang-format on */

static inline void box_poke32(struct sim *s, uint32_t addr, uint32_t value)
{
	assert_int_equal(sim_write(s, addr, &value, 4, NULL), SIM_OK);
}

static inline uint32_t box_peek32(struct sim *s, uint32_t addr)
{
	uint32_t value = 0;

	assert_int_equal(sim_read(s, addr, &value, 4, NULL), SIM_OK);
	return value;
}

static inline void box_gdt(struct sim *s, unsigned selector, uint32_t low, uint32_t high)
{
	box_poke32(s, BOX_GDT + (selector & ~7u), low);
	box_poke32(s, BOX_GDT + (selector & ~7u) + 4, high);
}

/* type: 0x8e interrupt gate, 0x8f trap gate; | 0x60 for DPL 3 */
static inline void box_gate(struct sim *s, unsigned vector, unsigned type)
{
	uint32_t handler = BOX_STUBS + 16 * vector;

	box_poke32(s, BOX_IDT + 8 * vector, KCS << 16 | (handler & 0xffff));
	box_poke32(s, BOX_IDT + 8 * vector + 4, (handler & 0xffff0000) | type << 8);
}

/* Loads GDTR, IDTR and TR by guest code, as a kernel does. */
GUEST(box_boot, "lgdt 0(%esi)\n lidt 8(%esi)\n ljmp $0x60,$0xC0120000+1f-box_boot\n"
		"1: mov $0x68,%eax\n mov %eax,%ss\n mov %eax,%ds\n mov %eax,%es\n"
		"mov $0x80,%eax\n ltr %ax\n"
		"mov $0x174,%ecx\n mov $0x60,%eax\n xor %edx,%edx\n wrmsr\n hlt\n");
/* iret into the frame at esp. */
GUEST(box_iret, "mov $0x7b,%eax\n mov %eax,%ds\n mov %eax,%es\n xor %eax,%eax\n iret\n");

enum { BOX_IRET = BOX_KCODE + 0x100 };

static inline struct sim *box_open(void)
{
	struct sim_config config = { .page_tables = 0xFF000000,
				     .page_directory = 0xFF400000,
				     .firmware = 0xFF401000,
				     .max_pages = 1000 };
	struct sim_error err;
	struct sim_regs r;
	struct sim *s = NULL;

	if (sim_open(&config, &s, &err) != SIM_OK)
		fail_msg("%s", err.text);
	assert_int_equal(sim_map(s, BOX_GDT, 4, SIM_WRITE), SIM_OK);
	assert_int_equal(sim_map(s, BOX_STUBS, 1, 0), SIM_OK);
	assert_int_equal(sim_map(s, BOX_KCODE, 1, 0), SIM_OK);
	assert_int_equal(sim_map(s, BOX_CODE, 1, SIM_USER), SIM_OK);
	assert_int_equal(sim_map(s, BOX_DATA, 1, SIM_USER | SIM_WRITE), SIM_OK);
	assert_int_equal(sim_map(s, BOX_STACK, 1, SIM_USER | SIM_WRITE), SIM_OK);
	box_gdt(s, KCS, 0x0000ffff, 0x00cf9a00);
	box_gdt(s, KDS, 0x0000ffff, 0x00cf9200);
	box_gdt(s, UCS, 0x0000ffff, 0x00cffa00);
	box_gdt(s, UDS, 0x0000ffff, 0x00cff200);
	box_gdt(s, TSS_SEL, (BOX_TSS & 0xffff) << 16 | 0x67,
		(BOX_TSS >> 16 & 0xff) | 0x8900 | (BOX_TSS & 0xff000000));
	box_poke32(s, BOX_TSS + 4, BOX_KSTACK);
	box_poke32(s, BOX_TSS + 8, KDS);
	for (unsigned v = 0; v < 256; v++) {
		box_gate(s, v,
			 v == 0x80 || v == 3 || v == 4 ? 0xef :
			 v == 14 || v == 1             ? 0x8e :
							 0x8f);
		sim_write(s, BOX_STUBS + 16 * v, "\xf4\xcf", 2, NULL); /* hlt; iret */
	}
	sim_write(s, BOX_KCODE, box_boot, (size_t)(box_boot_end - box_boot), NULL);
	sim_write(s, BOX_IRET, box_iret, (size_t)(box_iret_end - box_iret), NULL);
	box_poke32(s, BOX_TSS + 0x100, 0xff | (uint32_t)BOX_GDT << 16);
	box_poke32(s, BOX_TSS + 0x104, BOX_GDT >> 16);
	box_poke32(s, BOX_TSS + 0x108, 0x7ff | (uint32_t)BOX_IDT << 16);
	box_poke32(s, BOX_TSS + 0x10c, BOX_IDT >> 16);
	sim_get_regs(s, &r);
	r.eip = BOX_KCODE;
	r.esi = BOX_TSS + 0x100;
	r.esp = BOX_KSTACK;
	sim_set_regs(s, &r);
	if (sim_run(s, 0) != SIM_HALT)
		fail_msg("boot: %s", sim_why(s));
	return s;
}

/* Goes to user code with these flags: the frame is laid by hand, iret is the guest's. */
static inline void box_user(struct sim *s, uint32_t eip, uint32_t eflags)
{
	uint32_t frame[5] = { eip, UCS, eflags | 2, BOX_ESP, UDS };

	sim_write(s, BOX_KSTACK - 20, frame, 20, NULL);
	sim_enter_kernel(s, KCS, KDS, BOX_IRET, BOX_KSTACK - 20, 2);
}

static inline void box_code(struct sim *s, uint32_t at, const uint8_t *code, const uint8_t *end)
{
	assert_int_equal(sim_write(s, at, code, (size_t)(end - code), NULL), SIM_OK);
}

/* Runs user code from its start; it ends in a handler's hlt. The vector, or -1. */
static inline int box_run(struct sim *s, const uint8_t *code, const uint8_t *end)
{
	uint32_t eip;

	box_code(s, BOX_CODE, code, end);
	box_user(s, BOX_CODE, 0x202);
	if (sim_run(s, 0) != SIM_HALT)
		return -1;
	eip = sim_get_eip(s) - 1;
	return eip >= BOX_STUBS && eip < BOX_STUBS + 4096 ? (int)((eip - BOX_STUBS) / 16) : -1;
}
#define BOX_RUN(s, name) box_run(s, name, name##_end)

/* A test's computer is its *state: BOX_TEST opens and closes one around it. */
static inline int box_setup(void **state)
{
	*state = box_open();
	return 0;
}

static inline int box_teardown(void **state)
{
	sim_close(*state);
	return 0;
}
#define BOX_TEST(name) cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)

/* Word n of the frame that the last delivery pushed. */
static inline uint32_t box_frame(struct sim *s, unsigned n)
{
	struct sim_regs r;

	sim_get_regs(s, &r);
	return box_peek32(s, r.esp + 4 * n);
}

#endif
