/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracer_test.c: sys_ptrace in the guest: each error in the kernel's order, each request's
 * effect, and that the convenient forms from the host agree with the raw requests.
 */
#include "lib/guest/guest.h"
#include "sim/memory/memory.h"
#include "tests/helpers/harness.h"

#include <stdlib.h>
#include <string.h>

#define EPERM       1
#define ESRCH       3
#define EIO         5
#define EFAULT      14
#define EINVAL      22
#define EFLAGS_MASK 0x00044dd5u
#define WINDOW      SYSEMU_WINDOW
#define NOT_MAPPED  0x00001000u /* no address of the tracer */
#define USER_AREA   284

enum {
	GETREGS = SYSEMU_PTRACE_GETREGS,
	SETREGS = SYSEMU_PTRACE_SETREGS,
	PEEKUSR = SYSEMU_PTRACE_PEEKUSR,
	POKEUSR = SYSEMU_PTRACE_POKEUSR,
	PEEKDATA = SYSEMU_PTRACE_PEEKDATA,
	POKEDATA = SYSEMU_PTRACE_POKEDATA
};

static const uint8_t spin[] = { 0x90, 0x90, 0x90, 0x90, 0xeb, 0xfa };

static int setup(void **state)
{
	sysemu_machine *m =
		open_code("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, spin, sizeof(spin));

	assert_int_equal(run(m).status, 0x137f);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	sysemu_close(*state);
	return 0;
}

static uint32_t window_word(sysemu_machine *m, unsigned n)
{
	uint32_t word;

	OK(m, sysemu_read(m, WINDOW + 4 * n, &word, 4));
	return word;
}

static uint32_t peekusr(sysemu_machine *m, uint32_t offset)
{
	assert_int_equal(ptrace_raw(m, PEEKUSR, offset, WINDOW), 0);
	return window_word(m, 0);
}

/* ---- who may ---- */

static int32_t by_pid(sysemu_machine *m, int request, int32_t pid)
{
	int32_t result = -1000;

	OK(m, sysemu_ptrace_pid(m, request, pid, 0, 0, &result));
	return result;
}

static void a_pid_is_looked_up_before_it_is_judged(void **state)
{
	sysemu_machine *m = *state;

	assert_int_equal(by_pid(m, SYSEMU_PTRACE_CONT, 4711), -ESRCH);
	assert_int_equal(by_pid(m, SYSEMU_PTRACE_CONT, 0), -ESRCH);
	assert_int_equal(by_pid(m, SYSEMU_PTRACE_CONT, -1), -ESRCH);
	assert_int_equal(by_pid(m, SYSEMU_PTRACE_CONT, 1), -EPERM);
	assert_int_equal(by_pid(m, SYSEMU_PTRACE_CONT, 100), -ESRCH); /* the tracer itself */
	assert_int_equal(by_pid(m, 9999, 101), -EIO);
}

static void traceme_twice_is_refused(void **state)
{
	/* ptrace(TRACEME) once more, by the program, which the launch code has done already */
	static const uint8_t code[] = { 0x31, 0xdb, 0xb8, 26,   0, 0, 0, 0xcd, 0x80, 0x89,
					0xc3, 0xf7, 0xdb, 0xb8, 1, 0, 0, 0,    0xcd, 0x80 };
	sysemu_machine *m =
		open_code("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, code, sizeof(code));
	sysemu_event e = run(m);

	(void)state;
	e = resume(m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(e.status, EPERM << 8);
	sysemu_close(m);
}

static void a_running_task_answers_esrch_to_all_but_kill(void **state)
{
	sysemu_machine *m = *state;
	sysemu_event e;

	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_CONT, 0, 0), 0);
	OK(m, sysemu_run(m, 1000, &e));
	assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(ptrace_raw(m, GETREGS, 0, WINDOW), -ESRCH);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SYSEMU, 0, 0), -ESRCH);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_KILL, 0, 0), 0);
	/* The request ran beside the program, which goes on where it was. */
	OK(m, sysemu_run(m, 1000, &e));
	assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
}

static void an_untraced_task_answers_esrch(void **state)
{
	sysemu_machine *m =
		open_code("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, spin, sizeof(spin));

	(void)state;
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_CONT, 0, 0), -ESRCH);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_KILL, 0, 0), -ESRCH);
	sysemu_close(m);
}

