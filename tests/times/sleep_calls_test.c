/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sleep_calls_test.c: times as programs have them, read and written; nanosleep and clock_nanosleep, and how they go on behind a signal;
 * alarm and the interval timers. Expectations: nanosleep(2), clock_nanosleep(2), alarm(2), setitimer(2), and what Linux 6.18
 * says where these leave it open (which error comes first; a timer whose old value cannot be told is set all the same; one that
 * is stopped has no interval). Every kernel of 2005.
 */
#include "tests/files/file_world.h"

#include <string.h>

#include "asm/host.h"

enum { CALLS = 1200, SECOND = 1000000000, TICK = 1000000, ABSOLUTE = 1, NOT_SUPPORTED = 95 };
enum { REAL, VIRTUAL, PROFILING };

#define USER     0x50000000u /* a page that is there; the next one is not */
#define USER_END (USER + SIM_PAGE)
#define LATER    2000u /* nanoseconds: more than any of these functions takes */

static struct file_world w;
static uint64_t now;

static void open_clock(const char *kernel)
{
	w = open_file_world(kernel);
	map_page(w.caller.m, USER, SIM_WRITE | SIM_USER);
}

static void set_clock(uint64_t t)
{
	const uint32_t at = symbol(w.caller.m, "clock_skew");
	uint64_t skew = 0;

	put_words(&w, at, &skew, sizeof(skew));
	skew = t - call_function(&w.caller, "clock_ns", 0, 0, 0);
	put_words(&w, at, &skew, sizeof(skew));
	now = t;
}

static bool is_there(uint32_t at, uint32_t bytes)
{
	return at >= USER && at <= USER_END && USER_END - at >= bytes;
}

static uint32_t draw_place(uint32_t bytes)
{
	return below(6) ? ONE_OF(USER, USER + 4 * below(100), USER_END - bytes) :
			  ONE_OF(0, 8, USER_END - bytes + 1 + below(bytes), USER_END);
}

/* ---- a timespec ---- */

struct time {
	uint32_t word[4];
};

static struct time draw_time(void)
{
	struct time t;

	for (unsigned i = 0; i < 4; i++)
		t.word[i] = ONE_OF(0, 0, 1, below(SECOND), SECOND - 1, SECOND, 0x7fffffff,
				   0x80000000u, any());
	return t;
}

/* Of two words, or of four with 64 bits each, of whose nanoseconds the upper ones are nobody's. */
static int32_t model_get(uint32_t at, const struct time *t, unsigned words, uint64_t *ns)
{
	const uint32_t *p = t->word;
	int64_t seconds = words == 2 ? (int32_t)p[0] : (int64_t)(p[0] | (uint64_t)p[1] << 32);
	uint32_t nsec = words == 2 ? p[1] : p[2];

	if (!is_there(at, 4 * words))
		return -EFAULT;
	if (seconds < 0 || nsec >= SECOND)
		return -EINVAL;
	/* What lies behind 2106 is half of for ever. */
	*ns = seconds >> 32 ? (uint64_t)-1 / 2 : (uint64_t)seconds * SECOND + nsec;
	return 0;
}

static void a_time_is_read_if_it_is_one(void **state)
{
	open_clock(*state);
	draw_from(601);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", 2 * CALLS); i < n; i++) {
		unsigned words = below(2) ? 2 : 4;
		uint32_t at = draw_place(4 * words), to = file_memory(&w);
		struct time t = draw_time();
		uint64_t expected = any(), is = expected;
		int32_t result;

		if (below(2))
			t.word[1] = words == 4 ? 0 : t.word[1] % SECOND;
		if (is_there(at, 4 * words))
			put_words(&w, at, &t, 4 * words);
		put_words(&w, to, &is, sizeof(is));
		result = model_get(at, &t, words, &expected);
		assert_int_equal((int32_t)call_function(&w.caller, "get_user_time", at, words, to),
				 result);
		get_words(&w, to, &is, sizeof(is));
		assert_true(is == expected);
	}
	close_file_world(&w);
}

static uint64_t draw_ns(void)
{
	uint64_t ns = (uint64_t)ONE_OF(0, 1, 5, below(100000), 0x7ffffff0) * SECOND;

	return ns + ONE_OF(0, 1, 999, 1000, 1001, below(SECOND), SECOND - 1);
}

