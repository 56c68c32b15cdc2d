/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random_program.c: see random_program.h. A program's number and the seed are mixed
 * (splitmix64) into the state of an xorshift64*, which makes its bytes and its requests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/random_program.h"

enum {
	BATCH = 64,
	BUDGET = 3000, /* instructions a program, all its runs together */
	EVENTS = 6,    /* stops that are answered */
};

uint64_t random_word(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)((random_word(state) >> 32) * limit >> 32);
}

/* ---- the generator ---- */

/*
 * Instructions with holes. R: a byte; I: a word; A: an address near something; N: a call's
 * number; J: a short jump; D: an offset into the code.
 */
static const char *const templates[] = {
	"cd80",
	"0f34",
	"b8Ncd80",
	"b8N89e50f34",
	"b8NbdA0f34",
	"b8NbbIb9Acd80",
	"b8NbbAffd3",
	"cdR",
	"cc",
	"ce",
	"f1",
	"0f0b",
	"b800e4ffffffd0", /* entries */
	"9c810c24000100009d",
	"9c810c24004000009d",
	"9c810c24000004009d",
	"9c810c24000400009d",
	"9c810c24003000009d",
	"9c810c24000002009d",
	"9c6681342400019d",
	"9dR", /* EFLAGS */
	"b8I",
	"b9I",
	"baI",
	"bbA",
	"bcA",
	"bdA",
	"beA",
	"bfA",
	"89R",
	"01R",
	"31R",
	"29R",
	"85R",
	"c1RR",
	"d3R",
	"0fa3R",
	"0fbaRR",
	"0fafR",
	"0fb6R",
	"0fbdR",
	"0f4RR",
	"f7R",
	"ffR",
	"feR",
	"69RI",
	"99",
	"98",
	"27",
	"37",
	"2f",
	"3f",
	"d4R",
	"d5R",
	"9f",
	"9e",
	"f5",
	"f8",
	"f9",
	"d6",
	"a1A",
	"a3A",
	"8b05A",
	"8905A",
	"c705AI",
	"c605AR",
	"ff35A",
	"8f05A",
	"0fc705A",
	"0fb105A",
	"ff05A",
	"f00fc10dA",
	"f0RR",
	"f00fRR",
	"c680DR",
	"c6058048040800R", /* memory */
	"bf0080040883c7Raa",
	"bf0080040883c7RcR89c7f3aa",
	"c605D80408R",
	"b9I",
	"f3a4",
	"f3a5",
	"f3aa",
	"f3ab",
	"f2ae",
	"f3a6",
	"f366ab",
	"6766a5",
	"fc",
	"fd",
	"b903000000",
	"31c9", /* strings */
	"ebJ",
	"74J",
	"75J",
	"72J",
	"e2J",
	"e3J",
	"e8JRRR",
	"e800000000",
	"c3",
	"c2RR",
	"cb",
	"cf",
	"ebfe",
	"eaARR",
	"9aARR",
	"ea00800408R00",
	"ff25A",
	"ff2dA",
	"ff1dA",
	"c9",
	"c8RRR", /* jumps */
	"8eR",
	"8ed8",
	"8ec0",
	"8ee0",
	"8ee8",
	"8ed0",
	"b87b0000008ed8",
	"b8R0000008ed0",
	"0f01R",
	"1e1f",
	"061f",
	"17",
	"1f",
	"07",
	"0fa1",
	"0fa9",
	"c4R",
	"c5R",
	"0fb2R",
	"8cR",
	"0f02R",
	"0f03R",
	"0f00R",
	"63R", /* segments */
	"fa",
	"fb",
	"f4",
	"0f20R",
	"0f22R",
	"0f21R",
	"0f23R",
	"0f30",
	"0f32",
	"0f31",
	"0f33",
	"0fa2",
	"0f06",
	"0f08",
	"0f09",
	"0f35",
	"0f05",
	"0f07",
	"ec",
	"ee",
	"e4R",
	"e7R",
	"6c",
	"f36e",
	"0f01f9",
	"0f0137R",
	"0f013dA",
	"0faa", /* forbidden */
	"d9R",
	"d8R",
	"dbR",
	"dcR",
	"ddR",
	"deR",
	"dfR",
	"d9e8",
	"d9ee",
	"def9",
	"9b",
	"dbe3",
	"d9eb",
	"d92dA",
	"dd35A",
	"0f77",
	"0fae05A",
	"0fae0dA",
	"0fae15A",
	"0fefR",
	"0f58R",
	"660f5eR",
	"f20f51R",
	"660fefR",
	"0f6fR",
	"660f7fR",
	"0fc2RR",
	"660f38RR",
	"660f3aRRR",
	"0fc3R",
	"0f18R",
	"0fae38",
	"0faee8",
	"f390",
	"0fc8",
	"c5f8RR",
	"62RRR",
	"0f38R",
	"0f3aRR",
	"0f0fRR",
	"0fffR", /* FPU, SSE */
	"f0",
	"f2",
	"f3",
	"66",
	"67",
	"64",
	"65",
	"2e",
	"36",
	"26",
	"6666666666666666666666666666",
	"90",
	"60",
	"61",
	"50",
	"58",
	"54",
	"5c",
	"6aR",
	"68I",
	"ff74R4R",
	"62R",
	"6261R",
	"0fb9",
	"82RR",
	"d7",
	"8dR",
	"0f1fR",
	"0f0d",
	"f7fR",
	"f6f0",
	"31c9f7f1",
};

