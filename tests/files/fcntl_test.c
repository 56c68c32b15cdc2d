/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fcntl_test.c: close, close_range, dup, dup2, dup3 and fcntl, called by themselves with files and tables that are drawn at random;
 * all words of all of them afterwards. Expectations: their manual pages (section 2). A process has 256 numbers, which is the guest's
 * own. Every kernel of 2005.
 */
#include "tests/files/descriptors.h"

#include <string.h>

#include "asm/host.h"

enum { CALLS = 700, NSIG = 64, NR_FCNTL64 = 221 };
enum { UNSHARE = 2, RANGE_CLOEXEC = 4 }; /* close_range's */
enum { BUFFER = SYSEMU_CODE_BASE + 0x800, PAGE_END = SYSEMU_CODE_BASE + SIM_PAGE };

/* What F_SETFL can change: O_APPEND, O_NONBLOCK, O_ASYNC, O_DIRECT, O_NOATIME. */
#define CHANGEABLE (02000u | 04000u | 020000u | 040000u | 01000000u)

enum { DUPFD = 0, GETFD, SETFD, GETFL, SETFL, SETOWN = 8, GETOWN, SETSIG, GETSIG };
enum { SETOWN_EX = 15, GETOWN_EX = 16, DUPFD_CLOEXEC = 1030 };
enum { OF_THREAD, OF_PROCESS, OF_GROUP };

static struct descriptors w;

static unsigned begin_test(const char *kernel, uint64_t seed)
{
	open_descriptors(&w, kernel);
	draw_from(seed);
	return (unsigned)number_from("SYSEMU_CALLS", CALLS);
}

/* Sometimes full, or all but. */
static void draw_and_put(void)
{
	draw_descriptors(&w);
	if (!below(4)) {
		unsigned file = draw_open_file(&w);
		uint32_t hole = ONE_OF(DESCRIPTORS, DESCRIPTORS - 1, below(DESCRIPTORS));

		for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
			if (!w.files.table.fd[fd] && fd != hole) {
				model_open(&w, &w.files.table, fd, file, below(2));
				w.files.file[file].users++;
			}
	}
	put_descriptors(&w);
}

static bool is_open(uint32_t fd)
{
	return file_of_fd(&w.files, fd) != WORLD_FILES;
}

static int32_t end_of_call(unsigned words)
{
	return (int32_t)function_end_on_stack(&w.files.caller, words);
}

/* ---- close ---- */

