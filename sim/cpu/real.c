/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * real.c: the engine in real mode. It never looks at the interrupt vectors itself: each
 * exception arrives in a hook, and what the CPU does between a fault and its handler is here.
 *
 * Code may be anything. What the engine cannot be trusted with it is kept from translating, as in
 * fetch.c: its memory is "not executable", so it asks. Each run begins with the CPU as it was
 * opened, whatever the one before did to it.
 */
#include "sim/cpu/real.h"
#include "sim/code/code.h"
#include "sim/cpu/cpu.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unicorn/unicorn.h>

struct sim_real {
	uc_engine *engine;
	uint8_t *ram;
	uint32_t vectors;
	bool delivered; /* in the hook of an invalid opcode, behind which the engine may stop */
	bool twice;     /* and the interrupt hook is still to be told of it (probe.c) */
	uint32_t handler;
	uc_context *fresh;
	uint32_t follows; /* where what was translated last ends */
	bool hidden;      /* two bytes of the code are, by ud2, until it is translated */
	uint32_t hidden_at;
	uint8_t saved[2];
};

/* Order of struct sim_regs. */
static const int reg_id[] = {
	UC_X86_REG_EAX, UC_X86_REG_ECX,    UC_X86_REG_EDX, UC_X86_REG_EBX,
	UC_X86_REG_ESP, UC_X86_REG_EBP,    UC_X86_REG_ESI, UC_X86_REG_EDI,
	UC_X86_REG_EIP, UC_X86_REG_EFLAGS, UC_X86_REG_CS,  UC_X86_REG_SS,
	UC_X86_REG_DS,  UC_X86_REG_ES,     UC_X86_REG_FS,  UC_X86_REG_GS,
};

enum { REGS = sizeof(reg_id) / sizeof(reg_id[0]), MOST_INSNS = 100000, MOST_STARTS = 16 };

static_assert(sizeof(struct sim_regs) == REGS * sizeof(uint32_t), "one id for each register");

/* ---- registers ---- */

static uint32_t get(struct sim_real *r, int reg)
{
	uint64_t value = 0;

	uc_reg_read(r->engine, reg, &value);
	return (uint32_t)value;
}

static void set(struct sim_real *r, int reg, uint32_t value)
{
	uint64_t wide = value;

	uc_reg_write(r->engine, reg, &wide);
}

/* ---- delivery ---- */

static void push(struct sim_real *r, uint16_t value)
{
	uint32_t esp = get(r, UC_X86_REG_ESP);
	uint32_t sp = (esp - 2) & 0xffff, base = get(r, UC_X86_REG_SS) << 4;

	/* A word at offset ffff is a fault of its own, which no capture has. */
	r->ram[base + sp] = (uint8_t)value;
	r->ram[base + ((sp + 1) & 0xffff)] = (uint8_t)(value >> 8);
	set(r, UC_X86_REG_ESP, (esp & 0xffff0000u) | sp);
}

static void deliver(struct sim_real *r, uint32_t vector)
{
	uint32_t flags = get(r, UC_X86_REG_EFLAGS);
	uint16_t entry[2];

	if (vector < 32)
		r->vectors |= 1u << vector;
	push(r, (uint16_t)flags);
	push(r, (uint16_t)get(r, UC_X86_REG_CS));
	push(r, (uint16_t)get(r, UC_X86_REG_EIP));
	memcpy(entry, r->ram + (size_t)(vector & 0xff) * 4, sizeof(entry));
	set(r, UC_X86_REG_EFLAGS, flags & ~(EFLAGS_IF | EFLAGS_TF));
	set(r, UC_X86_REG_CS, entry[1]);
	set(r, UC_X86_REG_EIP, entry[0]);
}

static void on_interrupt(uc_engine *uc, uint32_t vector, void *user)
{
	struct sim_real *r = user;

	(void)uc;
	if (r->twice)
		set(r, UC_X86_REG_EIP, r->handler);
	else
		deliver(r, vector);
	r->twice = false;
}

static bool on_invalid(uc_engine *uc, void *user)
{
	struct sim_real *r = user;

	(void)uc;
	deliver(r, VEC_UD);
	r->delivered = true;
	r->twice = sim_layout()->invalid_twice;
	r->handler = get(r, UC_X86_REG_EIP);
	return true;
}

/* ---- what must not run ---- */

static void lift(struct sim_real *r)
{
	if (r->hidden)
		memcpy(r->ram + r->hidden_at, r->saved, sizeof(r->saved));
	r->hidden = false;
}

/* What the engine would call abort() on; a processor raises #UD. */
static void hide(struct sim_real *r, uint32_t at)
{
	memcpy(r->saved, r->ram + at, sizeof(r->saved));
	memcpy(r->ram + at, "\x0f\x0b", sizeof(r->saved));
	r->hidden_at = at;
	r->hidden = true;
}

/* A mov to a debug register leaves pointers behind that the engine then follows. And of protected
 * mode no more is known here than the hlt behind the instruction that led there. */
static bool harmful(struct sim_real *r, const uint8_t *code)
{
	uint32_t n = sim_prefixes(code, 14);

	return (code[n] == 0x0f && code[n + 1] == 0x23) ||
	       ((get(r, UC_X86_REG_CR0) & 1) && code[0] != 0xf4);
}

/* A block is translated, and begins. */
static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	(void)uc;
	(void)address;
	(void)size;
	lift(user);
}

