/* SPDX-License-Identifier: GPL-2.0-only */
/* log.c: the lines of `exec --log`. */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/exec/log.h"
#include "cli/json.h"

#define SCHEMA    2
#define ERRNO_MAX 4095

/* ---- text ---- */

/* Small ones are numbers, the others most often addresses. */
static void put_word(FILE *out, uint32_t word)
{
	if (word <= 0xffff || word >= (uint32_t)-ERRNO_MAX)
		fprintf(out, "%" PRId32, (int32_t)word);
	else
		fprintf(out, "%#" PRIx32, word);
}

static void put_name(FILE *out, int32_t nr)
{
	const char *name = sysemu_call_name(nr);

	if (name)
		fputs(name, out);
	else
		fprintf(out, "call %" PRId32, nr);
}

static void put_enter(FILE *out, const sysemu_tracepoint *p, const struct exec_strings *s)
{
	put_name(out, p->nr);
	putc('(', out);
	for (unsigned i = 0; i < sysemu_call_arguments(p->nr); i++) {
		fputs(i ? ", " : "", out);
		if (*s->of[i])
			fputs(s->of[i], out);
		else
			put_word(out, p->arg[i]);
	}
	putc(')', out);
}

static void put_exit(FILE *out, const sysemu_tracepoint *p, const struct exec_strings *s)
{
	put_name(out, p->nr);
	if (p->restarts) {
		fputs(" is made again", out);
		return;
	}
	fputs(" = ", out);
	put_word(out, (uint32_t)p->eax);
	for (unsigned i = 0; i < 6; i++)
		if (*s->of[i])
			fprintf(out, " %s", s->of[i]);
}

/* As wait would tell it. */
static void put_status(FILE *out, uint32_t status)
{
	const uint32_t event = status >> 16;

	if ((status & 0xff) == 0x7f) {
		fprintf(out, "stop by signal %" PRIu32, status >> 8 & 0x7f);
		fputs(status & 0x8000 ? " | 0x80" : "", out);
		if (event)
			fprintf(out, ", event %" PRIu32, event);
	} else if (status & 0x7f) {
		fprintf(out, "killed by signal %" PRIu32, status & 0x7f);
	} else {
		fprintf(out, "exit %" PRIu32, status >> 8 & 0xff);
	}
}

static void put_switch(FILE *out, const sysemu_tracepoint *p)
{
	switch (p->state) {
	case SYSEMU_TASK_READY: fputs("gives way", out); break;
	case SYSEMU_TASK_WAITS:
		fputs("waits in ", out);
		put_name(out, p->nr);
		break;
	default: put_status(out, p->status);
	}
	fprintf(out, " -> %" PRId32, p->next);
}

void exec_put_point(FILE *out, const sysemu_tracepoint *p, const struct exec_strings *s)
{
	switch (p->kind) {
	case SYSEMU_SYS_ENTER: put_enter(out, p, s); break;
	case SYSEMU_SYS_EXIT: put_exit(out, p, s); break;
	case SYSEMU_SIGNAL_DELIVER:
		fprintf(out, "signal %" PRId32 " to its handler", p->signal);
		break;
	case SYSEMU_SCHED_SWITCH: put_switch(out, p); break;
	}
}

void exec_put_task(FILE *out, const sysemu_process_task *t)
{
	char flags[128];

	cli_put_name(out, t->name);
	fprintf(out, ": %s, flags %s", sysemu_task_state_name(t->state),
		cli_flags_text(t->tif, flags, sizeof(flags)));
	if (t->tracer)
		fprintf(out, ", traced by %" PRId32, t->tracer);
}

/* ---- ndjson ---- */

static void put_number(struct json *j, const char *key, int64_t value)
{
	json_key(j, key);
	json_int(j, value);
}

static void put_call(struct json *j, const sysemu_tracepoint *p)
{
	put_number(j, "nr", p->nr);
	json_key(j, "name");
	json_string(j, sysemu_call_name(p->nr));
}

