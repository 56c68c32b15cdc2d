/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * selftest.c: tries, once a process, everything that the computer takes from its
 * engine, so that another engine fails here with a name and not later with a wrong
 * event. It is written on sim.h like any guest; sim/cpu/probe.c looks into the engine.
 */
#include "sim/cpu/cpu.h"
#include "sim/memory/memory.h"
#include "sim/power/power.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
enum {
	CODE = 0x00010000,		/* code of ring 3, read-only */
	DATA = 0x00020000,
	SYSENTER = 0xff,		/* the stub that MSR 0x176 points to */
	ANY = -1,
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* User code, and where it must end: the vector, its error code, the saved EIP from CODE on, and
 * the instructions retired. */
struct trial {
	const char *name;
	uint8_t code[16];
	uint32_t eflags;
	unsigned vector;
	int error, eip, insns;
};

/* clang-format off */
static const struct trial trials[] = {
	{ "int from ring 3", { 0x90, 0xcd, 0x80 }, 0, 0x80, ANY, 3, 2 },
	{ "error code of #GP", { 0xb8, 0x33, 0x12, 0, 0, 0x8e, 0xd8 }, 0, VEC_GP, 0x1230, 5, 1 },
	{ "a second #GP", { 0xb8, 0x53, 0x16, 0, 0, 0x8e, 0xd8 }, 0, VEC_GP, 0x1650, 5, 1 },
	{ "int that the gate forbids", { 0x90, 0xcd, 0x0d }, 0, VEC_GP, 0x6a, 1, 1 },
	{ "#UD", { 0x90, 0x0f, 0x0b }, 0, VEC_UD, ANY, 1, 1 },
	{ "#DE", { 0x31, 0xc9, 0xf7, 0xf1 }, 0, VEC_DE, ANY, 2, 1 },
	{ "absent page", { 0x90, 0xa1, 0, 0, 0x03, 0 }, 0, VEC_PF, 4, 1, 1 },
	{ "supervisor page", { 0x90, 0xa1, 0, 0, 0, 0xc0 }, 0, VEC_PF, 5, 1, 1 },
	{ "read-only page", { 0x90, 0xa3, 0, 0, 0x01, 0 }, 0, VEC_PF, 7, 1, 1 },
	{ "single step", { 0x90, 0x90 }, EFLAGS_TF, VEC_DB, ANY, 1, 1 },
	{ "sysenter", { 0x90, 0x0f, 0x34 }, 0, SYSENTER, ANY, ANY, 2 },
	{ "port from ring 3", { 0x90, 0xe4, 0x60 }, 0, VEC_GP, 0, 1, 1 },
	{ "hlt from ring 3", { 0x90, 0xf4 }, 0, VEC_GP, 0, 1, 1 },
	/* rdtsc; mov %eax, %ecx; rdtsc; sub %ecx, %eax; mov %eax, DATA; int $0x80 */
	{ "rdtsc", { 0x0f, 0x31, 0x89, 0xc1, 0x0f, 0x31, 0x29, 0xc8, 0xa3, 0, 0, 2, 0, 0xcd, 0x80 }, 0,
	  0x80, ANY, 15, 6 },
};

/* Only behind the shield of fetch.c. */
static const struct trial poison[] = {
	{ "far call through a register", { 0x90, 0xff, 0xd8 }, 0, VEC_UD, ANY, 1, 1 },
	{ "lock where it is not allowed", { 0x90, 0xf0, 0x39, 0 }, 0, VEC_UD, ANY, 1, 1 },
	{ "lock of a register", { 0x90, 0xf0, 0x0f, 0xab, 0xc0 }, 0, VEC_UD, ANY, 1, 1 },
	{ "SSSE3", { 0x90, 0x0f, 0x38, 0, 0xc0 }, 0, VEC_UD, ANY, 1, 1 },
	{ "VEX", { 0x90, 0xc5, 0xf8, 0x77 }, 0, VEC_UD, ANY, 1, 1 },
};

static const uint8_t msr_code[] = {
	0xb9, 0x74, 1, 0, 0, 0xb8, SIM_BARE_KCS, 0, 0, 0, 0x0f, 0x30,	/* MSR 0x174: CS */
	0x41, 0xb8, 0x00, 0x30, 0x00, 0xc0, 0x0f, 0x30,			/* 0x175: SIM_BARE_STACK */
	0x41, 0xb8, 0xf0, 0x3f, 0x00, 0xc0, 0x0f, 0x30,			/* 0x176 */
	0xf4,
};
/* clang-format on */
enum {
	HLT_INSNS = 1,
	SYSEXIT = SIM_BARE_CODE + 0x200,
	WP = SIM_BARE_CODE + 0x300,
	KERNEL_STORE = SIM_BARE_CODE + 0x400,
	KERNEL_FXSAVE = SIM_BARE_CODE + 0x500,
	KERNEL_FXRSTOR = SIM_BARE_CODE + 0x600,
};
/* mov $CODE, %edx; mov $DATA + 0x800, %ecx; sysexit */
static const uint8_t sysexit_code[] = { 0xba, 0, 0, 1, 0, 0xb9, 0, 8, 2, 0, 0x0f, 0x35 };
/* mov %eax, CODE; hlt */
static const uint8_t wp_code[] = { 0xa3, 0, 0, 1, 0, 0xf4 };
/* movl $2, DATA + 8; hlt */
static const uint8_t kernel_store_code[] = { 0xc7, 0x05, 8, 0, 2, 0, 2, 0, 0, 0, 0xf4 };
/* fxsave IMAGE, fxrstor IMAGE; hlt */
static const uint8_t fxsave_code[] = { 0x0f, 0xae, 0x05, 0, 2, 2, 0, 0xf4 };
static const uint8_t fxrstor_code[] = { 0x0f, 0xae, 0x0d, 0, 2, 2, 0, 0xf4 };
/* movl $1, DATA + 4; int $0x80 */
static const uint8_t store_code[] = { 0xc7, 0x05, 4, 0, 2, 0, 1, 0, 0, 0, 0xcd, 0x80 };
/* In DATA: incb 1f + 1; 1: mov $1, %eax; int $0x80 */
static const uint8_t changing_code[] = { 0xfe, 0x05, 7, 4, 2, 0, 0xb8, 1, 0, 0, 0, 0xcd, 0x80 };
enum { CHANGING = DATA + 0x400 };
/* In DATA, so that each has a hook: xor %eax, %eax; sbb $-0x1bdc, %eax; mov 0x30000, %eax: a fault */
static const uint8_t flags_code[] = { 0x31, 0xc0, 0x1d, 0x24, 0xe4, 0xff, 0xff, 0xa1, 0, 0, 3, 0 };
/* In DATA: xor %eax, %eax; sbb $0x7f, %eax; cmpxchg8b DATA + 0x854, which we execute, though it
 * may change this code; rcrl $32, 0x30000: a fault */
static const uint8_t guarded_code[] = { 0x31, 0xc0, 0x83, 0xd8, 0x7f, 0x0f, 0xc7, 0x0d, 0x54, 8,
					2,    0,    0xc1, 0x1d, 0,    0,    3,    0,    0x20 };
/* 1: nop; inc %eax; jmp 1b */
static const uint8_t loop_code[] = { 0x90, 0x40, 0xeb, 0xfc };

static bool build(struct sim *s)
{
	if (sim_bare_build(s) || sim_map(s, CODE, 1, SIM_USER) ||
	    sim_map(s, DATA, 1, SIM_USER | SIM_WRITE))
		return false;
	sim_bare_gate(s, 0x80, SIM_BARE_STUBS + 16 * 0x80, 3);
	sim_write(s, SIM_BARE_CODE, msr_code, sizeof(msr_code), NULL);
	sim_write(s, SYSEXIT, sysexit_code, sizeof(sysexit_code), NULL);
	sim_write(s, WP, wp_code, sizeof(wp_code), NULL);
	sim_write(s, KERNEL_STORE, kernel_store_code, sizeof(kernel_store_code), NULL);
	sim_write(s, KERNEL_FXSAVE, fxsave_code, sizeof(fxsave_code), NULL);
	sim_write(s, KERNEL_FXRSTOR, fxrstor_code, sizeof(fxrstor_code), NULL);
	sim_jump(s, SIM_BARE_CODE, SIM_BARE_STACK, 2);
	return sim_run(s, 5000) == SIM_HALT;
}

static void enter_user(struct sim *s, uint32_t at, const uint8_t *code, size_t size,
		       uint32_t eflags)
{
	if (size)
		sim_write(s, at, code, size, NULL);
	sim_bare_enter(s, 3, at, DATA + 0x800, eflags);
}

/* Stopped behind the hlt of this vector's stub? */
static bool at_stub(struct sim *s, unsigned vector)
{
	return sim_get_eip(s) == SIM_BARE_STUBS + 16 * vector + 1;
}

static bool try_one(struct sim *s, const struct trial *t)
{
	uint64_t before = sim_get_counts(s)->total;
	uint32_t frame;
	bool ok;

	enter_user(s, CODE, t->code, sizeof(t->code), t->eflags);
	ok = sim_run(s, 5000) == SIM_HALT && at_stub(s, t->vector) && sim_cpl(s) == 0;
	frame = sim_reg_get(s, SIM_ESP);
	if (ok && t->error != ANY) {
		ok = sim_load32(s, frame) == (uint32_t)t->error;
		frame += 4;
	}
	if (ok && t->eip != ANY)
		ok = sim_load32(s, frame) == CODE + (uint32_t)t->eip &&
		     sim_load32(s, frame + 4) == SIM_BARE_UCS &&
		     sim_load32(s, frame + 12) == DATA + 0x800;
	return ok && sim_get_counts(s)->total - before ==
			     (uint64_t)t->insns + SIM_BARE_ENTER_INSNS + HLT_INSNS;
}

static bool try_sysexit(struct sim *s)
{
	static const uint8_t code[] = { 0xcd, 0x80 };

	sim_write(s, CODE, code, sizeof(code), NULL);
	sim_enter_kernel(s, SIM_BARE_KCS, SIM_BARE_KDS, SYSEXIT, SIM_BARE_STACK, 2);
	return sim_run(s, 5000) == SIM_HALT && at_stub(s, 0x80) &&
	       sim_load32(s, SIM_BARE_STACK - 16) == SIM_BARE_UCS;
}

static bool try_write_protect(struct sim *s)
{
	sim_enter_kernel(s, SIM_BARE_KCS, SIM_BARE_KDS, WP, SIM_BARE_STACK, 2);
	return sim_run(s, 5000) == SIM_HALT && at_stub(s, VEC_PF) &&
	       sim_load32(s, SIM_BARE_STACK - 16) == 3;
}

/* The D bit comes with the first store, and again after it was taken away. */
static bool try_dirty_bit(struct sim *s)
{
	for (int round = 0; round < 2; round++) {
		s->space.pte[DATA / SIM_PAGE] &= ~PTE_DIRTY;
		s->space.flush_tlb = true;
		enter_user(s, CODE, store_code, sizeof(store_code), 0);
		if (sim_run(s, 5000) != SIM_HALT || !at_stub(s, 0x80) ||
		    !(s->space.pte[DATA / SIM_PAGE] & PTE_DIRTY))
			return false;
	}
	return true;
}

/* The arithmetic flags that the fault has saved. */
static bool try_flags(struct sim *s, const uint8_t *code, size_t size, uint32_t flags)
{
	enum { ARITHMETIC = 0x8d5 };

	enter_user(s, CHANGING, code, size, 0);
	return sim_run(s, 5000) == SIM_HALT && at_stub(s, VEC_PF) &&
	       (sim_load32(s, SIM_BARE_STACK - 12) & ARITHMETIC) == flags;
}

static bool try_changing_code(struct sim *s)
{
	for (uint32_t round = 0; round < 3; round++) {
		enter_user(s, CHANGING, changing_code, round ? 0 : sizeof(changing_code), 0);
		if (sim_run(s, 5000) != SIM_HALT || !at_stub(s, 0x80) ||
		    sim_get_eax(s) != round + 2)
			return false;
	}
	return true;
}

static bool try_budget(struct sim *s)
{
	uint64_t before = sim_get_counts(s)->total;

	enter_user(s, CODE, loop_code, sizeof(loop_code), 0);
	return sim_run(s, SIM_BARE_ENTER_INSNS + 301) == SIM_BUDGET && sim_get_eip(s) == CODE &&
	       sim_get_eax(s) == 100 &&
	       sim_get_counts(s)->total - before == SIM_BARE_ENTER_INSNS + 300;
}

static bool try_again(struct sim *s)
{
	struct sim_snapshot *snap;
	uint8_t first[16], again[16];
	bool ok;

	if (sim_save(s, &snap) != SIM_OK)
		return false;
	sim_digest(s, NULL, 0, first);
	ok = try_one(s, &trials[0]) && sim_restore(s, snap) == SIM_OK;
	sim_digest(s, NULL, 0, again);
	sim_snapshot_free(snap);
	return ok && memcmp(first, again, 16) == 0;
}

/* ---- stores, the short way (sim/cpu/stores.c) ---- */

static bool store_in_ring0(struct sim *s)
{
	sim_enter_kernel(s, SIM_BARE_KCS, SIM_BARE_KDS, KERNEL_STORE, SIM_BARE_STACK, 2);
	return sim_run(s, 5000) == SIM_HALT && sim_load32(s, DATA + 8) == 2;
}

static bool store_in_ring3(struct sim *s)
{
	enter_user(s, CODE, store_code, sizeof(store_code), 0);
	return sim_run(s, 5000) == SIM_HALT && at_stub(s, 0x80) && sim_load32(s, DATA + 4) == 1;
}

/* Each ring's table is the one that has the page behind its store, of an engine that knew of none. */
static bool find_stores(struct sim *s, struct sim_store_layout *at)
{
	uint32_t mark;

	s->space.flush_tlb = true;
	if (!store_in_ring0(s) || !sim_stores_find(s, DATA / SIM_PAGE, &at->place[0], &mark))
		return false;
	s->space.flush_tlb = true;
	return store_in_ring3(s) && sim_stores_find(s, DATA / SIM_PAGE, &at->place[1], &at->mark) &&
	       mark == at->mark && at->place[0] != at->place[1];
}

/* Stores to a page that is not code are short, those to one that is are not, and all of it is as before. */
static bool try_short_stores(struct sim *s)
{
	const struct sim_store_layout *at = &s->cpu.layout->stores;
	uint32_t page = DATA / SIM_PAGE;
	bool ok;

	sim_stores_anew(s);
	sim_protect(s, DATA, 1, SIM_USER, true); /* its code is forgotten, */
	sim_protect(s, DATA, 1, SIM_USER | SIM_WRITE, true);
	ok = store_in_ring0(s) && store_in_ring3(s);
	sim_stores_ease(s);
	ok = ok && !sim_stores_marked(s, at->place[0], page) &&
	     !sim_stores_marked(s, at->place[1], page);
	sim_store32(s, DATA + 4, 0);
	sim_store32(s, DATA + 8, 0);
	ok = ok && store_in_ring0(s) && store_in_ring3(s) &&
	     !sim_stores_marked(s, at->place[0], page);
	return ok && try_changing_code(s) && sim_stores_marked(s, at->place[0], page) &&
	       sim_stores_marked(s, at->place[1], page) && try_dirty_bit(s) &&
	       try_write_protect(s) && try_again(s);
}

/* Neither is needed, so nothing is wrong if one is not there. */
static void look_for_short_stores(struct sim *s)
{
	struct sim_store_layout at = { .mark = 0 };

	if (!find_stores(s, &at))
		return;
	sim_layout_stores(&at);
	if (try_short_stores(s))
		return;
	at.mark = 0;
	sim_layout_stores(&at);
}

/* ---- the FPU in place (sim/cpu/fpu.c) ---- */

enum { IMAGE = DATA + 0x200, IMAGE_SIZE = 512 };

/* By the engine, in ring 0. */
static bool run_fpu(struct sim *s, uint32_t code)
{
	sim_enter_kernel(s, SIM_BARE_KCS, SIM_BARE_KDS, code, SIM_BARE_STACK, 2);
	return sim_run(s, 5000) == SIM_HALT && sim_cpl(s) == 0;
}

/* Registers of which some are empty, and a top that is not 0. */
static void write_image(struct sim *s, uint8_t seed)
{
	uint8_t image[IMAGE_SIZE];

	for (unsigned i = 0; i < IMAGE_SIZE; i++)
		image[i] = (uint8_t)(seed + 7 * i);
	memcpy(image, (uint8_t[]){ 0x7f, 3, seed, (uint8_t)(0x18 + (seed & 0x20)), seed, 0 }, 6);
	memcpy(image + 24, (uint8_t[]){ 0x80, 0x1f, 0, 0 }, 4);
	sim_write(s, IMAGE, image, sizeof(image), NULL);
}

/* From one state the image that the engine makes, and ours; and from one image the state. */
static bool try_fpu(struct sim *s, uint8_t seed)
{
	uint8_t ours[IMAGE_SIZE], its[IMAGE_SIZE], first[IMAGE_SIZE];

	write_image(s, seed);
	if (!run_fpu(s, KERNEL_FXRSTOR))
		return false;
	write_image(s, 0);
	sim_read(s, IMAGE, ours, sizeof(ours), NULL);
	if (!sim_fpu_save(s, ours) || !run_fpu(s, KERNEL_FXSAVE))
		return false;
	sim_read(s, IMAGE, first, sizeof(first), NULL);
	write_image(s, (uint8_t)~seed);
	if (memcmp(ours, first, sizeof(ours)) != 0 || !run_fpu(s, KERNEL_FXRSTOR) ||
	    !sim_fpu_load(s, first))
		return false;
	sim_write(s, IMAGE, first, sizeof(first), NULL);
	if (!run_fpu(s, KERNEL_FXSAVE))
		return false;
	sim_read(s, IMAGE, its, sizeof(its), NULL);
	return memcmp(its, first, sizeof(its)) == 0;
}

static void look_for_fpu(struct sim *s)
{
	struct sim_fpu_layout at;

	if (!sim_fpu_find(s, &at))
		return;
	at.known = true;
	sim_layout_fpu(&at);
	at.known = try_fpu(s, 0x5b) && try_fpu(s, 0xa6);
	sim_layout_fpu(&at);
}

/* The first trial that fails; NULL: none. */
static const char *run_trials(struct sim *s)
{
	if (!build(s))
		return "boot";
	for (size_t i = 0; i < COUNT(trials); i++) {
		if (!try_one(s, &trials[i]))
			return trials[i].name;
	}
	for (size_t i = 0; i < COUNT(poison); i++) {
		if (!try_one(s, &poison[i]))
			return poison[i].name;
	}
	if (sim_load32(s, DATA) != 2)
		return "rdtsc";
	if (!try_sysexit(s))
		return "sysexit";
	if (!try_write_protect(s))
		return "write protection of ring 0";
	if (!try_dirty_bit(s))
		return "dirty bit";
	if (!try_flags(s, flags_code, sizeof(flags_code), 0x11)) /* AF CF */
		return "flags of a fault";
	if (!try_flags(s, guarded_code, sizeof(guarded_code), 0x95)) /* SF AF PF CF */
		return "flags behind a guarded store";
	if (!try_changing_code(s))
		return "code that changes itself";
	if (!try_budget(s))
		return "stop before a block";
	if (!try_again(s))
		return "save and restore";
	return NULL;
}

enum sim_status sim_selftest(struct sim_error *err)
{
	static const struct sim_config config = {
		.page_tables = 0xFF000000,
		.page_directory = 0xFF400000,
		.firmware = 0xFF401000,
		.max_pages = 16,
	};
	const char *failed;
	struct sim *s;
	enum sim_status status = sim_power_up(&config, NULL, &s, err);

	if (status != SIM_OK)
		return status;
	failed = run_trials(s);
	if (!failed) {
		look_for_short_stores(s);
		look_for_fpu(s);
	}
	if (s->no_memory) {
		snprintf(err->text, sizeof(err->text), "out of memory in the self-test");
		sim_close(s);
		return SIM_ENOMEM;
	}
	if (failed)
		snprintf(err->text, sizeof(err->text),
			 "probe '%s': the engine (%s) does something else%s%.100s", failed,
			 sim_engines(), s->run.why[0] ? ": " : "", s->run.why);
	sim_close(s);
	return failed ? SIM_EENGINE : SIM_OK;
}
