/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.c: the two machines, and how the world goes on by pieces: which of the two makes one, and what
 * the events in it mean. Read next: motion.c.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/gdb/world.h"

#define MARGIN  4096u /* more than any block has instructions: so near a limit it is exact */
#define PROGRAM 101   /* the pid whose end is the world's */

/* ---- open ---- */

static int open_machine(struct world *w, sysemu_machine **m)
{
	sysemu_start start =
		w->config.machine.processes ? SYSEMU_START_UNTRACED : SYSEMU_START_TRACED;

	return cli_open(&w->config.machine, start, m);
}

static bool load(struct world *w, sysemu_machine *m, char **argv, char **environment,
		 const struct cli_code *code)
{
	sysemu_status status;

	if (w->config.machine.processes) {
		if (!answers_set_host(w, m))
			return false;
		status = sysemu_exec(m, argv[0], argv, environment);
		if (status != SYSEMU_OK)
			cli_say("%s", sysemu_errmsg(m));
		return status == SYSEMU_OK;
	}
	if (code->size) {
		status = sysemu_load_code(m, code->bytes, code->size);
		if (status != SYSEMU_OK)
			cli_fail(m, "--code");
		return status == SYSEMU_OK && answers_set_host(w, m);
	}
	return cli_load_file(m, argv, environment) && answers_set_host(w, m);
}

/* Through the launch, up to the program's own first instruction, where history begins. */
static bool enter_program(struct world *w)
{
	sysemu_regs regs;
	enum piece piece;

	w->m = w->exact;
	w->now = (struct world_state){ .request = -1 };
	do {
		piece = gdb_piece(w, gdb_moment(w) + 1);
		if (sysemu_get_cpu(w->m, &regs) != SYSEMU_OK)
			piece = PIECE_BROKEN;
	} while ((piece == PIECE_MOVED || piece == PIECE_LIMIT) &&
		 (w->now.phase != WORLD_RUNS || (regs.cs & 3) != 3 ||
		  (!w->config.machine.processes && !w->now.stops)));
	if (piece == PIECE_END || piece == PIECE_REFUSED) {
		cli_say("the program has not begun: %s",
			piece == PIECE_END ? "it has ended" :
					     "the kernel refuses the first of --requests");
		return false;
	}
	if (piece == PIECE_BROKEN || !history_take(w, &w->first, true) || !history_keep(w, true)) {
		cli_fail(w->m, "gdb");
		return false;
	}
	return true;
}

int gdb_open(struct world *w, const struct world_config *config, char **argv, char **environment,
	     const struct cli_code *code)
{
	int status;

	*w = (struct world){ .config = *config };
	w->history.most = config->history;
	w->history.interval = 1u << 19;
	status = open_machine(w, &w->exact);
	if (status != CLI_OK)
		return status;
	w->fast = w->exact;
	if (!config->machine.processes) {
		status = open_machine(w, &w->fast);
		if (status != CLI_OK)
			return status;
		if (!load(w, w->fast, argv, environment, code))
			return CLI_USAGE;
	}
	if (!load(w, w->exact, argv, environment, code))
		return CLI_USAGE;
	if (sysemu_set_exact(w->exact, true) != SYSEMU_OK)
		return cli_fail(w->exact, "gdb");
	return enter_program(w) ? CLI_OK : CLI_FAILED;
}

void gdb_close(struct world *w)
{
	history_free(w);
	sysemu_snapshot_free(w->first.snapshot);
	for (uint64_t i = 0; i < w->ninputs; i++)
		free(w->inputs[i].bytes);
	free(w->inputs);
	if (w->fast != w->exact)
		sysemu_close(w->fast);
	sysemu_close(w->exact);
}

bool gdb_reset(struct world *w)
{
	history_cut(w, 0);
	w->npoints = 0;
	w->shows_stops = false;
	if (!history_go(w, &w->first, w->exact) || !history_keep(w, true))
		return false;
	answers_forget(w);
	return true;
}

/* ---- the present ---- */

uint64_t gdb_moment(struct world *w)
{
	if (!w->moment_known)
		sysemu_get_moment(w->m, &w->moment);
	w->moment_known = true;
	return w->moment;
}

int32_t gdb_pid(const struct world *w)
{
	return w->now.phase == WORLD_CALLS ? WORLD_TRACER : w->now.e.pid;
}

static bool change_machine(struct world *w, sysemu_machine *to)
{
	sysemu_snapshot *s;
	bool ok;

	if (w->m == to)
		return true;
	if (sysemu_save(w->m, &s) != SYSEMU_OK)
		return false;
	ok = sysemu_restore(to, s) == SYSEMU_OK;
	sysemu_snapshot_free(s);
	if (ok)
		w->m = to;
	return ok;
}

/* In the middle of the tracer's call nothing can be carried over: it is come to anew. */
bool gdb_be_exact(struct world *w)
{
	if (w->m == w->exact)
		return true;
	if (w->now.phase == WORLD_CALLS)
		return gdb_seek(w, gdb_moment(w)).kind == WORLD_STEPPED && w->m == w->exact;
	return change_machine(w, w->exact);
}

/* ---- pieces ---- */

