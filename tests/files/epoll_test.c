/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * epoll_test.c: epoll_ctl, epoll_create and what becomes of sets when a file changes, is closed or asked, called by themselves with
 * files, sets and watches that are drawn at random; all words of all of them afterwards. Expectations: epoll(7), epoll_ctl(2),
 * epoll_create(2). How many sets and watches there can be, and which is taken, is the guest's own. Every kernel of 2005.
 */
#include "tests/files/epoll_world.h"

#include <string.h>

#include "asm/host.h"

enum { CALLS = 1200, CLOEXEC = 02000000, WATCHED_SETS = 5 };
enum { EVENT = SYSEMU_CODE_BASE + 0x800, PAGE_END = SYSEMU_CODE_BASE + SIM_PAGE };

static struct epoll_world w;

static void draw_and_put(void)
{
	draw_epoll(&w);
	w.files.caller.cpu.ebp = any();
	put_epoll(&w);
}

/* ---- epoll_ctl ---- */

struct control {
	uint32_t epfd, op, fd, at;
	uint32_t event[3];
	bool there;
};

enum { ADD = 1, DEL, MOD };

static struct control draw_control(void)
{
	struct control c = { .epfd = draw_fd(&w.files), .fd = draw_fd(&w.files) };
	unsigned k = below(POOL_WATCHES), tries = 0;

	c.op = ONE_OF(ADD, ADD, DEL, MOD, MOD, 0, 4, -1u, 256 + ADD, any());
	for (unsigned i = 0; i < 16 && file_of_fd(&w.files, c.epfd) >= WORLD_SETS; i++)
		c.epfd = draw_fd(&w.files);
	if (below(2)) /* one that is watched */
		while (tries++ < 4 * POOL_WATCHES && !w.watch[k].set)
			k = (k + 1) % POOL_WATCHES;
	if (!below(4)) /* a set into another */
		for (unsigned i = 0; i < 40 && file_of_fd(&w.files, c.fd) >= WORLD_SETS; i++)
			c.fd = draw_fd(&w.files);
	else if (w.watch[k].set) {
		uint32_t fd = w.watch[k].fd;

		c.fd = w.watch[k].fd;
		for (fd = 0; fd < DESCRIPTORS && c.op != ADD; fd++)
			if (w.files.table.fd[fd] == w.set[(w.watch[k].set - w.sets) / 16].file)
				c.epfd = fd;
		if (!below(4)) /* by another number of that file */
			for (fd = 0; fd < DESCRIPTORS; fd++)
				if (w.files.table.fd[fd] == w.watch[k].file)
					c.fd = fd;
	}
	c.there = below(6);
	c.at = c.there ? ONE_OF(EVENT, EVENT + below(64), PAGE_END - 12) :
			 ONE_OF(0, PAGE_END - 11 + below(11), PAGE_END, 0xc0000000u - 4, -1u);
	c.event[0] = draw_polled() | (any() & (EPOLLET | EPOLLONESHOT));
	c.event[1] = any();
	c.event[2] = any();
	if (!below(8))
		c.event[0] = 1u << below(32);
	return c;
}

/* Two chains of sets, the second of which is to be put into the last of the first: five are not too many, six are. */
static void draw_two_chains(struct control *c)
{
	unsigned n = 3 + below(5), first = below(n - 1), watch = 0;

	for (unsigned f = 0; f < WORLD_FILES; f++)
		w.of_file[f].n = 0;
	for (unsigned s = 0; s < POOL_SETS; s++)
		w.of_set[s].n = w.queue[s].n = 0;
	for (unsigned i = 0; i < POOL_WATCHES; i++)
		w.watch[i].set = 0;
	for (unsigned f = 0; f < n; f++)
		if (!is_set(&w, f))
			return;
	for (unsigned f = 0; f + 1 < n; f++)
		if (f != first) {
			w.watch[watch].events = w.watch[watch].data[0] = w.watch[watch].data[1] =
				POLLIN;
			link_watch(&w, watch++, set_of(&w, f), f + 1, below(8));
		}
	w.files.table.fd[8] = file_at(&w.files, first);
	w.files.table.fd[9] = file_at(&w.files, first + 1);
	w.files.table.end = DESCRIPTORS;
	c->epfd = 8;
	c->fd = 9;
	if (!below(4)) { /* a ring, mostly */
		c->epfd = 9;
		c->fd = 8;
	}
	c->op = ADD;
}