/* Nanoseconds over the whole of 64 bits; 2106 is as far as 32 bits of seconds go. */
static void a_time_is_written_as_seconds_and_the_rest(void **state)
{
	open_clock(*state);
	draw_from(602);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		unsigned words = ONE_OF(2, 4, 0);
		uint32_t bytes = words ? 4 * words : 8, at = draw_place(bytes);
		uint64_t ns = below(2) ? draw_ns() :
					 (uint64_t)any() % ((uint64_t)SECOND << 2) * any() / 4;
		uint32_t seconds, rest, is[4], expected[4] = { 0 };
		int32_t result;

		ns %= (uint64_t)SECOND << 32;
		seconds = (uint32_t)(ns / SECOND);
		rest = (uint32_t)(ns % SECOND);
		if (words == 0)
			result = (int32_t)call_function(&w.caller, "put_user_timeval", at,
							(uint32_t)ns, (uint32_t)(ns >> 32));
		else
			result = (int32_t)call_function_with(&w.caller, "put_user_time",
							     (uint32_t[]){ at, words, 0xcccccccc,
									   (uint32_t)ns,
									   (uint32_t)(ns >> 32) },
							     5);
		assert_int_equal(result, is_there(at, bytes) ? 0 : -EFAULT);
		if (result)
			continue;
		expected[0] = seconds;
		expected[words == 4 ? 2 : 1] = words ? rest : rest / 1000;
		get_words(&w, at, is, bytes);
		expect_words("the time", is, expected, bytes);
	}
	close_file_world(&w);
}

/* ---- sleeping ---- */

static void expect_between(uint64_t is, uint64_t least)
{
	if (is < least || is - least > LATER)
		fail_msg("0x%llx is not 0x%llx, or soon behind", (unsigned long long)is,
			 (unsigned long long)least);
}

/* What a time in the program's memory says, in nanoseconds. */
static uint64_t told_at(uint32_t at, unsigned words)
{
	uint32_t t[4];

	get_words(&w, at, t, 4 * words);
	assert_true(t[words == 2 ? 1 : 2] < SECOND);
	if (words == 4)
		assert_int_equal(t[1] | t[3], 0);
	return (uint64_t)t[0] * SECOND + t[words == 2 ? 1 : 2];
}

struct sleep {
	uint64_t until; /* -1: now and `rest` */
	uint32_t remain;
	unsigned words;
};

static void block_is(const uint32_t expected[4])
{
	uint32_t is[4];

	get_words(&w, (w.caller.cpu.esp & -8192u) + TI_RESTART_BLOCK, is, sizeof(is));
	expect_words("the restart block", is, expected, sizeof(is));
}

/* From the first sleep on; exact: nobody added to `until`. */
static int32_t sleeps(struct sleep *s, bool exact)
{
	uint32_t at = symbol(w.caller.m, "sleep_on"), time = symbol(w.caller.m, "time_channel");
	bool first = true;

	for (;;) {
		int32_t answer = (int32_t)ONE_OF(0, -ETIME, -ERESTARTSYS, -ERESTARTSYS);
		struct sim_regs cpu;
		uint64_t until;

		assert_int_equal(run_to(w.caller.m, at).eip, at);
		cpu = kernel_regs(w.caller.m);
		until = cpu.edx | (uint64_t)cpu.ecx << 32;
		assert_int_equal(cpu.eax, time);
		if (first && !exact)
			expect_between(until, s->until);
		else
			assert_true(until == s->until);
		s->until = until;
		first = false;
		catch_call(&w, "sleep_on", (uint32_t)answer);
		if (answer)
			return answer == -ETIME ? 0 : answer;
	}
}

static uint32_t block_before[4];

static void draw_block(void)
{
	for (unsigned i = 0; i < 4; i++)
		block_before[i] = any();
	put_words(&w, (w.caller.cpu.esp & -8192u) + TI_RESTART_BLOCK, block_before,
		  sizeof(block_before));
}

/* It is to go on behind the signal: what is left is told, if it can be. */
static int32_t model_rest(const struct sleep *s)
{
	return s->remain && !is_there(s->remain, 4 * s->words) ? -EFAULT : -ERESTART_RESTARTBLOCK;
}

static void expect_rest(const struct sleep *s, int32_t result)
{
	if (result != -ERESTART_RESTARTBLOCK) {
		block_is(block_before);
		return;
	}
	block_is((uint32_t[]){ s->remain, (uint32_t)s->until, (uint32_t)(s->until >> 32),
			       s->words });
	if (s->remain) {
		uint64_t left = told_at(s->remain, s->words),
			 most = s->until > now ? s->until - now : 0;

		assert_true(left <= most && most - left <= (most < LATER ? most : LATER));
	}
}

