/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * answers.c: the tracer of a plain program: it answers stops by a list of requests, or as it was told, and
 * serves the calls that SYSEMU skips. And the program's outside: what it has read once it reads
 * again, and what it has written is not written again, when the world goes through what has been.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/gdb/world.h"

#define OPTION_TRACESYSGOOD 1
#define MINUS_ENOSYS        ((uint32_t)-38)

/* ---- outside ---- */

static struct world_input *one_more(struct world *w)
{
	void *more = realloc(w->inputs, (w->ninputs + 1) * sizeof(*w->inputs));

	if (!more)
		return NULL;
	w->inputs = more;
	w->inputs[w->ninputs] = (struct world_input){ .result = 0 };
	return &w->inputs[w->ninputs++];
}

static bool read_anew(struct world *w, int fd, uint32_t size)
{
	struct world_input *in = one_more(w);
	ssize_t n = 0;

	if (!in)
		return false;
	in->bytes = w->config.input && fd == STDIN_FILENO ? malloc(size ? size : 1) : NULL;
	if (in->bytes)
		n = read(fd, in->bytes, size);
	in->result = n < 0 ? -errno : (int32_t)n;
	return true;
}

static int32_t host_read(void *user, int fd, void *buf, uint32_t size)
{
	struct world *w = user;
	const struct world_input *in;

	if (w->now.inputs == w->ninputs && !read_anew(w, fd, size))
		return -ENOMEM;
	in = &w->inputs[w->now.inputs++];
	if (in->result > 0 && (uint32_t)in->result <= size)
		memcpy(buf, in->bytes, (size_t)in->result);
	return in->result;
}

static int32_t host_write(void *user, int fd, const void *buf, uint32_t size)
{
	struct world *w = user;
	ssize_t n;

	if (size > INT32_MAX)
		size = INT32_MAX;
	if (++w->now.outputs <= w->outputs)
		return (int32_t)size;
	w->outputs = w->now.outputs;
	n = write(fd == STDOUT_FILENO ? w->config.out : STDERR_FILENO, buf, size);
	(void)n; /* another host must not make another program of it */
	return (int32_t)size;
}

static void host_note(void *user, const char *text)
{
	(void)user;
	cli_say("%s", text);
}

bool answers_set_host(struct world *w, sysemu_machine *m)
{
	sysemu_host host = { .user = w,
			     .read = host_read,
			     .write = host_write,
			     .note = host_note,
			     .root = w->config.root };

	if (sysemu_set_host(m, &host) == SYSEMU_OK)
		return true;
	cli_fail(m, w->config.root ? w->config.root : "gdb");
	return false;
}

void answers_forget(struct world *w)
{
	while (w->ninputs > w->now.inputs)
		free(w->inputs[--w->ninputs].bytes);
	w->outputs = w->now.outputs;
	events_cut(w, gdb_moment(w));
}

/* ---- answers ---- */

/* As `sysemu trace` finds it out: a call was made meanwhile, and eax is what its trace entry put there. */
static bool is_emulation_stop(const struct world_state *s)
{
	sysemu_counts d = cli_counts_since(&s->e.counts, &s->before);

	return (s->request == SYSEMU_PTRACE_SYSEMU ||
		s->request == SYSEMU_PTRACE_SYSEMU_SINGLESTEP) &&
	       d.int80 + d.sysenter && s->e.eax == MINUS_ENOSYS && cli_is_syscall_stop(&s->e);
}

enum piece answers_result(struct world *w, int32_t result)
{
	struct world_state *s = &w->now;

	if (result >= 0) {
		s->phase = WORLD_RUNS;
		return PIECE_MOVED;
	}
	events_add(w, (struct world_event){ .kind = WORLD_EVENT_REFUSED,
					    .nr = s->request,
					    .value = (uint32_t)-result });
	s->phase = WORLD_STOPPED;
	s->stops--;
	return PIECE_REFUSED;
}

/* The first answer sets an option, as `sysemu run` does, for which nobody looks. */
static bool prepare(struct world *w, int *number)
{
	struct world_state *s = &w->now;
	sysemu_served served = { 0 };
	int32_t result;

	if (s->stops == 0 && sysemu_ptrace(w->m, SYSEMU_PTRACE_SETOPTIONS, 0, OPTION_TRACESYSGOOD,
					   &result) != SYSEMU_OK)
		return false;
	/* That was a call of the guest, and what is served may be some. */
	w->moment_known = false;
	if (w->config.serves && is_emulation_stop(s)) {
		if (!cli_serve(w->m, s->e.orig_eax, &served))
			return false;
		events_add(w, (struct world_event){ .kind = WORLD_EVENT_SERVED,
						    .nr = s->e.orig_eax,
						    .value = (uint32_t)served.result });
		s->e.eax = (uint32_t)served.result; /* it is not served again */
	}
	if (served.ended) {
		s->served_end = true;
		s->end_status = served.status;
		*number = SYSEMU_PTRACE_KILL;
	}
	return true;
}

enum piece answers_give(struct world *w, bool seen)
{
	struct world_state *s = &w->now;
	const struct cli_request *r =
		s->ordered ? &s->order : cli_request_for(w->config.requests, s->stops);
	uint32_t signal = cli_request_signal(r, &s->e, s->stops);
	int number = r->number;
	int32_t result;

	if (!prepare(w, &number))
		return PIECE_BROKEN;
	events_add(w, (struct world_event){
			      .kind = WORLD_EVENT_REQUEST, .nr = number, .value = signal });
	s->ordered = false;
	s->stops++;
	s->request = number;
	s->before = s->e.counts;
	if (seen) {
		if (sysemu_ptrace_begin(w->m, number, 0, signal) != SYSEMU_OK)
			return PIECE_BROKEN;
		s->phase = WORLD_CALLS;
		return PIECE_MOVED;
	}
	if (sysemu_ptrace(w->m, number, 0, signal, &result) != SYSEMU_OK)
		return PIECE_BROKEN;
	w->moment_known = false;
	return answers_result(w, result);
}