static unsigned find_watch(unsigned set, unsigned file, uint32_t fd)
{
	for (unsigned k = 0; k < w.of_set[set].n; k++) {
		unsigned i = w.of_set[set].at[k];

		if (w.watch[i].file == file_at(&w.files, file) && w.watch[i].fd == fd)
			return i;
	}
	return POOL_WATCHES;
}

static void set_events(unsigned i, const struct control *c)
{
	unsigned file = file_index(&w.files, w.watch[i].file);

	w.watch[i].events = c->event[0] | POLLERR | POLLHUP;
	w.watch[i].data[0] = c->event[1];
	w.watch[i].data[1] = c->event[2];
	if (model_poll(&w, file) & w.watch[i].events)
		model_tell(&w, i);
}

static int32_t model_add(unsigned epoll, unsigned file, const struct control *c)
{
	unsigned i = 0;

	if (is_set(&w, file) && (model_contains(&w, file, epoll) ||
				 model_above(&w, epoll) + model_below(&w, file) + 2 > WATCHED_SETS))
		return -ELOOP;
	while (i < POOL_WATCHES && w.watch[i].set)
		i++;
	if (i == POOL_WATCHES)
		return -ENOMEM;
	link_watch(&w, i, set_of(&w, epoll), file, c->fd);
	set_events(i, c);
	return 0;
}

/* Regular files and their kin are always ready, EPERM; the host knows whether it is a terminal. The streams may be anything. */
static bool cannot_be_watched(unsigned file)
{
	int32_t handle = (int32_t)w.files.file[file].handle;

	if (!is_host_file(&w, file) || handle <= 2)
		return false;
	return model_ask(&w, HOST_TERMINAL, file, ONE_OF(1, 1, 1, 0, 2, 3, -38u, 0x101)) != 1;
}

/* For a moment, as what answered is kept no longer than its call. */
static int32_t model_control(const struct control *c)
{
	unsigned epoll = file_of_fd(&w.files, c->epfd), file = file_of_fd(&w.files, c->fd), i;

	if (c->op != DEL && !c->there)
		return -EFAULT;
	if (epoll == WORLD_FILES || file == WORLD_FILES)
		return -EBADF;
	if (cannot_be_watched(file))
		return -EPERM;
	if (epoll == file || !is_set(&w, epoll))
		return -EINVAL;
	i = find_watch(set_of(&w, epoll), file, c->fd);
	if (c->op == ADD)
		return i < POOL_WATCHES ? -EEXIST : model_add(epoll, file, c);
	if (c->op != DEL && c->op != MOD)
		return -EINVAL;
	if (i == POOL_WATCHES)
		return -ENOENT;
	if (c->op == MOD)
		set_events(i, c);
	else
		model_remove(&w, i);
	return 0;
}

static void control(unsigned number)
{
	struct control c;
	int32_t expected, result;

	draw_and_put();
	c = draw_control();
	if (!below(8))
		draw_two_chains(&c);
	put_epoll(&w);
	if (c.there)
		put_words(&w.files, c.at, c.event, sizeof(c.event));
	function_begin_on_stack(&w.files.caller, "sys_epoll_ctl",
				(uint32_t[]){ c.epfd, c.op, c.fd, c.at }, 4);
	expected = model_control(&c);
	result = (int32_t)function_end_on_stack(&w.files.caller, 4);
	if (result != expected)
		fail_msg("%u: epoll_ctl(%d, %d, %d, 0x%x) is %d, not %d", number, c.epfd, c.op,
			 c.fd, c.at, result, expected);
	expect_epoll(&w);
}

static void each_epoll_ctl_does_what_the_model_says(void **state)
{
	open_epoll_world(&w, *state);
	draw_from(41);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", 2 * CALLS); i < n; i++)
		control(i);
	close_file_world(&w.files);
}

/* ---- sets in sets ---- */

/* A chain of sets, each in the one before it, with branches that are shorter; the file behind the last one is another's. */
static unsigned draw_chain(void)
{
	unsigned watch = 0, length = below(12);

	draw_epoll(&w);
	for (unsigned f = 0; f < WORLD_FILES; f++) {
		w.files.file[f] = (struct guest_file){ .users = 1,
						       .ops = w.set_ops,
						       .object = set_at(&w, f) };
		w.set[f] = (struct guest_set){ 1, file_at(&w.files, f), 0, 0 };
		w.of_file[f].n = 0;
	}
	for (unsigned s = 0; s < POOL_SETS; s++)
		w.of_set[s].n = w.queue[s].n = 0;
	for (unsigned i = 0; i < POOL_WATCHES; i++)
		w.watch[i].set = 0;
	for (unsigned k = 0; k < length; k++) {
		for (unsigned more = below(3); more;
		     more--) /* into one further on, or further up */
			link_watch(&w, watch++, below(k + 1), k + 1 + below(length - k), 0);
		link_watch(&w, watch++, k, k + 1, 0);
		for (unsigned more = below(2); more; more--)
			link_watch(&w, watch++, below(k + 1), k + 1 + below(length - k), 0);
	}
	put_epoll(&w);
	return length;
}

