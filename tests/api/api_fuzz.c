/* SPDX-License-Identifier: GPL-2.0-only */
/* api_fuzz.c: see api_fuzz.h. Here: numbers, what is seen, and one seed's life. */
#include "tests/api/api_fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsysemu/process.h>

#include "lib/random.h"

enum { UNTOUCHED = 0xa5, MOST_PAGES = 512 };

/* ---- numbers ---- */

uint32_t fuzz_below(struct fuzz *f, uint32_t n)
{
	return (uint32_t)(random_next(&f->state) >> 16) % n;
}

bool fuzz_one_in(struct fuzz *f, uint32_t n)
{
	return fuzz_below(f, n) == 0;
}

uint32_t fuzz_word(struct fuzz *f)
{
	static const uint32_t borders[] = {
		0,          1,          2,          4,          5,          9,          19,
		31,         64,         0xff,       0xfff,      0x1000,     0xffff,     0x10000,
		0x7fffffff, 0x80000000, 0xfffff000, 0xfffffffc, 0xfffffffe, UINT32_MAX,
	};

	switch (fuzz_below(f, 4)) {
	case 0: return borders[fuzz_below(f, sizeof(borders) / sizeof(borders[0]))];
	case 1: return fuzz_below(f, 300);
	case 2: return 1u << fuzz_below(f, 32);
	default: return (uint32_t)random_next(&f->state);
	}
}

uint32_t fuzz_address(struct fuzz *f)
{
	static const uint32_t places[] = {
		SYSEMU_CODE_BASE,
		SYSEMU_CODE_BASE,
		SYSEMU_CODE_BASE + 0xff0,
		SYSEMU_WINDOW,
		SYSEMU_WINDOW + SYSEMU_WINDOW_SIZE - 8,
		0xbffff000, /* the stack, and its end */
		0xbffffff8,
		0xc0000000, /* the kernel, and its start */
		0xc0100000,
		0xff000000, /* the page tables */
		0xffffe000, /* the vsyscall page, and its end */
		0xffffeff8,
		0x10000,
	};

	if (fuzz_one_in(f, 8))
		return fuzz_word(f);
	return places[fuzz_below(f, sizeof(places) / sizeof(places[0]))] + fuzz_below(f, 64);
}

int32_t fuzz_pid(struct fuzz *f)
{
	static const int32_t pids[] = { 0, 0, 0, 101, 101, 102, 103, 1, 100, -1, 4711 };

	return fuzz_one_in(f, 16) ? (int32_t)fuzz_word(f) :
				    pids[fuzz_below(f, sizeof(pids) / sizeof(pids[0]))];
}

uint64_t fuzz_wide(struct fuzz *f)
{
	switch (fuzz_below(f, 4)) {
	case 0: return UINT64_MAX - fuzz_below(f, 3);
	case 1: return (uint64_t)fuzz_word(f) << 32 | fuzz_word(f);
	default: return fuzz_word(f);
	}
}

void *fuzz_or_null(struct fuzz *f, void *pointer)
{
	return fuzz_one_in(f, 24) ? NULL : pointer;
}

const char *fuzz_kernel(struct fuzz *f)
{
	static const char *const odd[] = { "", "nonsuch", "2.6.1", "%s%n", NULL };

	if (fuzz_one_in(f, 8))
		return odd[fuzz_below(f, sizeof(odd) / sizeof(odd[0]))];
	return sysemu_kernel_at(fuzz_below(f, 7), NULL);
}

const char *fuzz_timing(struct fuzz *f)
{
	static const char *const good[] = { "insn",       "i386dx",     "i386dx,cli=9",
					    "i386dx-bus", "i386ex-bus", "i486",
					    "p5" };
	static const char *const odd[] = { "",
					   ",",
					   "i386dx,",
					   "i386dx,cli",
					   "i386dx,cli=",
					   "i386dx,cli=4294967296",
					   "nonsuch",
					   "i386dx,nonsuch=1" };

	return fuzz_below(f, 4) ? good[fuzz_below(f, 7)] : odd[fuzz_below(f, 8)];
}

