/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_state_test.c: a restored computer is the computer that was saved, also in another
 * engine and another thread, and equal state gives equal digests. Read next: sim/state/state.c.
 */
#include "tests/sim/sim_box.h"

#include <pthread.h>
#include <stdlib.h>

enum { PLACE = 0x20000000 };

struct digest {
	uint8_t bytes[16];
};

static struct digest digest(struct sim *s)
{
	struct digest d;

	sim_digest(s, "seed", 4, d.bytes);
	return d;
}

static bool same(struct digest a, struct digest b)
{
	return memcmp(a.bytes, b.bytes, 16) == 0;
}

static struct sim_snapshot *save(struct sim *s)
{
	struct sim_snapshot *snap = NULL;

	assert_int_equal(sim_save(s, &snap), SIM_OK);
	return snap;
}

/* Writes data, stack, FPU and SSE; the result depends on all of what it finds there. */
GUEST(work, "mov $0x08050000,%ebx\n mov $20,%ecx\n"
	    "1: imul $1103515245,(%ebx),%eax\n add $12345,%eax\n mov %eax,(%ebx)\n push %eax\n"
	    "mov %eax,%edx\n and $0xffc,%edx\n add %ecx,(%ebx,%edx)\n"
	    "fildl (%ebx)\n fsqrt\n fistpl 64(%ebx)\n cvtsi2sd (%ebx),%xmm1\n addsd %xmm1,%xmm2\n"
	    "dec %ecx\n jnz 1b\n int $0x80\n");

static void go(struct sim *s)
{
	box_user(s, BOX_CODE, 0x202);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 * 0x80 + 1);
}

static void a_restored_computer_has_the_digest_it_was_saved_with(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap;
	struct digest saved, after;

	go(s);
	saved = digest(s);
	snap = save(s);
	assert_true(same(saved, digest(s)));
	go(s);
	after = digest(s);
	assert_false(same(saved, after));
	for (int i = 0; i < 5; i++) {
		assert_int_equal(sim_restore(s, snap), SIM_OK);
		assert_true(same(saved, digest(s)));
		go(s);
		assert_true(same(after, digest(s)));
	}
	sim_snapshot_free(snap);
}

static void every_part_of_the_state_is_in_the_digest(void **state)
{
	struct sim *s = *state;
	struct digest before = digest(s);
	struct sim_snapshot *snap = save(s);
	struct sim_regs r;
	uint8_t other[16];

	sim_digest(s, "Seed", 4, other);
	assert_memory_not_equal(before.bytes, other, 16);
	sim_get_regs(s, &r);
	for (uint32_t *reg = &r.eax; reg <= &r.eip; reg++) {
		*reg ^= 1;
		sim_set_regs(s, &r);
		assert_false(same(before, digest(s)));
		*reg ^= 1;
	}
	sim_set_regs(s, &r);
	assert_true(same(before, digest(s)));
	box_poke32(s, BOX_DATA + 0xffc, 1);
	assert_false(same(before, digest(s)));
	box_poke32(s, BOX_DATA + 0xffc, 0);
	assert_true(same(before, digest(s)));
	assert_int_equal(sim_protect(s, BOX_DATA, 1, SIM_USER, true), SIM_OK);
	assert_false(same(before, digest(s)));
	assert_int_equal(sim_restore(s, snap), SIM_OK);
	assert_true(same(before, digest(s)));
	assert_int_equal(sim_map(s, PLACE, 1, SIM_USER), SIM_OK);
	assert_false(same(before, digest(s)));
	assert_int_equal(sim_restore(s, snap), SIM_OK);
	assert_true(same(before, digest(s)));
	assert_int_equal(sim_page(s, PLACE), -1);
	sim_snapshot_free(snap);
}

static void restoring_maps_and_unmaps_what_differs(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *one, *two;
	struct digest d1, d2;

	one = save(s);
	d1 = digest(s);
	assert_int_equal(sim_map(s, PLACE, 700, SIM_USER | SIM_WRITE), SIM_OK);
	box_poke32(s, PLACE + 0x1000, 77);
	sim_unmap(s, BOX_STACK, 1);
	two = save(s);
	d2 = digest(s);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sim_restore(s, one), SIM_OK);
		assert_true(same(d1, digest(s)));
		assert_int_equal(sim_page(s, PLACE), -1);
		go(s);
		assert_int_equal(sim_restore(s, two), SIM_OK);
		assert_true(same(d2, digest(s)));
		assert_int_equal(box_peek32(s, PLACE + 0x1000), 77);
		assert_int_equal(sim_page(s, BOX_STACK), -1);
	}
	/* The pages count for the limit as they did. */
	assert_int_equal(sim_map(s, PLACE + 0x800000, 298, SIM_USER), SIM_OK);
	assert_int_equal(sim_map(s, PLACE + 0x1000000, 1, SIM_USER), SIM_ENOMEM);
	sim_snapshot_free(one);
	assert_int_equal(sim_restore(s, two), SIM_OK);
	sim_snapshot_free(two);
	assert_true(same(d2, digest(s)));
}