/* More of them than epoll_ctl lets there be. */
static void height_is_how_many_sets_a_file_is_in(void **state)
{
	open_epoll_world(&w, *state);
	draw_from(42);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", CALLS / 3); i < n; i++) {
		unsigned file = draw_chain();

		file = below(3) ? file : below(file + 1);
		w.files.caller.cpu.ebp = any();
		assert_int_equal(call_function(&w.files.caller, "height.isra.0",
					       word_at(&w.files, file_at(&w.files, file) + 32), 0,
					       0),
				 model_above(&w, file));
	}
	close_file_world(&w.files);
}

/* It says no more than that it is too deep, or in itself. */
static void depth_is_how_many_sets_are_in_each_other(void **state)
{
	open_epoll_world(&w, *state);
	draw_from(47);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", CALLS / 3); i < n; i++) {
		unsigned last = draw_chain(), file = below(last + 1), ring = below(WORLD_FILES - 1);
		uint32_t most = below(3) ? WATCHED_SETS : below(WATCHED_SETS), is;
		unsigned deep;

		for (unsigned k = below(3); k; k--)
			link_watch(&w, POOL_WATCHES - 1 - k, file, WORLD_FILES - 1, k);
		w.files.file[WORLD_FILES - 1].ops = w.files.own;
		if (below(4))
			ring = file > 0 ? below(file) : WORLD_FILES - 2;
		put_epoll(&w);
		w.files.caller.cpu.ebp = any();
		is = call_function(&w.files.caller, "depth", file_at(&w.files, file),
				   file_at(&w.files, ring), most);
		deep = 1 + model_below(&w, file);
		if (file == ring || model_contains(&w, file, ring) || deep > most)
			assert_true(is > WATCHED_SETS && is < 4 * WATCHED_SETS);
		else
			assert_int_equal(is, deep);
	}
	assert_int_equal(call_function(&w.files.caller, "depth", file_at(&w.files, WORLD_FILES - 1),
				       0, WATCHED_SETS),
			 0);
	close_file_world(&w.files);
}

/* ---- what changes ---- */

/* A file that is there, and mostly one that is watched. */
static unsigned draw_file(unsigned from, unsigned to)
{
	unsigned file = from + below(to - from);

	for (unsigned i = 0; i < 40; i++) {
		if (w.files.file[file].users && (w.of_file[file].n || i > 20))
			break;
		file = from + below(to - from);
	}
	return file;
}

static void a_change_is_told_to_all_sets_that_hear_of_it(void **state)
{
	open_epoll_world(&w, *state);
	draw_from(43);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		unsigned file;

		draw_and_put();
		file = draw_file(0, WORLD_FILES);
		if (below(2)) {
			call_function(&w.files.caller, "watches_tell",
				      word_at(&w.files, file_at(&w.files, file) + 32), any(), 0);
			model_changed(&w, file);
		} else {
			call_function(&w.files.caller, "watches_of_input", any(), any(), 0);
			for (unsigned k = 0; k < POOL_WATCHES; k++)
				if (w.watch[k].set &&
				    is_host_file(&w, file_index(&w.files, w.watch[k].file)))
					model_tell(&w, k);
		}
		expect_epoll(&w);
	}
	close_file_world(&w.files);
}

static void a_set_can_be_read_if_anything_in_it_holds(void **state)
{
	open_epoll_world(&w, *state);
	draw_from(44);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		unsigned file;
		uint32_t holds;

		draw_and_put();
		file = draw_file(0, WORLD_SETS);
		if (!is_set(&w, file))
			continue;
		function_begin(&w.files.caller, "file_poll", file_at(&w.files, file), any());
		holds = model_poll(&w, file);
		assert_int_equal(function_end(&w.files.caller), holds);
		expect_epoll(&w);
	}
	close_file_world(&w.files);
}

