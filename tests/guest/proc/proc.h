/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc.h: for programs that say of themselves what is wrong. Linux itself is their oracle: each
 * exits with 0 outside, too.
 */
#ifndef TESTS_GUEST_PROC_PROC_H
#define TESTS_GUEST_PROC_PROC_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A handler may have run in a call that the C library says runs none of ours. */
#define CHECK(what)                                                                              \
	do {                                                                                     \
		__asm__ volatile("" : : : "memory");                                             \
		if (!(what)) {                                                                   \
			int error_ = errno;                                                      \
			dprintf(2, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #what, error_); \
			_exit(1);                                                                \
		}                                                                                \
	} while (0)
/* A call that is to fail. */
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

/* An address that is none; the compiler knows nothing of it. */
static void *volatile nowhere __attribute__((unused)) = (void *)16;
static volatile int minus_one __attribute__((unused)) = -1;

/* What a child does in a block of its own; the parent goes on behind it. */
#define CHILD(pid) for (pid = start_child(); pid == 0; _exit(0))

static inline pid_t start_child(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	return pid;
}

static inline void expect_exit(pid_t pid, int code)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == code);
}

static inline int64_t now_ms(void)
{
	struct timespec t;

	CHECK(!clock_gettime(CLOCK_MONOTONIC, &t));
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	CHECK(!nanosleep(&t, NULL));
}

static inline int nonblocking(int fd)
{
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static volatile sig_atomic_t caught, caught_times;

static inline void catch_it(int sig)
{
	caught = sig;
	caught_times++;
}

static inline void catch (int sig, int flags)
{
	struct sigaction a = { .sa_handler = catch_it, .sa_flags = flags };

	CHECK(!sigaction(sig, &a, NULL));
	caught = caught_times = 0;
}

/* Nothing here takes that long. */
static inline void hurry(void)
{
	alarm(30);
}

#endif
