/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event_test.c: eventfds and timerfds that are drawn at random: read, written, polled, made, set and told of, and who is told that a
 * clock has come; all words of all of them afterwards. Expectations: eventfd(2), timerfd_create(2), and the order in which Linux
 * 6.18 refuses a timerfd_settime. How many there can be, and which is taken, is the guest's own. Every kernel of 2005.
 */
#include "tests/files/file_world.h"

#include <string.h>

#include "asm/host.h"

enum { CALLS = 1000, EVENTS = 64, DRAWN = 4, SEMAPHORE = 1, NONBLOCK = 04000, CLOEXEC = 02000000 };
enum { EVENT_FILES = 0x40000, TIMER_FILES = 0x50000, SPAN_AT = 0x100, SECOND = 1000000000 };

#define USER     0x50000000u /* a page that is there; the next one is not */
#define USER_END (USER + SIM_PAGE)
#define MOST     ((uint64_t)-2)

/* event.c's, word by word as i386 has them. */
struct guest_event {
	uint32_t used, semaphore;
	uint64_t count;
};

struct __attribute__((packed)) guest_timer {
	uint32_t used, told, file;
	uint64_t base, due, interval;
};

struct guest_span {
	uint32_t at, bytes, iov, pieces, left;
};

static struct file_world w;
static struct guest_event event[EVENTS];
static struct guest_timer timer[EVENTS];
static uint32_t events, timers, event_ops, timer_ops, used_timers, here;
static uint64_t now;

static void open_events(const char *kernel)
{
	w = open_file_world(kernel);
	events = symbol(w.caller.m, "events");
	timers = symbol(w.caller.m, "timers");
	event_ops = symbol(w.caller.m, "event_ops");
	timer_ops = symbol(w.caller.m, "timer_ops");
	here = file_memory(&w);
	map_page(w.caller.m, USER, SIM_WRITE | SIM_USER);
}

static bool is_there(uint32_t at, uint32_t bytes)
{
	return at >= USER && at <= USER_END && USER_END - at >= bytes;
}

/* ---- drawing ---- */

static uint64_t draw_count(void)
{
	return ONE_OF(0, 0, 1, 2, any()) + (below(4) ? 0 : (uint64_t)any() << 32);
}

static uint64_t draw_near(uint64_t most)
{
	switch (below(4)) {
	case 0: return most - below(3);
	case 1: return most + 1 + below(2);
	default: return draw_count();
	}
}

/* Files 0 to 3 are the events, 4 to 7 the timers; other places are used or not. */
static void draw_events(void)
{
	draw_files(&w);
	now = (uint64_t)(1 + any()) << below(20);
	used_timers = 0;
	for (unsigned i = 0; i < EVENTS; i++) {
		event[i] = (struct guest_event){ .used = i < DRAWN || below(2),
						 .semaphore = below(2),
						 .count = draw_near(MOST) };
		if (event[i].count > MOST)
			event[i].count = MOST;
		timer[i] = (struct guest_timer){ .used = i < DRAWN || below(2),
						 .told = below(2),
						 .file = file_at(&w, DRAWN + i % DRAWN),
						 .base = below(2) ? any() : 0,
						 .due = below(4) ? draw_near(now) : 0,
						 .interval = below(3) ? draw_count() : 0 };
		used_timers += timer[i].used;
	}
	for (unsigned i = 0; i < DRAWN; i++) {
		struct guest_file *e = &w.file[i], *t = &w.file[DRAWN + i];

		e->users += !e->users;
		t->users += !t->users;
		e->ops = event_ops;
		t->ops = timer_ops;
		e->object = events + i * (uint32_t)sizeof(event[0]);
		t->object = timers + i * (uint32_t)sizeof(timer[0]);
		e->flags = (e->flags & ~(uint32_t)NONBLOCK) | (below(2) ? NONBLOCK : 0);
		t->flags = (t->flags & ~(uint32_t)NONBLOCK) | (below(2) ? NONBLOCK : 0);
	}
}

static void put_events(void)
{
	put_files(&w);
	put_words(&w, events, event, sizeof(event));
	put_words(&w, timers, timer, sizeof(timer));
	put_word(&w, symbol(w.caller.m, "used_timers"), used_timers);
}

static void expect_events(void)
{
	struct guest_event e[EVENTS];
	struct guest_timer t[EVENTS];

	expect_files(&w);
	get_words(&w, events, e, sizeof(e));
	get_words(&w, timers, t, sizeof(t));
	for (unsigned i = 0; i < EVENTS; i++) {
		expect_words_of("the event", i, &e[i], &event[i], sizeof(e[i]));
		expect_words_of("the timer", i, &t[i], &timer[i], sizeof(t[i]));
	}
	assert_int_equal(word_at(&w, symbol(w.caller.m, "used_timers")), used_timers);
}

