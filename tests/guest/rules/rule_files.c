/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_files.c: each errno and each word of the calls on descriptors, by dup(2), fcntl(2), ioctl(2), read(2),
 * readv(2), pipe(2), mmap(2), and those that give a new number by open(2).
 */
#include "rule.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

static char big[20 * PAGE], other[20 * PAGE];

static int flags_of(int fd)
{
	return fcntl(fd, F_GETFL);
}

static int is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* ---- reading and writing ---- */

static void directions(void)
{
	struct iovec v = { big, 1 };
	int p[2];

	CHECK(!pipe(p));
	FAILS(read(p[1], big, 1), EBADF);
	FAILS(write(p[0], big, 1), EBADF);
	FAILS(readv(p[1], &v, 1), EBADF);
	FAILS(writev(p[0], &v, 1), EBADF);
	FAILS(read(99, big, 1), EBADF);
	FAILS(write(minus_one, big, 1), EBADF);
	FAILS(readv(99, &v, 1), EBADF);
	FAILS(writev(256, &v, 1), EBADF);
	FAILS(read(255, big, 1), EBADF);
	CHECK(read(p[0], big, 0) == 0 && write(p[1], big, 0) == 0); /* nothing to wait for */
	CHECK(write(p[1], nowhere, 0) == 0);
	FAILS(write(p[1], nowhere, 1), EFAULT);
	CHECK(write(p[1], "xyz", 3) == 3);
	FAILS(read(p[0], nowhere, 3), EFAULT);
	CHECK(read(p[0], big, 3) == 3 && !memcmp(big, "xyz", 3)); /* it is still there */
	CHECK(!fcntl(p[0], F_SETFL, O_NONBLOCK));
	FAILS(read(p[0], big, 1), EAGAIN);
	FAILS(readv(p[0], &v, 1), EAGAIN);
	close(p[0]), close(p[1]);
}

static void pieces(void)
{
	static struct iovec v[1025];
	int p[2];

	CHECK(!pipe(p));
	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){ &big[i], i % 3 };
	for (int i = 0; i < (int)sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 251);
	CHECK(writev(p[1], v, 1024) == 1023);
	CHECK(read(p[0], other, sizeof(other)) == 1023);
	for (int i = 0, at = 0; i < 1024; i++)
		for (int k = 0; k < i % 3; k++)
			CHECK(other[at++] == big[i + k]);
	FAILS(writev(p[1], v, 1025), EINVAL);
	FAILS(readv(p[0], v, 1025), EINVAL);
	FAILS(readv(p[0], v, minus_one), EINVAL);
	CHECK(writev(p[1], v, 0) == 0 && writev(p[1], v, 1) == 0);
	FAILS(writev(p[1], nowhere, 1), EFAULT);
	FAILS(readv(p[0], nowhere, 1), EFAULT);
	FAILS(writev(p[1], (struct iovec *)at_the_end(4), 1), EFAULT);
	v[1].iov_len = (size_t)-1;
	FAILS(writev(p[1], v, 2), EINVAL);
	FAILS(readv(p[0], v, 2), EINVAL);
	/* Into pieces, one of none, and one that ends a page. */
	CHECK(write(p[1], big, 100) == 100);
	memset(other, 0, 200);
	v[0] = (struct iovec){ other, 10 };
	v[1] = (struct iovec){ nowhere, 0 };
	v[2] = (struct iovec){ at_the_end(20), 20 };
	v[3] = (struct iovec){ other + 50, 100 };
	CHECK(readv(p[0], v, 4) == 100);
	CHECK(!memcmp(other, big, 10) && !other[10] && !memcmp(at_the_end(20), big + 10, 20));
	CHECK(!memcmp(other + 50, big + 30, 70) && !other[49] && !other[120]);
	close(p[0]), close(p[1]);
}

/* What of it was there is told; the rest stays. */
static void beyond_the_end(void)
{
	int p[2];
	ssize_t n;

	CHECK(!pipe(p));
	memcpy(at_the_end(16), "0123456789abcdef", 16);
	FAILS(write(p[1], at_the_end(16), 17), EFAULT);
	CHECK(!nonblocking(p[0]));
	FAILS(read(p[0], other, 20), EAGAIN);
	CHECK(write(p[1], at_the_end(16), 16) == 16 && write(p[1], "gh", 2) == 2);
	n = read(p[0], at_the_end(3), 10);
	CHECK(n == 3 || (n == -1 && errno == EFAULT));
	close(p[0]), close(p[1]);
}

