/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.c: the processor: opening the engine, contexts, and the run loop. It knows nothing of
 * what a guest is. Its registers: regs.c.
 *
 * The engine executes, walks the page tables and raises faults; everything that a
 * processor does between a fault and its handler is ours (hooks.c, deliver.c).
 */
#include "sim/computer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

/* ---- contexts ---- */

struct sim_context {
	uc_context *uc;
};

struct sim_context *sim_context_new(struct sim *s)
{
	struct sim_context *c = malloc(sizeof(*c));

	if (c && uc_context_alloc(s->engine, &c->uc) != UC_ERR_OK) {
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
	uc_context_save(s->engine, c->uc);
}

void sim_context_restore(struct sim *s, const struct sim_context *c)
{
	uc_context_restore(s->engine, c->uc);
	s->cur.valid = false;
	s->no_segments = false;
}

/* Inside a hook: reads what the last fault left, and makes the engine forget it. A fault
 * that it remembers would turn the next one into a double fault. */
struct sim_fault sim_cpu_fault(struct sim *s)
{
	const struct sim_layout *at = s->layout;
	uint8_t *raw = (uint8_t *)s->fault->uc;
	struct sim_fault fault;
	int32_t old, is_int;

	uc_context_save(s->engine, s->fault->uc);
	memcpy(&fault.error_code, raw + at->error_code, 4);
	memcpy(&is_int, raw + at->is_int, 4);
	memcpy(&old, raw + at->old_exception, 4);
	fault.software = is_int != 0;
	if (old != -1) {
		old = -1;
		memcpy(raw + at->old_exception, &old, 4);
		uc_context_restore(s->engine, s->fault->uc);
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
	uint8_t *page = s->ram + s->config.firmware;

	memcpy(page + SIM_FIRMWARE_INIT, init, sizeof(init));
	put32(page + SIM_FIRMWARE_INIT + 1, s->config.page_directory);
	memcpy(page + SIM_FIRMWARE_FLUSH, flush, sizeof(flush));
}

/* Runs a piece of firmware; the CPU is afterwards as before, and nothing is counted. */
void sim_firmware(struct sim *s, uint32_t offset)
{
	uc_err err;

	sim_cpu_borrow(s);
	s->firmware_runs = true;
	err = uc_emu_start(s->engine, s->config.firmware + offset, 0, 0, 0);
	s->firmware_runs = false;
	sim_cpu_give_back(s);
	if (err != UC_ERR_OK)
		sim_stop_now(s, SIM_BROKEN, "the firmware does not run: %s", uc_strerror(err));
}

void sim_cpu_borrow(struct sim *s)
{
	uc_context_save(s->engine, s->scratch->uc);
	uc_context_restore(s->engine, s->boot->uc);
}

void sim_cpu_give_back(struct sim *s)
{
	uc_context_restore(s->engine, s->scratch->uc);
}

void sim_cpu_drop_code(struct sim *s, uint32_t page)
{
	uint64_t start = (uint64_t)page * SIM_PAGE;

	sim_cpu_borrow(s);
	uc_ctl_remove_cache(s->engine, start, start + SIM_PAGE);
	sim_cpu_give_back(s);
}

/* ---- open and close ---- */

static enum sim_status open_engine(struct sim *s, struct sim_error *err)
{
	const uint64_t half = UINT64_C(1) << 31;
	const uint32_t rights = UC_PROT_READ | UC_PROT_WRITE; /* fetch.c */
	uc_err e = uc_open(UC_ARCH_X86, UC_MODE_32, &s->engine);

	if (e == UC_ERR_OK)
		e = uc_mem_map_ptr(s->engine, 0, half, rights, s->ram);
	if (e == UC_ERR_OK)
		e = uc_mem_map_ptr(s->engine, half, half, rights, s->ram + half);
	/* Behind 4 GiB the parts of one access do not wrap; there it finds the entry of page 0. */
	if (e == UC_ERR_OK)
		e = uc_mem_map_ptr(s->engine, 2 * half, SIM_MARGIN, rights, s->ram + 2 * half);
	if (e == UC_ERR_OK)
		e = uc_ctl_exits_enable(s->engine); /* no address ends a run, not even 0 */
	if (e != UC_ERR_OK) {
		snprintf(err->text, sizeof(err->text), "opening the engine: %s", uc_strerror(e));
		return e == UC_ERR_NOMEM ? SIM_ENOMEM : SIM_EENGINE;
	}
	if (s->layout->in_place && !s->config.by_name)
		s->state = sim_engine_state(s->engine, s->layout);
	if (!sim_hooks_open(s) || !sim_fetch_open(s)) {
		snprintf(err->text, sizeof(err->text), "the engine refuses a hook");
		return SIM_EENGINE;
	}
	s->boot = sim_context_new(s);
	s->scratch = sim_context_new(s);
	s->fault = sim_context_new(s);
	if (!s->boot || !s->scratch || !s->fault)
		return SIM_ENOMEM;
	return SIM_OK;
}

static enum sim_status power_on(struct sim *s, struct sim_error *err)
{
	uc_err e;

	sim_firmware_write(s);
	s->firmware_runs = true;
	e = uc_emu_start(s->engine, s->config.firmware + SIM_FIRMWARE_INIT, 0, 0, 0);
	s->firmware_runs = false;
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
	sim_context_save(s, s->boot);
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

static bool config_ok(const struct sim_config *c)
{
	return (c->page_tables | c->page_directory | c->firmware) % SIM_PAGE == 0 &&
	       c->page_tables <= UINT32_MAX - 0x3fffff &&
	       c->page_directory - c->page_tables >= 0x400000 &&
	       c->firmware - c->page_tables >= 0x400000 && c->firmware != c->page_directory;
}

enum sim_status sim_power_up(const struct sim_config *config, struct sim **out,
			     struct sim_error *err)
{
	struct sim *s = calloc(1, sizeof(*s));
	enum sim_status status = SIM_ENOMEM;

