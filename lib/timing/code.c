/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * code.c: raw code on a bare computer, its clocks pass by pass.
 */
#include <string.h>

#include "lib/timing/timing.h"

#define DEFAULT_AT    0x1000
#define DEFAULT_INSNS 1000000
#define LOW_MEMORY    0x1000000u /* 16 MiB from 0 */
#define CODE_STACK    0xf00000u
#define AROUND        0x10000u /* behind code that lies elsewhere */
#define IRET_STUB     SIM_BARE_CODE
#define TABLES        0xff000000u /* the computer's own pages */
#define DIRECTORY     0xff400000u
#define FIRMWARE      0xff401000u
#define EXCEPTIONS    32
/* Of reps, beside max_insns: as many as memory from 0 has bytes. */
#define MOST_ROUNDS   (UINT64_C(1) << 24)

struct code_run {
	const sysemu_code_run *in;
	struct sim *sim;
	sysemu_pass_fn fn;
	void *user;
	sysemu_code_result result;
	bool started, in_pass;
	sysemu_pass pass;
	sysemu_pass delivery; /* the latest, until its handler begins */
};

/* ---- passes ---- */

static void add(sysemu_pass *to, const sysemu_pass *what)
{
	to->insns += what->insns;
	to->foreign += what->foreign;
	to->ruled += what->ruled;
	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		to->clocks[c] += what->clocks[c];
}

static void end_pass(struct code_run *r)
{
	if (!r->in_pass)
		return;
	r->in_pass = false;
	r->result.passes++;
	if (r->fn)
		r->fn(r->user, &r->pass);
}

static void begin_pass(struct code_run *r)
{
	end_pass(r);
	r->in_pass = true;
	memset(&r->pass, 0, sizeof(r->pass));
}

static bool has_bounds(const struct code_run *r)
{
	return r->in->from || r->in->to || r->in->bounded;
}

/* The hlt behind an exception: the end, and no part of what was asked. */
static bool is_end(uint32_t addr)
{
	return addr - SIM_BARE_STUBS < 16 * EXCEPTIONS;
}

static void on_clocks(void *run, const struct sim_retired *what, const uint32_t clocks[SIM_CAUSES],
		      enum sim_verdict verdict)
{
	struct code_run *r = run;
	const struct sim_insn *insn = what ? what->insn : NULL;
	sysemu_pass one = { .insns = what && !what->interrupted,
			    .foreign = verdict == SIM_FOREIGN,
			    .ruled = verdict == SIM_RULED };

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		one.clocks[c] = clocks[c];
	if (!insn) {
		r->delivery = one;
		return;
	}
	if (is_end(insn->addr))
		return;
	add(&one, &r->delivery);
	memset(&r->delivery, 0, sizeof(r->delivery));
	if (!r->started && insn->addr != r->in->at)
		return; /* the way there */
	if (has_bounds(r) && insn->addr == r->in->to)
		end_pass(r);
	if (has_bounds(r) && insn->addr == r->in->from)
		begin_pass(r);
	r->started = true;
	add(&r->result.total, &one);
	if (r->in_pass)
		add(&r->pass, &one);
}

/* ---- set-up ---- */

static sysemu_status check(sysemu_code_run *in)
{
	uint64_t end;

	if (!in->code || !in->size || in->size > LOW_MEMORY)
		return fail(NULL, SYSEMU_EINVAL, "timing: 1 byte to 16 MiB of code, not %zu",
			    in->code ? in->size : 0);
	if (in->ring != 0 && in->ring != 3)
		return fail(NULL, SYSEMU_EINVAL, "timing: ring %u is neither 0 nor 3", in->ring);
	in->at = in->at || in->at_given ? in->at : DEFAULT_AT;
	in->max_insns = in->max_insns ? in->max_insns : DEFAULT_INSNS;
	end = (uint64_t)in->at + in->size + AROUND;
	if (end > SIM_BARE_BASE && in->at < SIM_BARE_BASE + SIM_BARE_SIZE)
		return fail(NULL, SYSEMU_EINVAL,
			    "timing: code at 0x%08x meets the tables at 0x%08x", in->at,
			    (unsigned)SIM_BARE_BASE);
	if (end > TABLES)
		return fail(NULL, SYSEMU_EINVAL, "timing: code at 0x%08x ends behind 0x%08x",
			    in->at, TABLES);
	if (in->max_insns > UINT64_MAX - SIM_BARE_ENTER_INSNS)
		return fail(NULL, SYSEMU_EINVAL, "timing: max_insns is too large");
	return SYSEMU_OK;
}

static uint64_t rounds(const sysemu_code_run *in)
{
	return in->max_insns < MOST_ROUNDS ? MOST_ROUNDS : in->max_insns;
}

