/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uncounted_test.c: a machine with SYSEMU_COUNT_NONE does what one that counts does: events,
 * registers, memory, each instruction that is reported. Counting is the oracle here; that it
 * is right itself is for the other tests.
 */
#include <string.h>

#include "tests/helpers/hostile.h"
#include "tests/helpers/random_program.h"

enum { BASE = SYSEMU_CODE_BASE, CODE = 2 * 4096, LOOK = 16 * 4096, BUDGET = 3000, EVENTS = 24 };

struct pair {
	sysemu_machine *m[2]; /* counted, uncounted */
	sysemu_snapshot *start[2];
};

static struct pair open_pair(const struct random_config *c)
{
	static uint8_t code[CODE];
	struct pair p;

	memset(code, 0xcc, sizeof(code));
	for (int i = 0; i < 2; i++) {
		sysemu_config config = {
			.kernel = c->kernel,
			.entry = c->entry,
			.start = c->start,
			.counting = i ? SYSEMU_COUNT_NONE : SYSEMU_COUNT_BLOCKS,
		};
		sysemu_event e;

		assert_int_equal(sysemu_open(&config, &p.m[i]), SYSEMU_OK);
		OK(p.m[i], sysemu_load_code(p.m[i], code, sizeof(code)));
		if (c->start == SYSEMU_START_TRACED)
			OK(p.m[i], sysemu_run(p.m[i], 0, &e));
		OK(p.m[i], sysemu_save(p.m[i], &p.start[i]));
	}
	return p;
}

static void close_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		sysemu_close(p->m[i]);
		sysemu_snapshot_free(p->start[i]);
	}
}

/* A stop's own signal is passed on, but SIGTRAP. */
static int32_t answer(sysemu_machine *m, int request, const sysemu_event *e)
{
	uint32_t signal = e->status >> 8 & 0x7f;
	int32_t result;

	OK(m, sysemu_ptrace(m, request, 0, signal == 5 ? 0 : signal, &result));
	return result;
}

/* A hash of the addresses in their order. */
static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	uint64_t *hash = user;

	*hash = (*hash ^ addr ^ (uint64_t)size << 32) * 0x9e3779b97f4a7c15u;
	*hash ^= *hash >> 29;
}

static void same_state(const struct pair *p)
{
	static uint8_t memory[2][LOOK];
	sysemu_regs cpu[2];

	for (int i = 0; i < 2; i++)
		OK(p->m[i], sysemu_get_cpu(p->m[i], &cpu[i]));
	assert_memory_equal(&cpu[0], &cpu[1], sizeof(cpu[0]));
	for (int i = 0; i < 2; i++)
		OK(p->m[i], sysemu_read(p->m[i], BASE, memory[i], CODE));
	assert_memory_equal(memory[0], memory[1], CODE);
	for (int i = 0; i < 2; i++)
		OK(p->m[i], sysemu_read(p->m[i], 0xc0000000u - LOOK, memory[i], LOOK));
	assert_memory_equal(memory[0], memory[1], LOOK);
}

static void same_event(sysemu_event a, sysemu_event b)
{
	assert_int_equal(a.kind, b.kind);
	assert_int_equal(a.pid, b.pid);
	assert_int_equal(a.status, b.status);
	assert_int_equal(a.eip, b.eip);
	assert_int_equal(a.eax, b.eax);
	assert_int_equal(a.esp, b.esp);
	assert_int_equal(a.eflags, b.eflags);
	assert_int_equal(a.orig_eax, b.orig_eax);
	assert_int_equal(a.tif, b.tif);
	assert_int_equal(a.counts.int80, b.counts.int80);
	assert_int_equal(a.counts.sysenter, b.counts.sysenter);
}

