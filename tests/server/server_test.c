/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server_test.c: the UML-like tracer: dispatch, streams, and what a snapshot keeps.
 * Numbers and layouts are i386 Linux', written out from its manual and not from the
 * server. Read next: server_memory_test.c, server_info_test.c, server_files_test.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/serving.h"

enum {
	NR_read = 3,
	NR_write = 4,
	NR_open = 5,
	NR_close = 6,
	NR_lseek = 19,
	NR_getpid = 20,
	NR_ioctl = 54,
	NR_uname = 122,
	NR_writev = 146,
	NR_nanosleep = 162,
	NR_rt_sigaction = 174,
	NR_rt_sigprocmask = 175,
	NR_getcwd = 183,
	NR_fstat64 = 197,
	NR_fcntl64 = 221,
	NR_clock_gettime = 265,
	NR_getrandom = 355,
	NR_rseq = 386,
};

/* ---- dispatch ---- */

static void calls_have_names_also_above_the_table_of_2005(void **state)
{
	(void)state;
	assert_string_equal(sysemu_call_name(4), "write");
	assert_string_equal(sysemu_call_name(383), "statx");
	assert_string_equal(sysemu_call_name(2), "fork");
	assert_null(sysemu_call_name(-1));
	assert_null(sysemu_call_name(285));
	assert_null(sysemu_call_name(511));
	assert_null(sysemu_call_name(512));
	assert_null(sysemu_call_name(INT32_MAX));
}

static void a_call_that_is_not_served_is_enosys_and_said_once(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_served served;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(call(m, 500), -ENOSYS);
		assert_int_equal(call(m, 2), -ENOSYS);
		assert_int_equal(call(m, -7), -ENOSYS);
		assert_int_equal(call(m, INT32_MIN), -ENOSYS);
		assert_int_equal(call(m, NR_rseq), -ENOSYS); /* refused, but known */
	}
	assert_string_equal(
		w.notes,
		"call 500 (unknown) answered -ENOSYS\n"
		"call 2 (fork) answered -ENOSYS: here is one process; sysemu exec has more\n"
		"call -7 (unknown) answered -ENOSYS\n");
	serve_call(m, NR_getpid, (struct args){ { 0 } }, &served);
	assert_string_equal(served.name, "getpid");
	assert_false(served.ended);
	sysemu_close(m);
}

