/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names.c: the names of a script and their numbers, both ways. The numbers are i386
 * Linux's, whatever the host's are. Read next: row.c.
 */
#include <stdio.h>
#include <string.h>

#include "lib/scenario/play.h"

struct name {
	const char *name;
	uint32_t number;
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const signals[] = {
	"",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
	"SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
	"TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS",
};

#define SIG_SYSTRAP 0x85

static const struct name errors[] = {
	{ "EPERM", 1 },
	{ "ENOENT", 2 },
	{ "ESRCH", 3 },
	{ "EINTR", 4 },
	{ "EIO", 5 },
	{ "EBADF", 9 },
	{ "ECHILD", 10 },
	{ "EAGAIN", 11 },
	{ "ENOMEM", 12 },
	{ "EFAULT", 14 },
	{ "EBUSY", 16 },
	{ "EINVAL", 22 },
	{ "ENOSYS", 38 },
	{ "ERESTARTSYS", 512 },
	{ "ERESTARTNOINTR", 513 },
	{ "ERESTARTNOHAND", 514 },
	{ "ERESTART_RESTARTBLOCK", 516 },
};

static const struct name eflags[] = {
	{ "CF", 1 },     { "PF", 4 },      { "AF", 0x10 },    { "ZF", 0x40 },
	{ "SF", 0x80 },  { "TF", 0x100 },  { "IF", 0x200 },   { "DF", 0x400 },
	{ "OF", 0x800 }, { "NT", 0x4000 }, { "RF", 0x10000 }, { "AC", 0x40000 },
};

static const struct name ptrace_bits[] = {
	{ "PTRACED", 1 },        { "DTRACE", 2 },   { "SYSGOOD", 4 },      { "PTRACE_CAP", 8 },
	{ "FORK", 0x10 },        { "VFORK", 0x20 }, { "CLONE", 0x40 },     { "EXEC", 0x80 },
	{ "VFORK_DONE", 0x100 }, { "EXIT", 0x200 }, { "ATTACHED", 0x400 },
};

static bool find(const struct name *names, size_t n, const struct play_word *word, uint32_t *out)
{
	for (size_t i = 0; i < n; i++) {
		if (play_is(word, names[i].name)) {
			*out = names[i].number;
			return true;
		}
	}
	return false;
}

/* ---- text to number ---- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* As C writes it: 12, 0x1f, 017, with or without a minus; up to 32 bits. */
bool play_number(const struct play_word *word, uint32_t *out)
{
	bool negative = word->length && word->text[0] == '-';
	uint32_t i = negative, base = 10;
	uint64_t value = 0;

	if (word->length > i + 1 && word->text[i] == '0') {
		base = word->text[i + 1] == 'x' ? 16 : 8;
		i += base == 16 ? 2 : 1;
	}
	if (i == word->length)
		return false;
	for (; i < word->length; i++) {
		uint32_t d = (uint32_t)digit(word->text[i]);

		if (d >= base)
			return false;
		value = value * base + d;
		if (value > UINT32_MAX)
			return false;
	}
	if (negative && value > 0x80000000u)
		return false;
	*out = negative ? 0u - (uint32_t)value : (uint32_t)value;
	return true;
}

bool play_signal_number(const struct play_word *word, uint32_t *out)
{
	struct play_word name = *word;

	if (play_number(word, out))
		return true;
	if (play_is(word, "SYSTRAP")) {
		*out = SIG_SYSTRAP;
		return true;
	}
	if (!play_begins(word, "SIG", &name))
		name = *word;
	for (uint32_t i = 1; i < COUNT(signals); i++) {
		if (play_is(&name, signals[i])) {
			*out = i;
			return true;
		}
	}
	return false;
}

bool play_errno_number(const struct play_word *word, uint32_t *out)
{
	return find(errors, COUNT(errors), word, out);
}

bool play_call_number(const struct play_word *word, uint32_t *out)
{
	if (play_number(word, out))
		return true;
	for (int32_t nr = 0; nr < 320; nr++) {
		const char *name = sysemu_call_name(nr);

		if (name && play_is(word, name)) {
			*out = (uint32_t)nr;
			return true;
		}
	}
	return false;
}

int play_reg_number(const struct play_word *word)
{
	for (unsigned i = 0; i < SYSEMU_REGS; i++)
		if (play_is(word, sysemu_reg_name(i)))
			return (int)i;
	return -1;
}

/* ---- sets of bits ---- */

static const char *bit_name(enum play_bits which, unsigned bit)
{
	const struct name *names = which == PLAY_BITS_EFLAGS ? eflags : ptrace_bits;
	size_t n = which == PLAY_BITS_EFLAGS ? COUNT(eflags) : COUNT(ptrace_bits);

	if (which == PLAY_BITS_TIF)
		return sysemu_tif_name(bit);
	if (which == PLAY_BITS_SIGNALS)
		return bit + 1 < COUNT(signals) ? signals[bit + 1] : NULL;
	for (size_t i = 0; i < n; i++)
		if (names[i].number == 1u << bit)
			return names[i].name;
	return NULL;
}

static bool take_bit(struct play_parser *p, const struct play_word *name, enum play_bits which,
		     uint32_t *bits)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		const char *known = bit_name(which, bit);