static struct guest_span draw_span(void)
{
	uint32_t bytes = ONE_OF(8, 8, 8, 9, 100, 7, 0);

	return (struct guest_span){ .at = below(4) ? USER + 4 * below(64) : USER_END - below(10),
				    .bytes = bytes,
				    .left = bytes };
}

static void put_span(const struct guest_span *s)
{
	put_words(&w, here + SPAN_AT, s, sizeof(*s));
}

/* ---- events ---- */

static void is_changed(uint32_t file)
{
	assert_int_equal(catch_call(&w, "file_changed", any()).eax, file);
}

/* It waits for a change: what has changed meanwhile is drawn. 0, or -ERESTARTSYS. */
static int32_t sleeps(unsigned file, uint64_t until)
{
	uint32_t at = symbol(w.caller.m, "file_sleep");
	int32_t answer = (int32_t)ONE_OF(0, 0, -ETIME, -ERESTARTSYS);
	struct sim_regs cpu;

	assert_int_equal(run_to(w.caller.m, at).eip, at);
	cpu = kernel_regs(w.caller.m);
	assert_int_equal(cpu.eax, file_at(&w, file));
	assert_int_equal(cpu.edx, (uint32_t)until);
	assert_int_equal(cpu.ecx, (uint32_t)(until >> 32));
	expect_events();
	event[file % DRAWN].count = below(2) ? draw_count() : draw_near(MOST);
	if (event[file % DRAWN].count > MOST)
		event[file % DRAWN].count = MOST;
	if (below(2))
		timer[file % DRAWN].due = below(2) ? now - 1 : 0;
	put_events();
	catch_call(&w, "file_sleep", (uint32_t)answer);
	return answer == -ERESTARTSYS ? answer : 0;
}

static int32_t gives(const struct guest_span *s, uint64_t count, uint64_t *told)
{
	*told = count;
	return is_there(s->at, 8) ? 8 : -EFAULT;
}

static int32_t model_event_read(unsigned i, const struct guest_span *s, uint64_t *told)
{
	struct guest_event *e = &event[i];
	uint64_t count;

	if (s->left < 8)
		return -EINVAL;
	while (!e->count) {
		int32_t error = w.file[i].flags & NONBLOCK ? -EAGAIN : sleeps(i, -1);

		if (error)
			return error;
	}
	count = e->semaphore ? 1 : e->count;
	e->count -= count;
	is_changed(file_at(&w, i));
	return gives(s, count, told);
}

static int32_t model_event_write(unsigned i, const struct guest_span *s, uint64_t more)
{
	struct guest_event *e = &event[i];

	if (s->left < 8)
		return -EINVAL;
	if (!is_there(s->at, 8))
		return -EFAULT;
	if (more > MOST)
		return -EINVAL;
	while (MOST - e->count < more) {
		int32_t error = w.file[i].flags & NONBLOCK ? -EAGAIN : sleeps(i, -1);

		if (error)
			return error;
	}
	e->count += more;
	is_changed(file_at(&w, i));
	return 8;
}

static void an_event_is_read_when_it_counts(void **state)
{
	open_events(*state);
	draw_from(701);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		struct guest_span s = draw_span();
		unsigned i = below(DRAWN);
		uint64_t told = 0, is;
		int32_t expected;

		draw_events();
		put_events();
		put_span(&s);
		function_begin(&w.caller, "event_read", file_at(&w, i), here + SPAN_AT);
		expected = model_event_read(i, &s, &told);
		assert_int_equal((int32_t)function_end(&w.caller), expected);
		expect_events();
		if (expected == 8) {
			get_words(&w, s.at, &is, sizeof(is));
			assert_true(is == told);
		}
	}
	close_file_world(&w);
}

static void an_event_is_written_when_there_is_room(void **state)
{
	open_events(*state);
	draw_from(702);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		struct guest_span s = draw_span();
		unsigned i = below(DRAWN);
		uint64_t more;
		int32_t expected;

		draw_events();
		more = below(2) ? draw_near(MOST - event[i].count) :
		       below(8) ? draw_count() :
				  (uint64_t)-1;
		if (is_there(s.at, 8))
			put_words(&w, s.at, &more, sizeof(more));
		put_events();
		put_span(&s);
		function_begin(&w.caller, "event_write", file_at(&w, i), here + SPAN_AT);
		expected = model_event_write(i, &s, more);
		assert_int_equal((int32_t)function_end(&w.caller), expected);
		expect_events();
	}
	close_file_world(&w);
}

/* ---- timers ---- */

static bool is_due(const struct guest_timer *t)
{
	return t->due && t->due <= now;
}