sysemu_machine *fuzz_machine(struct fuzz *f, struct fuzz_slot *s)
{
	return fuzz_or_null(f, s->m);
}

/* ---- what is seen ---- */

/* FNV-1a, word by word. */
void fuzz_see(struct fuzz *f, uint64_t what)
{
	f->seen = (f->seen ^ what) * UINT64_C(0x100000001b3);
	f->seen ^= f->seen >> 29;
}

void fuzz_see_bytes(struct fuzz *f, const void *bytes, size_t size)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < size; i++)
		fuzz_see(f, b[i]);
}

void fuzz_see_text(struct fuzz *f, const char *text)
{
	fuzz_see(f, text ? strlen(text) : UINT64_MAX);
	if (text)
		fuzz_see_bytes(f, text, strlen(text));
}

void fuzz_see_counts(struct fuzz *f, const sysemu_counts *c)
{
	for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
		fuzz_see(f, c->insns[r]);
	fuzz_see(f, c->int80);
	fuzz_see(f, c->sysenter);
}

void fuzz_see_event(struct fuzz *f, const sysemu_event *e)
{
	const uint32_t words[] = { e->kind,  (uint32_t)e->pid, e->status, e->eip,
				   e->eax,   e->esp,           e->tif,    (uint32_t)e->orig_eax,
				   e->eflags };

	if (!sysemu_event_name(e->kind))
		fuzz_fail(f, "an event of no kind");
	fuzz_see_bytes(f, words, sizeof(words));
	fuzz_see_counts(f, &e->counts);
	fuzz_see(f, e->clocks);
}

void fuzz_fail(struct fuzz *f, const char *format, ...)
{
	va_list args;

	print_error("seed %llu, step %u, %s: ", (unsigned long long)f->seed, f->step, f->op);
	va_start(args, format);
	vprint_error(format, args);
	va_end(args);
	print_error("\n");
	fail();
	abort();
}

sysemu_status fuzz_status(struct fuzz *f, sysemu_status status, const char *sentence,
			  const char *call)
{
	f->calls++;
	if (strcmp(sysemu_strstatus(status), "unknown status") == 0)
		fuzz_fail(f, "%s: status %d", call, (int)status);
	fuzz_see(f, status);
	if (status == SYSEMU_OK)
		return status;
	if (!sentence[0])
		fuzz_fail(f, "%s: %s, and no sentence", call, sysemu_strstatus(status));
	fuzz_see_text(f, sentence);
	return status;
}

void *fuzz_out(struct fuzz *f, size_t size)
{
	if (size > sizeof(f->out))
		fuzz_fail(f, "an out-parameter of %zu bytes", size);
	memset(f->out, UNTOUCHED, size);
	return f->out;
}

bool fuzz_filled(struct fuzz *f, sysemu_status status, size_t size)
{
	for (size_t i = 0; status != SYSEMU_OK && i < size; i++)
		if (f->out[i] != UNTOUCHED)
			fuzz_fail(f, "refused, but byte %zu of the out-parameter is written", i);
	return status == SYSEMU_OK;
}

/* ---- a machine's life ---- */

static uint32_t some_pages(struct fuzz *f)
{
	return fuzz_one_in(f, 16) ? fuzz_word(f) : 300 + fuzz_below(f, MOST_PAGES);
}

static sysemu_config any_config(struct fuzz *f)
{
	/* Machines of one kind, so that they take each other's snapshots. */
	static const sysemu_config alike = { .kernel = "sysemu",
					     .entry = SYSEMU_ENTRY_SYSENTER,
					     .user_pages = 600,
					     .log_events = 30 };
	sysemu_config c = {
		.kernel = fuzz_kernel(f),
		.entry = (sysemu_entry)fuzz_below(f, 2),
		.start = (sysemu_start)fuzz_below(f, 2),
		.counting = (sysemu_counting)fuzz_one_in(f, 16),
		.user_pages = some_pages(f),
		.log_events = fuzz_below(f, 40),
		.seed = fuzz_below(f, 3),
		.epoch = fuzz_below(f, 2) ? 0 : (int64_t)fuzz_wide(f),
		.debug_junk = fuzz_below(f, 2) ? 0 : fuzz_word(f),
		.timing = fuzz_one_in(f, 4) ? fuzz_timing(f) : NULL,
	};

	if (fuzz_below(f, 2))
		return alike;
	if (fuzz_one_in(f, 40))
		c.entry = (sysemu_entry)fuzz_word(f);
	if (fuzz_one_in(f, 40))
		c.start = (sysemu_start)fuzz_word(f);
	if (fuzz_one_in(f, 40))
		c.counting = (sysemu_counting)fuzz_word(f);
	return c;
}

