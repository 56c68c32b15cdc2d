/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject.c: `sysemu inject`: one event at every instruction boundary of a scenario's kernel
 * path in turn, and the windows in which it matters. Read next: lib/choice/inject.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "lines.h"
#include "play.h"
#include "report/report.h"

struct inject_options {
	struct cli_machine machine;
	const char *scenario;
	const char *what;
	sysemu_injection injection;
	unsigned json;
	struct cli_reports reports;
};

#define SIGNAL_MOST 64

/* "tif+EMU-TRACE" behind its "tif". */
static bool take_flags(const char *text, sysemu_injection *out, struct cli_why *why)
{
	const char *at = text;

	while (*at == '+' || *at == '-') {
		uint32_t *into = *at == '+' ? &out->set : &out->clear;
		size_t length = strcspn(++at, "+-");
		char name[32];
		uint32_t flag;

		snprintf(name, sizeof(name), "%.*s", (int)length, at);
		if (!cli_flags_number(name, &flag, why))
			return false;
		*into |= flag;
		at += length;
	}
	if (*at || !(out->set | out->clear))
		return cli_refuse(why, "\"tif%s\" names no flags: tif+EMU, tif-EMU+TRACE", text);
	if (out->set & out->clear)
		return cli_refuse(why, "\"tif%s\" sets and clears one flag", text);
	return true;
}

static bool take_injection(const struct cli_option *row, const char *value, void *field,
			   struct cli_why *why)
{
	struct inject_options *o = field;
	sysemu_injection *out = &o->injection;
	uint32_t signal;

	*out = (sysemu_injection){ 0 };
	o->what = value;
	if (!strncmp(value, "tif", 3)) {
		out->kind = SYSEMU_INJECT_TIF;
		return take_flags(value + 3, out, why);
	}
	if (!strncmp(value, "signal:", 7)) {
		out->kind = SYSEMU_INJECT_SIGNAL;
		if (!cli_signal_number(value + 7, SIGNAL_MOST, &signal, why))
			return false;
		out->signal = (int)signal;
		return true;
	}
	out->kind = !strcmp(value, "kill") ? SYSEMU_INJECT_KILL : SYSEMU_INJECT_RESCHED;
	return !strcmp(value, "kill") || !strcmp(value, "need_resched") ||
	       cli_refuse(why, "\"%s\" is no %s: tif+FLAG, tif-FLAG, signal:N, need_resched, kill",
			  value, row->arg);
}

static const struct cli_type injection = { "injection", take_injection, NULL };

static const struct cli_option options[] = {
	CLI_KERNEL_OPTION(struct inject_options, machine),
	CLI_ENTRY_OPTION(struct inject_options, machine),
	{ "scenario", "NAME", &cli_text, offsetof(struct inject_options, scenario),
	  .help = "which scenario (the first that the kernel plays)" },
	{ "inject", "WHAT", &injection, 0, .help = "the event: one of those below",
	  .required = true },
	CLI_FORMAT_OPTION(struct inject_options, json, "text|json"),
	CLI_REPORT_OPTION(struct inject_options, reports),
	CLI_COVER_OPTION,
	{ 0 },
};

/* ---- the report ---- */

static const char *row_name(const sysemu_scenario *s, sysemu_entry entry, size_t row, char *buf,
			    size_t size)
{
	const sysemu_row *rows = s->by_entry[entry].rows;

	if (rows[row].label)
		return rows[row].label;
	snprintf(buf, size, "line %" PRIu32, rows[row].line);
	return buf;
}

static void put_text(const struct inject_options *o, const sysemu_scenario *s,
		     const sysemu_injected *in)
{
	char on_the_way[24], event[24];

	printf("%s (%s): %s before each of %" PRIu64 " kernel instructions: ", s->name,
	       o->machine.kernel, o->what, in->boundaries);
	printf("%zu window%s in which it matters\n", in->n, in->n == 1 ? "" : "s");
	if (in->untried)
		printf("(%" PRIu64 " of them not tried: a task about to stop does not run on)\n",
		       in->untried);
	for (size_t i = 0; i < in->n; i++) {
		const sysemu_window *w = &in->windows[i];

		printf("\non the way to %s, boundaries %" PRIu64 " to %" PRIu64 ":\n",
		       row_name(s, (sysemu_entry)o->machine.entry, w->row, on_the_way,
				sizeof(on_the_way)),
		       w->first, w->last);
		printf("  from  %08" PRIx32 "  %-32s  %s\n", w->from, w->from_name, w->from_text);
		printf("  to    %08" PRIx32 "  %-32s  %s\n", w->to, w->to_name, w->to_text);
		printf("  then  %s: %s\n",
		       row_name(s, (sysemu_entry)o->machine.entry, w->event, event, sizeof(event)),
		       w->text);
	}
}

