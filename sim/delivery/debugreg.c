/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debugreg.c: what DR0 to DR7 do. The engine's own breakpoints are not used: what a program accesses
 * is known before each of its instructions (sim_insn_accesses), and told behind it. While DR7
 * enables nothing, no hook looks; once it has, each instruction of this space has one (sim_spots_trace).
 *
 * A breakpoint on execution is a fault before its instruction, unless RF is set; one on data a trap
 * behind it, together with a single step's. Between two instructions of which the first has
 * loaded SS nothing is told.
 */
#include "sim/delivery/delivery.h"

#include <string.h>

#define DR7_ENABLED 0xffu

enum { ON_EXECUTION = 0, ON_WRITE = 1, ON_PORT = 2, ON_ACCESS = 3 };

/* ---- which of the four it is ---- */

struct slot {
	uint32_t first, last;
	unsigned type;
};

/* False: it is not enabled, or of a length that there is not. */
static bool read_slot(struct sim *s, unsigned n, struct slot *out)
{
	static const uint8_t bytes[4] = { 1, 2, 0, 4 };
	uint32_t dr7 = sim_reg_get(s, SIM_DR7), how = dr7 >> (16 + 4 * n) & 0xf;
	uint32_t size = bytes[how >> 2];

	if (!(dr7 >> 2 * n & 3) || !size)
		return false;
	out->type = how & 3;
	out->first = sim_reg_get(s, (enum sim_reg)(SIM_DR0 + n)) & -size;
	out->last = out->first + size - 1;
	return true;
}

static bool touches(const struct slot *slot, const struct sim_access *a)
{
	if (slot->type == ON_EXECUTION || slot->type == ON_PORT ||
	    (slot->type == ON_WRITE && !a->write))
		return false;
	return a->addr <= slot->last && a->addr + a->size - 1 >= slot->first;
}

static bool is_rep(const struct sim_insn *insn)
{
	return (insn->flags & SIM_INSN_REP) && insn->map == 0 &&
	       ((insn->opcode >= 0x6c && insn->opcode <= 0x6f) ||
		(insn->opcode >= 0xa4 && insn->opcode <= 0xaf && insn->opcode != 0xa8 &&
		 insn->opcode != 0xa9));
}

/* It has made all of its rounds, and does nothing more. */
static bool is_over(struct sim *s, const struct sim_insn *insn)
{
	uint32_t ecx = sim_reg_get(s, SIM_ECX);

	return is_rep(insn) && (insn->address_size == 2 ? ecx & 0xffff : ecx) == 0;
}

static bool loads_ss(const struct sim_insn *insn)
{
	return insn->map == 0 &&
	       (insn->opcode == 0x17 || (insn->opcode == 0x8e && (insn->modrm >> 3 & 7) == 2));
}

static uint32_t data_hits(struct sim *s, const struct sim_insn *insn)
{
	struct sim_access a[SIM_ACCESSES];
	unsigned n = is_over(s, insn) ? 0 : sim_clock_accesses(s, insn, a);
	uint32_t hits = 0;
	struct slot slot;

	for (unsigned k = 0; n && k < 4; k++)
		for (unsigned i = 0; read_slot(s, k, &slot) && i < n; i++)
			hits |= (uint32_t)touches(&slot, &a[i]) << k;
	return hits;
}

static uint32_t execution_hits(struct sim *s, uint32_t addr)
{
	uint32_t hits = 0;
	struct slot slot;

	for (unsigned k = 0; k < 4; k++)
		if (read_slot(s, k, &slot) && slot.type == ON_EXECUTION && slot.first == addr)
			hits |= 1u << k;
	return hits;
}

/* ---- #DB ---- */

void sim_debug_deliver(struct sim *s, uint32_t bits, uint32_t eip)
{
	sim_debug_tell(s, bits);
	sim_deliver_fault(s, VEC_DB, 0, eip);
	sim_no_block(s);
	if (s->run.stop >= 0)
		s->run.stop_eip = eip;
}

/* The instruction at `addr` comes behind itself: a further round, or it is begun anew; a jump to
 * itself is not meant, but for a call that has not pushed. */
static bool is_again(struct sim *s, uint32_t addr)
{
	const struct sim_debug *d = &s->cpu.debug;
	const uint8_t *code = s->space.ram + addr;

	return addr == d->at &&
	       (!sim_is_jump(code) || (sim_is_call(code) && d->esp == sim_reg_get(s, SIM_ESP)));
}

bool sim_debug_due(struct sim *s, uint32_t eip)
{
	struct sim_debug *d = &s->cpu.debug;
	bool again = is_again(s, eip), over = again && sim_reg_get(s, SIM_ECX) == 0;

	if (again && d->ecx == sim_reg_get(s, SIM_ECX))
		d->hits = 0; /* it has not run */
	if (!d->hits || over || d->shadow)
		return false; /* a rep's end is behind it */
	if (again)
		sim_reg_set(s, SIM_EFLAGS, sim_reg_get(s, SIM_EFLAGS) | EFLAGS_RF);
	return true;
}

bool sim_debug_before(struct sim *s, uint32_t addr)
{
	struct sim_debug *d = &s->cpu.debug;
	bool again = is_again(s, addr), shadow = d->shadow;
	uint32_t hits = 0;
	struct sim_insn insn;

	sim_run_unfit(s);
	if (!again && !shadow && !(sim_system_flags(s) & EFLAGS_RF))
		hits = execution_hits(s, addr);
	d->at = UINT32_MAX;
	if (hits) {
		sim_count_settle(s, addr);
		sim_debug_deliver(s, hits, addr);
		return true;
	}
	sim_system_flags_clear(s, EFLAGS_RF);
	sim_insn_decode(s->space.ram + addr, SIM_INSN_ROOM, addr, false, &insn);
	d->at = addr;
	d->ecx = sim_reg_get(s, SIM_ECX);
	d->esp = sim_reg_get(s, SIM_ESP);
	d->shadow = loads_ss(&insn);
	d->hits |= data_hits(s, &insn);
	return false;
}

void sim_debug_end(struct sim *s)
{
	int stop = s->run.stop;
	uint32_t eip = sim_reg_get(s, SIM_EIP);

	s->run.stop = -1;
	s->cpu.debug.shadow = false;
	if (sim_debug_due(s, eip))
		sim_debug_deliver(s, 0, eip);
	s->cpu.debug.hits = 0;
	if (s->run.stop < 0)
		s->run.stop = stop;
}

/* ---- whether anybody looks ---- */

void sim_debug_changed(struct sim *s)
{
	s->cpu.armed = (sim_reg_get(s, SIM_DR7) & DR7_ENABLED) != 0;
}

void sim_debug_sync(struct sim *s)
{
	if (s->cpu.armed < 0)
		sim_debug_changed(s);
	if (!s->cpu.armed || s->cpu.debug.used)
		return;
	s->cpu.debug.used = true;
	sim_spots_trace(s);
}

void sim_debug_forget(struct sim *s)
{
	s->cpu.debug = (struct sim_debug){ .at = UINT32_MAX };
	sim_spots_trace(s);
}

void sim_other_cpu(struct sim *s)
{
	s->cpu.armed = 0;
}
