/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_fd.c: descriptors: numbers, dup, close-on-exec, what children share; and memory that is a
 * file's: who maps or reads it sees the same, and a file that becomes shorter harms nobody else.
 */
#include "proc.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void numbers_are_the_lowest(void)
{
	int p[2], fd;

	CHECK(!pipe(p) && p[0] == 3 && p[1] == 4);
	CHECK(dup(p[0]) == 5);
	CHECK(!close(3) && dup(4) == 3);
	FAILS(dup(99), EBADF);
	FAILS(close(99), EBADF);
	FAILS(close(-1), EBADF);
	CHECK(fcntl(4, F_DUPFD, 20) == 20 && fcntl(4, F_DUPFD, 20) == 21);
	FAILS(fcntl(4, F_DUPFD, -1), EINVAL);
	FAILS(fcntl(99, F_DUPFD, 0), EBADF);
	CHECK((fd = fcntl(4, F_DUPFD_CLOEXEC, 30)) == 30 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	close(3), close(4), close(5), close(20), close(21), close(30);
}

static void dup2_and_dup3(void)
{
	char c = 0;
	int p[2];

	CHECK(!pipe(p));
	CHECK(!fcntl(p[0], F_SETFD, FD_CLOEXEC));
	CHECK(dup2(p[0], p[0]) == p[0] && fcntl(p[0], F_GETFD) == FD_CLOEXEC);
	CHECK(dup2(p[0], 10) == 10 && fcntl(10, F_GETFD) == 0);
	CHECK(dup3(p[0], 11, O_CLOEXEC) == 11 && fcntl(11, F_GETFD) == FD_CLOEXEC);
	CHECK(dup2(p[1], 11) == 11 && fcntl(11, F_GETFD) == 0); /* what was there is closed */
	CHECK(write(11, "q", 1) == 1 && read(10, &c, 1) == 1 && c == 'q');
	FAILS(dup3(p[0], p[0], 0), EINVAL);
	FAILS(dup3(p[0], 12, O_APPEND), EINVAL);
	FAILS(dup2(99, 12), EBADF);
	FAILS(dup2(99, 99), EBADF);
	FAILS(dup2(p[0], -1), EBADF);
	/* Flags of the open file are common, those of the number are not. */
	CHECK(!nonblocking(10) && (fcntl(p[0], F_GETFL) & O_NONBLOCK));
	close(p[0]), close(p[1]), close(11);
	CHECK(read(10, &c, 1) == 0);
	close(10);
}

static void a_file_is_shared_with_its_offset(const char *self)
{
	char a[4], b[4];
	int fd = open(self, O_RDONLY | O_CLOEXEC), other;
	pid_t pid;

	CHECK(fd >= 0);
	other = dup(fd);
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(other, F_GETFD) == 0);
	CHECK(read(fd, a, 4) == 4 && !memcmp(a, "\177ELF", 4));
	CHECK(lseek(other, 0, SEEK_CUR) == 4);
	CHILD(pid)
	{
		CHECK(lseek(fd, -4, SEEK_CUR) == 0);
		CHECK(!close(other));
	}
	expect_exit(pid, 0);
	CHECK(read(other, b, 4) == 4 && !memcmp(a, b, 4));
	FAILS(write(fd, a, 1), EBADF);
	close(fd), close(other);
}

static void a_child_has_its_own_table(void)
{
	int p[2];
	pid_t pid;

	CHECK(!pipe(p));
	CHILD(pid)
	{
		close(p[0]);
		CHECK(dup2(p[1], 40) == 40);
	}
	expect_exit(pid, 0);
	CHECK(is_open(p[0]) && !is_open(40));
	close(p[0]), close(p[1]);
}

static void close_a_range(void)
{
	for (int fd = 50; fd < 56; fd++)
		CHECK(dup2(0, fd) == fd);
	if (syscall(436, 52, 53, 0)) /* close_range, of 5.9 */
		return;
	CHECK(is_open(51) && !is_open(52) && !is_open(53) && is_open(54));
	FAILS(syscall(436, 5, 4, 0), EINVAL);
	CHECK(!syscall(436, 54, ~0u, 4) && fcntl(54, F_GETFD) == FD_CLOEXEC);
	CHECK(!syscall(436, 50, ~0u, 0) && !is_open(50) && !is_open(55));
}