static void close_slot(struct fuzz_slot *s)
{
	sysemu_close(s->m);
	*s = (struct fuzz_slot){ .m = NULL };
}

/* A program that makes calls by int $0x80 and by the page, stores, divides and loops. */
static const uint8_t code[] = {
	0xb8, 0x14, 0,    0,    0,    0xcd, 0x80,                      /* getpid */
	0xbe, 0x00, 0xe4, 0xff, 0xff, 0xb8, 0x40, 0, 0, 0, 0xff, 0xd6, /* getppid by the page */
	0xb8, 0x02, 0,    0,    0,    0xcd, 0x80,                      /* fork */
	0xa3, 0x80, 0x80, 0x04, 0x08,                                  /* a store into its page */
	0xb8, 0x43, 0,    0,    0,    0xcd, 0x80,                      /* sigaction */
	0xcc, 0x0f, 0x31, 0xb9, 0x05, 0,    0,    0, /* int3, rdtsc, mov $5, %ecx */
	0xe2, 0xfe, 0xf3, 0xab,                      /* loop, rep stosl */
	0xeb, 0xc2,
};

static sysemu_status load(struct fuzz *f, struct fuzz_slot *s)
{
	char *const argv[] = { (char *)"program", (char *)"argument", NULL };
	sysemu_machine *m = fuzz_machine(f, s);
	size_t size = f->program_size;

	switch (fuzz_below(f, 8)) {
	case 0:
		memcpy(f->buffer, f->program, size);
		for (uint32_t i = fuzz_below(f, 3); i > 0; i--)
			f->buffer[fuzz_below(f, 200)] = (uint8_t)fuzz_word(f);
		if (fuzz_one_in(f, 4))
			size = fuzz_below(f, (uint32_t)size);
		return FUZZ_CALL(f, m, sysemu_load_elf(m, f->buffer, size, argv, NULL));
	case 1:
		return FUZZ_CALL(f, m,
				 sysemu_load_elf(m, fuzz_or_null(f, (void *)f->program), size,
						 fuzz_or_null(f, (void *)argv), argv));
	case 2:
		for (unsigned i = 0; i < 64; i++)
			f->buffer[i] = (uint8_t)fuzz_word(f);
		return FUZZ_CALL(f, m, sysemu_load_code(m, f->buffer, fuzz_below(f, 64)));
	case 3: /* a size that cannot be: nothing of it is read */
		return FUZZ_CALL(f, m, sysemu_load_code(m, code, SIZE_MAX - fuzz_below(f, 5000)));
	default: return FUZZ_CALL(f, m, sysemu_load_code(m, code, sizeof(code)));
	}
}

static void open_slot(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_config config = any_config(f);
	const sysemu_config *c = fuzz_or_null(f, &config);
	sysemu_machine *m = NULL;
	sysemu_status status;

	f->op = "open";
	if (fuzz_one_in(f, 3))
		status = FUZZ_CALL(f, NULL, sysemu_open_processes(c, &m));
	else
		status = FUZZ_CALL(f, NULL, sysemu_open(c, &m));
	if (!m != (status != SYSEMU_OK))
		fuzz_fail(f, "%s a machine", m ? "refused, and" : "no refusal, and not");
	if (status != SYSEMU_OK)
		return;
	*s = (struct fuzz_slot){ .m = m,
				 .uncounted = c && c->counting == SYSEMU_COUNT_NONE,
				 .timed = c && c->timing };
	if (!fuzz_one_in(f, 8))
		load(f, s);
}

