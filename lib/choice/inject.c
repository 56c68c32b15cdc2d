/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject.c: one event at every instruction boundary of the kernel path in turn. The play is
 * traced once, with a snapshot before each row; then, for each boundary, the row's snapshot is
 * restored, a breakpoint stops there, and the play goes on. Written on the public header, and
 * on the player. Read next: lib/scenario/play.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kernels/kernels.h"
#include "lib/scenario/play.h"

#define VSYSCALL_SIZE  4096u
#define BOUNDARIES_MAX 20000
#define WINDOWS_MAX    10000
/* A way through the kernel is far shorter, and what runs on in user mode says nothing. */
#define EVENT_BUDGET   20000

struct boundary {
	uint32_t addr;
	uint64_t hit; /* in its row: 1 for the first time there */
	size_t row;
};

/* What the restored machine does not remember. */
struct before_row {
	sysemu_snapshot *snapshot;
	uint32_t breaks[PLAY_BREAKS_MAX];
	size_t n_breaks;
	int32_t child;
};

struct injector {
	const struct profile *kernel;
	const sysemu_injection *what;
	const sysemu_row *rows;
	size_t n_rows;
	struct play play;
	sysemu_played played;
	struct before_row *before;
	/* The outcome without injection, of this boundary, and of the one before it; a play
	 * that ends early has events of kind NONE behind its end. */
	sysemu_seen *plain, *now, *last;
	struct boundary *boundaries;
	size_t n_boundaries, capacity;
	size_t row; /* being traced */
	bool failed;
	sysemu_injected *out;
};

/* ---- the first play: the boundaries ---- */

static uint64_t hits_so_far(const struct injector *in, uint32_t addr)
{
	for (size_t i = in->n_boundaries; i-- > 0 && in->boundaries[i].row == in->row;)
		if (in->boundaries[i].addr == addr)
			return in->boundaries[i].hit;
	return 0;
}

static bool in_kernel(const struct profile *kernel, uint32_t addr)
{
	return addr >= kernel->task_size && addr - kernel->vsyscall_base >= VSYSCALL_SIZE;
}

static void add_boundary(void *user, uint32_t addr, uint32_t size)
{
	struct injector *in = user;
	struct boundary *more;

	(void)size;
	if (!in_kernel(in->kernel, addr) || in->failed)
		return;
	if (in->n_boundaries == in->capacity) {
		size_t capacity = in->capacity ? 2 * in->capacity : 4096;

		more = capacity > 2 * BOUNDARIES_MAX ?
			       NULL :
			       realloc(in->boundaries, capacity * sizeof(*more));
		in->failed = !more;
		if (in->failed)
			return;
		in->boundaries = more;
		in->capacity = capacity;
	}
	in->boundaries[in->n_boundaries] =
		(struct boundary){ addr, hits_so_far(in, addr) + 1, in->row };
	in->n_boundaries++;
}

static sysemu_status remember(struct injector *in, struct before_row *b)
{
	memcpy(b->breaks, in->play.breaks, sizeof(b->breaks));
	b->n_breaks = in->play.n_breaks;
	b->child = in->play.child;
	return sysemu_save(in->play.m, &b->snapshot);
}

static sysemu_status trace(struct injector *in)
{
	/* The way to the first event is the launch's, whose tracer does not yet exist. */
	for (in->row = 0; in->row < in->n_rows; in->row++) {
		sysemu_status status = remember(in, &in->before[in->row]);

		if (status != SYSEMU_OK)
			return status;
		in->play.watch.also = in->row ? add_boundary : NULL;
		in->play.watch.user = in;
		if (!play_to_event(&in->play, &in->plain[in->row])) {
			snprintf(in->out->text, sizeof(in->out->text),
				 "it does not come to row %zu: %.150s", in->row + 1,
				 in->played.text);
			return SYSEMU_ESTATE;
		}
		play_actions(&in->play, &in->rows[in->row]);
	}
	in->play.watch.also = NULL;
	if (in->failed || in->n_boundaries > BOUNDARIES_MAX) {
		snprintf(in->out->text, sizeof(in->out->text),
			 "the play has more than %d boundaries, or memory is out", BOUNDARIES_MAX);
		return SYSEMU_ENOMEM;
	}
	return SYSEMU_OK;
}

/* ---- the injection ---- */

