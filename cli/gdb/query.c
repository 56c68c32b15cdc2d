/* SPDX-License-Identifier: GPL-2.0-only */
/* query.c: the q packets: what is known here, threads, and documents that are read piece by piece. */
#include <stdlib.h>
#include <string.h>

#include "cli/gdb/server.h"

#define TASKS_MOST 64

/* ---- threads ---- */

void threads_list(struct gdb_server *s, void (*fn)(struct gdb_server *s, int32_t pid, void *user),
		  void *user)
{
	sysemu_machine *m = s->world->m;
	sysemu_process_task tasks[TASKS_MOST];
	sysemu_task task;
	size_t n;

	if (s->world->now.phase == WORLD_CALLS)
		fn(s, WORLD_TRACER, user);
	if (sysemu_get_tasks(m, tasks, TASKS_MOST, &n) == SYSEMU_OK) {
		for (size_t i = 0; i < n && i < TASKS_MOST; i++)
			fn(s, tasks[i].pid, user);
		return;
	}
	for (int32_t pid = 101; sysemu_task_info(m, pid, &task) == SYSEMU_OK; pid++)
		fn(s, pid, user);
}

/* "ready, in write, tif EMU" */
static void describe(struct gdb_server *s, int32_t pid, char *buf, size_t size)
{
	static const char *const states[] = { "running", "sleeping", "stopped",
					      "traced",  "zombie",   "dead" };
	sysemu_process_task tasks[TASKS_MOST];
	char flags[128];
	sysemu_task task;
	size_t n = 0;

	if (pid == WORLD_TRACER) {
		snprintf(buf, size, "the tracer's call PTRACE_%s",
			 sysemu_request_name(s->world->now.request));
		return;
	}
	sysemu_get_tasks(s->world->m, tasks, TASKS_MOST, &n);
	for (size_t i = 0; i < n && i < TASKS_MOST; i++) {
		if (tasks[i].pid != pid)
			continue;
		snprintf(buf, size, "%s, %s, process %d, in %s, tif %s", tasks[i].name,
			 sysemu_task_state_name(tasks[i].state), (int)tasks[i].process,
			 tasks[i].call < 0               ? "no call" :
			 sysemu_call_name(tasks[i].call) ? sysemu_call_name(tasks[i].call) :
							   "a call",
			 cli_flags_text(tasks[i].tif, flags, sizeof(flags)));
		return;
	}
	buf[0] = '\0';
	if (sysemu_task_info(s->world->m, pid, &task) != SYSEMU_OK)
		return;
	n = 0;
	while (n < 5 && task.state >> n)
		n++;
	n = task.state == 4 ? 2 : task.state == 8 ? 3 : task.state >= 16 ? 4 : task.state ? 1 : 0;
	snprintf(buf, size, "%s, tif %s", states[n],
		 cli_flags_text(task.tif, flags, sizeof(flags)));
}

static void put_id(struct gdb_server *s, int32_t pid, void *user)
{
	bool *first = user;

	packet_put(&s->out, "%c%x", *first ? 'm' : ',', (unsigned)pid);
	*first = false;
}

static bool extra_info(struct gdb_server *s, const char *at)
{
	char text[256];
	uint32_t pid;

	if (!packet_take_u32(&at, &pid) || pid > INT32_MAX)
		return false;
	describe(s, (int32_t)pid, text, sizeof(text));
	packet_hex(&s->out, text, strlen(text));
	return true;
}

/* ---- documents ---- */

struct document {
	size_t n;
	char text[16384];
};