static void a_snapshot_goes_into_another_computer(void **state)
{
	struct sim *s = *state, *t = box_open();
	struct sim_snapshot *snap;
	struct digest saved, after;

	go(s);
	snap = save(s);
	saved = digest(s);
	go(s);
	after = digest(s);
	assert_int_equal(sim_map(t, PLACE, 1, SIM_USER), SIM_OK);
	assert_int_equal(sim_restore(t, snap), SIM_OK);
	assert_true(same(saved, digest(t)));
	go(t);
	assert_true(same(after, digest(t)));
	sim_close(s);
	*state = NULL;
	assert_int_equal(sim_restore(t, snap), SIM_OK);
	assert_true(same(saved, digest(t)));
	go(t);
	assert_true(same(after, digest(t)));
	sim_snapshot_free(snap);
	sim_close(t);
}

static void what_the_CPU_learned_of_memory_is_not_state(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap = save(s);
	struct digest first, again;

	go(s);
	first = digest(s);
	/* A cold TLB and D bits, then warm ones, then translations thrown away. */
	assert_int_equal(sim_restore(s, snap), SIM_OK);
	go(s);
	again = digest(s);
	assert_true(same(first, again));
	assert_int_equal(sim_restore(s, snap), SIM_OK);
	assert_int_equal(sim_break_set(s, BOX_CODE + 1), SIM_OK);
	assert_true(sim_break_clear(s, BOX_CODE + 1));
	go(s);
	assert_true(same(first, digest(s)));
	sim_snapshot_free(snap);
}

GUEST(patch, "1: mov $1,%eax\n incb 0x08060001\n int $0x80\n");

static void code_that_changed_itself_is_restored_too(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap;
	struct digest after[2];

	assert_int_equal(sim_map(s, 0x08060000, 1, SIM_USER | SIM_WRITE), SIM_OK);
	box_code(s, 0x08060000, patch, patch_end);
	snap = save(s);
	for (int i = 0; i < 4; i++) {
		for (uint32_t round = 0; round < 2; round++) {
			box_user(s, 0x08060000, 0x202);
			assert_int_equal(sim_run(s, 0), SIM_HALT);
			assert_int_equal(sim_get_eax(s), 1 + round);
			if (i == 0)
				after[round] = digest(s);
			assert_true(same(after[round], digest(s)));
		}
		assert_int_equal(sim_restore(s, snap), SIM_OK);
	}
	sim_snapshot_free(snap);
}

static void a_tree_of_snapshots_restores_in_any_order(void **state)
{
	enum { NODES = 40 };
	struct sim *s = *state;
	struct sim_snapshot *snap[NODES];
	struct digest d[NODES];
	unsigned seed = 7;

	for (unsigned i = 0; i < NODES; i++) {
		if (i) {
			seed = seed * 1103515245u + 12345u;
			assert_int_equal(sim_restore(s, snap[(seed >> 16) % i]), SIM_OK);
		}
		box_poke32(s, BOX_DATA + 4 * i, i);
		go(s);
		snap[i] = save(s);
		d[i] = digest(s);
	}
	for (unsigned k = 0; k < 400; k++) {
		unsigned i;

		seed = seed * 1103515245u + 12345u;
		i = (seed >> 16) % NODES;
		assert_int_equal(sim_restore(s, snap[i]), SIM_OK);
		assert_true(same(d[i], digest(s)));
		if (k % 3 == 0)
			go(s);
	}
	for (unsigned i = 0; i < NODES; i++)
		sim_snapshot_free(snap[i]);
}

/* ---- threads ---- */

struct job {
	const struct sim_snapshot *snap;
	struct digest saved, after;
	bool ok;
};

static void *worker(void *user)
{
	struct job *job = user;
	struct sim_snapshot *mine;
	struct sim *s = box_open();

	job->ok = true;
	for (int i = 0; i < 200 && job->ok; i++) {
		job->ok = sim_restore(s, job->snap) == SIM_OK && same(digest(s), job->saved);
		go(s);
		job->ok = job->ok && same(digest(s), job->after) && sim_save(s, &mine) == SIM_OK;
		if (job->ok)
			sim_snapshot_free(mine);
	}
	sim_close(s);
	return NULL;
}

static void two_threads_share_a_snapshot(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap;
	struct job job[2];
	pthread_t thread[2];

	go(s);
	snap = save(s);
	job[0].snap = snap;
	job[0].saved = digest(s);
	go(s);
	job[0].after = digest(s);
	job[1] = job[0];
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, worker, &job[i]), 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], NULL);
		assert_true(job[i].ok);
	}
	sim_snapshot_free(snap);
}

static int open_box(void **state)
{
	struct sim *s = box_open();

	box_code(s, BOX_CODE, work, work_end);
	*state = s;
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_box, box_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_restored_computer_has_the_digest_it_was_saved_with),
		TEST(every_part_of_the_state_is_in_the_digest),
		TEST(restoring_maps_and_unmaps_what_differs),
		TEST(a_snapshot_goes_into_another_computer),
		TEST(what_the_CPU_learned_of_memory_is_not_state),
		TEST(code_that_changed_itself_is_restored_too),
		TEST(a_tree_of_snapshots_restores_in_any_order),
		TEST(two_threads_share_a_snapshot),
	};

	return cmocka_run_group_tests_name("sim state", tests, NULL, NULL);
}
