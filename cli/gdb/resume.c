/* SPDX-License-Identifier: GPL-2.0-only */
/* resume.c: what sets the world going, and what the client is told when it stands. */
#include <string.h>

#include "cli/gdb/server.h"

enum { SIGNAL_INT = 2, SIGNAL_TRAP = 5, SIGNAL_ABRT = 6 };

/* A remark on the client's terminal. */
static void say(struct gdb_server *s, const char *text)
{
	struct packet *p = &s->out;

	p->n = 0;
	packet_put(p, "O");
	packet_hex(p, text, strlen(text));
	packet_hex(p, "\n", 1);
	wire_send(&s->wire, p);
	p->n = 0;
}

/* The latest of what has been. */
static void say_event(struct gdb_server *s)
{
	const struct events *l = &s->world->events;
	char text[256];

	if (!l->n)
		return;
	events_text(s->world, &l->list[l->n - 1], text, sizeof(text));
	say(s, text);
}

/* The program's end is a place that one can go back from; told again, the client lets it go. */
static void tell_end(struct gdb_server *s)
{
	const struct world *w = s->world;
	unsigned signal = w->now.e.status & 0x7f;
	bool ended = w->now.e.kind == SYSEMU_EVENT_EXIT || w->now.e.kind == SYSEMU_EVENT_KILLED;

	if (s->ended_told && ended) {
		packet_put(&s->out, signal ? "X%02x" : "W%02x",
			   signal ? signal : w->now.e.status >> 8 & 0xff);
		s->over = true;
		return;
	}
	s->ended_told = true;
	say(s, w->end);
	packet_put(&s->out, "T%02xthread:%x;replaylog:end;", SIGNAL_TRAP, (unsigned)gdb_pid(w));
}

static void tell_watch(struct gdb_server *s, int32_t pid)
{
	const sysemu_watch *hit = &s->last.watch;
	const char *what = hit->kinds & SYSEMU_WATCH_CHANGE ? "watch" :
			   hit->kinds & SYSEMU_WATCH_WRITE  ? "awatch" :
							      "rwatch";

	packet_put(&s->out, "T%02xthread:%x;%s:%x;", SIGNAL_TRAP, (unsigned)pid, what,
		   (unsigned)hit->addr);
}

void resume_told(struct gdb_server *s)
{
	const struct world *w = s->world;
	int32_t pid = gdb_pid(w);

	s->general = s->resumed = 0;
	switch (s->last.kind) {
	case WORLD_END: tell_end(s); return;
	case WORLD_WATCH: tell_watch(s, pid); break;
	case WORLD_BREAK:
		packet_put(&s->out, "T%02xthread:%x;swbreak:;", SIGNAL_TRAP, (unsigned)pid);
		break;
	case WORLD_BEGIN:
		packet_put(&s->out, "T%02xthread:%x;replaylog:begin;", SIGNAL_TRAP, (unsigned)pid);
		break;
	case WORLD_INTERRUPT:
		packet_put(&s->out, "T%02xthread:%x;", SIGNAL_INT, (unsigned)pid);
		break;
	case WORLD_STOP:
	case WORLD_REFUSED:
		say_event(s);
		packet_put(&s->out, "T%02xthread:%x;", SIGNAL_TRAP, (unsigned)pid);
		break;
	case WORLD_BROKEN:
		say(s, sysemu_errmsg(w->m));
		packet_put(&s->out, "T%02xthread:%x;", SIGNAL_ABRT, (unsigned)pid);
		break;
	default: packet_put(&s->out, "T%02xthread:%x;", SIGNAL_TRAP, (unsigned)pid);
	}
}

/* False: there is none to go to. */
static bool go_to_goal(struct gdb_server *s)
{
	if (!s->goes)
		return false;
	s->goes = false;
	s->last = gdb_goto(s->world, s->goal);
	return true;
}

static bool end_resume(struct gdb_server *s)
{
	if (s->last.kind != WORLD_BROKEN && !gdb_be_exact(s->world))
		s->last.kind = WORLD_BROKEN;
	if (s->last.kind != WORLD_END)
		s->ended_told = false;
	resume_told(s);
	return true;
}

bool resume_back(struct gdb_server *s, bool step)
{
	if (!go_to_goal(s))
		s->last = step ? gdb_back_step(s->world, s->resumed) : gdb_back_continue(s->world);
	return end_resume(s);
}

static bool step(struct gdb_server *s, int32_t pid)
{
	if (!go_to_goal(s))
		s->last = gdb_step(s->world, pid);
	return end_resume(s);
}

static bool go_on(struct gdb_server *s)
{
	if (!go_to_goal(s))
		s->last = gdb_continue(s->world);
	return end_resume(s);
}

/* While eip is in [from, to): a line of source. */
static bool range(struct gdb_server *s, int32_t pid, uint32_t from, uint32_t to)
{
	sysemu_regs regs;

	if (!go_to_goal(s)) {
		do
			s->last = gdb_step(s->world, pid);
		while (s->last.kind == WORLD_STEPPED && gdb_pid(s->world) == pid &&
		       sysemu_get_cpu(s->world->m, &regs) == SYSEMU_OK && regs.eip >= from &&
		       regs.eip < to && !wire_interrupted(&s->wire));
	}
	return end_resume(s);
}

bool resume_plain(struct gdb_server *s, const char *at, bool is_step)
{
	if (*at)
		return false; /* at another address: gdb never does */
	return is_step ? step(s, s->resumed) : go_on(s);
}

/* Of the actions the first that names a step counts: there is one CPU. A signal that gdb passes is not passed: the
 * program's are its tracer's. */
bool resume_vcont(struct gdb_server *s, const char *at)
{
	uint32_t pid = 0, from = 0, to = 0;
	bool is_range, is_step;
	uint64_t number;

	if (!packet_take_char(&at, ';'))
		return false;
	is_range = *at == 'r';
	is_step = *at == 's' || *at == 'S';
	if (!*at || !strchr("csCSr", *at))
		return false;
	if (strchr("CS", *at++) && !packet_take_number(&at, &number))
		return false;
	if (is_range && (!packet_take_u32(&at, &from) || !packet_take_char(&at, ',') ||
			 !packet_take_u32(&at, &to)))
		return false;
	if (packet_take_char(&at, ':') && strncmp(at, "-1", 2) && !packet_take_u32(&at, &pid))
		return false;
	if (!pid)
		pid = (uint32_t)gdb_pid(s->world);
	if (is_range)
		return range(s, (int32_t)pid, from, to);
	return is_step ? step(s, (int32_t)pid) : go_on(s);
}
