/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_pipe.c: pipes between processes: end, breakage, room, atomic writes, signals. */
#include "proc.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define RECORD 1000

static void a_child_writes_and_its_end_is_the_end(void)
{
	char got[16] = { 0 };
	int p[2];
	pid_t pid;

	CHECK(!pipe(p));
	CHILD(pid)
	CHECK(write(p[1], "hello", 5) == 5);
	CHECK(!close(p[1]));
	CHECK(read(p[0], got, 16) == 5 && !strcmp(got, "hello"));
	CHECK(read(p[0], got, 16) == 0);
	expect_exit(pid, 0);
	CHECK(!close(p[0]));
}

static void each_end_does_one_thing(void)
{
	char c;
	int p[2], n;

	CHECK(!pipe(p));
	FAILS(write(p[0], "x", 1), EBADF);
	FAILS(read(p[1], &c, 1), EBADF);
	FAILS(lseek(p[0], 0, SEEK_CUR), ESPIPE);
	FAILS(pread(p[0], &c, 1, 0), ESPIPE);
	CHECK((fcntl(p[0], F_GETFL) & O_ACCMODE) == O_RDONLY);
	CHECK((fcntl(p[1], F_GETFL) & O_ACCMODE) == O_WRONLY);
	CHECK(write(p[1], "", 0) == 0);
	CHECK(write(p[1], "abc", 3) == 3 && write(p[1], "de", 2) == 2);
	CHECK(!ioctl(p[0], FIONREAD, &n) && n == 5);
	FAILS(read(p[0], nowhere, 5), EFAULT);
	CHECK(read(p[0], &c, 1) == 1 && c == 'a');
	CHECK(!ioctl(p[0], FIONREAD, &n) && n == 4);
	FAILS(write(p[1], nowhere, 5), EFAULT);
	FAILS(pipe(nowhere), EFAULT);
	close(p[0]);
	close(p[1]);
}

static void nobody_reads_any_more(void)
{
	int p[2];

	CHECK(!pipe(p));
	catch (SIGPIPE, 0);
	CHECK(!close(p[0]));
	CHECK(write(p[1], "", 0) == 0 && !caught);
	FAILS(write(p[1], "x", 1), EPIPE);
	CHECK(caught == SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	FAILS(write(p[1], "x", 1), EPIPE);
	CHECK(!close(p[1]));
}

static void a_broken_pipe_kills(void)
{
	int p[2], status;
	pid_t pid;

	CHECK(!pipe(p));
	signal(SIGPIPE, SIG_DFL);
	CHILD(pid)
	{
		close(p[0]);
		CHECK(write(p[1], "x", 1) == 1); /* the parent has one, still */
		for (;;)
			CHECK(write(p[1], "x", 1) == 1);
	}
	sleep_ms(5);
	close(p[0]);
	close(p[1]);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

/* How many writes of that size go into an empty pipe. */
static int writes_of(int size)
{
	static char bytes[65536];
	int p[2], n = 0;

	CHECK(!pipe(p) && !nonblocking(p[1]));
	while (write(p[1], bytes, size) == size)
		n++;
	CHECK(errno == EAGAIN);
	close(p[0]);
	close(p[1]);
	return n;
}

static void room_is_sixteen_pages_of_writes(void)
{
	CHECK(writes_of(4096) == 16);
	CHECK(writes_of(65536) == 1);
	CHECK(writes_of(1024) == 64);
	CHECK(writes_of(1000) == 64);
	CHECK(writes_of(3000) == 16);
}

static void without_waiting(void)
{
	static char bytes[200000];
	int p[2];
	char c;

	CHECK(!pipe(p) && !nonblocking(p[0]) && !nonblocking(p[1]));
	FAILS(read(p[0], &c, 1), EAGAIN);
	CHECK(read(p[0], &c, 0) == 0);
	CHECK(write(p[1], bytes, 200000) == 65536);
	FAILS(write(p[1], bytes, 1), EAGAIN);
	CHECK(read(p[0], bytes, 4095) == 4095);
	FAILS(write(p[1], bytes, 100), EAGAIN); /* its page still has a byte */
	CHECK(read(p[0], bytes, 1) == 1);
	CHECK(write(p[1], bytes, 100) == 100);
	CHECK(read(p[0], bytes, 200000) == 61440 + 100);
	FAILS(read(p[0], bytes, 1), EAGAIN);
	close(p[1]);
	CHECK(read(p[0], bytes, 1) == 0);
	close(p[0]);
}

static void a_great_write_goes_through_a_small_pipe(void)
{
	static char out[300000], in[300000];
	size_t done = 0;
	ssize_t n;
	int p[2];
	pid_t pid;

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7 + i / 251);
	CHECK(!pipe(p));
	CHILD(pid)
	CHECK(write(p[1], out, sizeof(out)) == sizeof(out));
	close(p[1]);
	while ((n = read(p[0], in + done, 7777)) > 0)
		done += (size_t)n;
	CHECK(!n && done == sizeof(out) && !memcmp(in, out, sizeof(out)));
	expect_exit(pid, 0);
	close(p[0]);
}

/* Many writers' records are never mixed. */
static void small_writes_are_whole(void)
{
	char record[RECORD];
	int p[2], counts[4] = { 0 };
	pid_t pid[4];

	CHECK(!pipe(p));
	for (int k = 0; k < 4; k++)
		CHILD(pid[k])
		{
			memset(record, 'a' + k, RECORD);
			for (int i = 0; i < 100; i++)
				CHECK(write(p[1], record, RECORD) == RECORD);
		}
	close(p[1]);
	for (;;) {
		ssize_t n = 0;

		for (ssize_t more = 1; more > 0 && n < RECORD; n += more)
			more = read(p[0], record + n, (size_t)(RECORD - n));
		if (!n)
			break;
		CHECK(n == RECORD);
		for (int i = 1; i < RECORD; i++)
			CHECK(record[i] == record[0]);
		counts[record[0] - 'a']++;
	}
	for (int k = 0; k < 4; k++) {
		CHECK(counts[k] == 100);
		expect_exit(pid[k], 0);
	}
	close(p[0]);
}

static void pieces(void)
{
	char a[4], b[8];
	struct iovec out[3] = { { "one", 3 }, { "", 0 }, { "two", 3 } };
	struct iovec in[2] = { { a, 4 }, { b, 8 } };
	int p[2];

	CHECK(!pipe(p));
	CHECK(writev(p[1], out, 3) == 6);
	CHECK(readv(p[0], in, 2) == 6); /* and does not wait for more */
	CHECK(!memcmp(a, "onet", 4) && !memcmp(b, "wo", 2));
	FAILS(writev(p[1], out, minus_one), EINVAL);
	FAILS(writev(p[0], out, 1), EBADF);
	FAILS(writev(p[1], nowhere, 1), EFAULT);
	CHECK(writev(p[1], out, 0) == 0);
	close(p[0]);
	close(p[1]);
}

static void a_signal_ends_or_restarts_a_read(void)
{
	char c = 0;
	int p[2];
	pid_t pid, self = getpid();

	CHECK(!pipe(p));
	catch (SIGUSR1, 0);
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(!kill(self, SIGUSR1));
	}
	FAILS(read(p[0], &c, 1), EINTR);
	CHECK(caught == SIGUSR1);
	expect_exit(pid, 0);
	catch (SIGUSR1, SA_RESTART);
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(!kill(self, SIGUSR1));
		sleep_ms(20);
		CHECK(write(p[1], "z", 1) == 1);
	}
	CHECK(read(p[0], &c, 1) == 1 && c == 'z' && caught == SIGUSR1);
	expect_exit(pid, 0);
	close(p[0]);
	close(p[1]);
}