/* Runs this code in both, to its end or until the one that counts has had enough. */
static void run_pair(const struct pair *p, const struct random_config *c, const uint8_t *code,
		     size_t size, uint32_t at, const int *requests, bool watched)
{
	bool traced = c->start == SYSEMU_START_TRACED;
	sysemu_event e[2] = { { .status = 0x57f }, { .status = 0x57f } };
	uint64_t hash[2] = { 0, 0 };
	uint8_t jump[5] = { 0xe9, (uint8_t)(at - 5), (uint8_t)((at - 5) >> 8), 0, 0 };

	for (int i = 0; i < 2; i++) {
		OK(p->m[i], sysemu_restore(p->m[i], p->start[i]));
		OK(p->m[i], sysemu_write(p->m[i], BASE + at, code, size));
		if (at)
			OK(p->m[i], sysemu_write(p->m[i], BASE, jump, sizeof(jump)));
		OK(p->m[i], sysemu_on_insn(p->m[i], watched ? on_insn : NULL, &hash[i]));
	}
	for (unsigned n = 0; n < EVENTS; n++) {
		int request = requests[n < RANDOM_REQUESTS ? n : RANDOM_REQUESTS - 1];

		for (int i = 0; traced && i < 2; i++) {
			if (answer(p->m[i], request, &e[i]) != 0)
				answer(p->m[i], SYSEMU_PTRACE_SYSCALL, &e[i]);
		}
		OK(p->m[0], sysemu_run(p->m[0], BUDGET, &e[0]));
		if (e[0].kind == SYSEMU_EVENT_LIMIT)
			return;
		OK(p->m[1], sysemu_run(p->m[1], 0, &e[1]));
		same_event(e[0], e[1]);
		same_state(p);
		assert_int_equal(hash[0], hash[1]);
		if (e[0].kind != SYSEMU_EVENT_STOP)
			break;
	}
}

static const int plain[RANDOM_REQUESTS] = { SYSEMU_PTRACE_CONT, SYSEMU_PTRACE_CONT,
					    SYSEMU_PTRACE_CONT };
static const int steps[RANDOM_REQUESTS] = { SYSEMU_PTRACE_SINGLESTEP, SYSEMU_PTRACE_SINGLESTEP,
					    SYSEMU_PTRACE_SINGLESTEP };

/* ---- what the engine needs help with, at every place in a block ---- */

/* AAAA: an address on the stack. Each ends in int3, which fills the page. */
static const char *const helped[] = {
	"f0 90",
	"ff d8",
	"c5 f8 77",
	"f0 cd 80", /* the engine's aborts */
	"e4 60",
	"66 ed",
	"f3 6e",
	"6c", /* ports */
	"0f 05",
	"0f 34",
	"0f 23 c0",
	"cd 0d",
	"66 cd 0d", /* and other refusals */
	"cc",
	"66 cc",
	"f2 ce",
	"cd cc",
	"66 cd 03",
	"64 cd 80", /* int */
	"83 d8 00 0f 92 05 AAAA 0f 93 05 AAAA 83 c0 01 0f 9f 05 AAAA",
	"f9 c1 15 AAAA 07 d1 1d AAAA 83 d0 00 c1 15 AAAA 05", /* rcl, rcr, and their flags */
	"39 c8 0f 94 05 00 00 00 00",                         /* a fault keeps them */
	"0f c7 0d AAAA 0f 94 c0",
	"f0 0f c7 0d AAAA", /* cmpxchg8b */
	/* push flags with VM, RF, NT, IOPL and TF, cs, an address: iret */
	"9c 81 0c 24 00 00 02 00 0e 68 00 87 04 08 cf",
	"9c 81 0c 24 00 31 03 00 0e 68 00 87 04 08 cf",
	"9c 81 0c 24 ff 7f 23 00 0e 68 00 87 04 08 cf",
	"9c 81 0c 24 00 00 02 00 6a 60 68 00 87 04 08 cf", /* another cs */
	"9c 81 0c 24 00 00 02 00 6a 00 68 00 87 04 08 cf",
	"9c 0e 68 00 87 04 08 cf",
	"0e 68 00 87 04 08 cb",
	"9a 00 87 04 08 73 00",
	"bc 10 10 10 c0 9a 00 87 04 08 73 00", /* lret, lcall; a stack of the kernel's */
	"bc 00 10 40 ff cb",
	"39 c8 b9 01 00 00 00 e0 00 0f 94 c0", /* loopnz: the flags */
	"bc AAAA cf",
	"31 e4 cf",
	"b9 05 00 00 00 bf AAAA f3 aa e2 f9",           /* rep */
	"c6 05 0d 87 04 08 40 90 90 90 90 90 90 48 40", /* changes itself */
	"b0 41 a2 00 87 04 08 eb f7",
	"b9 00 01 00 00 49 75 fd",
};
enum { HELPED = sizeof(helped) / sizeof(helped[0]) };