static void a_file_that_is_closed_leaves_its_sets(void **state)
{
	open_epoll_world(&w, *state);
	draw_from(45);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		unsigned file;

		draw_epoll(&w);
		file = draw_file(0, HOST_FILES);
		for (uint32_t fd = 0; fd < DESCRIPTORS; fd++) /* they are others' now */
			if (file_of_fd(&w.files, fd) == file)
				w.files.table.fd[fd] = 0;
		w.files.file[file].users = w.files.file[file].users ? 1 : 0;
		put_epoll(&w);
		if (!w.files.file[file].users)
			continue;
		call_function(&w.files.caller, "file_put", file_at(&w.files, file), any(), 0);
		model_release_file(&w, file);
		expect_epoll(&w);
	}
	close_file_world(&w.files);
}

/* ---- epoll_create ---- */

static int32_t model_create(bool valid, bool cloexec)
{
	unsigned set = 0, file = 0, fd = 0;

	if (!valid)
		return -EINVAL;
	while (set < POOL_SETS && w.set[set].used)
		set++;
	while (file < WORLD_FILES && w.files.file[file].users)
		file++;
	if (set == POOL_SETS || file == WORLD_FILES)
		return -ENFILE;
	while (fd < DESCRIPTORS && w.files.table.fd[fd])
		fd++;
	w.set[set] = (struct guest_set){ 1, file_at(&w.files, file), 0, 0 };
	w.of_set[set].n = w.queue[set].n = 0;
	if (fd == DESCRIPTORS) {
		w.set[set].used = 0;
		return -EMFILE;
	}
	w.files.file[file] = (struct guest_file){ .users = 1,
						  .ops = w.set_ops,
						  .handle = EPOLL_FILES + set,
						  .flags = 2, /* O_RDWR */
						  .object = set_at(&w, set) };
	w.files.table.fd[fd] = file_at(&w.files, file);
	if (cloexec)
		w.files.table.cloexec[fd / 32] |= 1u << fd % 32;
	if (w.files.table.end <= fd)
		w.files.table.end = fd + 1;
	return (int32_t)fd;
}

/* Those behind the world's are all open, or the table is full. */
static void draw_shortage(void)
{
	const struct guest_file used = { .users = 1, .ops = w.files.own };

	for (unsigned i = WORLD_FILES; i < 1024; i++)
		put_words(&w.files, file_at(&w.files, i), &used, sizeof(used));
}

static void draw_full_table(void)
{
	unsigned file = WORLD_SETS;

	while (file < WORLD_FILES && !w.files.file[file].users)
		file++;
	for (uint32_t fd = 0; fd < DESCRIPTORS && file < WORLD_FILES; fd++)
		if (!w.files.table.fd[fd] && (fd < DESCRIPTORS - 1 || below(2))) {
			w.files.table.fd[fd] = file_at(&w.files, file);
			w.files.file[file].users++;
			w.files.table.end = fd + 1;
		}
}

static void a_new_set_is_empty_and_has_the_lowest_number(void **state)
{
	open_epoll_world(&w, *state);
	draw_shortage();
	draw_from(46);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		uint32_t size = ONE_OF(0, 1, -1u, 2, 0x80000000u, 0x7fffffff, any());
		uint32_t flags = ONE_OF(0, CLOEXEC, CLOEXEC, CLOEXEC | 1u << below(32),
					1u << below(32), 04000, -1u);
		int32_t expected;

		draw_epoll(&w);
		if (!below(4))
			draw_full_table();
		put_epoll(&w);
		if (below(2)) {
			expected = model_create((int32_t)size > 0, false);
			assert_int_equal((int32_t)call_on_stack(&w.files.caller, "sys_epoll_create",
								size, any()),
					 expected);
		} else {
			expected = model_create(!(flags & ~(uint32_t)CLOEXEC), flags & CLOEXEC);
			assert_int_equal((int32_t)call_on_stack(&w.files.caller,
								"sys_epoll_create1", flags, any()),
					 expected);
		}
		expect_epoll(&w);
	}
	close_file_world(&w.files);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_epoll_ctl_does_what_the_model_says),
		ON_KERNELS(height_is_how_many_sets_a_file_is_in),
		ON_KERNELS(depth_is_how_many_sets_are_in_each_other),
		ON_KERNELS(a_change_is_told_to_all_sets_that_hear_of_it),
		ON_KERNELS(a_set_can_be_read_if_anything_in_it_holds),
		ON_KERNELS(a_file_that_is_closed_leaves_its_sets),
		ON_KERNELS(a_new_set_is_empty_and_has_the_lowest_number),
	};

	return run_on_kernels("epoll", tests, sizeof(tests) / sizeof(tests[0]));
}
