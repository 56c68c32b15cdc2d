/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * regs.c: the processor's registers, in place or by name; segments and the change of ring.
 * Read next: probe_place.c, which finds the places.
 */
#include "sim/cpu/cpu.h"

#include <string.h>
#include <unicorn/unicorn.h>

static const int reg_id[SIM_NREGS] = {
	[SIM_EAX] = UC_X86_REG_EAX,     [SIM_ECX] = UC_X86_REG_ECX,
	[SIM_EDX] = UC_X86_REG_EDX,     [SIM_EBX] = UC_X86_REG_EBX,
	[SIM_ESP] = UC_X86_REG_ESP,     [SIM_EBP] = UC_X86_REG_EBP,
	[SIM_ESI] = UC_X86_REG_ESI,     [SIM_EDI] = UC_X86_REG_EDI,
	[SIM_EIP] = UC_X86_REG_EIP,     [SIM_EFLAGS] = UC_X86_REG_EFLAGS,
	[SIM_CS] = UC_X86_REG_CS,       [SIM_SS] = UC_X86_REG_SS,
	[SIM_DS] = UC_X86_REG_DS,       [SIM_ES] = UC_X86_REG_ES,
	[SIM_FS] = UC_X86_REG_FS,       [SIM_GS] = UC_X86_REG_GS,
	[SIM_CR0] = UC_X86_REG_CR0,     [SIM_CR2] = UC_X86_REG_CR2,
	[SIM_CR3] = UC_X86_REG_CR3,     [SIM_CR4] = UC_X86_REG_CR4,
	[SIM_DR0] = UC_X86_REG_DR0,     [SIM_DR1] = UC_X86_REG_DR1,
	[SIM_DR2] = UC_X86_REG_DR2,     [SIM_DR3] = UC_X86_REG_DR3,
	[SIM_DR6] = UC_X86_REG_DR6,     [SIM_DR7] = UC_X86_REG_DR7,
	[SIM_FPCW] = UC_X86_REG_FPCW,   [SIM_FPSW] = UC_X86_REG_FPSW,
	[SIM_FPTAG] = UC_X86_REG_FPTAG, [SIM_MXCSR] = UC_X86_REG_MXCSR,
};

static const int table_id[SIM_NTABLES] = {
	[SIM_GDTR] = UC_X86_REG_GDTR,
	[SIM_IDTR] = UC_X86_REG_IDTR,
	[SIM_LDTR] = UC_X86_REG_LDTR,
	[SIM_TR] = UC_X86_REG_TR,
};

/* ---- registers ---- */

uint32_t sim_reg_ask(struct sim *s, enum sim_reg reg)
{
	uint64_t value = 0; /* short registers fill a part of it */

	uc_reg_read(s->cpu.engine, reg_id[reg], &value);
	return (uint32_t)value;
}

void sim_reg_set(struct sim *s, enum sim_reg reg, uint32_t value)
{
	uint64_t wide = value;
	int place = s->cpu.layout->reg[reg];

	if (s->cpu.state && place != SIM_NO_PLACE && (reg <= SIM_EDI || reg == SIM_CR2)) {
		memcpy(s->cpu.state + place, &value, 4);
		return;
	}
	/* By name, EIP also ends the block that runs. */
	if (s->cpu.state && reg == SIM_EIP && s->cpu.between) {
		memcpy(s->cpu.state + place, &wide, 8);
		return;
	}
	uc_reg_write(s->cpu.engine, reg_id[reg], &wide);
}

void sim_system_flags_clear(struct sim *s, uint32_t flags)
{
	uint32_t value;

	if (!s->cpu.state) {
		sim_reg_set(s, SIM_EFLAGS, sim_reg_ask(s, SIM_EFLAGS) & ~flags);
		return;
	}
	value = sim_state32(s, s->cpu.layout->system_flags) & ~flags;
	memcpy(s->cpu.state + s->cpu.layout->system_flags, &value, 4);
}

void sim_table_ask(struct sim *s, enum sim_table table, struct sim_table_reg *out)
{
	uc_x86_mmr mmr = { 0 };

	uc_reg_read(s->cpu.engine, table_id[table], &mmr);
	*out = (struct sim_table_reg){ (uint32_t)mmr.base, mmr.limit, mmr.flags, mmr.selector };
}

uint32_t sim_msr_get(struct sim *s, uint32_t number)
{
	uc_x86_msr msr = { .rid = number };

	if (s->cpu.state)
		return sim_state32(s, s->cpu.layout->msr[number - SIM_MSR_CS]);
	uc_reg_read(s->cpu.engine, UC_X86_REG_MSR, &msr);
	return (uint32_t)msr.value;
}

