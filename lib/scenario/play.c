/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * play.c: plays rows: to the next event, compare, answer. Read next: compare.c.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/scenario/play.h"

#define PID_PROGRAM 101
#define CHILDREN    64

/* ---- failing ---- */

static bool differ(struct play *play, sysemu_check_kind kind, uint32_t line, uint32_t column,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));

static bool differ(struct play *play, sysemu_check_kind kind, uint32_t line, uint32_t column,
		   const char *format, ...)
{
	va_list args;

	play->out->differs = 1u << kind;
	play->out->line = line;
	play->out->column = column;
	va_start(args, format);
	vsnprintf(play->out->text, sizeof(play->out->text), format, args);
	va_end(args);
	return false;
}

/* ---- events ---- */

static sysemu_counts counts_between(const sysemu_counts *from, const sysemu_counts *to)
{
	sysemu_counts d = *to;

	for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
		d.insns[r] -= from->insns[r];
	d.int80 -= from->int80;
	d.sysenter -= from->sysenter;
	return d;
}

static uint64_t all_insns(const sysemu_counts *c)
{
	return c->insns[SYSEMU_REGION_USER] + sysemu_kernel_insns(c);
}

static bool take_break(struct play *play, uint32_t addr)
{
	for (size_t i = 0; i < play->n_breaks; i++) {
		if (play->breaks[i] == addr) {
			play->breaks[i] = play->breaks[--play->n_breaks];
			sysemu_break_clear(play->m, addr);
			return true;
		}
	}
	return false;
}

/* The breakpoint of a pause is not an event: the run goes on. */
static bool is_pause(struct play *play, const sysemu_event *e, sysemu_status *status)
{
	struct play_pause *pause = &play->pause;

	if (e->kind != SYSEMU_EVENT_BREAK || !pause->hits || e->eip != pause->addr)
		return false;
	if (--pause->hits == 0) {
		sysemu_break_clear(play->m, pause->addr);
		play->watch.on = false; /* what is done there is not the program's doing */
		*status = pause->reached(pause->user, play->m);
		play->watch.on = true;
	}
	return true;
}

/* Runs on from pause to pause. The counts of what is done there are not the program's either,
 * but they are few, and a row with counts is not played with pauses. */
static sysemu_status run(struct play *play, sysemu_event *e)
{
	uint64_t left = play->budget;
	sysemu_status status;

	do {
		sysemu_counts before;

		status = sysemu_get_counts(play->m, &before);
		if (status == SYSEMU_OK)
			status = sysemu_run(play->m, left, e);
		if (status != SYSEMU_OK)
			return status;
		sysemu_counts used = counts_between(&before, &e->counts);

		left -= all_insns(&used) < left ? all_insns(&used) : left - 1;
	} while (is_pause(play, e, &status) && status == SYSEMU_OK);
	return status;
}

static void look(struct play *play, const sysemu_counts *before, sysemu_seen *seen)
{
	struct play_watch *w = &play->watch;
	bool saved = seen->event.kind == SYSEMU_EVENT_STOP;

	seen->since = counts_between(before, &seen->event.counts);
	sysemu_task_info(play->m, 0, &seen->task);
	if (!saved || sysemu_get_regs(play->m, &seen->regs) != SYSEMU_OK)
		sysemu_get_cpu(play->m, &seen->regs);
	seen->regs.eip = seen->event.eip;
	seen->regs.eax = seen->event.eax;
	seen->regs.esp = seen->event.esp;
	seen->regs.eflags = seen->event.eflags;
	seen->regs.orig_eax = seen->event.orig_eax;
	if (saved)
		seen->place = seen->task.state == 4 ? SYSEMU_PLACE_GROUP : w->place;
	seen->calls = w->calls;
	memcpy(seen->ran, w->ran, sizeof(seen->ran));
}