static void put_arguments(struct json *j, const sysemu_tracepoint *p)
{
	json_key(j, "args");
	json_open(j, '[');
	for (unsigned i = 0; i < sysemu_call_arguments(p->nr); i++)
		json_uint(j, p->arg[i]);
	json_close(j, ']');
}

/* By the argument's number, and only where there are any. */
static void put_strings(struct json *j, const struct exec_strings *s)
{
	bool open = false;

	for (unsigned i = 0; i < 6; i++) {
		char key[2] = { (char)('0' + i) };

		if (!*s->of[i])
			continue;
		if (!open) {
			json_key(j, "strings");
			json_open(j, '{');
			open = true;
		}
		json_key(j, key);
		json_string(j, s->of[i]);
	}
	if (open)
		json_close(j, '}');
}

static void put_state(struct json *j, const sysemu_tracepoint *p)
{
	json_key(j, "state");
	json_string(j, sysemu_task_state_name(p->state));
	if (p->state == SYSEMU_TASK_WAITS)
		put_call(j, p);
	else if (p->state != SYSEMU_TASK_READY)
		put_number(j, "status", p->status);
	put_number(j, "next", p->next);
}

static void put_ndjson(FILE *out, const sysemu_tracepoint *p, const struct exec_strings *s)
{
	struct json j = { .out = out };

	json_open(&j, '{');
	json_key(&j, "event");
	json_string(&j, sysemu_tracepoint_name(p->kind));
	json_key(&j, "time");
	json_uint(&j, p->time);
	put_number(&j, "pid", p->pid);
	switch (p->kind) {
	case SYSEMU_SYS_ENTER:
		put_call(&j, p);
		put_arguments(&j, p);
		put_strings(&j, s);
		break;
	case SYSEMU_SYS_EXIT:
		put_call(&j, p);
		put_number(&j, "eax", p->eax);
		json_key(&j, "restarts");
		json_bool(&j, p->restarts);
		put_strings(&j, s);
		break;
	case SYSEMU_SIGNAL_DELIVER: put_number(&j, "signal", p->signal); break;
	case SYSEMU_SCHED_SWITCH: put_state(&j, p); break;
	}
	put_number(&j, "schema", SCHEMA);
	json_close(&j, '}');
	json_end(&j);
}

/* ---- lines for people ---- */

#define WIDTH_WITH_TIME 60 /* what is narrower has no room for it */

/* Each thread by a colour, and the line cut where the terminal ends. */
static void put_line(struct exec_log *log, uint64_t time, int32_t pid, enum tone tone)
{
	static const enum tone tones[] = { TONE_NAME, TONE_GOOD, TONE_CODE, TONE_NOTE };
	struct terminal *t = &log->t;

	fflush(t->words);
	if (!t->width || t->width >= WIDTH_WITH_TIME)
		terminal_put(t, TONE_FAINT, "%12" PRIu64 " ", time);
	terminal_put(t, tones[(unsigned)pid % 4], "%6" PRId32 "  ", pid);
	terminal_put(t, tone, "%.*s", (int)ftell(t->words), t->text);
	terminal_line(t);
}

static enum tone tone_of(const sysemu_tracepoint *p)
{
	switch (p->kind) {
	case SYSEMU_SYS_ENTER: return TONE_BOLD;
	case SYSEMU_SYS_EXIT: return p->eax < 0 && p->eax >= -ERRNO_MAX ? TONE_BAD : TONE_PLAIN;
	case SYSEMU_SIGNAL_DELIVER: return TONE_NOTE;
	default: return p->state < SYSEMU_TASK_STOPPED ? TONE_FAINT : TONE_NOTE;
	}
}

/* ---- tasks ---- */

