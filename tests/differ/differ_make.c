/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ_make.c: random programs and random tracers: straight lines of snippets, so that each ends; all of what a
 * tracer of 2005 could do at a stop. A program becomes bytes and, for who wants to read it, steps of a scenario
 * (docs/scenarios.md), each with its offset for a label. See differ_play.h.
 */
#include "tests/differ/differ_play.h"

#include <stdarg.h>
#include <string.h>

#include "lib/random.h"

static const int requests[] = { SYSEMU_PTRACE_CONT, SYSEMU_PTRACE_SYSCALL, SYSEMU_PTRACE_SYSEMU,
				SYSEMU_PTRACE_SINGLESTEP, SYSEMU_PTRACE_SYSEMU_SINGLESTEP };
enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };

/* getpid, getppid; two that no kernel has, one beyond each table; two that are less than 0. */
static const uint32_t numbers[] = { 20, 64, 223, 222, 1000, 0xffffffff, 0xfffffffe };
enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };
/* Where it becomes a number it is one that no kernel has. -516 is left out: a 64-bit kernel restarts it by the
 * number 219 where no call of its own has left a restart block. */
static const uint32_t results[] = { 1001, 223, 0xffffffda, 0xfffffe00, 0xfffffdff, 0xfffffdfe };
enum { RESULTS = sizeof(results) / sizeof(results[0]) };
static const uint32_t signals[] = { 5, 10, 11, 17, 18, 23 };
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static uint32_t below(uint64_t *r, uint32_t n)
{
	return (uint32_t)(random_next(r) >> 33) % n;
}

/* ---- the tracer ---- */

static void make_stop(struct differ_stop *s, uint64_t seed)
{
	uint64_t r = seed;

	memset(s, 0, sizeof(*s));
	if (below(&r, 6) == 0) {
		s->set |= SET_EAX;
		s->eax = results[below(&r, RESULTS)];
	}
	if (below(&r, 6) == 0) {
		s->set |= SET_ORIG_EAX;
		s->orig_eax = numbers[below(&r, NUMBERS)];
	}
	if (below(&r, 12) == 0)
		s->set |= below(&r, 2) ? SET_TF : CLEAR_TF;
	if (below(&r, 10) == 0)
		s->signal = signals[1 + below(&r, SIGNALS - 1)];
	s->request = (uint32_t)requests[below(&r, REQUESTS)];
	if (below(&r, 8) == 0)
		s->data = signals[below(&r, SIGNALS)];
}

void differ_plan(struct differ_plan *plan, uint64_t seed, bool int80)
{
	uint64_t r = seed;

	memset(plan, 0, sizeof(*plan));
	plan->int80 = int80;
	plan->n_snippets = 1 + below(&r, DIFFER_SNIPPETS);
	plan->n_stops = 2 + below(&r, DIFFER_STOPS - 1);
	plan->sysgood = below(&r, 2);
	for (uint32_t i = 0; i < plan->n_snippets; i++)
		plan->snippets[i] = random_next(&r);
	for (uint32_t i = 0; i < plan->n_stops; i++) {
		make_stop(&plan->stop[i], random_next(&r));
	}
}

/* ---- the program ---- */

struct code {
	struct differ_case *c;
	uint32_t at;
	FILE *text; /* or NULL */
	bool int80;
};

enum reg { EAX, ECX, EDX, EBX, ESI = 6 };
static const char *const regs[] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };

/* The step that comes now, for who reads. */
static void step(const struct code *k, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void step(const struct code *k, const char *format, ...)
{
	va_list args;

	if (!k->text)
		return;
	va_start(args, format);
	fprintf(k->text, "l%03x:\t", k->at);
	vfprintf(k->text, format, args);
	fputc('\n', k->text);
	va_end(args);
}

static void put(struct code *k, const char *bytes, uint32_t n)
{
	memcpy(k->c->area + k->at, bytes, n);
	k->at += n;
}

static void put_word(struct code *k, uint32_t value)
{
	memcpy(k->c->area + k->at, &value, 4);
	k->at += 4;
}

static void put_place(struct code *k, uint32_t in_area)
{
	if (k->c->n_relocs < DIFFER_RELOCS)
		k->c->relocs[k->c->n_relocs++] = k->at;
	put_word(k, in_area);
}

static void named(struct code *k, const char *name, const char *bytes, uint32_t n)
{
	step(k, "%s", name);
	put(k, bytes, n);
}

/* An instruction that scenarios have no name for. */
static void unnamed(struct code *k, const char *bytes, uint32_t n)
{
	char hex[32];

	for (uint32_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char)bytes[i]);
	step(k, "bytes %s", hex);
	put(k, bytes, n);
}

static void mov(struct code *k, enum reg to, uint32_t value)
{
	step(k, "mov %s %d", regs[to], (int32_t)value);
	k->c->area[k->at++] = (uint8_t)(0xb8 + to);
	put_word(k, value);
}

static void mov_place(struct code *k, enum reg to, uint32_t in_area)
{
	step(k, "mov %s l%03x", regs[to], in_area);
	k->c->area[k->at++] = (uint8_t)(0xb8 + to);
	put_place(k, in_area);
}

static void enter(struct code *k)
{
	named(k, "int80", "\xcd\x80", 2);
}

