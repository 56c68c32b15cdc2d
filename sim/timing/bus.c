/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus.c: the models i386dx-bus and i386ex-bus: i386dx's clocks, and on top of them what its
 * instructions wait for: code that the prefetcher has not brought yet, and the bus. One core;
 * the two differ in the width of the bus alone.
 *
 * The rules. Those marked with * were found in captures of a 386EX (docs/timing.md); times are
 * in clocks, a bus cycle takes two and its wait states.
 *
 *  1. Code comes in double words: one bus cycle of 32 bits or two of 16. The decoder gets a
 *     double word when all of it is there.*
 *  2. The decoder takes one component a clock: a prefix, an opcode byte, a ModRM or SIB byte, a
 *     whole displacement, a whole immediate. That is the m of the manual, and a prefix's clock.*
 *  3. Four clocks lie between the last component and the first clock of the instruction.*
 *     With one bus cycle and the decoder's m that makes 6 + m from the flush to the target's
 *     first clock: what "7+m" says, whose first clock is the jump's own.
 *  4. An index is added in a clock of its own. If the instruction before runs long enough,
 *     this and all decoding is hidden.*
 *  5. Two decoded instructions wait for execution. The decoder begins a third, but is done with
 *     it only when the next one leaves, two clocks before it begins.*
 *  6. The prefetcher has three double words of room (of the four that the data sheet gives, one
 *     is being filled); a cycle begins a clock after room was made. When an operand comes
 *     between its two halves, a double word is asked for anew, as if it were one more.*
 *  7. An operand's address is known a clock before its bus cycle, two with an index: from then
 *     on no code is fetched. A cycle that was begun is finished.* A read comes in the
 *     instruction's first clock, a write in its last two.*
 *  8. An instruction ends with its last bus cycle: nothing is written behind its back.*
 *  9. Between the read and the write of a locked instruction no code is fetched.*
 * 10. Two clocks after an unconditional transfer or a loop is decoded, prefetching ends;
 *     hlt ends it in its first clock.*
 * 11. A transfer's documented clocks end when the target's first instruction could begin if its
 *     bytes were one double word on an idle 32-bit bus: what it waits longer is a stall.
 *
 * The model is shown the instruction and the six behind it in memory; what comes further on is
 * taken to be a double word each, and no transfer. An operand is taken to be aligned unless
 * the option misalign has its address asked for.
 */
#include "sim/timing/bus.h"
#include "sim/timing/bus_words.h"
#include "sim/timing/models.h"

#include <assert.h>

enum {
	CYCLE = 2,        /* clocks of a bus cycle without wait states */
	DECODED = 4,      /* from the decoder to execution */
	LEAVES = 2,       /* before it begins, an instruction leaves the decoded ones' queue */
	ENDS = 2,         /* from a decoded transfer to the end of prefetching */
	ROOM = 3,         /* double words of the prefetch queue */
	WAITING = 3,      /* the instruction executed next, and the two that wait behind it */
	DOUBLE_WORDS = 8, /* of code that account is kept of: a power of two */
	REFILL = CYCLE + DECODED, /* and m: from the flush to the target's first clock */
};

/* In t->state. Times count on and wrap: only differences mean anything. */
struct bus {
	uint32_t running; /* 0: the next instruction is met with the queue just refilled */
	uint32_t now;     /* the last instruction's end */
	uint32_t next;    /* the address of the next */
	uint32_t free;    /* the bus */
	uint32_t fetch;   /* the address of the next code to be fetched */
	uint32_t split;   /* an operand came behind the last fetch */
	uint32_t
		arrived[DOUBLE_WORDS]; /* when the double words came and were used up, by address */
	uint32_t emptied[DOUBLE_WORDS];
	uint32_t taken;                  /* the address of the next component */
	uint32_t decoder;                /* when it takes it, at the earliest */
	uint32_t decoded, done[WAITING]; /* instructions from the next on, and when */
	uint32_t stuck;                  /* one more is decoded but has no room */
	uint32_t ended, end;             /* prefetching ends */
};

static_assert(sizeof(struct bus) <= SIM_TIMING_STATE * sizeof(uint32_t), "fits the state");

/* One call's view. */
struct view {
	struct bus *bus;
	uint32_t width, cycle; /* bytes, clocks of the bus */
	const struct sim_insn *insn, *ahead;
	unsigned n; /* how many are known, the first among them */
	struct sim_bus_record *record;
};

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static uint32_t later(uint32_t a, uint32_t b)
{
	return before(a, b) ? b : a;
}

