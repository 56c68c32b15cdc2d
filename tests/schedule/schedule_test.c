/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * schedule_test.c: schedules of small programs: which outcomes there are is known by hand, or by the
 * full product, in which nothing is left out; and each leads there again in another machine.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsysemu/schedule.h>

#define SEEDS 4u

static uint64_t output; /* a digest of it */

static int32_t digest_output(void *user, int fd, const void *buf, uint32_t size)
{
	const unsigned char *bytes = buf;

	(void)user, (void)fd;
	for (uint32_t i = 0; i < size; i++)
		output = output * 31 + bytes[i] + 1;
	return (int32_t)size;
}

static int32_t no_input(void *user, int fd, void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf, (void)size;
	return 0;
}

static sysemu_machine *start(const char *kernel, const char *program, const char *argument)
{
	static const sysemu_host host = { .read = no_input, .write = digest_output, .root = "/" };
	const sysemu_config config = { .kernel = kernel, .start = SYSEMU_START_UNTRACED };
	char path[512], *argv[] = { path, (char *)argument, NULL }, *envp[] = { NULL };
	sysemu_machine *m;

	output = 0;
	snprintf(path, sizeof(path), "%s/%s", TEST_PROGRAMS, program);
	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, path, argv, envp));
	return m;
}

static const sysemu_outcome *find(const sysemu_schedules *s, const sysemu_outcome *o)
{
	for (size_t i = 0; i < s->noutcomes; i++)
		if (s->outcome[i].kind == o->kind && s->outcome[i].status == o->status &&
		    s->outcome[i].word == o->word)
			return &s->outcome[i];
	return NULL;
}

static void check_same_outcomes(const sysemu_schedules *a, const sysemu_schedules *b)
{
	assert_int_equal(a->noutcomes, b->noutcomes);
	for (size_t i = 0; i < a->noutcomes; i++)
		assert_non_null(find(b, &a->outcome[i]));
}

static sysemu_schedules *all(sysemu_machine *m, const sysemu_schedules_config *config)
{
	sysemu_schedules *s = NULL;
	sysemu_digest before, after;

	OK(m, sysemu_get_digest(m, &before));
	OK(m, sysemu_all_schedules(m, config, &s));
	OK(m, sysemu_get_digest(m, &after));
	assert_memory_equal(&before, &after, sizeof(before));
	return s;
}

/* Each outcome's schedule leads to it in a machine of its own, bit for bit. */
static void check_replays(const sysemu_schedules *s, const char *kernel, const char *program,
			  const char *argument)
{
	for (size_t i = 0; i < s->noutcomes; i++) {
		sysemu_machine *m = start(kernel, program, argument);
		const sysemu_outcome *o = &s->outcome[i];
		const sysemu_schedules_config config = { .where = s->where, .word = &output };
		sysemu_outcome again;

		OK(m, sysemu_follow_schedule(m, &config, o->steps, o->nsteps, &again));
		assert_int_equal(again.kind, o->kind);
		assert_int_equal(again.status, o->status);
		assert_int_equal(again.word, o->word);
		assert_memory_equal(&again.end, &o->end, sizeof(o->end));
		sysemu_close(m);
	}
}

/* ---- nothing is lost ---- */

static void no_outcome_of_the_full_product_is_lost(void **state)
{
	unsigned more_than_one = 0;
	uint64_t full = 0, reduced = 0;

	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		const unsigned where = SYSEMU_CHOOSE_CALLS | SYSEMU_CHOOSE_TIMERS;
		sysemu_schedules_config config = { .where = where,
						   .preemptions = 2,
						   .word = &output };
		char text[16];
		sysemu_schedules *s[3];
		sysemu_machine *m;

		snprintf(text, sizeof(text), "%u", seed);
		m = start("2.6.14", "order", text);
		s[0] = all(m, &config);
		config.where |= SYSEMU_CHOOSE_LOCAL;
		s[1] = all(m, &config);
		config.every_state = true;
		s[2] = all(m, &config);
		check_same_outcomes(s[0], s[1]);
		check_same_outcomes(s[1], s[2]);
		assert_int_equal(s[2]->alike, 0);
		check_replays(s[0], "2.6.14", "order", text);
		more_than_one += s[0]->noutcomes > 1;
		reduced += s[0]->schedules;
		full += s[2]->schedules;
		for (unsigned i = 0; i < 3; i++)
			sysemu_schedules_free(s[i]);
		sysemu_close(m);
	}
	fprintf(stderr,
		"%llu schedules in place of %llu; %u of %u programs have several outcomes\n",
		(unsigned long long)reduced, (unsigned long long)full, more_than_one, SEEDS);
	assert_true(more_than_one >= SEEDS / 2);
	assert_true(reduced < full);
}

