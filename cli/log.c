/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.c: the lines of `run --log`. A line tells what has happened since the
 * line before: by which entry the program came in, and what that cost.
 */
#include <inttypes.h>

#include "json.h"
#include "log.h"

/* Larger results are addresses, and errors reach down to here. */
#define ERRNO_MAX 4095
#define SCHEMA    1

const char *log_call_text(int32_t nr, const int32_t *result, char *buf, size_t size)
{
	const char *name = sysemu_call_name(nr);
	int n = snprintf(buf, size, "%s(%" PRId32 ")", name ? name : "unknown", nr);
	size_t used = n < 0 ? 0 : (size_t)n;

	if (!result || used >= size)
		return buf;
	if (*result >= -ERRNO_MAX && *result <= 0xfffff)
		snprintf(buf + used, size - used, " = %" PRId32, *result);
	else
		snprintf(buf + used, size - used, " = 0x%08" PRIx32, (uint32_t)*result);
	return buf;
}

static const char *entry_text(const sysemu_counts *counts)
{
	if (counts->int80 && counts->sysenter)
		return "both";
	return counts->int80 ? "int80" : counts->sysenter ? "sysenter" : "-";
}

/* What came before the first line is not the program's. */
static void base_of(struct run_log *log, sysemu_machine *m, const sysemu_clocks *now)
{
	log->base_clocks = *now;
	cli_take_odd_forms(m, &log->base_odd);
}

/* Those since the line before. */
static void put_clocks(struct run_log *log, sysemu_machine *m)
{
	sysemu_clocks now, d;

	if (!log->timing || sysemu_get_clocks(m, &now) != SYSEMU_OK)
		return;
	d = cli_clocks_since(&now, &log->last_clocks);
	fputs("      ", log->out);
	cli_put_clocks(log->out, &d);
	putc('\n', log->out);
	log->last_clocks = now;
	if (log->lines == 1)
		base_of(log, m, &now);
}

/* As a line of `trace --format ndjson`, with what it was about. */
static void put_ndjson(struct run_log *log, sysemu_machine *m, const sysemu_event *e,
		       const char *text)
{
	const sysemu_counts counts = cli_counts_since(&e->counts, &log->last);
	struct json j = { .out = log->out };
	sysemu_clocks now, clocks;

	json_open(&j, '{');
	json_key(&j, "event");
	json_string(&j, sysemu_event_name(e->kind));
	json_key(&j, "request");
	json_string(&j, log->request);
	json_key(&j, "what");
	json_string(&j, text);
	json_key(&j, "status");
	json_uint(&j, e->status);
	json_key(&j, "entry");
	json_string(&j, entry_text(&counts));
	json_key(&j, "tif");
	cli_json_flags(&j, e->tif);
	json_key(&j, "insns");
	cli_json_regions(&j, &counts);
	json_key(&j, "user");
	json_uint(&j, counts.insns[SYSEMU_REGION_USER]);
	if (log->timing && sysemu_get_clocks(m, &now) == SYSEMU_OK) {
		clocks = cli_clocks_since(&now, &log->last_clocks);
		log->last_clocks = now;
		json_key(&j, "clocks");
		cli_json_clocks(&j, &clocks);
	}
	json_key(&j, "schema");
	json_uint(&j, SCHEMA);
	json_close(&j, '}');
	json_end(&j);
	log->last = e->counts;
}

void log_stop(struct run_log *log, sysemu_machine *m, const sysemu_event *e, const char *text)
{
	sysemu_counts counts;
	char flags[128];

	if (!log->out)
		return;
	if (log->ndjson) {
		put_ndjson(log, m, e, text);
		return;
	}
	counts = cli_counts_since(&e->counts, &log->last);
	fprintf(log->out, "%4" PRIu64 "  %-34s %-8s  %-12s ", log->lines++, text,
		entry_text(&counts), cli_flags_text(e->tif, flags, sizeof(flags)));
	cli_put_counts(log->out, &counts);
	putc('\n', log->out);
	log->last = e->counts;
	put_clocks(log, m);
}

void log_end(struct run_log *log, sysemu_machine *m, const sysemu_event *e,
	     const sysemu_counts *base, const char *text)
{
	sysemu_counts total;
	sysemu_digest digest;

	if (!log->out)
		return;
	if (log->ndjson) {
		put_ndjson(log, m, e, text);
		return;
	}
	total = cli_counts_since(&e->counts, base);
	fprintf(log->out, "end   %s\n", text);
	fprintf(log->out, "calls %" PRIu64 ": int80 %" PRIu64 ", sysenter %" PRIu64 "\n",
		total.int80 + total.sysenter, total.int80, total.sysenter);
	fputs("total ", log->out);
	cli_put_counts(log->out, &total);
	putc('\n', log->out);
	if (log->timing) {
		sysemu_clocks clocks;

		if (sysemu_get_clocks(m, &clocks) != SYSEMU_OK)
			return;
		clocks = cli_clocks_since(&clocks, &log->base_clocks);
		fprintf(log->out, "timing %s: ", log->timing);
		cli_put_clocks(log->out, &clocks);
		putc('\n', log->out);
		cli_put_odd_forms(log->out, m, &log->base_odd);
	}
	if (sysemu_get_digest(m, &digest) != SYSEMU_OK)
		return;
	fputs("digest ", log->out);
	for (size_t i = 0; i < sizeof(digest.bytes); i++)
		fprintf(log->out, "%02x", digest.bytes[i]);
	fprintf(log->out,
		" of registers, memory and counts, with %zu argument%s and %zu variable%s\n",
		log->arguments, log->arguments == 1 ? "" : "s", log->variables,
		log->variables == 1 ? "" : "s");
}
