/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words.c: the fields of an event as text. Two kernels differ in a field where its texts do, so what
 * says nothing (where a budget ended) has no text.
 */
#include <inttypes.h>
#include <string.h>

#include "compare.h"

#define EFLAGS_TF 0x100u

const char *words_entry(sysemu_entry entry)
{
	return entry == SYSEMU_ENTRY_INT80 ? "int80" : "sysenter";
}

static const char *number_text(int32_t value, char *buf, size_t size)
{
	if (value > -4096 && value < 65536)
		snprintf(buf, size, "%" PRId32, value);
	else
		snprintf(buf, size, "0x%" PRIx32, (uint32_t)value);
	return buf;
}

const char *words_result(int32_t result, char *buf, size_t size)
{
	static const struct {
		int number;
		const char *name;
	} names[] = { { 1, "EPERM" },
		      { 3, "ESRCH" },
		      { 4, "EINTR" },
		      { 5, "EIO" },
		      { 14, "EFAULT" },
		      { 22, "EINVAL" },
		      { 38, "ENOSYS" },
		      { 512, "ERESTARTSYS" },
		      { 513, "ERESTARTNOINTR" },
		      { 514, "ERESTARTNOHAND" },
		      { 516, "ERESTART_RESTARTBLOCK" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (result == -names[i].number) {
			snprintf(buf, size, "-%s", names[i].name);
			return buf;
		}
	}
	return number_text(result, buf, size);
}

static void event_text(const sysemu_seen *seen, char *buf, size_t size)
{
	const sysemu_event *e = &seen->event;
	const char *name = sysemu_event_name(e->kind);

	switch (e->kind) {
	case SYSEMU_EVENT_STOP:
		snprintf(buf, size, "stop %s%s", cli_signal_text(cli_stop_signal(e)),
			 cli_is_syscall_stop(e) ? "|0x80" : "");
		break;
	case SYSEMU_EVENT_KILLED:
		snprintf(buf, size, "killed %s", cli_signal_text(e->status & 0x7f));
		break;
	case SYSEMU_EVENT_EXIT: snprintf(buf, size, "exit %" PRIu32, e->status >> 8); break;
	default: snprintf(buf, size, "%s", name ? name : "?"); break;
	}
}

static void ran_text(const sysemu_seen *seen, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "%s", seen->calls ? "" : "none");

	for (uint32_t i = 0; i < seen->calls && i < SYSEMU_RAN_MAX && used < size; i++) {
		const char *name = sysemu_call_name(seen->ran[i]);

		used += (size_t)snprintf(buf + used, size - used, "%s", i ? "," : "");
		if (used < size)
			used += name ? (size_t)snprintf(buf + used, size - used, "%s", name) :
				       (size_t)snprintf(buf + used, size - used, "%" PRId32,
							seen->ran[i]);
	}
}

/* What the actions of the row before came to: those that failed, and why it ended. */
static void result_text(const struct story *story, size_t row, char *buf, size_t size)
{
	size_t used = 0;
	char result[32];

	buf[0] = 0;
	for (size_t i = 0; i < story->n_acts && used < size; i++) {
		const struct story_act *act = &story->acts[i];
		const char *name = act->action->kind == SYSEMU_ACTION_PTRACE ?
					   sysemu_request_name(act->action->request) :
				   act->action->kind == SYSEMU_ACTION_WAIT   ? "wait" :
				   act->action->kind == SYSEMU_ACTION_SIGNAL ? "signal" :
									       NULL;

		if (act->row + 1 != row || !name || (act->done && !act->result))
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%s %s", used ? ", " : "", name,
					 act->done ?
						 words_result(act->result, result, sizeof(result)) :
						 "cannot be done");
	}
	if (!used)
		snprintf(buf, size, "0");
}

static void bits_text(uint32_t bits, const char *const names[], size_t n, char *buf, size_t size)
{
	size_t used = 0;

	snprintf(buf, size, "none");
	for (unsigned i = 0; i < 32 && used < size; i++) {
		if (!(bits >> i & 1))
			continue;
		used += i < n && names[i] ? (size_t)snprintf(buf + used, size - used, "%s%s",
							     used ? "+" : "", names[i]) :
					    (size_t)snprintf(buf + used, size - used, "%sbit%u",
							     used ? "+" : "", i);
	}
}

