/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * captures.c: one test after the other, twice: by the engine for what the CPU does, by a model
 * for how long it takes.
 *
 * A capture begins with the first bus cycle of the code that a jump went to, with an empty
 * queue, and ends with the first clock of the halt cycle of the hlt behind the instruction. A
 * model with a bus accounts for all of it. Of one without, only the instruction's own clocks
 * can be compared: a register add takes 2 and its capture 17, so the frame is 15.
 */
#include "sim/captures/captures.h"
#include "sim/captures/moo.h"
#include "sim/cpu/cpu.h"
#include "sim/cpu/real.h"
#include "sim/power/power.h"
#include "sim/timing/bus.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bits of EFLAGS that real mode's instructions show; the 386EX has ones above them. */
#define FLAGS 0x7fd7u

enum { FRAME = 15, LOOK_AHEAD = 64, FLAG_WORD = 2 };

struct replay {
	struct sim_timing timing;
	struct sim_real *real;
	uint8_t *expected; /* memory */
	struct sim_captures *out;
	char difference[160], measured[SIM_BUS_CYCLES + 1], modelled[SIM_BUS_CYCLES + 1];
	struct sim_bus_record record;
};

/* ---- what the CPU does ---- */

static uint32_t code_at(const struct moo_regs *r)
{
	return ((r->value[MOO_CS] & 0xffff) << 4) + (r->value[MOO_EIP] & 0xffff);
}

static struct sim_regs engine_regs(const struct moo_regs *r)
{
	const uint32_t *v = r->value;

	return (struct sim_regs){ .eax = v[MOO_EAX],
				  .ecx = v[MOO_ECX],
				  .edx = v[MOO_EDX],
				  .ebx = v[MOO_EBX],
				  .esp = v[MOO_ESP],
				  .ebp = v[MOO_EBP],
				  .esi = v[MOO_ESI],
				  .edi = v[MOO_EDI],
				  .eip = v[MOO_EIP],
				  .eflags = (v[MOO_EFLAGS] & FLAGS) | 2,
				  .cs = v[MOO_CS] & 0xffff,
				  .ss = v[MOO_SS] & 0xffff,
				  .ds = v[MOO_DS] & 0xffff,
				  .es = v[MOO_ES] & 0xffff,
				  .fs = v[MOO_FS] & 0xffff,
				  .gs = v[MOO_GS] & 0xffff };
}

static bool load(struct replay *p, const struct moo_test *t, const struct moo_state *s,
		 uint8_t *memory, struct sim_error *err)
{
	for (uint32_t i = 0; i < s->ram_count; i++) {
		struct moo_byte b = moo_byte_at(s, i);

		if (b.addr >= SIM_REAL_MEMORY) {
			snprintf(
				err->text, sizeof(err->text),
				"captures: byte %zu: test %u has memory at %#x, outside real mode's",
				t->offset, t->index, b.addr);
			return false;
		}
		memory[b.addr] = b.value;
		/* Any of it may be code that was there in another test with other bytes. */
		if (memory != p->expected)
			sim_real_changed(p->real, b.addr, b.addr);
	}
	return true;
}

/* Sets p->difference; keeps the first. */
__attribute__((format(printf, 2, 3))) static void differs(struct replay *p, const char *format, ...)
{
	va_list args;

	if (p->difference[0])
		return;
	va_start(args, format);
	vsnprintf(p->difference, sizeof(p->difference), format, args);
	va_end(args);
}

static void compare_regs(struct replay *p, const struct moo_test *t, const struct sim_regs *got)
{
	static const char *const names[] = { "eax", "ecx", "edx", "ebx",    "esp", "ebp",
					     "esi", "edi", "eip", "eflags", "cs",  "ss",
					     "ds",  "es",  "fs",  "gs" };
	struct moo_regs want = t->init.regs, mask = t->mask;
	const uint32_t *is = &got->eax, *be, *bits;
	struct sim_regs wanted, masks;

	for (int reg = 0; reg < MOO_REGS; reg++) {
		if (t->final.regs.present >> reg & 1)
			want.value[reg] = t->final.regs.value[reg];
		if (!(mask.present >> reg & 1))
			mask.value[reg] = UINT32_MAX;
	}
	wanted = engine_regs(&want);
	masks = engine_regs(&mask);
	be = &wanted.eax;
	bits = &masks.eax;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint32_t care = bits[i] & (i == SIM_EFLAGS ? FLAGS : UINT32_MAX);

		if ((is[i] ^ be[i]) & care)
			differs(p, "%s is %#x, captured was %#x", names[i], is[i], be[i]);
	}
}

