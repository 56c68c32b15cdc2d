/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silicon_oracle_long_test.c: random integer code on the host's processor and in a machine:
 * the same registers before every instruction, the same defined EFLAGS, the same memory in
 * the end. The host's processor is the expectation. Skipped where it cannot be asked.
 *
 * ORACLE_PROGRAMS (how many, 300) and ORACLE_SEED (1) say what is run; a failure prints the
 * seed of the one program that failed. ORACLE_PROGRAMS=1 ORACLE_SEED=that repeats it.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/generate.h"
#include "tests/oracle/native.h"
#include "tests/oracle/oracle_trace.h"

#define SKIPPED   77
#define TEMPLATES 40
#define STEPS     4000
#define SHOWN     20 /* failing programs that are printed */

static struct {
	struct native *native;
	unsigned long programs, seed;
	size_t steps, flags_open, flags_open_differ;
} oracle;

struct both {
	sysemu_machine *m;
	sysemu_snapshot *start;
	struct code *code;
	uint8_t area[AREA_SIZE], ours_area[AREA_SIZE];
	uint32_t end;
	struct trace ours, theirs;
};

/* ---- one program ---- */

static void prepare(struct both *b, uint64_t seed)
{
	uint64_t state = ~seed;

	generate(b->code, seed, TEMPLATES);
	for (unsigned i = 0; i < AREA_SIZE; i += 4) {
		uint32_t w = random32(&state);

		memcpy(b->area + i, &w, 4);
	}
	memcpy(b->area, b->code->bytes, b->code->size);
	b->end = AREA + (uint32_t)b->code->size - 2;
	trace_clear(&b->ours);
	trace_clear(&b->theirs);
}

/* A stepped pushf shows the tracer's TF, which is taken out. */
static bool pushes_flags(const struct both *b, const struct gdb_regs *before)
{
	uint32_t at = before->eip - AREA;

	return at < CODE_SIZE && b->area[at + (b->area[at] == 0x66)] == 0x9c;
}

static void run_theirs(struct both *b)
{
	struct native *n = oracle.native;
	struct gdb_regs r, before;

	memcpy(native_area(n), b->area, AREA_SIZE);
	assert_true(native_jump(n, AREA));
	assert_true(native_get_regs(n, &r));
	for (unsigned i = 0; i < STEPS && r.eip != b->end; i++) {
		trace_add(&b->theirs, &r);
		before = r;
		if (!native_step(n) || !native_get_regs(n, &r)) {
			print_error("the host at %08x: %s\n", before.eip, native_why(n));
			fail();
		}
		if (pushes_flags(b, &before))
			native_area(n)[r.esp + 1 - AREA] &= (uint8_t) ~(TF >> 8);
	}
	trace_add(&b->theirs, &r);
}

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	struct both *b = user;
	struct gdb_regs r;

	(void)size;
	if (addr < AREA || addr >= AREA + AREA_SIZE)
		return; /* the jump that leads there */
	regs_of_machine(b->m, &r);
	r.eip = addr;
	r.cs = r.ss = r.ds = r.es = r.fs = r.gs = 0;
	trace_add(&b->ours, &r);
}

static void run_ours(struct both *b, bool watched, uint32_t end)
{
	struct gdb_regs r;
	sysemu_event e;

	OK(b->m, sysemu_restore(b->m, b->start));
	OK(b->m, sysemu_write(b->m, AREA, b->area, AREA_SIZE));
	OK(b->m, sysemu_on_insn(b->m, watched ? on_insn : NULL, b));
	OK(b->m, sysemu_break_set(b->m, end));
	OK(b->m, sysemu_run(b->m, STEPS, &e));
	OK(b->m, sysemu_break_clear(b->m, end));
	if (e.kind != SYSEMU_EVENT_BREAK)
		printf("  ours ends with %s at %08x\n", sysemu_event_name(e.kind), e.eip);
	regs_of_machine(b->m, &r);
	r.cs = r.ss = r.ds = r.es = r.fs = r.gs = 0;
	trace_add(&b->ours, &r);
	OK(b->m, sysemu_read(b->m, AREA, b->ours_area, AREA_SIZE));
}

