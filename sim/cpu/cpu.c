/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.c: the processor: opening the engine, its registers by name, contexts, and what is asked
 * of the engine while it runs. It knows nothing of what a guest is.
 *
 * The engine executes, walks the page tables and raises faults; everything that a
 * processor does between a fault and its handler is ours (sim/run/, sim/delivery/).
 */
#include "sim/cpu/cpu.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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
	s->run.cur.valid = false;
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

/* ---- contexts ---- */

struct sim_context {
	uc_context *uc;
};

struct sim_context *sim_context_new(struct sim *s)
{
	struct sim_context *c = malloc(sizeof(*c));

	if (c && uc_context_alloc(s->cpu.engine, &c->uc) != UC_ERR_OK) {
		free(c);
		c = NULL;
	}
	return c;
}

void sim_context_free(struct sim_context *c)
{
	if (c)
		uc_context_free(c->uc);
	free(c);
}

void sim_context_save(struct sim *s, struct sim_context *c)
{
	uc_context_save(s->cpu.engine, c->uc);
}

void sim_context_restore(struct sim *s, const struct sim_context *c)
{
	uc_context_restore(s->cpu.engine, c->uc);
	s->run.cur.valid = false;
	s->cpu.no_segments = false;
}

/* Inside a hook: reads what the last fault left, and makes the engine forget it. A fault
 * that it remembers would turn the next one into a double fault. */
struct sim_fault sim_cpu_fault(struct sim *s)
{
	const struct sim_layout *at = s->cpu.layout;
	uint8_t *raw = (uint8_t *)s->cpu.fault->uc;
	struct sim_fault fault;
	int32_t old, is_int;

	uc_context_save(s->cpu.engine, s->cpu.fault->uc);
	memcpy(&fault.error_code, raw + at->error_code, 4);
	memcpy(&is_int, raw + at->is_int, 4);
	memcpy(&old, raw + at->old_exception, 4);
	fault.software = is_int != 0;
	if (old != -1) {
		old = -1;
		memcpy(raw + at->old_exception, &old, 4);
		uc_context_restore(s->cpu.engine, s->cpu.fault->uc);
	}
	return fault;
}

/* ---- firmware: the computer's own few instructions ---- */

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, 4);
}

void sim_firmware_write(struct sim *s)
{
	static const uint8_t init[] = {
		0xb8, 0,    0,    0,    0,    /* mov $page_directory, %eax */
		0x0f, 0x22, 0xd8,             /* mov %eax, %cr3 */
		0xb8, 0x04, 0x06, 0,    0,    /* mov $(TSD | OSFXSR | OSXMMEXCPT), %eax */
		0x0f, 0x22, 0xe0,             /* mov %eax, %cr4 */
		0xb8, 0x33, 0x00, 0x01, 0x80, /* mov $(PG | WP | NE | ET | MP | PE), %eax */
		0x0f, 0x22, 0xc0,             /* mov %eax, %cr0 */
		0xdb, 0xe3,                   /* fninit */
		0xf4,                         /* hlt */
	};
	static const uint8_t flush[] = {
		0x0f, 0x20, 0xd8, /* mov %cr3, %eax */
		0x0f, 0x22, 0xd8, /* mov %eax, %cr3 */
		0xf4,             /* hlt */
	};
	uint8_t *page = s->space.ram + s->config.firmware;

	memcpy(page + SIM_FIRMWARE_INIT, init, sizeof(init));
	put32(page + SIM_FIRMWARE_INIT + 1, s->config.page_directory);
	memcpy(page + SIM_FIRMWARE_FLUSH, flush, sizeof(flush));
}

/* Runs a piece of firmware; the CPU is afterwards as before, and nothing is counted. */
void sim_firmware(struct sim *s, uint32_t offset)
{
	uc_err err;

	sim_cpu_borrow(s);
	s->cpu.firmware_runs = true;
	err = uc_emu_start(s->cpu.engine, s->config.firmware + offset, 0, 0, 0);
	s->cpu.firmware_runs = false;
	sim_cpu_give_back(s);
	if (err != UC_ERR_OK)
		sim_stop_now(s, SIM_BROKEN, "the firmware does not run: %s", uc_strerror(err));
}

void sim_cpu_borrow(struct sim *s)
{
	uc_context_save(s->cpu.engine, s->cpu.scratch->uc);
	uc_context_restore(s->cpu.engine, s->cpu.boot->uc);
}