static void compare_memory(struct replay *p, const struct moo_test *t)
{
	const uint8_t *is = sim_real_memory(p->real);
	uint32_t at = 0, flags = UINT32_MAX;

	if (t->mask.present >> MOO_EFLAGS & 1)
		flags = t->mask.value[MOO_EFLAGS];
	/* Undefined flags that an exception pushed are as undefined there. */
	for (uint32_t i = 0; t->exception && i < FLAG_WORD; i++)
		if (t->flags_at < SIM_REAL_MEMORY - FLAG_WORD)
			p->expected[t->flags_at + i] ^=
				(p->expected[t->flags_at + i] ^ is[t->flags_at + i]) &
				~(flags >> 8 * i);
	if (!memcmp(is, p->expected, SIM_REAL_MEMORY))
		return;
	while (is[at] == p->expected[at])
		at++;
	differs(p, "memory at %#x is %#x, captured was %#x", at, is[at], p->expected[at]);
}

static enum sim_status execute(struct replay *p, const struct moo_test *t, struct sim_error *err)
{
	struct sim_regs regs = engine_regs(&t->init.regs);
	uint8_t *memory = sim_real_memory(p->real);
	uint32_t vectors;

	p->difference[0] = '\0';
	memset(memory, 0, SIM_REAL_MEMORY);
	memset(p->expected, 0, SIM_REAL_MEMORY);
	if (!load(p, t, &t->init, memory, err) || !load(p, t, &t->init, p->expected, err) ||
	    !load(p, t, &t->final, p->expected, err))
		return SIM_ELOAD;
	switch (sim_real_run(p->real, &regs, &vectors)) {
	case SIM_REAL_HALT: break;
	case SIM_REAL_ENDLESS: differs(p, "no hlt was reached"); break;
	case SIM_REAL_BROKEN: differs(p, "the engine gave up"); break;
	}
	if (!t->exception && vectors)
		differs(p, "an exception that the capture does not have");
	else if (t->exception && t->vector < 32 && vectors != 1u << t->vector)
		differs(p, "exceptions %#x, captured was vector %u", vectors, t->vector);
	compare_regs(p, t, &regs);
	compare_memory(p, t);
	return SIM_OK;
}

/* ---- how long it takes ---- */

static char letter(unsigned kind)
{
	switch (kind) {
	case MOO_CODE: return 'c';
	case MOO_READ: return 'r';
	case MOO_WRITE: return 'w';
	case MOO_HALT: return 'h';
	case MOO_IO_READ: return 'i';
	case MOO_IO_WRITE: return 'o';
	default: return '?';
	}
}

static void measured_order(struct replay *p, const struct moo_test *t)
{
	size_t n = 0;

	for (uint32_t i = 0; i < t->ncycles && n < SIM_BUS_CYCLES; i++) {
		struct moo_cycle c = moo_cycle_at(t, i);

		if (c.t == 1)
			p->measured[n++] = letter(c.bus);
	}
	p->measured[n] = '\0';
}

static void modelled_order(struct replay *p)
{
	static const char letters[] = { [SIM_BUS_CODE] = 'c',
					[SIM_BUS_READ] = 'r',
					[SIM_BUS_WRITE] = 'w',
					[SIM_BUS_HALT] = 'h' };

	for (unsigned n = 0; n < p->record.n; n++)
		p->modelled[n] = letters[p->record.kind[n]];
	p->modelled[p->record.n] = '\0';
}

/* The instruction and what lies behind it, whether it will be executed or not. */
static void decode(const uint8_t *memory, uint32_t at, struct sim_insn insn[SIM_BUS_AHEAD + 2])
{
	for (unsigned n = 0; n < SIM_BUS_AHEAD + 2; n++) {
		uint8_t code[LOOK_AHEAD] = { 0 };

		for (uint32_t i = 0; i < 16; i++)
			code[i] = at + i < SIM_REAL_MEMORY ? memory[at + i] : 0;
		sim_insn_decode(code, 16, at, true, &insn[n]);
		at += insn[n].size;
	}
}

static uint32_t sum(const uint32_t clocks[SIM_CAUSES])
{
	uint32_t all = 0;

	for (int cause = 0; cause < SIM_CAUSES; cause++)
		all += clocks[cause];
	return all;
}