static void what_the_engine_needs_help_with_ends_alike(void **state)
{
	(void)state;
	for (unsigned k = 0; k < random_nconfigs; k++) {
		const struct random_config *c = &random_configs[k];
		struct pair p = open_pair(c);

		for (unsigned i = 0; i < HELPED; i++) {
			uint8_t code[300], *at = code + 3;
			unsigned size = 3 + parse_hex(helped[i], 0xbffff800, at, 200);

			memcpy(code, "\x31\xc0\x40", 3); /* xor %eax, %eax; inc %eax */
			for (uint32_t skip = 0; skip < 4; skip += 3) {
				const uint8_t *from = code + skip;

				run_pair(&p, c, from, size - skip, 0, plain, false);
				run_pair(&p, c, from, size - skip, 0, steps, false);
				run_pair(&p, c, from, size - skip, 0, plain, true);
				/* the last in the page, behind which there is nothing */
				run_pair(&p, c, from, size - skip, CODE - (size - skip), plain,
					 false);
			}
			/* the helped instruction twice, in one block */
			memcpy(code + size, at, size - 3);
			run_pair(&p, c, code, 2 * size - 3, 0, plain, false);
		}
		close_pair(&p);
	}
}

/* The first instruction of a block takes just the byte behind it, where there is no page. */
static void a_load_from_behind_the_block_is_no_fetch(void **state)
{
	const struct random_config c = { "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED,
					 NULL };
	struct pair p = open_pair(&c);
	uint8_t code[7] = { 0xa0, 0, 0, 0, 0, 0xeb, 0xf9 }; /* 1: mov BASE + CODE, %al; jmp 1b */
	uint32_t behind = BASE + CODE;

	(void)state;
	memcpy(code + 1, &behind, 4);
	run_pair(&p, &c, code, sizeof(code), CODE - sizeof(code), plain, false);
	run_pair(&p, &c, code, 5, CODE - 5, plain, false);
	close_pair(&p);
}

/* ---- many programs ---- */

/* rdtsc, rdtscp: the number of instructions. */
static bool looks_at_time(const struct random_program *r)
{
	for (unsigned i = 0; i + 1 < r->size; i++) {
		if (r->code[i] == 0x0f && (r->code[i + 1] == 0x31 || r->code[i + 1] == 0x01))
			return true;
	}
	return false;
}

static void random_programs_end_alike(void **state)
{
	struct random_program r;

	(void)state;
	for (unsigned k = 0; k < random_nconfigs; k++) {
		const struct random_config *c = &random_configs[k];
		struct pair p = open_pair(c);

		for (uint64_t i = 0; i < 400; i++) {
			random_make(&r, 20050316, k * 10000 + i);
			if (!looks_at_time(&r))
				run_pair(&p, c, r.code, r.size, 0, r.requests, i % 8 == 0);
		}
		close_pair(&p);
	}
}

static void breakpoints_stop_alike(void **state)
{
	/* mov $3, %ecx; 1: nop; setc BASE + 0x700; nop; loop 1b */
	static const uint8_t code[] = { 0xb9, 3,    0, 0, 0,    0x90, 0x0f, 0x92, 5,
					0,    0x87, 4, 8, 0x90, 0xe2, 0xf5, 0xcc };
	const struct random_config c = { "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED,
					 NULL };
	struct pair p = open_pair(&c);

	(void)state;
	for (int i = 0; i < 2; i++) {
		OK(p.m[i], sysemu_write(p.m[i], BASE, code, sizeof(code)));
		OK(p.m[i], sysemu_break_set(p.m[i], BASE));
		OK(p.m[i], sysemu_break_set(p.m[i], BASE + 6));
		OK(p.m[i], sysemu_break_set(p.m[i], BASE + 13));
	}
	for (unsigned n = 0; n < 8; n++) {
		sysemu_event e[2];

		for (int i = 0; i < 2; i++)
			OK(p.m[i], sysemu_run(p.m[i], 0, &e[i]));
		same_event(e[0], e[1]);
		assert_int_equal(e[0].kind, n < 7 ? SYSEMU_EVENT_BREAK : SYSEMU_EVENT_KILLED);
		same_state(&p);
	}
	close_pair(&p);
}

/* Read-only code changes a function on a writable page and calls it: code that changed and is begun
 * anew is no reason to pass the breakpoint where the run began. */