/* False: the engine gives up. */
static bool on_fetch(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		     void *user)
{
	struct sim_real *r = user;
	uint32_t at = (uint32_t)address;
	bool modrm;

	(void)uc;
	(void)type;
	(void)size;
	(void)value;
	if (at >= SIM_REAL_MEMORY)
		return false;
	if (at != r->follows && at != (get(r, UC_X86_REG_CS) << 4) + get(r, UC_X86_REG_EIP))
		return true;
	lift(r);
	r->follows = at + sim_insn_measure(r->ram + at, SIM_INSN_ROOM, true, &modrm);
	if (harmful(r, r->ram + at))
		return false;
	if (sim_is_poison(r->ram + at))
		hide(r, at);
	return true;
}

/* ---- run ---- */

void sim_real_changed(struct sim_real *r, uint32_t first, uint32_t last)
{
	if (r->engine)
		uc_ctl_remove_cache(r->engine, (uint64_t)first, (uint64_t)last + 1);
}

static void close_engine(struct sim_real *r)
{
	if (r->fresh)
		uc_context_free(r->fresh);
	r->fresh = NULL;
	if (!r->engine)
		return;
	/* The engine forgets to free what it knows of pages that were code and data. */
	sim_real_changed(r, 0, SIM_REAL_MEMORY - 1);
	uc_close(r->engine);
	r->engine = NULL;
}

static bool open_engine(struct sim_real *r)
{
	const uint32_t rights = UC_PROT_READ | UC_PROT_WRITE;
	uc_hook hook;

	return uc_open(UC_ARCH_X86, UC_MODE_16, &r->engine) == UC_ERR_OK &&
	       uc_mem_map_ptr(r->engine, 0, SIM_REAL_MEMORY, rights, r->ram) == UC_ERR_OK &&
	       uc_hook_add(r->engine, &hook, UC_HOOK_INTR, (void *)on_interrupt, r, (uint64_t)1,
			   (uint64_t)0) == UC_ERR_OK &&
	       uc_hook_add(r->engine, &hook, UC_HOOK_INSN_INVALID, (void *)on_invalid, r,
			   (uint64_t)1, (uint64_t)0) == UC_ERR_OK &&
	       uc_hook_add(r->engine, &hook, UC_HOOK_BLOCK, (void *)on_block, r, (uint64_t)1,
			   (uint64_t)0) == UC_ERR_OK &&
	       uc_hook_add(r->engine, &hook, UC_HOOK_MEM_FETCH_PROT, (void *)on_fetch, r,
			   (uint64_t)1, (uint64_t)0) == UC_ERR_OK &&
	       uc_context_alloc(r->engine, &r->fresh) == UC_ERR_OK &&
	       uc_context_save(r->engine, r->fresh) == UC_ERR_OK;
}

/* Pages that were on stay in the engine's TLB, which has no other way to be emptied. */
static void renew(struct sim_real *r)
{
	bool paged = get(r, UC_X86_REG_CR0) >> 31;

	uc_context_restore(r->engine, r->fresh);
	if (!paged)
		return;
	close_engine(r);
	if (!open_engine(r))
		close_engine(r);
}

enum sim_real_stop sim_real_run(struct sim_real *r, struct sim_regs *regs, uint32_t *vectors)
{
	uint32_t *field = &regs->eax;
	int starts = 0;
	uc_err err;

	*vectors = r->vectors = 0;
	if (!r->engine)
		return SIM_REAL_BROKEN;
	for (int i = 0; i < REGS; i++)
		set(r, reg_id[i], field[i]);
	do {
		uint32_t at = (get(r, UC_X86_REG_CS) << 4) + get(r, UC_X86_REG_EIP);

		r->delivered = false;
		r->follows = at;
		err = uc_emu_start(r->engine, at, 0, 0, MOST_INSNS);
		lift(r);
	} while (err == UC_ERR_OK && r->delivered && get(r, UC_X86_REG_EIP) == r->handler &&
		 ++starts < MOST_STARTS);
	for (int i = 0; i < REGS; i++)
		field[i] = get(r, reg_id[i]);
	*vectors = r->vectors;
	renew(r);
	if (err != UC_ERR_OK)
		return SIM_REAL_BROKEN;
	/* The engine says OK in both cases; a hlt is what lies before the place it stopped at. */
	return r->ram[((regs->cs & 0xffff) << 4) + ((regs->eip - 1) & 0xffff)] == 0xf4 ?
		       SIM_REAL_HALT :
		       SIM_REAL_ENDLESS;
}

uint8_t *sim_real_memory(struct sim_real *r)
{
	return r->ram;
}

/* ---- open, close ---- */

void sim_real_close(struct sim_real *r)
{
	if (!r)
		return;
	close_engine(r);
	if (r->ram)
		munmap(r->ram, SIM_REAL_MEMORY + SIM_MARGIN);
	free(r);
}

enum sim_status sim_real_open(struct sim_real **out, struct sim_error *err)
{
	struct sim_real *r;

	*out = NULL;
	*err = (struct sim_error){ "no memory" };
	r = calloc(1, sizeof(*r));
	if (!r)
		return SIM_ENOMEM;
	r->ram = mmap(NULL, SIM_REAL_MEMORY + SIM_MARGIN, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r->ram == MAP_FAILED) {
		r->ram = NULL;
		sim_real_close(r);
		return SIM_ENOMEM;
	}
	if (!open_engine(r)) {
		*err = (struct sim_error){ "the engine does not open in real mode" };
		sim_real_close(r);
		return SIM_EENGINE;
	}
	*out = r;
	return SIM_OK;
}
