/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe.c: the self-test, once a process. It finds out where the engine keeps what has
 * no register, and tries everything that the other files rely on. It decides by what
 * the engine does, never by its version.
 */
#include "sim/internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

static pthread_once_t layout_once = PTHREAD_ONCE_INIT;
static struct sim_layout layout;
static struct sim_error layout_error;
static bool layout_ok;

/* ---- where the last exception is kept ----
 *
 * Four samples, each the whole CPU as seen by the interrupt hook:
 *   0: int $13                          is_int 1, no exception before
 *   1: #GP(0x1230), from a bad selector is_int 0, old exception 13
 *   2: #NP(0x0020), from a fresh CPU    is_int 0, old exception 11
 *   3: int $14                          is_int 1
 * The wanted words are those that tell these apart in this way, and only those.
 */
#define SAMPLES	 4
#define BASE	 0x10000u
#define GDT	 0x18000u
#define GDT_SIZE 0x28u

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
		{ 0xcd, 13 }, { 0x8e, 0xd8 }, { 0x8e, 0xd8 }, { 0xcd, 14 },	/* mov %eax, %ds */
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
	return NULL;
}

static const char *sample_engine(uc_engine *uc, struct samples *samples)
{
	/* A descriptor that is not present is the fourth: data, DPL 3. */
	static const uint64_t gdt[5] = { 0, 0, 0, 0, UINT64_C(0x00cf72000000ffff) };
	uc_x86_mmr gdtr = { .base = GDT, .limit = GDT_SIZE - 1 };
	const char *why = "out of memory in the self-test";
	uc_context *fresh = NULL;
	uc_hook hook;

	if (uc_mem_map(uc, BASE, 0x10000, UC_PROT_ALL) != UC_ERR_OK ||
	    uc_mem_write(uc, GDT, gdt, sizeof(gdt)) != UC_ERR_OK ||
	    uc_reg_write(uc, UC_X86_REG_GDTR, &gdtr) != UC_ERR_OK ||
	    uc_hook_add(uc, &hook, UC_HOOK_INTR, (void *)on_sample, samples, (uint64_t)1, (uint64_t)0) != UC_ERR_OK)
		return why;
	samples->size = uc_context_size(uc);
	if (uc_context_alloc(uc, &fresh) != UC_ERR_OK)
		return why;
	uc_context_save(uc, fresh);
	for (int i = 0; i < SAMPLES; i++) {
		if (uc_context_alloc(uc, &samples->context[i]) != UC_ERR_OK)
			goto out;
	}
	why = find_layout(uc, samples, fresh);
out:
	for (int i = 0; i < SAMPLES; i++) {
		if (samples->context[i])
			uc_context_free(samples->context[i]);
	}
	uc_context_free(fresh);
	return why;
}

static void probe_layout(void)
{
	struct samples samples = { .size = 0 };
	const char *why = "probe 'the engine opens' failed";
	uc_engine *uc;

	if (uc_open(UC_ARCH_X86, UC_MODE_32, &uc) == UC_ERR_OK) {
		why = sample_engine(uc, &samples);
		uc_close(uc);
	}
	layout_ok = !why;
	if (why)
		snprintf(layout_error.text, sizeof(layout_error.text), "%s", why);
}

const struct sim_layout *sim_probe(struct sim_error *err)
{
	pthread_once(&layout_once, probe_layout);
	if (!layout_ok && err)
		*err = layout_error;
	return layout_ok ? &layout : NULL;
}