static void a_breakpoint_stops_each_round_that_changes_code(void **state)
{
	static const uint8_t loop[] = {
		0xb9, 10,   0,    0,
		0,                                           /* mov $10, %ecx */
		0xfe, 0x05, 1,    (BASE + 4096) >> 8 & 0xff, /* 5: incb of the $1 below */
		0x04, 0x08, 0xe8, 0xf0,
		0x0f, 0,    0,          /* call BASE + 4096 */
		0x49, 0x75, 0xf2, 0xcc, /* dec %ecx; jnz 5b; int3 */
	};
	static const uint8_t function[] = { 0xb8, 1, 0, 0, 0, 0xc3 }; /* mov $1, %eax; ret */
	static uint8_t code[4096 + sizeof(function)];

	(void)state;
	memcpy(code, loop, sizeof(loop));
	memcpy(code + 4096, function, sizeof(function));
	for (unsigned i = 0; i < 2; i++) {
		const sysemu_config config = { .start = SYSEMU_START_UNTRACED,
					       .counting = i ? SYSEMU_COUNT_NONE :
							       SYSEMU_COUNT_BLOCKS };
		sysemu_machine *m;
		sysemu_event e;

		OK(NULL, sysemu_open(&config, &m));
		OK(m, sysemu_load_code(m, code, sizeof(code)));
		OK(m, sysemu_protect(m, BASE, 1, 1));
		OK(m, sysemu_protect(m, BASE + 4096, 1, 3));
		OK(m, sysemu_break_set(m, BASE + 5));
		for (unsigned n = 0; n < 10; n++) {
			OK(m, sysemu_run(m, 0, &e));
			assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
			assert_int_equal(e.eip, BASE + 5);
		}
		OK(m, sysemu_run(m, 0, &e));
		assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
		assert_int_equal(e.eax, 11);
		sysemu_close(m);
	}
}

/* ---- what is different ---- */

/* Three getpids through the vsyscall page, traced in each way. */
static void calls_through_the_vsyscall_page_go_alike(void **state)
{
	static const uint8_t code[] = {
		0xbe, 3,    0,    0,    0,                /* mov $3, %esi */
		0xb8, 20,   0,    0,    0,                /* 1: mov $20, %eax */
		0xbb, 0x00, 0xe4, 0xff, 0xff, 0xff, 0xd3, /* mov $0xffffe400, %ebx; call *%ebx */
		0x4e, 0x75, 0xf1, 0xcc,                   /* dec %esi; jnz 1b; int3 */
	};
	static const int requests[][RANDOM_REQUESTS] = {
		{ SYSEMU_PTRACE_CONT, SYSEMU_PTRACE_CONT, SYSEMU_PTRACE_CONT },
		{ SYSEMU_PTRACE_SYSCALL, SYSEMU_PTRACE_SYSCALL, SYSEMU_PTRACE_SYSCALL },
		{ SYSEMU_PTRACE_SYSEMU, SYSEMU_PTRACE_SYSEMU, SYSEMU_PTRACE_CONT },
	};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(requests) / sizeof(requests[0]); i++) {
		const struct random_config c = { "sysemu", (sysemu_entry)(i % 2),
						 SYSEMU_START_TRACED, NULL };
		struct pair p = open_pair(&c);

		run_pair(&p, &c, code, sizeof(code), 0, requests[i / 2], false);
		close_pair(&p);
	}
}

static void nothing_is_counted_and_no_budget_taken(void **state)
{
	const struct random_config c = { "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED,
					 NULL };
	struct pair p = open_pair(&c);
	sysemu_machine *m = p.m[1];
	sysemu_event e;

	(void)state;
	assert_int_equal(sysemu_run(m, 1000, &e), SYSEMU_EINVAL);
	assert_non_null(strstr(sysemu_errmsg(m), "SYSEMU_COUNT_NONE"));
	OK(m, sysemu_run(m, 0, &e));
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(sysemu_kernel_insns(&e.counts) + e.counts.insns[SYSEMU_REGION_USER], 0);
	close_pair(&p);
}

/* Time stands still but for rdtsc itself: two of them are one apart. */
static void the_time_is_the_number_of_looks_at_it(void **state)
{
	static const uint8_t code[] = { 0x0f, 0x31, 0x89, 0xc3, 0x0f, 0x31, 0x29, 0xd8, 0xcc };
	const struct random_config c = { "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED,
					 NULL };
	struct pair p = open_pair(&c);
	sysemu_event e;

	(void)state;
	OK(p.m[1], sysemu_write(p.m[1], BASE, code, sizeof(code)));
	OK(p.m[1], sysemu_run(p.m[1], 0, &e));
	assert_int_equal(e.eax, 1);
	close_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_engine_needs_help_with_ends_alike),
		cmocka_unit_test(a_load_from_behind_the_block_is_no_fetch),
		cmocka_unit_test(random_programs_end_alike),
		cmocka_unit_test(breakpoints_stop_alike),
		cmocka_unit_test(a_breakpoint_stops_each_round_that_changes_code),
		cmocka_unit_test(calls_through_the_vsyscall_page_go_alike),
		cmocka_unit_test(nothing_is_counted_and_no_budget_taken),
		cmocka_unit_test(the_time_is_the_number_of_looks_at_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