/* Sizes about a page's, in an order that comes round the ring of slots. */
static void ring(void)
{
	static const int sizes[] = {
		1, 4095, 4096, 4097, 3, 8192, 5000, 100, 4096, 12288, 7, 8191
	};
	int p[2], in = 0, out = 0, ready;

	CHECK(!pipe(p));
	for (int round = 0; round < 6; round++)
		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			for (int k = 0; k < sizes[i]; k++)
				big[k] = (char)((in + k) * 31 + (in + k) / 255);
			CHECK(write(p[1], big, (size_t)sizes[i]) == sizes[i]);
			in += sizes[i];
			CHECK(!ioctl(p[0], FIONREAD, &ready) && ready == in - out);
			CHECK(!ioctl(p[1], FIONREAD, &ready) && ready == in - out);
			if (i % 4 == 3)
				continue;
			CHECK(read(p[0], other, (size_t)(in - out)) == in - out);
			for (int k = 0; k < in - out; k++)
				CHECK(other[k] == (char)((out + k) * 31 + (out + k) / 255));
			out = in;
		}
	close(p[0]), close(p[1]);
}

/* ---- numbers ---- */

static void limits(void)
{
	struct rlimit few = { 256, 256 }, before;
	int p[2] = { 0, 0 }, fd;

	CHECK(!getrlimit(RLIMIT_NOFILE, &before));
	few.rlim_max = before.rlim_max;
	CHECK(!setrlimit(RLIMIT_NOFILE, &few));
	CHECK(fcntl(0, F_DUPFD, 255) == 255);
	FAILS(fcntl(0, F_DUPFD, 255), EMFILE);
	FAILS(fcntl(0, F_DUPFD, 256), EINVAL);
	FAILS(fcntl(0, F_DUPFD_CLOEXEC, 256), EINVAL);
	FAILS(dup2(0, 256), EBADF);
	FAILS(dup3(0, 256, 0), EBADF);
	CHECK(dup2(0, 254) == 254 && !close(255) && dup3(0, 255, 0) == 255);
	while ((fd = dup(0)) >= 0)
		CHECK(fd < 254);
	CHECK(errno == EMFILE);
	FAILS(pipe(p), EMFILE);
	FAILS(open("/dev/null", O_RDONLY), EMFILE);
	CHECK(!close(200));
	FAILS(pipe(p), EMFILE);
	CHECK(!is_open(200) && open("/dev/null", O_RDONLY) == 200 && !close(200));
	CHECK(dup(0) == 200 && !close(200) && !close(201));
	CHECK(!pipe(p) && p[0] == 200 && p[1] == 201);
	CHECK(write(201, "a", 1) == 1 && read(200, big, 1) == 1 && *big == 'a');
	for (fd = 3; fd < 256; fd++)
		CHECK(!close(fd));
	CHECK(!setrlimit(RLIMIT_NOFILE, &before));
}

/* Each number has its own flag, in its word of them. */
static void close_on_exec(void)
{
	static const int fds[] = { 3, 30, 31, 32, 33, 63, 64, 95, 127, 128, 255 };
	enum { N = sizeof(fds) / sizeof(fds[0]) };

	for (int i = 0; i < N; i++)
		CHECK(dup2(0, fds[i]) == fds[i]);
	for (int i = 0; i < N; i++) {
		CHECK(!fcntl(fds[i], F_SETFD, FD_CLOEXEC));
		for (int k = 0; k < N; k++)
			CHECK(fcntl(fds[k], F_GETFD) == (k == i));
		CHECK(!fcntl(fds[i], F_SETFD, 2) && fcntl(fds[i], F_GETFD) == 0);
		CHECK(!ioctl(fds[i], FIOCLEX) && fcntl(fds[i], F_GETFD) == 1);
		CHECK(!ioctl(fds[i], FIONCLEX) && fcntl(fds[i], F_GETFD) == 0);
		CHECK(!fcntl(fds[i], F_SETFD, 3) && fcntl(fds[i], F_GETFD) == 1);
		CHECK(dup2(0, fds[i]) == fds[i] && fcntl(fds[i], F_GETFD) == 0);
		CHECK(dup3(0, fds[i], O_CLOEXEC) == fds[i] && fcntl(fds[i], F_GETFD) == 1);
		CHECK(!close(fds[i]) && dup2(0, fds[i]) == fds[i] && fcntl(fds[i], F_GETFD) == 0);
	}
	for (int i = 0; i < N; i++)
		CHECK(!close(fds[i]));
	FAILS(fcntl(3, F_GETFD), EBADF);
	FAILS(ioctl(3, FIOCLEX), EBADF);
	FAILS(ioctl(minus_one, FIONREAD, big), EBADF);
}

