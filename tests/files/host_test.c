/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_test.c: the calls that the host answers: what it is asked for, with which handles in the place of descriptors, and what becomes
 * of what it has opened; mmap's two forms; links of /proc/self/fd. Each with files, tables and arguments that are drawn at random.
 * Expectations: the calls' manual pages, proc(5). Every kernel of 2005.
 */
#include "tests/files/descriptors.h"

#include <stdio.h>
#include <string.h>

#include "asm/host.h"

enum { CALLS = 500, NO_FD = 0xff, ESPIPE = 29, ENOTDIR = 20, ENODEV = 19, EOPNOTSUPP = 95 };
enum { ENXIO = 6, NR_MMAP2 = 192, ANONYMOUS = 0x20, NONBLOCK = 04000, NAME = 16 };
enum { NR_OPEN = 5, NR_CREAT = 8, NR_READLINK = 85, NR_INOTIFY_INIT = 291, NR_OPENAT = 295 };
enum { NR_READLINKAT = 305, NR_INOTIFY_INIT1 = 332, NR_MEMFD = 356, NR_OPENAT2 = 437 };
enum { PAGE_END = SYSEMU_CODE_BASE + SIM_PAGE, BUFFER = SYSEMU_CODE_BASE + 0x800 };

static struct descriptors w;

/* Which arguments are descriptors, and the errno of a file that a pipe and its kin cannot do that to; 0: they can. */
static const struct row {
	uint16_t nr;
	uint8_t fd[2], refused;
} rows[] = {
	{ NR_OPEN, { NO_FD, NO_FD }, 0 },
	{ NR_CREAT, { NO_FD, NO_FD }, 0 },
	{ NR_INOTIFY_INIT, { NO_FD, NO_FD }, 0 },
	{ NR_INOTIFY_INIT1, { NO_FD, NO_FD }, 0 },
	{ NR_MEMFD, { NO_FD, NO_FD }, 0 },
	{ NR_OPENAT, { 0, NO_FD }, ENOTDIR },
	{ NR_OPENAT2, { 0, NO_FD }, ENOTDIR },
	{ 19, { 0, NO_FD }, ESPIPE },   /* lseek */
	{ 93, { 0, NO_FD }, EINVAL },   /* ftruncate */
	{ 94, { 0, NO_FD }, 0 },        /* fchmod */
	{ 108, { 0, NO_FD }, 0 },       /* fstat */
	{ 118, { 0, NO_FD }, EINVAL },  /* fsync */
	{ 133, { 0, NO_FD }, ENOTDIR }, /* fchdir */
	{ 140, { 0, NO_FD }, ESPIPE },  /* _llseek */
	{ 141, { 0, NO_FD }, ENOTDIR }, /* getdents */
	{ 180, { 0, NO_FD }, ESPIPE },  /* pread64 */
	{ 181, { 0, NO_FD }, ESPIPE },  /* pwrite64 */
	{ 187, { 0, 1 }, EINVAL },      /* sendfile */
	{ NR_MMAP2, { 4, NO_FD }, ENODEV },
	{ 194, { 0, NO_FD }, EINVAL },     /* ftruncate64 */
	{ 197, { 0, NO_FD }, 0 },          /* fstat64 */
	{ 220, { 0, NO_FD }, ENOTDIR },    /* getdents64 */
	{ 228, { 0, NO_FD }, EOPNOTSUPP }, /* fsetxattr */
	{ 239, { 0, 1 }, EINVAL },         /* sendfile64 */
	{ 269, { 0, NO_FD }, 0 },          /* fstatfs64 */
	{ 296, { 0, NO_FD }, ENOTDIR },    /* mkdirat */
	{ 300, { 0, NO_FD }, 0 },          /* fstatat64: AT_EMPTY_PATH */
	{ 302, { 0, 2 }, ENOTDIR },        /* renameat */
	{ 303, { 0, 2 }, ENOTDIR },        /* linkat */
	{ 304, { 1, NO_FD }, ENOTDIR },    /* symlinkat */
	{ 313, { 0, 2 }, EINVAL },         /* splice */
	{ 333, { 0, NO_FD }, ESPIPE },     /* preadv */
	{ 344, { 0, NO_FD }, 0 },          /* syncfs */
	{ 353, { 0, 2 }, ENOTDIR },        /* renameat2 */
	{ 377, { 0, 2 }, EINVAL },         /* copy_file_range */
	{ 439, { 0, NO_FD }, ENOTDIR },    /* faccessat2 */
};