static enum sim_status map(struct sim *s, const sysemu_code_run *in)
{
	const unsigned all = SIM_USER | SIM_WRITE;
	uint32_t first = in->at / SIM_PAGE, last, bad;
	enum sim_status status = sim_map(s, 0, LOW_MEMORY / SIM_PAGE, all);

	last = (uint32_t)(in->at + in->size + AROUND - 1) / SIM_PAGE;
	if (first < LOW_MEMORY / SIM_PAGE)
		first = LOW_MEMORY / SIM_PAGE;
	if (status == SIM_OK && last >= first)
		status = sim_map(s, first * SIM_PAGE, last - first + 1, all);
	return status == SIM_OK ? sim_write(s, in->at, in->code, in->size, &bad) : status;
}

/* Vectors 32 and on lead to an iret, for every ring. */
static void build_iret(struct sim *s)
{
	const uint8_t iret = 0xcf;
	uint32_t bad;

	sim_write(s, IRET_STUB, &iret, 1, &bad);
	for (unsigned v = EXCEPTIONS; v < 256; v++)
		sim_bare_gate(s, v, IRET_STUB, 3);
}

static sysemu_status open_bare(struct code_run *r)
{
	const struct sim_config config = { .page_tables = TABLES,
					   .page_directory = DIRECTORY,
					   .firmware = FIRMWARE,
					   .max_pages = 3 * (LOW_MEMORY / SIM_PAGE) };
	struct sim_timing timing;
	struct sim_error err;
	char why[256];
	enum sim_status status;

	if (!r->in->timing || !sim_timing_parse(r->in->timing, &timing, why, sizeof(why)))
		return fail(NULL, SYSEMU_EINVAL, "timing: %s",
			    r->in->timing ? why : "no model is named");
	status = sim_open(&config, &r->sim, &err);
	if (status != SIM_OK)
		return fail(NULL, status == SIM_ENOMEM ? SYSEMU_ENOMEM : SYSEMU_EENGINE, "%s",
			    err.text);
	sim_set_timing(r->sim, &timing);
	if (sim_bare_build(r->sim) != SIM_OK || map(r->sim, r->in) != SIM_OK)
		return fail(NULL, SYSEMU_ENOMEM, "timing: no memory for the code");
	build_iret(r->sim);
	return SYSEMU_OK;
}

/* ---- the end ---- */

/* eip of the instruction that an exception came from: in its frame, behind an error code. */
static uint32_t fault_eip(struct sim *s, unsigned vector)
{
	bool code = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
	struct sim_regs regs;

	sim_get_regs(s, &regs);
	return sim_load32(s, regs.esp + (code ? 4 : 0));
}

static sysemu_status end(struct code_run *r, enum sim_stop stop)
{
	sysemu_code_result *out = &r->result;
	uint8_t byte = 0;
	uint32_t bad;

	out->eip = sim_get_eip(r->sim);
	if (stop == SIM_BUDGET) {
		out->ended = "limit";
	} else if (stop == SIM_SHUTDOWN) {
		out->ended = "shutdown";
	} else if (stop != SIM_HALT) {
		return fail(NULL, sim_lacked_memory(r->sim) ? SYSEMU_ENOMEM : SYSEMU_EENGINE,
			    "timing: 0x%08x: %s", out->eip, sim_why(r->sim));
	} else if (!is_end(out->eip - 1)) {
		out->ended = "hlt";
		out->eip--;
	} else {
		out->vector = (out->eip - 1 - SIM_BARE_STUBS) / 16;
		out->eip = fault_eip(r->sim, out->vector);
		sim_read(r->sim, out->eip, &byte, 1, &bad);
		out->ended = out->vector == 13 && byte == 0xf4 ? "hlt" : "exception";
	}
	if (!has_bounds(r) || out->eip == r->in->to)
		end_pass(r);
	return SYSEMU_OK;
}

sysemu_status sysemu_timing_code(const sysemu_code_run *run, sysemu_pass_fn pass, void *user,
				 sysemu_code_result *out)
{
	struct code_run r = { .fn = pass, .user = user };
	sysemu_code_run in;
	sysemu_status status;

	REQUIRE_ARGUMENT(NULL, run);
	REQUIRE_ARGUMENT(NULL, out);
	in = *run;
	r.in = &in;
	status = check(&in);
	if (status == SYSEMU_OK)
		status = open_bare(&r);
	if (status == SYSEMU_OK) {
		if (!has_bounds(&r))
			begin_pass(&r);
		sim_on_clocks(r.sim, on_clocks, &r);
		sim_limit_rounds(r.sim, rounds(&in));
		sim_bare_enter(r.sim, in.ring, in.at, CODE_STACK, 2);
		status = end(&r, sim_run(r.sim, in.max_insns + SIM_BARE_ENTER_INSNS));
	}
	sim_close(r.sim);
	if (status == SYSEMU_OK)
		*out = r.result;
	return status;
}