void sim_cpu_give_back(struct sim *s)
{
	uc_context_restore(s->cpu.engine, s->cpu.scratch->uc);
}

void sim_cpu_drop_code(struct sim *s, uint32_t page)
{
	uint64_t start = (uint64_t)page * SIM_PAGE;

	sim_cpu_borrow(s);
	uc_ctl_remove_cache(s->cpu.engine, start, start + SIM_PAGE);
	sim_cpu_give_back(s);
}

/* ---- open and close ---- */

static bool hook(struct sim *s)
{
	const struct {
		int type, insn;
		void *fn;
	} hooks[] = {
		{ UC_HOOK_BLOCK, 0, (void *)s->cpu.hooks->block },
		{ UC_HOOK_INTR, 0, (void *)s->cpu.hooks->interrupt },
		{ UC_HOOK_INSN_INVALID, 0, (void *)s->cpu.hooks->invalid },
		{ UC_HOOK_INSN, UC_X86_INS_IN, (void *)s->cpu.hooks->in },
		{ UC_HOOK_INSN, UC_X86_INS_OUT, (void *)s->cpu.hooks->out },
		{ UC_HOOK_INSN, UC_X86_INS_CPUID, (void *)s->cpu.hooks->cpuid },
		{ UC_HOOK_INSN, UC_X86_INS_SYSENTER, (void *)s->cpu.hooks->unguarded },
		{ UC_HOOK_INSN, UC_X86_INS_SYSCALL, (void *)s->cpu.hooks->unguarded },
		{ UC_HOOK_MEM_FETCH_PROT, 0, (void *)s->cpu.hooks->fetch },
	};

	/* The first is for counting alone. */
	for (size_t i = s->uncounted; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		uc_hook handle;

		if (uc_hook_add(s->cpu.engine, &handle, hooks[i].type, hooks[i].fn, s, (uint64_t)1,
				(uint64_t)0, hooks[i].insn) != UC_ERR_OK)
			return false;
	}
	return true;
}

static enum sim_status open_engine(struct sim *s, struct sim_error *err)
{
	const uint64_t half = UINT64_C(1) << 31;
	const uint32_t rights = UC_PROT_READ | UC_PROT_WRITE; /* fetch.c */
	uc_err e = uc_open(UC_ARCH_X86, UC_MODE_32, &s->cpu.engine);

	if (e == UC_ERR_OK)
		e = uc_mem_map_ptr(s->cpu.engine, 0, half, rights, s->space.ram);
	if (e == UC_ERR_OK)
		e = uc_mem_map_ptr(s->cpu.engine, half, half, rights, s->space.ram + half);
	/* Behind 4 GiB the parts of one access do not wrap; there it finds the entry of page 0. */
	if (e == UC_ERR_OK)
		e = uc_mem_map_ptr(s->cpu.engine, 2 * half, SIM_MARGIN, rights,
				   s->space.ram + 2 * half);
	if (e == UC_ERR_OK)
		e = uc_ctl_exits_enable(s->cpu.engine); /* no address ends a run, not even 0 */
	if (e != UC_ERR_OK) {
		snprintf(err->text, sizeof(err->text), "opening the engine: %s", uc_strerror(e));
		return e == UC_ERR_NOMEM ? SIM_ENOMEM : SIM_EENGINE;
	}
	if (s->cpu.layout->in_place && !s->config.by_name)
		s->cpu.state = sim_engine_state(s->cpu.engine, s->cpu.layout);
	if (!hook(s)) {
		snprintf(err->text, sizeof(err->text), "the engine refuses a hook");
		return SIM_EENGINE;
	}
	s->cpu.boot = sim_context_new(s);
	s->cpu.scratch = sim_context_new(s);
	s->cpu.fault = sim_context_new(s);
	if (!s->cpu.boot || !s->cpu.scratch || !s->cpu.fault)
		return SIM_ENOMEM;
	return SIM_OK;
}

static enum sim_status power_on(struct sim *s, struct sim_error *err)
{
	uc_err e;

