/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world_test.c: the world behind `sysemu gdb` (cli/gdb/world.h): wherever one goes, forwards and back,
 * the machine at a moment is the machine at that moment. What it is at one comes from another machine, which
 * only ever ran forwards, by the fast road.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/harness.h"

#include "cli/gdb/server.h"

#define STEPS 10000

static const char *const programs[] = { "calls", "signals", "served", NULL };

static const struct cli_requests sysemu = { .n = 1,
					    .list = { { .number = SYSEMU_PTRACE_SYSEMU } } };
static const struct cli_requests mixed = {
	.n = 4,
	.list = { { .number = SYSEMU_PTRACE_SYSEMU },
		  { .number = SYSEMU_PTRACE_SYSCALL },
		  { .number = SYSEMU_PTRACE_SINGLESTEP },
		  { .number = SYSEMU_PTRACE_SYSEMU } },
};

static struct world *open_world(const char *program, const struct cli_requests *requests,
				size_t history)
{
	struct world_config config = { .machine = { .kernel = "sysemu-1" },
				       .requests = requests,
				       .serves = true,
				       .history = history,
				       .out = -1 };
	static const struct cli_code no_code;
	char path[4096], *argv[] = { path, NULL }, *none[] = { NULL };
	struct world *w = calloc(1, sizeof(*w));

	snprintf(path, sizeof(path), "%s/%s", TEST_PROGRAMS, program);
	assert_non_null(w);
	assert_int_equal(gdb_open(w, &config, argv, none, &no_code), CLI_OK);
	return w;
}

static void close_world(struct world *w)
{
	gdb_close(w);
	free(w);
}

