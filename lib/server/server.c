/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server.c: the UML-like tracer: it answers a program's calls at its stops. Here: its
 * state, the table of calls, and the way of one call. A call is served from outside,
 * with the public interface's means: registers, memory, ptrace; it never runs in the
 * guest's kernel. Read next: private.h, calls.def, files.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/server/private.h"

#define RANDOM_STREAM 0x67657472616e646fu /* apart from AT_RANDOM's */

/* ---- state ---- */

struct server *server_new(const struct layout *layout, const sysemu_config *config, bool processes)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->root = -1;
	s->st.memory.brk_start = s->st.memory.brk = layout->brk;
	s->st.memory.mmap_top = layout->mmap_top;
	s->st.memory.stack_pages = (layout->stack_top - layout->stack_low) / PAGE_SIZE;
	s->st.random = config->seed ^ RANDOM_STREAM;
	s->st.task.dumpable = 1;
	if (processes && !(s->overlay = overlay_new())) {
		free(s);
		return NULL;
	}
	memcpy(s->st.task.name, layout->name, sizeof(s->st.task.name));
	for (unsigned i = 0; i < 3; i++) {
		s->st.open[i] = (struct descriptor){ .kind = FD_STREAM, .users = 1, .stream = i };
		s->st.fd[i] = (uint8_t)(i + 1);
	}
	return s;
}

static void drop_state(struct server *s)
{
	for (unsigned i = 0; i < MAX_FDS; i++)
		descriptor_drop(&s->st.open[i]);
	input_unref(s->input);
}

void server_free(struct server *s)
{
	if (!s)
		return;
	drop_state(s);
	places_free(s);
	overlay_free(s->overlay);
	kept_overlay_free(s->kept_overlay);
	host_root_close(s->root);
	free(s);
}

static void ref_state(const struct server *s)
{
	for (unsigned i = 0; i < MAX_FDS; i++)
		if (s->st.open[i].kind == FD_FILE)
			host_file_ref(s->st.open[i].file);
		else if (s->st.open[i].kind == FD_OBJECT)
			object_ref(s->st.open[i].object);
	input_ref(s->input);
}

/* Without callbacks and root: a snapshot outlives the machine that they belong to. */
struct server *server_clone(const struct server *s)
{
	struct server *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	ref_state(s);
	copy->st = s->st;
	copy->input = s->input;
	copy->root = -1;
	if (!s->overlay)
		return copy;
	places_copy(copy, s);
	copy->kept_overlay = overlay_keep(s->overlay);
	if (copy->kept_overlay)
		return copy;
	server_free(copy);
	return NULL;
}

sysemu_status server_assign(struct server *into, const struct server *from)
{
	struct input *input;

	if (into->overlay) {
		if (!overlay_back(into->overlay, from->kept_overlay))
			return SYSEMU_ENOMEM;
		places_free(into);
		places_copy(into, from);
	}
	input = input_ref(input_merge(into->input, from->input));
	ref_state(from);
	input_unref(from->input); /* taken by ref_state; `input` has its own */
	drop_state(into);
	into->st = from->st;
	into->input = input;
	return SYSEMU_OK;
}

/* Member by member: neither padding nor addresses of the host may show. */
void server_state(const struct server *s, void (*add)(void *ctx, const void *bytes, size_t size),
		  void *ctx)
{
	const struct server_state *st = &s->st;
	const uint64_t words[] = {
		st->memory.brk_start, st->memory.brk, st->memory.mmap_top, st->memory.stack_pages,
		st->random,           st->slept,      st->input_at,        st->tls_used,
		st->blocked,          st->pending,    st->altstack.sp,     st->altstack.flags,
		st->altstack.size,
	};

	add(ctx, words, sizeof(words));
	for (unsigned i = 1; i <= SIGNALS; i++) {
		const struct action *a = &st->action[i];
		const uint64_t action[] = { a->handler, a->flags, a->restorer, a->mask };

		add(ctx, action, sizeof(action));
	}
	add(ctx, st->fd, sizeof(st->fd));
	add(ctx, st->cloexec, sizeof(st->cloexec));
	if (s->overlay) {
		overlay_state(s->overlay, add, ctx);
		places_state(s, add, ctx);
	}
	for (unsigned i = 0; i < MAX_FDS; i++) {
		const struct descriptor *d = &st->open[i];
		const uint64_t open[] = { d->kind, d->stream, d->offset };

		add(ctx, open, sizeof(open));
		if (d->kind == FD_FILE)
			add(ctx, d->file->path, strlen(d->file->path) + 1);
		if (d->kind == FD_DEVICE) {
			add(ctx, d->device->name, strlen(d->device->name) + 1);
			add(ctx, &d->flags, sizeof(d->flags));
		}
		if (d->kind == FD_OBJECT)
			add(ctx, (uint32_t[]){ d->object->number, d->flags }, 8);
	}
	add(ctx, &st->task, sizeof(st->task));
}

/* ---- the table ---- */

struct row {
	const char *name;
	call_handler serve; /* NULL: -ENOSYS */
	bool inside;        /* with processes alone */
};