static uint64_t catch_time(uint32_t at, unsigned words, int32_t *error)
{
	uint64_t ns = draw_ns();
	uint32_t function = symbol(w.caller.m, "get_user_time");
	struct sim_regs cpu;

	*error = (int32_t)ONE_OF(0, 0, 0, 0, -EFAULT, -EINVAL);
	assert_int_equal(run_to(w.caller.m, function).eip, function);
	cpu = kernel_regs(w.caller.m);
	assert_int_equal(cpu.eax, at);
	assert_int_equal(cpu.edx, words);
	put_words(&w, cpu.ecx, &ns, sizeof(ns));
	catch_call(&w, "get_user_time", (uint32_t)*error);
	return ns;
}

/* From now on, unless there is no time to be had. */
static int32_t model_sleep_for(uint64_t ns, int32_t error, struct sleep *s)
{
	s->until = now + ns;
	if (!error)
		error = sleeps(s, false);
	return error == -ERESTARTSYS ? model_rest(s) : error;
}

static void draw_clock(void)
{
	set_clock(((uint64_t)below(1 << 20) << 32) + any());
	draw_block();
}

static void nanosleep_sleeps_and_tells_what_is_left(void **state)
{
	open_clock(*state);
	draw_from(603);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct sleep s = {
			.remain = below(4) ? USER + 2048 + below(2) * (SIM_PAGE - 2048 - 4) : 0,
			.words = 2
		};
		uint32_t request = draw_place(8);
		struct time t = draw_time();
		uint64_t ns = 0;
		int32_t expected;

		if (below(2))
			t.word[1] %= SECOND;
		draw_clock();
		if (is_there(request, 8))
			put_words(&w, request, &t, 8);
		expected = model_get(request, &t, 2, &ns);
		function_begin_on_stack(&w.caller, "sys_nanosleep",
					(uint32_t[]){ request, s.remain }, 2);
		expected = model_sleep_for(ns, expected, &s);
		assert_int_equal((int32_t)function_end_on_stack(&w.caller, 2), expected);
		expect_rest(&s, expected);
	}
	close_file_world(&w);
}

static void a_sleep_goes_on_up_to_the_same_time(void **state)
{
	open_clock(*state);
	draw_from(604);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct sleep s = { .words = ONE_OF(0, 2, 4) };
		int32_t expected = -EINTR; /* there was none */

		draw_clock();
		s.remain = below(4) ? draw_place(4 * (s.words + !s.words)) : 0;
		s.until = below(4) ? now + draw_ns() : now - below(1000);
		block_before[0] = s.remain;
		block_before[1] = (uint32_t)s.until;
		block_before[2] = (uint32_t)(s.until >> 32);
		block_before[3] = s.words;
		put_words(&w, (w.caller.cpu.esp & -8192u) + TI_RESTART_BLOCK, block_before,
			  sizeof(block_before));
		function_begin(&w.caller, "restart_sleep", any(), any());
		if (s.words)
			expected = sleeps(&s, true);
		if (expected == -ERESTARTSYS)
			expected = model_rest(&s);
		assert_int_equal((int32_t)function_end(&w.caller), expected);
		expect_rest(&s, expected);
	}
	close_file_world(&w);
}

/* CLOCK_REALTIME, _MONOTONIC, _PROCESS_CPUTIME_ID, _BOOTTIME, both alarms and _TAI; 10 was SGI's. */
static int32_t model_clock(int32_t clock)
{
	if (clock >= 3 && clock <= 6)
		return -NOT_SUPPORTED;
	return clock < 0 || clock > 11 || clock == 10 ? -EINVAL : 0;
}

static int32_t model_sleep_at(int32_t clock, uint32_t request, struct sleep *s)
{
	uint64_t epoch = 0;
	int32_t error;

	s->until = catch_time(request, s->words, &error);
	if (error)
		return error;
	if (clock == 0) {
		uint32_t function = symbol(w.caller.m, "ask_host"), at;

		assert_int_equal(run_to(w.caller.m, function).eip, function);
		at = kernel_regs(w.caller.m).edx;
		epoch = ONE_OF(0, 1, 1000000, any()) * (uint64_t)SECOND;
		put_words(&w, at, &epoch, sizeof(epoch));
		expect_asked(&w, HOST_EPOCH, &at, 1, 0);
	}
	s->until = s->until > epoch ? s->until - epoch : 0;
	error = sleeps(s, true);
	return error == -ERESTARTSYS ? -ERESTARTNOHAND :
				       error; /* it is asked again, and knows when */
}

