/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * monitor.c: gdb's `monitor` commands: what gdb has no words for. One that would move the world says where to,
 * and the client's next step or continue goes there: gdb keeps what it has read of registers and
 * memory until then.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/gdb/server.h"
#include "cli/lines.h"

#define WORDS_MOST 4

static void say(struct gdb_server *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void say(struct gdb_server *s, const char *format, ...)
{
	char text[512];
	struct packet *p = &s->out;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	p->n = 0;
	packet_put(p, "O");
	packet_hex(p, text, strlen(text));
	packet_hex(p, "\n", 1);
	wire_send(&s->wire, p);
	p->n = 0;
}

/* "sys_ptrace+0x14 (asm/ptrace/ptrace.c:99)" */
static void place(struct gdb_server *s, uint32_t addr, char *buf, size_t size)
{
	struct cli_lines lines;
	const struct cli_line *line;
	int n;

	sysemu_describe(s->world->m, addr, buf, size);
	if (!buf[0])
		snprintf(buf, size, "0x%08" PRIx32, addr);
	if (!cli_lines_of_kernel(&lines, s->world->config.machine.kernel))
		return;
	line = cli_lines_find(&lines, addr);
	n = (int)strlen(buf);
	if (line)
		snprintf(buf + n, size - (size_t)n, " (%s:%" PRIu32 ")", line->file, line->line);
	cli_lines_free(&lines);
}

static bool take_pid(const struct gdb_server *s, const char *word, int32_t *pid)
{
	uint64_t n;

	*pid = s->general && s->general != WORLD_TRACER ? s->general : s->world->now.e.pid;
	if (!word)
		return true;
	if (!cli_number_of(word, &n) || n > INT32_MAX)
		return false;
	*pid = (int32_t)n;
	return true;
}

/* ---- what stands ---- */

static void do_when(struct gdb_server *s, char **word)
{
	sysemu_regs regs;
	char where[300];

	(void)word;
	if (sysemu_get_cpu(s->world->m, &regs) != SYSEMU_OK)
		return;
	place(s, regs.eip, where, sizeof(where));
	say(s, "moment %" PRIu64 " of %" PRIu64 " and on, task %d at %s", gdb_moment(s->world),
	    s->world->history.list[0].moment, (int)gdb_pid(s->world), where);
}

static void do_regs(struct gdb_server *s, char **word)
{
	sysemu_regs r;
	int32_t pid;

	if (!take_pid(s, word[1], &pid) ||
	    sysemu_get_task_regs(s->world->m, pid, &r) != SYSEMU_OK) {
		say(s, "%s: no such task", word[1] ? word[1] : "regs");
		return;
	}
	say(s,
	    "task %d, as its tracer sees it: eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x "
	    "ebp %08x esp %08x eip %08x eflags %08x orig_eax %d",
	    (int)pid, r.eax, r.ebx, r.ecx, r.edx, r.esi, r.edi, r.ebp, r.esp, r.eip, r.eflags,
	    (int)r.orig_eax);
}

static void do_tif(struct gdb_server *s, char **word)
{
	char flags[128];
	sysemu_task task;
	uint32_t addr, mask;
	int32_t pid;

	if (!take_pid(s, word[1], &pid) || sysemu_task_info(s->world->m, pid, &task) != SYSEMU_OK ||
	    sysemu_find_tif(s->world->m, pid, SYSEMU_TIF_SYSCALL_EMU, &addr, &mask) != SYSEMU_OK) {
		say(s, "%s: no such task", word[1] ? word[1] : "tif");
		return;
	}
	say(s, "task %d: tif %s (%#x), ptrace %#x, pending %#x; EMU is bit %#x of *(unsigned *)%#x",
	    (int)pid, cli_flags_text(task.tif, flags, sizeof(flags)), task.tif, task.ptrace,
	    task.sigpending, mask, addr);
}

static void do_events(struct gdb_server *s, char **word)
{
	const struct events *l = &s->world->events;
	uint64_t most = 20, now = gdb_moment(s->world);
	char text[256];

	if (word[1] && !cli_number_of(word[1], &most)) {
		say(s, "%s: is no number", word[1]);
		return;
	}
	for (size_t i = l->n > most ? l->n - (size_t)most : 0; i < l->n; i++) {
		events_text(s->world, &l->list[i], text, sizeof(text));
		say(s, "%12" PRIu64 "%s %s", l->list[i].moment,
		    l->list[i].moment > now ? " (to come)" : "", text);
	}
}

static void one_task(struct gdb_server *s, int32_t pid, void *user)
{
	sysemu_regs r;
	char where[300] = "-";

	(void)user;
	if (pid == gdb_pid(s->world) ? sysemu_get_cpu(s->world->m, &r) == SYSEMU_OK :
				       sysemu_get_task_regs(s->world->m, pid, &r) == SYSEMU_OK)
		place(s, r.eip, where, sizeof(where));
	say(s, "%s %5d  %s", pid == gdb_pid(s->world) ? "runs " : "waits", (int)pid, where);
}

static void do_schedule(struct gdb_server *s, char **word)
{
	(void)word;
	threads_list(s, one_task, NULL);
}

/* ---- the tracer ---- */

static void do_request(struct gdb_server *s, char **word)
{
	struct cli_requests requests;
	struct cli_why why;
	char text[64];

	if (s->world->now.phase != WORLD_STOPPED) {
		say(s, "the program is not stopped: `monitor stops on`, and continue to a stop");
		return;
	}
	if (!word[1] || !cli_requests.take(NULL, word[1], &requests, &why) || requests.n != 1) {
		say(s, "%s", word[1] ? why.text : "request REQUEST[:SIGNAL], as of --requests");
		return;
	}
	s->world->now.ordered = true;
	s->world->now.order = requests.list[0];
	if (!history_edit(s->world)) {
		say(s, "%s", sysemu_errmsg(s->world->m));
		return;
	}
	say(s, "PTRACE_%s answers this stop when the program goes on",
	    cli_request_text(&requests.list[0], text, sizeof(text)));
}

static void do_stops(struct gdb_server *s, char **word)
{
	if (word[1])
		s->world->shows_stops = strcmp(word[1], "on") == 0;
	say(s, "the program stands at its ptrace stops: %s", s->world->shows_stops ? "yes" : "no");
}

/* ---- to where it was ---- */

static void aim(struct gdb_server *s, uint64_t moment)
{
	s->goes = true;
	s->goal = moment;
	say(s, "the next step or continue, forwards or back, goes to moment %" PRIu64, moment);
}

static void do_save(struct gdb_server *s, char **word)
{
	struct gdb_mark mark = { .moment = gdb_moment(s->world) };
	void *more;

	if (!word[1] || s->nmarks == 1000) {
		say(s, word[1] ? "there are 1000 already" : "save NAME");
		return;
	}
	snprintf(mark.name, sizeof(mark.name), "%s", word[1]);
	more = realloc(s->marks, (s->nmarks + 1) * sizeof(*s->marks));
	if (!more)
		return;
	s->marks = more;
	s->marks[s->nmarks++] = mark;
	say(s, "%s is moment %" PRIu64, mark.name, mark.moment);
}

static void do_restore(struct gdb_server *s, char **word)
{
	for (size_t i = s->nmarks; i > 0 && word[1]; i--) {
		if (strcmp(s->marks[i - 1].name, word[1]))
			continue;
		aim(s, s->marks[i - 1].moment);
		return;
	}
	say(s, "%s: no such name was saved", word[1] ? word[1] : "restore NAME");
}

static void do_goto(struct gdb_server *s, char **word)
{
	uint64_t moment;

	if (!word[1] || !cli_number_of(word[1], &moment))
		say(s, "goto MOMENT, a number");
	else
		aim(s, moment);
}

static void do_last(struct gdb_server *s, char **word)
{
	struct world *w = s->world;
	uint64_t now = gdb_moment(w), at;
	struct cli_why why;
	char where[300];
	sysemu_regs regs;
	uint32_t flag;
	int32_t pid;

	if (!word[1] || !take_pid(s, word[2], &pid)) {
		say(s, "last FLAG [PID]: EMU, TRACE, SINGLESTEP, SIGPENDING, ...");
		return;
	}
	if (strncmp(word[1], "TIF_", 4) == 0)
		word[1] += 4;
	if (strncmp(word[1], "SYSCALL_", 8) == 0)
		word[1] += 8;
	if (!cli_flags_number(word[1], &flag, &why)) {
		say(s, "%s", why.text);
		return;
	}
	at = gdb_last_flag(w, pid, flag);
	if (!at) {
		say(s, "%s of task %d has not changed since moment %" PRIu64, word[1], (int)pid,
		    w->history.list[0].moment);
		return;
	}
	if (gdb_seek(w, at).kind == WORLD_STEPPED && sysemu_get_cpu(w->m, &regs) == SYSEMU_OK) {
		place(s, regs.eip, where, sizeof(where));
		say(s, "%s of task %d was changed last by %s%s", word[1], (int)pid,
		    gdb_pid(w) == WORLD_TRACER ? "the tracer's call, at " : "", where);
	}
	gdb_seek(w, now);
	aim(s, at);
}

/* ---- all of them ---- */

static void do_help(struct gdb_server *s, char **word);

static const struct {
	const char *name, *about;
	void (*fn)(struct gdb_server *s, char **word);
} commands[] = {
	{ "help", "this list", do_help },
	{ "when", "the moment, and where", do_when },
	{ "events", "[N] the last of stops, answers and served calls", do_events },
	{ "stops", "[on|off] stand at ptrace stops", do_stops },
	{ "request", "REQUEST[:SIGNAL] answers the stop that the program is at", do_request },
	{ "regs", "[PID] a task's registers as its tracer sees them", do_regs },
	{ "tif", "[PID] its flags, and where they lie", do_tif },
	{ "schedule", "all tasks, and where they are", do_schedule },
	{ "last", "FLAG [PID] go to the instruction that changed the flag last", do_last },
	{ "save", "NAME the present moment", do_save },
	{ "restore", "NAME go to it", do_restore },
	{ "goto", "MOMENT go to that", do_goto },
};

static void do_help(struct gdb_server *s, char **word)
{
	(void)word;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		say(s, "monitor %-9s %s", commands[i].name, commands[i].about);
}

static void run(struct gdb_server *s, char *text)
{
	char *word[WORDS_MOST + 1] = { NULL }, *rest = NULL;

	for (size_t n = 0; n < WORDS_MOST; n++)
		word[n] = strtok_r(n ? NULL : text, " \t\r\n", &rest);
	for (size_t i = 0; word[0] && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, word[0]))
			continue;
		commands[i].fn(s, word);
		return;
	}
	say(s, "%s: no such command; `monitor help` has a list", word[0] ? word[0] : "");
}

bool monitor_run(struct gdb_server *s, const char *hex)
{
	char text[256];
	size_t n = strlen(hex) / 2;

	if (n >= sizeof(text) || !packet_take_bytes(&hex, text, n))
		return false;
	text[n] = '\0';
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = ' ';
	run(s, text);
	s->out.n = 0;
	packet_put(&s->out, "OK");
	return true;
}