static void a_resume_takes_signals_up_to_64(void **state)
{
	static const int requests[] = { SYSEMU_PTRACE_CONT, SYSEMU_PTRACE_SYSCALL,
					SYSEMU_PTRACE_SYSEMU, SYSEMU_PTRACE_SINGLESTEP };
	sysemu_machine *m = *state;

	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(ptrace_raw(m, requests[i], 0, 65), -EIO);
		assert_int_equal(ptrace_raw(m, requests[i], 0, (uint32_t)-1), -EIO);
	}
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_CONT, 0, 64), 0);
}

static void kill_ignores_its_data_and_the_program_dies_of_sigkill(void **state)
{
	sysemu_machine *m = *state;
	sysemu_event e = resume(m, SYSEMU_PTRACE_KILL, 65);

	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, 9);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_KILL, 0, 0), 0); /* a zombie */
}

static void sysemu_singlestep_is_unknown_to_every_one_of_the_five_parts(void **state)
{
	assert_int_equal(ptrace_raw(*state, SYSEMU_PTRACE_SYSEMU_SINGLESTEP, 0, 0), -EIO);
}

/* ---- options ---- */

static void setoptions_sets_what_it_knows_and_then_complains(void **state)
{
	sysemu_machine *m = *state;
	sysemu_task info;

	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETOPTIONS, 0, 0x7f), 0);
	OK(m, sysemu_task_info(m, 0, &info));
	assert_int_equal(info.ptrace, 1 | 0x3f4);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETOPTIONS, 0, 0x101), -EINVAL);
	OK(m, sysemu_task_info(m, 0, &info));
	assert_int_equal(info.ptrace, 1 | 4);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_OLDSETOPTIONS, 0, 0), 0);
	OK(m, sysemu_task_info(m, 0, &info));
	assert_int_equal(info.ptrace, 1);
}

/* ---- memory ---- */

static void peek_and_poke_move_words_even_across_pages_and_through_write_protection(void **state)
{
	sysemu_machine *m = *state;
	const uint32_t page = 0x20000000, across = page + 4094;
	uint32_t word = 0;

	OK(m, sysemu_map(m, page, 2, 1));
	assert_int_equal(ptrace_raw(m, POKEDATA, across, 0x11223344), 0);
	OK(m, sysemu_read(m, across, &word, 4));
	assert_int_equal(word, 0x11223344);
	assert_int_equal(ptrace_raw(m, PEEKDATA, across, WINDOW + 8), 0);
	assert_int_equal(window_word(m, 2), 0x11223344);
	assert_int_equal(sysemu_page_prot(m, page), 1);
	assert_int_equal(ptrace_raw(m, PEEKDATA, page + 8190, WINDOW), -EIO);
	assert_int_equal(ptrace_raw(m, POKEDATA, page + 8190, 1), -EIO);
	assert_int_equal(ptrace_raw(m, PEEKDATA, 0, WINDOW), -EIO);
	assert_int_equal(ptrace_raw(m, PEEKDATA, 0xc0100000, WINDOW), -EIO);
	assert_int_equal(ptrace_raw(m, PEEKDATA, WINDOW, WINDOW), -EIO);
	assert_int_equal(ptrace_raw(m, PEEKDATA, page, NOT_MAPPED), -EFAULT);
	assert_int_equal(ptrace_raw(m, PEEKDATA, page, 0xc0100000), -EFAULT);
	assert_int_equal(ptrace_raw(m, PEEKDATA, page, SYSEMU_CODE_BASE), -EFAULT);
}

static void the_vsyscall_page_can_be_peeked_and_not_poked(void **state)
{
	sysemu_machine *m = *state;

	assert_int_equal(ptrace_raw(m, PEEKDATA, 0xffffe000, WINDOW), 0);
	assert_int_equal(window_word(m, 0), 0x464c457f); /* ELF */
	assert_int_equal(ptrace_raw(m, POKEDATA, 0xffffe000, 0), -EIO);
}