/* How often it was due; from then on the next time. */
static uint64_t counts(struct guest_timer *t)
{
	uint64_t times = 1;

	t->told = 0;
	if (t->interval) {
		times += (now - t->due) / t->interval;
		t->due += times * t->interval;
	} else {
		t->due = 0;
	}
	return times;
}

static int32_t model_timer_read(unsigned i, const struct guest_span *s, uint64_t *told)
{
	struct guest_timer *t = &timer[i];

	if (s->left < 8)
		return -EINVAL;
	for (;;) {
		int32_t error;

		catch_call(&w, "clock_ns", now);
		if (is_due(t))
			break;
		error = w.file[DRAWN + i].flags & NONBLOCK ?
				-EAGAIN :
				sleeps(DRAWN + i, t->due ? t->due : (uint64_t)-1);
		if (error)
			return error;
	}
	catch_call(&w, "clock_ns", now);
	return gives(s, counts(t), told);
}

static void a_timer_is_read_when_it_is_due(void **state)
{
	open_events(*state);
	draw_from(703);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		struct guest_span s = draw_span();
		unsigned i = below(DRAWN);
		uint64_t told = 0, is;
		int32_t expected;

		draw_events();
		put_events();
		put_span(&s);
		function_begin(&w.caller, "timer_read", file_at(&w, DRAWN + i), here + SPAN_AT);
		expected = model_timer_read(i, &s, &told);
		assert_int_equal((int32_t)function_end(&w.caller), expected);
		expect_events();
		if (expected == 8) {
			get_words(&w, s.at, &is, sizeof(is));
			assert_true(is == told);
		}
	}
	close_file_world(&w);
}

static void poll_and_release_are_of_their_own_kind(void **state)
{
	open_events(*state);
	draw_from(704);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		unsigned i = below(DRAWN);

		draw_events();
		put_events();
		assert_int_equal(
			call_function(&w.caller, "event_poll", file_at(&w, i), any(), any()),
			(event[i].count ? POLLIN : 0) | (event[i].count < MOST ? POLLOUT : 0));
		function_begin(&w.caller, "timer_poll", file_at(&w, DRAWN + i), any());
		catch_call(&w, "clock_ns", now);
		assert_int_equal(function_end(&w.caller), is_due(&timer[i]) ? POLLIN : 0);
		expect_events();
		call_function(&w.caller, "event_release", file_at(&w, i), any(), any());
		call_function(&w.caller, "timer_release", file_at(&w, DRAWN + i), any(), any());
		event[i].used = timer[i].used = 0;
		used_timers--;
		expect_events();
	}
	close_file_world(&w);
}

/* None is set, or none is there: so it is not looked for one. */
static void draw_few(void)
{
	if (below(4))
		return;
	for (unsigned i = 0; i < EVENTS; i++)
		timer[i].used = i == EVENTS - 1 && below(2);
	used_timers = timer[EVENTS - 1].used;
}

static void the_clock_tells_those_that_are_due(void **state)
{
	open_events(*state);
	draw_from(705);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		uint64_t until, is;

		draw_events();
		draw_few();
		put_events();
		until = below(2) ? draw_near(now + 2) : (uint64_t)-1;
		function_begin_with(
			&w.caller, "timer_due",
			(uint32_t[]){ (uint32_t)until, (uint32_t)(until >> 32), any() });
		catch_call(&w, "clock_ns", now);
		for (unsigned i = 0; i < EVENTS; i++)
			if (timer[i].used && timer[i].due > now && timer[i].due < until)
				until = timer[i].due;
		is = function_end(&w.caller);
		is |= (uint64_t)kernel_regs(w.caller.m).edx << 32;
		assert_true(is == until);
		function_begin(&w.caller, "timers_tell", any(), any());
		catch_call(&w, "clock_ns", now);
		for (unsigned i = 0; i < EVENTS; i++)
			if (timer[i].used && !timer[i].told && is_due(&timer[i])) {
				is_changed(timer[i].file);
				timer[i].told = 1;
			}
		function_end(&w.caller);
		expect_events();
	}
	close_file_world(&w);
}

/* ---- setting ---- */

struct setting {
	uint64_t interval, left;
};

/* The two times of a struct itimerspec, which get_user_time reads, and put_user_time writes. */
static int32_t gets_times(uint32_t at, unsigned words, struct setting *s)
{
	static const char name[] = "get_user_time";
	int32_t error[2];
	uint64_t time[2];

	for (unsigned k = 0; k < 2; k++) {
		struct sim_regs cpu;

		time[k] = ONE_OF(0, 1, SECOND, any()) * (uint64_t)ONE_OF(1, 1, SECOND);
		error[k] = (int32_t)ONE_OF(0, 0, 0, 0, 0, 0, -EFAULT, -EINVAL);
		run_to(w.caller.m, symbol(w.caller.m, name));
		cpu = kernel_regs(w.caller.m);
		assert_int_equal(cpu.eax, at + 4 * words * k);
		assert_int_equal(cpu.edx, words);
		put_words(&w, cpu.ecx, &time[k], sizeof(time[k]));
		catch_call(&w, name, (uint32_t)error[k]);
	}
	*s = (struct setting){ time[0], time[1] };
	return error[0] == -EFAULT || error[1] == -EFAULT ? -EFAULT :
	       error[0]                                   ? error[0] :
							    error[1];
}