static void parts_add_up_to_the_whole(void **state)
{
	sysemu_machine *m = start("2.6.14", "order", "3");
	sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS,
					   .preemptions = 2,
					   .word = &output };
	sysemu_schedules *whole = all(m, &config), *sum = NULL;

	(void)state;
	for (config.shard = 1, config.shards = 5; config.shard <= 5; config.shard++) {
		sysemu_schedules *part = all(m, &config);

		if (sum) {
			OK(m, sysemu_schedules_add(sum, part));
			sysemu_schedules_free(part);
		} else {
			sum = part;
		}
	}
	assert_true(whole->noutcomes > 1);
	check_same_outcomes(whole, sum);
	for (size_t i = 0; i < whole->noutcomes; i++) {
		const sysemu_outcome *o = &whole->outcome[i];

		assert_int_equal(find(sum, o)->preemptions, o->preemptions);
	}
	sysemu_schedules_free(whole);
	sysemu_schedules_free(sum);
	sysemu_close(m);
}

/* ---- ticks ---- */

static void a_lost_wakeup_is_found_by_ticks_alone(void **state)
{
	sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS, .preemptions = 2 };
	sysemu_machine *m = start("2.6.14", "lost_wakeup", NULL);
	sysemu_schedules *s = all(m, &config);

	(void)state;
	/* By hand: at the end of a call the parent has either looked already or not yet. */
	assert_int_equal(s->noutcomes, 1);
	sysemu_schedules_free(s);
	config.where |= SYSEMU_CHOOSE_USER;
	config.preemptions = 1;
	s = all(m, &config);
	assert_int_equal(s->noutcomes, 2);
	assert_int_equal(s->outcome[1].kind, SYSEMU_EVENT_DEADLOCK);
	assert_int_equal(s->outcome[1].preemptions, 1);
	check_replays(s, "2.6.14", "lost_wakeup", NULL);
	sysemu_schedules_free(s);
	sysemu_close(m);
}

static void a_timer_of_timer_create_rings_where_time_may_pass(void **state)
{
	sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_USER | SYSEMU_CHOOSE_TIMERS,
					   .preemptions = 1,
					   .word = &output };
	sysemu_machine *m = start("2.6.14", "rings", NULL);
	sysemu_schedules *s = all(m, &config);

	(void)state;
	assert_int_equal(s->noutcomes, 2);
	assert_int_equal(s->outcome[0].status, 0);
	assert_int_equal(s->outcome[1].status, 1 << 8);
	assert_int_equal(s->outcome[1].preemptions, 1);
	check_replays(s, "2.6.14", "rings", NULL);
	sysemu_schedules_free(s);
	sysemu_close(m);
}

/* ---- random ones ---- */

static void random_schedules_find_only_what_there_is(void **state)
{
	sysemu_machine *m = start("2.6.14", "order", "3");
	sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS,
					   .preemptions = 1000,
					   .word = &output };
	sysemu_schedules *every = all(m, &config), *s, *again;

	(void)state;
	for (unsigned depth = 0; depth <= 3; depth += 3) {
		OK(m, sysemu_random_schedules(m, &config, 1, 60, depth, &s));
		OK(m, sysemu_random_schedules(m, &config, 1, 60, depth, &again));
		assert_int_equal(s->schedules, 60);
		assert_true(s->noutcomes > 1);
		check_same_outcomes(s, again);
		for (size_t i = 0; i < s->noutcomes; i++) {
			assert_non_null(find(every, &s->outcome[i]));
			assert_int_equal(s->outcome[i].times, again->outcome[i].times);
		}
		check_replays(s, "2.6.14", "order", "3");
		sysemu_schedules_free(s);
		sysemu_schedules_free(again);
	}
	sysemu_schedules_free(every);
	sysemu_close(m);
}

/* ---- misuse ---- */