bool play_to_event(struct play *play, sysemu_seen *seen)
{
	struct play_watch *w = &play->watch;
	sysemu_counts before;
	sysemu_status status;

	*seen = (sysemu_seen){ 0 };
	w->place = SYSEMU_PLACE_SIGNAL;
	w->in_syscall_stop = false;
	w->calls = 0;
	w->on = true;
	status = sysemu_get_counts(play->m, &before);
	if (status == SYSEMU_OK)
		status = run(play, &seen->event);
	w->on = false;
	if (status != SYSEMU_OK) {
		*seen = (sysemu_seen){ 0 }; /* a pause may have left its own */
		return differ(play, SYSEMU_CHECK_RUN, 0, 0, "run: %s", sysemu_errmsg(play->m));
	}
	if (seen->event.kind == SYSEMU_EVENT_BREAK)
		take_break(play, seen->event.eip);
	look(play, &before, seen);
	play->insns += all_insns(&seen->since);
	play->out->insns = play->insns;
	play->out->seen = *seen;
	return true;
}

/* ---- actions ---- */

static int32_t newest_child(struct play *play)
{
	int32_t from = play->child > PID_PROGRAM ? play->child : PID_PROGRAM + 1;
	sysemu_task task;

	for (int32_t pid = from; pid < from + CHILDREN; pid++)
		if (sysemu_task_info(play->m, pid, &task) == SYSEMU_OK)
			play->child = pid;
	return play->child;
}

static sysemu_status set_reg(sysemu_machine *m, const sysemu_action *a)
{
	sysemu_regs regs;
	sysemu_status status = sysemu_get_regs(m, &regs);
	uint32_t *words = (uint32_t *)&regs;

	if (status != SYSEMU_OK)
		return status;
	if (a->addr >= SYSEMU_REGS) /* from C: the machine says why not */
		return sysemu_set_reg(m, a->addr, 0);
	return sysemu_set_reg(m, a->addr, (words[a->addr] & a->mask) + a->data);
}

static sysemu_status set_break(struct play *play, uint32_t addr)
{
	sysemu_status status;

	for (size_t i = 0; i < play->n_breaks; i++)
		if (play->breaks[i] == addr)
			return SYSEMU_OK;
	if (play->n_breaks == PLAY_BREAKS_MAX)
		return fail(play->m, SYSEMU_ENOMEM, "more than %d breaks", PLAY_BREAKS_MAX);
	status = sysemu_break_set(play->m, addr);
	if (status == SYSEMU_OK)
		play->breaks[play->n_breaks++] = addr;
	return status;
}

static sysemu_status set_tif(sysemu_machine *m, const sysemu_action *a)
{
	sysemu_task task;
	sysemu_status status = sysemu_task_info(m, 0, &task);

	return status == SYSEMU_OK ? sysemu_set_tif(m, (task.tif & a->mask) | a->data) : status;
}

static sysemu_status wait_for(sysemu_machine *m, uint32_t options, int32_t *result)
{
	uint32_t wait_status = 0;
	sysemu_status status = sysemu_wait(m, -1, options, &wait_status, result);

	if (status == SYSEMU_OK && *result > 0)
		*result = (int32_t)wait_status;
	return status;
}