static void see_digests(struct fuzz *f)
{
	for (unsigned i = 0; i < FUZZ_MACHINES; i++) {
		sysemu_digest d;

		if (f->slot[i].m &&
		    FUZZ_CALL(f, f->slot[i].m, sysemu_get_digest(f->slot[i].m, &d)) == SYSEMU_OK)
			fuzz_see_bytes(f, &d, sizeof(d));
	}
}

/* ---- the table ---- */

static const struct fuzz_row own_rows[] = { FUZZ_OP(load, 2), { NULL, NULL, 0 } };
static const struct fuzz_row *const tables[] = {
	own_rows,       fuzz_machine_rows, fuzz_run_rows,
	fuzz_step_rows, fuzz_process_rows, fuzz_other_rows
};
enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

static const struct fuzz_row *any_row(struct fuzz *f)
{
	uint32_t all = 0, at;

	for (unsigned t = 0; t < TABLES; t++)
		for (const struct fuzz_row *r = tables[t]; r->op; r++)
			all += r->weight;
	at = fuzz_below(f, all);
	for (unsigned t = 0; t < TABLES; t++)
		for (const struct fuzz_row *r = tables[t]; r->op; r++) {
			if (at < r->weight)
				return r;
			at -= r->weight;
		}
	return NULL;
}

/* The call, and what a refusal must not do. */
static void one_call(struct fuzz *f, struct fuzz_slot *s)
{
	const struct fuzz_row *row = any_row(f);
	bool look = fuzz_one_in(f, 4);
	sysemu_digest before, after;
	sysemu_status status;

	f->op = row->name;
	if (look)
		sysemu_get_digest(s->m, &before);
	status = row->op(f, s);
	if (!look || status == SYSEMU_OK || status == SYSEMU_EENGINE)
		return;
	sysemu_get_digest(s->m, &after);
	if (memcmp(&before, &after, sizeof(before)) != 0)
		fuzz_fail(f, "%s: %s, but it has changed something", sysemu_strstatus(status),
			  sysemu_errmsg(s->m));
}

static void live(struct fuzz *f, unsigned steps)
{
	for (f->step = 0; f->step < steps; f->step++) {
		struct fuzz_slot *s = &f->slot[fuzz_below(f, FUZZ_MACHINES)];

		if (s->m && fuzz_one_in(f, 300))
			close_slot(s);
		if (!s->m)
			open_slot(f, s);
		if (s->m)
			one_call(f, s);
		if (f->step % 64 == 63)
			see_digests(f);
	}
	f->op = "end";
	see_digests(f);
}

static uint64_t one_life(const char *elf, uint64_t seed, unsigned steps, uint64_t *calls)
{
	struct fuzz *f = calloc(1, sizeof(*f));
	uint64_t seen;
	void *program;

	assert_non_null(f);
	f->seed = f->state = seed;
	program = read_file(elf, &f->program_size);
	assert_true(f->program_size < FUZZ_BUFFER);
	f->program = program;
	snprintf(f->root, sizeof(f->root), "%.*s", (int)(strrchr(elf, '/') - elf), elf);
	live(f, steps);
	sysemu_cover_here(NULL);
	for (unsigned i = 0; i < FUZZ_MACHINES; i++)
		close_slot(&f->slot[i]);
	for (unsigned i = 0; i < FUZZ_SNAPSHOTS; i++)
		sysemu_snapshot_free(f->snapshot[i]); /* they outlive the machines */
	for (unsigned i = 0; i < FUZZ_TABLES; i++)
		sysemu_exploration_free(f->table[i]);
	sysemu_cover_free(f->cover);
	sysemu_scenarios_free(f->scenarios);
	free(program);
	*calls += f->calls;
	seen = f->seen;
	free(f);
	return seen;
}

void api_fuzz_twice(const char *elf, uint64_t seed, uint64_t seeds, unsigned steps)
{
	uint64_t calls = 0;

	for (uint64_t end = seed + seeds; seed < end; seed++) {
		uint64_t first = one_life(elf, seed, steps, &calls);

		if (one_life(elf, seed, steps, &calls) != first)
			fail_msg("seed %llu: another life the second time",
				 (unsigned long long)seed);
	}
	print_message("%llu calls\n", (unsigned long long)calls);
}
