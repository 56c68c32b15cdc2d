/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing.c: the clocks of a machine, and what a model says of single instructions. The models
 * are in sim/timing/. Read next: code.c.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/timing/timing.h"

static_assert((int)SYSEMU_CAUSES == (int)SIM_CAUSES &&
		      (int)SYSEMU_CAUSE_MISPREDICT == (int)SIM_MISPREDICT &&
		      (int)SYSEMU_CAUSE_RING_CHANGE == (int)SIM_RING &&
		      (int)SYSEMU_CAUSE_PREFETCH_STALL == (int)SIM_PREFETCH,
	      "the header's causes are the computer's");

/* ---- names ---- */

const char *sysemu_timing_at(size_t index, const char **about)
{
	const struct sim_timing_model *model = sim_timing_at(index);

	if (!model)
		return NULL;
	if (about)
		*about = model->about;
	return model->name;
}

const char *sysemu_cause_name(sysemu_cause cause)
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_CAUSE_MAP(X)
#undef X
	};

	return (unsigned)cause < SYSEMU_CAUSES ? names[cause] : NULL;
}

static sysemu_status parse(const char *timing, struct sim_timing *out)
{
	char why[256];

	if (!timing)
		return fail(NULL, SYSEMU_EINVAL, "no timing model is named");
	if (!sim_timing_parse(timing, out, why, sizeof(why)))
		return fail(NULL, SYSEMU_EINVAL, "%s", why);
	return SYSEMU_OK;
}

sysemu_status sysemu_timing_check(const char *timing, bool *sysenter)
{
	struct sim_timing t;
	sysemu_status status = parse(timing, &t);

	if (status == SYSEMU_OK && sysenter)
		*sysenter = t.model->sysenter;
	return status;
}

/* ---- a machine ---- */

sysemu_status timing_open(sysemu_machine *m)
{
	if (!m->config.timing)
		return SYSEMU_OK;
	if (parse(m->config.timing, &m->timing) != SYSEMU_OK)
		return fail(m, SYSEMU_EINVAL, "config: timing: %s", sysemu_errmsg(NULL));
	m->config.timing = NULL; /* the caller's string */
	if (m->config.entry == SYSEMU_ENTRY_SYSENTER && !m->timing.model->sysenter)
		return fail(m, SYSEMU_EINVAL, "the CPU of timing model %s has no sysenter",
			    m->timing.model->name);
	if (m->config.counting == SYSEMU_COUNT_NONE)
		return fail(m, SYSEMU_EINVAL, "timing needs counting: config.counting is NONE");
	return SYSEMU_OK;
}

static uint64_t sum(const uint64_t clocks[SIM_CAUSES])
{
	uint64_t total = 0;

	for (unsigned c = 0; c < SIM_CAUSES; c++)
		total += clocks[c];
	return total;
}

static uint64_t sum_all(const uint64_t entry[SIM_CAUSES], const uint64_t region[][SIM_CAUSES])
{
	uint64_t total = sum(entry);

	for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
		total += sum(region[r]);
	return total;
}

uint64_t timing_total(const sysemu_machine *m)
{
	const struct sim_clocks *clocks = sim_get_clocks(m->sim);

	return m->timing.model ? sum_all(clocks->entry, clocks->region) : 0;
}

static sysemu_status require_timing(sysemu_machine *m)
{
	return m->timing.model ? SYSEMU_OK :
				 fail(m, SYSEMU_ESTATE, "the machine was opened without timing");
}

sysemu_status sysemu_get_clocks(sysemu_machine *m, sysemu_clocks *out)
{
	const struct sim_clocks *clocks;

	REQUIRE(m, out);
	if (require_timing(m))
		return SYSEMU_ESTATE;
	clocks = sim_get_clocks(m->sim);
	memset(out, 0, sizeof(*out));
	memcpy(out->region, clocks->region, sizeof(out->region));
	memcpy(out->entry, clocks->entry, sizeof(out->entry));
	for (unsigned f = 0; f < SIM_FORMS_MAX; f++) {
		out->ruled += clocks->odd[f][0];
		out->foreign += clocks->odd[f][1];
	}
	return SYSEMU_OK;
}

uint64_t sysemu_clocks_total(const sysemu_clocks *clocks)
{
	return clocks ? sum_all(clocks->entry, clocks->region) : 0;
}