/* The instruction, and the hlt where it belongs to what is compared. */
static uint32_t model(struct replay *p, const struct sim_insn insn[SIM_BUS_AHEAD + 2])
{
	struct sim_retired r = { .insn = &insn[0], .next = &insn[1], .real = true };
	uint32_t clocks[SIM_CAUSES] = { 0 };

	memset(p->timing.state, 0, sizeof(p->timing.state));
	p->record.n = 0;
	if (!p->out->has_bus) {
		p->timing.model->price(&p->timing, &r, clocks);
		return FRAME + sum(clocks);
	}
	sim_bus_begin(&p->timing, insn[0].addr);
	sim_bus_price(&p->timing, &r, &insn[1], SIM_BUS_AHEAD, &p->record, clocks);
	r.insn = &insn[1];
	r.next = NULL;
	sim_bus_price(&p->timing, &r, &insn[2], SIM_BUS_AHEAD, &p->record, clocks);
	return sum(clocks);
}

/* ---- the sums ---- */

static void add(struct sim_accuracy *a, const struct sim_capture *c)
{
	uint32_t error =
		c->modelled > c->measured ? c->modelled - c->measured : c->measured - c->modelled;

	a->tests++;
	a->exact += !error;
	a->error += error;
	a->bus_order += c->bus_order;
	if (error > a->max_error)
		a->max_error = error;
}

static void add_form(struct sim_captures *out, const char *name, const struct sim_capture *c)
{
	unsigned n = 0;

	while (n < out->nforms && strcmp(out->form[n].name, name) != 0)
		n++;
	if (n == SIM_CAPTURE_FORMS)
		return;
	if (n == out->nforms)
		out->form[out->nforms++].name = name;
	add(&out->form[n].accuracy, c);
}

static enum sim_status replay_one(struct replay *p, const struct moo_test *t, sim_capture_fn fn,
				  void *user, struct sim_error *err)
{
	struct sim_capture c = { .index = t->index,
				 .name = (const char *)t->name,
				 .name_size = t->name_size,
				 .bytes = t->bytes,
				 .size = t->size,
				 .faulting = t->exception,
				 .measured = t->ncycles,
				 .bus_measured = p->measured,
				 .bus_modelled = p->modelled };
	struct sim_insn insn[SIM_BUS_AHEAD + 2];
	enum sim_status status = execute(p, t, err);

	if (status != SIM_OK)
		return status;
	/* Not the engine's memory: the instruction may have changed it. */
	memset(p->expected, 0, SIM_REAL_MEMORY);
	load(p, t, &t->init, p->expected, err);
	decode(p->expected, code_at(&t->init.regs), insn);
	measured_order(p, t);
	p->modelled[0] = '\0';
	p->out->tests++;
	if (p->difference[0]) {
		p->out->differing++;
		c.difference = p->difference;
	}
	if (c.faulting) {
		p->out->faulting++;
	} else {
		c.modelled = model(p, insn);
		modelled_order(p);
		c.bus_order = p->out->has_bus && !strcmp(p->measured, p->modelled);
		add(&p->out->all, &c);
		add_form(p->out, sim_form_name(insn[0].form), &c);
	}
	if (fn)
		fn(user, &c);
	return SIM_OK;
}

enum sim_status sim_captures_replay(const void *moo, size_t size, const char *timing,
				    sim_capture_fn fn, void *user, struct sim_captures *out,
				    struct sim_error *err)
{
	struct replay *p = calloc(1, sizeof(*p));
	enum sim_status status = SIM_ENOMEM;
	struct moo_file file;
	struct moo_test test;
	bool more = true;

	*out = (struct sim_captures){ 0 };
	*err = (struct sim_error){ "no memory" };
	if (!p || !(p->expected = malloc(SIM_REAL_MEMORY)))
		goto end;
	p->out = out;
	status = SIM_EINVAL;
	if (!sim_timing_parse(timing, &p->timing, err->text, sizeof(err->text)))
		goto end;
	out->has_bus = sim_bus_has(p->timing.model);
	status = moo_open(moo, size, &file, err);
	if (status == SIM_OK)
		status = sim_probe(err);
	if (status == SIM_OK)
		status = sim_real_open(&p->real, err);
	while (status == SIM_OK && more) {
		status = moo_next(&file, &test, &more, err);
		if (status == SIM_OK && more)
			status = replay_one(p, &test, fn, user, err);
	}
end:
	if (p) {
		sim_real_close(p->real);
		free(p->expected);
	}
	free(p);
	return status;
}