static void serving_needs_a_stopped_program_and_one_host(void **state)
{
	static const uint8_t jump_to_itself[] = { 0xeb, 0xfe };
	const sysemu_host host = { 0 }, nowhere = { .root = "/no/such/directory" };
	sysemu_machine *m = open_kernel("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);

	(void)state;
	assert_int_equal(sysemu_serve(NULL, 20, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_set_host(NULL, &host), SYSEMU_EINVAL);
	assert_int_equal(sysemu_set_host(m, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_serve(m, 20, NULL), SYSEMU_ESTATE);
	assert_int_equal(sysemu_set_host(m, &host), SYSEMU_ESTATE);
	OK(m, sysemu_load_code(m, jump_to_itself, sizeof(jump_to_itself)));
	assert_int_equal(sysemu_set_host(m, &nowhere), SYSEMU_EHOST);
	assert_string_equal(sysemu_errmsg(m), "the root /no/such/directory cannot be opened: "
					      "No such file or directory");
	assert_int_equal(sysemu_serve(m, 20, NULL), SYSEMU_ESTATE);
	run(m);
	OK(m, sysemu_set_host(m, &host));
	assert_int_equal(sysemu_set_host(m, &host), SYSEMU_ESTATE);
	OK(m, sysemu_serve(m, 20, NULL));
	sysemu_close(m);
}

static void a_program_without_a_host_reads_nothing_and_its_output_is_dropped(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_program("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED,
					 TEST_PROGRAMS "/calls");
	uint32_t esp = run(m).esp;

	(void)state;
	assert_int_equal(call(m, NR_read, 0, esp, 4), 0);
	assert_int_equal(call(m, NR_write, 1, esp, 4), 4);
	assert_int_equal(call(m, NR_open, esp), -ENOENT);
	assert_int_equal(call(m, NR_ioctl, 0, 0x5401, esp), -ENOTTY);
	assert_int_equal(sysemu_set_host(m, &(sysemu_host){ .user = &w }), SYSEMU_ESTATE);
	sysemu_close(m);
}

/* ---- streams ---- */

static void write_and_writev_give_their_bytes_to_the_host(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	const uint32_t iov[] = { DATA, 2, UNMAPPED, 0, DATA + 2, 3 };

	(void)state;
	put_text(m, DATA, "hello");
	assert_int_equal(call(m, NR_write, 1, DATA, 5), 5);
	OK(m, sysemu_write(m, DATA + 0x100, iov, sizeof(iov)));
	assert_int_equal(call(m, NR_writev, 2, DATA + 0x100, 3), 5);
	assert_string_equal(w.output[1], "hello");
	assert_string_equal(w.output[2], "hello");
	assert_int_equal(call(m, NR_write, 0, DATA, 5), -EBADF);
	assert_int_equal(call(m, NR_write, 3, DATA, 5), -EBADF);
	assert_int_equal(call(m, NR_write, -1, DATA, 5), -EBADF);
	assert_int_equal(call(m, NR_writev, 1, DATA + 0x100, 1025), -EINVAL);
	assert_int_equal(call(m, NR_writev, 1, UNMAPPED, 1), -EFAULT);
	w.refuse = -EPIPE;
	assert_int_equal(call(m, NR_write, 1, DATA, 5), -EPIPE);
	w.refuse = INT32_MIN; /* nonsense from the callback */
	assert_int_equal(call(m, NR_write, 1, DATA, 5), -EIO);
	w.refuse = 6;
	assert_int_equal(call(m, NR_write, 1, DATA, 5), -EIO);
	assert_int_equal(call(m, NR_close, 1), 0);
	assert_int_equal(call(m, NR_write, 1, DATA, 5), -EBADF);
	sysemu_close(m);
}

static void a_length_of_4_gib_ends_at_the_first_bad_page(void **state)
{
	struct world w = { .input = "" };
	sysemu_machine *m = open_serving(&w, NULL, false);
	const uint32_t iov[] = { DATA, 0x7fffffff, DATA, 1 };

	(void)state;
	assert_int_equal(call(m, NR_write, 1, DATA, 0xffffffff), 17 * 4096);
	assert_int_equal(w.written[1], 17 * 4096);
	OK(m, sysemu_write(m, DATA, iov, sizeof(iov)));
	assert_int_equal(call(m, NR_writev, 1, DATA, 2), -EINVAL);
	assert_int_equal(call(m, NR_writev, 1, DATA, 1), 17 * 4096);
	sysemu_close(m);
}

static void bad_pointers_are_efault_and_page_protection_is_honoured(void **state)
{
	static const uint32_t bad[] = { 0,          READ_ONLY,  NO_ACCESS,  UNMAPPED,  0xb8000000,
					0xc0100000, 0xffffe000, 0xffffffff, 0xbfffffff };
	struct world w = { .input = "input" };
	sysemu_machine *m = open_serving(&w, NULL, false);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]) - 1; i++) {
		assert_int_equal(call(m, NR_read, 0, bad[i], 1), -EFAULT);
		assert_int_equal(call(m, NR_uname, bad[i]), -EFAULT);
		assert_int_equal(call(m, NR_getcwd, bad[i], 100), -EFAULT);
		assert_int_equal(call(m, NR_clock_gettime, 0, bad[i]), -EFAULT);
		assert_int_equal(call(m, NR_fstat64, 0, bad[i]), -EFAULT);
		assert_int_equal(call(m, NR_getrandom, bad[i], 8), -EFAULT);
		if (bad[i] != READ_ONLY) {
			assert_int_equal(call(m, NR_write, 1, bad[i], 1), -EFAULT);
			assert_int_equal(call(m, NR_open, bad[i]), -EFAULT);
		}
	}
	assert_int_equal(w.reads, 0); /* nothing of the input got lost */
	/* The struct's first byte may be written, and the rest not. */
	assert_int_equal(call(m, NR_uname, READ_ONLY - 1), -EFAULT);
	assert_int_equal(call(m, NR_uname, bad[8]), -EFAULT);
	assert_int_equal(call(m, NR_read, 0, READ_ONLY - 2, 5), 2);
	assert_int_equal(call(m, NR_read, 0, DATA, 5), 3);
	sysemu_close(m);
}

