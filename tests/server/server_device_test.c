/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server_device_test.c: the devices that every program finds, beyond what a real kernel is
 * compared in (cli/served.sh): the terminal, where random bytes come from, and that they are state.
 */
#include <errno.h>
#include <string.h>

#include "tests/helpers/serving.h"

enum {
	NR_read = 3,
	NR_write = 4,
	NR_open = 5,
	NR_close = 6,
	NR_lseek = 19,
	NR_dup = 41,
	NR_ioctl = 54,
	NR_stat64 = 195,
	NR_fstat64 = 197,
	NR_fcntl64 = 221,
	NR_getrandom = 355,
	NR_statx = 383,

	RDONLY = 0,
	WRONLY = 1,
	RDWR = 2,
	TCGETS = 0x5401,
	CWD = -100,
	NAME = DATA + 0x1000,
};

static int32_t open_name(sysemu_machine *m, const char *name, uint32_t flags)
{
	return call(m, NR_open, put_text(m, NAME, name), flags);
}

/* tty(4): "a synonym for the controlling terminal of a process, if any", and ENXIO without. */
static void dev_tty_is_the_terminal_of_the_three_streams(void **state)
{
	struct world w = { .input = "typed" };
	sysemu_machine *m = open_serving(&w, NULL, true);
	char text[8] = "";
	int32_t fd = open_name(m, "/dev/tty", RDWR);

	(void)state;
	assert_int_equal(fd, 3);
	assert_int_equal(call(m, NR_ioctl, fd, TCGETS, DATA), 0);
	assert_int_equal(call(m, NR_lseek, fd, 0, 0), -ESPIPE);
	assert_int_equal(call(m, NR_read, fd, DATA, 3), 3);
	assert_int_equal(call(m, NR_read, 0, DATA + 3, 100), 2); /* one input, one position */
	OK(m, sysemu_read(m, DATA, text, 5));
	assert_string_equal(text, "typed");
	put_text(m, DATA, "shown");
	assert_int_equal(call(m, NR_write, fd, DATA, 5), 5);
	assert_memory_equal(w.output[1], "shown", 5);
	assert_int_equal(call(m, NR_fstat64, fd, DATA), 0);
	assert_int_equal(get_word(m, DATA + 16), 0020666);
	assert_int_equal(get_word(m, DATA + 32), 0x500); /* st_rdev: 5:0 */
	assert_int_equal(open_name(m, "/dev/tty", WRONLY), 4);
	assert_int_equal(call(m, NR_read, 4, DATA, 1), -EBADF);
	sysemu_close(m);

	m = open_serving(&w, NULL, false);
	assert_int_equal(open_name(m, "/dev/tty", RDWR), -ENXIO);
	assert_int_equal(call(m, NR_stat64, put_text(m, NAME, "/dev/tty"), DATA), 0);
	sysemu_close(m);
}

static void dev_urandom_goes_on_in_the_stream_of_getrandom(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_snapshot *start;
	uint8_t whole[64], parts[64];
	int32_t fd = open_name(m, "/dev/urandom", RDONLY);

	(void)state;
	OK(m, sysemu_save(m, &start));
	assert_int_equal(call(m, NR_getrandom, DATA, 64, 0), 64);
	OK(m, sysemu_read(m, DATA, whole, 64));
	OK(m, sysemu_restore(m, start));
	assert_int_equal(call(m, NR_read, fd, DATA, 32), 32);
	assert_int_equal(call(m, NR_getrandom, DATA + 32, 32, 0), 32);
	OK(m, sysemu_read(m, DATA, parts, 64));
	assert_memory_equal(whole, parts, 64);
	assert_int_equal(call(m, NR_read, fd, DATA, 64), 64);
	OK(m, sysemu_read(m, DATA, parts, 64));
	assert_memory_not_equal(whole, parts, 64);
	sysemu_snapshot_free(start);
	sysemu_close(m);
}