static void put_thread(struct gdb_server *s, int32_t pid, void *user)
{
	struct document *d = user;
	char text[256];
	int n;

	describe(s, pid, text, sizeof(text));
	for (char *c = text; *c; c++)
		if (strchr("<>&\"'", *c) || (unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	n = snprintf(d->text + d->n, sizeof(d->text) - d->n, "<thread id=\"%x\">%s</thread>",
		     (unsigned)pid, text);
	if (n > 0 && (size_t)n < sizeof(d->text) - d->n - 16)
		d->n += (size_t)n;
}

static void threads_document(struct gdb_server *s, struct document *d)
{
	d->n = (size_t)snprintf(d->text, sizeof(d->text), "<?xml version=\"1.0\"?><threads>");
	threads_list(s, put_thread, d);
	d->n += (size_t)snprintf(d->text + d->n, sizeof(d->text) - d->n, "</threads>");
}

/* What gdb takes for the program: the kernel, if there is no file of one. */
static const struct gdb_file *main_file(const struct gdb_server *s)
{
	return s->program.name ? &s->program : &s->kernel;
}

/* The kernel is where it was linked. */
static void libraries_document(struct gdb_server *s, struct document *d)
{
	int n = snprintf(d->text, sizeof(d->text), "<library-list-svr4 version=\"1.0\">");

	if (s->kernel.name && s->program.name)
		n += snprintf(
			d->text + n, sizeof(d->text) - (size_t)n,
			"<library name=\"%s\" lm=\"0xc0000000\" l_addr=\"0x0\" l_ld=\"0x0\" lmid=\"0x0\"/>",
			s->kernel.name);
	n += snprintf(d->text + n, sizeof(d->text) - (size_t)n, "</library-list-svr4>");
	d->n = (size_t)n;
}

/* offset,length of it: 'm' and there is more, or 'l'. */
static bool put_part(struct gdb_server *s, const char *at, const void *data, size_t size)
{
	uint32_t offset, length;
	size_t n;

	if (!packet_take_u32(&at, &offset) || !packet_take_char(&at, ',') ||
	    !packet_take_u32(&at, &length) || offset > size)
		return false;
	n = size - offset < length ? size - offset : length;
	s->out.n = 1;
	n = packet_room(&s->out, (const char *)data + offset, n);
	s->out.data[0] = offset + n < size ? 'm' : 'l';
	packet_binary(&s->out, (const char *)data + offset, n);
	return true;
}

static bool begins(const char **at, const char *with)
{
	size_t n = strlen(with);

	if (strncmp(*at, with, n))
		return false;
	*at += n;
	return true;
}

static bool transfer(struct gdb_server *s, const char *at)
{
	struct document d = { 0 };

	if (begins(&at, "features:read:target.xml:"))
		return put_part(s, at, target_xml(), strlen(target_xml()));
	if (begins(&at, "threads:read:"))
		threads_document(s, &d);
	else if (begins(&at, "libraries-svr4:read:"))
		libraries_document(s, &d);
	else if (begins(&at, "exec-file:read:") && main_file(s)->name) {
		d.n = strlen(main_file(s)->name);
		memcpy(d.text, main_file(s)->name, d.n + 1);
	} else {
		return true; /* not known */
	}
	at += strcspn(at, ":"); /* an annex that says no more */
	packet_take_char(&at, ':');
	return put_part(s, at, d.text, d.n);
}

/* ---- all of them ---- */

static void supported(struct gdb_server *s)
{
	packet_put(
		&s->out,
		"PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+;"
		"qXfer:libraries-svr4:read+;vContSupported+;swbreak+;ReverseStep+;ReverseContinue+%s",
		PACKET_MAX, main_file(s)->name ? ";qXfer:exec-file:read+" : "");
}

bool query_answer(struct gdb_server *s, const char *at)
{
	bool first = true;

	if (begins(&at, "Supported")) {
		supported(s);
	} else if (begins(&at, "Xfer:")) {
		return transfer(s, at);
	} else if (begins(&at, "fThreadInfo")) {
		threads_list(s, put_id, &first);
		if (first)
			packet_put(&s->out, "l");
	} else if (begins(&at, "sThreadInfo")) {
		packet_put(&s->out, "l");
	} else if (begins(&at, "ThreadExtraInfo,")) {
		return extra_info(s, at);
	} else if (begins(&at, "Attached")) {
		packet_put(&s->out, "1");
	} else if (begins(&at, "Rcmd,")) {
		return monitor_run(s, at);
	} else if (strcmp(at, "C") == 0) {
		packet_put(&s->out, "QC%x", (unsigned)gdb_pid(s->world));
	} else if (begins(&at, "Symbol")) {
		packet_put(&s->out, "OK");
	}
	return true;
}
