/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.c: the processor: opening the engine, contexts, and what is asked
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

/* ---- contexts ---- */

struct sim_context {
	uc_context *uc;
	uint64_t rest;
	int armed;
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
	c->rest = s->cpu.rest;
	c->armed = s->cpu.armed;
}

void sim_context_restore(struct sim *s, const struct sim_context *c)
{
	uc_context_restore(s->cpu.engine, c->uc);
	s->cpu.rest = c->rest;
	s->cpu.armed = c->armed;
	sim_no_block(s);
	s->cpu.no_segments = false;
}

static size_t context_words(struct sim *s)
{
	return (uc_context_size(s->cpu.engine) - s->cpu.layout->in_context) / 8;
}

size_t sim_context_bytes(struct sim *s)
{
	return 8 * context_words(s);
}

struct sim_sparse *sim_context_pack(struct sim *s)
{
	const uint8_t *raw = (const uint8_t *)s->cpu.scratch->uc;

	sim_context_save(s, s->cpu.scratch);
	return sim_sparse_new(raw + s->cpu.layout->in_context, context_words(s));
}

void sim_context_unpack(struct sim *s, const struct sim_sparse *p, uint64_t rest,
			struct sim_context *out)
{
	sim_sparse_get(p, (uint8_t *)out->uc + s->cpu.layout->in_context, context_words(s));
	out->rest = rest;
	out->armed = -1;
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
		{ UC_HOOK_BLOCK, 0,
		  (void *)(s->config.covered ? s->cpu.hooks->covered_block : s->cpu.hooks->block) },
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
	return SIM_OK;
}

static enum sim_status open_contexts(struct sim *s)
{
	return (s->cpu.boot = sim_context_new(s)) && (s->cpu.scratch = sim_context_new(s)) &&
			       (s->cpu.fault = sim_context_new(s)) /* the last: sim_close() */ ?
		       SIM_OK :
		       SIM_ENOMEM;
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
		status = open_contexts(s);
	if (status == SIM_OK)
		status = power_on(s, err);
	sim_stores_anew(s);
	return status == SIM_OK ? try_cr2(s, err) : status;
}

static bool hook_record(struct sim *s);

/* What an engine knows but for its translations is in a context, in memory, and in its hooks. */
bool sim_cpu_renew(struct sim *s)
{
	struct uc_struct *old = s->cpu.engine;
	uint8_t *old_state = s->cpu.state;
	struct sim_error ignored;
	bool good;

	sim_cpu_borrow(s);
	s->cpu.engine = NULL;
	good = open_engine(s, &ignored) == SIM_OK;
	if (!good) {
		if (s->cpu.engine)
			uc_close(s->cpu.engine);
		s->cpu.engine = old;
		s->cpu.state = old_state;
	} else {
		uc_close(old);
		s->cpu.translated = 0;
		uc_context_restore(s->cpu.engine, s->cpu.boot->uc);
		good = !s->cpu.recording || hook_record(s);
		sim_stores_anew(s);
	}
	sim_cpu_give_back(s);
	return good;
}

void sim_cpu_close(struct sim *s)
{
	sim_context_free(s->cpu.carried);
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

void sim_engine_unhook(struct sim *s, size_t hook)
{
	sim_cpu_borrow(s);
	uc_hook_del(s->cpu.engine, hook);
	sim_cpu_give_back(s);
}

static void on_read(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		    void *user)
{
	struct sim *s = user;

	(void)uc, (void)type, (void)value;
	if (s->recorder && !s->cpu.firmware_runs)
		s->recorder->read(s, (uint32_t)address, (uint32_t)size);
}

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	struct sim *s = user;

	(void)uc;
	if (s->recorder && !s->cpu.firmware_runs)
		s->recorder->code(s, (uint32_t)address, size);
}

static bool hook_record(struct sim *s)
{
	uc_hook hook;

	return uc_hook_add(s->cpu.engine, &hook, UC_HOOK_MEM_READ, (void *)on_read, s, (uint64_t)1,
			   (uint64_t)0) == UC_ERR_OK &&
	       uc_hook_add(s->cpu.engine, &hook, UC_HOOK_BLOCK, (void *)on_code, s, (uint64_t)1,
			   (uint64_t)0) == UC_ERR_OK;
}

bool sim_engine_record(struct sim *s)
{
	s->space.drop_all = true; /* translations without these */
	s->cpu.recording = true;
	return hook_record(s);
}

void sim_stop_now(struct sim *s, enum sim_stop stop, const char *format, ...)
{
	va_list args;

	if (s->run.stop >= 0 && s->run.stop != SIM_BUDGET && s->run.stop != SIM_BREAK)
		return; /* the first reason is the true one */
	sim_stop_is(s, stop);
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

bool sim_lacked_memory(struct sim *s)
{
	bool lacked = s->no_memory;

	s->no_memory = false;
	return lacked;
}