static const uint32_t places[] = {
	0x08048000, 0x08048040, 0x08048ffc, 0x08049000, 0xbffffffc, 0xbfffff00,
	0xbfff0000, 0xbffefffc, 0xc0000000, 0xbffffffd, 0xc0100000, 0xc0101000,
	0xc0108000, 0xff000000, 0xff020120, 0xff400000, 0xff401000, 0xffffe000,
	0xffffe400, 0xffffeffe, 0xfffffffe, 0xb8000000, 0xb7fff000, 0,
};

static uint32_t place(uint64_t *r)
{
	uint32_t at = places[below(r, sizeof(places) / sizeof(places[0]))];

	return below(r, 2) ? at : at + below(r, 64);
}

static unsigned hex(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

static void append(struct random_program *p, const void *bytes, unsigned size)
{
	if (size > RANDOM_SIZE - p->size)
		size = RANDOM_SIZE - p->size;
	memcpy(p->code + p->size, bytes, size);
	p->size += size;
}

static void append_template(struct random_program *p, const char *t, uint64_t *r)
{
	uint32_t word;
	uint8_t byte;

	for (; *t; t++) {
		switch (*t) {
		case 'A':
		case 'I':
		case 'N':
			word = *t == 'A' ? place(r) :
			       *t == 'N' ? below(r, 300) :
					   (uint32_t)random_word(r);
			append(p, &word, 4);
			break;
		case 'R':
		case 'D':
			byte = (uint8_t)below(r, *t == 'D' ? RANDOM_SIZE : 256);
			append(p, &byte, 1);
			break;
		case 'J':
			byte = (uint8_t)(below(r, 48) - 24);
			append(p, &byte, 1);
			break;
		default:
			assert_int_not_equal(t[1], 0);
			byte = (uint8_t)(hex(t[0]) << 4);
			if (t[1] == 'R')
				byte |= (uint8_t)below(r, 16);
			else
				byte |= (uint8_t)hex(t[1]);
			append(p, &byte, 1);
			t++;
		}
	}
}

void random_make(struct random_program *p, uint64_t seed, uint64_t number)
{
	static const int requests[] = { SYSEMU_PTRACE_SYSEMU, SYSEMU_PTRACE_SYSCALL,
					SYSEMU_PTRACE_SINGLESTEP, SYSEMU_PTRACE_SYSEMU_SINGLESTEP,
					SYSEMU_PTRACE_CONT };
	uint64_t state = seed + number * UINT64_C(0x9e3779b97f4a7c15);
	unsigned size, kind;

	state = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	state = (state ^ state >> 27) * UINT64_C(0x94d049bb133111eb);
	state = (state ^ state >> 31) | 1;
	*p = (struct random_program){ .number = number };
	for (unsigned i = 0; i < RANDOM_REQUESTS; i++)
		p->requests[i] = requests[below(&state, 5)];
	kind = below(&state, 8);
	size = 1 + below(&state, RANDOM_SIZE);
	while (p->size < size) {
		uint8_t byte = (uint8_t)random_word(&state);

		if (kind == 0 || (kind == 1 && below(&state, 2)))
			append(p, &byte, 1);
		else
			append_template(
				p,
				templates[below(&state, sizeof(templates) / sizeof(templates[0]))],
				&state);
	}
}

/* ---- running one ---- */

struct outcome {
	unsigned n;
	sysemu_event events[EVENTS + 1];
	sysemu_digest digest;
	sysemu_status status;
	uint64_t seen; /* instructions reported */
};

struct box {
	sysemu_machine *m;
	sysemu_snapshot *start;
	uint64_t seen;
};

static void count_insn(void *user, uint32_t addr, uint32_t size)
{
	struct box *box = user;

	(void)addr;
	(void)size;
	box->seen++;
}

static struct box open_box(const struct random_config *c)
{
	uint8_t nothing[RANDOM_SIZE] = { 0 };
	struct box box = { open_code(c->kernel, c->entry, c->start, nothing, sizeof(nothing)), NULL,
			   0 };

	if (c->start == SYSEMU_START_TRACED)
		assert_int_equal(run(box.m).status, 0x137f);
	OK(box.m, sysemu_save(box.m, &box.start));
	return box;
}

static void close_box(struct box *box)
{
	sysemu_close(box->m);
	sysemu_snapshot_free(box->start);
}

/* As the command does: a stop's own signal is passed on, but SIGTRAP and the first SIGSTOP. */
static sysemu_status answer(sysemu_machine *m, int request, const sysemu_event *e, bool first)
{
	uint32_t signal = e->status >> 8 & 0x7f;
	int32_t result;

	if (first || signal == 5)
		signal = 0;
	return sysemu_ptrace(m, request, 0, signal, &result);
}

static bool resumable(const char *kernel, int request)
{
	if (strcmp(kernel, "2.6.11") == 0)
		return request != SYSEMU_PTRACE_SYSEMU &&
		       request != SYSEMU_PTRACE_SYSEMU_SINGLESTEP;
	return strcmp(kernel, "2.6.14") == 0 || request != SYSEMU_PTRACE_SYSEMU_SINGLESTEP;
}

static int request_at(const struct random_config *c, const struct random_program *p, unsigned n)
{
	int request = p->requests[n < RANDOM_REQUESTS ? n : RANDOM_REQUESTS - 1];

	return resumable(c->kernel, request) ? request : SYSEMU_PTRACE_SYSCALL;
}

static struct outcome run_program(struct box *box, const struct random_config *c,
				  const struct random_program *p)
{
	struct outcome o = { .n = 0 };
	sysemu_machine *m = box->m;
	sysemu_event e = { .kind = SYSEMU_EVENT_STOP };
	uint64_t left = BUDGET, before, now;
	sysemu_counts counts;

	OK(m, sysemu_restore(m, box->start));
	OK(m, sysemu_write(m, SYSEMU_CODE_BASE, p->code, p->size));
	if (c->start == SYSEMU_START_TRACED)
		o.status = answer(m, request_at(c, p, 0), &e, true);
	OK(m, sysemu_get_counts(m, &counts));
	before = sysemu_kernel_insns(&counts) + counts.insns[SYSEMU_REGION_USER];
	while (o.status == SYSEMU_OK && o.n <= EVENTS) {
		o.status = sysemu_run(m, left, &e);
		if (o.status)
			break;
		o.events[o.n++] = e;
		now = sysemu_kernel_insns(&e.counts) + e.counts.insns[SYSEMU_REGION_USER];
		if (e.kind != SYSEMU_EVENT_STOP || now - before >= BUDGET || o.n > EVENTS)
			break;
		left = BUDGET - (now - before);
		o.status = answer(m, request_at(c, p, o.n), &e, false);
	}
	OK(m, sysemu_get_digest(m, &o.digest));
	return o;
}

/* ---- comparing ---- */

static void print_event(const char *who, const sysemu_event *e)
{
	print_error("%s %-6s status %04x eip %08x eax %08x esp %08x eflags %08x orig_eax %d tif %x "
		    "user %llu kernel %llu\n",
		    who, sysemu_event_name(e->kind), e->status, e->eip, e->eax, e->esp, e->eflags,
		    e->orig_eax, e->tif, (unsigned long long)e->counts.insns[SYSEMU_REGION_USER],
		    (unsigned long long)sysemu_kernel_insns(&e->counts));
}

static void print_program(const struct random_config *c, const struct random_program *p,
			  uint64_t seed)
{
	print_error(
		"program %llu of seed %llu: sysemu trace --kernel %s --entry %s%s --max-insns %d "
		"--requests ",
		(unsigned long long)p->number, (unsigned long long)seed, c->kernel,
		c->entry ? "sysenter" : "int80",
		c->start == SYSEMU_START_TRACED ? "" : " (run untraced: use the test)", BUDGET);
	for (unsigned i = 0; i < RANDOM_REQUESTS; i++)
		print_error("%s%s", i ? "," : "", sysemu_request_name(request_at(c, p, i)));
	print_error(" --code ");
	for (unsigned i = 0; i < p->size; i++)
		print_error("%02x", p->code[i]);
	print_error("\n");
}

static bool same_event(const sysemu_event *a, const sysemu_event *b)
{
	return a->kind == b->kind && a->pid == b->pid && a->status == b->status &&
	       a->eip == b->eip && a->eax == b->eax && a->esp == b->esp && a->eflags == b->eflags &&
	       a->orig_eax == b->orig_eax && a->tif == b->tif &&
	       memcmp(&a->counts, &b->counts, sizeof(a->counts)) == 0;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	if (a->n != b->n || a->status != b->status ||
	    memcmp(&a->digest, &b->digest, sizeof(a->digest)) != 0)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (!same_event(&a->events[i], &b->events[i]))
			return false;
	return true;
}

/* Returns whether all is well. */
static bool check(const struct random_config *c, const struct random_program *p, uint64_t seed,
		  const struct box *box, const struct outcome *a, const struct outcome *b)
{
	bool fault = a->status || (a->n && a->events[a->n - 1].kind == SYSEMU_EVENT_FAULT);

	if (!fault && same(a, b))
		return true;
	print_program(c, p, seed);
	if (fault)
		print_error("status %d: %s\n", (int)a->status, sysemu_errmsg(box->m));
	for (unsigned i = 0; i < a->n || i < b->n; i++) {
		if (i < a->n)
			print_event("one  ", &a->events[i]);
		if (i < b->n)
			print_event("other", &b->events[i]);
	}
	if (memcmp(&a->digest, &b->digest, sizeof(a->digest)) != 0)
		print_error("the digests differ\n");
	return false;
}

const struct random_config random_configs[] = {
	{ "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED },
	{ "sysemu", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED },
	{ "sysemu", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_UNTRACED },
	{ "2.6.14", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED },
	{ "2.6.14", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED },
	{ "2.6.11", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED },
	{ "2.6.11", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED },
	{ "sysemu-3", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED },
};
const unsigned random_nconfigs = sizeof(random_configs) / sizeof(random_configs[0]);

void random_run(const struct random_config *c, uint64_t seed, uint64_t first, uint64_t count,
		struct random_tally *tally)
{
	struct box one = open_box(c), other = open_box(c);
	static struct random_program programs[BATCH];
	static struct outcome forth[BATCH], back[BATCH];
	unsigned failures = 0;

	for (uint64_t done = 0; done < count && failures < 20; done += BATCH) {
		unsigned n = count - done < BATCH ? (unsigned)(count - done) : BATCH;

		for (unsigned i = 0; i < n; i++) {
			random_make(&programs[i], seed, first + done + i);
			if (getenv("RANDOM_PRINT"))
				print_program(c, &programs[i], seed);
			forth[i] = run_program(&one, c, &programs[i]);
		}
		if (done / BATCH % 4 == 0)
			OK(other.m, sysemu_on_insn(other.m, count_insn, &other));
		for (unsigned i = n; i-- > 0;)
			back[i] = run_program(&other, c, &programs[i]);
		OK(other.m, sysemu_on_insn(other.m, NULL, NULL));
		for (unsigned i = 0; i < n; i++) {
			failures += !check(c, &programs[i], seed, &one, &forth[i], &back[i]);
			tally->programs++;
			for (unsigned k = 0; k < forth[i].n; k++)
				tally->events[forth[i].events[k].kind]++;
		}
	}
	close_box(&one);
	close_box(&other);
	assert_int_equal(failures, 0);
}