/* A write that was begun says how far it came. */
static void a_signal_ends_a_write(void)
{
	static char bytes[100000];
	int p[2];
	pid_t pid, self = getpid();

	CHECK(!pipe(p));
	catch (SIGUSR1, SA_RESTART);
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(!kill(self, SIGUSR1));
	}
	CHECK(write(p[1], bytes, sizeof(bytes)) == 65536);
	CHECK(caught == SIGUSR1);
	expect_exit(pid, 0);
	close(p[0]);
	close(p[1]);
}

/* A chain of three, as a shell makes it. */
static void a_chain(void)
{
	char got[64] = { 0 };
	int a[2], b[2];
	pid_t first, second;
	ssize_t n;

	CHECK(!pipe(a) && !pipe(b));
	CHILD(first)
	for (int i = 0; i < 10; i++)
		CHECK(dprintf(a[1], "%d", i) == 1);
	close(a[1]);
	CHILD(second)
	{
		char c;

		while (read(a[0], &c, 1) == 1) {
			c = (char)(c + 'a' - '0');
			CHECK(write(b[1], &c, 1) == 1);
		}
	}
	close(a[0]);
	close(b[1]);
	for (char *to = got; (n = read(b[0], to, 20)) > 0; to += n)
		;
	CHECK(!strcmp(got, "abcdefghij"));
	expect_exit(second, 0);
	expect_exit(first, 0);
	close(b[0]);
}

static void it_is_a_fifo(void)
{
	struct stat s;
	int p[2];

	CHECK(!pipe(p));
	CHECK(!fstat(p[0], &s) && S_ISFIFO(s.st_mode));
	CHECK(!fstat(p[1], &s) && S_ISFIFO(s.st_mode));
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	hurry();
	a_child_writes_and_its_end_is_the_end();
	each_end_does_one_thing();
	nobody_reads_any_more();
	a_broken_pipe_kills();
	room_is_sixteen_pages_of_writes();
	without_waiting();
	a_great_write_goes_through_a_small_pipe();
	small_writes_are_whole();
	pieces();
	a_signal_ends_or_restarts_a_read();
	a_signal_ends_a_write();
	a_chain();
	it_is_a_fifo();
	return 0;
}
