/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * selfmod_test.c: one execution has one count. Random programs that overwrite themselves, by
 * every kind of store, in their own block, the next, behind a page's end, are run whole, watched,
 * cut at random budgets, uncounted, and step by step: registers, memory, and the number of
 * instructions are the same. The steps are the independent count: TF traps once for each.
 */
#include <string.h>

#include "tests/helpers/random_program.h"

enum {
	BASE = SYSEMU_CODE_BASE,
	SIZE = 8192,
	START = 4096 - 90, /* a program's, so that most reach over a page's end */
	BUDGET = 1500,
	STACK = 4096,
	DEFINED = 0x45, /* CF PF ZF: what overwritten bytes may leave undefined is OF, SF, AF */
	SEED = 90,
	PROGRAMS = 600,
};

/* ---- programs ---- */

/* A: an address in the program; B: one of these, aligned, for what reads, changes and writes:
 * Unicorn 2.0.1 does a part of that twice where it comes from below into its own block (QUIRKS.md);
 * I: four bytes of code; R: one byte of code; N: a small number. */
static const char *const stores[] = {
	"c605AR",    /* movb */
	"66c705ARR", /* movw */
	"c705AI",    /* movl */
	"a2A",
	"a3A",
	"8825A",
	"8915A", /* mov of registers */
	"fe05B",
	"ff05B",
	"fe0dB",
	"8005BR", /* inc, add: read, change, write */
	"8135BI",
	"c02dB01",
	"f615B",
	"0fba3dB07", /* xor, shr, not, btc */
	"8705B",
	"0fc10dB",
	"0fb105B", /* xchg, xadd, cmpxchg */
	"bfAaa",
	"bfA66ab",
	"bfAab", /* stos */
	"bfAbeAa4",
	"bfAbeAa5", /* movs */
	"bfAb9N000000f3aa",
	"bfAb9N000000f3ab", /* rep stos */
	"bfAbeAb9N000000f3a4",
	"bfAbeAb9N000000f3a5",
	"bcA50",
	"bcA6aR",
	"bcA60", /* push, pusha: the stack is the code */
	"8f05A", /* pop into memory */
	"0f9405A",
	"d91dA",
	"dd1dA",
	"0f1105A", /* setz, fst, movups */
};
static const char *const others[] = {
	"40",
	"41",
	"4a",
	"43",
	"90",
	"90",
	"90",
	"01c8",
	"31d2",
	"89c3",
	"b8I",
	"baI",
	"b0R",
	"6690",
	"0f1f00",
	"7400",
	"7500",
	"eb00",
	"eb01R",
	"740140",
	"e800000000",
	"83c1R",
	"f8",
	"f9",
	"0fc8",
	"d9e8",
	"b9N000000",
	"e2fe",
	"b9N00000049e2fd",
	"e2f0",
};

struct maker {
	uint64_t state;
	uint8_t code[SIZE];
	unsigned at;
};

static unsigned below(struct maker *p, unsigned limit)
{
	return (unsigned)((random_word(&p->state) >> 33) % limit);
}

/* Bytes that mean something, so that what is overwritten goes on. */
static uint8_t code_byte(struct maker *p)
{
	static const uint8_t bytes[] = { 0x90, 0x40, 0x41, 0x4a, 0x43, 0x90, 0xaa, 0xab, 0xf8,
					 0x58, 0x50, 0xeb, 0x04, 0x99, 0x98, 0x0f, 0xb0, 0xcc };

	return below(p, 8) ? bytes[below(p, sizeof(bytes))] : (uint8_t)random_word(&p->state);
}

static void put_bytes(struct maker *p, uint32_t value, unsigned n)
{
	memcpy(p->code + p->at, &value, n);
	p->at += n;
}

/* Mostly near what runs next. */
static uint32_t near(struct maker *p)
{
	return BASE + p->at - 12 + below(p, below(p, 4) ? 24 : 80);
}

