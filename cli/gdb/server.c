/* SPDX-License-Identifier: GPL-2.0-only */
/* server.c: a session: each packet to who answers it. Read next: query.c, resume.c, registers.c. */
#include <stdlib.h>
#include <string.h>

#include "cli/gdb/server.h"

/* ---- small packets ---- */

static bool ok(struct gdb_server *s)
{
	packet_put(&s->out, "OK");
	return true;
}

/* "0", "-1" and "" mean any. */
static bool take_thread(const char *at, int32_t *out)
{
	uint32_t pid;

	if (strcmp(at, "-1") == 0 || *at == '\0') {
		*out = 0;
		return true;
	}
	if (!packet_take_u32(&at, &pid) || *at || pid > INT32_MAX)
		return false;
	*out = (int32_t)pid;
	return true;
}

static bool is_thread(struct gdb_server *s, int32_t pid)
{
	sysemu_task task;

	return pid == 0 || pid == gdb_pid(s->world) ||
	       sysemu_task_info(s->world->m, pid, &task) == SYSEMU_OK;
}

static bool set_thread(struct gdb_server *s, const char *at)
{
	int32_t pid;
	char what = *at;

	if ((what != 'g' && what != 'c') || !take_thread(at + 1, &pid) || !is_thread(s, pid))
		return false;
	*(what == 'g' ? &s->general : &s->resumed) = pid;
	return ok(s);
}

static bool thread_alive(struct gdb_server *s, const char *at)
{
	int32_t pid;

	return take_thread(at, &pid) && is_thread(s, pid) && ok(s);
}

/* Z and z: type,addr,kind[;conditions], which we have not said that we know. */
static bool point(struct gdb_server *s, const char *at, bool on)
{
	static const unsigned kinds[] = { 0, 0, SYSEMU_WATCH_CHANGE, SYSEMU_WATCH_READ,
					  SYSEMU_WATCH_READ | SYSEMU_WATCH_WRITE };
	uint32_t type, addr, size;

	if (!packet_take_u32(&at, &type) || type > 4 || !packet_take_char(&at, ',') ||
	    !packet_take_u32(&at, &addr) || !packet_take_char(&at, ',') ||
	    !packet_take_u32(&at, &size))
		return false;
	if (on ? !points_set(s->world, addr, size, kinds[type]) :
		 !points_clear(s->world, addr, size, kinds[type]))
		return false;
	return ok(s);
}

/* ---- dispatch ---- */

static bool verbose(struct gdb_server *s, const char *at)
{
	if (strncmp(at, "Cont?", 6) == 0)
		packet_put(&s->out, "vCont;c;C;s;S;r");
	else if (strncmp(at, "Cont", 4) == 0)
		return resume_vcont(s, at + 4);
	else if (strncmp(at, "File:", 5) == 0)
		return file_packet(s, at + 5);
	else if (strncmp(at, "Kill", 4) == 0) {
		s->over = s->killed = true;
		return ok(s);
	}
	return true; /* unknown: an empty answer, to vMustReplyEmpty, too */
}

static bool no_acks(struct gdb_server *s)
{
	s->out.n = 0;
	ok(s);
	wire_send(&s->wire, &s->out);
	s->wire.no_ack = true;
	return true;
}

/* True: s->out is the answer. */
static bool answer(struct gdb_server *s, const char *at)
{
	switch (*at) {
	case '?': resume_told(s); return true;
	case 'g': return registers_get(s);
	case 'G': return registers_set(s, at + 1);
	case 'p': return register_get(s, at + 1);
	case 'P': return register_set(s, at + 1);
	case 'm': return memory_get(s, at + 1);
	case 'M': return memory_set(s, at + 1, false);
	case 'X': return memory_set(s, at + 1, true);
	case 'Z': return point(s, at + 1, true);
	case 'z': return point(s, at + 1, false);
	case 'H': return set_thread(s, at + 1);
	case 'T': return thread_alive(s, at + 1);
	case 'c': return resume_plain(s, at + 1, false);
	case 's': return resume_plain(s, at + 1, true);
	case 'b':
		if (at[1] == 's' || at[1] == 'c')
			return resume_back(s, at[1] == 's');
		return true;
	case 'q': return query_answer(s, at + 1);
	case 'v': return verbose(s, at + 1);
	case 'D': s->over = true; return ok(s);
	default: return true;
	}
}

static bool is_interrupted(void *user)
{
	struct gdb_server *s = user;

	return wire_interrupted(&s->wire);
}

void gdb_serve(struct gdb_server *s)
{
	s->world->interrupted = is_interrupted;
	s->world->user = s;
	while (!s->over && wire_receive(&s->wire, &s->in)) {
		const char *at = s->in.data;

		s->out.n = 0;
		s->out.data[0] = '\0';
		if (*at == '\3')
			continue; /* nothing runs */
		if (*at == 'k') {
			s->over = s->killed = true;
			continue;
		}
		if (strcmp(at, "QStartNoAckMode") == 0) {
			no_acks(s);
			continue;
		}
		if (!answer(s, at)) {
			s->out.n = 0;
			packet_put(&s->out, "E01");
		}
		if (!wire_send(&s->wire, &s->out))
			break;
	}
	s->world->interrupted = NULL;
	s->world->npoints = 0;
	s->world->shows_stops = false;
	free(s->marks);
	s->marks = NULL;
	s->nmarks = 0;
}
