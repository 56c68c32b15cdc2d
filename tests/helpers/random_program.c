/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random_program.c: runs the programs of random_make.c in two machines and compares.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/helpers/random_program.h"

enum {
	BATCH = 64,
	BUDGET = 3000, /* instructions a program, all its runs together */
	EVENTS = 6,    /* stops that are answered */
	PATIENCE = 60, /* seconds for a batch; then it hangs */
};

/* ---- running one ---- */

struct outcome {
	unsigned n;
	sysemu_event events[EVENTS + 1];
	sysemu_digest digest;
	sysemu_status status;
	bool miscounted;
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
	const sysemu_config config = {
		.kernel = c->kernel, .entry = c->entry, .start = c->start, .timing = c->timing
	};
	const uint8_t nothing[RANDOM_SIZE] = { 0 };
	struct box box = { .m = open_config(&config) };

	OK(box.m, sysemu_load_code(box.m, nothing, sizeof(nothing)));
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

/* What runs, for last_words. */
static struct {
	const struct random_config *config;
	const struct random_program *program;
	uint64_t seed;
} running;

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

static bool clocks_are_insns(sysemu_machine *m)
{
	sysemu_counts counts;
	sysemu_clocks clocks;
	uint64_t base;

	OK(m, sysemu_get_counts(m, &counts));
	OK(m, sysemu_get_clocks(m, &clocks));
	for (unsigned r = 0; r < SYSEMU_REGIONS; r++) {
		base = clocks.region[r][SYSEMU_CAUSE_BASE];
		if (r == SYSEMU_REGION_USER)
			base += clocks.entry[SYSEMU_CAUSE_BASE];
		if (base != counts.insns[r]) {
			print_error("region %s: %llu clocks, %llu instructions\n",
				    sysemu_region_name(r), (unsigned long long)base,
				    (unsigned long long)counts.insns[r]);
			return false;
		}
	}
	return true;
}

static struct outcome run_program(struct box *box, const struct random_config *c,
				  const struct random_program *p)
{
	struct outcome o = { .n = 0 };
	sysemu_machine *m = box->m;
	sysemu_event e = { .kind = SYSEMU_EVENT_STOP };
	uint64_t left = BUDGET, before, now;
	sysemu_counts counts;

	running.program = p;
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
	o.miscounted = c->timing && !strcmp(c->timing, "insn") && !clocks_are_insns(m);
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

/* The host process is about to die: an abort of the engine, a crash, a hang. */
static void last_words(int sig)
{
	signal(sig, SIG_DFL);
	print_error("signal %d\n", sig);
	if (running.program)
		print_program(running.config, running.program, running.seed);
	raise(sig);
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

	if (!fault && same(a, b) && !a->miscounted && !b->miscounted)
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
	{ "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, NULL },
	{ "sysemu", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED, NULL },
	{ "sysemu", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_UNTRACED, NULL },
	{ "2.6.14", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED, NULL },
	{ "2.6.14", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, NULL },
	{ "2.6.11", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED, NULL },
	{ "2.6.11", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, NULL },
	{ "sysemu-3", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED, NULL },
};
const unsigned random_nconfigs = sizeof(random_configs) / sizeof(random_configs[0]);

void random_run(const struct random_config *c, uint64_t seed, uint64_t first, uint64_t count,
		struct random_tally *tally)
{
	struct box one = open_box(c), other = open_box(c);
	static struct random_program programs[BATCH];
	static struct outcome forth[BATCH], back[BATCH];
	unsigned failures = 0;

	running.config = c;
	running.seed = seed;
	signal(SIGABRT, last_words);
	signal(SIGSEGV, last_words);
	signal(SIGALRM, last_words);
	for (uint64_t done = 0; done < count && failures < 20; done += BATCH) {
		unsigned n = count - done < BATCH ? (unsigned)(count - done) : BATCH;

		for (unsigned i = 0; i < n; i++) {
			random_make(&programs[i], seed, first + done + i);
			forth[i] = run_program(&one, c, &programs[i]);
		}
		alarm(PATIENCE);
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
	alarm(0);
	running.program = NULL;
	close_box(&one);
	close_box(&other);
	assert_int_equal(failures, 0);
}

/* ---- one number for many ---- */

uint64_t random_hash_add(uint64_t hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t random_hash(const struct random_config *c, uint64_t seed, uint64_t first, uint64_t count)
{
	struct box box = open_box(c);
	struct random_program program;
	uint64_t hash = RANDOM_HASH;

	running.config = c;
	running.seed = seed;
	for (uint64_t i = 0; i < count; i++) {
		struct outcome o;

		random_make(&program, seed, first + i);
		o = run_program(&box, c, &program);
		for (unsigned k = 0; k < o.n; k++) {
			const sysemu_event *e = &o.events[k];
			uint32_t seen[] = { e->kind, e->status, e->eip, e->eax, e->esp, e->eflags };

			hash = random_hash_add(hash, seen, sizeof(seen));
		}
		hash = random_hash_add(hash, &o.digest, sizeof(o.digest));
	}
	running.program = NULL;
	close_box(&box);
	return hash;
}