static sysemu_status act(struct play *play, const sysemu_action *a, int32_t *result, uint32_t *word)
{
	sysemu_machine *m = play->m;
	sysemu_status status;

	switch (a->kind) {
	case SYSEMU_ACTION_PTRACE:
		status = sysemu_ptrace(m, a->request, a->addr, a->data, result);
		if (status == SYSEMU_OK && a->compare)
			status = sysemu_read(m, a->data, word, sizeof(*word));
		break;
	case SYSEMU_ACTION_SET_REG: status = set_reg(m, a); break;
	case SYSEMU_ACTION_POKE:
		status = sysemu_write(m, a->addr, &a->data, sizeof(a->data));
		break;
	case SYSEMU_ACTION_PEEK: status = sysemu_read(m, a->addr, word, sizeof(*word)); break;
	case SYSEMU_ACTION_SIGNAL: status = sysemu_signal(m, 0, (int)a->data, result); break;
	case SYSEMU_ACTION_RESCHED: status = sysemu_need_resched(m, 0); break;
	case SYSEMU_ACTION_AUDIT: status = sysemu_set_audit(m, 0, a->data != 0); break;
	case SYSEMU_ACTION_TIF: status = set_tif(m, a); break;
	case SYSEMU_ACTION_WAIT: status = wait_for(m, a->data, result); break;
	case SYSEMU_ACTION_FOCUS:
		status = sysemu_focus(m, a->data ? (int32_t)a->data : newest_child(play));
		break;
	case SYSEMU_ACTION_BREAK: status = set_break(play, a->addr); break;
	default: status = fail(m, SYSEMU_EINVAL, "no action has number %d", (int)a->kind);
	}
	return status;
}

static bool one_action(struct play *play, size_t number, const sysemu_action *a)
{
	const sysemu_observer *o = play->observer;
	char expected[32], got[32];
	uint32_t word = 0;
	int32_t result = 0;
	sysemu_status status = act(play, a, &result, &word);

	if (o) {
		if (o->on_action)
			o->on_action(o->user, play->out->row, number, status == SYSEMU_OK, result,
				     word);
		return true;
	}
	if (status != SYSEMU_OK)
		return differ(play, SYSEMU_CHECK_RESULT, a->line, a->column, "result: %s",
			      sysemu_errmsg(play->m));
	if (!a->any_result && result != a->result)
		return differ(play, SYSEMU_CHECK_RESULT, a->line, a->column,
			      "result: expected %s, got %s",
			      play_result_text(a->result, expected, sizeof(expected)),
			      play_result_text(result, got, sizeof(got)));
	if (a->compare && word != a->word)
		return differ(play, SYSEMU_CHECK_RESULT, a->line, a->column,
			      "result: expected the word 0x%" PRIx32 ", got 0x%" PRIx32, a->word,
			      word);
	return true;
}

bool play_actions(struct play *play, const sysemu_row *row)
{
	for (size_t i = 0; i < row->n_actions; i++)
		if (!one_action(play, i, &row->actions[i]))
			return false;
	return true;
}

/* ---- rows ---- */

sysemu_status play_start(struct play *play, sysemu_machine *m, uint32_t budget, sysemu_played *out)
{
	*play = (struct play){ .m = m, .budget = budget ? budget : PLAY_BUDGET, .out = out };
	*out = (sysemu_played){ .passed = false };
	return play_watch_start(&play->watch, m);
}

void play_end(struct play *play)
{
	play_watch_stop(&play->watch);
	for (size_t i = 0; i < play->n_breaks; i++)
		sysemu_break_clear(play->m, play->breaks[i]);
	if (play->pause.hits)
		sysemu_break_clear(play->m, play->pause.addr);
}

/* A C program may have written them. */
static bool can_hold(const sysemu_check *c)
{
	switch (c->kind) {
	case SYSEMU_CHECK_CALL: return c->index < SYSEMU_RAN_MAX;
	case SYSEMU_CHECK_REG: return c->index < SYSEMU_REGS;
	case SYSEMU_CHECK_INSNS: return c->index <= SYSEMU_REGIONS; /* that: the kernel's */
	case SYSEMU_CHECK_RESULT: /* an action's, and a run's: not of what is seen */
	case SYSEMU_CHECK_RUN: return false;
	default: return (unsigned)c->kind < SYSEMU_CHECKS;
	}
}