	if (s) {
		s->config = *config;
		s->layout = sim_layout();
		s->uncounted = config->uncounted;
		s->stop = -1;
		s->limit = UINT64_MAX;
		s->epoch = 1;
		sim_blocks_init(s);
		status = sim_memory_open(s);
	}
	if (status == SIM_OK)
		status = open_engine(s, err);
	if (status == SIM_OK)
		status = power_on(s, err);
	if (status == SIM_OK)
		status = try_cr2(s, err);
	if (status == SIM_OK) {
		*out = s;
		return SIM_OK;
	}
	if (status == SIM_ENOMEM)
		snprintf(err->text, sizeof(err->text), "out of memory opening the computer");
	sim_close(s);
	return status;
}

enum sim_status sim_open(const struct sim_config *config, struct sim **out, struct sim_error *err)
{
	struct sim_error ignored;
	enum sim_status status;

	err = err ? err : &ignored;
	err->text[0] = '\0';
	if (!config_ok(config)) {
		snprintf(err->text, sizeof(err->text),
			 "the computer's own pages are not aligned or overlap");
		return SIM_EINVAL;
	}
	status = sim_probe(err);
	return status == SIM_OK ? sim_power_up(config, out, err) : status;
}

void sim_close(struct sim *s)
{
	if (!s)
		return;
	if (s->fault) /* opened whole */
		sim_memory_drop_code(s);
	sim_context_free(s->boot);
	sim_context_free(s->scratch);
	sim_context_free(s->fault);
	if (s->engine)
		uc_close(s->engine);
	sim_spots_close(s);
	sim_watch_close(s);
	sim_memory_close(s);
	sim_blocks_free(s);
	free(s);
}

/* ---- run ---- */

void sim_stop_now(struct sim *s, enum sim_stop stop, const char *format, ...)
{
	va_list args;

	if (s->stop >= 0 && s->stop != SIM_BUDGET && s->stop != SIM_BREAK)
		return; /* the first reason is the true one */
	sim_stop_is(s, stop);
	va_start(args, format);
	vsnprintf(s->why, sizeof(s->why), format, args);
	va_end(args);
	s->stop_eip = sim_reg_get(s, SIM_EIP);
	if (s->running)
		uc_emu_stop(s->engine);
}

const char *sim_why(const struct sim *s)
{
	return s->why;
}

bool sim_lacked_memory(const struct sim *s)
{
	return s->no_memory;
}

/* The engine says "done" for a hlt and for any of our stops; only the latter are marked. */
static void run_once(struct sim *s)
{
	uint32_t eip = sim_reg_get(s, SIM_EIP);
	uc_err err;

	s->restart = s->rewind = false;
	s->running = true;
	err = uc_emu_start(s->engine, eip, 0, 0, 0);
	s->running = false;
	sim_shield_lift(s);
	if (s->split)
		sim_split_end(s);
	if (s->stop >= 0) {
		sim_reg_set(s, SIM_EIP, s->stop_eip);
		return;
	}
	if (err != UC_ERR_OK && !(s->rewind && err == UC_ERR_FETCH_PROT)) {
		sim_stop_now(s, SIM_BROKEN, "the engine stopped at %08x: %s",
			     sim_reg_get(s, SIM_EIP), uc_strerror(err));
		return;
	}
	if (s->rewind)
		sim_reg_set(s, SIM_EIP, s->stop_eip);
	eip = sim_reg_get(s, SIM_EIP);
	/* Behind an invalid opcode 2.0.1 leaves before the handler's first block, 2.1 does not. */
	if (s->rewind || (s->restart && !s->cur.valid && eip == s->invalid_eip))
		return;
	if (sim_cpl(s) == 0 && s->ram[(uint32_t)(eip - 1)] == 0xf4)
		sim_stop_is(s, SIM_HALT);
	else
		sim_stop_now(s, SIM_BROKEN, "the engine stopped at %08x without a reason", eip);
}

static void end_clocks(struct sim *s, uint32_t eip)
{
	if (s->stop == SIM_BUDGET && s->cur.valid && s->cur.block->rep == eip)
		sim_count_settle(s, eip); /* in the middle of a rep: sim_limit_rounds */
	sim_clock_end(s, eip);
}

enum sim_stop sim_run(struct sim *s, uint64_t max_insns)
{
	s->stop = -1;
	s->why[0] = '\0';
	s->limit = max_insns && max_insns < UINT64_MAX - s->counts.total ?
			   s->counts.total + max_insns :
			   UINT64_MAX;
	s->first_block = true;
	if (s->clock.timing.model)
		s->clock.ring = (uint8_t)sim_cpl(s);
	s->resume_eip = sim_reg_get(s, SIM_EIP);
	s->resumed = true;
	s->cur.valid = false;
	s->kept_flags = false;
	s->traced = s->begun = s->left = UINT64_MAX;
	s->cr2 = sim_reg_get(s, SIM_CR2);
	if (s->no_segments)
		sim_stop_now(s, SIM_BROKEN,
			     "the kernel's segments cannot be loaded: no such GDT entries");
	while (s->stop < 0) {
		sim_memory_sync(s);
		if (s->stop < 0)
			run_once(s);
	}
	if (s->clock.timing.model)
		end_clocks(s, sim_reg_get(s, SIM_EIP));
	return (enum sim_stop)s->stop;
}

enum sim_stop sim_run_past_breaks(struct sim *s, uint64_t max_insns)
{
	enum sim_stop stop;

	s->passes_breaks = true;
	stop = sim_run(s, max_insns);
	s->passes_breaks = false;
	return stop;
}