/* Else each restore behind it would take all pages and all code for changed. */
static void a_poke_leaves_the_page_tables_trusted(void **state)
{
	enum { PAGE = 0x20000 };
	sysemu_machine *m = *state;
	sysemu_snapshot *start;
	sysemu_digest before, after;
	uint32_t word;

	for (int writable = 0; writable < 2; writable++) {
		OK(m, sysemu_map(m, PAGE, 1, writable ? 3 : 1));
		OK(m, sysemu_save(m, &start));
		OK(m, sysemu_get_digest(m, &before));
		for (uint32_t at = PAGE; at < PAGE + 12; at += 4) {
			assert_int_equal(ptrace_raw(m, POKEDATA, at, 0x11223344), 0);
			assert_false(sim_tables_written(m->sim));
			OK(m, sysemu_read(m, at, &word, 4));
			assert_int_equal(word, 0x11223344);
			OK(m, sysemu_restore(m, start));
			OK(m, sysemu_get_digest(m, &after));
			assert_memory_equal(&before, &after, sizeof(after));
			OK(m, sysemu_read(m, at, &word, 4));
			assert_int_equal(word, 0);
		}
		sysemu_snapshot_free(start);
	}
}

static void poked_code_runs(void **state)
{
	/* mov $42,%eax ; int3, over the nops */
	sysemu_machine *m = *state;
	sysemu_event e;

	e = resume(m, SYSEMU_PTRACE_SINGLESTEP, 0);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 1);
	assert_int_equal(ptrace_raw(m, POKEDATA, SYSEMU_CODE_BASE, 0x00002ab8), 0);
	assert_int_equal(ptrace_raw(m, POKEDATA, SYSEMU_CODE_BASE + 4, 0xfeebcc00), 0);
	OK(m, sysemu_set_reg(m, 12, SYSEMU_CODE_BASE));
	e = resume(m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.status, 0x057f);
	assert_int_equal(e.eax, 42);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 6);
}

/* ---- the user area ---- */

static void peekusr_and_pokeusr_know_their_area(void **state)
{
	sysemu_machine *m = *state;
	static const uint32_t bad[] = {
		1, 2, 3, USER_AREA, USER_AREA + 4, 0x7fffffff, (uint32_t)-4
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ptrace_raw(m, PEEKUSR, bad[i], WINDOW), -EIO);
		assert_int_equal(ptrace_raw(m, POKEUSR, bad[i], 0), -EIO);
	}
	for (uint32_t at = 68; at <= 248; at += 4) {
		assert_int_equal(peekusr(m, at), 0);
		assert_int_equal(ptrace_raw(m, POKEUSR, at, 1), -EIO);
	}
	assert_int_equal(ptrace_raw(m, PEEKUSR, 0, NOT_MAPPED), -EFAULT);
	assert_int_equal(peekusr(m, 280), 0);
}

static void debug_registers_are_checked_as_written(void **state)
{
	sysemu_machine *m = *state;

	assert_int_equal(ptrace_raw(m, POKEUSR, 252, 0x08048000), 0);
	assert_int_equal(peekusr(m, 252), 0x08048000);
	assert_int_equal(ptrace_raw(m, POKEUSR, 252, 0xc0000000 - 3), -EIO);
	assert_int_equal(ptrace_raw(m, POKEUSR, 252, 0xc0000000 - 4), 0);
	assert_int_equal(ptrace_raw(m, POKEUSR, 252 + 16, 0), -EIO);
	assert_int_equal(ptrace_raw(m, POKEUSR, 252 + 20, 0), -EIO);
	/* R/W 1, LEN 3: a four-byte write watch; R/W 2 (I/O) is refused */
	assert_int_equal(ptrace_raw(m, POKEUSR, 280, 0xd0000 | 1), 0);
	assert_int_equal(ptrace_raw(m, POKEUSR, 280, 0x20000 | 1), -EIO);
}

static void segments_must_be_the_users(void **state)
{
	sysemu_machine *m = *state;
	static const struct {
		unsigned word;
		int null_allowed;
	} segments[] = { { 7, 1 }, { 8, 1 }, { 9, 1 }, { 10, 1 }, { 13, 0 }, { 16, 0 } };

	for (unsigned i = 0; i < 6; i++) {
		uint32_t at = 4 * segments[i].word;

		assert_int_equal(ptrace_raw(m, POKEUSR, at, 0x60), -EIO);
		assert_int_equal(ptrace_raw(m, POKEUSR, at, 0x7a), -EIO);
		assert_int_equal(ptrace_raw(m, POKEUSR, at, 0),
				 segments[i].null_allowed ? 0 : -EIO);
		assert_int_equal(ptrace_raw(m, POKEUSR, at, 0x1234007b), 0);
		assert_int_equal(peekusr(m, at), 0x7b);
	}
}