static sysemu_status check_rows(sysemu_machine *m, const sysemu_row *rows, size_t n)
{
	if (!rows && n)
		return fail(m, SYSEMU_EINVAL, "%zu rows: rows is NULL", n);
	for (size_t i = 0; i < n; i++) {
		if ((rows[i].n_checks && !rows[i].checks) ||
		    (rows[i].n_actions && !rows[i].actions))
			return fail(m, SYSEMU_EINVAL, "row %zu: %s is NULL", i,
				    rows[i].n_checks && !rows[i].checks ? "checks" : "actions");
		for (size_t k = 0; k < rows[i].n_checks; k++)
			if (!can_hold(&rows[i].checks[k]))
				return fail(m, SYSEMU_EINVAL,
					    "row %zu: no check has number %d, index %" PRIu32, i,
					    (int)rows[i].checks[k].kind, rows[i].checks[k].index);
	}
	return SYSEMU_OK;
}

static bool play_row(struct play *play, size_t number, const sysemu_row *row,
		     sysemu_seen_fn on_event, void *user)
{
	sysemu_seen seen;

	play->out->line = row->line;
	play->out->column = row->column;
	if (play->insns > PLAY_TOTAL_MAX)
		return differ(play, SYSEMU_CHECK_RUN, row->line, row->column,
			      "run: more than %d instructions in all", PLAY_TOTAL_MAX);
	if (!play_to_event(play, &seen)) {
		play->out->line = row->line;
		play->out->column = row->column;
		return false;
	}
	if (on_event)
		on_event(user, number, &seen);
	return (play->observer || play_compare(row, &seen, play->out)) && play_actions(play, row);
}

static void play_rows(struct play *play, const sysemu_row *rows, size_t n, sysemu_seen_fn on_event,
		      void *user)
{
	sysemu_played *out = play->out;

	while (out->row < n && play_row(play, out->row, &rows[out->row], on_event, user))
		out->row++;
	out->passed = out->row == n;
}

sysemu_status sysemu_play(sysemu_machine *m, const sysemu_row *rows, size_t n, uint32_t budget,
			  sysemu_seen_fn on_event, void *user, sysemu_played *out)
{
	struct play play;
	sysemu_status status;

	REQUIRE(m, out);
	status = check_rows(m, rows, n);
	if (status != SYSEMU_OK)
		return status;
	status = play_start(&play, m, budget, out);
	if (status == SYSEMU_OK)
		play_rows(&play, rows, n, on_event, user);
	play_end(&play);
	return status;
}

/* ---- scenarios ---- */

sysemu_status play_check(const sysemu_scenario *s, sysemu_entry entry, char *text, size_t room)
{
	const char *why = !s                                      ? "no scenario" :
			  (unsigned)entry > SYSEMU_ENTRY_SYSENTER ? "no such entry" :
			  !s->by_entry[entry].n_rows              ? "not played with this entry" :
			  !s->program && !s->by_entry[entry].code ? "neither code nor a program" :
			  !s->name                                ? "a scenario without a name" :
								    NULL;

	snprintf(text, room, "%s", why ? why : "");
	return why ? SYSEMU_EINVAL : SYSEMU_OK;
}

sysemu_status play_open(const sysemu_scenario *s, const char *kernel, sysemu_entry entry,
			const void *elf, size_t size, sysemu_machine **out, char *text, size_t room)
{
	const sysemu_config config = { .kernel = kernel,
				       .entry = entry,
				       .start = s->start,
				       .user_pages = 4096,
				       .log_events = 64,
				       .debug_junk = s->debug_junk };
	char *const argv[] = { (char *)(s->program ? s->program : s->name), NULL };
	const sysemu_staging *st = &s->by_entry[entry];
	sysemu_machine *m;
	sysemu_status status = sysemu_open(&config, &m);

	if (status != SYSEMU_OK) {
		snprintf(text, room, "%s", sysemu_errmsg(NULL));
		return status;
	}
	status = s->program ? sysemu_load_elf(m, elf, size, argv, NULL) :
			      sysemu_load_code(m, st->code, st->code_size);
	if (status == SYSEMU_OK)
		status = check_rows(m, st->rows, st->n_rows);
	if (status != SYSEMU_OK) {
		snprintf(text, room, "%s", sysemu_errmsg(m));
		sysemu_close(m);
		return status;
	}
	*out = m;
	return SYSEMU_OK;
}

