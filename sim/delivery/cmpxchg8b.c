/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmpxchg8b.c: the one instruction that the computer executes itself. Unicorn 2.0.1 makes
 * EFLAGS of it from a stale operation, and so lets a program in ring 3 plant IOPL, NT or VM.
 * Knows bytes and registers; hooks.c calls it at a guarded instruction.
 */
#include <string.h>

#include "sim/delivery/delivery.h"

#define EFLAGS_ZF 0x00000040u

/* A ModRM memory operand in 32-bit form: its address, and the bytes that it takes. */
struct operand {
	uint32_t addr, size;
	bool on_stack; /* ss, not ds, is its segment */
};

static uint32_t displacement(const uint8_t *code, uint32_t size)
{
	uint32_t value;

	if (size == 1)
		return (uint32_t)(int8_t)code[0];
	memcpy(&value, code, 4);
	return size ? value : 0;
}

static uint32_t reg(struct sim *s, unsigned n)
{
	return sim_reg_get(s, (enum sim_reg)(SIM_EAX + n));
}

static struct operand decode(struct sim *s, const uint8_t *code)
{
	uint8_t mod = code[0] >> 6, base = code[0] & 7;
	struct operand o = { .size = 1 };
	uint32_t bytes = mod == 1 ? 1 : mod == 2 ? 4 : 0;

	if (base == 4) {
		uint8_t sib = code[o.size++], index = sib >> 3 & 7;

		base = sib & 7;
		if (index != 4)
			o.addr = reg(s, index) << (sib >> 6);
	}
	if (mod == 0 && base == 5) {
		bytes = 4;
	} else {
		o.addr += reg(s, base);
		o.on_stack = base == 4 || base == 5;
	}
	o.addr += displacement(code + o.size, bytes);
	o.size += bytes;
	return o;
}

/* Prefixes that make another segment or 16-bit addresses of it. */
static bool plain(const uint8_t *code, uint32_t prefixes)
{
	for (uint32_t i = 0; i < prefixes; i++)
		if (code[i] != 0xf0 && code[i] != 0x66 && code[i] != 0xf2 && code[i] != 0xf3 &&
		    code[i] != 0x3e)
			return false;
	return true;
}

/* Descriptors with base 0: those of the GDT's flat segments. */
static bool flat(struct sim *s, enum sim_reg segment)
{
	struct sim_table_reg gdt;
	uint16_t selector = (uint16_t)sim_reg_get(s, segment);
	uint32_t low, high, at = selector & ~7u;

	sim_table_get(s, SIM_GDTR, &gdt);
	if (at == 0 || (selector & 4) || at + 7 > gdt.limit)
		return false;
	low = sim_load32(s, gdt.base + at);
	high = sim_load32(s, gdt.base + at + 4);
	return low >> 16 == 0 && (high & 0xff0000ff) == 0;
}

static bool writable(struct sim *s, uint32_t addr)
{
	uint32_t need = PTE_PRESENT | PTE_WRITE | (sim_cpl(s) == 3 ? PTE_USER : 0);
	uint32_t first = s->space.pte[addr / SIM_PAGE], last = s->space.pte[(addr + 7) / SIM_PAGE];

	return addr <= UINT32_MAX - 7 && (first & last & need) == need;
}

uint32_t sim_run_cmpxchg8b(struct sim *s, uint32_t addr, uint32_t prefixes)
{
	const uint8_t *code = s->space.ram + addr;
	struct operand o = decode(s, code + prefixes + 2);
	uint32_t eflags = sim_reg_get(s, SIM_EFLAGS), low, high;

	if (!plain(code, prefixes) || !flat(s, o.on_stack ? SIM_SS : SIM_DS) ||
	    !writable(s, o.addr))
		return 0;
	low = sim_load32(s, o.addr);
	high = sim_load32(s, o.addr + 4);
	if (low == sim_reg_get(s, SIM_EAX) && high == sim_reg_get(s, SIM_EDX)) {
		sim_store32(s, o.addr, sim_reg_get(s, SIM_EBX));
		sim_store32(s, o.addr + 4, sim_reg_get(s, SIM_ECX));
		sim_reg_set(s, SIM_EFLAGS, eflags | EFLAGS_ZF);
	} else {
		sim_reg_set(s, SIM_EAX, low);
		sim_reg_set(s, SIM_EDX, high);
		sim_reg_set(s, SIM_EFLAGS, eflags & ~EFLAGS_ZF);
	}
	return addr + prefixes + 2 + o.size;
}
