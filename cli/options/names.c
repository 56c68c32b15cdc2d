/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names.c: thread flags, signals and instruction counts as text, and back.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "cli/cli.h"
#include "cli/json.h"

/* ---- thread flags ---- */

#define TIF_BITS     32
/* Flags that --flags sets: all that have a slow path, so not those of seccomp and the VM. */
#define TIF_SETTABLE 0xffu

const char *cli_flags_text(uint32_t tif, char *buf, size_t size)
{
	size_t used = 0;

	snprintf(buf, size, "-");
	for (unsigned bit = 0; bit < TIF_BITS && used < size; bit++) {
		const char *name = sysemu_tif_name(bit);

		if (!(tif >> bit & 1))
			continue;
		if (used)
			used += (size_t)snprintf(buf + used, size - used, "+");
		if (used < size)
			used += name ? (size_t)snprintf(buf + used, size - used, "%s", name) :
				       (size_t)snprintf(buf + used, size - used, "bit%u", bit);
	}
	return buf;
}

static bool flag_by_name(const char *text, size_t length, uint32_t *flag)
{
	for (unsigned bit = 0; TIF_SETTABLE >> bit; bit++) {
		const char *name = sysemu_tif_name(bit);

		if (name && strlen(name) == length && !strncasecmp(name, text, length)) {
			*flag = 1u << bit;
			return true;
		}
	}
	return false;
}

static bool no_such_flag(const char *text, size_t length, struct cli_why *why)
{
	size_t used = (size_t)snprintf(why->text, sizeof(why->text),
				       "\"%.*s\" is no flag; there are", (int)length, text);

	for (unsigned bit = 0; TIF_SETTABLE >> bit && used < sizeof(why->text); bit++)
		if (sysemu_tif_name(bit))
			used += (size_t)snprintf(why->text + used, sizeof(why->text) - used, " %s",
						 sysemu_tif_name(bit));
	return false;
}

bool cli_flags_number(const char *text, uint32_t *flags, struct cli_why *why)
{
	*flags = 0;
	if (!strcmp(text, "none"))
		return true;
	for (const char *at = text;; at++) {
		size_t length = strcspn(at, ",");
		uint32_t flag;

		if (!flag_by_name(at, length, &flag))
			return no_such_flag(at, length < 40 ? length : 40, why);
		*flags |= flag;
		at += length;
		if (!*at)
			return true;
	}
}

static bool take_flags(const struct cli_option *o, const char *value, void *field,
		       struct cli_why *why)
{
	(void)o;
	return cli_flags_number(value, field, why);
}

static const char *offer_flag(const struct cli_option *o, size_t index)
{
	const char *name = TIF_SETTABLE >> index ? sysemu_tif_name((unsigned)index) : NULL;

	(void)o;
	return name || !(TIF_SETTABLE >> index) ? name : "";
}

const struct cli_type cli_flags = { "flags", take_flags, offer_flag };

void cli_json_flags(struct json *j, uint32_t tif)
{
	char unnamed[16];

	json_open(j, '[');
	for (unsigned bit = 0; bit < TIF_BITS; bit++) {
		const char *name = sysemu_tif_name(bit);

		if (!(tif >> bit & 1))
			continue;
		snprintf(unnamed, sizeof(unnamed), "bit%u", bit);
		json_string(j, name ? name : unnamed);
	}
	json_close(j, ']');
}

/* ---- signals: the guest's numbers, i386's, whatever the host's are ---- */

static const char *const signals[] = {
	"",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
	"SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
	"TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS",
};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

const char *cli_signal_text(unsigned signal)
{
	static char text[24];

	if (signal > 0 && signal < SIGNALS)
		snprintf(text, sizeof(text), "SIG%s", signals[signal]);
	else
		snprintf(text, sizeof(text), "signal %u", signal);
	return text;
}

bool cli_signal_number(const char *text, uint32_t most, uint32_t *out, struct cli_why *why)
{
	const char *name = strncasecmp(text, "SIG", 3) ? text : text + 3;
	uint64_t number;

	if (cli_number_of(text, &number) && number <= most) {
		*out = (uint32_t)number;
		return true;
	}
	for (size_t i = 1; i < SIGNALS; i++) {
		if (!strcasecmp(signals[i], name)) {
			*out = (uint32_t)i;
			return true;
		}
	}
	return cli_refuse(why,
			  "\"%s\" is no signal: a number from 0 to %" PRIu32
			  ", or a name as SEGV or SIGSEGV",
			  text, most);
}

/* ---- counts ---- */

sysemu_counts cli_counts_since(const sysemu_counts *after, const sysemu_counts *before)
{
	sysemu_counts d = *after;

	for (unsigned i = 0; i < SYSEMU_REGIONS; i++)
		d.insns[i] -= before->insns[i];
	d.int80 -= before->int80;
	d.sysenter -= before->sysenter;
	return d;
}

void cli_put_regions(FILE *out, const sysemu_counts *counts)
{
	const char *separator = "";

	for (unsigned i = 0; i < SYSEMU_REGIONS; i++) {
		if (i == SYSEMU_REGION_USER || !counts->insns[i])
			continue;
		fprintf(out, "%s%s %" PRIu64, separator, sysemu_region_name(i), counts->insns[i]);
		separator = ", ";
	}
}

void cli_put_counts(FILE *out, const sysemu_counts *counts)
{
	uint64_t kernel = sysemu_kernel_insns(counts);

	fprintf(out, "kernel %" PRIu64, kernel);
	if (kernel) {
		fputs(" (", out);
		cli_put_regions(out, counts);
		putc(')', out);
	}
	fprintf(out, ", user %" PRIu64, counts->insns[SYSEMU_REGION_USER]);
}

void cli_json_regions(struct json *j, const sysemu_counts *counts)
{
	json_open(j, '{');
	for (unsigned i = 0; i < SYSEMU_REGIONS; i++) {
		if (i == SYSEMU_REGION_USER)
			continue;
		json_key(j, sysemu_region_name(i));
		json_uint(j, counts->insns[i]);
	}
	json_close(j, '}');
}