/* An ATTACH makes more calls choice points, from there on: in each run anew, as when it is played again. */
static void one_random_run_knows_nothing_of_another(void **state)
{
	sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS, .word = &output };
	sysemu_machine *m = start("2.6.14", "races", "attach");
	unsigned shortened = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		sysemu_schedules *first, *s;

		OK(m, sysemu_random_schedules(m, &config, seed, 1, 0, &first));
		OK(m, sysemu_random_schedules(m, &config, seed, 2, 0, &s));
		shortened += s->outcome[0].nsteps < first->outcome[0].nsteps;
		check_replays(s, "2.6.14", "races", "attach");
		sysemu_schedules_free(first);
		sysemu_schedules_free(s);
	}
	assert_true(shortened > 0); /* what the second run has found was played again */
	sysemu_close(m);
}

static int first_option(void *user, const sysemu_choice *c)
{
	(void)user, (void)c;
	return 0;
}

static void somebody_elses_chooser_stays(void **state)
{
	const sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS };
	sysemu_machine *m = start("2.6.14", "order", "1");
	sysemu_outcome outcome;
	sysemu_schedules *s;
	unsigned where = 0;

	(void)state;
	OK(m, sysemu_on_choice(m, SYSEMU_CHOOSE_TIMERS, first_option, NULL));
	assert_int_equal(sysemu_all_schedules(m, &config, &s), SYSEMU_ESTATE);
	assert_int_equal(sysemu_random_schedules(m, &config, 1, 1, 0, &s), SYSEMU_ESTATE);
	assert_int_equal(sysemu_follow_schedule(m, &config, NULL, 0, &outcome), SYSEMU_ESTATE);
	OK(m, sysemu_get_where(m, &where));
	assert_int_equal(where, SYSEMU_CHOOSE_TIMERS);
	sysemu_close(m);
}

static void what_is_wrong_is_said(void **state)
{
	const sysemu_schedules_config good = { .where = SYSEMU_CHOOSE_CALLS };
	const sysemu_schedules_config unknown = { .where = 1u << 30 };
	const sysemu_schedules_config part = { .shard = 3, .shards = 2 };
	const sysemu_step far = { .choice = 1000000, .option = 1 }, option = { .option = 65 };
	sysemu_machine *m = start("2.6.14", "order", "1"), *alone;
	sysemu_schedules *s;
	sysemu_outcome outcome;
	sysemu_choice choice;
	unsigned where;

	(void)state;
	assert_int_equal(sysemu_all_schedules(m, &unknown, &s), SYSEMU_EINVAL);
	assert_int_equal(sysemu_all_schedules(m, &part, &s), SYSEMU_EINVAL);
	assert_int_equal(sysemu_all_schedules(m, NULL, &s), SYSEMU_EINVAL);
	assert_int_equal(sysemu_random_schedules(m, &good, 1, 1, 65, &s), SYSEMU_EINVAL);
	assert_int_equal(sysemu_follow_schedule(m, &good, NULL, 1, &outcome), SYSEMU_EINVAL);
	assert_int_equal(sysemu_get_choice(m, &choice), SYSEMU_ESTATE);
	assert_int_equal(sysemu_get_where(m, &where), SYSEMU_ESTATE);
	assert_int_equal(sysemu_ask_tick(m, 1), SYSEMU_ESTATE);
	assert_int_equal(sysemu_follow_schedule(m, &good, &option, 1, &outcome), SYSEMU_EMISMATCH);
	sysemu_close(m);
	m = start("2.6.14", "order", "1");
	assert_int_equal(sysemu_follow_schedule(m, &good, &far, 1, &outcome), SYSEMU_EMISMATCH);
	sysemu_close(m);
	assert_int_equal(sysemu_open(NULL, &alone), SYSEMU_OK);
	assert_int_equal(sysemu_all_schedules(alone, &good, &s), SYSEMU_ESTATE);
	assert_int_equal(sysemu_on_choice(alone, 0, NULL, NULL), SYSEMU_ESTATE);
	sysemu_close(alone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_outcome_of_the_full_product_is_lost),
		cmocka_unit_test(parts_add_up_to_the_whole),
		cmocka_unit_test(a_lost_wakeup_is_found_by_ticks_alone),
		cmocka_unit_test(a_timer_of_timer_create_rings_where_time_may_pass),
		cmocka_unit_test(random_schedules_find_only_what_there_is),
		cmocka_unit_test(one_random_run_knows_nothing_of_another),
		cmocka_unit_test(somebody_elses_chooser_stays),
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests_name("schedules", tests, NULL, NULL);
}
