/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * epoll_wait_test.c: epoll_wait and epoll_pwait among files and sets that are drawn at random, and go on changing while they sleep: what
 * is told, in which order, what of it stays to be told again, how long they sleep. Expectations: epoll_wait(2), epoll(7),
 * signal(7), which says that a signal always ends them. Every kernel of 2005.
 */
#include "tests/files/epoll_world.h"

#include <string.h>

enum { CALLS = 1200, MOST_EVENTS = 0x7fffffff / 12, SET_SIZE = 8 };
enum { PAGE_END = SYSEMU_CODE_BASE + SIM_PAGE, LAST_PAGE = 0xbffff000 };
enum { FREE_PART = 0x800, MASK = SYSEMU_CODE_BASE + 0x700 }; /* of the program's page */

#define NEVER (~(uint64_t)0)

static struct epoll_world w;

struct wait {
	bool masked;
	uint32_t epfd, at, most, milliseconds, mask, size;
	uint32_t set[2];
	uint8_t code_page[SIM_PAGE], last_page[SIM_PAGE]; /* what user memory is to be */
};

/* ---- user memory ---- */

static uint8_t *byte_at(struct wait *c, uint32_t at)
{
	if (at >= SYSEMU_CODE_BASE && at < PAGE_END)
		return &c->code_page[at - SYSEMU_CODE_BASE];
	if (at >= LAST_PAGE && at - LAST_PAGE < SIM_PAGE)
		return &c->last_page[at - LAST_PAGE];
	return NULL;
}

static bool put_user_words(struct wait *c, uint32_t at, const uint32_t words[3])
{
	for (unsigned i = 0; i < 3; i++, at += 4) {
		if (!byte_at(c, at) || !byte_at(c, at + 3))
			return false;
		memcpy(byte_at(c, at), &words[i], 4);
	}
	return true;
}

static void put_pages(struct wait *c)
{
	get_words(&w.files, SYSEMU_CODE_BASE, c->code_page, SIM_PAGE);
	for (unsigned i = FREE_PART; i < SIM_PAGE; i++)
		c->code_page[i] = (uint8_t)any();
	memset(c->last_page, (int)any(), SIM_PAGE);
	put_words(&w.files, SYSEMU_CODE_BASE, c->code_page, SIM_PAGE);
	put_words(&w.files, LAST_PAGE, c->last_page, SIM_PAGE);
}

static void expect_pages(const struct wait *c)
{
	uint8_t now[SIM_PAGE];

	get_words(&w.files, SYSEMU_CODE_BASE, now, SIM_PAGE);
	expect_words("the page", now, c->code_page, SIM_PAGE);
	get_words(&w.files, LAST_PAGE, now, SIM_PAGE);
	expect_words("the last page", now, c->last_page, SIM_PAGE);
}

/* ---- drawing ---- */

static uint64_t draw_time(void)
{
	return (uint64_t)below(0x10000) << 32 | ONE_OF(0, any(), any(), -1u, 0xfff00000u);
}

static void draw_wait(struct wait *c)
{
	uint32_t room;

	c->masked = below(2);
	c->epfd = draw_fd(&w.files);
	for (unsigned i = 0; i < 30 && file_of_fd(&w.files, c->epfd) >= WORLD_SETS; i++)
		c->epfd = draw_fd(&w.files);
	c->most = ONE_OF(1, 1 + below(3), 1 + below(8), 20, 20, 300, 340, MOST_EVENTS,
			 MOST_EVENTS + 1, 0, -1u, 0x80000000u, 0x7fffffff);
	room = 12 * c->most;
	c->at = ONE_OF(PAGE_END - FREE_PART + below(64), PAGE_END - 12 * (1 + below(4)),
		       PAGE_END - 12 * below(3) - below(13), PAGE_END, 0xc0000000u - room,
		       0xc0000000u - room, 0xc0000001u - room, -room, 0);
	c->milliseconds = ONE_OF(0, 0, -1u, 1, 1, below(5000), 0x7fffffff, 0x80000000u, any());
	c->mask = ONE_OF(0, MASK, MASK, MASK, PAGE_END - 8, PAGE_END - 7, 0x1000);
	c->size = below(8) ? SET_SIZE : ONE_OF(0, 7, 9, 4, 128, SET_SIZE | 1u << below(32));
	c->set[0] = any();
	c->set[1] = any();
}