static void a_stream_is_a_pipe_or_a_terminal(void **state)
{
	struct world w = { 0 };

	(void)state;
	for (int terminal = 0; terminal < 2; terminal++) {
		sysemu_machine *m = open_serving(&w, NULL, terminal);

		assert_int_equal(call(m, NR_fstat64, 1, DATA), 0);
		assert_int_equal(get_word(m, DATA + 16), terminal ? 0020620 : 0010600);
		assert_int_equal(call(m, NR_ioctl, 1, 0x5401, DATA), terminal ? 0 : -ENOTTY);
		assert_int_equal(call(m, NR_ioctl, 1, 0x5413, DATA), -ENOTTY);
		assert_int_equal(call(m, NR_ioctl, 9, 0x5401, DATA), -EBADF);
		assert_int_equal(call(m, NR_lseek, 1, 0, 0), -ESPIPE);
		assert_int_equal(call(m, NR_fcntl64, 1, 3), 1);
		assert_int_equal(call(m, NR_fcntl64, 1, 2, 1), 0);
		assert_int_equal(call(m, NR_fcntl64, 1, 1), 1);
		sysemu_close(m);
	}
}

/* ---- input and snapshots ---- */

static void a_restored_program_reads_the_same_input_again(void **state)
{
	struct world w = { .input = "abcdefgh", .most = 3 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_snapshot *start, *middle;

	(void)state;
	OK(m, sysemu_save(m, &start));
	assert_int_equal(call(m, NR_read, 0, DATA, 100), 3);
	OK(m, sysemu_save(m, &middle));
	assert_int_equal(call(m, NR_read, 0, DATA + 3, 2), 2);
	assert_int_equal(call(m, NR_read, 0, DATA + 5, 100), 3);
	assert_int_equal(call(m, NR_read, 0, DATA + 8, 100), 0);
	assert_int_equal(w.reads, 4);
	for (int round = 0; round < 2; round++) {
		OK(m, sysemu_restore(m, start));
		put_text(m, DATA, "--------");
		assert_int_equal(call(m, NR_read, 0, DATA, 100), 3);
		assert_int_equal(call(m, NR_read, 0, DATA + 3, 1), 1);
		assert_int_equal(call(m, NR_read, 0, DATA + 4, 100), 1); /* as the host cut it */
		assert_int_equal(call(m, NR_read, 0, DATA + 5, 100), 3);
		assert_int_equal(call(m, NR_read, 0, DATA + 8, 100), 0);
		assert_int_equal(get_word(m, DATA), 0x64636261);
		assert_int_equal(get_word(m, DATA + 4), 0x68676665);
	}
	OK(m, sysemu_restore(m, middle));
	assert_int_equal(call(m, NR_read, 0, DATA, 1), 1);
	assert_int_equal(get_word(m, DATA) & 0xff, 'd');
	assert_int_equal(w.reads, 4);
	sysemu_snapshot_free(start);
	sysemu_snapshot_free(middle);
	sysemu_close(m);
}

static void another_machine_goes_on_with_a_snapshot_s_input_and_then_its_own(void **state)
{
	struct world w = { .input = "abcdef", .most = 2 }, other = { .input = "XY" };
	sysemu_machine *m = open_serving(&w, NULL, false), *n = open_serving(&other, NULL, false);
	sysemu_snapshot *snapshot;

	(void)state;
	assert_int_equal(call(m, NR_read, 0, DATA, 1), 1);
	OK(m, sysemu_save(m, &snapshot));
	assert_int_equal(call(m, NR_read, 0, DATA, 2), 2);
	OK(n, sysemu_restore(n, snapshot));
	assert_int_equal(call(n, NR_read, 0, DATA, 4), 2);
	assert_int_equal(get_word(n, DATA) & 0xffff, 'X' | 'Y' << 8);
	sysemu_close(m);
	assert_int_equal(call(n, NR_read, 0, DATA, 4), 0);
	OK(n, sysemu_restore(n, snapshot));
	assert_int_equal(call(n, NR_read, 0, DATA, 4), 2);
	sysemu_snapshot_free(snapshot);
	sysemu_close(n);
}

static void the_digest_tells_states_of_the_server_apart(void **state)
{
	static const struct {
		int32_t nr;
		struct args args;
	} changes[] = {
		{ NR_read, { { 0, DATA, 0, 0, 0, 0 } } }, /* nothing: the digest before */
		{ NR_rt_sigprocmask, { { 0, DATA, 0, 8, 0, 0 } } },
		{ NR_rt_sigaction, { { 10, DATA, 0, 8, 0, 0 } } },
		{ NR_close, { { 2, 0, 0, 0, 0, 0 } } },
		{ NR_nanosleep, { { DATA + 0x80, 0, 0, 0, 0, 0 } } },
		{ NR_fcntl64, { { 1, 2, 1, 0, 0, 0 } } },
	};
	struct world w = { .input = "" };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_digest digest[6], again;
	sysemu_snapshot *snapshot;

	(void)state;
	put_text(m, DATA, "some bytes for a mask and for an action");
	OK(m, sysemu_write(m, DATA + 0x80, (uint32_t[]){ 5, 5 }, 8));
	OK(m, sysemu_save(m, &snapshot));
	for (int i = 0; i < 6; i++) {
		OK(m, sysemu_restore(m, snapshot));
		assert_int_equal(serve_call(m, changes[i].nr, changes[i].args, NULL), 0);
		OK(m, sysemu_set_regs(m, &(sysemu_regs){ .ds = 0x7b,
							 .es = 0x7b,
							 .cs = 0x73,
							 .ss = 0x7b,
							 .eip = SYSEMU_CODE_BASE }));
		OK(m, sysemu_get_digest(m, &digest[i]));
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(&digest[i], &digest[j], sizeof(digest[0]));
	}
	OK(m, sysemu_restore(m, snapshot));
	call(m, NR_read, 0, DATA, 0);
	OK(m, sysemu_set_regs(m, &(sysemu_regs){ .ds = 0x7b,
						 .es = 0x7b,
						 .cs = 0x73,
						 .ss = 0x7b,
						 .eip = SYSEMU_CODE_BASE }));
	OK(m, sysemu_get_digest(m, &again));
	assert_memory_equal(&again, &digest[0], sizeof(again));
	sysemu_snapshot_free(snapshot);
	sysemu_close(m);
}

/* ---- whatever the program asks ---- */

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)random_state * limit >> 32);
}

