/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bombs.c: what nobody should run outside: `bombs WAY [N]`, for tests/machine/bombs_test.c.
 */
#include "proc.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

static long amount;

/* ---- too many ---- */

static void __attribute__((noreturn)) fork_bomb(void)
{
	for (;;)
		fork();
}

static void __attribute__((noreturn)) * thread_bomb(void *argument)
{
	pthread_t thread;

	for (;;)
		if (pthread_create(&thread, NULL, thread_bomb, argument))
			sched_yield();
}

/* Both at once, with vfork and odd flags. */
static void clone_bomb(void)
{
	static const unsigned flags[] = { 0x100, 0x800, 0xf00, 0x10f00, 0x2011, 0x4111, 0x8011 };

	for (unsigned i = 0;; i++)
		syscall(SYS_clone, flags[i % 7] | SIGCHLD * (i % 3 == 0), 0, 0, 0, 0);
}

static void use_up_descriptors(void)
{
	int fds[2], n = 0;

	while (!pipe(fds))
		n += 2;
	CHECK(errno == EMFILE || errno == ENFILE);
	while (open("/dev/null", O_RDONLY) >= 0)
		n++;
	CHECK(errno == EMFILE && n > 100);
	FAILS(dup(0), EMFILE);
	for (int fd = 3; fd < 1000; fd++)
		close(fd);
	for (int i = 0; i < 20; i++) {
		CHECK(!pipe(fds)); /* all are there again */
		CHECK(!close(fds[0]) && !close(fds[1]));
	}
}

static void fill_pipes(void)
{
	static char block[5000];
	int fds[2], n = 0;

	while (!pipe(fds)) {
		long sum = 0;
		ssize_t done;

		CHECK(!nonblocking(fds[1]));
		while ((done = write(fds[1], block, sizeof(block))) > 0)
			sum += done;
		CHECK(errno == EAGAIN && sum >= 4096);
		n++;
	}
	CHECK(n > 10);
	fcntl(fds[1], F_SETFL, 0);
	for (int fd = 4; fd < 4 + 2 * n; fd += 2)
		fcntl(fd, F_SETFL, 0);
	for (;;) /* and then waits for ever */
		CHECK(write(4, block, 1) == 1);
}

static void use_up_memory(void)
{
	long pages = 0;
	pid_t pid;

	for (;;) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			break;
		memset(p, 1, 1 << 20);
		pages += 256;
		CHECK(pages < 1 << 20);
	}
	CHECK(errno == ENOMEM);
	pid = fork(); /* so much twice, or not */
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		expect_exit(pid, 0);
}

static void use_up_files(void)
{
	static char block[65536];
	int fd = open("/tmp/bomb", O_CREAT | O_RDWR, 0600);
	long sum = 0;
	ssize_t n;

	CHECK(fd >= 0);
	while ((n = write(fd, block, sizeof(block))) > 0)
		sum += n;
	CHECK(errno == EFBIG || errno == ENOSPC);
	for (int i = 0; i < 100; i++) {
		char name[64];

		snprintf(name, sizeof(name), "/tmp/bomb%d", i);
		fd = open(name, O_CREAT | O_RDWR, 0600);
		if (fd < 0)
			break;
		while ((n = write(fd, block, sizeof(block))) > 0)
			;
		CHECK(errno == EFBIG || errno == ENOSPC);
		close(fd);
	}
}

/* ---- tracing in circles ---- */

static void trace_in_a_ring(void)
{
	enum { N = 6 };
	static pid_t *pids;
	int status;

	pids = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(pids != MAP_FAILED);
	for (int i = 0; i < N; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid) {
			pids[i] = pid;
			continue;
		}
		while (!pids[N - 1])
			sched_yield();
		for (int round = 0;; round++) {
			pid_t next = pids[(i + 1) % N];

			ptrace(PTRACE_ATTACH, next, 0, 0);
			ptrace(PTRACE_ATTACH, getpid(), 0, 0);
			ptrace(PTRACE_TRACEME, 0, 0, 0);
			if (waitpid(next, &status, WNOHANG | __WALL) > 0)
				ptrace(round % 2 ? PTRACE_CONT : PTRACE_DETACH, next, 0,
				       round % 5 ? 0 : SIGSTOP);
			sched_yield();
		}
	}
	sleep_ms(50);
	for (int i = 0; i < N; i++)
		kill(pids[i], i % 2 ? SIGSTOP : SIGKILL);
	sleep_ms(5);
	for (int i = 0; i < N; i++)
		kill(pids[i], SIGKILL);
	while (wait(&status) > 0 || errno != ECHILD)
		;
}

static void kill_all(void)
{
	int status;
	pid_t pid;

	setsid();
	for (int i = 0; i < 10; i++)
		CHILD(pid) for (;;) pause();
	CHILD(pid)
	{
		signal(SIGTERM, SIG_IGN);
		CHECK(!kill(-1, SIGTERM));
		sleep_ms(1);
	}
	while (wait(&status) > 0)
		;
}

/* ---- again and again ---- */

static void rounds(char *self)
{
	char *argv[] = { self, "nothing", NULL }, *envp[] = { NULL };
	int status;

	for (volatile long i = 0; i < amount; i++) {
		pid_t pid = i % 2 ? fork() : vfork();

		CHECK(pid >= 0);
		if (pid == 0) {
			execve(self, argv, envp);
			_exit(1);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
}

/* ---- random calls by several processes ---- */

static uint32_t state;

static uint32_t any(void)
{
	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static long argument(void)
{
	static char memory[4096];

	switch (any() % 8) {
	case 0: return 0;
	case 1: return -1;
	case 2: return (long)any() % 20;
	case 3: return (long)(memory + any() % 4096);
	case 4: return getpid() + (long)(any() % 9) - 4;
	case 5: return (long)any() << (any() % 16);
	case 6: return 1L << (any() % 32);
	default: return (long)(memory + 4092);
	}
}

static void random_calls(void)
{
	for (int i = 0; i < 5; i++)
		if (!fork())
			state += 77777u * (unsigned)i;
	for (long n = 0; n < amount; n++) {
		long nr = any() % 450;

		if (nr == SYS_exit || nr == SYS_exit_group)
			continue; /* all too soon */
		syscall(nr, argument(), argument(), argument(), argument(), argument(), argument());
	}
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "nothing";
	amount = argc > 2 ? atol(argv[2]) : 1;
	state = argc > 3 ? (uint32_t)atol(argv[3]) : 1;

	if (!strcmp(way, "fork"))
		fork_bomb();
	else if (!strcmp(way, "threads"))
		thread_bomb(NULL);
	else if (!strcmp(way, "clone"))
		clone_bomb();
	else if (!strcmp(way, "descriptors"))
		use_up_descriptors();
	else if (!strcmp(way, "pipes"))
		fill_pipes();
	else if (!strcmp(way, "memory"))
		use_up_memory();
	else if (!strcmp(way, "files"))
		use_up_files();
	else if (!strcmp(way, "ring"))
		trace_in_a_ring();
	else if (!strcmp(way, "kill"))
		kill_all();
	else if (!strcmp(way, "rounds"))
		rounds(argv[0]);
	else if (!strcmp(way, "random"))
		random_calls();
	else if (strcmp(way, "nothing"))
		return 2;
	return 0;
}