static void owners_are_kept(void)
{
	int p[2];

	CHECK(!pipe(p));
	CHECK(fcntl(p[0], F_GETOWN) == 0);
	CHECK(!fcntl(p[0], F_SETOWN, getpid()) && fcntl(p[0], F_GETOWN) == getpid());
	CHECK(!fcntl(p[0], F_SETSIG, SIGUSR2) && fcntl(p[0], F_GETSIG) == SIGUSR2);
	FAILS(fcntl(p[0], F_SETSIG, 65), EINVAL);
	FAILS(fcntl(p[0], 0x7777, 0), EINVAL);
	close(p[0]), close(p[1]);
}

/* Begun anew with an argument, by execve: which of its numbers are there? */
static void execve_closes_what_it_is_to(const char *self)
{
	int p[2];
	pid_t pid;

	CHECK(!pipe2(p, O_CLOEXEC));
	CHECK(fcntl(p[0], F_GETFD) == FD_CLOEXEC);
	CHECK(dup2(p[1], 60) == 60);
	CHILD(pid)
	{
		execl(self, self, "again", (char *)NULL);
		CHECK(!"execve");
	}
	expect_exit(pid, 7);
	close(60), close(p[0]), close(p[1]);
}

/* ---- shared maps ---- */

#define PAGE 4096

static off_t size_of(int fd)
{
	struct stat st;

	CHECK(fstat(fd, &st) == 0);
	return st.st_size;
}

static int made(const char *text)
{
	char name[] = "/tmp/proc_shared.XXXXXX";
	int fd = mkstemp(name);

	CHECK(fd >= 0 && unlink(name) == 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

static char *map(int fd, size_t size)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(at != MAP_FAILED);
	return at;
}

static void a_map_is_the_file(void)
{
	int fd = made("0123456789");
	char *a = map(fd, PAGE), *b = map(fd, PAGE), text[16];

	CHECK(size_of(fd) == 10);
	CHECK(!memcmp(a, "0123456789", 10) && a[10] == 0);
	a[3] = 'x';
	CHECK(b[3] == 'x');
	CHECK(pread(fd, text, sizeof(text), 0) == 10 && !memcmp(text, "012x456789", 10));
	CHECK(pwrite(fd, "y", 1, 4) == 1 && a[4] == 'y');
	CHECK(ftruncate(fd, 2) == 0 && size_of(fd) == 2);
	CHECK(ftruncate(fd, 8) == 0 && pread(fd, text, sizeof(text), 0) == 8);
	CHECK(!memcmp(text, "01\0\0\0\0\0\0", 8));
	CHECK(munmap(a, PAGE) == 0 && munmap(b, PAGE) == 0 && close(fd) == 0);
}

static void a_child_shares_it(void)
{
	int fd = made("abc");
	char *at = map(fd, PAGE);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		at[1] = 'B';
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(at[1] == 'B');
	CHECK(munmap(at, PAGE) == 0 && close(fd) == 0);
}

/* Linux ends it by SIGBUS; this says nothing of what a page there holds elsewhere. */
static void whoever_touches_what_is_gone_harms_itself_alone(void)
{
	int fd = made("abc"), status;
	char *at = map(fd, 4 * PAGE);
	pid_t pid;

	CHECK(ftruncate(fd, 0) == 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 4; i++)
			at[i * PAGE] = 1;
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0 || WTERMSIG(status) == SIGBUS);
	CHECK(size_of(fd) == 0);
	CHECK(munmap(at, 4 * PAGE) == 0 && close(fd) == 0);
}

static void maps_come_and_go_for_ever(void)
{
	int fd = made("abc");

	for (int i = 0; i < 3000; i++)
		CHECK(munmap(map(fd, PAGE), PAGE) == 0);
	CHECK(close(fd) == 0);
}

int main(int argc, char **argv)
{
	hurry();
	if (argc > 1)
		return !is_open(3) && !is_open(4) && is_open(60) ? 7 : 1;
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	numbers_are_the_lowest();
	dup2_and_dup3();
	a_file_is_shared_with_its_offset(argv[0]);
	a_child_has_its_own_table();
	close_a_range();
	owners_are_kept();
	a_map_is_the_file();
	a_child_shares_it();
	whoever_touches_what_is_gone_harms_itself_alone();
	maps_come_and_go_for_ever();
	execve_closes_what_it_is_to(argv[0]);
	return 0;
}