static const struct row rows[MAX_CALLS] = {
#define CALL(number, name, handler)   [number] = { #name, handler, false },
#define INSIDE(number, name, handler) [number] = { #name, handler, true },
#define UNSERVED(number, name)        [number] = { #name, NULL, false },
#include "lib/server/calls.def"
#undef CALL
#undef INSIDE
#undef UNSERVED
};

static const struct row *row_of(int32_t nr)
{
	static const struct row unknown;

	return nr >= 0 && nr < MAX_CALLS ? &rows[nr] : &unknown;
}

const char *sysemu_call_name(int32_t nr)
{
	return row_of(nr)->name;
}

/* ---- remarks ---- */

/* All numbers outside the table count as one. */
static void note_unserved(struct server *s, int32_t nr)
{
	const char *name = sysemu_call_name(nr);
	bool forks = nr == 2 || nr == 120 || nr == 190; /* fork, clone, vfork */

	note_once(s, nr >= 0 && nr < MAX_CALLS ? (unsigned)nr : NOTE_NUMBER,
		  "call %d (%s) answered -ENOSYS%s", nr, name ? name : "unknown",
		  forks ? ": here is one process; sysemu exec has more" : "");
}

/* ---- the interface ---- */

sysemu_status sysemu_set_host(sysemu_machine *m, const sysemu_host *host)
{
	struct server *s;
	int root = -1;

	REQUIRE(m, host);
	REQUIRE_OUTSIDE(m);
	s = m->program.server;
	if (!s)
		return fail(m, SYSEMU_ESTATE, "sysemu_set_host before a program is loaded");
	if (s->host_set || s->served)
		return fail(m, SYSEMU_ESTATE,
			    s->host_set ? "the host is set already" :
					  "sysemu_set_host after sysemu_serve");
	if (host->root) {
		root = host_root_open(host->root);
		if (root < 0)
			return fail(m, SYSEMU_EHOST, "the root %s cannot be opened: %s", host->root,
				    strerror(-root));
	}
	m->program.served = true;
	s->host = *host;
	s->host.root = NULL; /* the caller's string */
	s->inside = &m->inside;
	s->root = root;
	s->host_set = true;
	return SYSEMU_OK;
}

static int32_t serve(struct call *c)
{
	const struct row *row = row_of(c->nr);

	if (row->serve && (!row->inside || c->m->spaces))
		return row->serve(c);
	note_unserved(c->s, c->nr);
	return -ENOSYS;
}

sysemu_status sysemu_serve(sysemu_machine *m, int32_t nr, sysemu_served *out)
{
	struct call c = { .m = m, .s = m ? m->program.server : NULL, .nr = nr };
	sysemu_status status;
	int32_t result;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (m->spaces)
		return fail(m, SYSEMU_ESTATE,
			    "sysemu_serve: with processes the kernel serves them");
	if (!c.s)
		return fail(m, SYSEMU_ESTATE, "sysemu_serve before a program is loaded");
	status = sysemu_get_regs(m, &c.regs);
	if (status)
		return status;
	memcpy(c.arg,
	       (uint32_t[]){ c.regs.ebx, c.regs.ecx, c.regs.edx, c.regs.esi, c.regs.edi,
			     c.regs.ebp },
	       sizeof(c.arg));
	m->program.served = true;
	c.s->served = true;
	lacked_memory(m); /* before */
	result = serve(&c);
	if (lacked_memory(m) || result == -NO_MEMORY)
		return fail(m, SYSEMU_ENOMEM, "no memory, or no descriptor, to serve %s",
			    sysemu_call_name(nr));
	if (!c.regs_set) {
		status = sysemu_set_reg(m, USER_EAX, (uint32_t)result);
		if (status)
			return status;
	}
	if (!c.ended && (c.s->st.pending & ~c.s->st.blocked))
		signals_deliver(&c);
	if (out)
		*out = (sysemu_served){ .nr = nr,
					.result = result,
					.ended = c.ended,
					.status = c.status,
					.name = sysemu_call_name(nr) };
	return SYSEMU_OK;
}

/* ---- processes: calls that the guest asks about ---- */

int32_t server_answer(sysemu_machine *m, int32_t nr, const uint32_t arg[6])
{
	struct call c = { .m = m, .s = m->program.server, .nr = nr };

	memcpy(c.arg, arg, sizeof(c.arg));
	c.s->served = true;
	return serve(&c);
}

struct server_memory *server_memory(struct server *s)
{
	return &s->st.memory;
}

bool server_is_terminal(sysemu_machine *m, uint32_t handle)
{
	struct call c = { .m = m, .s = m->program.server };
	struct descriptor *d = descriptor_get(&c, handle);

	return d && is_terminal(&c, d);
}

#define POLL_IN  0x41u /* POLLIN, POLLRDNORM */
#define POLL_OUT 0x104u

uint32_t server_ready(sysemu_machine *m, uint32_t handle)
{
	struct call c = { .m = m, .s = m->program.server };
	const struct descriptor *d = descriptor_get(&c, handle);
	bool input = d && d->kind == FD_STREAM && d->stream == 0;

	if (!input)
		return POLL_IN | POLL_OUT;
	if (!m->spaces->input_fn || input_ended(c.s) || m->spaces->input)
		return POLL_IN;
	m->spaces->wants_input = true;
	return 0;
}