static sysemu_status inject_here(void *user, sysemu_machine *m)
{
	const struct injector *in = user;
	const sysemu_injection *what = in->what;
	sysemu_task task;
	sysemu_status status;

	switch (what->kind) {
	case SYSEMU_INJECT_TIF:
		status = sysemu_task_info(m, 0, &task);
		if (status == SYSEMU_OK)
			status = sysemu_set_tif(m, (task.tif & ~what->clear) | what->set);
		return status;
	case SYSEMU_INJECT_SIGNAL: return sysemu_signal(m, 0, what->signal, NULL);
	case SYSEMU_INJECT_RESCHED: return sysemu_need_resched(m, 0);
	case SYSEMU_INJECT_KILL: return sysemu_ptrace(m, SYSEMU_PTRACE_KILL, 0, 0, NULL);
	}
	return fail(m, SYSEMU_EINVAL, "no injection has number %d", (int)what->kind);
}

static void forget_pause(struct play *play)
{
	if (play->pause.hits)
		sysemu_break_clear(play->m, play->pause.addr);
	play->pause.hits = 0;
}

static sysemu_status go_back(struct injector *in, const struct before_row *b)
{
	struct play *play = &in->play;
	sysemu_status status;

	for (size_t i = 0; i < play->n_breaks; i++)
		sysemu_break_clear(play->m, play->breaks[i]);
	memcpy(play->breaks, b->breaks, sizeof(b->breaks));
	play->n_breaks = b->n_breaks;
	play->child = b->child;
	status = sysemu_restore(play->m, b->snapshot);
	for (size_t i = 0; status == SYSEMU_OK && i < play->n_breaks; i++)
		status = sysemu_break_set(play->m, play->breaks[i]);
	return status;
}

/* Plays on from the boundary's row, with the injection; the events into in->now. */
static sysemu_status play_with(struct injector *in, const struct boundary *b)
{
	sysemu_status status = go_back(in, &in->before[b->row]);

	if (status == SYSEMU_OK)
		status = sysemu_break_set(in->play.m, b->addr);
	if (status != SYSEMU_OK)
		return status;
	in->play.pause = (struct play_pause){ b->addr, b->hit, inject_here, in };
	memset(in->now, 0, in->n_rows * sizeof(*in->now));
	for (size_t row = b->row; row < in->n_rows; row++) {
		if (!play_to_event(&in->play, &in->now[row]))
			break;
		forget_pause(&in->play); /* of this row alone */
		play_actions(&in->play, &in->rows[row]);
	}
	forget_pause(&in->play);
	return SYSEMU_OK;
}

/* ---- windows ---- */

/* What differs of two outcomes from `row` on; *event: the first row where something does. */
static uint32_t difference(const sysemu_seen *a, const sysemu_seen *b, size_t row, size_t n,
			   size_t *event, sysemu_played *first)
{
	uint32_t differs = 0;

	for (; row < n; row++) {
		sysemu_check checks[PLAY_CHECKS_MAX];
		sysemu_row expected = play_row_of(&a[row], checks);
		sysemu_played p;

		if (play_compare(&expected, &b[row], &p))
			continue;
		if (!differs) {
			*event = row;
			*first = p;
		}
		differs |= p.differs;
	}
	return differs;
}

static void name_place(struct injector *in, uint32_t addr, char *name, char *text)
{
	sysemu_describe(in->play.m, addr, name, 64);
	if (!sysemu_disasm(in->play.m, addr, text, 64))
		snprintf(text, 64, "?");
}

static void end_at(struct injector *in, sysemu_window *w, size_t number)
{
	w->last = number;
	w->to = in->boundaries[number].addr;
	name_place(in, w->to, w->to_name, w->to_text);
}

static sysemu_status add_window(struct injector *in, size_t number, uint32_t differs, size_t event,
				const sysemu_played *first)
{
	sysemu_injected *out = in->out;
	sysemu_window *w;

	if (out->n == WINDOWS_MAX)
		return fail(in->play.m, SYSEMU_ENOMEM, "more than %d windows", WINDOWS_MAX);
	if ((out->n & (out->n - 1)) == 0) { /* a power of two: full */
		w = realloc(out->windows, (out->n ? 2 * out->n : 1) * sizeof(*w));
		if (!w)
			return fail(in->play.m, SYSEMU_ENOMEM, "no memory for the windows");
		out->windows = w;
	}
	w = &out->windows[out->n++];
	*w = (sysemu_window){ .row = in->boundaries[number].row,
			      .first = number,
			      .from = in->boundaries[number].addr,
			      .event = event,
			      .differs = differs };
	name_place(in, w->from, w->from_name, w->from_text);
	snprintf(w->text, sizeof(w->text), "%.*s", (int)sizeof(w->text) - 1, first->text);
	end_at(in, w, number);
	return SYSEMU_OK;
}