static void note(struct view *v, enum sim_bus_kind kind)
{
	struct sim_bus_record *r = v->record;

	if (r && r->n < SIM_BUS_CYCLES)
		r->kind[r->n++] = (uint8_t)kind;
}

/* ---- the decoder ---- */

static const struct sim_insn *nth(const struct view *v, uint32_t n)
{
	return n ? &v->ahead[n - 1] : v->insn;
}

/* Does the prefetcher know that what lies behind it is not wanted? jcc, jcxz and into wait
 * for their condition, a loop is known to jump. */
static bool ends_prefetch(const struct sim_insn *i)
{
	if (i->leaves == SIM_JCC)
		return i->opcode >= 0xe0 && i->opcode <= 0xe2 && !i->map;
	return i->leaves != SIM_GOES_ON && i->form != FORM_INTO;
}

static void end_prefetch(struct bus *b, uint32_t when)
{
	if (!b->ended || before(when, b->end)) {
		b->ended = true;
		b->end = when;
	}
}

static void push(struct bus *b, const struct sim_insn *i, uint32_t when)
{
	b->decoder = when;
	b->done[b->decoded++] = when;
	if (ends_prefetch(i))
		end_prefetch(b, when + ENDS);
}

/* How many components of an instruction its first bytes have, the last perhaps in part. */
static uint32_t components(const struct sim_insn *i, uint32_t bytes)
{
	uint32_t plain = (uint32_t)(i->size - i->disp_size - i->imm_size);

	if (bytes <= plain)
		return bytes;
	return plain + 1 + (i->disp_size && bytes > plain + i->disp_size);
}

/* The bytes of the component that begins `offset` bytes into the instruction. */
static uint32_t component(const struct sim_insn *i, uint32_t offset)
{
	uint32_t plain = (uint32_t)(i->size - i->disp_size - i->imm_size);

	if (offset < plain)
		return 1;
	return (offset < plain + i->disp_size ? plain + i->disp_size : i->size) - offset;
}

/* It is not where the decoder is: somebody changed the code behind its back. */
static bool missed(const struct bus *b, const struct sim_insn *i)
{
	return b->taken - i->addr >= i->size;
}

/* The whole instruction at once, if it is there and lies in one or two double words: what
 * take_component does, in one step. */
static inline bool take_whole(struct bus *b, const struct sim_insn *i)
{
	uint32_t behind = i->addr + i->size, first = i->addr >> 2, last = (behind - 1) >> 2;
	uint32_t when, here, begun, inside, emptied;

	if (b->taken != i->addr || last - first > 1 || before(b->fetch & ~3u, behind))
		return false;
	when = later(b->decoder, b->arrived[first % DOUBLE_WORDS]);
	if (last != first) {
		here = last * 4 - i->addr;
		inside = begun = components(i, here);
		if (components(i, here + 1) == begun)
			inside--; /* a component lies in both */
		when += inside;
		emptied = when;
		when = later(when, b->arrived[last % DOUBLE_WORDS]);
		b->emptied[first % DOUBLE_WORDS] = inside == begun ? emptied : when + 1;
		when += i->components - inside;
	} else {
		when += i->components;
	}
	if (!(behind & 3))
		b->emptied[last % DOUBLE_WORDS] = when;
	b->taken = behind;
	b->decoder = when;
	return true;
}

static bool take_component(struct bus *b, const struct sim_insn *i)
{
	uint32_t behind = b->taken + component(i, b->taken - i->addr);

	if (before(b->fetch & ~3u, behind))
		return false;
	b->decoder = later(b->decoder, b->arrived[((behind - 1) >> 2) % DOUBLE_WORDS]) + 1;
	for (; b->taken >> 2 != behind >> 2; b->taken = (b->taken | 3) + 1)
		b->emptied[(b->taken >> 2) % DOUBLE_WORDS] = b->decoder;
	b->taken = behind;
	return true;
}

