/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compare.c: what an event shows against what a row expects, and the sentence that says
 * how they differ: every field that does, both sides by name.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/scenario/play.h"

const char *sysemu_place_name(sysemu_place place)
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_PLACE_MAP(X)
#undef X
	};

	return (unsigned)place < SYSEMU_PLACES ? names[place] : NULL;
}

static uint32_t low32(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static uint32_t insns_of(const sysemu_seen *seen, uint32_t region)
{
	return low32(region < SYSEMU_REGIONS ? seen->since.insns[region] :
					       sysemu_kernel_insns(&seen->since));
}

/* The side that is there. */
static uint32_t value_of(const sysemu_check *c, const sysemu_seen *seen)
{
	switch (c->kind) {
	case SYSEMU_CHECK_KIND: return seen->event.kind;
	case SYSEMU_CHECK_STATUS: return seen->event.status;
	case SYSEMU_CHECK_PID: return (uint32_t)seen->event.pid;
	case SYSEMU_CHECK_PLACE: return seen->place;
	case SYSEMU_CHECK_CALLS: return seen->calls;
	case SYSEMU_CHECK_CALL:
		return c->index < SYSEMU_RAN_MAX ? (uint32_t)seen->ran[c->index] : 0;
	case SYSEMU_CHECK_REG:
		return c->index < SYSEMU_REGS ? ((const uint32_t *)&seen->regs)[c->index] : 0;
	case SYSEMU_CHECK_EFLAGS: return seen->event.eflags;
	case SYSEMU_CHECK_TIF: return seen->event.tif;
	case SYSEMU_CHECK_PTRACE: return seen->task.ptrace;
	case SYSEMU_CHECK_PENDING: return seen->task.sigpending;
	case SYSEMU_CHECK_INSNS: return insns_of(seen, c->index);
	case SYSEMU_CHECK_INT80: return low32(seen->since.int80);
	case SYSEMU_CHECK_SYSENTER: return low32(seen->since.sysenter);
	case SYSEMU_CHECK_AUDIT_ENTRIES: return seen->task.audit_entries;
	case SYSEMU_CHECK_AUDIT_EXITS: return seen->task.audit_exits;
	case SYSEMU_CHECK_RESULT:
	case SYSEMU_CHECK_RUN:
	case SYSEMU_CHECKS: break;
	}
	return 0;
}

static bool holds(const sysemu_check *c, const sysemu_seen *seen)
{
	if (c->kind == SYSEMU_CHECK_PID && c->value == 0)
		return seen->event.pid > 101; /* a child */
	/* A call that did not run is for the number of calls to tell. */
	if (c->kind == SYSEMU_CHECK_CALL && c->index >= seen->calls)
		return true;
	return (value_of(c, seen) & c->mask) == (c->value & c->mask);
}

/* ---- the sentence ---- */

struct sentence {
	char *at;
	size_t left;
	unsigned parts;
};

static void say(struct sentence *s, const char *name, const char *expected, const char *got)
{
	int n = snprintf(s->at, s->left, "%s%s: expected %s, got %s", s->parts ? "; " : "", name,
			 expected, got);
	size_t used = n < 0 ? 0 : (size_t)n < s->left ? (size_t)n : s->left - 1;

	s->at += used;
	s->left -= used;
	s->parts++;
}

static const char *name_of(const sysemu_check *c, char *buf, size_t size)
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_CHECK_MAP(X)
#undef X
	};

	if (c->kind == SYSEMU_CHECK_REG && c->index < SYSEMU_REGS)
		return sysemu_reg_name(c->index);
	if (c->kind == SYSEMU_CHECK_INSNS) {
		snprintf(buf, size, "insns.%s",
			 c->index < SYSEMU_REGIONS ? sysemu_region_name(c->index) : "kernel");
		return buf;
	}
	return (unsigned)c->kind < SYSEMU_CHECKS ? names[c->kind] : "?";
}

static const char *bits_side(enum play_bits which, uint32_t mask, uint32_t value, char *buf,
			     size_t size)
{
	char name[200];
	size_t used = 0;

	if (mask == UINT32_MAX)
		return play_bits_text(which, value, buf, size);
	buf[0] = 0;
	for (unsigned bit = 0; bit < 32 && used < size; bit++) {
		if (!(mask >> bit & 1))
			continue;
		play_bits_text(which, 1u << bit, name, sizeof(name));
		used += (size_t)snprintf(buf + used, size - used, "%c%s",
					 value >> bit & 1 ? '+' : '-', name);
	}
	return buf;
}

/* Small ones as people write them, errno among them; others look like addresses. */
static void register_text(uint32_t value, char *buf, size_t size)
{
	if (value + 1000 < 2000)
		snprintf(buf, size, "%" PRId32, (int32_t)value);
	else
		snprintf(buf, size, "0x%" PRIx32, value);
}

static const char *number_text(const sysemu_check *c, uint32_t value, char *buf, size_t size)
{
	const char *place = sysemu_place_name((sysemu_place)value);

	switch (c->kind) {
	case SYSEMU_CHECK_REG: register_text(value, buf, size); break;
	case SYSEMU_CHECK_CALL: play_call_text(value, buf, size); break;
	case SYSEMU_CHECK_CALLS: snprintf(buf, size, "%" PRIu32 " calls", value); break;
	case SYSEMU_CHECK_PLACE: snprintf(buf, size, "%s", place ? place : "?"); break;
	default: snprintf(buf, size, "%" PRIu32, value); break;
	}
	return buf;
}

