/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ_native.c: the worker at the other end of two pipes: a child, or in a booted kernel at the end of its
 * emulator's serial line. See differ_play.h.
 */
#include "tests/differ/differ_play.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/differ/wire.h"

struct differ_native {
	pid_t pid;
	int to, from;
	bool sysenter;
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
					     [7] = "it gets no pid namespace of its own",
					     [77] = "it cannot be booted" };
	unsigned code = WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;

	return code < sizeof(codes) / sizeof(codes[0]) && codes[code] ?
		       codes[code] :
		       "no 32-bit program runs here";
}

/* Whatever a line says before it is the worker's, passes. */
static bool hear_hello(struct differ_native *n)
{
	static const char hello[] = DIFFER_HELLO;

	for (size_t heard = 0; hello[heard];) {
		char c;

		if (!move_all(n->from, &c, 1, false))
			return false;
		heard = c == hello[heard] ? heard + 1 : c == hello[0];
	}
	return move_all(n->from, &n->sysenter, 1, false);
}

bool differ_native_int80(const struct differ_native *n)
{
	return !n->sysenter;
}

/* Does it trace? A step over a nop. */
static bool tries_well(struct differ_native *n)
{
	struct differ_case c = { .size = 4, .n_stops = 1, .area = { 0x90, 0xf4 } };
	struct differ_seen seen;

	c.stops[0].request = SYSEMU_PTRACE_SINGLESTEP;
	return differ_native_ask(n, &c) && differ_native_hear(n, &seen) &&
	       seen.events[0].status == 0x057f;
}

struct differ_native *differ_native_open(char *const command[], const char **why)
{
	struct differ_native *n = calloc(1, sizeof(*n));
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
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* an emulator does not end with its line */
		execv(command[0], command);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	n->to = in[1];
	n->from = out[0];
	if (hear_hello(n) && tries_well(n))
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
	kill(n->pid, SIGTERM);
	waitpid(n->pid, NULL, 0);
	close(n->from);
	free(n);
}

static bool ask(struct differ_native *n, uint32_t cases, void *bytes, uint32_t size)
{
	struct wire_head head = { .size = size, .cases = cases };

	return move_all(n->to, &head, sizeof(head), true) && move_all(n->to, bytes, size, true);
}

bool differ_native_ask(struct differ_native *n, const struct differ_case *c)
{
	static _Thread_local struct wire w;

	wire_put_case(&w, c);
	return ask(n, 0, w.bytes, w.n);
}

bool differ_native_hear(struct differ_native *n, struct differ_seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	return move_all(n->from, &seen->n, sizeof(seen->n), false) &&
	       seen->n <= sizeof(seen->events) / sizeof(seen->events[0]) &&
	       move_all(n->from, seen->events, seen->n * sizeof(seen->events[0]), false);
}

bool differ_native_ask_batch(struct differ_native *n, uint64_t seed, uint32_t cases)
{
	return ask(n, cases, &seed, sizeof(seed));
}

bool differ_native_hear_batch(struct differ_native *n, uint32_t cases, uint64_t *digests)
{
	return move_all(n->from, digests, cases * sizeof(*digests), false);
}
