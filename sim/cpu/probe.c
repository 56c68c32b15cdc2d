/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe.c: finds out, once a process, where the engine keeps what has no register: the
 * last exception's error code and kind. It decides by what the engine does, never by its
 * version. Read next: sim/power/, which tries everything else.
 */
#include "sim/cpu/cpu.h"

#include <stdio.h>
#include <string.h>
#include <unicorn/unicorn.h>

static bool in_place;            /* the places were found */
static struct sim_layout layout; /* of the process: written by sim_probe alone, under its lock */

/* ---- where the last exception is kept ----
 *
 * Four samples, each the whole CPU as seen by the interrupt hook:
 *   0: int $13                          is_int 1, no exception before
 *   1: #GP(0x1230), from a bad selector is_int 0, old exception 13
 *   2: #NP(0x0020), from a fresh CPU    is_int 0, old exception 11
 *   3: int $14                          is_int 1
 * The wanted words are those that tell these apart in this way, and only those.
 */
#define SAMPLES 4
#define BASE    0x10000u
#define GDT     0x18000u

struct samples {
	uc_context *context[SAMPLES];
	size_t size;
	int now;
	bool seen[SAMPLES];
};

static void on_sample(uc_engine *uc, uint32_t vector, void *user)
{
	struct samples *samples = user;

	(void)vector;
	uc_context_save(uc, samples->context[samples->now]);
	samples->seen[samples->now] = true;
	uc_emu_stop(uc);
}

static bool take_samples(uc_engine *uc, struct samples *samples, uc_context *fresh)
{
	static const uint8_t code[SAMPLES][8] = {
		{ 0xcd, 13 }, { 0x8e, 0xd8 }, { 0x8e, 0xd8 }, { 0xcd, 14 }, /* mov %eax, %ds */
	};
	static const uint32_t eax[SAMPLES] = { 0, 0x1233, 0x23, 0 };

	for (int i = 0; i < SAMPLES; i++) {
		uint32_t at = BASE + 16 * (uint32_t)i;

		samples->now = i;
		uc_context_restore(uc, fresh);
		uc_reg_write(uc, UC_X86_REG_EAX, &eax[i]);
		if (uc_mem_write(uc, at, code[i], sizeof(code[i])) != UC_ERR_OK)
			return false;
		uc_emu_start(uc, at, 0, 0, 0);
		if (!samples->seen[i])
			return false;
	}
	return true;
}

static bool find_word(const struct samples *samples, const int32_t want[SAMPLES], size_t *offset)
{
	size_t found = 0;

	for (size_t at = 0; at + 4 <= samples->size; at += 4) {
		bool match = true;

		for (int i = 0; i < SAMPLES && match; i++) {
			int32_t word;

			memcpy(&word, (const uint8_t *)samples->context[i] + at, 4);
			match = word == want[i];
		}
		if (match) {
			*offset = at;
			found++;
		}
	}
	return found == 1;
}

/* ---- an invalid instruction, told of twice ----
 *
 * Its own hook has handled it; 2.1.0 and 2.1.1 call the interrupt hook all the same. */
static bool on_ud(uc_engine *uc, void *user)
{
	(void)user;
	uc_emu_stop(uc);
	return true;
}

static bool told_twice(uc_engine *uc, struct samples *samples, uc_context *fresh, bool *twice)
{
	static const uint8_t ud2[] = { 0x0f, 0x0b };
	uc_hook hook;

	if (uc_hook_add(uc, &hook, UC_HOOK_INSN_INVALID, (void *)on_ud, NULL, (uint64_t)1,
			(uint64_t)0) != UC_ERR_OK ||
	    uc_mem_write(uc, BASE + 0x100, ud2, sizeof(ud2)) != UC_ERR_OK)
		return false;
	uc_context_restore(uc, fresh);
	samples->now = 0;
	samples->seen[0] = false;
	uc_emu_start(uc, BASE + 0x100, 0, 0, 0);
	*twice = samples->seen[0];
	return true;
}

