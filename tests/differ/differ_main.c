/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ_main.c: random programs under random tracers on a kernel of ours and on a running one, the host's own or
 * one that is booted: any difference is made as short as it can be, and becomes a scenario. The running kernel is
 * the expectation.
 *
 *	differ KERNEL CASES SEED FOLDER WORKER [ARG...]
 * WORKER: worker.c, or what boots it; FOLDER: where scenarios are put. What it has come to is said each 10,000 cases.
 * Exit: 0 no difference, 1 some, 2 a wrong call, 77 where no 32-bit program can be traced.
 */
#include "tests/differ/differ_play.h"

#include <stdlib.h>
#include <string.h>

#include "lib/random.h"

#define SKIPPED  77
#define SHOWN    20
#define PROGRESS 10000
#define BATCH    50u

static const char *kernel, *folder;
static struct differ_ours *ours;
static struct differ_native *native;
static uint64_t cases, events, different;

/* The first event that differs; -1: none. */
static int differs(const struct differ_case *c, const struct differ_seen *a,
		   const struct differ_seen *b)
{
	uint32_t n = differ_comparable(c, a), m = differ_comparable(c, b);

	for (uint32_t i = 0; i < n || i < m; i++)
		if (i >= n || i >= m || memcmp(&a->events[i], &b->events[i], sizeof(a->events[i])))
			return (int)i;
	return -1;
}

static int lost(void)
{
	fprintf(stderr, "the worker is gone\n");
	return 2;
}

static int try(const struct differ_plan *plan, struct differ_seen *a, struct differ_seen *b)
{
	static struct differ_case c;

	differ_make(plan, &c);
	if (!differ_native_ask(native, &c))
		exit(lost());
	differ_ours_play(ours, &c, a); /* while it plays */
	if (!differ_native_hear(native, b))
		exit(lost());
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

static void print_event(const struct differ_event *e)
{
	printf("%04x eip %x eax %d orig %d ebx %x ecx %x edx %x esi %x edi %x ebp %x efl %x "
	       "sig %u code %d -> %d\n",
	       e->status, e->eip, (int32_t)e->eax, (int32_t)e->orig_eax, e->ebx, e->ecx, e->edx,
	       e->esi, e->edi, e->ebp, e->eflags, e->si_signo, (int32_t)e->si_code,
	       (int32_t)e->result);
}

static void keep_script(const char *name, const char *text)
{
	char path[1000], why[DIFFER_WHY];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.play", folder, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) == EOF || fclose(file))
		printf("%s: cannot be written\n", path);
	else if (differ_script_tells(text, kernel, why))
		printf("%s: fails on %s there, and was tried\n", path, kernel);
	else
		printf("%s: does not fail on %s there: %s\n", path, kernel, why);
}

static void report(const struct differ_plan *found, uint64_t seed)
{
	struct differ_plan plan = *found;
	struct differ_seen a, b;
	char name[40], *text;
	int at;

	shrink(&plan);
	at = try(&plan, &a, &b);
	snprintf(name, sizeof(name), "differ-%016llx", (unsigned long long)seed);
	text = at < 0 ? NULL : differ_script(name, kernel, &plan, &a, &b, at);
	printf("---- %s, made short; differs at event %d\n", name, at);
	for (uint32_t i = 0; i < a.n || i < b.n; i++) {
		if (i < a.n) {
			printf("  %c ours    ", (int)i == at ? '>' : ' ');
			print_event(&a.events[i]);
		}
		if (i < b.n) {
			printf("  %c running ", (int)i == at ? '>' : ' ');
			print_event(&b.events[i]);
		}
	}
	if (text) {
		fputs(text, stdout);
		keep_script(name, text);
	}
	free(text);
}

static void say_totals(uint64_t n)
{
	printf("%s: %llu cases, %llu events, %llu different\n", kernel, (unsigned long long)n,
	       (unsigned long long)events, (unsigned long long)different);
	fflush(stdout);
}

/* Of this kernel, case by case. */
static void play_ours(uint64_t seed, uint32_t n, uint64_t *digests)
{
	static struct differ_case c;
	struct differ_plan plan;
	struct differ_seen seen;

	for (uint32_t i = 0; i < n; i++) {
		differ_plan(&plan, random_next(&seed), differ_native_int80(native));
		differ_make(&plan, &c);
		differ_ours_play(ours, &c, &seen);
		digests[i] = differ_digest(&c, &seen);
		events += seen.n;
	}
}

static void look_at(uint64_t seed)
{
	struct differ_plan plan;
	struct differ_seen a, b;

	differ_plan(&plan, seed, differ_native_int80(native));
	if (try(&plan, &a, &b) >= 0 && try(&plan, &a, &b) >= 0 && different++ < SHOWN)
		report(&plan, seed);
}

static void play_all(uint64_t seed)
{
	uint64_t a[BATCH], b[BATCH];

	for (uint64_t done = 0; done < cases;) {
		uint32_t n = cases - done < BATCH ? (uint32_t)(cases - done) : BATCH;

		if (!differ_native_ask_batch(native, seed, n))
			exit(lost());
		play_ours(seed, n, a); /* while it plays */
		if (!differ_native_hear_batch(native, n, b))
			exit(lost());
		for (uint32_t i = 0; i < n; i++) {
			uint64_t own = random_next(&seed);

			if (a[i] != b[i])
				look_at(own);
		}
		done += n;
		if (done % PROGRESS < n || done == cases)
			say_totals(done);
	}
}

int main(int argc, char **argv)
{
	const char *why;

	if (argc < 6) {
		fprintf(stderr, "usage: differ KERNEL CASES SEED FOLDER WORKER [ARG...]\n");
		return 2;
	}
	kernel = argv[1];
	cases = strtoull(argv[2], NULL, 0);
	folder = argv[4];
	ours = differ_ours_open(kernel);
	if (!ours) {
		fprintf(stderr, "%s\n", sysemu_errmsg(NULL));
		return 2;
	}
	native = differ_native_open(argv + 5, &why);
	if (!native) {
		printf("skipped: %s\n", why);
		differ_ours_close(ours);
		return SKIPPED;
	}
	if (differ_native_int80(native))
		printf("calls by int $0x80 alone: __kernel_vsyscall enters by SYSCALL there\n");
	play_all(strtoull(argv[3], NULL, 0));
	differ_ours_close(ours);
	differ_native_close(native);
	return different != 0;
}