static void put_task(FILE *out, uint64_t time, const sysemu_process_task *t)
{
	struct json j = { .out = out };

	json_open(&j, '{');
	json_key(&j, "event");
	json_string(&j, "task");
	json_key(&j, "time");
	json_uint(&j, time);
	put_number(&j, "pid", t->pid);
	put_number(&j, "process", t->process);
	put_number(&j, "parent", t->parent);
	put_number(&j, "tracer", t->tracer);
	json_key(&j, "name");
	json_string(&j, t->name);
	json_key(&j, "state");
	json_string(&j, sysemu_task_state_name(t->state));
	json_key(&j, "tif");
	cli_json_flags(&j, t->tif);
	put_number(&j, "schema", SCHEMA);
	json_close(&j, '}');
	json_end(&j);
}

static const sysemu_process_task *known(const struct exec_log *log, int32_t pid)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->known[i].pid == pid)
			return &log->known[i];
	return NULL;
}

/* The state of one that has just given the CPU away stands in that line. */
static bool is_news(const struct exec_log *log, const sysemu_process_task *t,
		    const sysemu_tracepoint *p)
{
	const sysemu_process_task *old = known(log, t->pid);
	bool said = p->kind == SYSEMU_SCHED_SWITCH && p->pid == t->pid;

	if (!old)
		return true;
	return old->tif != t->tif || old->tracer != t->tracer || old->parent != t->parent ||
	       strcmp(old->name, t->name) != 0 || (old->state != t->state && !said);
}

static void put_tasks(struct exec_log *log, const sysemu_tracepoint *p)
{
	sysemu_process_task now[EXEC_TASKS_MOST];
	size_t n;

	if (sysemu_get_tasks(log->m, now, EXEC_TASKS_MOST, &n) != SYSEMU_OK)
		return;
	n = n < EXEC_TASKS_MOST ? n : EXEC_TASKS_MOST;
	for (size_t i = 0; i < n; i++) {
		if (!is_news(log, &now[i], p))
			continue;
		if (log->ndjson) {
			put_task(log->out, p->time, &now[i]);
			continue;
		}
		exec_put_task(terminal_words(&log->t), &now[i]);
		put_line(log, p->time, now[i].pid, TONE_FAINT);
	}
	memcpy(log->known, now, n * sizeof(now[0]));
	log->n = n;
}

/* ---- both ---- */

static void put_point(void *user, const sysemu_tracepoint *p)
{
	struct exec_log *log = user;
	struct exec_strings strings;

	exec_strings_read(log->m, p, &strings);
	if (log->ndjson) {
		put_ndjson(log->out, p, &strings);
	} else {
		exec_put_point(terminal_words(&log->t), p, &strings);
		put_line(log, p->time, p->pid, tone_of(p));
	}
	put_tasks(log, p);
}

bool exec_log_begin(struct exec_log *log, sysemu_machine *m)
{
	log->m = m;
	terminal_open(&log->t, log->out, log->color);
	if (!terminal_words(&log->t)) {
		cli_say("out of memory");
		return false;
	}
	if (sysemu_on_tracepoint(m, put_point, log) == SYSEMU_OK)
		return true;
	cli_fail(m, "--log");
	return false;
}

void exec_log_end(const struct exec_log *log, sysemu_event_kind kind, uint32_t status)
{
	const char *name = sysemu_event_name(kind);
	struct json j = { .out = log->out };
	sysemu_counts counts;

	if (!log->out || sysemu_get_counts(log->m, &counts) != SYSEMU_OK)
		return;
	if (!log->ndjson) {
		fprintf(log->out, "%20s %s, status %04" PRIx32 "\n", "end", name, status);
		return;
	}
	json_open(&j, '{');
	json_key(&j, "event");
	json_string(&j, "end");
	json_key(&j, "how");
	json_string(&j, name);
	put_number(&j, "status", status);
	json_key(&j, "insns");
	cli_json_regions(&j, &counts);
	json_key(&j, "user");
	json_uint(&j, counts.insns[SYSEMU_REGION_USER]);
	put_number(&j, "schema", SCHEMA);
	json_close(&j, '}');
	json_end(&j);
}

void exec_log_free(struct exec_log *log)
{
	terminal_close(&log->t);
}