static const char *find_layout(uc_engine *uc, struct samples *samples, uc_context *fresh)
{
	if (!take_samples(uc, samples, fresh))
		return "probe 'exceptions arrive in the interrupt hook' failed";
	if (!find_word(samples, (int32_t[]){ 0, 0x1230, 0x20, 0 }, &layout.error_code))
		return "probe 'where the error code is kept' failed";
	if (!find_word(samples, (int32_t[]){ 1, 0, 0, 1 }, &layout.is_int))
		return "probe 'where an int instruction is told from a fault' failed";
	if (!find_word(samples, (int32_t[]){ -1, 13, 11, -1 }, &layout.old_exception))
		return "probe 'where the exception before is kept' failed";
	if (!told_twice(uc, samples, fresh, &layout.invalid_twice))
		return "probe 'an invalid instruction arrives in its hook' failed";
	return NULL;
}

static enum sim_status sample_engine(uc_engine *uc, struct samples *samples, const char **why)
{
	/* A descriptor that is not present is the fourth: data, DPL 3. */
	static const uint64_t gdt[5] = { 0, 0, 0, 0, UINT64_C(0x00cf72000000ffff) };
	uc_x86_mmr gdtr = { .base = GDT, .limit = sizeof(gdt) - 1 };
	uc_context *fresh = NULL;
	uc_hook hook;
	bool ok;

	*why = "probe 'memory, registers and hooks' failed";
	if (uc_mem_map(uc, BASE, 0x10000, UC_PROT_ALL) != UC_ERR_OK ||
	    uc_mem_write(uc, GDT, gdt, sizeof(gdt)) != UC_ERR_OK ||
	    uc_reg_write(uc, UC_X86_REG_GDTR, &gdtr) != UC_ERR_OK ||
	    uc_hook_add(uc, &hook, UC_HOOK_INTR, (void *)on_sample, samples, (uint64_t)1,
			(uint64_t)0) != UC_ERR_OK)
		return SIM_EENGINE;
	samples->size = uc_context_size(uc);
	ok = uc_context_alloc(uc, &fresh) == UC_ERR_OK;
	for (int i = 0; i < SAMPLES; i++)
		ok = ok && uc_context_alloc(uc, &samples->context[i]) == UC_ERR_OK;
	*why = "out of memory in the self-test";
	if (ok) {
		uc_context_save(uc, fresh);
		/* What a save does not write must not tell the samples apart. */
		for (int i = 0; i < SAMPLES; i++)
			memcpy(samples->context[i], fresh, samples->size);
		*why = find_layout(uc, samples, fresh);
	}
	for (int i = 0; i < SAMPLES; i++) {
		if (samples->context[i]) /* 2.1 follows NULL */
			uc_context_free(samples->context[i]);
	}
	if (fresh)
		uc_context_free(fresh);
	return ok ? (*why ? SIM_EENGINE : SIM_OK) : SIM_ENOMEM;
}

enum sim_status sim_layout_probe(struct sim_error *err)
{
	struct samples samples = { .size = 0 };
	const char *why = NULL;
	enum sim_status status;
	uc_engine *uc;
	uc_err e = uc_open(UC_ARCH_X86, UC_MODE_32, &uc);

	if (e != UC_ERR_OK) {
		snprintf(err->text, sizeof(err->text), "opening the engine: %s", uc_strerror(e));
		return e == UC_ERR_NOMEM ? SIM_ENOMEM : SIM_EENGINE;
	}
	status = sample_engine(uc, &samples, &why);
	uc_close(uc);
	if (why)
		snprintf(err->text, sizeof(err->text), "%s", why);
	return status;
}

bool sim_layout_way(unsigned way)
{
	if (way == 0)
		in_place = sim_probe_places(&layout) == NULL;
	layout.in_place = way < 2;
	layout.keep_flags = way & 1;
	layout.stores.mark = 0;
	layout.fpu.known = false;
	return in_place || !layout.in_place;
}

void sim_layout_stores(const struct sim_store_layout *stores)
{
	layout.stores = *stores;
}

void sim_layout_fpu(const struct sim_fpu_layout *fpu)
{
	layout.fpu = *fpu;
}

const struct sim_layout *sim_layout(void)
{
	return &layout;
}