static void close_closes_one_number(void **state)
{
	for (unsigned n = begin_test(*state, 91); n; n--) {
		int32_t expected = -EBADF;
		uint32_t fd;

		draw_and_put();
		fd = draw_fd(&w.files);
		function_begin_on_stack(&w.files.caller, "sys_close", &fd, 1);
		if (is_open(fd)) {
			model_close(&w, &w.files.table, fd);
			expected = 0;
		}
		assert_int_equal(end_of_call(1), expected);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

/* Closed, or marked, in the table that it has then. */
static void model_range(struct guest_table *t, uint32_t first, uint32_t last, bool mark)
{
	for (uint32_t fd = first; fd < DESCRIPTORS && fd <= last; fd++) {
		if (!t->fd[fd])
			continue;
		if (mark)
			model_set_cloexec(t, fd, true);
		else
			model_close(&w, t, fd);
	}
}

static void close_range_closes_or_marks_all_between(void **state)
{
	for (unsigned n = begin_test(*state, 92); n; n--) {
		uint32_t at = task_word_at(&w.files, offsetof(struct task_struct, files));
		uint32_t range[3] = { draw_fd(&w.files), draw_fd(&w.files),
				      ONE_OF(0, 0, UNSHARE, RANGE_CLOEXEC, UNSHARE | RANGE_CLOEXEC,
					     1u << below(32), any()) };
		unsigned table = MY_TABLE;
		int32_t expected = 0;

		draw_and_put();
		if (below(2))
			range[1] = range[0] + ONE_OF(0, 1, -1u, below(32));
		if (!below(4))
			range[0] = 0;
		if (!below(4))
			range[1] = ONE_OF(w.files.table.end, w.files.table.end - 1, -1u);
		function_begin_on_stack(&w.files.caller, "sys_close_range", range, 3);
		if (range[0] > range[1] || (range[2] & ~(uint32_t)(UNSHARE | RANGE_CLOEXEC)))
			expected = -EINVAL;
		else if ((range[2] & UNSHARE) && w.files.table.users > 1 &&
			 (table = model_copy(&w)) == TABLES)
			expected = -ENOMEM;
		table = table == TABLES ? MY_TABLE : table;
		if (table != MY_TABLE)
			w.files.table.users--;
		if (!expected)
			model_range(table == MY_TABLE ? &w.files.table : &w.table[table], range[0],
				    range[1], range[2] & RANGE_CLOEXEC);
		assert_int_equal(end_of_call(3), expected);
		assert_int_equal(word_at(&w.files, at),
				 w.tables + table * (uint32_t)sizeof(struct guest_table));
		put_word(&w.files, at, w.files.table_at);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

/* ---- dup ---- */

static int32_t model_dup(uint32_t fd, uint32_t from, bool cloexec)
{
	unsigned file = file_of_fd(&w.files, fd);

	if (!is_open(fd))
		return -EBADF;
	if (from >= DESCRIPTORS)
		return -EINVAL;
	w.files.file[file].users++;
	return model_install(&w, file, from, cloexec);
}

static void dup_gives_the_lowest_number(void **state)
{
	for (unsigned n = begin_test(*state, 93); n; n--) {
		int32_t expected;
		uint32_t fd;

		draw_and_put();
		fd = draw_fd(&w.files);
		function_begin_on_stack(&w.files.caller, "sys_dup", &fd, 1);
		expected = model_dup(fd, 0, false);
		assert_int_equal(end_of_call(1), expected);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

static int32_t model_replace(uint32_t fd, uint32_t other, bool cloexec)
{
	unsigned file = file_of_fd(&w.files, fd);

	if (!is_open(fd) || other >= DESCRIPTORS)
		return -EBADF;
	w.files.file[file].users++;
	if (is_open(other))
		model_close(&w, &w.files.table, other);
	model_open(&w, &w.files.table, other, file, cloexec);
	return (int32_t)other;
}

static void dup2_and_dup3_take_the_place_of_another(void **state)
{
	for (unsigned n = begin_test(*state, 94); n; n--) {
		uint32_t words[3], third = below(2);
		int32_t expected;

		draw_and_put();
		words[0] = draw_fd(&w.files);
		words[1] = below(8) ? draw_fd(&w.files) : words[0];
		words[2] = ONE_OF(0, CLOEXEC, CLOEXEC, 1u << below(32), CLOEXEC | 1u << below(32));
		function_begin_on_stack(&w.files.caller, third ? "sys_dup3" : "sys_dup2", words,
					2 + third);
		if (third && ((words[2] & ~(uint32_t)CLOEXEC) || words[0] == words[1]))
			expected = -EINVAL;
		else if (words[0] == words[1])
			expected = is_open(words[0]) ? (int32_t)words[0] : -EBADF;
		else
			expected = model_replace(words[0], words[1], third && words[2]);
		assert_int_equal(end_of_call(2 + third), expected);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

/* ---- fcntl ---- */

struct control {
	uint32_t fd, command, arg, owner[2];
	bool there;
};

static struct control draw_control(void)
{
	struct control c = { .fd = draw_fd(&w.files),
			     .command = ONE_OF(DUPFD, GETFD, SETFD, GETFL, SETFL, SETOWN, GETOWN,
					       SETSIG, GETSIG, SETOWN_EX, GETOWN_EX, DUPFD_CLOEXEC,
					       below(20), DUPFD_CLOEXEC + below(3) - 1, any()),
			     .arg = below(2) ? any() : 1u << below(32),
			     .owner = { ONE_OF(OF_THREAD, OF_PROCESS, OF_GROUP, OF_GROUP,
					       OF_GROUP + 1, any()),
					any() } };

	if (c.command == DUPFD || c.command == DUPFD_CLOEXEC)
		c.arg = below(3) ? ONE_OF(0, 3, below(DESCRIPTORS), DESCRIPTORS - 1, DESCRIPTORS,
					  DESCRIPTORS + 1) :
				   c.arg;
	if (c.command == SETSIG)
		c.arg = ONE_OF(NSIG, NSIG + 1, 0, below(NSIG), any());
	if (c.command == SETOWN_EX || c.command == GETOWN_EX) {
		c.there = below(4);
		c.arg = c.there ? ONE_OF(BUFFER, PAGE_END - 8) :
				  ONE_OF(0, PAGE_END - 7 + below(7), 0xc0000000u - 4, -1u);
	}
	return c;
}

static int32_t ask_host_for(const struct control *c, const struct guest_file *f, uint32_t answer)
{
	const uint32_t args[] = { f->handle, c->command, c->arg };

	expect_asked(&w.files, NR_FCNTL64, args, 3, answer);
	return (int32_t)answer;
}

/* A group's number is negative in the word that F_GETOWN tells. */
static int32_t set_owner(struct guest_file *f, const struct control *c)
{
	if (!c->there)
		return -EFAULT;
	if (c->owner[0] > OF_GROUP)
		return -EINVAL;
	f->owner = c->owner[0] == OF_GROUP ? 0 - c->owner[1] : c->owner[1];
	return 0;
}

static int32_t model_control(const struct control *c)
{
	struct guest_file *f;

	if (!is_open(c->fd))
		return -EBADF;
	f = &w.files.file[file_of_fd(&w.files, c->fd)];
	switch (c->command) {
	case DUPFD:
	case DUPFD_CLOEXEC: return model_dup(c->fd, c->arg, c->command == DUPFD_CLOEXEC);
	case GETFD: return model_is_cloexec(&w.files.table, c->fd);
	case SETFD: model_set_cloexec(&w.files.table, c->fd, c->arg & 1); return 0;
	case GETFL: return (int32_t)f->flags;
	case SETFL:
		f->flags = (f->flags & ~CHANGEABLE) | (c->arg & CHANGEABLE);
		if (!f->ops)
			ask_host_for(c, f, any());
		return 0;
	case SETOWN: f->owner = c->arg; return 0;
	case GETOWN: return (int32_t)f->owner;
	case SETSIG:
		if (c->arg > NSIG)
			return -EINVAL;
		f->signal = c->arg;
		return 0;
	case GETSIG: return (int32_t)f->signal;
	case SETOWN_EX: return set_owner(f, c);
	case GETOWN_EX: return c->there ? 0 : -EFAULT;
	default: return f->ops ? -EINVAL : ask_host_for(c, f, any());
	}
}

/* The kind and the number; the number of a thread is told as a process's, which has it, too. */
static void expect_owner(const struct control *c)
{
	uint32_t owner = w.files.file[file_of_fd(&w.files, c->fd)].owner;
	bool group = (int32_t)owner < 0;

	assert_int_equal(word_at(&w.files, c->arg), group ? OF_GROUP : OF_PROCESS);
	assert_int_equal(word_at(&w.files, c->arg + 4), group ? 0 - owner : owner);
}

static void fcntl_does_what_its_page_says(void **state)
{
	for (unsigned n = 3 * begin_test(*state, 95); n; n--) {
		struct control c;
		int32_t expected, result;

		draw_and_put();
		c = draw_control();
		if (c.there)
			put_words(&w.files, c.arg, c.owner, sizeof(c.owner));
		function_begin_on_stack(&w.files.caller, "sys_fcntl64",
					(uint32_t[]){ c.fd, c.command, c.arg }, 3);
		expected = model_control(&c);
		result = end_of_call(3);
		if (result != expected)
			fail_msg("%u: fcntl(%d, %u, 0x%x) is %d, not %d", n, c.fd, c.command, c.arg,
				 result, expected);
		if (c.command == GETOWN_EX && !result)
			expect_owner(&c);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(close_closes_one_number),
		ON_KERNELS(close_range_closes_or_marks_all_between),
		ON_KERNELS(dup_gives_the_lowest_number),
		ON_KERNELS(dup2_and_dup3_take_the_place_of_another),
		ON_KERNELS(fcntl_does_what_its_page_says),
	};

	return run_on_kernels("fcntl", tests, sizeof(tests) / sizeof(tests[0]));
}