/* Between its word that it stops and the stop itself a task is nobody's to run on from: the
 * machine takes it for stopped already. */
static bool untried(const struct injector *in, const struct boundary *b)
{
	return in->now[b->row].event.kind == SYSEMU_EVENT_NONE &&
	       in->plain[b->row].event.kind != SYSEMU_EVENT_NONE;
}

/* Joins the boundary to the last window if it leads to the same outcome. */
static sysemu_status judge(struct injector *in, size_t number, bool *open)
{
	const struct boundary *b = &in->boundaries[number];
	sysemu_injected *out = in->out;
	sysemu_played first;
	size_t event;
	uint32_t differs;
	sysemu_status status = SYSEMU_OK;
	sysemu_seen *swap = in->last;

	if (untried(in, b)) {
		out->untried++;
		return SYSEMU_OK;
	}
	differs = difference(in->plain, in->now, b->row, in->n_rows, &event, &first);
	if (!differs) {
		*open = false;
	} else if (*open && out->windows[out->n - 1].row == b->row &&
		   !difference(in->last, in->now, b->row, in->n_rows, &(size_t){ 0 },
			       &(sysemu_played){ 0 })) {
		end_at(in, &out->windows[out->n - 1], number);
	} else {
		status = add_window(in, number, differs, event, &first);
		*open = true;
	}
	in->last = in->now;
	in->now = swap;
	return status;
}

static sysemu_status run_all(struct injector *in)
{
	sysemu_status status = trace(in);
	bool open = false;

	for (size_t i = 0; status == SYSEMU_OK && i < in->n_boundaries; i++) {
		status = play_with(in, &in->boundaries[i]);
		if (status == SYSEMU_OK)
			status = judge(in, i, &open);
		in->out->boundaries = i + 1;
	}
	return status;
}

static sysemu_status prepare(struct injector *in, sysemu_machine *m, uint32_t budget)
{
	in->before = calloc(in->n_rows, sizeof(*in->before));
	in->plain = calloc(in->n_rows, sizeof(*in->plain));
	in->now = calloc(in->n_rows, sizeof(*in->now));
	in->last = calloc(in->n_rows, sizeof(*in->last));
	if (!in->before || !in->plain || !in->now || !in->last)
		return fail(m, SYSEMU_ENOMEM, "no memory for %zu rows", in->n_rows);
	if (!budget || budget > EVENT_BUDGET)
		budget = EVENT_BUDGET;
	return play_start(&in->play, m, budget, &in->played);
}

static void release(struct injector *in)
{
	for (size_t i = 0; in->before && i < in->n_rows; i++)
		sysemu_snapshot_free(in->before[i].snapshot);
	free(in->before);
	free(in->plain);
	free(in->now);
	free(in->last);
	free(in->boundaries);
}

sysemu_status sysemu_inject(const sysemu_scenario *s, const char *kernel, sysemu_entry entry,
			    const void *elf, size_t size, const sysemu_injection *what,
			    sysemu_injected *out)
{
	struct injector in = { .what = what, .out = out };
	sysemu_machine *m = NULL;
	sysemu_status status;

	REQUIRE_ARGUMENT(NULL, out);
	*out = (sysemu_injected){ .n = 0 };
	status = play_check(s, entry, out->text, sizeof(out->text));
	if (status != SYSEMU_OK)
		return status;
	if (!what || (unsigned)what->kind > SYSEMU_INJECT_KILL) {
		snprintf(out->text, sizeof(out->text), "no such injection");
		return SYSEMU_EINVAL;
	}
	in.rows = s->by_entry[entry].rows;
	in.n_rows = s->by_entry[entry].n_rows;
	status = play_open(s, kernel, entry, elf, size, &m, out->text, sizeof(out->text));
	if (status != SYSEMU_OK)
		return status;
	in.kernel = kernel_find(kernel ? kernel : KERNEL_DEFAULT)->profile;
	status = prepare(&in, m, s->budget);
	if (status == SYSEMU_OK)
		status = run_all(&in);
	if (status != SYSEMU_OK && !out->text[0])
		snprintf(out->text, sizeof(out->text), "%.*s", (int)sizeof(out->text) - 1,
			 sysemu_errmsg(m));
	if (in.play.m)
		play_end(&in.play);
	release(&in);
	sysemu_close(m);
	return status;
}

void sysemu_injected_free(sysemu_injected *injected)
{
	if (!injected)
		return;
	free(injected->windows);
	*injected = (sysemu_injected){ 0 };
}