static const char *side(const sysemu_check *c, uint32_t value, char *buf, size_t size)
{
	switch (c->kind) {
	case SYSEMU_CHECK_TIF: return bits_side(PLAY_BITS_TIF, c->mask, value, buf, size);
	case SYSEMU_CHECK_EFLAGS: return bits_side(PLAY_BITS_EFLAGS, c->mask, value, buf, size);
	case SYSEMU_CHECK_PTRACE: return bits_side(PLAY_BITS_PTRACE, c->mask, value, buf, size);
	case SYSEMU_CHECK_PENDING: return bits_side(PLAY_BITS_SIGNALS, c->mask, value, buf, size);
	default: return number_text(c, value, buf, size);
	}
}

static void say_event(struct sentence *s, const sysemu_row *row, const sysemu_seen *seen)
{
	uint32_t kind = 0, status = 0;
	char expected[40], got[40];

	for (size_t i = 0; i < row->n_checks; i++) {
		if (row->checks[i].kind == SYSEMU_CHECK_KIND)
			kind = row->checks[i].value;
		if (row->checks[i].kind == SYSEMU_CHECK_STATUS)
			status = row->checks[i].value;
	}
	if (!sysemu_event_name((sysemu_event_kind)kind))
		kind = 0;
	say(s, "event",
	    play_status_text((sysemu_event_kind)kind, status, expected, sizeof(expected)),
	    play_status_text(seen->event.kind, seen->event.status, got, sizeof(got)));
}

/* "none", "getpid,exit": what ran, and what should have. */
static void say_ran(struct sentence *s, const sysemu_row *row, const sysemu_seen *seen)
{
	char expected[160] = "", got[160] = "", name[32];
	size_t e = 0, g = 0;

	for (size_t i = 0; i < row->n_checks; i++)
		if (row->checks[i].kind == SYSEMU_CHECK_CALL && e < sizeof(expected))
			e += (size_t)snprintf(
				expected + e, sizeof(expected) - e, "%s%s", e ? "," : "",
				play_call_text(row->checks[i].value, name, sizeof(name)));
	for (uint32_t i = 0; i < seen->calls && i < SYSEMU_RAN_MAX && g < sizeof(got); i++)
		g += (size_t)snprintf(got + g, sizeof(got) - g, "%s%s", g ? "," : "",
				      play_call_text((uint32_t)seen->ran[i], name, sizeof(name)));
	if (seen->calls > SYSEMU_RAN_MAX && g < sizeof(got))
		snprintf(got + g, sizeof(got) - g, ", ... (%" PRIu32 ")", seen->calls);
	say(s, "ran", e ? expected : "none", g ? got : "none");
}

bool play_compare(const sysemu_row *row, const sysemu_seen *seen, sysemu_played *out)
{
	const uint32_t event = 1u << SYSEMU_CHECK_KIND | 1u << SYSEMU_CHECK_STATUS;
	const uint32_t ran = 1u << SYSEMU_CHECK_CALLS | 1u << SYSEMU_CHECK_CALL;
	struct sentence s = { out->text, sizeof(out->text), 0 };
	char name[32], expected[200], got[200];

	out->differs = out->regs_differ = 0;
	for (size_t i = 0; i < row->n_checks; i++) {
		const sysemu_check *c = &row->checks[i];

		if ((unsigned)c->kind >= SYSEMU_CHECKS || holds(c, seen))
			continue;
		uint32_t before = out->differs;

		out->differs |= 1u << c->kind;
		if (c->kind == SYSEMU_CHECK_REG && c->index < SYSEMU_REGS)
			out->regs_differ |= 1u << c->index;
		/* Two checks, one thing. */
		if ((1u << c->kind & event) && !(before & event))
			say_event(&s, row, seen);
		else if ((1u << c->kind & ran) && !(before & ran))
			say_ran(&s, row, seen);
		else if (!(1u << c->kind & (event | ran)))
			say(&s, name_of(c, name, sizeof(name)),
			    side(c, c->value, expected, sizeof(expected)),
			    side(c, value_of(c, seen), got, sizeof(got)));
	}
	return out->differs == 0;
}

sysemu_row play_row_of(const sysemu_seen *seen, sysemu_check *checks)
{
	const sysemu_check always[] = {
		{ SYSEMU_CHECK_KIND, 0, UINT32_MAX, seen->event.kind },
		{ SYSEMU_CHECK_STATUS, 0, UINT32_MAX, seen->event.status },
		{ SYSEMU_CHECK_PID, 0, UINT32_MAX, (uint32_t)seen->event.pid },
		{ SYSEMU_CHECK_PLACE, 0, UINT32_MAX, seen->place },
		{ SYSEMU_CHECK_CALLS, 0, UINT32_MAX, seen->calls },
		{ SYSEMU_CHECK_TIF, 0, UINT32_MAX, seen->event.tif },
		{ SYSEMU_CHECK_REG, SYSEMU_REG_EIP, UINT32_MAX, seen->event.eip },
		{ SYSEMU_CHECK_REG, SYSEMU_REG_ORIG_EAX, UINT32_MAX,
		  (uint32_t)seen->event.orig_eax },
	};
	size_t n = sizeof(always) / sizeof(always[0]);

	memcpy(checks, always, sizeof(always));
	if (seen->event.kind == SYSEMU_EVENT_NONE)
		n = 1; /* pid 0 would mean a child */
	if (seen->event.kind == SYSEMU_EVENT_LIMIT)
		n -= 2; /* where the budget ended says nothing */
	for (uint32_t i = 0; i < seen->calls && i < SYSEMU_RAN_MAX; i++)
		checks[n++] =
			(sysemu_check){ SYSEMU_CHECK_CALL, i, UINT32_MAX, (uint32_t)seen->ran[i] };
	return (sysemu_row){ .checks = checks, .n_checks = n };
}