static sysemu_status observe(sysemu_machine *m, const sysemu_scenario *s, const sysemu_staging *st,
			     const sysemu_observer *observer, sysemu_played *out)
{
	struct play play;
	sysemu_status status = play_start(&play, m, s->budget, out);

	play.observer = observer;
	play.watch.also = observer->on_insn;
	play.watch.user = observer->user;
	if (status == SYSEMU_OK && observer->opened)
		observer->opened(observer->user, m);
	if (status == SYSEMU_OK)
		play_rows(&play, st->rows, st->n_rows, observer->on_event, observer->user);
	play_end(&play);
	return status;
}

/* On a machine of its own; observer: NULL to compare. */
static sysemu_status on_new_machine(const sysemu_scenario *s, const char *kernel,
				    sysemu_entry entry, const void *elf, size_t size,
				    const sysemu_observer *observer, sysemu_seen_fn on_event,
				    void *user, sysemu_played *out)
{
	const sysemu_staging *st;
	sysemu_machine *m;
	sysemu_status status;

	REQUIRE_ARGUMENT(NULL, out);
	*out = (sysemu_played){ .passed = false };
	status = play_check(s, entry, out->text, sizeof(out->text));
	if (status != SYSEMU_OK)
		return status;
	st = &s->by_entry[entry];
	status = play_open(s, kernel, entry, elf, size, &m, out->text, sizeof(out->text));
	if (status != SYSEMU_OK)
		return status;
	status = observer ? observe(m, s, st, observer, out) :
			    sysemu_play(m, st->rows, st->n_rows, s->budget, on_event, user, out);
	if (status != SYSEMU_OK)
		snprintf(out->text, sizeof(out->text), "%s", sysemu_errmsg(m));
	sysemu_close(m);
	return status;
}

sysemu_status sysemu_scenario_play(const sysemu_scenario *s, const char *kernel, sysemu_entry entry,
				   const void *elf, size_t size, sysemu_seen_fn on_event,
				   void *user, sysemu_played *out)
{
	return on_new_machine(s, kernel, entry, elf, size, NULL, on_event, user, out);
}

sysemu_status sysemu_scenario_observe(const sysemu_scenario *s, const char *kernel,
				      sysemu_entry entry, const void *elf, size_t size,
				      const sysemu_observer *observer, sysemu_played *out)
{
	static const sysemu_observer nobody;

	return on_new_machine(s, kernel, entry, elf, size, observer ? observer : &nobody, NULL,
			      NULL, out);
}

/* Two checks are one field to a reader: the event is its kind and its status. */
static uint32_t checks_of(sysemu_check_kind field)
{
	switch (field) {
	case SYSEMU_CHECK_KIND: return 1u << SYSEMU_CHECK_KIND | 1u << SYSEMU_CHECK_STATUS;
	case SYSEMU_CHECK_CALLS: return 1u << SYSEMU_CHECK_CALLS | 1u << SYSEMU_CHECK_CALL;
	default: return field < SYSEMU_CHECKS ? 1u << field : 0;
	}
}

bool sysemu_verdict_holds(const sysemu_verdict *verdict, const sysemu_played *played)
{
	if (!verdict || !played || verdict->fails == played->passed)
		return false;
	if (!verdict->fails)
		return true;
	if (verdict->row != played->row)
		return false;
	if (!verdict->on_field)
		return true;
	if (verdict->on == SYSEMU_CHECK_REG)
		return verdict->on_index < SYSEMU_REGS &&
		       (played->regs_differ >> verdict->on_index & 1);
	return (played->differs & checks_of(verdict->on)) != 0;
}