/* Of which no argument is one: the host has their arguments as they are. */
static const uint16_t others[] = {
	0, 1, 9, 10, 12, 15, 33, 38, 39, 40, 60, 83, 106, 195, 440, 65535
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), OTHERS = sizeof(others) / sizeof(others[0]) };

struct call {
	struct row row;
	uint32_t arg[6];
	uint32_t flags; /* of one that opens */
	bool opens, there;
};

static unsigned begin_test(const char *kernel, uint64_t seed)
{
	open_descriptors(&w, kernel);
	draw_from(seed);
	return (unsigned)number_from("SYSEMU_CALLS", CALLS);
}

/* Sometimes with no number left, or no file. */
static void draw_and_put(void)
{
	draw_descriptors(&w);
	w.last = (struct guest_file){ .users = 1, .ops = w.kind };
	if (!below(6))
		for (unsigned i = 0; i < WORLD_FILES; i++)
			w.files.file[i].users |= !w.files.file[i].users;
	if (!below(6)) {
		unsigned file = draw_open_file(&w);

		for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
			if (!w.files.table.fd[fd]) {
				model_open(&w, &w.files.table, fd, file, below(2));
				w.files.file[file].users++;
			}
	}
	put_descriptors(&w);
}

/* ---- what the host is asked ---- */

static int32_t model_translate(uint32_t *arg, int32_t refused)
{
	const struct guest_file *f;

	if ((int32_t)*arg < 0) /* AT_FDCWD, or none */
		return 0;
	if (file_of_fd(&w.files, *arg) == WORLD_FILES)
		return -EBADF;
	f = &w.files.file[file_of_fd(&w.files, *arg)];
	if (f->ops && refused)
		return -refused;
	*arg = f->handle;
	return 0;
}

static void expect_closed(uint32_t handle)
{
	expect_asked(&w.files, HOST_CLOSE, &handle, 1, any());
}

/* What F_GETFL tells of how it was opened: not O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC, nor what the number has. */
static uint32_t told_flags(uint32_t flags)
{
	return flags & ~(0100u | 0200u | 0400u | 01000u | (uint32_t)CLOEXEC);
}

static int32_t pty_is_asked(const char *name, const uint32_t *arg, unsigned n)
{
	const uint32_t answer = any();
	struct sim_regs called = catch_call(&w.files, name, answer);

	assert_int_equal(called.eax, arg[0]);
	if (n > 1)
		assert_int_equal(called.edx, arg[1]);
	return (int32_t)answer;
}

static int32_t model_opened(uint32_t handle, uint32_t flags)
{
	bool has_pty, terminal = handle == (uint32_t)-ENXIO;
	unsigned file;

	if ((int32_t)handle >= HOST_PTMX)
		return pty_is_asked("pty_open", (uint32_t[]){ handle, flags }, 2);
	has_pty =
		catch_call(&w.files, "has_pty", below(2)).eip && kernel_regs(w.files.caller.m).eax;
	if (has_pty && (int32_t)handle >= 0) {
		uint32_t answer = ONE_OF(0, 1, 1, 2, 3, -38u);

		expect_asked(&w.files, HOST_TERMINAL, &handle, 1, answer);
		terminal = answer == 1;
	}
	if (has_pty && terminal) { /* /dev/tty */
		if ((int32_t)handle >= 0)
			expect_closed(handle);
		return pty_is_asked("pty_open_own", &flags, 1);
	}
	if ((int32_t)handle < 0)
		return (int32_t)handle;
	file = free_file(&w);
	if (file == LAST_FILE) {
		expect_closed(handle);
		return -ENFILE;
	}
	w.files.file[file] =
		(struct guest_file){ .users = 1, .handle = handle, .flags = told_flags(flags) };
	return model_install(&w, file, 0, flags & CLOEXEC);
}