static void range(void)
{
	for (int fd = 3; fd < 12; fd++)
		CHECK(dup2(0, fd) == fd);
	if (syscall(436, 11, 11, 0)) /* close_range, of 5.9 */
		return;
	CHECK(is_open(10) && !is_open(11));
	FAILS((int)syscall(436, 10, 9, 0), EINVAL);
	FAILS((int)syscall(436, 9, 10, 1), EINVAL);
	FAILS((int)syscall(436, 9, 10, 8), EINVAL);
	CHECK(!syscall(436, 5, 6, 4) && fcntl(4, F_GETFD) == 0 && fcntl(5, F_GETFD) == 1);
	CHECK(fcntl(6, F_GETFD) == 1 && fcntl(7, F_GETFD) == 0);
	CHECK(!syscall(436, 7, 8, 2) && is_open(6) && !is_open(7) && !is_open(8) && is_open(9));
	CHECK(!syscall(436, 300, 400, 0) && !syscall(436, 3, ~0u, 0) && !is_open(3));
	CHECK(is_open(2));
}

/* CLOSE_RANGE_UNSHARE: the numbers of who shares them stay. */
static int unshares(void *fd)
{
	return (int)syscall(436, *(int *)fd, ~0u, 2);
}

static void range_unshared(void)
{
	static char stack[16384];
	int fd = dup(0), status;
	pid_t pid = clone(unshares, stack + sizeof(stack), CLONE_FILES | CLONE_VM | SIGCHLD, &fd);

	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (status == 0)
		CHECK(is_open(fd));
	close(fd);
}

/* ---- flags of the open file ---- */

static void flags(void)
{
	enum { SHOWN = O_ACCMODE | O_APPEND | O_NONBLOCK | O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY };
	int p[2], on = 1, off = 0, fd;

	CHECK(!pipe2(p, O_NONBLOCK | O_CLOEXEC));
	CHECK(flags_of(p[0]) == (O_RDONLY | O_NONBLOCK) && fcntl(p[0], F_GETFD) == 1);
	CHECK(flags_of(p[1]) == (O_WRONLY | O_NONBLOCK) && fcntl(p[1], F_GETFD) == 1);
	CHECK(!fcntl(p[0], F_SETFL, O_RDWR | O_CREAT | O_TRUNC | O_APPEND));
	CHECK((flags_of(p[0]) & SHOWN) == O_APPEND && (flags_of(p[1]) & SHOWN) == 04001);
	CHECK(!fcntl(p[0], F_SETFL, 0) && flags_of(p[0]) == 0);
	CHECK(!ioctl(p[0], FIONBIO, &on) && flags_of(p[0]) == O_NONBLOCK);
	CHECK(!ioctl(p[0], FIONBIO, &off) && flags_of(p[0]) == 0);
	FAILS(ioctl(p[0], FIONBIO, nowhere), EFAULT);
	FAILS(ioctl(p[0], FIONREAD, nowhere), EFAULT);
	CHECK(ioctl(p[0], 0x7777, &on) == -1 && (errno == ENOTTY || errno == EINVAL));
	close(p[0]), close(p[1]);
	FAILS(pipe2(p, O_APPEND), EINVAL);
	FAILS(pipe2(p, O_NONBLOCK | 1), EINVAL);
	FAILS(pipe(nowhere), EFAULT);
	FAILS(pipe((int *)at_the_end(4)), EFAULT);
	CHECK(dup(0) == 3 && !close(3)); /* nothing is left of these */
	CHECK(!pipe((int *)at_the_end(8)) && *(int *)at_the_end(8) == 3 && !close(3) && !close(4));
	fd = open("/tmp", O_RDWR);
	CHECK(fd == -1 && errno == EISDIR);
	fd = open("/dev/null", O_RDWR | O_CREAT | O_TRUNC | O_NOCTTY | O_APPEND | O_CLOEXEC, 0600);
	CHECK(fd == 3 && fcntl(fd, F_GETFD) == 1 && (flags_of(fd) & SHOWN) == (O_RDWR | O_APPEND));
	CHECK(!fcntl(fd, F_SETFL, O_NONBLOCK) && (flags_of(fd) & SHOWN) == (O_RDWR | O_NONBLOCK));
	close(fd);
	fd = openat(AT_FDCWD, "/dev/null", O_WRONLY);
	CHECK(fd == 3 && fcntl(fd, F_GETFD) == 0 && (flags_of(fd) & SHOWN) == O_WRONLY);
	FAILS(read(fd, big, 1), EBADF);
	close(fd);
	fd = openat(99, "/dev/null", O_RDONLY | O_CLOEXEC); /* not looked at */
	CHECK(fd == -1 || (fd == 3 && !close(fd)));
	fd = creat("/dev/null", 0600);
	CHECK(fd == 3 && (flags_of(fd) & SHOWN) == O_WRONLY && fcntl(fd, F_GETFD) == 0);
	close(fd);
}

