/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chooser_test.c: whoever chooses is asked at the right moments, and of all that can run, in the order of process.h:
 * those behind the running task in the ring, and itself last, or first at the end of a call. A model hears what each
 * task is about to do (guest/chosen.c), draws the answers, and knows from them who runs, who sleeps and what time it is.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <string.h>

#include <libsysemu/process.h>

#define LIMIT  400000000u
#define PARENT 101
#define MOST   16 /* tasks */

static struct {
	unsigned where;
	uint32_t random;
	bool gone_on;    /* the parent has said that all are there */
	bool asked;      /* since the last word */
	int32_t runs;    /* who has said it; or who was chosen since */
	int32_t last;    /* the highest pid */
	uint64_t time;   /* minutes slept through, and in the lower half what has happened */
	bool parent_may; /* have been woken to look whether its pipe has ended */
	unsigned questions, passed, preempted;
	struct {
		int32_t what;
		uint32_t minutes;
		uint64_t until;
		bool said, sleeps, slept, gone; /* said: the call by which it has is over */
	} task[MOST];
} now;

#define TASK(pid) now.task[(pid)-PARENT]

static bool ready(int32_t pid)
{
	return !TASK(pid).sleeps && !TASK(pid).gone;
}

static unsigned how_many(bool asleep)
{
	unsigned n = 0;

	for (int32_t pid = PARENT; pid <= now.last; pid++)
		n += asleep ? TASK(pid).sleeps && pid != PARENT : ready(pid);
	return n;
}

/* It has done what it was about to do, and runs no more. */
static void leaves(int32_t pid)
{
	int32_t what = TASK(pid).what;

	assert_true(what == 's' || what == 'e' || (pid == PARENT && (what == 'g' || what == 'x')));
	if (what == 'e' || what == 'x') {
		TASK(pid).gone = true;
		now.parent_may = true;
		return;
	}
	TASK(pid).sleeps = TASK(pid).slept = true;
	TASK(pid).until = now.time + ((uint64_t)TASK(pid).minutes << 32);
}

/* Up to the first timer. No two ring at the same time. */
static void time_passes(void)
{
	int32_t first = 0;

	for (int32_t pid = PARENT + 1; pid <= now.last; pid++)
		if (TASK(pid).sleeps && (!first || TASK(pid).until < TASK(first).until))
			first = pid;
	assert_true(first != 0);
	now.time = TASK(first).until;
	TASK(first).sleeps = false;
}

/* Nobody was asked, since there was but one way to go on from who ran, and from whoever came to run without a word. */
static void went_on_alone(int32_t pid, int32_t says)
{
	int32_t runs = now.runs;

	if (pid == runs && TASK(pid).what == 'd')
		return;
	for (bool first = true; first || runs != pid || (says == 'd' && !TASK(pid).slept);
	     first = false) {
		if (TASK(runs).what != 'y')
			leaves(runs);
		else
			assert_int_equal(runs, pid);
		if (pid == PARENT && now.parent_may)
			TASK(PARENT).sleeps = how_many(false) != 0;
		if (!how_many(false))
			time_passes();
		assert_int_equal(how_many(false), 1);
		assert_false((now.where & SYSEMU_CHOOSE_TIMERS) && how_many(true));
		for (runs = PARENT; !ready(runs); runs++)
			;
	}
}

static int32_t hear(void *user, int fd, const void *buf, uint32_t size)
{
	int32_t word[3];

	(void)user, (void)fd;
	assert_int_equal(size, sizeof(word));
	memcpy(word, buf, sizeof(word));
	assert_true(word[0] >= PARENT && word[0] < PARENT + MOST);
	if (word[0] > now.last)
		now.last = word[0];
	if (now.gone_on &&
	    (word[0] != now.runs || !now.asked || (word[1] == 'd' && !TASK(word[0]).slept)))
		went_on_alone(word[0], word[1]);
	assert_true(word[1] != 'd' || TASK(word[0]).slept || !now.gone_on);
	TASK(word[0]).slept = TASK(word[0]).said = false;
	assert_true(ready(word[0]));
	now.time++;
	TASK(word[0]).what = word[1];
	TASK(word[0]).minutes = (uint32_t)word[2];
	if (word[1] == 'g') {
		now.gone_on = true;
		now.last = PARENT + word[2];
		TASK(PARENT).minutes = 1000000;
	}
	now.runs = word[0];
	now.asked = false;
	return (int32_t)size;
}

static bool has_option(const sysemu_choice *c, int32_t pid)
{
	for (unsigned i = 0; i < c->options; i++)
		if (c->next[i] == pid)
			return true;
	return false;
}