static int32_t model_call(const struct call *c)
{
	uint32_t arg[6], answer = any(), left = 0;

	memcpy(arg, c->arg, sizeof(arg));
	if (c->row.nr == NR_MMAP2 && (arg[3] & ANONYMOUS))
		arg[4] = -1u;
	for (unsigned i = 0; i < 2; i++) {
		int32_t error = c->row.fd[i] == NO_FD ?
					0 :
					model_translate(&arg[c->row.fd[i]], c->row.refused);

		if (error)
			return error;
	}
	if (c->opens) {
		if (c->row.nr == NR_OPENAT2 && !c->there)
			return -EFAULT;
		for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
			left += !w.files.table.fd[fd];
		if (!left)
			return -EMFILE;
		answer = ONE_OF(0, 1, 3, 100, HOST_PTMX - 1, HOST_PTMX, HOST_PTY + 3, -1u,
				(uint32_t)-ENXIO, (uint32_t)-ENOENT, 3, 77);
	}
	expect_asked(&w.files, c->row.nr, arg, 6, answer);
	return c->opens ? model_opened(answer, c->flags) : (int32_t)answer;
}

/* ---- the calls ---- */

static uint32_t draw_open_flags(void)
{
	return below(2) ? any() : 1u << below(32);
}

static struct call draw_call(void)
{
	const struct row none = { others[below(OTHERS)], { NO_FD, NO_FD }, 0 };
	struct call c = { .row = below(8) ? rows[below(below(2) ? 7 : ROWS)] : none,
			  .there = true };

	for (unsigned i = 0; i < 6; i++)
		c.arg[i] = any();
	for (unsigned i = 0; i < 2; i++)
		if (c.row.fd[i] != NO_FD)
			c.arg[c.row.fd[i]] = below(5) ? draw_fd(&w.files) : ONE_OF(-100u, -1u);
	c.opens = true;
	c.flags = draw_open_flags();
	switch (c.row.nr) {
	case NR_OPEN: c.arg[1] = c.flags; break;
	case NR_CREAT: c.flags = 1; break;
	case NR_INOTIFY_INIT: c.flags = 0; break;
	case NR_INOTIFY_INIT1: c.arg[0] = c.flags; break;
	case NR_MEMFD:
		c.arg[1] = c.flags;
		c.flags = 2 | (c.flags & 1 ? CLOEXEC : 0);
		break;
	case NR_OPENAT: c.arg[2] = c.flags; break;
	case NR_OPENAT2: /* a structure begins with them */
		c.there = below(4);
		c.arg[2] = c.there ? ONE_OF(BUFFER, PAGE_END - 4) : ONE_OF(0, PAGE_END - 3, -1u);
		if (c.there)
			put_word(&w.files, c.arg[2], c.flags);
		break;
	default: c.opens = false;
	}
	return c;
}

static void begin_call(uint32_t nr, const uint32_t arg[6])
{
	uint32_t words[10];

	memcpy(words, arg, 6 * sizeof(uint32_t));
	for (unsigned i = 6; i < 9; i++)
		words[i] = any();
	words[9] = nr; /* orig_eax */
	function_begin_on_stack(&w.files.caller, "sys_host", words, 10);
}