/* In the program's own registers. */
static void call(struct code *k, uint32_t nr, bool sysenter)
{
	mov(k, EAX, nr);
	if (!sysenter) {
		enter(k);
		return;
	}
	step(k, "bytes ff15\t# call [__kernel_vsyscall]\n\twords l%03x", DIFFER_SLOT);
	put(k, "\xff\x15", 2);
	put_place(k, DIFFER_SLOT);
}

static void set_tf(struct code *k, bool on)
{
	named(k, "pushf", "\x9c", 1);
	if (on)
		unnamed(k, "\x81\x0c\x24\x00\x01\x00\x00", 7); /* or [esp] 0x100 */
	else
		unnamed(k, "\x81\x24\x24\xff\xfe\xff\xff", 7); /* and [esp] ~0x100 */
	named(k, "popf", "\x9d", 1);
}

static void kill_self(struct code *k, uint32_t signal)
{
	step(k, "load ebx l%03x", DIFFER_OWN_PID);
	put(k, "\x8b\x1d", 2);
	put_place(k, DIFFER_OWN_PID);
	mov(k, ECX, signal);
	mov(k, EAX, 37);
	enter(k);
}

static void set_handler(struct code *k, uint32_t signal, uint32_t slot, bool restart)
{
	const uint32_t at = DIFFER_ACTION + 32 * slot;
	struct code action = { .c = k->c, .at = at };

	put_place(&action, DIFFER_HANDLER);
	put_word(&action, 0x04000000u | (restart ? 0x10000000u : 0)); /* a restorer; SA_RESTART */
	put_place(&action, DIFFER_RESTORER);
	mov(k, EBX, signal);
	mov_place(k, ECX, at);
	unnamed(k, "\x31\xd2", 2); /* xor edx, edx */
	mov(k, ESI, 8);
	mov(k, EAX, 174); /* rt_sigaction */
	enter(k);
}

static void snippet(struct code *k, uint64_t seed, uint32_t index)
{
	uint64_t r = seed;

	switch (below(&r, 16)) {
	case 0:
	case 1:
	case 2:
	case 3: call(k, numbers[below(&r, NUMBERS)], false); break;
	case 4:
	case 5:
	case 6: call(k, numbers[below(&r, NUMBERS)], !k->int80); break;
	case 7:
	case 8: named(k, "nop", "\x90", 1); break;
	case 9: set_tf(k, true); break;
	case 10: set_tf(k, false); break;
	case 11: kill_self(k, signals[1 + below(&r, SIGNALS - 1)]); break;
	case 12: named(k, "int3", "\xcc", 1); break;
	case 13: set_handler(k, signals[below(&r, 3)], index % 8, below(&r, 2)); break;
	case 14:
		named(k, "pushf", "\x9c", 1);
		named(k, "popf", "\x9d", 1);
		break;
	default:
		if (below(&r, 2))
			named(k, "ud2", "\x0f\x0b", 2);
		else
			unnamed(k, "\xa1\x00\x00\x00\x00", 5); /* mov eax, [0] */
	}
}

static void space_to(struct code *k, uint32_t at)
{
	if (k->text && at > k->at)
		fprintf(k->text, "\tspace %u\n", at - k->at);
	k->at = at;
}

/* What set_handler has put where. */
static void show_actions(struct code *k)
{
	uint32_t words[3];

	for (uint32_t at = DIFFER_ACTION; at < DIFFER_ACTION + 8 * 32; at += 32) {
		memcpy(words, k->c->area + at, sizeof(words));
		if (!words[0])
			continue;
		space_to(k, at);
		step(k, "words l%03x 0x%x l%03x 0 0", words[0], words[1], words[2]);
		k->at += 20;
	}
}

void differ_write(const struct differ_plan *plan, struct differ_case *c, FILE *text)
{
	struct code k = { .c = c, .text = text, .int80 = plan->int80 };

	memset(c, 0, sizeof(*c));
	c->sysgood = plan->sysgood;
	c->n_stops = plan->n_stops;
	memcpy(c->stops, plan->stop, sizeof(c->stops));
	for (uint32_t i = 0; i < plan->n_snippets; i++)
		snippet(&k, plan->snippets[i], i);
	for (int i = 0; i < 2; i++) { /* the end, also where a call is not made */
		mov(&k, EBX, 7);
		mov(&k, EAX, 1);
		enter(&k);
	}
	named(&k, "hlt", "\xf4", 1);
	c->size = k.at;
	space_to(&k, DIFFER_HANDLER);
	named(&k, "nop", "\x90", 1);
	unnamed(&k, "\x47", 1); /* inc edi, which its frame forgets */
	named(&k, "ret", "\xc3", 1);
	space_to(&k, DIFFER_RESTORER);
	named(&k, "pop eax", "\x58", 1);
	mov(&k, EAX, 119); /* sigreturn */
	enter(&k);
	show_actions(&k);
	space_to(&k, DIFFER_OWN_PID);
	step(&k, "words %u", DIFFER_PID);
	k.at += 4;
	step(&k, "words 0x%x\n\tspace 4", DIFFER_PAGE);
}

void differ_make(const struct differ_plan *plan, struct differ_case *c)
{
	differ_write(plan, c, NULL);
}