static void put(struct maker *p, const char *template)
{
	for (const char *t = template; *t; t++) {
		switch (*t) {
		case 'A': put_bytes(p, near(p), 4); break;
		case 'B': put_bytes(p, near(p) & ~3u, 4); break;
		case 'I':
			for (int i = 0; i < 4; i++)
				p->code[p->at++] = code_byte(p);
			break;
		case 'R': p->code[p->at++] = code_byte(p); break;
		case 'N': p->code[p->at++] = (uint8_t)(1 + below(p, below(p, 4) ? 6 : 40)); break;
		default:
			for (int i = 0; i < 2; i++, t++) {
				uint8_t digit = (uint8_t)(*t <= '9' ? *t - '0' : *t - 'a' + 10);

				p->code[p->at] = (uint8_t)(p->code[p->at] << 4 | digit);
			}
			p->at++;
			t--;
		}
	}
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void make(struct maker *p, uint64_t number)
{
	/* The same registers and flags, however it was started: xor. */
	static const uint8_t begin[] = { 0x31, 0xc9, 0x31, 0xd2, 0x31, 0xdb, 0x31,
					 0xed, 0x31, 0xf6, 0x31, 0xff, 0x31, 0xc0 };
	unsigned n;

	memset(p, 0, sizeof(*p));
	p->state = SEED + number * UINT64_C(0x9e3779b97f4a7c15);
	for (int i = 0; i < 3; i++)
		random_word(&p->state);
	memset(p->code, 0x90, 5);
	p->code[0] = 0xe9; /* jmp */
	p->at = 1;
	put_bytes(p, START - 5, 4);
	p->at = START + sizeof(begin) + below(p, 70);
	memset(p->code + START, 0x90, p->at - START);
	memcpy(p->code + START, begin, sizeof(begin));
	n = 2 + below(p, 14);
	for (unsigned i = 0; i < n; i++)
		put(p, below(p, 3) ? others[below(p, COUNT(others))] :
				     stores[below(p, COUNT(stores))]);
	put(p, "0f0b");
}

/* ---- runs ---- */

enum way { WHOLE, WATCHED, CUT, UNCOUNTED, STEPS, WAYS };
static const char *const way_names[] = { "whole", "watched", "cut", "uncounted", "steps" };

struct box {
	sysemu_machine *m;
	sysemu_snapshot *start;
	uint64_t seen; /* instructions of the program that on_insn has told */
	bool rep;      /* one of them was a rep, each round of which is a step, */
	bool special;  /* pushf, popf, iret: TF shows, or goes; rdtsc, which tells the count */
};

struct result {
	bool ended;
	uint16_t status;
	uint64_t insns;
	uint32_t eip, eax, esp, eflags;
	uint8_t code[SIZE], stack[STACK];
};

static void see(void *user, uint32_t addr, uint32_t size)
{
	struct box *box = user;
	uint8_t code[2] = { 0 };

	(void)size;
	if (addr >= 0xc0000000)
		return;
	box->seen++;
	sysemu_read(box->m, addr, code, 2);
	box->rep |= code[0] == 0xf3 || code[0] == 0xf2;
	box->special |= code[0] == 0x9c || code[0] == 0x9d || code[0] == 0xcf ||
			(code[0] == 0x0f && code[1] == 0x31);
}

static struct box open_box(enum way way)
{
	const sysemu_config config = {
		.kernel = "2.6.11",
		.start = way == STEPS ? SYSEMU_START_TRACED : SYSEMU_START_UNTRACED,
		.counting = way == UNCOUNTED ? SYSEMU_COUNT_NONE : SYSEMU_COUNT_BLOCKS,
	};
	struct box box = { .m = open_config(&config) };
	static const uint8_t nothing[SIZE];

	OK(box.m, sysemu_load_code(box.m, nothing, SIZE));
	OK(box.m, sysemu_protect(box.m, BASE, SIZE / 4096, 3));
	if (way == STEPS)
		assert_int_equal(run(box.m).status, 0x137f);
	OK(box.m, sysemu_save(box.m, &box.start));
	if (way == WATCHED)
		OK(box.m, sysemu_on_insn(box.m, see, NULL));
	return box;
}

static uint64_t user(const sysemu_event *e)
{
	return e->counts.insns[SYSEMU_REGION_USER];
}

static void take_steps(struct box *box, struct result *r, sysemu_event *e)
{
	sysemu_counts counts;
	uint64_t before;

	OK(box->m, sysemu_get_counts(box->m, &counts));
	before = counts.insns[SYSEMU_REGION_USER];
	for (unsigned n = 0; n < BUDGET; n++) {
		*e = resume(box->m, SYSEMU_PTRACE_SINGLESTEP, 0);
		if (e->kind != SYSEMU_EVENT_STOP || e->status != 0x57f)
			break;
		r->insns++; /* ud2 is told by its signal, and not retired */
	}
	r->ended = e->kind == SYSEMU_EVENT_STOP && e->status != 0x57f;
	r->status = (uint16_t)(e->status >> 8);
	r->ended = r->ended && user(e) - before == r->insns;
	if (!r->ended && e->status != 0x57f)
		print_error("counted %u in %u steps\n", (unsigned)(user(e) - before),
			    (unsigned)r->insns);
}

static void run_one(struct box *box, enum way way, struct maker *p, struct result *r)
{
	sysemu_event e = { .kind = SYSEMU_EVENT_LIMIT };
	sysemu_machine *m = box->m;
	sysemu_counts before;

	memset(r, 0, sizeof(*r));
	OK(m, sysemu_restore(m, box->start));
	OK(m, sysemu_write(m, BASE, p->code, SIZE));
	OK(m, sysemu_get_counts(m, &before));
	box->seen = 0;
	box->rep = box->special = false;
	if (way == WATCHED)
		OK(m, sysemu_on_insn(m, see, box));
	if (way == STEPS) {
		take_steps(box, r, &e);
	} else {
		for (unsigned n = 0; n < BUDGET && e.kind == SYSEMU_EVENT_LIMIT; n++) {
			uint64_t most = way == CUT       ? 1 + below(p, 9) :
					way == UNCOUNTED ? 0 :
							   4 * BUDGET;

			OK(m, sysemu_run(m, most, &e));
			if (way != CUT)
				break;
		}
		r->ended = e.kind == SYSEMU_EVENT_KILLED;
		r->status = e.status & 0x7f;
		r->insns = user(&e) - before.insns[SYSEMU_REGION_USER];
	}
	if (!r->ended)
		return;
	r->eip = e.eip;
	r->eax = e.eax;
	r->esp = e.esp;
	r->eflags = e.eflags & ~0x100u; /* TF */
	OK(m, sysemu_read(m, BASE, r->code, SIZE));
	OK(m, sysemu_read(m, 0xc0000000u - STACK, r->stack, STACK));
}

static bool same_end(const struct result *a, const struct result *b)
{
	return a->ended == b->ended && a->status == b->status && a->eip == b->eip &&
	       a->eax == b->eax && a->esp == b->esp && ((a->eflags ^ b->eflags) & DEFINED) == 0 &&
	       memcmp(a->code, b->code, SIZE) == 0 && memcmp(a->stack, b->stack, STACK) == 0;
}

static void print(const struct maker *p, uint64_t number, enum way way, const struct result *whole,
		  const struct result *r, uint64_t seen)
{
	print_error(
		"program %u, %s: whole %d %u at %08x after %u, this %d %u at %08x after %u, %u seen\n",
		(unsigned)number, way_names[way], whole->ended, whole->status, whole->eip,
		(unsigned)whole->insns, r->ended, r->status, r->eip, (unsigned)r->insns,
		(unsigned)seen);
	print_error("eax %08x %08x esp %08x %08x eflags %08x %08x code %d stack %d\n", whole->eax,
		    r->eax, whole->esp, r->esp, whole->eflags, r->eflags,
		    memcmp(whole->code, r->code, SIZE), memcmp(whole->stack, r->stack, STACK));
	for (unsigned i = START; i < p->at; i++)
		print_error("%02x", p->code[i]);
	print_error("\n");
}

static bool comparable(const struct box *watched, enum way way, const struct result *whole)
{
	if (way == STEPS) /* a SIGTRAP of its own looks like a step's */
		return !watched->rep && !watched->special && whole->status != 5 && whole->eip &&
		       whole->insns < BUDGET;
	return way != UNCOUNTED || !watched->special;
}

static void one_execution_has_one_count(void **state)
{
	static struct result whole, other;
	static struct maker p, again;
	struct box box[WAYS];
	unsigned ended = 0, failures = 0;

	(void)state;
	for (enum way way = 0; way < WAYS; way++)
		box[way] = open_box(way);
	for (uint64_t number = 0; number < PROGRAMS && failures < 8; number++) {
		make(&p, number);
		run_one(&box[WHOLE], WHOLE, &p, &whole);
		if (!whole.ended)
			continue;
		ended++;
		run_one(&box[WATCHED], WATCHED, &p, &other);
		for (enum way way = WATCHED; way < WAYS; way++) {
			bool counted = way != UNCOUNTED;
			uint64_t seen = 0;

			make(&again, number);
			if (!comparable(&box[WATCHED], way, &whole))
				continue;
			run_one(&box[way], way, &again, &other);
			seen = way == WATCHED ? box[way].seen - whole.insns : 0;
			/* Told, but not retired: what faults at the end, and a rep that overwrites
			 * itself before it is complete. */
			if (same_end(&whole, &other) && (!counted || whole.insns == other.insns) &&
			    (seen <= 1 || box[WATCHED].rep))
				continue;
			print(&p, number, way, &whole, &other, box[WATCHED].seen);
			failures++;
		}
	}
	for (enum way way = 0; way < WAYS; way++) {
		sysemu_close(box[way].m);
		sysemu_snapshot_free(box[way].start);
	}
	print_message("%u of %u programs ended by themselves\n", ended, (unsigned)PROGRAMS);
	assert_int_equal(failures, 0);
	assert_true(ended > PROGRAMS / 2);
}

/* Nothing but a jump or a rep is followed by itself; a far call is a jump, too. */
static void a_far_call_to_itself_is_counted_each_time(void **state)
{
	static const uint8_t code[] = {
		0x9a, 0, 0x80, 0x04, 0x08, 0x73, 0
	}; /* lcall $0x73, $BASE */
	const sysemu_config config = { .start = SYSEMU_START_UNTRACED };
	struct box box = { .m = open_config(&config) };
	sysemu_counts before;
	sysemu_event e;

	(void)state;
	OK(box.m, sysemu_load_code(box.m, code, sizeof(code)));
	OK(box.m, sysemu_protect(box.m, BASE, 1, 3));
	OK(box.m, sysemu_on_insn(box.m, see, &box));
	OK(box.m, sysemu_get_counts(box.m, &before));
	OK(box.m, sysemu_run(box.m, 500, &e));
	assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(box.seen, user(&e) - before.insns[SYSEMU_REGION_USER]);
	assert_int_equal(e.esp, 0xc0000000u - 8 * box.seen);
	sysemu_close(box.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_execution_has_one_count),
		cmocka_unit_test(a_far_call_to_itself_is_counted_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