static int32_t sleeps_by_clock(int32_t clock, uint32_t flags, uint32_t request, struct sleep *s)
{
	uint64_t ns;
	int32_t error;

	if (flags & ABSOLUTE)
		return model_sleep_at(clock, request, s);
	ns = catch_time(request, s->words, &error);
	return model_sleep_for(ns, error, s);
}

static void clock_nanosleep_sleeps_by_a_clock_or_up_to_a_time(void **state)
{
	open_clock(*state);
	draw_from(605);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct sleep s = { .words = below(2) ? 2 : 4 };
		int32_t clock = (int32_t)ONE_OF(0, 1, 2, below(13), -1u, 0x80000000u, any()),
			expected;
		uint32_t request = any(), flags = ONE_OF(0, 1, 2, 3, any());

		draw_clock();
		s.remain = below(4) ? draw_place(4 * s.words) : 0;
		function_begin_on_stack(
			&w.caller, s.words == 2 ? "sys_clock_nanosleep" : "sys_clock_nanosleep64",
			(uint32_t[]){ (uint32_t)clock, flags, request, s.remain }, 4);
		expected = model_clock(clock);
		if (!expected)
			expected = sleeps_by_clock(clock, flags, request, &s);
		assert_int_equal((int32_t)function_end_on_stack(&w.caller, 4), expected);
		if (expected !=
		    -ERESTARTNOHAND) /* then nobody asks what restart_syscall would find */
			expect_rest(&s, expected);
	}
	close_file_world(&w);
}

/* ---- alarm and the interval timers ---- */

static uint32_t group_at(size_t offset)
{
	return word_at(&w, task_word_at(&w, offsetof(struct task_struct, leader))) +
	       (uint32_t)(offsetof(struct task_struct, group) + offset);
}

static void get_group(struct group *g)
{
	get_words(&w, group_at(0), g, sizeof(*g));
}

/* An alarm that has been, or one whose rest is not at the border of two numbers of seconds, or microseconds. */
static struct group draw_timers(void)
{
	struct group g;

	draw_clock();
	get_group(&g);
	g.alarm = below(4) ? now + (uint64_t)below(100000) * SECOND +
				     ONE_OF(100000, 400000000, 499990000, 500010000, 600000000,
					    999990000) +
				     500 + LATER / 2 :
			     ONE_OF(0, now > 5 ? 1 : 0);
	g.interval = below(2) ? draw_ns() : 0;
	for (unsigned i = 0; i < 2; i++) {
		g.virt[i] = ONE_OF(0, 1, any());
		g.prof[i] = ONE_OF(0, 1, any());
	}
	put_words(&w, group_at(0), &g, sizeof(g));
	return g;
}

static void expect_group(const struct group *expected, uint64_t alarm_least)
{
	struct group is, exact = *expected;

	get_group(&is);
	if (alarm_least) {
		expect_between(is.alarm, alarm_least);
		exact.alarm = is.alarm;
	}
	expect_words("the timers", &is, &exact, sizeof(is));
}

static void alarm_tells_the_seconds_left_of_the_one_before(void **state)
{
	open_clock(*state);
	draw_from(606);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct group g = draw_timers();
		uint32_t seconds = ONE_OF(0, 1, 2, below(100000), 0x7fffffff), left = 0;

		if (g.alarm > now) { /* to the nearest; but 0 is said only where there was none */
			uint64_t ns = g.alarm - now - LATER / 2;

			left = (uint32_t)(ns / SECOND) + (ns % SECOND >= SECOND / 2);
			left += !left;
		}
		assert_int_equal(call_on_stack(&w.caller, "sys_alarm", seconds, any()), left);
		g.interval = g.alarm = 0;
		expect_group(&g, seconds ? now + (uint64_t)seconds * SECOND : 0);
	}
	close_file_world(&w);
}

/* Interval and value, in seconds and microseconds. */
static void expect_interval(uint32_t at, uint64_t interval, uint64_t left)
{
	uint32_t is[4];

	get_words(&w, at, is, sizeof(is));
	assert_int_equal(is[0], (uint32_t)(interval / SECOND));
	assert_int_equal(is[1], interval % SECOND / 1000);
	assert_true(is[3] < 1000000);
	assert_int_equal(is[2], (uint32_t)(left / SECOND));
	if (left % SECOND / 1000 - is[3] > LATER / 1000)
		fail_msg("%u microseconds are left, not %u", is[3],
			 (uint32_t)(left % SECOND / 1000));
}