static void eflags_takes_only_what_a_tracer_may_write(void **state)
{
	sysemu_machine *m = *state;
	uint32_t before = peekusr(m, 4 * 14);

	assert_int_equal(ptrace_raw(m, POKEUSR, 4 * 14, 0xffffffff), 0);
	assert_int_equal(peekusr(m, 4 * 14), before | EFLAGS_MASK);
	assert_int_equal(ptrace_raw(m, POKEUSR, 4 * 14, 0), 0);
	assert_int_equal(peekusr(m, 4 * 14), before & ~EFLAGS_MASK);
}

static void getregs_and_setregs_mind_the_range_and_not_the_pages(void **state)
{
	sysemu_machine *m = *state;
	sysemu_regs regs;

	assert_int_equal(ptrace_raw(m, GETREGS, 0, 0xc0000000), -EIO);
	assert_int_equal(ptrace_raw(m, GETREGS, 0, 0xc0000000 - 64), -EIO);
	assert_int_equal(ptrace_raw(m, SETREGS, 0, 0xffffffff), -EIO);
	assert_int_equal(ptrace_raw(m, GETREGS, 0, NOT_MAPPED), 0);
	OK(m, sysemu_set_reg(m, 0, 77));
	assert_int_equal(ptrace_raw(m, SETREGS, 0, NOT_MAPPED), 0);
	OK(m, sysemu_get_regs(m, &regs));
	assert_int_equal(regs.ebx, 0); /* zeros were written */
	assert_int_equal(regs.eip, 0);
	assert_int_equal(regs.cs, 0x73); /* but what may not be zero was left */
}

/* ---- both roads ---- */

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed;
}

static void registers_read_the_same_by_both_roads(void **state)
{
	sysemu_machine *m = *state;
	sysemu_regs host, guest;

	OK(m, sysemu_get_regs(m, &host));
	assert_int_equal(ptrace_raw(m, GETREGS, 0, WINDOW), 0);
	OK(m, sysemu_read(m, WINDOW, &guest, sizeof(guest)));
	assert_memory_equal(&host, &guest, sizeof(host));
	for (unsigned n = 0; n < 17; n++)
		assert_int_equal(peekusr(m, 4 * n), ((uint32_t *)&host)[n]);
}

/* The same random values by the guest's SETREGS in one machine, from the host in another. */
static void registers_write_the_same_by_both_roads(void **state)
{
	static const uint8_t segment[17] = {
		[7] = 1, [8] = 1, [9] = 1, [10] = 1, [13] = 1, [16] = 1
	};
	sysemu_machine *by_guest = *state, *by_host;
	uint32_t seed = 1;
	void *other;

	setup(&other);
	by_host = other;
	for (unsigned round = 0; round < 200; round++) {
		uint32_t words[17];
		sysemu_regs one, two;

		for (unsigned n = 0; n < 17; n++) {
			words[n] = next_random(&seed);
			if (segment[n])
				words[n] |= 3;
		}
		OK(by_guest, sysemu_write(by_guest, WINDOW, words, sizeof(words)));
		assert_int_equal(ptrace_raw(by_guest, SETREGS, 0, WINDOW), 0);
		OK(by_host, sysemu_set_regs(by_host, (const sysemu_regs *)words));
		OK(by_guest, sysemu_get_regs(by_guest, &one));
		OK(by_host, sysemu_get_regs(by_host, &two));
		assert_memory_equal(&one, &two, sizeof(one));
	}
	sysemu_close(by_host);
}

static void a_register_is_refused_by_both_roads(void **state)
{
	static const unsigned segments[] = { 7, 8, 9, 10, 13, 16 };
	sysemu_machine *m = *state;

	for (unsigned i = 0; i < 6; i++)
		for (uint32_t value = 0; value < 0x100; value++) {
			int raw = ptrace_raw(m, POKEUSR, 4 * segments[i], value);

			assert_int_equal(sysemu_set_reg(m, segments[i], value),
					 raw == 0 ? SYSEMU_OK : SYSEMU_EINVAL);
		}
}

static void memory_is_the_same_by_both_roads(void **state)
{
	sysemu_machine *m = *state;
	uint8_t bytes[64];

	OK(m, sysemu_map(m, 0x30000000, 1, 3));
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	OK(m, sysemu_write(m, 0x30000000, bytes, sizeof(bytes)));
	for (uint32_t at = 0; at + 4 <= sizeof(bytes); at++) {
		uint32_t word;

		assert_int_equal(ptrace_raw(m, PEEKDATA, 0x30000000 + at, WINDOW), 0);
		word = window_word(m, 0);
		assert_memory_equal(&word, bytes + at, 4);
	}
}