static sysemu_digest digest(sysemu_machine *m)
{
	sysemu_digest d;

	OK(m, sysemu_get_digest(m, &d));
	return d;
}

static void an_open_device_is_part_of_a_snapshot(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_digest null, zero, writable;
	sysemu_snapshot *empty, *open;

	(void)state;
	put_text(m, NAME, "/dev/null");
	OK(m, sysemu_save(m, &empty));
	assert_int_equal(call(m, NR_open, NAME, RDONLY), 3);
	OK(m, sysemu_save(m, &open));
	null = digest(m);
	OK(m, sysemu_restore(m, empty));
	assert_int_equal(call(m, NR_write, 3, DATA, 1), -EBADF);
	assert_int_equal(call(m, NR_open, NAME, RDWR), 3);
	writable = digest(m);
	assert_memory_not_equal(&null, &writable, sizeof(null));
	OK(m, sysemu_restore(m, empty));
	assert_int_equal(open_name(m, "/dev/zero", RDONLY), 3);
	put_text(m, NAME, "/dev/null");
	zero = digest(m);
	assert_memory_not_equal(&null, &zero, sizeof(null));
	OK(m, sysemu_restore(m, open));
	assert_int_equal(call(m, NR_read, 3, DATA, 8), 0);
	assert_int_equal(call(m, NR_dup, 3), 4);
	assert_int_equal(call(m, NR_close, 3), 0);
	assert_int_equal(call(m, NR_read, 4, DATA, 8), 0);
	sysemu_snapshot_free(empty);
	sysemu_snapshot_free(open);
	sysemu_close(m);
}

/* What a 64-bit kernel, the native one, does otherwise: there the limit lies elsewhere. */
static void memory_of_the_kernel_is_refused_even_by_dev_null(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	int32_t fd = open_name(m, "/dev/null", RDWR);

	(void)state;
	assert_int_equal(call(m, NR_write, fd, 0xbffffff0, 16), 16);
	assert_int_equal(call(m, NR_write, fd, 0xbffffff0, 17), -EFAULT);
	assert_int_equal(call(m, NR_write, fd, 16, 0xffffffff), -EFAULT);
	assert_int_equal(call(m, NR_read, fd, 0xc0000000, 1), -EFAULT);
	sysemu_close(m);
}

static void the_list_of_devices_does_not_depend_on_the_root(void **state)
{
	static const struct {
		const char *name;
		uint32_t major, minor;
	} all[] = { { "/dev/null", 1, 3 },   { "/dev/zero", 1, 5 },    { "/dev/full", 1, 7 },
		    { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 } };
	static const char *const roots[] = { NULL, TEST_SOURCES };

	(void)state;
	for (unsigned r = 0; r < 2; r++) {
		struct world w = { 0 };
		sysemu_machine *m = open_serving(&w, roots[r], false);

		for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
			put_text(m, NAME, all[i].name);
			assert_int_equal(call(m, NR_statx, CWD, NAME, 0, 0x7ff, DATA), 0);
			assert_int_equal(get_word(m, DATA + 28) & 0xffff, 0020666);
			assert_int_equal(get_word(m, DATA + 128), all[i].major);
			assert_int_equal(get_word(m, DATA + 132), all[i].minor);
		}
		assert_int_equal(open_name(m, "/dev/mem", RDONLY), -ENOENT);
		assert_int_equal(open_name(m, "/dev/nul", RDONLY), -ENOENT);
		assert_int_equal(open_name(m, "/null", RDONLY), -ENOENT);
		sysemu_close(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dev_tty_is_the_terminal_of_the_three_streams),
		cmocka_unit_test(dev_urandom_goes_on_in_the_stream_of_getrandom),
		cmocka_unit_test(an_open_device_is_part_of_a_snapshot),
		cmocka_unit_test(memory_of_the_kernel_is_refused_even_by_dev_null),
		cmocka_unit_test(the_list_of_devices_does_not_depend_on_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
