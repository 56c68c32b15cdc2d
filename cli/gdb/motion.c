/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * motion.c: forwards and back. Back is forwards from a snapshot: an instruction is undone by running up to
 * the one before it, and where something was last is found by passing it again.
 */
#include <string.h>

#include "cli/gdb/world.h"

static struct world_stop stop(enum world_stop_kind kind)
{
	return (struct world_stop){ .kind = kind };
}

static struct world_stop stop_of(struct world *w, enum piece piece)
{
	struct world_stop s = { .kind = WORLD_BROKEN };

	switch (piece) {
	case PIECE_BREAK:
		s.kind = WORLD_BREAK;
		if (sysemu_get_watch(w->m, &s.watch) == SYSEMU_OK && s.watch.kinds)
			s.kind = WORLD_WATCH;
		return s;
	case PIECE_STOP: return stop(WORLD_STOP);
	case PIECE_END: return stop(WORLD_END);
	case PIECE_REFUSED: return stop(WORLD_REFUSED);
	case PIECE_BROKEN: return s;
	default: return stop(WORLD_STEPPED);
	}
}

static bool is_interrupted(struct world *w)
{
	return w->interrupted && w->interrupted(w->user);
}

static bool is_there(struct world *w, int32_t pid)
{
	sysemu_task task;

	return pid != WORLD_TRACER && sysemu_task_info(w->m, pid, &task) == SYSEMU_OK;
}

/* ---- forwards ---- */

struct world_stop gdb_step(struct world *w, int32_t pid)
{
	for (unsigned n = 1;; n++) {
		enum piece piece = gdb_piece(w, gdb_moment(w) + 1);

		if (piece != PIECE_MOVED)
			return stop_of(w, piece);
		if (!pid || gdb_pid(w) == pid || !is_there(w, pid))
			return stop(WORLD_STEPPED);
		if (n % 1024 == 0 && is_interrupted(w))
			return stop(WORLD_INTERRUPT);
	}
}

struct world_stop gdb_continue(struct world *w)
{
	for (;;) {
		enum piece piece = gdb_piece(w, UINT64_MAX);

		if (piece != PIECE_MOVED)
			return stop_of(w, piece);
		if (is_interrupted(w))
			return stop(WORLD_INTERRUPT);
	}
}

/* ---- to a moment ---- */

static struct world_stop run_to(struct world *w, uint64_t moment)
{
	enum piece piece = PIECE_MOVED;

	while (piece == PIECE_MOVED || piece == PIECE_REFUSED)
		piece = w->patient && is_interrupted(w) ? PIECE_STOP : gdb_piece(w, moment);
	return piece == PIECE_STOP ? stop(WORLD_INTERRUPT) : stop_of(w, piece);
}

struct world_stop gdb_seek(struct world *w, uint64_t moment)
{
	const struct kept *k = history_before(w, moment);
	struct world_stop s;
	bool quiet = w->quiet;

	if (!k)
		k = &w->history.list[0];
	if (!history_go(w, k, w->exact))
		return stop(WORLD_BROKEN);
	w->quiet = true;
	s = run_to(w, moment);
	w->quiet = quiet;
	if (s.kind == WORLD_END && gdb_moment(w) >= moment)
		s.kind = WORLD_STEPPED;
	return s.kind == WORLD_STEPPED && !gdb_be_exact(w) ? stop(WORLD_BROKEN) : s;
}

struct world_stop gdb_goto(struct world *w, uint64_t moment)
{
	struct world_stop s;

	w->patient = true;
	s = gdb_seek(w, moment);
	w->patient = false;
	return s;
}

/* ---- back by one ---- */

/* The last moment before `end` at which an instruction of `pid` (0: of any) begins; `end`: there is none. */
static bool find_before(struct world *w, uint64_t end, int32_t pid, uint64_t *out)
{
	const uint64_t begin = w->history.list[0].moment;
	bool quiet = w->quiet;

	*out = end;
	for (uint64_t back = 4; *out == end && end > begin; back *= 8) {
		uint64_t from = end - begin > back ? end - back : begin, now;
		struct world_stop s = gdb_seek(w, from);

		w->quiet = true;
		while (s.kind == WORLD_STEPPED && (now = gdb_moment(w)) < end) {
			if (!pid || gdb_pid(w) == pid)
				*out = now;
			s = run_to(w, now + 1);
		}
		w->quiet = quiet;
		if (s.kind == WORLD_BROKEN)
			return false;
		if (from == begin)
			break;
	}
	return true;
}