/* ---- TLS, fs and gs ---- */

/* The tracer gives the program a TLS segment; gs then reads through it, over stops. */
static void fs_and_gs_survive_stops_and_a_tls_segment_is_seen_by_the_program(void **state)
{
	/* mov $0x33,%eax; mov %eax,%gs; mov %eax,%fs; int $0x80; mov %gs:4,%ebx; mov %fs,%ecx; int3 */
	static const uint8_t code[] = { 0xb8, 0x33, 0,    0, 0, 0x8e, 0xe8, 0x8e, 0xe0, 0xcd, 0x80,
					0x65, 0x8b, 0x1d, 4, 0, 0,    0,    0x8c, 0xe1, 0xcc };
	const uint32_t desc[4] = { 6, 0x30000000, 0xfffff, 0x51 };
	sysemu_machine *m =
		open_code("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, code, sizeof(code));
	uint32_t word = 0xfeedface, back[4];
	sysemu_regs regs;
	sysemu_event e = run(m);

	(void)state;
	OK(m, sysemu_map(m, 0x30000000, 1, 3));
	OK(m, sysemu_write(m, 0x30000004, &word, 4));
	OK(m, sysemu_write(m, WINDOW, desc, sizeof(desc)));
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SET_THREAD_AREA, 5, WINDOW), -EINVAL);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SET_THREAD_AREA, 9, WINDOW), -EINVAL);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SET_THREAD_AREA, 6, NOT_MAPPED), -EFAULT);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SET_THREAD_AREA, 6, WINDOW), 0);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GET_THREAD_AREA, 6, WINDOW + 64), 0);
	OK(m, sysemu_read(m, WINDOW + 64, back, sizeof(back)));
	assert_memory_equal(back, desc, sizeof(back));
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GET_THREAD_AREA, 9, WINDOW), -EINVAL);

	e = resume(m, SYSEMU_PTRACE_SYSEMU, 0);
	assert_int_equal(e.status, 0x057f);
	assert_int_equal(e.orig_eax, 0x33);
	OK(m, sysemu_get_regs(m, &regs));
	assert_int_equal(regs.gs, 0x33);
	assert_int_equal(regs.fs, 0x33);
	e = resume(m, SYSEMU_PTRACE_SYSEMU, 0);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + sizeof(code));
	OK(m, sysemu_get_regs(m, &regs));
	assert_int_equal(regs.ebx, 0xfeedface);
	assert_int_equal(regs.ecx, 0x33);

	/* A tracer may clear gs, and then the load faults. */
	OK(m, sysemu_set_reg(m, 10, 0));
	OK(m, sysemu_set_reg(m, 12, SYSEMU_CODE_BASE + 11));
	e = resume(m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.status, 0x0b7f);
	sysemu_close(m);
}

#define WITH_STOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STOP(a_pid_is_looked_up_before_it_is_judged),
		cmocka_unit_test(traceme_twice_is_refused),
		WITH_STOP(a_running_task_answers_esrch_to_all_but_kill),
		cmocka_unit_test(an_untraced_task_answers_esrch),
		WITH_STOP(a_resume_takes_signals_up_to_64),
		WITH_STOP(kill_ignores_its_data_and_the_program_dies_of_sigkill),
		WITH_STOP(sysemu_singlestep_is_unknown_to_every_one_of_the_five_parts),
		WITH_STOP(setoptions_sets_what_it_knows_and_then_complains),
		WITH_STOP(peek_and_poke_move_words_even_across_pages_and_through_write_protection),
		WITH_STOP(the_vsyscall_page_can_be_peeked_and_not_poked),
		WITH_STOP(a_poke_leaves_the_page_tables_trusted),
		WITH_STOP(poked_code_runs),
		WITH_STOP(peekusr_and_pokeusr_know_their_area),
		WITH_STOP(debug_registers_are_checked_as_written),
		WITH_STOP(segments_must_be_the_users),
		WITH_STOP(eflags_takes_only_what_a_tracer_may_write),
		WITH_STOP(getregs_and_setregs_mind_the_range_and_not_the_pages),
		WITH_STOP(registers_read_the_same_by_both_roads),
		WITH_STOP(registers_write_the_same_by_both_roads),
		WITH_STOP(a_register_is_refused_by_both_roads),
		WITH_STOP(memory_is_the_same_by_both_roads),
		cmocka_unit_test(fs_and_gs_survive_stops_and_a_tls_segment_is_seen_by_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