/* All that can run, in their order, and then the time. */
static void check_options(const sysemu_choice *c)
{
	bool first = c->kind == SYSEMU_CHOICE_PREEMPT;
	unsigned n = 0;

	if (first)
		assert_int_equal(c->next[n++], c->pid);
	for (int32_t pid = c->pid + 1; pid <= now.last; pid++)
		if (ready(pid))
			assert_int_equal(c->next[n++], pid);
	for (int32_t pid = PARENT; pid <= c->pid - first; pid++)
		if (ready(pid))
			assert_int_equal(c->next[n++], pid);
	if (how_many(true) && (now.where & SYSEMU_CHOOSE_TIMERS))
		assert_int_equal(c->next[n++], 0);
	assert_int_equal(c->options, n);
}

static int choose(void *user, const sysemu_choice *c)
{
	unsigned option;

	(void)user;
	assert_true(c->kind == SYSEMU_CHOICE_NEXT || c->kind == SYSEMU_CHOICE_PREEMPT);
	if (c->kind == SYSEMU_CHOICE_PREEMPT)
		assert_true(now.where & SYSEMU_CHOOSE_CALLS);
	if (!now.gone_on)
		return 0;
	if (now.asked && now.runs)
		assert_int_equal(c->pid, now.runs);
	/* Alone it is asked about when it has slept; no tick asks, and the end of the call by which it said so does once. */
	if (ready(c->pid) &&
	    (!has_option(c, c->pid) ||
	     (TASK(c->pid).what == 's' && !TASK(c->pid).slept && how_many(false) == 1 &&
	      (c->kind == SYSEMU_CHOICE_NEXT || TASK(c->pid).said))))
		leaves(c->pid);
	if (now.parent_may && has_option(c, PARENT))
		TASK(PARENT).sleeps = false;
	if (!how_many(false))
		time_passes();
	check_options(c);
	TASK(c->pid).said |= c->kind == SYSEMU_CHOICE_PREEMPT;
	now.questions++;
	now.random = now.random * 1103515245 + 12345;
	option = (now.random >> 16) % c->options;
	now.runs = c->next[option];
	now.asked = true;
	if (!now.runs) {
		now.passed++;
		time_passes();
		now.asked = how_many(false) > 1;
		now.runs = now.asked ? 0 : c->pid;
	} else {
		now.preempted += c->kind == SYSEMU_CHOICE_PREEMPT && now.runs != c->pid;
	}
	return (int)option;
}

static int32_t no_input(void *user, int fd, void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf, (void)size;
	return 0;
}

static void play(unsigned where, uint32_t seed)
{
	static const sysemu_host host = { .read = no_input, .write = hear, .root = "/" };
	const sysemu_config config = { .kernel = "sysemu", .start = SYSEMU_START_UNTRACED };
	char path[512], text[16], *argv[] = { path, text, NULL }, *envp[] = { NULL };
	sysemu_machine *m;
	sysemu_event e;

	memset(&now, 0, sizeof(now));
	now.where = where;
	now.random = seed;
	now.last = PARENT;
	now.runs = PARENT;
	snprintf(path, sizeof(path), "%s/chosen", TEST_PROGRAMS);
	snprintf(text, sizeof(text), "%u", seed);
	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, path, argv, envp));
	OK(m, sysemu_on_choice(m, where, choose, NULL));
	OK(m, sysemu_run(m, LIMIT, &e));
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(e.status, 0);
	assert_int_equal(TASK(PARENT).what, 'x');
	assert_int_equal(how_many(true), 0);
	assert_true(now.questions > 0);
	if (where & SYSEMU_CHOOSE_TIMERS)
		assert_true(now.passed);
	assert_true(!(where & SYSEMU_CHOOSE_CALLS) == !now.preempted);
	sysemu_close(m);
}

static void all_that_can_run_are_asked_for_in_order(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 3; seed++)
		play(0, seed);
}

static void time_may_pass_where_a_timer_runs(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 3; seed++)
		play(SYSEMU_CHOOSE_TIMERS, seed);
}

static void at_the_end_of_a_call_who_runs_comes_first(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 3; seed++)
		play(SYSEMU_CHOOSE_CALLS | SYSEMU_CHOOSE_LOCAL | SYSEMU_CHOOSE_TIMERS, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_can_run_are_asked_for_in_order),
		cmocka_unit_test(time_may_pass_where_a_timer_runs),
		cmocka_unit_test(at_the_end_of_a_call_who_runs_comes_first),
	};

	return cmocka_run_group_tests_name("chooser", tests, NULL, NULL);
}
