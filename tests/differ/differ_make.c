/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ_make.c: random programs and random tracers: straight lines of snippets, so that each ends; all of what a
 * tracer of 2005 could do at a stop. See differ_play.h.
 */
#include "tests/differ/differ_play.h"

#include <string.h>

#include "lib/random.h"

enum { REQUESTS = 5 };
static const struct {
	int number;
	const char *name;
} requests[REQUESTS] = { { SYSEMU_PTRACE_CONT, "CONT" },
			 { SYSEMU_PTRACE_SYSCALL, "SYSCALL" },
			 { SYSEMU_PTRACE_SYSEMU, "SYSEMU" },
			 { SYSEMU_PTRACE_SINGLESTEP, "SINGLESTEP" },
			 { SYSEMU_PTRACE_SYSEMU_SINGLESTEP, "SYSEMU_SINGLESTEP" } };

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
	s->request = (uint32_t)requests[below(&r, REQUESTS)].number;
	if (below(&r, 8) == 0)
		s->data = signals[below(&r, SIGNALS)];
}

void differ_plan(struct differ_plan *plan, uint64_t seed)
{
	uint64_t r = seed;

	memset(plan, 0, sizeof(*plan));
	plan->n_snippets = 1 + below(&r, DIFFER_SNIPPETS);
	plan->n_stops = 2 + below(&r, DIFFER_STOPS - 1);
	plan->sysgood = below(&r, 2);
	for (uint32_t i = 0; i < plan->n_snippets; i++)
		plan->snippets[i] = random_next(&r);
	for (uint32_t i = 0; i < plan->n_stops; i++) {
		plan->stops[i] = random_next(&r);
		make_stop(&plan->stop[i], plan->stops[i]);
	}
}

/* ---- the program ---- */

struct code {
	struct differ_case *c;
	uint32_t at;
	FILE *text;
};

static void byte(struct code *k, uint32_t value)
{
	k->c->area[k->at++] = (uint8_t)value;
}

static void bytes(struct code *k, const char *what, size_t n)
{
	memcpy(k->c->area + k->at, what, n);
	k->at += (uint32_t)n;
}

static void word(struct code *k, uint32_t value)
{
	memcpy(k->c->area + k->at, &value, 4);
	k->at += 4;
}

static void place(struct code *k, uint32_t in_area)
{
	if (k->c->n_relocs < DIFFER_RELOCS)
		k->c->relocs[k->c->n_relocs++] = k->at;
	word(k, in_area);
}

static void say(struct code *k, const char *text, uint32_t value)
{
	if (k->text) {
		fprintf(k->text, "\t%03x:\t", k->at);
		fprintf(k->text, text, value);
		fputc('\n', k->text);
	}
}

/* eax: the number, in the program's own registers. */
static void call(struct code *k, uint32_t nr, bool sysenter)
{
	say(k, sysenter ? "mov eax %d; call [__kernel_vsyscall]" : "mov eax %d; int 0x80", nr);
	byte(k, 0xb8);
	word(k, nr);
	if (sysenter) {
		bytes(k, "\xff\x15", 2);
		place(k, DIFFER_SLOT);
	} else {
		bytes(k, "\xcd\x80", 2);
	}
}

static void set_tf(struct code *k, bool on)
{
	say(k, on ? "TF set, by popf" : "TF cleared, by popf", 0);
	if (on)
		bytes(k, "\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d", 9);
	else
		bytes(k, "\x9c\x81\x24\x24\xff\xfe\xff\xff\x9d", 9);
}

static void kill_self(struct code *k, uint32_t signal)
{
	say(k, "mov ebx [own pid]; mov ecx %u; mov eax 37; int 0x80", signal);
	bytes(k, "\x8b\x1d", 2);
	place(k, DIFFER_OWN_PID);
	byte(k, 0xb9);
	word(k, signal);
	byte(k, 0xb8);
	word(k, 37);
	bytes(k, "\xcd\x80", 2);
}