struct world_stop gdb_back_step(struct world *w, int32_t pid)
{
	uint64_t end = gdb_moment(w), to;
	struct world_stop s;

	if (!find_before(w, end, pid, &to))
		return stop(WORLD_BROKEN);
	if (to < end)
		return gdb_seek(w, to);
	s = gdb_seek(w, w->history.list[0].moment);
	return s.kind == WORLD_BROKEN ? s : stop(WORLD_BEGIN);
}

/* ---- back to what was last ---- */

struct last {
	bool found;
	uint64_t moment;
	struct world_stop stop;
};

/* From here up to `end`: the last thing that stops. What was watched has changed behind an instruction
 * that may be the last before `end`; anything else is before. */
static bool scan(struct world *w, uint64_t end, struct last *last)
{
	enum piece piece;

	do {
		struct world_stop s;
		uint64_t now;

		piece = gdb_piece(w, end);
		now = gdb_moment(w);
		if (piece == PIECE_BROKEN)
			return false;
		if (piece != PIECE_BREAK && piece != PIECE_STOP)
			continue;
		s = stop_of(w, piece);
		if (now < end || s.kind == WORLD_WATCH)
			*last = (struct last){ true, now, s };
	} while (piece != PIECE_LIMIT && piece != PIECE_END);
	return true;
}

static struct world_stop go_to(struct world *w, const struct last *last)
{
	uint64_t to = last->moment;
	struct world_stop s;

	/* Before the instruction that made the change. */
	if (last->stop.kind == WORLD_WATCH && !find_before(w, last->moment, 0, &to))
		return stop(WORLD_BROKEN);
	s = gdb_seek(w, to);
	return s.kind == WORLD_STEPPED ? last->stop : s;
}

struct world_stop gdb_back_continue(struct world *w)
{
	uint64_t end = gdb_moment(w);
	struct last last = { 0 };
	const struct kept *k;
	struct world_stop s;

	while (end && (k = history_before(w, end - 1))) {
		uint64_t begin = k->moment;

		if (!history_go(w, k, w->exact) || !scan(w, end, &last))
			return stop(WORLD_BROKEN);
		if (last.found)
			return go_to(w, &last);
		end = begin;
		if (is_interrupted(w)) {
			s = gdb_seek(w, end);
			return s.kind == WORLD_STEPPED ? stop(WORLD_INTERRUPT) : s;
		}
	}
	s = gdb_seek(w, w->history.list[0].moment);
	return s.kind == WORLD_STEPPED ? stop(WORLD_BEGIN) : s;
}

/* ---- who changed a flag ---- */

static bool flag_word(struct world *w, uint32_t addr, uint32_t mask, bool *on)
{
	uint32_t word;

	if (sysemu_read(w->m, addr, &word, sizeof(word)) != SYSEMU_OK)
		return false;
	*on = word & mask;
	return true;
}

/* Of the changes of the word, which are found backwards, the first that is of the flag. */
static uint64_t last_change(struct world *w, uint32_t addr, uint32_t mask)
{
	struct world_stop s;
	bool before, after;
	uint64_t at;

	for (;;) {
		s = gdb_back_continue(w);
		if (s.kind != WORLD_WATCH)
			return 0;
		at = gdb_moment(w);
		w->quiet = true;
		if (!flag_word(w, addr, mask, &before) || run_to(w, at + 1).kind != WORLD_STEPPED ||
		    !flag_word(w, addr, mask, &after))
			s.kind = WORLD_BROKEN;
		w->quiet = false;
		if (s.kind == WORLD_BROKEN)
			return 0;
		if (before != after)
			return at;
		if (gdb_seek(w, at).kind != WORLD_STEPPED)
			return 0;
	}
}

uint64_t gdb_last_flag(struct world *w, int32_t pid, uint32_t flag)
{
	struct world_point points[WORLD_POINTS];
	size_t npoints = w->npoints;
	uint64_t now = gdb_moment(w), at;
	bool shows = w->shows_stops;
	uint32_t addr, mask;

	if (sysemu_find_tif(w->m, pid, flag, &addr, &mask) != SYSEMU_OK)
		return 0;
	memcpy(points, w->points, sizeof(points));
	w->npoints = 0;
	w->shows_stops = false;
	points_set(w, addr, 4, SYSEMU_WATCH_CHANGE);
	at = last_change(w, addr, mask);
	memcpy(w->points, points, sizeof(points));
	w->npoints = npoints;
	w->shows_stops = shows;
	gdb_seek(w, now);
	return at;
}
