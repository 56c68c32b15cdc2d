/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * files_test.c: open files and tables of descriptors as the rest of the guest asks for them, each function by itself, with files and
 * tables that are drawn at random; all words of all of them afterwards. Expectations: close(2), fork(2), execve(2), and
 * asm/file/private.h's promises. Every kernel of 2005.
 */
#include "tests/files/descriptors.h"

#include <string.h>

#include "asm/host.h"

enum { CALLS = 500, SLEEPERS = 28 };

static struct descriptors w;

static unsigned begin_test(const char *kernel, uint64_t seed)
{
	open_descriptors(&w, kernel);
	draw_from(seed);
	return (unsigned)number_from("SYSEMU_CALLS", CALLS);
}

static void draw_and_put(void)
{
	draw_descriptors(&w);
	put_descriptors(&w);
}

/* ---- open files ---- */

static void a_new_file_is_the_first_that_is_free(void **state)
{
	for (unsigned n = begin_test(*state, 71); n; n--) {
		const uint32_t ops = any(), handle = any(), object = any();
		uint32_t flags = below(2) ? any() : 1u << below(32);
		unsigned file;

		draw_descriptors(&w);
		if (!below(3))
			for (unsigned i = 0; i < WORLD_FILES; i++)
				w.files.file[i].users |= !w.files.file[i].users;
		put_descriptors(&w);
		file = free_file(&w);
		assert_int_equal(call_function_with(&w.files.caller, "file_new",
						    (uint32_t[]){ ops, handle, flags, object }, 4),
				 new_file_at(&w, file));
		if (file != LAST_FILE)
			*(file == WORLD_FILES ? &w.last : &w.files.file[file]) =
				(struct guest_file){ .users = 1,
						     .ops = ops,
						     .handle = handle,
						     .flags = flags & ~(uint32_t)CLOEXEC,
						     .object = object };
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

static void the_last_user_closes_a_file(void **state)
{
	for (unsigned n = begin_test(*state, 72); n; n--) {
		uint32_t fd;

		draw_and_put();
		fd = draw_fd(&w.files);
		if (below(2) || file_of_fd(&w.files, fd) == WORLD_FILES) {
			unsigned file = draw_open_file(&w);

			function_begin(&w.files.caller, "file_put", file_at(&w.files, file), any());
			model_put(&w, file);
		} else {
			function_begin(&w.files.caller, "fd_close", fd, any());
			model_close(&w, &w.files.table, fd);
		}
		function_end(&w.files.caller);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

static void a_poll_asks_who_knows(void **state)
{
	for (unsigned n = begin_test(*state, 73); n; n--) {
		const struct guest_file *f;
		uint32_t expected = POLLIN | POLLOUT;
		unsigned file;

		draw_and_put();
		file = draw_open_file(&w);
		f = &w.files.file[file];
		function_begin(&w.files.caller, "file_poll", file_at(&w.files, file), any());
		if (!f->ops) {
			expected = draw_polled();
			expect_asked(&w.files, HOST_READY, &f->handle, 1, expected);
		} else if (f->ops != w.files.own_mute) {
			expected = f->object;
		}
		assert_int_equal(function_end(&w.files.caller), expected);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

/* ---- sleep, and who is woken ---- */

/* Others come and go meanwhile. */
static void sleeps(const char *name, const uint32_t args[3], uint32_t count_at, uint32_t channel,
		   const uint32_t until[2])
{
	const uint32_t before = word_at(&w.files, count_at), meanwhile = any(), answer = any();
	struct sim_regs called;

	function_begin_with(&w.files.caller, name, args);
	called = catch_call(&w.files, "sleep_on", answer);
	assert_int_equal(called.eax, channel);
	assert_int_equal(called.edx, until[0]);
	assert_int_equal(called.ecx, until[1]);
	assert_int_equal(word_at(&w.files, count_at), before + 1);
	put_word(&w.files, count_at, meanwhile);
	assert_int_equal(function_end(&w.files.caller), answer);
	assert_int_equal(word_at(&w.files, count_at), meanwhile - 1);
	put_word(&w.files, count_at, before);
}

static void who_sleeps_is_counted_for_as_long(void **state)
{
	for (unsigned n = begin_test(*state, 74); n; n--) {
		const uint32_t until[2] = { any(), any() };
		uint32_t pollers = symbol(w.files.caller.m, "pollers"), at;

		draw_and_put();
		at = file_at(&w.files, draw_open_file(&w));
		if (below(2)) {
			sleeps("file_sleep", (uint32_t[]){ at, until[0], until[1] }, at + SLEEPERS,
			       at, until);
		} else {
			put_word(&w.files, pollers, any());
			sleeps("poll_sleep", (uint32_t[]){ until[0], until[1], any() }, pollers,
			       symbol(w.files.caller.m, "poll_channel"), until);
		}
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

static void expect_told(const struct guest_file *f, uint32_t at, uint32_t pollers)
{
	if (f->sleepers)
		assert_int_equal(catch_call(&w.files, "wake_up", any()).eax, at);
	if (pollers)
		assert_int_equal(catch_call(&w.files, "wake_up", any()).eax,
				 symbol(w.files.caller.m, "poll_channel"));
	assert_int_equal(catch_call(&w.files, "watches_tell", any()).eax, f->watches);
}

static void a_change_wakes_who_sleeps_and_who_polls(void **state)
{
	for (unsigned n = begin_test(*state, 75); n; n--) {
		uint32_t pollers = below(2) ? 0 : 1u << below(32), object;
		unsigned file, one = below(3);

		draw_descriptors(&w);
		file = below(WORLD_FILES);
		object = w.files.file[file].object ^ 0x40000000;
		for (unsigned i = 0; i < WORLD_FILES; i++)
			w.files.file[i].object = below(3) ? object ^ 1u << below(32) : object;
		w.last.object = below(2) ? object : any();
		put_descriptors(&w);
		put_word(&w.files, symbol(w.files.caller.m, "pollers"), pollers);
		if (!one) {
			function_begin(&w.files.caller, "file_changed", file_at(&w.files, file),
				       any());
			expect_told(&w.files.file[file], file_at(&w.files, file), pollers);
		} else {
			function_begin(&w.files.caller, "files_changed", object, any());
			for (unsigned i = 0; i < WORLD_FILES; i++)
				if (w.files.file[i].users && w.files.file[i].object == object)
					expect_told(&w.files.file[i], file_at(&w.files, i),
						    pollers);
			if (w.last.users && w.last.object == object)
				expect_told(&w.last, file_at(&w.files, LAST_FILE), pollers);
		}
		function_end(&w.files.caller);
		call_function(&w.files.caller, "file_changed", 0, any(), any());
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

/* ---- numbers ---- */

/* All but some of the last, or none at all, is open. */
static void fill_table(void)
{
	unsigned file = draw_open_file(&w);
	uint32_t hole = ONE_OF(DESCRIPTORS, DESCRIPTORS - 1, DESCRIPTORS - 2, below(DESCRIPTORS));

	for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
		if (!w.files.table.fd[fd] && fd != hole) {
			model_open(&w, &w.files.table, fd, file, below(2));
			w.files.file[file].users++;
		}
}

static void a_file_gets_the_lowest_number(void **state)
{
	for (unsigned n = begin_test(*state, 76); n; n--) {
		uint32_t from = ONE_OF(0, 0, DESCRIPTORS, DESCRIPTORS - 1, DESCRIPTORS + 1,
				       below(DESCRIPTORS)),
			 on = ONE_OF(0, 1, CLOEXEC, 1u << below(32));
		unsigned file, free = 0;
		int32_t expected;

		draw_descriptors(&w);
		if (below(2))
			fill_table();
		put_descriptors(&w);
		for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
			free += !w.files.table.fd[fd];
		assert_int_equal(call_function(&w.files.caller, "fd_is_left", any(), any(), any()),
				 free != 0);
		file = draw_open_file(&w);
		function_begin_with(&w.files.caller, "fd_install",
				    (uint32_t[]){ file_at(&w.files, file), from, on });
		expected = model_install(&w, file, from, on);
		assert_int_equal((int32_t)function_end(&w.files.caller), expected);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

static void a_number_means_a_file_or_none(void **state)
{
	for (unsigned n = begin_test(*state, 77); n; n--) {
		uint32_t fd, on = ONE_OF(0, 0, 1, 1u << below(32));

		draw_and_put();
		fd = draw_fd(&w.files);
		assert_int_equal(call_function(&w.files.caller, "file_of", fd, any(), any()),
				 fd < DESCRIPTORS ? w.files.table.fd[fd] : 0);
		if (file_of_fd(&w.files, fd) == WORLD_FILES)
			continue;
		assert_int_equal(call_function(&w.files.caller, "fd_set_cloexec", fd, on, any()),
				 0);
		model_set_cloexec(&w.files.table, fd, on);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

/* ---- tables ---- */

static uint32_t table_at(unsigned i)
{
	return i == TABLES ? 0 : w.tables + i * (uint32_t)sizeof(struct guest_table);
}

static void a_child_has_the_same_numbers(void **state)
{
	for (unsigned n = begin_test(*state, 78); n; n--) {
		unsigned to;

		draw_and_put();
		to = model_copy(&w);
		assert_int_equal(call_function(&w.files.caller, "files_copy", w.files.table_at,
					       any(), any()),
				 table_at(to));
		expect_descriptors(&w);
		assert_int_equal(call_function(&w.files.caller, "files_share", w.files.table_at,
					       any(), any()),
				 w.files.table_at);
		w.files.table.users++;
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

static void the_last_user_of_a_table_closes_all(void **state)
{
	for (unsigned n = begin_test(*state, 79); n; n--) {
		draw_and_put();
		call_function(&w.files.caller, "files_put", 0, any(), any());
		expect_descriptors(&w);
		function_begin(&w.files.caller, "files_put", w.files.table_at, any());
		if (!--w.files.table.users)
			for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
				if (w.files.table.fd[fd])
					model_close(&w, &w.files.table, fd);
		function_end(&w.files.caller);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

static void execve_has_a_table_of_its_own_and_closes(void **state)
{
	for (unsigned n = begin_test(*state, 80); n; n--) {
		uint32_t task = task_word_at(&w.files, 0);
		uint32_t at = task_word_at(&w.files, offsetof(struct task_struct, files));
		unsigned to = MY_TABLE;

		draw_and_put();
		if (below(2)) {
			if (w.files.table.users > 1 && (to = model_copy(&w)) < TABLES)
				w.files.table.users--;
			assert_int_equal((int32_t)call_function(&w.files.caller, "files_unshare",
								task, any(), any()),
					 to < TABLES ? 0 : -ENOMEM);
			to = to < TABLES ? to : MY_TABLE;
			assert_int_equal(word_at(&w.files, at), table_at(to));
			put_word(&w.files, at, w.files.table_at);
		} else {
			function_begin(&w.files.caller, "files_close_on_exec", task, any());
			for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
				if (w.files.table.fd[fd] && model_is_cloexec(&w.files.table, fd))
					model_close(&w, &w.files.table, fd);
			function_end(&w.files.caller);
		}
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

static void the_first_table_has_the_hosts_streams(void **state)
{
	for (unsigned n = begin_test(*state, 81) / 2; n; n--) {
		unsigned t = 0;

		draw_descriptors(&w);
		for (unsigned i = below(6); i < WORLD_FILES; i += 4)
			memset(&w.files.file[i], 0, sizeof(w.files.file[i]));
		memset(&w.files.table, 0, sizeof(w.files.table));
		w.files.table.users = 1;
		w.table[TABLES - 1].users = 0;
		put_descriptors(&w);
		while (t == MY_TABLE || w.table[t].users)
			t++;
		assert_int_equal(call_function(&w.files.caller, "files_init", any(), any(), any()),
				 table_at(t));
		w.table[t].users = 1;
		for (uint32_t fd = 0; fd < 3; fd++) {
			unsigned file = free_file(&w);

			if (file >= WORLD_FILES) /* only the boot asks, and finds room */
				fail_msg("drawn too full");
			w.files.file[file] =
				(struct guest_file){ .users = 1, .handle = fd, .flags = 2 };
			model_open(&w, &w.table[t], fd, file, false);
		}
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_new_file_is_the_first_that_is_free),
		ON_KERNELS(the_last_user_closes_a_file),
		ON_KERNELS(a_poll_asks_who_knows),
		ON_KERNELS(who_sleeps_is_counted_for_as_long),
		ON_KERNELS(a_change_wakes_who_sleeps_and_who_polls),
		ON_KERNELS(a_file_gets_the_lowest_number),
		ON_KERNELS(a_number_means_a_file_or_none),
		ON_KERNELS(a_child_has_the_same_numbers),
		ON_KERNELS(the_last_user_of_a_table_closes_all),
		ON_KERNELS(execve_has_a_table_of_its_own_and_closes),
		ON_KERNELS(the_first_table_has_the_hosts_streams),
	};

	return run_on_kernels("files", tests, sizeof(tests) / sizeof(tests[0]));
}