static enum piece is_over(struct world *w, const char *how)
{
	w->now.phase = WORLD_ENDED;
	snprintf(w->end, sizeof(w->end), "%s", how);
	events_add(w, (struct world_event){ .kind = WORLD_EVENT_END });
	return PIECE_END;
}

static enum piece end_of(struct world *w, const sysemu_event *e)
{
	unsigned signal = e->status & 0x7f, code = e->status >> 8 & 0xff;
	char text[64];

	if (e->pid != PROGRAM && !w->config.machine.processes) {
		events_add(w, (struct world_event){ .kind = WORLD_EVENT_GONE, .pid = e->pid });
		return PIECE_MOVED;
	}
	if (w->now.served_end) {
		signal = w->now.end_status & 0x7f;
		code = w->now.end_status >> 8 & 0xff;
		w->now.e.status = w->now.end_status;
	}
	if (signal)
		snprintf(text, sizeof(text), "killed by %s", cli_signal_text(signal));
	else
		snprintf(text, sizeof(text), "exit %u", code);
	return is_over(w, text);
}

static enum piece stop_of(struct world *w, const sysemu_event *e)
{
	w->now.phase = WORLD_STOPPED;
	events_add(w, (struct world_event){ .kind = WORLD_EVENT_STOP,
					    .pid = e->pid,
					    .status = e->status,
					    .nr = e->orig_eax,
					    .value = e->eax,
					    .tif = e->tif });
	return w->shows_stops && !w->quiet ? PIECE_STOP : PIECE_MOVED;
}

static enum piece happened(struct world *w, const sysemu_event *e)
{
	if (w->now.phase == WORLD_CALLS && e->kind != SYSEMU_EVENT_RETURN)
		return e->kind == SYSEMU_EVENT_BREAK ? PIECE_BREAK : PIECE_MOVED;
	if (e->kind == SYSEMU_EVENT_RETURN)
		return answers_result(w, (int32_t)e->eax);
	w->now.e = *e;
	switch (e->kind) {
	case SYSEMU_EVENT_BREAK: return PIECE_BREAK;
	case SYSEMU_EVENT_STOP: return stop_of(w, e);
	case SYSEMU_EVENT_EXIT:
	case SYSEMU_EVENT_KILLED: return end_of(w, e);
	case SYSEMU_EVENT_FAULT: return is_over(w, sysemu_errmsg(w->m));
	case SYSEMU_EVENT_DEADLOCK: return is_over(w, "deadlock: all wait, and no timer runs");
	default: return PIECE_MOVED;
	}
}

/* Where the way ends for now, whatever the limit. */
static uint64_t bound(struct world *w, uint64_t now, uint64_t limit)
{
	const struct kept *edit = history_edit_after(w, now);

	if (edit && edit->moment < limit)
		limit = edit->moment;
	if (w->quiet && w->fast == w->exact && limit - now > 2 * WORLD_NEAR)
		limit -= WORLD_NEAR; /* something is kept there (history_note) */
	return limit - now > w->history.interval ? now + w->history.interval : limit;
}

static bool is_precise(const struct world *w, uint64_t now, uint64_t end)
{
	return w->fast == w->exact || end - now <= 3 * MARGIN ||
	       (points_watching(w) && !w->quiet) ||
	       (w->now.phase == WORLD_CALLS && w->m == w->exact);
}

/* Where somebody has changed something, the world goes on from what it then was. */
static bool take_edit(struct world *w, uint64_t now)
{
	const struct kept *edit = now ? history_edit_after(w, now - 1) : NULL;

	return w->now.phase == WORLD_CALLS || !edit || edit->moment != now ||
	       history_go(w, edit, w->m);
}

enum piece gdb_piece(struct world *w, uint64_t limit)
{
	uint64_t now = gdb_moment(w), end;
	sysemu_status status;
	enum piece piece;
	sysemu_event e;
	bool precise;

	if (now >= limit)
		return PIECE_LIMIT;
	if (w->now.phase == WORLD_ENDED)
		return PIECE_END;
	end = bound(w, now, limit);
	precise = is_precise(w, now, end);
	if (precise ? !gdb_be_exact(w) : w->now.phase != WORLD_CALLS && !change_machine(w, w->fast))
		return PIECE_BROKEN;
	if (!points_sync(w))
		return PIECE_BROKEN;
	if (w->now.phase == WORLD_STOPPED) {
		piece = answers_give(w, precise || (points_breaking(w) && !w->quiet));
		if (piece != PIECE_MOVED || gdb_moment(w) != now || w->now.phase == WORLD_STOPPED)
			return piece; /* the call has been made */
	}
	status = precise ? sysemu_run_until(w->m, end, &e) :
			   sysemu_run(w->m, (end - now - MARGIN) / 2, &e);
	w->moment_known = false;
	if (status != SYSEMU_OK)
		return PIECE_BROKEN;
	piece = happened(w, &e);
	if (piece == PIECE_BREAK && w->quiet)
		piece = PIECE_MOVED;
	now = gdb_moment(w);
	history_note(w, now);
	return take_edit(w, now) ? piece : PIECE_BROKEN;
}
