/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ_main.c: random programs under random tracers on a kernel of ours and on the host's own: any difference
 * is made as short as it can be, and printed. The host is the expectation.
 *
 *	differ WORKER KERNEL CASES [SEED]
 * Exit: 0 no difference, 1 some, 2 a wrong call, 77 where no 32-bit program can be traced.
 */
#include "tests/differ/differ_play.h"

#include <stdlib.h>
#include <string.h>

#include "lib/random.h"

#define SKIPPED 77
#define SHOWN   20

static struct differ_ours *ours;
static struct differ_native *native;
static uint64_t events;

/* In the middle of the vsyscall page's int $0x80, where a tracer that forges a restart can lead it: what
 * comes then is up to the bytes of the page before, which are not the host's. */
static bool is_off_the_page(const struct differ_event *e)
{
	return e->eip == DIFFER_BEHIND_SYSENTER - 1;
}

/* A call to be restarted that there was not: eip goes into the middle of an instruction, and what is executed
 * then reads addresses that a 64-bit kernel's 32-bit program has and ours has not. */
static bool forges_a_restart(const struct differ_event *e, const struct differ_stop *s,
			     bool *forged)
{
	int32_t eax = (int32_t)(s->set & SET_EAX ? s->eax : e->eax);

	*forged = (e->orig_eax == UINT32_MAX) ? (s->set & SET_ORIG_EAX) != 0 : *forged;
	return *forged && eax >= -514 && eax <= -512;
}

/* The first event that differs; -1: none. */
static int differs(const struct differ_case *c, const struct differ_seen *a,
		   const struct differ_seen *b)
{
	const struct differ_event start = { .orig_eax = UINT32_MAX };
	bool forged = false;

	if (forges_a_restart(&start, &c->stops[0], &forged))
		return -1;
	for (uint32_t i = 0; i < a->n || i < b->n; i++) {
		if (i >= a->n || i >= b->n ||
		    memcmp(&a->events[i], &b->events[i], sizeof(a->events[i])))
			return (int)i;
		if (is_off_the_page(&a->events[i]) ||
		    (i + 1 < c->n_stops &&
		     forges_a_restart(&a->events[i], &c->stops[i + 1], &forged)))
			break;
	}
	return -1;
}

static int try(const struct differ_plan *plan, struct differ_seen *a, struct differ_seen *b)
{
	static struct differ_case c;

	differ_make(plan, &c);
	differ_ours_play(ours, &c, a);
	if (!differ_native_play(native, &c, b)) {
		fprintf(stderr, "the worker is gone\n");
		exit(2);
	}
	events += b->n;
	return differs(&c, a, b);
}

static bool shorter(struct differ_plan *plan, const struct differ_plan *candidate)
{
	struct differ_seen a, b;

	if (try(candidate, &a, &b) < 0)
		return false;
	*plan = *candidate;
	return true;
}

static void leave_out_snippet(struct differ_plan *p, uint32_t i)
{
	memmove(&p->snippets[i], &p->snippets[i + 1],
		(DIFFER_SNIPPETS - 1 - i) * sizeof(p->snippets[0]));
	p->n_snippets--;
}

static void leave_out_stop(struct differ_plan *p, uint32_t i)
{
	memmove(&p->stop[i], &p->stop[i + 1], (DIFFER_STOPS - 1 - i) * sizeof(p->stop[0]));
	p->n_stops--;
}

/* Each part of a stop's answer that can go. */
static bool simpler_stop(struct differ_plan *plan, uint32_t i)
{
	bool any = false;

	for (unsigned what = 0; what < 6; what++) {
		struct differ_plan c = *plan;
		struct differ_stop *s = &c.stop[i];

		if (what < 4)
			s->set &= ~(1u << what);
		else if (what == 4)
			s->signal = 0;
		else
			s->data = 0;
		if (memcmp(s, &plan->stop[i], sizeof(*s)) != 0)
			any |= shorter(plan, &c);
	}
	return any;
}

static void shrink(struct differ_plan *plan)
{
	bool again = true;

	while (again) {
		again = false;
		for (uint32_t i = 0; i < plan->n_snippets; i++) {
			struct differ_plan c = *plan;

			leave_out_snippet(&c, i);
			again |= shorter(plan, &c);
		}
		for (uint32_t i = 0; i < plan->n_stops && plan->n_stops > 1; i++) {
			struct differ_plan c = *plan;

			leave_out_stop(&c, i);
			again |= shorter(plan, &c);
		}
		for (uint32_t i = 0; i < plan->n_stops; i++)
			again |= simpler_stop(plan, i);
		if (plan->sysgood) {
			struct differ_plan c = *plan;

			c.sysgood = false;
			again |= shorter(plan, &c);
		}
	}
}

static void report(const struct differ_plan *found, uint64_t number)
{
	struct differ_plan plan = *found;
	struct differ_seen a, b;
	struct differ_case c;
	int at;

	shrink(&plan);
	at = try(&plan, &a, &b);
	printf("---- case %llu, made short; differs at event %d\n", (unsigned long long)number, at);
	differ_make(&plan, &c);
	differ_print(stdout, &plan, &c);
	for (uint32_t i = 0; i < a.n || i < b.n; i++) {
		if (i < a.n) {
			printf("  %c ours   ", (int)i == at ? '>' : ' ');
			differ_print_event(stdout, &a.events[i]);
		}
		if (i < b.n) {
			printf("  %c native ", (int)i == at ? '>' : ' ');
			differ_print_event(stdout, &b.events[i]);
		}
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	uint64_t cases = argc > 3 ? strtoull(argv[3], NULL, 0) : 0,
		 seed = argc > 4 ? strtoull(argv[4], NULL, 0) : 1, different = 0;
	const char *why;

	if (argc < 4)
		return 2;
	native = differ_native_open(argv[1], &why);
	if (!native) {
		printf("skipped: %s\n", why);
		return SKIPPED;
	}
	ours = differ_ours_open(argv[2]);
	if (!ours) {
		fprintf(stderr, "%s\n", sysemu_errmsg(NULL));
		return 2;
	}
	for (uint64_t i = 0; i < cases; i++) {
		struct differ_plan plan;
		struct differ_seen a, b;

		differ_plan(&plan, random_next(&seed));
		if (try(&plan, &a, &b) >= 0 && try(&plan, &a, &b) >= 0 && different++ < SHOWN)
			report(&plan, i);
	}
	printf("%s: %llu cases, %llu events, %llu different\n", argv[2], (unsigned long long)cases,
	       (unsigned long long)events, (unsigned long long)different);
	differ_ours_close(ours);
	differ_native_close(native);
	return different != 0;
}