static void the_host_is_asked_with_its_own_handles(void **state)
{
	for (unsigned n = 3 * begin_test(*state, 111); n; n--) {
		struct call c;
		int32_t expected, result;

		draw_and_put();
		c = draw_call();
		begin_call(c.row.nr, c.arg);
		expected = model_call(&c);
		result = (int32_t)function_end_on_stack(&w.files.caller, 10);
		if (result != expected)
			fail_msg("%u: call %u is %d, not %d", n, c.row.nr, result, expected);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

/* The old mmap's arguments lie in memory, and count bytes. */
static void mmap_is_one_call_by_both_its_numbers(void **state)
{
	for (unsigned n = begin_test(*state, 112); n; n--) {
		uint32_t arg[6] = { any(), any(), any(), any(), 0, any() }, at;
		uint32_t answer = any();
		bool there = below(6);
		int32_t expected;

		draw_and_put();
		arg[4] = below(6) ? draw_fd(&w.files) : -1u;
		if (below(4))
			arg[5] &= ~(SIM_PAGE - 1u);
		if (!below(4))
			arg[5] = (arg[5] & ~(SIM_PAGE - 1u)) | 1u << below(12);
		if (below(2))
			arg[3] &= ~(uint32_t)ANONYMOUS;
		at = there ? ONE_OF(BUFFER, PAGE_END - 24) :
			     ONE_OF(0, PAGE_END - 23, PAGE_END - 20);
		if (there)
			put_words(&w.files, at, arg, sizeof(arg));
		function_begin_on_stack(&w.files.caller, "sys_old_mmap", &at, 1);
		if (arg[3] & ANONYMOUS)
			arg[4] = -1u;
		expected = !there ? -EFAULT : arg[5] % SIM_PAGE ? -EINVAL : 0;
		if (!expected)
			expected = model_translate(&arg[4], ENODEV);
		arg[5] /= SIM_PAGE;
		if (!expected) {
			expect_asked(&w.files, NR_MMAP2, arg, 6, answer);
			expected = (int32_t)answer;
		}
		assert_int_equal((int32_t)function_end_on_stack(&w.files.caller, 1), expected);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

/* ---- links ---- */

/* A name, which ends with its page or not: the link of fd, or something like it; whether it is the link. */
static bool draw_name(uint32_t fd, uint32_t *at)
{
	static const char *const formats[] = {
		"/proc/self/fd/%u",  "/proc/%u/fd/%u",   "/proc/self/fd/0%u", "/proc/self/fd/%u/",
		"/proc/self/fd/",    "/proc/0%u/fd/%u",  "/proc/self/fd/%ux", "proc/self/fd/%u",
		"/proc/self/fdx/%u", "/proc/self/fe/%u", "/proc//fd/%u",      "/proc/self/fd/:",
	};
	const unsigned long long around = 1ull << 32; /* numbers are short, or another's */
	unsigned k = below(3) ? below(2) : below(14);
	uint32_t tgid =
		word_at(&w.files, task_word_at(&w.files, offsetof(struct task_struct, tgid)));
	uint32_t pid = below(4) ? tgid : ONE_OF(tgid + 1, tgid - 1, 1, tgid * 10);
	bool is = k == 0 || (k == 1 && pid == tgid);
	char name[64];
	unsigned length, other;

	if (k == 1 || k == 5)
		snprintf(name, sizeof(name), formats[k], pid, fd);
	else if (k == 12)
		snprintf(name, sizeof(name), "/proc/self/fd/%llu", around + fd);
	else if (k == 13)
		snprintf(name, sizeof(name), "/proc/%llu/fd/%u", around + tgid, fd);
	else
		snprintf(name, sizeof(name), formats[k], fd);
	length = (unsigned)strlen(name);
	other = below(length);
	if (is && !below(3)) { /* a character that is another; of a digit, no digit */
		name[other] ^= name[other] >= '0' && name[other] <= '9' ? 0x40 : 1 << below(7);
		is = false;
	}
	if (!below(16)) { /* no name at all */
		*at = ONE_OF(0, -1u, 0xc0000000u);
		return false;
	}
	if (!below(5)) { /* some of it, behind which nothing is */
		*at = PAGE_END - (below(2) ? length : below(length + 1));
		put_words(&w.files, *at, name, PAGE_END - *at);
		return false;
	}
	*at = below(2) ? BUFFER : PAGE_END - length - 1;
	put_words(&w.files, *at, name, length + 1);
	return is;
}

static bool fits(uint32_t at, uint32_t bytes)
{
	return at && at + bytes <= PAGE_END;
}

static void a_link_of_a_terminal_is_its_name(void **state)
{
	static const char text[NAME + 1] = "/dev/pts/0123456";

	for (unsigned n = 6 * begin_test(*state, 113); n; n--) {
		uint32_t nr = below(2) ? NR_READLINK : NR_READLINKAT, arg[6], *link;
		uint32_t fd, bytes = below(6) ? 1 + below(NAME) : 0;
		struct call c = { .row = { (uint16_t)nr, { NO_FD, NO_FD }, 0 } };
		const struct guest_file *f = NULL;
		int32_t expected = 0, result;
		char is[NAME];
		bool knows, told;

		draw_and_put();
		for (unsigned i = 0; i < 6; i++)
			arg[i] = any();
		fd = draw_fd(&w.files);
		if (nr == NR_READLINKAT) {
			arg[0] = ONE_OF(-100u, draw_fd(&w.files));
			c.row.fd[0] = 0;
			c.row.refused = ENOTDIR;
		}
		link = arg + (nr == NR_READLINKAT);
		knows = draw_name(fd, &link[0]) && fd < DESCRIPTORS &&
			file_of_fd(&w.files, fd) != WORLD_FILES;
		if (knows)
			f = &w.files.file[file_of_fd(&w.files, fd)];
		link[1] = below(4) ? SYSEMU_CODE_BASE + 0x100 :
				     ONE_OF(0, PAGE_END, PAGE_END - below(NAME + 1));
		link[2] = below(3) ? 1 + below(NAME + 2) : ONE_OF(0, -1u, 0x80000000u, 1, 4096);
		memcpy(c.arg, arg, sizeof(arg));
		begin_call(nr, arg);
		if (knows && f->ops) {
			struct sim_regs called = catch_call(&w.files, "pty_name", bytes);

			assert_int_equal(called.eax, w.files.table.fd[fd]);
			put_words(&w.files, called.edx, text, NAME);
			bytes = bytes < link[2] ? bytes : link[2];
			if (bytes && (int32_t)link[2] > 0)
				expected = fits(link[1], bytes) ? (int32_t)bytes : -EFAULT;
		}
		told = expected > 0;
		if (!expected)
			expected = model_call(&c);
		result = (int32_t)function_end_on_stack(&w.files.caller, 10);
		assert_int_equal(result, expected);
		if (told) {
			get_words(&w.files, link[1], is, bytes);
			assert_memory_equal(is, text, bytes);
		}
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

/* ---- input ---- */

static int32_t model_wait(const struct guest_file *f)
{
	for (;;) {
		uint32_t polled = draw_polled(), answer = ONE_OF(0, 0, -512u, 1, -513u, -511u);
		struct sim_regs called;

		expect_asked(&w.files, HOST_READY, &f->handle, 1, polled);
		if (polled & (POLLIN | POLLHUP | POLLERR))
			return 0;
		if (f->flags & NONBLOCK)
			return -EAGAIN;
		called = catch_call(&w.files, "sleep_on", answer);
		assert_int_equal(called.eax, symbol(w.files.caller.m, "input_channel"));
		assert_int_equal(called.edx & called.ecx, -1u); /* for ever */
		if (answer == (uint32_t)-RESTARTSYS)
			return -RESTARTSYS;
	}
}

static void who_reads_the_hosts_input_waits_for_it(void **state)
{
	for (unsigned n = begin_test(*state, 114) / 2; n; n--) {
		unsigned file;
		int32_t expected;

		draw_and_put();
		file = draw_open_file(&w);
		if (w.files.file[file].ops)
			continue;
		function_begin(&w.files.caller, "wait_for_input", file_at(&w.files, file), any());
		expected = model_wait(&w.files.file[file]);
		assert_int_equal((int32_t)function_end(&w.files.caller), expected);
		expect_descriptors(&w);
		function_begin(&w.files.caller, "input_arrived", any(), any());
		assert_int_equal(catch_call(&w.files, "wake_up", any()).eax,
				 symbol(w.files.caller.m, "input_channel"));
		assert_int_equal(catch_call(&w.files, "wake_up", any()).eax,
				 symbol(w.files.caller.m, "poll_channel"));
		catch_call(&w.files, "watches_of_input", any());
		function_end(&w.files.caller);
		expect_descriptors(&w);
	}
	close_file_world(&w.files);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(the_host_is_asked_with_its_own_handles),
		ON_KERNELS(mmap_is_one_call_by_both_its_numbers),
		ON_KERNELS(a_link_of_a_terminal_is_its_name),
		ON_KERNELS(who_reads_the_hosts_input_waits_for_it),
	};

	return run_on_kernels("host", tests, sizeof(tests) / sizeof(tests[0]));
}
