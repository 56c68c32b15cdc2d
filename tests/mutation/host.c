/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.c: in every test executable that has guest kernels, between it and cmocka (the linker's
 * --wrap). Without SYSEMU_MUTANTS it passes all on. Read next: computer.c.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libsysemu/sysemu.h>

#include "tests/mutation/host.h"

#include <cmocka.h>

/* What cmocka_run_group_tests is given. */
struct group {
	const char *name;
	const struct CMUnitTest *tests;
	size_t n;
	CMFixtureFunction setup, teardown;
};

int __real__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t n,
				   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t n,
				   CMFixtureFunction setup, CMFixtureFunction teardown);

static struct host_watched *watched; /* shared with the child */

/* The child: one test with one change. */
static _Noreturn void try_test(const struct host_question *q, const struct group *g)
{
	const struct itimerval cpu = { .it_value = { q->cpu_ms / 1000, q->cpu_ms % 1000 * 1000 } };
	const struct rlimit no_core = { 0, 0 };
	int nowhere = open("/dev/null", O_RDWR);

	dup2(nowhere, 0);
	dup2(nowhere, 1);
	dup2(nowhere, 2);
	setrlimit(RLIMIT_CORE, &no_core);
	setitimer(ITIMER_PROF, &cpu, NULL);
	host_begin(q, watched);
	_exit(__real__cmocka_run_group_tests(g->name, &g->tests[q->test], 1, g->setup,
					     g->teardown) != 0);
}

/* The engine's self-test, once for all children. */
static void warm_up(void)
{
	static bool warm;
	sysemu_machine *m;

	if (!warm && sysemu_open(NULL, &m) == SYSEMU_OK)
		sysemu_close(m);
	warm = true;
}

static uint32_t microseconds(const struct timeval *t)
{
	return (uint32_t)(t->tv_sec * 1000000 + t->tv_usec);
}

static bool answer(int fd, const struct host_question *q, const struct group *g)
{
	struct host_answer a = { .tests = 0 };
	struct rusage usage;
	pid_t child;

	warm_up();
	memset(watched, 0, sizeof(*watched));
	child = fork();
	if (child == 0) {
		close(fd);
		try_test(q, g);
	}
	if (child < 0 || wait4(child, &a.status, 0, &usage) != child)
		return false;
	a.cpu_us = microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime);
	a.insns = watched->insns;
	return host_send(fd, &a, sizeof(a)) &&
	       (!q->watch || host_send(fd, watched, sizeof(*watched)));
}

static bool list(int fd, const struct group *g)
{
	const struct host_answer a = { .tests = (uint32_t)g->n, .images = host_images() };
	bool sent = host_send(fd, &a, sizeof(a));

	for (size_t i = 0; i < g->n; i++) {
		char name[HOST_NAME] = "";

		snprintf(name, sizeof(name), "%s", g->tests[i].name);
		sent = sent && host_send(fd, name, sizeof(name));
	}
	return sent;
}

static _Noreturn void serve(int fd, const struct group *g)
{
	struct host_question q;
	bool going = true;

	watched = mmap(NULL, sizeof(*watched), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	while (watched != MAP_FAILED && going && host_receive(fd, &q, sizeof(q))) {
		if (q.test == HOST_LIST)
			going = list(fd, g);
		else
			going = q.test < g->n && answer(fd, &q, g);
	}
	_exit(0);
}

int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t n,
				   CMFixtureFunction setup, CMFixtureFunction teardown)
{
	const struct group g = { name, tests, n, setup, teardown };
	const char *fd = getenv(HOST_SOCKET);

	if (!fd)
		return __real__cmocka_run_group_tests(name, tests, n, setup, teardown);
	serve(atoi(fd), &g);
}