static void younger_ways(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { O_RDONLY | O_CLOEXEC, 0, 0 };
	int fd;

	for (unsigned flag = 0; flag < 2; flag++) {
		fd = (int)syscall(356, "name", flag); /* memfd_create, of 3.17 */
		CHECK(fd == 3 || (fd < 0 && errno == ENOSYS));
		if (fd < 0)
			continue;
		CHECK(fcntl(fd, F_GETFD) == (int)flag && (flags_of(fd) & O_ACCMODE) == O_RDWR);
		CHECK(write(fd, "ab", 2) == 2 && !lseek(fd, 0, SEEK_SET));
		CHECK(read(fd, big, 3) == 2 && !close(fd));
	}
	fd = (int)syscall(437, AT_FDCWD, "/dev/null", &how, sizeof(how)); /* openat2, of 5.6 */
	CHECK(fd == 3 || (fd < 0 && errno == ENOSYS));
	if (fd < 0)
		return;
	CHECK(fcntl(fd, F_GETFD) == 1 && !close(fd));
	FAILS((int)syscall(437, AT_FDCWD, "/dev/null", nowhere, sizeof(how)), EFAULT);
}

/* ---- owners ---- */

static void owners(void)
{
	int owner[2], p[2], me = getpid(), group = getpgrp();

	CHECK(!pipe(p));
	CHECK(syscall(SYS_fcntl64, p[0], F_GETOWN) == 0);
	owner[0] = 2, owner[1] = group;
	CHECK(!syscall(SYS_fcntl64, p[0], 15, owner)); /* F_SETOWN_EX */
	CHECK((int)syscall(SYS_fcntl64, p[1], F_GETOWN) == 0);
	owner[0] = owner[1] = 0;
	CHECK(!syscall(SYS_fcntl64, p[0], 16, owner) && owner[0] == 2 && owner[1] == group);
	owner[0] = 1, owner[1] = me;
	CHECK(!syscall(SYS_fcntl64, p[0], 15, owner) &&
	      (int)syscall(SYS_fcntl64, p[0], F_GETOWN) == me);
	owner[0] = owner[1] = 0;
	CHECK(!syscall(SYS_fcntl64, p[0], 16, owner) && owner[0] == 1 && owner[1] == me);
	owner[0] = 3;
	FAILS((int)syscall(SYS_fcntl64, p[0], 15, owner), EINVAL);
	FAILS((int)syscall(SYS_fcntl64, p[0], 15, nowhere), EFAULT);
	FAILS((int)syscall(SYS_fcntl64, p[0], 16, nowhere), EFAULT);
	FAILS((int)syscall(SYS_fcntl64, p[0], 15, at_the_end(4)), EFAULT);
	FAILS((int)syscall(SYS_fcntl64, 99, 15, owner), EBADF);
	CHECK(!fcntl(p[0], F_SETSIG, 64) && fcntl(p[0], F_GETSIG) == 64 &&
	      fcntl(p[1], F_GETSIG) == 0);
	CHECK(!fcntl(p[0], F_SETSIG, 0) && fcntl(p[0], F_GETSIG) == 0);
	close(p[0]), close(p[1]);
}