static int32_t puts_times(uint32_t at, unsigned words, const struct setting *s)
{
	for (unsigned k = 0; k < 2; k++) {
		int32_t answer = below(8) ? 0 : -EFAULT;
		struct sim_regs cpu = catch_call(&w, "put_user_time", (uint32_t)answer);
		uint64_t ns = k ? s->left : s->interval;

		assert_int_equal(cpu.eax, at + 4 * words * k);
		assert_int_equal(cpu.edx, words);
		assert_int_equal(word_at(&w, cpu.esp + 4), (uint32_t)ns);
		assert_int_equal(word_at(&w, cpu.esp + 8), (uint32_t)(ns >> 32));
		if (answer)
			return answer;
	}
	return 0;
}

static struct setting tells(const struct guest_timer *t)
{
	struct guest_timer next = *t;

	catch_call(&w, "clock_ns", now);
	if (is_due(&next))
		counts(&next);
	return (struct setting){ t->interval, next.due ? next.due - now : 0 };
}

static int32_t model_timer(uint32_t fd, unsigned *i)
{
	unsigned file = file_of_fd(&w, fd);

	if (file == WORLD_FILES)
		return -EBADF;
	*i = file - DRAWN;
	return w.file[file].ops == timer_ops ? 0 : -EINVAL;
}

static int32_t model_set(uint32_t fd, uint32_t flags, uint32_t at, uint32_t old, unsigned words)
{
	struct setting next, before;
	struct guest_timer *t;
	unsigned i;
	int32_t error = gets_times(at, words, &next);

	if (!error && flags & ~3u)
		error = -EINVAL;
	if (!error)
		error = model_timer(fd, &i);
	if (error)
		return error;
	t = &timer[i];
	before = tells(t);
	if (next.left && !(flags & 1)) {
		catch_call(&w, "clock_ns", now);
		next.left += now;
	} else if (next.left) { /* of a clock that began before: if it has been, at once */
		next.left = next.left > t->base ? next.left - t->base : 1;
	}
	t->interval = next.interval;
	t->due = next.left;
	t->told = 0;
	is_changed(t->file);
	return old ? puts_times(old, words, &before) : 0;
}

static uint32_t draw_timer_fd(void)
{
	uint32_t fd = draw_fd(&w);

	for (unsigned k = 0; k < 8; k++) {
		unsigned file = file_of_fd(&w, fd);

		if (file != WORLD_FILES && w.file[file].ops == timer_ops)
			break;
		fd = draw_fd(&w);
	}
	return fd;
}

static void a_setting_is_set_and_told(void **state)
{
	open_events(*state);
	draw_from(706);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		uint32_t fd, at = any(), old = below(2) ? any() : 0,
			     flags = ONE_OF(0, 0, 1, 2, 3, 4, any());
		bool wide = below(2), set = below(2);
		unsigned i, words = wide ? 4 : 2;
		int32_t expected;

		draw_events();
		put_events();
		fd = draw_timer_fd();
		if (set) {
			function_begin_on_stack(
				&w.caller, wide ? "sys_timerfd_settime64" : "sys_timerfd_settime",
				(uint32_t[]){ fd, flags, at, old }, 4);
			expected = model_set(fd, flags, at, old, words);
		} else {
			function_begin_on_stack(
				&w.caller, wide ? "sys_timerfd_gettime64" : "sys_timerfd_gettime",
				(uint32_t[]){ fd, at }, 2);
			expected = model_timer(fd, &i);
			if (!expected) {
				struct setting is = tells(&timer[i]);

				expected = puts_times(at, words, &is);
			}
		}
		assert_int_equal((int32_t)function_end_on_stack(&w.caller, set ? 4 : 2), expected);
		expect_events();
	}
	close_file_world(&w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(an_event_is_read_when_it_counts),
		ON_KERNELS(an_event_is_written_when_there_is_room),
		ON_KERNELS(a_timer_is_read_when_it_is_due),
		ON_KERNELS(poll_and_release_are_of_their_own_kind),
		ON_KERNELS(the_clock_tells_those_that_are_due),
		ON_KERNELS(a_setting_is_set_and_told),
	};

	return run_on_kernels("event", tests, sizeof(tests) / sizeof(tests[0]));
}