/* Takes what is there of the first `n` instructions. */
static inline void decode(struct view *v, uint32_t n)
{
	struct bus *b = v->bus;

	while (b->decoded < n && !b->stuck) {
		const struct sim_insn *i = nth(v, b->decoded);
		uint32_t when;

		if (missed(b, i))
			return;
		while (!take_whole(b, i) && b->taken != i->addr + i->size)
			if (!take_component(b, i))
				return;
		if (b->decoded == WAITING) {
			b->stuck = true;
			return;
		}
		when = b->decoder;
		if (b->decoded == WAITING - 1)
			when = later(when, b->now - LEAVES);
		push(b, i, when);
	}
}

/* The instruction is executed: those behind it move up. */
static inline void move_up(struct view *v, uint32_t now)
{
	struct bus *b = v->bus;

	b->now = now;
	b->next = v->insn->addr + v->insn->size;
	b->decoded--;
	for (uint32_t i = 0; i < b->decoded; i++)
		b->done[i] = b->done[i + 1];
	if (b->stuck) {
		b->stuck = false;
		push(b, nth(v, WAITING), later(b->decoder, now - LEAVES));
	}
}

/* ---- the prefetcher ---- */

static inline void fetch_at(struct view *v, uint32_t start)
{
	struct bus *b = v->bus;

	note(v, SIM_BUS_CODE);
	b->free = start + v->cycle;
	b->arrived[(b->fetch >> 2) % DOUBLE_WORDS] = b->free;
	b->fetch = (b->fetch & ~(v->width - 1)) + v->width;
	b->split = false;
}

/* The double word whose room the next fetch waits for. */
static uint32_t oldest(const struct bus *b)
{
	return (b->fetch >> 2) - ROOM + (b->split && b->fetch & 3);
}

static uint32_t room(const struct bus *b)
{
	return later(b->free, b->emptied[oldest(b) % DOUBLE_WORDS] + 1);
}

/* The decoder's place. Instructions that nobody knows are taken to be a double word each, and
 * gone through as far as the queue of decoded ones allows. */
static uint32_t reached(const struct view *v)
{
	const struct bus *b = v->bus;

	if (b->stuck || b->decoded < v->n)
		return b->taken;
	return b->taken + 4 * (WAITING + 1 - b->decoded);
}

/* Fetches what it can begin before `limit`. */
static inline void prefetch(struct view *v, uint32_t limit)
{
	struct bus *b = v->bus;

	for (;;) {
		uint32_t start;

		if (!before(b->free, limit))
			return;
		decode(v, v->n);
		if (before(reached(v) >> 2, oldest(b) + 1))
			return;
		start = room(b);
		if (!before(start, limit) || (b->ended && !before(start, b->end)))
			return;
		fetch_at(v, start);
	}
}

static void flush(struct bus *b, uint32_t addr, uint32_t when, uint32_t width)
{
	b->running = true;
	b->next = b->taken = addr;
	b->fetch = addr & ~(width - 1);
	b->free = later(b->free, when);
	b->decoder = when;
	b->decoded = b->stuck = b->ended = 0;
	for (int i = 0; i < DOUBLE_WORDS; i++)
		b->emptied[i] = when - 1;
}

/* ---- operands ---- */

/* One operand's bus cycles from `want` on, at the earliest; how late they end. */
static inline uint32_t operand(struct view *v, enum sim_bus_kind kind, uint32_t want,
			       uint32_t cycles)
{
	struct bus *b = v->bus;
	uint32_t start = later(b->free, want);

	for (uint32_t i = 0; i < cycles; i++)
		note(v, kind);
	b->free = start + cycles * v->cycle;
	b->split = true;
	return b->free - want - CYCLE;
}

static bool is_locked(const struct sim_insn *i)
{
	return (i->flags & SIM_INSN_LOCK) || i->form == FORM_XCHG_R_M;
}

/* ---- an instruction ---- */

/* Where the address unit adds an index, and how long it takes: rule 4. */
static uint32_t index_clocks(const struct sim_insn *i)
{
	return sim_insn_memory(i) && i->index != SIM_NO_REG;
}

/* Behind the documented clocks of a transfer its target is decoded: rule 11. Without a target
 * the next instruction begins as if that had been done. */
static void leave(struct view *v, const struct sim_retired *r, uint32_t end)
{
	struct bus *b = v->bus;

	b->running = false;
	if (r->next)
		flush(b, r->next->addr, end - REFILL - r->next->components, v->width);
	v->insn = r->next;
	v->n = r->next != NULL;
}