static sysemu_digest digest_of(struct world *w)
{
	sysemu_digest d;

	assert_int_equal(sysemu_get_digest(w->m, &d), SYSEMU_OK);
	return d;
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* In both the machine is the same, and so is who runs. */
static void assert_same(struct world *a, struct world *b)
{
	sysemu_digest x = digest_of(a), y = digest_of(b);

	assert_int_equal(gdb_moment(a), gdb_moment(b));
	assert_int_equal(gdb_pid(a), gdb_pid(b));
	assert_memory_equal(&x, &y, sizeof(x));
}

static void ten_thousand_random_steps_end_where_running_there_ends(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (unsigned p = 0; programs[p]; p++) {
		struct world *w = open_world(programs[p], p & 1 ? &mixed : &sysemu, 16 << 20);
		struct world *forwards =
			open_world(programs[p], p & 1 ? &mixed : &sysemu, 16 << 20);

		for (unsigned i = 0; i < STEPS / 3 + 1; i++) {
			uint32_t r = next_random(&seed) % 100;
			struct world_stop s = r < 55 ? gdb_step(w, 0) :
					      r < 98 ? gdb_back_step(w, 0) :
						       gdb_seek(w, gdb_moment(w) + r * 37);

			assert_int_not_equal(s.kind, WORLD_BROKEN);
		}
		if (gdb_moment(w) > gdb_moment(forwards))
			assert_int_not_equal(gdb_seek(forwards, gdb_moment(w)).kind, WORLD_BROKEN);
		assert_same(w, forwards);
		close_world(w);
		close_world(forwards);
	}
}

/* The moments of all instructions, taken on the way forwards, are those that one comes to backwards. */
static void back_steps_are_the_steps_in_reverse(void **state)
{
	static uint64_t moments[9000];
	static sysemu_digest digests[9000];
	struct world *w = open_world("calls", &mixed, 16 << 20);
	unsigned n = 0;

	(void)state;
	while (n < 9000) {
		moments[n] = gdb_moment(w);
		digests[n++] = digest_of(w);
		if (gdb_step(w, 0).kind != WORLD_STEPPED)
			break;
	}
	assert_int_equal(w->now.phase, WORLD_ENDED);
	assert_true(n > 1000);
	while (n--) {
		sysemu_digest d;

		assert_int_equal(gdb_back_step(w, 0).kind, WORLD_STEPPED);
		d = digest_of(w);
		assert_int_equal(gdb_moment(w), moments[n]);
		assert_memory_equal(&d, &digests[n], sizeof(d));
	}
	assert_int_equal(gdb_back_step(w, 0).kind, WORLD_BEGIN);
	close_world(w);
}

static void a_breakpoint_is_found_backwards_as_often_as_forwards(void **state)
{
	struct world *w = open_world("calls", &sysemu, 16 << 20);
	uint64_t at[16];
	unsigned n = 0;

	(void)state;
	assert_true(points_set(w, symbol(w->m, "system_call"), 1, 0));
	while (gdb_continue(w).kind == WORLD_BREAK)
		at[n++] = gdb_moment(w);
	assert_int_equal(n, 3); /* getpid, getppid, exit */
	while (n--) {
		assert_int_equal(gdb_back_continue(w).kind, WORLD_BREAK);
		assert_int_equal(gdb_moment(w), at[n]);
	}
	assert_int_equal(gdb_back_continue(w).kind, WORLD_BEGIN);
	close_world(w);
}

/* Part 3's defect on sysemu-1: the tracer's PTRACE_SYSCALL clears the flag before the program looks at it. */
static void the_flag_was_cleared_by_the_tracers_call(void **state)
{
	static const struct cli_requests two = { .n = 2,
						 .list = { { .number = SYSEMU_PTRACE_SYSEMU },
							   { .number = SYSEMU_PTRACE_SYSCALL } } };
	struct world *w = open_world("calls", &two, 16 << 20);
	uint32_t sys_ptrace = symbol(w->m, "sys_ptrace");
	sysemu_task before, after;
	sysemu_regs regs;
	uint64_t at;

	(void)state;
	w->config.serves = false;
	assert_true(points_set(w, symbol(w->m, "sys_getpid"), 1, 0));
	assert_int_equal(gdb_continue(w).kind,
			 WORLD_BREAK); /* a call that SYSEMU stopped is made */
	at = gdb_last_flag(w, 101, SYSEMU_TIF_SYSCALL_EMU);
	assert_int_not_equal(at, 0);
	assert_int_equal(gdb_seek(w, at).kind, WORLD_STEPPED);
	assert_int_equal(gdb_pid(w), WORLD_TRACER);
	assert_int_equal(sysemu_get_cpu(w->m, &regs), SYSEMU_OK);
	assert_true(regs.eip >= sys_ptrace && regs.eip < sys_ptrace + 0x1000);
	assert_int_equal(sysemu_task_info(w->m, 101, &before), SYSEMU_OK);
	assert_int_equal(gdb_step(w, 0).kind, WORLD_STEPPED);
	assert_int_equal(sysemu_task_info(w->m, 101, &after), SYSEMU_OK);
	assert_int_equal(before.tif ^ after.tif, SYSEMU_TIF_SYSCALL_EMU);
	close_world(w);
}

/* What somebody changes is what the world then goes on from, from whichever side one comes. */
static void a_change_makes_another_way_from_there(void **state)
{
	struct world *w = open_world("calls", &sysemu, 16 << 20);
	sysemu_regs regs;
	uint64_t at;
	sysemu_digest changed, later;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		gdb_step(w, 0);
	assert_int_equal(sysemu_get_cpu(w->m, &regs), SYSEMU_OK);
	regs.esi = 0x12345678;
	assert_int_equal(sysemu_set_cpu(w->m, &regs), SYSEMU_OK);
	assert_true(history_edit(w));
	at = gdb_moment(w);
	changed = digest_of(w);
	gdb_step(w, 0);
	later = digest_of(w);
	assert_int_equal(gdb_back_step(w, 0).kind, WORLD_STEPPED);
	for (unsigned i = 0; i < 2; i++) {
		sysemu_digest d = digest_of(w);

		assert_int_equal(gdb_moment(w), at);
		assert_memory_equal(&d, &changed, sizeof(d));
		assert_int_equal(sysemu_get_cpu(w->m, &regs), SYSEMU_OK);
		assert_int_equal(regs.esi, 0x12345678);
		gdb_step(w, 0);
		d = digest_of(w);
		assert_memory_equal(&d, &later, sizeof(d));
		gdb_seek(w, at - 2); /* before the change */
		assert_int_equal(sysemu_get_cpu(w->m, &regs), SYSEMU_OK);
		assert_int_not_equal(regs.esi, 0x12345678);
		while (gdb_moment(w) < at)
			gdb_step(w, 0);
	}
	close_world(w);
}

/* Ten million instructions in a MiB: what is kept is thinned, and the way back is right and ends at the begin. */
static void a_small_history_is_a_history(void **state)
{
	struct world *w = open_world("loop", &sysemu, 1 << 20);
	uint64_t begin = gdb_moment(w), at;
	size_t bytes = 0;
	sysemu_digest there, again;

	(void)state;
	for (unsigned i = 0; i < 60; i++)
		assert_int_equal(gdb_seek(w, begin + i * 500000ull).kind, WORLD_STEPPED);
	for (size_t i = 0; i < w->history.n; i++)
		bytes += sysemu_snapshot_bytes(w->history.list[i].snapshot);
	assert_true(w->history.n > 2);
	assert_true(bytes <= (1 << 20) + (1 << 18));
	at = gdb_moment(w);
	there = digest_of(w);
	assert_int_equal(gdb_back_step(w, 0).kind, WORLD_STEPPED);
	assert_int_equal(gdb_moment(w), at - 1);
	assert_int_equal(gdb_step(w, 0).kind, WORLD_STEPPED);
	again = digest_of(w);
	assert_memory_equal(&there, &again, sizeof(there));
	assert_int_equal(gdb_back_continue(w).kind, WORLD_BEGIN);
	assert_int_equal(gdb_moment(w), begin);
	close_world(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_thousand_random_steps_end_where_running_there_ends),
		cmocka_unit_test(back_steps_are_the_steps_in_reverse),
		cmocka_unit_test(a_breakpoint_is_found_backwards_as_often_as_forwards),
		cmocka_unit_test(the_flag_was_cleared_by_the_tracers_call),
		cmocka_unit_test(a_change_makes_another_way_from_there),
		cmocka_unit_test(a_small_history_is_a_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
