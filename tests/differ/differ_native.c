/* SPDX-License-Identifier: GPL-2.0-only */
/* differ_native.c: the worker as a child, at the other end of two pipes. See differ_play.h. */
#include "tests/differ/differ_play.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct differ_native {
	pid_t pid;
	int to, from;
};

static bool move_all(int fd, void *data, size_t size, bool out)
{
	for (size_t n = 0; n < size;) {
		ssize_t moved = out ? write(fd, (char *)data + n, size - n) :
				      read(fd, (char *)data + n, size - n);

		if (moved < 0 && errno == EINTR)
			continue;
		if (moved <= 0)
			return false;
		n += (size_t)moved;
	}
	return true;
}

static const char *reason(int status)
{
	static const char *const codes[] = { [2] = "it cannot map its area",
					     [3] = "there is no __kernel_vsyscall",
					     [5] = "it cannot fork",
					     [6] = "it cannot trace its child",
					     [7] = "it gets no pid namespace of its own" };
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	return code < 8 && codes[code] ? codes[code] : "no 32-bit program runs here";
}

struct differ_native *differ_native_open(const char *worker, const char **why)
{
	struct differ_native *n = calloc(1, sizeof(*n));
	struct differ_case c = { .size = 4, .n_stops = 1, .area = { 0x90, 0xf4 } };
	struct differ_seen seen;
	int in[2], out[2], status = 0;

	*why = "no pipes";
	if (!n || pipe(in) || pipe(out)) {
		free(n);
		return NULL;
	}
	signal(SIGPIPE, SIG_IGN);
	n->pid = fork();
	if (n->pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl(worker, worker, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	n->to = in[1];
	n->from = out[0];
	c.stops[0].request = SYSEMU_PTRACE_SINGLESTEP;
	if (differ_native_play(n, &c, &seen) && seen.events[0].status == 0x057f)
		return n;
	close(n->to);
	waitpid(n->pid, &status, 0);
	*why = reason(status);
	close(n->from);
	free(n);
	return NULL;
}

void differ_native_close(struct differ_native *n)
{
	if (!n)
		return;
	close(n->to);
	waitpid(n->pid, NULL, 0);
	close(n->from);
	free(n);
}

bool differ_native_play(struct differ_native *n, const struct differ_case *c,
			struct differ_seen *seen)
{
	return move_all(n->to, (void *)(uintptr_t)c, sizeof(*c), true) &&
	       move_all(n->from, seen, sizeof(*seen), false);
}