static void put_place(struct json *j, const char *key, uint32_t addr, const char *name,
		      const char *text)
{
	json_key(j, key);
	json_open(j, '{');
	json_key(j, "addr");
	json_uint(j, addr);
	json_key(j, "symbol");
	json_string(j, name);
	json_key(j, "insn");
	json_string(j, text);
	json_close(j, '}');
}

static void put_json(const struct inject_options *o, const sysemu_scenario *s,
		     const sysemu_injected *in)
{
	struct json j = { .out = stdout };
	char name[24];

	json_open(&j, '{');
	json_key(&j, "scenario");
	json_string(&j, s->name);
	json_key(&j, "kernel");
	json_string(&j, o->machine.kernel);
	json_key(&j, "inject");
	json_string(&j, o->what);
	json_key(&j, "boundaries");
	json_uint(&j, in->boundaries);
	json_key(&j, "untried");
	json_uint(&j, in->untried);
	json_key(&j, "windows");
	json_open(&j, '[');
	for (size_t i = 0; i < in->n; i++) {
		const sysemu_window *w = &in->windows[i];

		json_open(&j, '{');
		json_key(&j, "row");
		json_string(&j, row_name(s, (sysemu_entry)o->machine.entry, w->row, name,
					 sizeof(name)));
		json_key(&j, "first");
		json_uint(&j, w->first);
		json_key(&j, "last");
		json_uint(&j, w->last);
		put_place(&j, "from", w->from, w->from_name, w->from_text);
		put_place(&j, "to", w->to, w->to_name, w->to_text);
		json_key(&j, "event");
		json_string(&j, row_name(s, (sysemu_entry)o->machine.entry, w->event, name,
					 sizeof(name)));
		json_key(&j, "difference");
		json_string(&j, w->text);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_key(&j, "schema");
	json_int(&j, 1);
	json_close(&j, '}');
	json_end(&j);
}

/* ---- records ---- */

static struct report_record *add_record(const struct inject_options *o, struct report *report,
					const char *file, const char *name)
{
	struct report_record *record = report_add(report);

	if (!record)
		return NULL;
	record->suite = file;
	record->name = name;
	record->check = "window";
	record->kernel = o->machine.kernel;
	record->entry = o->machine.entry ? "sysenter" : "int80";
	return record;
}

static void add_window(const struct inject_options *o, struct report *report, const char *file,
		       const sysemu_scenario *s, const sysemu_window *w,
		       const struct cli_lines *lines)
{
	const char *name = report_text(report, "%s (%s): %s, boundaries %" PRIu64 " to %" PRIu64,
				       s->name, o->machine.kernel, o->what, w->first, w->last);
	struct report_record *record = add_record(o, report, file, name);
	const struct cli_line *line = cli_lines_find(lines, w->from);
	char event[24];

	if (!record)
		return;
	record->status = REPORT_FINDING;
	if (line)
		record->place = (struct report_place){ report_text(report, "%s", line->file),
						       line->line, 0 };
	record->message = report_text(
		report, "%s: %s",
		row_name(s, (sysemu_entry)o->machine.entry, w->event, event, sizeof(event)),
		w->text);
	record->detail = report_text(report, "from %s  %s\nto   %s  %s", w->from_name, w->from_text,
				     w->to_name, w->to_text);
}

/* One for the whole of it, so that a run without windows is seen to have been. */
static void add_records(const struct inject_options *o, struct report *report, const char *file,
			const sysemu_scenario *s, const sysemu_injected *in, sysemu_status status)
{
	const char *name = report_text(report, "%s (%s): %s", s->name, o->machine.kernel, o->what);
	struct report_record *record = add_record(o, report, file, name);
	struct cli_lines lines = { 0 };

	if (!record)
		return;
	record->place = (struct report_place){ file, s->line, 0 };
	if (status != SYSEMU_OK) {
		record->status = status == SYSEMU_ESTATE ? REPORT_FAIL : REPORT_ERROR;
		record->message = report_text(report, "%s", in->text);
		return;
	}
	record->message =
		report_text(report, "%" PRIu64 " boundaries, %" PRIu64 " not tried, %zu windows",
			    in->boundaries, in->untried, in->n);
	if (in->n)
		cli_lines_of_kernel(&lines, o->machine.kernel);
	for (size_t i = 0; i < in->n; i++)
		add_window(o, report, file, s, &in->windows[i], &lines);
	cli_lines_free(&lines);
}

/* ---- the command ---- */

static bool plays(const sysemu_scenario *s, const struct inject_options *o)
{
	const char *digest = sysemu_kernel_digest(o->machine.kernel);

	if (!s->by_entry[o->machine.entry].n_rows)
		return false;
	for (size_t i = 0; i < s->n_verdicts; i++) /* a kernel may be given by its alias */
		if (!strcmp(sysemu_kernel_digest(s->verdicts[i].kernel), digest))
			return true;
	return false;
}

static const sysemu_scenario *choose(const sysemu_scenarios *all, const struct inject_options *o)
{
	for (size_t i = 0; i < sysemu_scenarios_count(all); i++) {
		const sysemu_scenario *s = sysemu_scenarios_at(all, i);

		if (o->scenario ? !strcmp(s->name, o->scenario) : plays(s, o))
			return s;
	}
	return NULL;
}

static int inject(struct inject_options *o, const char *file, const sysemu_scenario *s)
{
	struct report report = { .command = "inject" };
	sysemu_injected injected;
	sysemu_status status;
	int code = CLI_OK;
	char *elf;
	size_t size;

	if (!cli_play_program(file, s, &elf, &size))
		return CLI_USAGE;
	status = sysemu_inject(s, o->machine.kernel, (sysemu_entry)o->machine.entry, elf, size,
			       &o->injection, &injected);
	if (status != SYSEMU_OK) {
		cli_say("%s: %s (%s): %s", file, s->name, o->machine.kernel, injected.text);
		code = status == SYSEMU_ESTATE ? CLI_FAILED : CLI_INTERNAL;
	} else if (!cli_reports_take_stdout(&o->reports)) {
		(o->json ? put_json : put_text)(o, s, &injected);
	}
	add_records(o, &report, file, s, &injected, status);
	if (cli_reports_write(&o->reports, &report) != CLI_OK)
		code = CLI_INTERNAL;
	report_free(&report);
	sysemu_injected_free(&injected);
	free(elf);
	return code;
}

static int inject_main(int argc, char **argv)
{
	static struct inject_options o;
	const sysemu_scenario *s;
	sysemu_scenarios *all;
	int code;
	int first = cli_parse(&cli_inject, argc, argv, &o, &code);

	if (first < 0)
		return code;
	all = cli_play_parse(argv[first]);
	if (!all)
		return CLI_USAGE;
	s = choose(all, &o);
	if (!s || !s->by_entry[o.machine.entry].n_rows) {
		cli_say("%s: no such scenario, or not with this entry: %s", argv[first],
			o.scenario ? o.scenario : "of this kernel");
		code = CLI_USAGE;
	} else {
		code = cli_reports_open(&cli_inject, &o.reports);
		if (code == CLI_OK)
			code = inject(&o, argv[first], s);
	}
	cli_reports_drop(&o.reports);
	sysemu_scenarios_free(all);
	return code;
}

const struct cli_command cli_inject = {
	.name = "inject",
	.operands = "FILE",
	.min_operands = 1,
	.max_operands = 1,
	.about = "inject one event before every kernel instruction of a scenario in turn",
	.notes =
		"WHAT: tif+FLAG, tif-FLAG (the host writes thread_info.flags; several: tif+EMU-TRACE),\n"
		"signal:N (kill; N: USR1, SIGUSR1 or a number up to 64), need_resched, kill (PTRACE_KILL).\n"
		"FLAG: TRACE, NOTIFY_RESUME, SIGPENDING, NEED_RESCHED, SINGLESTEP, IRET, EMU, AUDIT.\n\n"
		"FILE: a scenario file (docs/scenarios.md). A window is a run of instructions before\n"
		"which the event leads to one and the same other outcome: later events, calls\n"
		"executed, flags.\n",
	.options = options,
	.main = inject_main,
};