/* ---- what is compared ---- */

/* Flags that are open are made equal, and counted: what the manual leaves to the processor
 * may differ, and often does not. */
static void settle(struct both *b, struct gdb_regs *ours, const struct gdb_regs *theirs)
{
	uint32_t open = STATUS;
	const uint32_t compared = STATUS | DF | ID;

	if (ours->eip - AREA < b->code->size && ours->eip == theirs->eip)
		open = b->code->undefined[ours->eip - AREA];
	if (open & STATUS) {
		oracle.flags_open++;
		oracle.flags_open_differ += ((ours->eflags ^ theirs->eflags) & open) != 0;
	}
	ours->eflags = (ours->eflags & compared & ~open) | (theirs->eflags & ~(compared & ~open));
}

static bool same_area(const struct both *b, bool say)
{
	const uint8_t *theirs = native_area(oracle.native);

	for (unsigned i = CODE_SIZE; i < AREA_SIZE; i++) {
		if (b->ours_area[i] == theirs[i])
			continue;
		if (say)
			printf("  byte %08x: %02x, theirs %02x\n", AREA + i, b->ours_area[i],
			       theirs[i]);
		return false;
	}
	return true;
}

/* A run that nobody watches, up to the last of `n` steps: the engine makes other code of the
 * same bytes where no callback stands between the instructions. */
static bool same_unwatched(struct both *b, size_t n)
{
	const struct gdb_regs *theirs = &b->theirs.steps[n - 1];

	trace_clear(&b->ours);
	run_ours(b, false, theirs->eip);
	settle(b, &b->ours.steps[0], theirs);
	return memcmp(&b->ours.steps[0], theirs, sizeof(*theirs)) == 0;
}

/* Says where the unwatched run goes astray first. */
static void find_unwatched(struct both *b)
{
	for (size_t n = 1; n <= b->theirs.n; n++) {
		struct trace last = { .steps = &b->theirs.steps[n - 1], .n = 1 };

		if (same_unwatched(b, n))
			continue;
		printf("  unwatched, behind step %zu:\n", n - 2);
		trace_print(b->m, &b->theirs, n > 6 ? n - 6 : 0, n - 1);
		trace_equal(b->m, &b->ours, &last, ~0u, 0);
		return;
	}
	printf("  unwatched, and right wherever it is stopped before the end\n");
}

static bool same_watched(struct both *b)
{
	for (size_t i = 0; i < b->ours.n && i < b->theirs.n; i++)
		settle(b, &b->ours.steps[i], &b->theirs.steps[i]);
	return trace_equal(b->m, &b->ours, &b->theirs, ~0u, (size_t)-1) && same_area(b, true);
}

static bool same_program(struct both *b, uint64_t seed)
{
	bool same;

	prepare(b, seed);
	run_theirs(b);
	run_ours(b, true, b->end);
	oracle.steps += b->theirs.n;
	same = same_watched(b);
	if (same && !(same_unwatched(b, b->theirs.n) && same_area(b, false))) {
		same = false;
		find_unwatched(b);
	}
	if (!same)
		printf("  that was ORACLE_SEED=%lu\n", (unsigned long)seed);
	return same;
}

/* ---- the tests ---- */

/* jmp AREA */
static const uint8_t jump[] = { 0xe9, 0xfb, 0x7f, 0xfb, 0x17 };

static void open_both(struct both *b, sysemu_start start)
{
	static struct code code;

	*b = (struct both){ .code = &code };
	b->m = open_code("sysemu", SYSEMU_ENTRY_INT80, start, jump, sizeof(jump));
	OK(b->m, sysemu_map(b->m, AREA, AREA_SIZE / 4096, 3));
	if (start == SYSEMU_START_TRACED)
		run(b->m);
	OK(b->m, sysemu_save(b->m, &b->start));
}

static void close_both(struct both *b)
{
	sysemu_snapshot_free(b->start);
	sysemu_close(b->m);
	trace_free(&b->ours);
	trace_free(&b->theirs);
}