/* ---- what a pipe is not ---- */

static void no_file(void)
{
	struct stat s;
	long long at;
	int p[2];

	CHECK(!pipe(p));
	FAILS((int)lseek(p[0], 0, SEEK_SET), ESPIPE);
	FAILS((int)syscall(SYS__llseek, p[0], 0, 0, &at, 0), ESPIPE);
	FAILS(pread(p[0], big, 1, 0), ESPIPE);
	FAILS(pwrite(p[1], big, 1, 0), ESPIPE);
	FAILS(ftruncate(p[1], 0), EINVAL);
	FAILS(fsync(p[1]), EINVAL);
	FAILS(fdatasync(p[1]), EINVAL);
	FAILS(fchdir(p[0]), ENOTDIR);
	FAILS((int)syscall(SYS_getdents, p[0], big, 100), ENOTDIR);
	FAILS((int)syscall(SYS_getdents64, p[0], big, 100), ENOTDIR);
	FAILS(openat(p[0], "x", O_RDONLY), ENOTDIR);
	FAILS(mkdirat(p[0], "x", 0700), ENOTDIR);
	FAILS(unlinkat(p[0], "x", 0), ENOTDIR);
	FAILS(symlinkat("x", p[0], "y"), ENOTDIR);
	FAILS(symlinkat("x", 99, "y"), EBADF);
	FAILS(renameat(AT_FDCWD, "/no", 99, "y"), EBADF);
	FAILS(renameat(99, "no", AT_FDCWD, "/y"), EBADF);
	FAILS((int)lseek(99, 0, SEEK_SET), EBADF);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, p[0], 0) == MAP_FAILED && errno == ENODEV);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 99, 0) != MAP_FAILED);
	CHECK(!fstat(p[0], &s) && S_ISFIFO(s.st_mode));
	close(p[0]), close(p[1]);
}

/* mmap's oldest form: its arguments in memory. */
static void old_map(const char *self)
{
	uint32_t arg[6] = { 0, PAGE, PROT_READ, MAP_PRIVATE, 0, PAGE };
	int fd = open(self, O_RDONLY), p[2];
	char *at;

	CHECK(fd >= 0 && !pipe(p));
	arg[4] = (uint32_t)fd;
	at = (char *)syscall(SYS_mmap, arg);
	CHECK(at != MAP_FAILED && pread(fd, big, PAGE, PAGE) == PAGE && !memcmp(at, big, PAGE));
	arg[5] = 1;
	FAILS((int)syscall(SYS_mmap, arg), EINVAL);
	arg[5] = PAGE / 2;
	FAILS((int)syscall(SYS_mmap, arg), EINVAL);
	arg[5] = 0, arg[4] = 99;
	FAILS((int)syscall(SYS_mmap, arg), EBADF);
	arg[4] = (uint32_t)p[0];
	FAILS((int)syscall(SYS_mmap, arg), ENODEV);
	arg[3] |= MAP_ANONYMOUS;
	at = (char *)syscall(SYS_mmap, arg);
	CHECK(at != MAP_FAILED && at[0] == 0 && at[PAGE - 1] == 0);
	FAILS((int)syscall(SYS_mmap, nowhere), EFAULT);
	FAILS((int)syscall(SYS_mmap, at_the_end(20)), EFAULT);
	FAILS(ioctl(fd, TIOCGPGRP, &arg), ENOTTY);
	FAILS(ioctl(fd, TIOCGSID, &arg), ENOTTY);
	FAILS(ioctl(fd, TIOCSPGRP, &arg), ENOTTY);
	close(fd), close(p[0]), close(p[1]);
}

int main(int argc, char **argv)
{
	(void)argc;
	hurry();
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	directions();
	pieces();
	beyond_the_end();
	ring();
	limits();
	close_on_exec();
	range();
	range_unshared();
	flags();
	younger_ways();
	owners();
	no_file();
	old_map(argv[0]);
	return 0;
}