void sim_cpu_wide_regs(struct sim *s, uint8_t st[8][10], uint8_t xmm[8][16])
{
	for (int i = 0; i < 8; i++) {
		uint8_t wide[16] = { 0 };

		uc_reg_read(s->cpu.engine, UC_X86_REG_ST0 + i, wide);
		memcpy(st[i], wide, 10);
		uc_reg_read(s->cpu.engine, UC_X86_REG_XMM0 + i, xmm[i]);
	}
}

void sim_get_regs(struct sim *s, struct sim_regs *out)
{
	uint32_t *field = &out->eax;

	for (int reg = SIM_EAX; reg <= SIM_GS; reg++)
		*field++ = sim_reg_get(s, (enum sim_reg)reg);
}

void sim_set_regs(struct sim *s, const struct sim_regs *regs)
{
	const uint32_t *field = &regs->eax;

	for (int reg = SIM_EAX; reg <= SIM_EFLAGS; reg++)
		sim_reg_set(s, (enum sim_reg)reg, *field++);
	sim_no_block(s);
}

uint32_t sim_get_eip(struct sim *s)
{
	return sim_reg_get(s, SIM_EIP);
}

uint32_t sim_get_eax(struct sim *s)
{
	return sim_reg_get(s, SIM_EAX);
}

uint32_t sim_get_edx(struct sim *s)
{
	return sim_reg_get(s, SIM_EDX);
}

unsigned sim_cpl(struct sim *s)
{
	return sim_reg_get(s, SIM_CS) & 3;
}

bool sim_cpu_load(struct sim *s, enum sim_reg reg, uint16_t selector)
{
	uint64_t wide = selector;

	return uc_reg_write(s->cpu.engine, reg_id[reg], &wide) == UC_ERR_OK;
}

bool sim_cpu_to_ring0(struct sim *s, const struct sim_flat *cs, const struct sim_flat *ss)
{
	/* By name, the descriptors get their accessed bits. */
	if (s->cpu.state && (cs->flags & ss->flags & SIM_DESC_ACCESSED) &&
	    sim_ring_patch(s->cpu.state, s->cpu.layout, 0, cs, ss))
		return true;
	return sim_ring_by_cr0(s->cpu.engine, (uint16_t)cs->selector, (uint16_t)ss->selector);
}

bool sim_cpu_to_kernel(struct sim *s, const struct sim_flat *cs, const struct sim_flat *ss)
{
	const struct sim_segment_place *seg = s->cpu.layout->seg;

	/* A base that stays 0 changes nothing else that the engine keeps. */
	if (!s->cpu.state || !(cs->flags & ss->flags & SIM_DESC_ACCESSED) ||
	    sim_state32(s, seg[SIM_DS - SIM_CS].base) ||
	    sim_state32(s, seg[SIM_ES - SIM_CS].base) ||
	    !sim_ring_patch(s->cpu.state, s->cpu.layout, 0, cs, ss))
		return false;
	for (unsigned k = SIM_DS - SIM_CS; k <= SIM_ES - SIM_CS; k++) {
		uint32_t limit = UINT32_MAX;

		memcpy(s->cpu.state + seg[k].selector, &ss->selector, 4);
		memcpy(s->cpu.state + seg[k].limit, &limit, 4);
		memcpy(s->cpu.state + seg[k].flags, &ss->flags, 4);
	}
	return true;
}

/* A processor takes away a data segment that the outer ring may not have; null in DS and ES have
 * such a descriptor, too. */
static bool keeps_segments(struct sim *s)
{
	for (unsigned k = SIM_DS - SIM_CS; k < SIM_SEGS; k++) {
		const struct sim_segment_place *place = &s->cpu.layout->seg[k];
		bool may_be_null = k >= SIM_FS - SIM_CS;

		if ((sim_state32(s, place->flags) >> 13 & 3) != 3 &&
		    !(may_be_null && (sim_state32(s, place->selector) & 0xfffc) == 0))
			return false;
	}
	return true;
}

bool sim_cpu_to_ring3(struct sim *s, const struct sim_flat *cs, const struct sim_flat *ss)
{
	return s->cpu.state && cs->flags && ss->flags && keeps_segments(s) &&
	       sim_ring_patch(s->cpu.state, s->cpu.layout, 3, cs, ss);
}

void sim_go_on(struct sim *s, uint32_t eip)
{
	if (s->cpu.state && s->cpu.layout->leave != SIM_NO_PLACE)
		sim_leave_at(s->cpu.state, s->cpu.layout, eip);
	else
		sim_reg_set(s, SIM_EIP, eip);
}