static void random_programs_do_what_the_processor_does(void **state)
{
	static struct both b;
	unsigned long failed = 0;

	(void)state;
	open_both(&b, SYSEMU_START_UNTRACED);
	for (unsigned long i = 0; i < oracle.programs && failed < SHOWN; i++)
		failed += !same_program(&b, oracle.seed + i);
	close_both(&b);
	assert_int_equal(failed, 0);
}

/* The two tracers' SINGLESTEP: theirs is the host kernel's, ours the guest kernel's. */
static void step_ours(struct both *b)
{
	struct gdb_regs r = { 0 }, before;
	uint8_t pushed;
	sysemu_event e;

	OK(b->m, sysemu_restore(b->m, b->start));
	OK(b->m, sysemu_write(b->m, AREA, b->area, AREA_SIZE));
	for (unsigned i = 0; i < STEPS && r.eip != b->end; i++) {
		sysemu_regs s;

		before = r;
		e = resume(b->m, SYSEMU_PTRACE_SINGLESTEP, 0);
		assert_int_equal(e.status, 0x057f);
		OK(b->m, sysemu_get_regs(b->m, &s));
		r = (struct gdb_regs){ s.eax, s.ecx,    s.edx, s.ebx, s.esp, s.ebp, s.esi, s.edi,
				       s.eip, s.eflags, 0,     0,     0,     0,     0,     0 };
		trace_add(&b->ours, &r);
		if (i == 0 || !pushes_flags(b, &before))
			continue;
		OK(b->m, sysemu_read(b->m, r.esp + 1, &pushed, 1));
		pushed &= (uint8_t) ~(TF >> 8);
		OK(b->m, sysemu_write(b->m, r.esp + 1, &pushed, 1));
	}
	OK(b->m, sysemu_read(b->m, AREA, b->ours_area, AREA_SIZE));
}

static void single_steps_stop_where_the_processor_stops(void **state)
{
	static struct both b;
	unsigned long failed = 0;

	(void)state;
	open_both(&b, SYSEMU_START_TRACED);
	for (unsigned long i = 0; i < oracle.programs / 5 && failed < SHOWN; i++) {
		prepare(&b, ~(oracle.seed + i));
		run_theirs(&b);
		step_ours(&b);
		oracle.steps += b.theirs.n;
		failed += !same_watched(&b);
	}
	close_both(&b);
	assert_int_equal(failed, 0);
}

/* sub $0x3001,%eax; cmpxchg8b -16(%esp); pushf; pop %ecx; jmp .: what the processor leaves in
 * CF and IOPL, unwatched. */
static void cmpxchg8b_touches_zf_alone(void **state)
{
	static const uint8_t code[] = { 0x2d, 0x01, 0x30, 0,    0,    0x0f, 0xc7,
					0x4c, 0x24, 0xf0, 0x9c, 0x59, 0xeb, 0xfe };
	sysemu_machine *m =
		open_code("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, code, sizeof(code));
	sysemu_regs r;

	(void)state;
	run_to(m, SYSEMU_CODE_BASE + sizeof(code) - 2);
	OK(m, sysemu_get_cpu(m, &r));
	sysemu_close(m);
	assert_int_equal(r.ecx, 0x297);
}

static unsigned long from_environment(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_programs_do_what_the_processor_does),
		cmocka_unit_test(single_steps_stop_where_the_processor_stops),
		cmocka_unit_test(cmpxchg8b_touches_zf_alone),
	};
	const char *why;
	int failed;

	oracle.programs = from_environment("ORACLE_PROGRAMS", 300);
	oracle.seed = from_environment("ORACLE_SEED", 1);
	oracle.native = native_start(NATIVE_CHILD, &why);
	if (!oracle.native) {
		printf("skipped: %s\n", why);
		return SKIPPED;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	native_end(oracle.native);
	printf("compared with the host's processor: %lu programs of %zu templates, seeds from %lu, "
	       "%zu instructions; open flags differ at %zu of %zu\n",
	       oracle.programs, template_count(), oracle.seed, oracle.steps,
	       oracle.flags_open_differ, oracle.flags_open);
	return failed;
}