static void expect_told(uint32_t at, int32_t which, const struct group *g)
{
	const uint32_t *ticks = which == VIRTUAL ? g->virt : g->prof;

	if (which == REAL)
		expect_interval(at, g->interval, g->alarm > now ? g->alarm - now : 0);
	else
		expect_interval(at, (uint64_t)ticks[1] * TICK, (uint64_t)ticks[0] * TICK);
}

static int32_t draw_which(void)
{
	return (int32_t)ONE_OF(REAL, REAL, VIRTUAL, PROFILING, 3, -1u, any());
}

static void getitimer_tells_what_is_left(void **state)
{
	open_clock(*state);
	draw_from(607);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct group g = draw_timers();
		int32_t which = draw_which(), result;
		uint32_t at = draw_place(16);

		result = which < REAL || which > PROFILING ? -EINVAL :
			 is_there(at, 16)                  ? 0 :
							     -EFAULT;
		assert_int_equal(
			(int32_t)call_on_stack(&w.caller, "sys_getitimer", (uint32_t)which, at),
			result);
		if (!result)
			expect_told(at, which, &g);
		expect_group(&g, 0);
	}
	close_file_world(&w);
}

/* Whole ticks, as a timer is never early. */
static uint32_t ticks(uint32_t seconds, uint32_t microseconds)
{
	return (uint32_t)(((uint64_t)seconds * 1000000 + microseconds + 999) / 1000);
}

static bool is_time(const uint32_t *t)
{
	return t[0] < 0x80000000u && t[1] < 1000000;
}

static void one_setitimer(void)
{
	struct group g = draw_timers(), before = g;
	int32_t which = draw_which(), result = 0;
	uint32_t at = below(5) ? draw_place(16) : 0, old = below(2) ? USER + 1024 :
							   below(2) ? 0 :
								      USER_END - 8;
	uint32_t in[4] = { 0 };
	uint64_t alarm = 0;

	for (unsigned k = 0; k < 4 && at; k++)
		in[k] = k & 1 ? ONE_OF(0, 1, 999, 1000, 1001, below(1000000), 999999, 1000000,
				       any()) :
				ONE_OF(0, 0, 1, below(4000000), 4000000, 0x80000000u);
	if (at && is_there(at, 16))
		put_words(&w, at, in, sizeof(in));
	if (at && !is_there(at, 16))
		result = -EFAULT;
	else if (!is_time(in) || !is_time(in + 2) || which < REAL || which > PROFILING)
		result = -EINVAL;
	else if (which == REAL) {
		alarm = in[2] || in[3] ? now + (uint64_t)in[2] * SECOND + in[3] * 1000 : 0;
		g.alarm = 0;
		g.interval = alarm ? (uint64_t)in[0] * SECOND + in[1] * 1000 : 0;
	} else {
		uint32_t *t = which == VIRTUAL ? g.virt : g.prof;

		t[0] = ticks(in[2], in[3]);
		t[1] = ticks(in[0], in[1]);
	}
	if (!result && old && !is_there(old, 16))
		result = -EFAULT; /* and it is set */
	assert_int_equal((int32_t)call_on_stack_with(&w.caller, "sys_setitimer",
						     (uint32_t[]){ (uint32_t)which, at, old }, 3),
			 result);
	expect_group(&g, alarm);
	if (!result && old)
		expect_told(old, which, &before);
}

static void setitimer_sets_and_tells_the_one_before(void **state)
{
	open_clock(*state);
	draw_from(608);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_setitimer();
	close_file_world(&w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_time_is_read_if_it_is_one),
		ON_KERNELS(a_time_is_written_as_seconds_and_the_rest),
		ON_KERNELS(nanosleep_sleeps_and_tells_what_is_left),
		ON_KERNELS(a_sleep_goes_on_up_to_the_same_time),
		ON_KERNELS(clock_nanosleep_sleeps_by_a_clock_or_up_to_a_time),
		ON_KERNELS(alarm_tells_the_seconds_left_of_the_one_before),
		ON_KERNELS(getitimer_tells_what_is_left),
		ON_KERNELS(setitimer_sets_and_tells_the_one_before),
	};

	return run_on_kernels("sleep_calls", tests, sizeof(tests) / sizeof(tests[0]));
}
