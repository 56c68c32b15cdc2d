/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket_test.c: an end of a pair of sockets as a file: read, written, polled, closed and asked, each by one function of the guest
 * with ends that are drawn at random. Expectations: unix(7), recv(2), send(2), poll(2). Every kernel of 2005.
 */
#include "tests/files/socket_world.h"

enum { CALLS = 400 };

static unsigned begin_test(const char *kernel, uint64_t seed)
{
	open_ends(kernel, seed);
	return (unsigned)number_from("SYSEMU_CALLS", CALLS);
}

static void an_end_is_read_and_written(void **state)
{
	for (unsigned n = 2 * begin_test(*state, 101); n; n--) {
		uint32_t span[5] = { any(), any(), any(), any(), below(4) ? any() : 0 };
		unsigned i = below(DRAWN_ENDS), writes = below(2);
		bool now;
		int32_t expected = 0;

		draw_ends();
		put_ends();
		now = socket_world.files.file[i].flags & NONBLOCK;
		put_words(&socket_world.files, file_memory(&socket_world.files), span,
			  sizeof(span));
		function_begin(&socket_world.files.caller, writes ? "end_write" : "end_read",
			       file_at(&socket_world.files, i), file_memory(&socket_world.files));
		if (!writes)
			expected = model_receive(i, span, now);
		else if (span[4])
			expected = model_send(i, span, now, false);
		assert_int_equal((int32_t)function_end(&socket_world.files.caller), expected);
		expect_ends();
	}
	close_file_world(&socket_world.files);
}

static void an_end_is_polled_and_closed(void **state)
{
	for (unsigned n = 2 * begin_test(*state, 102); n; n--) {
		unsigned i = below(DRAWN_ENDS);

		draw_ends();
		put_ends();
		if (below(2)) {
			assert_int_equal(call_function(&socket_world.files.caller, "end_poll",
						       file_at(&socket_world.files, i), any(),
						       any()),
					 model_polled(i));
		} else {
			function_begin(&socket_world.files.caller, "end_release",
				       file_at(&socket_world.files, i), any());
			model_end_release(i);
			function_end(&socket_world.files.caller);
		}
		expect_ends();
	}
	close_file_world(&socket_world.files);
}

static void an_end_tells_how_much_can_be_read(void **state)
{
	for (unsigned n = begin_test(*state, 103); n; n--) {
		uint32_t request = below(3) ? FIONREAD : FIONREAD ^ 1u << below(32), bytes = any();
		bool there = below(3);
		uint32_t at = there ? ONE_OF(BUFFER, PAGE_END - 4) :
				      ONE_OF(0, PAGE_END - 3, PAGE_END, 0xc0000000u - 2);
		int32_t expected = request != FIONREAD ? -EINVAL : there ? 0 : -EFAULT;
		unsigned i = below(DRAWN_ENDS);

		draw_ends();
		put_ends();
		function_begin_with(&socket_world.files.caller, "end_ioctl",
				    (uint32_t[]){ file_at(&socket_world.files, i), request, at });
		if (request == FIONREAD) {
			struct sim_regs called =
				catch_call(&socket_world.files, "pipe_bytes", bytes);

			assert_int_equal(called.eax, socket_world.end[i].in);
			assert_int_equal(called.edx != 0, socket_world.end[i].type == DGRAM);
		}
		assert_int_equal((int32_t)function_end(&socket_world.files.caller), expected);
		if (!expected)
			assert_int_equal(word_at(&socket_world.files, at), bytes);
		expect_ends();
	}
	close_file_world(&socket_world.files);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(an_end_is_read_and_written),
		ON_KERNELS(an_end_is_polled_and_closed),
		ON_KERNELS(an_end_tells_how_much_can_be_read),
	};

	return run_on_kernels("socket", tests, sizeof(tests) / sizeof(tests[0]));
}