static uint32_t random_argument(void)
{
	static const uint32_t values[] = {
		0,          1,        2,          3,          4,          8,          12,
		4096,       0x22,     0x32,       DATA,       DATA + 64,  DATA + 128, READ_ONLY,
		NO_ACCESS,  UNMAPPED, 0x7fffffff, 0x80000000, 0xffffffff, 0xbffff000, 0xb8000000,
		0xc0000000, 101,      0xffffff9c, 0x1000
	};

	if (random_below(8) == 0)
		return random_below(0xffffffff);
	if (random_below(4) == 0)
		return DATA + random_below(0x10000);
	return values[random_below(sizeof(values) / sizeof(values[0]))];
}

/* Nothing to see but that the machine stays whole: run it under ASan. */
static void any_call_with_any_arguments_leaves_the_machine_whole(void **state)
{
	struct world w = { .input = "some input for whoever reads it", .most = 5 };
	sysemu_machine *m = open_serving(&w, "/", false);
	sysemu_snapshot *snapshot;
	sysemu_served served;

	(void)state;
	put_text(m, DATA, "/etc/passwd");
	put_text(m, DATA + 64, ".");
	put_text(m, DATA + 128, "../usr");
	OK(m, sysemu_save(m, &snapshot));
	random_state = 1;
	for (int round = 0; round < 60000; round++) {
		int32_t nr = (int32_t)random_below(450) - 2;
		struct args args;

		if (round % 50 == 0)
			OK(m, sysemu_restore(m, snapshot));
		for (int i = 0; i < 6; i++)
			args.reg[i] = random_argument();
		serve_call(m, nr, args, &served);
		assert_int_equal(served.status != 0 && !served.ended, 0);
	}
	OK(m, sysemu_restore(m, snapshot));
	assert_int_equal(call(m, NR_write, 1, DATA, 4), 4);
	sysemu_snapshot_free(snapshot);
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_have_names_also_above_the_table_of_2005),
		cmocka_unit_test(a_call_that_is_not_served_is_enosys_and_said_once),
		cmocka_unit_test(serving_needs_a_stopped_program_and_one_host),
		cmocka_unit_test(a_program_without_a_host_reads_nothing_and_its_output_is_dropped),
		cmocka_unit_test(write_and_writev_give_their_bytes_to_the_host),
		cmocka_unit_test(a_length_of_4_gib_ends_at_the_first_bad_page),
		cmocka_unit_test(bad_pointers_are_efault_and_page_protection_is_honoured),
		cmocka_unit_test(a_stream_is_a_pipe_or_a_terminal),
		cmocka_unit_test(a_restored_program_reads_the_same_input_again),
		cmocka_unit_test(another_machine_goes_on_with_a_snapshot_s_input_and_then_its_own),
		cmocka_unit_test(the_digest_tells_states_of_the_server_apart),
		cmocka_unit_test(any_call_with_any_arguments_leaves_the_machine_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