/* Not more than a word read and a word written, and nothing else: most instructions. */
static inline uint32_t move_word(struct view *v, const struct sim_insn *i, uint32_t first,
				 uint32_t end)
{
	uint32_t cycles = i->wide && v->width < 4 ? 2 : 1;

	if (i->reads) {
		prefetch(v, first - 1 - index_clocks(i));
		end += operand(v, SIM_BUS_READ, first, cycles);
	}
	if (i->writes) {
		if (!i->reads || !is_locked(i))
			prefetch(v, end - CYCLE);
		end += operand(v, SIM_BUS_WRITE, end - CYCLE, cycles);
	}
	return end;
}

/* From the instruction's own first clock on; returns its end. */
static inline uint32_t execute(struct view *v, const struct sim_retired *r, uint32_t first,
			       uint32_t body)
{
	const struct sim_insn *i = r->insn;
	struct bus_words o = { i->reads, i->writes, i->wide };
	uint32_t cycles, rounds = bus_rounds(r), end = first + body;
	bool locked = is_locked(i) && o.reads, near = r->taken && i->leaves != SIM_GATE;

	if (bus_looks_up[i->form])
		bus_look_up(r, &o);
	if (!rounds)
		o.reads = o.writes = 0;
	cycles = o.wide && v->width < 4 ? 2 : 1;
	if (o.reads)
		prefetch(v, first - 1 - index_clocks(i));
	for (uint32_t n = 0; n < o.reads; n++)
		end += operand(v, SIM_BUS_READ, first + n * CYCLE + end - (first + body), cycles);
	/* A call pushes while its target is fetched: 7+m has no other place for it. */
	if (near)
		leave(v, r, end);
	for (uint32_t n = 0; n < o.writes; n++) {
		uint32_t want = end - (o.writes - n) * CYCLE;

		if (r->taken && !near)
			want -= REFILL;
		if (!locked)
			prefetch(v, want);
		end += operand(v, SIM_BUS_WRITE, want, cycles);
	}
	if (r->taken && !near)
		leave(v, r, end);
	if (rounds > 1)
		end += (rounds - 1) * (o.reads + o.writes) * (cycles * v->cycle - CYCLE);
	return end;
}

/* Clocks until the instruction's own first one: what is priced for its prefixes and its address
 * comes before that, and hides as much waiting for code. */
static inline uint32_t wait_for_code(struct view *v, uint32_t priced)
{
	struct bus *b = v->bus;
	uint32_t ready;

	while (!b->decoded) {
		decode(v, 1);
		if (!b->decoded)
			fetch_at(v, room(b));
	}
	ready = b->done[0] + DECODED + index_clocks(v->insn);
	return later(b->now + priced, ready) - b->now - priced;
}

static void halt(struct view *v, uint32_t first, uint32_t end)
{
	struct bus *b = v->bus;

	end_prefetch(b, first + 1);
	prefetch(v, end);
	note(v, SIM_BUS_HALT);
	b->running = false;
}

/* `priced` and `body` are i386dx's clocks: before the instruction's own first clock, and from
 * there on. */
static inline void step(struct view *v, const struct sim_retired *r, bool misalign, uint32_t priced,
			uint32_t body, uint32_t clocks[SIM_CAUSES])
{
	struct bus *b = v->bus;
	const struct sim_insn *i = r->insn;
	uint32_t wait, first, end, crossed;

	if (!b->running || b->next != i->addr || (!b->decoded && missed(b, i))) {
		/* However it came here, the queue was refilled, by a bus that was idle. */
		b->free = b->now - REFILL - i->components;
		flush(b, i->addr, b->free, v->width);
	}
	wait = wait_for_code(v, priced);
	clocks[SIM_PREFETCH] += wait;
	first = b->now + wait + priced;
	end = first + body;
	if (r->taken || bus_looks_up[i->form] || (i->reads | i->writes) > 1 ||
	    i->flags & SIM_INSN_REP)
		end = execute(v, r, first, body);
	else if (i->reads | i->writes)
		end = move_word(v, i, first, end);
	clocks[SIM_BUS] += end - first - body;
	if (misalign && r->accesses && (crossed = bus_crossings(r, v->width)) != 0) {
		clocks[SIM_MISALIGN] += crossed * v->cycle;
		end += crossed * v->cycle;
		b->free = later(b->free, end);
	}
	if (r->insn->form == FORM_HLT)
		halt(v, first, end);
	if (r->taken) {
		b->now = end;
		return;
	}
	move_up(v, end);
	if (b->ended && ends_prefetch(r->insn)) {
		b->ended = false; /* a loop that fell through */
		b->free = later(b->free, end);
	}
}

