/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hosts.c: starts test executables and asks them (host.h).
 */
#include "tests/mutation/hosts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	const char *path;
	pid_t pid;
	int fd;
} hosts[HOSTS_MAX];

static _Noreturn void give_up(uint32_t host, const char *why)
{
	fprintf(stderr, "%s: %s\n", hosts[host].path, why);
	exit(2);
}

static void start(uint32_t host)
{
	int pair[2];
	char number[16];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		give_up(host, "no socket");
	hosts[host].fd = pair[0];
	fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	hosts[host].pid = fork();
	if (hosts[host].pid == 0) {
		snprintf(number, sizeof(number), "%d", pair[1]);
		setenv(HOST_SOCKET, number, 1);
		execl(hosts[host].path, hosts[host].path, (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
}

static void stop(uint32_t host)
{
	if (!hosts[host].pid)
		return;
	close(hosts[host].fd);
	waitpid(hosts[host].pid, NULL, 0);
	hosts[host].pid = 0;
}

void hosts_end(void)
{
	for (uint32_t i = 0; i < HOSTS_MAX; i++)
		stop(i);
}

const char *host_name(uint32_t host)
{
	const char *slash = strrchr(hosts[host].path, '/');

	return slash ? slash + 1 : hosts[host].path;
}

static struct host_answer ask(uint32_t host, const struct host_question *q)
{
	struct host_answer a;

	if (!hosts[host].pid)
		start(host);
	if (!host_send(hosts[host].fd, q, sizeof(*q)) ||
	    !host_receive(hosts[host].fd, &a, sizeof(a)))
		give_up(host, "no answer: is it linked with tests/mutation/host.c?");
	return a;
}

struct host_test *hosts_list(char *const *executables, size_t n, uint32_t *tests)
{
	const struct host_question q = { .test = HOST_LIST };
	enum { ROOM = 16384 };
	struct host_test *list = mmap(NULL, ROOM * sizeof(*list), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*tests = 0;
	for (uint32_t h = 0; h < n && h < HOSTS_MAX; h++) {
		struct host_answer a;

		hosts[h].path = executables[h];
		a = ask(h, &q);

		if (a.images != host_images())
			give_up(h, "has other guest images than mutate: build both");
		for (uint32_t i = 0; i < a.tests; i++) {
			struct host_test *t = &list[(*tests)++];

			if (*tests > ROOM || !host_receive(hosts[h].fd, t->name, sizeof(t->name)))
				give_up(h, "too many tests");
			t->host = h;
			t->index = i;
		}
	}
	hosts_end();
	return list;
}

/* An endless guest is ended by what it executes; a test that loops by itself, by its time. */
struct host_answer host_try(const struct host_test *t, const struct host_change *c)
{
	const struct host_question q = { .test = t->index,
					 .cpu_ms = 2000 + t->cpu_us / 50,
					 .insns = 2000000 + 4 * t->insns,
					 .change = *c };

	return ask(t->host, &q);
}

void host_measure(struct host_test *t)
{
	static struct host_watched seen;
	const struct host_question q = { .test = t->index, .watch = true };
	struct host_answer a = ask(t->host, &q);

	if (!host_receive(hosts[t->host].fd, &seen, sizeof(seen)))
		give_up(t->host, "no answer");
	t->measured = true;
	t->good = a.status == 0;
	t->cpu_us = a.cpu_us;
	t->insns = a.insns;
	memcpy(t->kernels, seen.kernels, sizeof(t->kernels));
}