		if (known && play_is(name, known)) {
			*bits |= 1u << bit;
			return true;
		}
	}
	return play_error_at(p, name, "no such flag: %.*s", (int)name->length, name->text);
}

bool play_take_bits(struct play_parser *p, const struct play_word *word, enum play_bits which,
		    uint32_t *mask, uint32_t *value)
{
	bool exact = word->length && word->text[0] != '+' && word->text[0] != '-';
	uint32_t set = 0, clear = 0, at = 0;

	if (word->length == 0)
		return play_error_at(p, word, "flags are missing");
	while (!play_is(word, "none") && at < word->length) {
		char sign = at == 0 && exact ? '+' : word->text[at++];
		uint32_t from = at;

		while (at < word->length && word->text[at] != '+' && word->text[at] != '-')
			at++;
		struct play_word name = { word->text + from, at - from, word->column + from };

		if (exact && sign == '-')
			return play_error_at(p, &name, "a '-' wants a sign before each flag");
		if (!take_bit(p, &name, which, sign == '+' ? &set : &clear))
			return false;
	}
	if (set & clear)
		return play_error_at(p, word, "a flag both set and clear");
	*mask = exact ? UINT32_MAX : set | clear;
	*value = set;
	return true;
}

/* ---- number to text ---- */

const char *play_bits_text(enum play_bits which, uint32_t bits, char *buf, size_t size)
{
	size_t used = 0;

	snprintf(buf, size, "none");
	for (unsigned bit = 0; bit < 32 && used < size; bit++) {
		const char *name = bit_name(which, bit);

		if (!(bits >> bit & 1))
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s", used ? "+" : "");
		if (used < size)
			used += name ? (size_t)snprintf(buf + used, size - used, "%s", name) :
				       (size_t)snprintf(buf + used, size - used, "bit%u", bit);
	}
	return buf;
}

const char *play_signal_text(uint32_t signal, char *buf, size_t size)
{
	if (signal == SIG_SYSTRAP)
		snprintf(buf, size, "SYSTRAP");
	else if (signal > 0 && signal < COUNT(signals))
		snprintf(buf, size, "%s", signals[signal]);
	else
		snprintf(buf, size, "%u", signal);
	return buf;
}

const char *play_status_text(sysemu_event_kind kind, uint32_t status, char *buf, size_t size)
{
	char name[16];

	switch (kind) {
	case SYSEMU_EVENT_STOP:
		snprintf(buf, size, "stop %s", play_signal_text(status >> 8, name, sizeof(name)));
		break;
	case SYSEMU_EVENT_EXIT: snprintf(buf, size, "exit %u", status >> 8); break;
	case SYSEMU_EVENT_KILLED:
		snprintf(buf, size, "killed %s%s",
			 play_signal_text(status & 0x7f, name, sizeof(name)),
			 status & 0x80 ? "+core" : "");
		break;
	default: snprintf(buf, size, "%s", sysemu_event_name(kind)); break;
	}
	return buf;
}

const char *play_call_text(uint32_t nr, char *buf, size_t size)
{
	const char *name = sysemu_call_name((int32_t)nr);

	if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%d", (int32_t)nr);
	return buf;
}

const char *play_result_text(int32_t result, char *buf, size_t size)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		if (errors[i].number == 0u - (uint32_t)result) {
			snprintf(buf, size, "%s", errors[i].name);
			return buf;
		}
	}
	snprintf(buf, size, "%d", result);
	return buf;
}