static void set_handler(struct code *k, uint32_t signal, uint32_t slot, bool restart)
{
	uint32_t back = k->at, at = DIFFER_ACTION + 32 * slot;

	say(k, "rt_sigaction of signal %u, with a handler", signal);
	k->at = at;
	place(k, DIFFER_HANDLER);
	word(k, 0x04000000u | (restart ? 0x10000000u : 0));
	place(k, DIFFER_RESTORER);
	word(k, 0);
	word(k, 0);
	k->at = back;
	byte(k, 0xbb);
	word(k, signal);
	byte(k, 0xb9);
	place(k, at);
	bytes(k, "\x31\xd2\xbe", 3);
	word(k, 8);
	byte(k, 0xb8);
	word(k, 174);
	bytes(k, "\xcd\x80", 2);
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
	case 6: call(k, numbers[below(&r, NUMBERS)], true); break;
	case 7:
	case 8:
		say(k, "nop", 0);
		byte(k, 0x90);
		break;
	case 9: set_tf(k, true); break;
	case 10: set_tf(k, false); break;
	case 11: kill_self(k, signals[1 + below(&r, SIGNALS - 1)]); break;
	case 12:
		say(k, "int3", 0);
		byte(k, 0xcc);
		break;
	case 13: set_handler(k, signals[below(&r, 3)], index % 8, below(&r, 2)); break;
	case 14:
		say(k, "pushf; popf", 0);
		bytes(k, "\x9c\x9d", 2);
		break;
	default:
		if (below(&r, 2)) {
			say(k, "ud2", 0);
			bytes(k, "\x0f\x0b", 2);
		} else {
			say(k, "mov eax [0]", 0);
			bytes(k, "\xa1\x00\x00\x00\x00", 5);
		}
	}
}

static void make(const struct differ_plan *plan, struct differ_case *c, FILE *text)
{
	struct code k = { .c = c, .text = text };

	memset(c, 0, sizeof(*c));
	c->sysgood = plan->sysgood;
	c->n_stops = plan->n_stops;
	memcpy(c->stops, plan->stop, sizeof(c->stops));
	for (uint32_t i = 0; i < plan->n_snippets; i++)
		snippet(&k, plan->snippets[i], i);
	/* The end, also where a call is not made. */
	for (int i = 0; i < 2; i++) {
		byte(&k, 0xbb);
		word(&k, 7);
		byte(&k, 0xb8);
		word(&k, 1);
		bytes(&k, "\xcd\x80", 2);
	}
	byte(&k, 0xf4);
	c->size = k.at;
	k.text = NULL;
	k.at = DIFFER_HANDLER;
	bytes(&k, "\x90\x47\xc3", 3); /* nop; inc edi, which its frame forgets; ret */
	k.at = DIFFER_RESTORER;
	bytes(&k, "\x58\xb8\x77\x00\x00\x00\xcd\x80", 8); /* pop eax; sigreturn */
}

void differ_make(const struct differ_plan *plan, struct differ_case *c)
{
	make(plan, c, NULL);
}

/* ---- for a person ---- */

static const char *request_name(uint32_t number)
{
	for (unsigned i = 0; i < REQUESTS; i++)
		if ((uint32_t)requests[i].number == number)
			return requests[i].name;
	return "?";
}

void differ_print(FILE *out, const struct differ_plan *plan, const struct differ_case *c)
{
	struct differ_case again;

	fprintf(out, "program%s\n", plan->sysgood ? ", TRACESYSGOOD" : "");
	make(plan, &again, out);
	fprintf(out, "\t%03x:\texit, twice; hlt\ntracer\n", again.size - 25);
	for (uint32_t i = 0; i < c->n_stops; i++) {
		const struct differ_stop *s = &c->stops[i];

		fprintf(out, "\t%2u:", i);
		if (s->set & SET_EAX)
			fprintf(out, " eax=%d;", (int32_t)s->eax);
		if (s->set & SET_ORIG_EAX)
			fprintf(out, " orig_eax=%d;", (int32_t)s->orig_eax);
		if (s->set & SET_TF)
			fprintf(out, " TF on;");
		if (s->set & CLEAR_TF)
			fprintf(out, " TF off;");
		if (s->signal)
			fprintf(out, " kill %u;", s->signal);
		fprintf(out, " %s", request_name(s->request));
		if (s->data)
			fprintf(out, ":%u", s->data);
		fputc('\n', out);
	}
}

void differ_print_event(FILE *out, const struct differ_event *e)
{
	fprintf(out,
		"%04x eip %x eax %d orig %d ebx %x ecx %x edx %x esi %x edi %x ebp %x efl %x "
		"sig %u code %d -> %d\n",
		e->status, e->eip, (int32_t)e->eax, (int32_t)e->orig_eax, e->ebx, e->ecx, e->edx,
		e->esi, e->edi, e->ebp, e->eflags, e->si_signo, (int32_t)e->si_code,
		(int32_t)e->result);
}