/* ---- the models ---- */

static uint32_t width_of(const struct sim_timing_model *model)
{
	return model == &sim_timing_i386ex_bus ? 2 : 4;
}

static inline __attribute__((always_inline)) enum sim_verdict price(struct sim_timing *t,
								    const struct sim_retired *r,
								    struct view *v,
								    uint32_t clocks[SIM_CAUSES])
{
	uint32_t priced = clocks[SIM_PREFIX] + clocks[SIM_ADDRESS];
	uint32_t body = clocks[SIM_BASE] + clocks[SIM_M] + clocks[SIM_RING];
	enum sim_verdict verdict = sim_i386_base(&t->options, r, clocks);

	priced = clocks[SIM_PREFIX] + clocks[SIM_ADDRESS] - priced;
	body = clocks[SIM_BASE] + clocks[SIM_M] + clocks[SIM_RING] - body;
	if (verdict == SIM_FOREIGN)
		v->bus->running = false;
	else if (!t->options.infinite)
		step(v, r, t->options.misalign, priced, body, clocks);
	return verdict;
}

enum sim_verdict sim_bus_price(struct sim_timing *t, const struct sim_retired *r,
			       const struct sim_insn *ahead, unsigned n,
			       struct sim_bus_record *record, uint32_t clocks[SIM_CAUSES])
{
	struct view v = { (struct bus *)t->state,
			  width_of(t->model),
			  CYCLE + t->options.wait,
			  r->insn,
			  ahead,
			  n + 1,
			  record };

	return price(t, r, &v, clocks);
}

static inline __attribute__((always_inline)) enum sim_verdict price_live(
	struct sim_timing *t, const struct sim_retired *r, uint32_t clocks[SIM_CAUSES],
	uint32_t width)
{
	bool behind = r->next && !r->taken && r->next->addr == r->insn->addr + r->insn->size;
	struct view v = { .bus = (struct bus *)t->state,
			  .width = width,
			  .cycle = CYCLE + t->options.wait,
			  .insn = r->insn,
			  .ahead = r->next,
			  .n = behind ? 1u + (r->ahead ? r->ahead : 1u) : 1u };

	return price(t, r, &v, clocks);
}

static enum sim_verdict price_dx(struct sim_timing *t, const struct sim_retired *r,
				 uint32_t clocks[SIM_CAUSES])
{
	return price_live(t, r, clocks, 4);
}

static enum sim_verdict price_ex(struct sim_timing *t, const struct sim_retired *r,
				 uint32_t clocks[SIM_CAUSES])
{
	return price_live(t, r, clocks, 2);
}

static void deliver(struct sim_timing *t, const struct sim_delivered *d,
		    uint32_t clocks[SIM_CAUSES])
{
	sim_i386_deliver(d, clocks);
	((struct bus *)t->state)->running = false;
}

static const char *source(uint16_t form)
{
	return sim_timing_i386dx.source(form);
}

void sim_bus_begin(struct sim_timing *t, uint32_t addr)
{
	struct bus *b = (struct bus *)t->state;

	*b = (struct bus){ 0 };
	flush(b, addr, 0, width_of(t->model));
}

bool sim_bus_has(const struct sim_timing_model *model)
{
	return model->price == price_dx || model->price == price_ex;
}

#define OPTIONS                                                                         \
	SIM_OPTION_CLI | SIM_OPTION_IRET | SIM_OPTION_MISALIGN | SIM_OPTION_BANDWIDTH | \
		SIM_OPTION_WAIT

const struct sim_timing_model sim_timing_i386dx_bus = {
	.name = "i386dx-bus",
	.about = "i386dx and what it waits for code and a 32-bit bus",
	.foresight = SIM_BUS_AHEAD,
	.options = OPTIONS,
	.price = price_dx,
	.deliver = deliver,
	.source = source,
};

const struct sim_timing_model sim_timing_i386ex_bus = {
	.name = "i386ex-bus",
	.about = "the same with a 16-bit bus; checked against captures of a 386EX",
	.foresight = SIM_BUS_AHEAD,
	.options = OPTIONS,
	.price = price_ex,
	.deliver = deliver,
	.source = source,
};
