/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random_make.c: the generator of random_program.h. A program's number and the seed are mixed
 * (splitmix64) into the state of an xorshift64*, which makes its bytes and its requests.
 */
#include <string.h>

#include "tests/helpers/random_program.h"

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