static void signals_text(uint32_t bits, char *buf, size_t size)
{
	size_t used = 0;

	snprintf(buf, size, "none");
	for (unsigned i = 0; i < 32 && used < size; i++)
		if (bits >> i & 1)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? "+" : "",
						 cli_signal_text(i + 1));
}

enum { STOP_FIELDS = 4, FLAG_FIELDS = 5, COUNT_FIELDS = 4 }; /* no C code's */

static const char *stop_field(const struct story *story, size_t row, unsigned field, char *value)
{
	static const char *const names[] = { "result", "event", "place", "ran" };
	const sysemu_seen *seen = row < story->n ? &story->seen[row] : NULL;

	if (field == 0)
		result_text(story, row, value, WORDS_MAX);
	else if (field == 1 && !seen)
		snprintf(value, WORDS_MAX, "nobody runs");
	else if (field == 1)
		event_text(seen, value, WORDS_MAX);
	else if (field == 2 && seen)
		snprintf(value, WORDS_MAX, "%s", sysemu_place_name(seen->place));
	else if (field == 3 && seen)
		ran_text(seen, value, WORDS_MAX);
	return names[field];
}

static const char *reg_field(const sysemu_seen *seen, unsigned field, char *value)
{
	const uint32_t *words = (const uint32_t *)&seen->regs;

	if (field == SYSEMU_REG_EFLAGS)
		snprintf(value, WORDS_MAX, "0x%" PRIx32 "%s", words[field],
			 words[field] & EFLAGS_TF ? " TF" : "");
	else if (field == SYSEMU_REG_EAX)
		words_result((int32_t)words[field], value, WORDS_MAX);
	else
		number_text((int32_t)words[field], value, WORDS_MAX);
	return sysemu_reg_name(field);
}

static const char *flag_field(const sysemu_seen *seen, unsigned field, char *value)
{
	static const char *const names[] = { "tif", "ptrace", "pending", "audit_entries",
					     "audit_exits" };
	static const char *const ptrace[] = { "PTRACED", "DTRACE", "SYSGOOD" };

	switch (field) {
	case 0: cli_flags_text(seen->event.tif, value, WORDS_MAX); break;
	case 1: bits_text(seen->task.ptrace, ptrace, 3, value, WORDS_MAX); break;
	case 2: signals_text(seen->task.sigpending, value, WORDS_MAX); break;
	case 3: snprintf(value, WORDS_MAX, "%" PRIu32, seen->task.audit_entries); break;
	case 4: snprintf(value, WORDS_MAX, "%" PRIu32, seen->task.audit_exits); break;
	}
	return names[field];
}

static const char *count_field(const sysemu_seen *seen, unsigned field, char *value)
{
	static const char *const names[] = { "insns.entry", "insns.user", "int80", "sysenter" };
	const sysemu_counts *c = &seen->since;
	const uint64_t counts[] = { c->insns[SYSEMU_REGION_ENTRY], c->insns[SYSEMU_REGION_USER],
				    c->int80, c->sysenter };

	snprintf(value, WORDS_MAX, "%" PRIu64, counts[field]);
	return names[field];
}

const char *words_field(const struct story *story, size_t row, unsigned field, sysemu_tell *tell,
			char value[WORDS_MAX])
{
	const sysemu_seen *seen = row < story->n ? &story->seen[row] : NULL;
	sysemu_event_kind kind = seen ? seen->event.kind : SYSEMU_EVENT_NONE;
	bool here = kind == SYSEMU_EVENT_STOP || kind == SYSEMU_EVENT_BREAK;
	char unused[WORDS_MAX] = "";
	static const sysemu_seen nothing;

	value[0] = 0;
	*tell = SYSEMU_TELL_STOPS;
	if (field < STOP_FIELDS)
		return stop_field(story, row, field, value);
	field -= STOP_FIELDS;
	*tell = SYSEMU_TELL_REGISTERS;
	if (field < SYSEMU_REGS)
		return reg_field(here ? seen : &nothing, field, here ? value : unused);
	field -= SYSEMU_REGS;
	*tell = SYSEMU_TELL_FLAGS;
	if (field < FLAG_FIELDS)
		return flag_field(here ? seen : &nothing, field, here ? value : unused);
	field -= FLAG_FIELDS;
	*tell = SYSEMU_TELL_COUNTS;
	if (field < COUNT_FIELDS)
		return count_field(here ? seen : &nothing, field, here ? value : unused);
	return NULL;
}