/* ---- the model ---- */

/* What holds of those that have changed, in turn. */
static int32_t collect(struct wait *c, unsigned set)
{
	unsigned queued = w.queue[set].n;
	uint32_t n = 0;

	for (; queued && n < c->most; queued--) {
		unsigned i = w.queue[set].at[0], file = file_index(&w.files, w.watch[i].file);
		uint32_t event[3] = { 0, w.watch[i].data[0], w.watch[i].data[1] };

		event[0] = model_poll(&w, file) & w.watch[i].events;
		if (event[0] && !put_user_words(c, c->at + 12 * n, event))
			return n ? (int32_t)n : -EFAULT;
		model_unqueue(&w, i);
		if (!event[0])
			continue;
		n++;
		if (w.watch[i].events & EPOLLONESHOT)
			w.watch[i].events &= EPOLLONESHOT | EPOLLET;
		else if (!(w.watch[i].events & EPOLLET))
			model_queue_again(&w, i);
	}
	return (int32_t)n;
}

/* Files change, who waits for others hears of it, and somebody closes the set's last number. */
static void others_do_something(unsigned epoll)
{
	for (unsigned n = below(4); n; n--) {
		unsigned file = WORLD_SETS + below(WORLD_FILES - WORLD_SETS),
			 i = below(POOL_WATCHES);

		if (w.files.file[file].ops == w.files.own)
			w.files.file[file].object = draw_polled();
		if (w.files.file[file].users && below(3))
			model_changed(&w, file);
		if (w.watch[i].set && !below(3))
			model_remove(&w, i);
	}
	if (below(12))
		return;
	for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
		if (file_of_fd(&w.files, fd) == epoll)
			w.files.table.fd[fd] = 0;
	w.files.file[epoll].users = 1;
}

/* Its end, or when a timerfd among all files is due; one of those is not later. */
static uint64_t draw_due(uint64_t until)
{
	uint64_t due = until ^ (uint64_t)1 << below(64);

	return below(2) || due > until ? until : due;
}

/* What sleep_on says. */
static int32_t sleep_in_it(unsigned epoll, uint64_t until, uint64_t *due)
{
	int32_t slept =
		(int32_t)ONE_OF(0, -(uint32_t)ETIME, -(uint32_t)ETIME, -(uint32_t)RESTARTSYS);
	struct sim_regs r;

	*due = draw_due(until);
	r = catch_call(&w.files, "timer_due", *due);
	if (r.eax != (uint32_t)until || r.edx != (uint32_t)(until >> 32))
		fail_msg("it waits until 0x%x%08x, not 0x%llx", r.edx, r.eax,
			 (unsigned long long)until);
	r = catch_call(&w.files, "file_sleep", (uint32_t)slept);
	if (r.edx != (uint32_t)*due || r.ecx != (uint32_t)(*due >> 32))
		fail_msg("it sleeps until 0x%x%08x, not 0x%llx", r.ecx, r.edx,
			 (unsigned long long)*due);
	assert_int_equal(r.eax, file_at(&w.files, epoll));
	expect_epoll(&w);
	others_do_something(epoll);
	put_epoll(&w);
	return slept;
}

static int32_t wait_for(struct wait *c, uint64_t until)
{
	unsigned epoll = file_of_fd(&w.files, c->epfd), set;
	int32_t n = 0;

	if ((int32_t)c->most <= 0 || c->most > MOST_EVENTS)
		return -EINVAL;
	if ((uint64_t)c->at + 12 * (uint64_t)c->most > TASK_SIZE)
		return -EFAULT;
	if (epoll == WORLD_FILES)
		return -EBADF;
	if (!is_set(&w, epoll))
		return -EINVAL;
	set = set_of(&w, epoll);
	w.files.file[epoll].users++;
	for (;;) {
		uint64_t due;
		int32_t slept;

		catch_call(&w.files, "timers_tell", 0);
		if (!below(4)) { /* timers are told now */
			others_do_something(epoll);
			put_epoll(&w);
		}
		n = collect(c, set);
		if (n || !until)
			break;
		slept = sleep_in_it(epoll, until, &due);
		if (slept == -RESTARTSYS)
			n = -EINTR;
		if (n)
			break;
		if (slept == -ETIME && due == until)
			until = 0; /* a last look */
	}
	if (!--w.files.file[epoll].users)
		model_release_file(&w, epoll);
	return n;
}