	sim_firmware_write(s);
	s->cpu.firmware_runs = true;
	e = uc_emu_start(s->cpu.engine, s->config.firmware + SIM_FIRMWARE_INIT, 0, 0, 0);
	s->cpu.firmware_runs = false;
	if (e != UC_ERR_OK) {
		snprintf(err->text, sizeof(err->text), "power on: %s", uc_strerror(e));
		return SIM_EENGINE;
	}
	for (int reg = SIM_EAX; reg <= SIM_EDI; reg++)
		sim_reg_set(s, (enum sim_reg)reg, 0);
	sim_reg_set(s, SIM_EFLAGS, 2);
	sim_reg_set(s, SIM_MXCSR, 0x1f80);
	sim_reg_set(s, SIM_DR6, 0xffff0ff0);
	sim_reg_set(s, SIM_DR7, 0x400);
	sim_reg_set(s, SIM_EIP, s->config.firmware);
	sim_context_save(s, s->cpu.boot);
	return SIM_OK;
}

/* By name, 2.1 writes CR2's value into CR3 as well; in place nothing else is touched. */
static enum sim_status try_cr2(struct sim *s, struct sim_error *err)
{
	sim_reg_set(s, SIM_CR2, 0x5a5a5000);
	if (sim_reg_get(s, SIM_CR3) != s->config.page_directory) {
		snprintf(
			err->text, sizeof(err->text),
			"probe 'CR2 is written alone': the engine (%s) changes CR3, and %s",
			sim_engines(),
			s->config.by_name ?
				"its registers are written by name" :
				"where it keeps them was not found (is process_vm_readv allowed?)");
		return SIM_EENGINE;
	}
	sim_reg_set(s, SIM_CR2, 0);
	return SIM_OK;
}

enum sim_status sim_cpu_open(struct sim *s, const struct sim_hooks *hooks, struct sim_error *err)
{
	enum sim_status status;

	s->cpu.hooks = hooks;
	status = open_engine(s, err);
	if (status == SIM_OK)
		status = power_on(s, err);
	return status == SIM_OK ? try_cr2(s, err) : status;
}

void sim_cpu_close(struct sim *s)
{
	sim_context_free(s->cpu.boot);
	sim_context_free(s->cpu.scratch);
	sim_context_free(s->cpu.fault);
	if (s->cpu.engine)
		uc_close(s->cpu.engine);
}

/* ---- run ---- */

const char *sim_engine_run(struct sim *s, uint32_t eip)
{
	uc_err err;

	s->cpu.running = true;
	err = uc_emu_start(s->cpu.engine, eip, 0, 0, 0);
	s->cpu.running = false;
	if (err == UC_ERR_OK || (s->run.rewind && err == UC_ERR_FETCH_PROT))
		return NULL;
	return uc_strerror(err);
}

void sim_engine_stop(struct sim *s)
{
	uc_emu_stop(s->cpu.engine);
}

void sim_engine_forget(struct sim *s, uint32_t addr, uint32_t size)
{
	uc_ctl_remove_cache(s->cpu.engine, (uint64_t)addr, (uint64_t)addr + size);
}

bool sim_engine_end_at(struct sim *s, uint64_t end)
{
	return uc_ctl_set_exits(s->cpu.engine, &end, 1) == UC_ERR_OK;
}

void sim_engine_end_nowhere(struct sim *s)
{
	uint64_t none = 0;

	uc_ctl_set_exits(s->cpu.engine, &none, 0);
}

bool sim_engine_hook(struct sim *s, size_t *hook, sim_code_hook fn, void *user, uint32_t first,
		     uint32_t last)
{
	return uc_hook_add(s->cpu.engine, hook, UC_HOOK_CODE, (void *)fn, user, (uint64_t)first,
			   (uint64_t)last) == UC_ERR_OK;
}

void sim_stop_now(struct sim *s, enum sim_stop stop, const char *format, ...)
{
	va_list args;

	if (s->run.stop >= 0 && s->run.stop != SIM_BUDGET && s->run.stop != SIM_BREAK)
		return; /* the first reason is the true one */
	s->run.stop = (int)stop;
	va_start(args, format);
	vsnprintf(s->run.why, sizeof(s->run.why), format, args);
	va_end(args);
	s->run.stop_eip = sim_reg_get(s, SIM_EIP);
	if (s->cpu.running)
		uc_emu_stop(s->cpu.engine);
}

void sim_leave_and_return(struct sim *s, uint32_t eip)
{
	s->run.rewind = true;
	s->run.stop_eip = eip;
	uc_emu_stop(s->cpu.engine);
}

const char *sim_why(const struct sim *s)
{
	return s->run.why;
}

bool sim_lacked_memory(const struct sim *s)
{
	return s->no_memory;
}