sysemu_status sysemu_odd_form_at(sysemu_machine *m, size_t index, sysemu_odd_form *out)
{
	const struct sim_clocks *clocks;

	REQUIRE(m, out);
	if (require_timing(m))
		return SYSEMU_ESTATE;
	clocks = sim_get_clocks(m->sim);
	for (unsigned f = 0; f < 2 * SIM_FORMS_MAX; f++) {
		uint16_t form = (uint16_t)(f / 2);
		bool foreign = f % 2;

		if (!clocks->odd[form][foreign] || index--)
			continue;
		out->form = sim_form_name(form);
		out->rule = foreign ? NULL : m->timing.model->source(form);
		out->insns = clocks->odd[form][foreign];
		return SYSEMU_OK;
	}
	return fail(m, SYSEMU_ENOENT, "no further form");
}

static void fill_price(sysemu_price *out, const struct sim_insn *insn,
		       const uint32_t clocks[SIM_CAUSES], enum sim_verdict verdict)
{
	memset(out, 0, sizeof(*out));
	if (insn) {
		out->addr = insn->addr;
		out->size = insn->size;
		out->form = sim_form_name(insn->form);
	}
	memcpy(out->clocks, clocks, sizeof(out->clocks));
	out->foreign = verdict == SIM_FOREIGN;
	out->ruled = verdict == SIM_RULED;
}

static void on_clocks(void *machine, const struct sim_retired *r, const uint32_t clocks[SIM_CAUSES],
		      enum sim_verdict verdict)
{
	sysemu_machine *m = machine;
	sysemu_price price;

	fill_price(&price, r ? r->insn : NULL, clocks, verdict);
	price.interrupted = r && r->interrupted;
	m->price_fn(m->price_user, &price);
}

sysemu_status sysemu_on_price(sysemu_machine *m, sysemu_price_fn fn, void *user)
{
	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (require_timing(m))
		return SYSEMU_ESTATE;
	m->price_fn = fn;
	m->price_user = user;
	clocks_everywhere(m, fn ? on_clocks : NULL);
	return SYSEMU_OK;
}

/* ---- one instruction ---- */

static const char *depends_name(uint16_t form)
{
	switch (sim_form_depends(form)) {
	case SIM_ON_ROUNDS: return "rounds";
	case SIM_ON_MULTIPLIER: return "multiplier";
	case SIM_ON_SOURCE: return "source";
	case SIM_ON_COUNT: return "count";
	case SIM_ON_SEGMENTS: return "null segments";
	default: return NULL;
	}
}

/* The second price of what leaves: a condition met, or another ring. */
static void price_otherwise(const struct sim_timing *timing, const struct sim_insn *insn,
			    sysemu_listing *out)
{
	const struct sim_insn one = { .components = 1 };
	struct sim_retired r = { .insn = insn, .next = &one, .taken = true };
	uint32_t clocks[SIM_CAUSES] = { 0 };
	struct sim_timing t = *timing;

	if (insn->leaves == SIM_GOES_ON)
		return;
	if (insn->leaves == SIM_GATE) { /* int and sysenter inwards, the rest outwards */
		bool inwards = insn->map ? insn->opcode == 0x34 :
					   insn->opcode >= 0xcc && insn->opcode <= 0xce;

		r.ring = inwards ? 3 : 0;
		r.next_ring = inwards ? 0 : 3;
	}
	t.model->price(&t, &r, clocks);
	out->plus_m = clocks[SIM_M] != 0;
	clocks[SIM_M] = 0;
	if (insn->leaves == SIM_JUMP) {
		memcpy(out->price.clocks, clocks, sizeof(clocks));
		return;
	}
	out->otherwise = insn->leaves == SIM_GATE ? "between rings" : "taken";
	memcpy(out->other, clocks, sizeof(clocks));
}

size_t sysemu_timing_list(const char *timing, const void *code, size_t size, uint32_t addr,
			  sysemu_listing *out)
{
	struct sim_timing t, fresh;
	struct sim_insn insn;
	const struct sim_retired r = { .insn = &insn };
	uint32_t clocks[SIM_CAUSES] = { 0 };
	enum sim_verdict verdict;
	uint8_t bytes[64] = { 0 };

	if (!out || !code || !size || parse(timing, &t) != SYSEMU_OK)
		return 0;
	fresh = t;
	size = size < 16 ? size : 16;
	memcpy(bytes, code, size);
	sim_insn_decode(bytes, size, addr, false, &insn);
	if ((insn.flags & SIM_INSN_UNKNOWN) || insn.size > size)
		return 0;
	memset(out, 0, sizeof(*out));
	if (!sim_disasm(bytes, insn.size, addr, out->text, sizeof(out->text)))
		return 0;
	verdict = t.model->price(&t, &r, clocks);
	fill_price(&out->price, &insn, clocks, verdict);
	out->source = t.model->source(insn.form);
	out->depends = depends_name(insn.form);
	if (verdict != SIM_FOREIGN)
		price_otherwise(&fresh, &insn, out);
	return insn.size;
}