static uint64_t until_of(uint32_t milliseconds)
{
	uint64_t now = draw_time();

	if ((int32_t)milliseconds <= 0)
		return milliseconds ? NEVER : 0;
	catch_call(&w.files, "clock_ns", now);
	return now + (uint64_t)milliseconds * 1000000;
}

/* A mask that is saved stays so: who was caught has not brought it back. */
static void expect_mask(const struct wait *c, bool saved)
{
	uint32_t at = task_word_at(&w.files, offsetof(struct task_struct, mask_is_saved));

	if (c->masked)
		assert_int_equal(word_at(&w.files, at), saved);
	put_word(&w.files, at, 0);
}

static int32_t model_wait(struct wait *c, bool *saved)
{
	uint64_t until = until_of(c->milliseconds);
	uint32_t set[2];
	int32_t n;

	if (!c->masked || !c->mask)
		return wait_for(c, until);
	if (c->size != SET_SIZE)
		return -EINVAL;
	if (!byte_at(c, c->mask) || !byte_at(c, c->mask + SET_SIZE - 1))
		return -EFAULT;
	get_words(&w.files, catch_call(&w.files, "set_saved_sigmask", any()).eax, set, sizeof(set));
	assert_memory_equal(set, c->set, sizeof(set));
	*saved = true;
	put_word(&w.files, task_word_at(&w.files, offsetof(struct task_struct, mask_is_saved)), 1);
	n = wait_for(c, until);
	if (n != -EINTR) /* else the signal's end brings the old mask back */
		catch_call(&w.files, "restore_saved_sigmask", any());
	return n;
}

/* ---- one call ---- */

static void wait(unsigned number)
{
	static struct wait c;
	int32_t expected, result;
	bool saved = false;

	draw_epoll(&w);
	w.files.caller.cpu.ebp = any();
	put_epoll(&w);
	put_pages(&c);
	draw_wait(&c);
	if (byte_at(&c, c.mask) && byte_at(&c, c.mask + 7)) {
		memcpy(byte_at(&c, c.mask), c.set, SET_SIZE);
		put_words(&w.files, c.mask, c.set, SET_SIZE);
	}
	function_begin_on_stack(
		&w.files.caller, c.masked ? "sys_epoll_pwait" : "sys_epoll_wait",
		(uint32_t[]){ c.epfd, c.at, c.most, c.milliseconds, c.mask, c.size }, 6);
	expected = model_wait(&c, &saved);
	result = (int32_t)function_end_on_stack(&w.files.caller, 6);
	if (result != expected)
		fail_msg("%u: epoll_wait(%d, 0x%x, %d, %d) is %d, not %d", number, c.epfd, c.at,
			 c.most, c.milliseconds, result, expected);
	expect_mask(&c, saved);
	expect_epoll(&w);
	expect_pages(&c);
}

static void waits(const char *kernel, uint64_t seed)
{
	open_epoll_world(&w, kernel);
	if (page_flags(w.files.caller.m, LAST_PAGE) < 0)
		map_page(w.files.caller.m, LAST_PAGE, SIM_USER | SIM_WRITE);
	draw_from(seed);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		wait(i);
	close_file_world(&w.files);
}

static void each_wait_for_a_set_tells_what_the_model_says(void **state)
{
	waits(*state, 51);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_wait_for_a_set_tells_what_the_model_says),
	};

	return run_on_kernels("epoll_wait", tests, sizeof(tests) / sizeof(tests[0]));
}
