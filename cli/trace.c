/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.c: `sysemu trace`: the events of a program under a list of ptrace
 * requests, one line each. Read next: options/requests.c.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "lines.h"
#include "machine/clocks.h"
#include "terminal/terminal.h"

#define SCHEMA 1

struct trace_options {
	struct cli_machine machine;
	struct cli_requests requests;
	struct cli_number max_stops;
	struct cli_number max_insns; /* a guest that makes no stop for so long makes none */
	unsigned ptrace_options;     /* 0, or TRACESYSGOOD, which is 1 for PTRACE_SETOPTIONS too */
	unsigned ndjson;
	unsigned color;
	bool serve, follow;
	struct cli_code code;
};

static const struct cli_option options[] = {
	CLI_KERNEL_OPTION(struct trace_options, machine),
	CLI_ENTRY_OPTION(struct trace_options, machine),
	{ "requests", "R1,R2,...", &cli_requests, offsetof(struct trace_options, requests),
	  .help = "R1 answers the first stop, the last one repeats", .preset = "SYSEMU" },
	{ "options", "none|TRACESYSGOOD", &cli_choice,
	  offsetof(struct trace_options, ptrace_options),
	  .help = "what PTRACE_SETOPTIONS sets at the first stop", .preset = "none" },
	{ "max-stops", "N", &cli_number, offsetof(struct trace_options, max_stops),
	  .help = "end after N stops", .preset = "1000", .min = 1, .max = UINT64_MAX },
	{ "max-insns", "N", &cli_number, offsetof(struct trace_options, max_insns),
	  .help = "end when so many instructions make no stop", .preset = "1000000000", .min = 1,
	  .max = UINT64_MAX },
	{ "serve", NULL, &cli_switch, offsetof(struct trace_options, serve),
	  .help = "serve calls stopped by SYSEMU; program output goes to stderr" },
	CLI_FORMAT_OPTION(struct trace_options, ndjson, "text|ndjson"),
	CLI_COLOR_OPTION(struct trace_options, color, .not_with = "format=ndjson"),
	{ "follow", NULL, &cli_switch, offsetof(struct trace_options, follow),
	  .help = "each instruction on the way to a stop, with its source line",
	  .not_with = "format=ndjson" },
	CLI_TIMING_OPTION(struct trace_options, machine.timing),
	{ "code", "HEX", &cli_code, offsetof(struct trace_options, code),
	  .help = "these bytes of machine code instead of PROGRAM" },
	CLI_COVER_OPTION,
	CLI_PROFILE_OPTION(),
	{ 0 },
};

struct trace {
	sysemu_machine *m;
	const struct trace_options *o;
	sysemu_event e;     /* the latest */
	sysemu_counts line; /* at the latest line */
	sysemu_clocks clocks;
	uint64_t stops;     /* so many stops have been answered */
	int request;        /* the latest, -1 before the first */
	sysemu_event shown; /* at the latest line */
	struct terminal t;
	struct cli_path path; /* --follow: since the latest line */
	struct cli_lines lines;
	bool lined;
};

/* ---- lines ---- */

/* What a line says besides the state of the task. */
struct line {
	const char *event, *request; /* request may be NULL */
	int32_t error;               /* of event "error": -errno, else 0 */
};

static void put_ndjson(struct trace *t, const struct line *line, const sysemu_counts *counts,
		       const sysemu_clocks *clocks, const char *symbol)
{
	struct json j = { .out = stdout };
	const struct {
		const char *key;
		int64_t value;
	} numbers[] = {
		{ "status", t->e.status },     { "eip", t->e.eip },       { "eax", t->e.eax },
		{ "orig_eax", t->e.orig_eax }, { "eflags", t->e.eflags }, { "esp", t->e.esp },
	};

	json_open(&j, '{');
	json_key(&j, "event");
	json_string(&j, line->event);
	json_key(&j, "request");
	json_string(&j, line->request);
	if (line->error) {
		json_key(&j, "error");
		json_int(&j, line->error);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		json_key(&j, numbers[i].key);
		json_int(&j, numbers[i].value);
	}
	json_key(&j, "symbol");
	json_string(&j, symbol);
	json_key(&j, "tif");
	cli_json_flags(&j, t->e.tif);
	json_key(&j, "insns");
	cli_json_regions(&j, counts);
	json_key(&j, "user");
	json_uint(&j, counts->insns[SYSEMU_REGION_USER]);
	if (t->o->machine.timing) {
		json_key(&j, "clocks");
		cli_json_clocks(&j, clocks);
	}
	json_key(&j, "schema");
	json_uint(&j, SCHEMA);
	json_close(&j, '}');
	json_end(&j);
}

static enum tone tone_of(const char *event)
{
	return !strcmp(event, "error") || !strcmp(event, "fault") || !strcmp(event, "killed") ?
		       TONE_BAD :
	       !strcmp(event, "limit") ? TONE_NOTE :
					 TONE_BOLD;
}

/* What is other than in the line before stands out. */
static enum tone changed(bool is)
{
	return is ? TONE_NOTE : TONE_PLAIN;
}

static void put_registers(struct trace *t, const char *symbol)
{
	const sysemu_event *e = &t->e, *old = &t->shown;
	struct terminal *out = &t->t;
	char flags[128];

	terminal_field(out, TONE_PLAIN, " ", "status %04" PRIx32, e->status);
	terminal_field(out, changed(e->eip != old->eip), "  ", "eip %08" PRIx32 "%s%s", e->eip,
		       symbol[0] ? " " : "", symbol);
	terminal_field(out, changed(e->eax != old->eax), "  ", "eax %08" PRIx32, e->eax);
	terminal_field(out, changed(e->orig_eax != old->orig_eax), "  ", "orig_eax %" PRId32,
		       e->orig_eax);
	terminal_field(out, changed(e->eflags != old->eflags), "  ", "eflags %08" PRIx32,
		       e->eflags);
	terminal_field(out, changed(e->esp != old->esp), "  ", "esp %08" PRIx32, e->esp);
	terminal_field(out, changed(e->tif != old->tif), "  ", "tif %s",
		       cli_flags_text(e->tif, flags, sizeof(flags)));
	t->shown = t->e;
}

static void put_way(struct trace *t)
{
	if (!t->o->follow)
		return;
	cli_path_print(&t->t, t->m, &t->path, t->lined ? &t->lines : NULL);
	t->path.n = 0;
}

static void put_text(struct trace *t, const struct line *line, const sysemu_counts *counts,
		     const sysemu_clocks *clocks, const char *symbol)
{
	struct terminal *out = &t->t;
	FILE *words;

	put_way(t);
	terminal_put(out, tone_of(line->event), "%-6s", line->event);
	terminal_put(out, TONE_NAME, " %-17s", line->request ? line->request : "-");
	put_registers(t, symbol);
	if (line->error)
		terminal_field(out, TONE_BAD, "  ", "%s", strerror(-line->error));
	terminal_line(out);
	terminal_put(out, TONE_PLAIN, "       ");
	words = terminal_words(out);
	cli_put_counts(words, counts);
	terminal_said(out, TONE_FAINT);
	terminal_line(out);
	if (!t->o->machine.timing)
		return;
	terminal_put(out, TONE_PLAIN, "       ");
	words = terminal_words(out);
	cli_put_clocks(words, clocks);
	terminal_said(out, TONE_FAINT);
	terminal_line(out);
}

static void put_line(struct trace *t, const struct line *line)
{
	sysemu_counts counts = cli_counts_since(&t->e.counts, &t->line);
	sysemu_clocks now = { 0 }, clocks;
	char symbol[128];

	if (t->o->machine.timing)
		sysemu_get_clocks(t->m, &now);
	clocks = cli_clocks_since(&now, &t->clocks);

	sysemu_describe(t->m, t->e.eip, symbol, sizeof(symbol));
	(t->o->ndjson ? put_ndjson : put_text)(t, line, &counts, &clocks, symbol);
	t->line = t->e.counts;
	t->clocks = now;
}

/* ---- steps ---- */

/* A call that is going to be skipped: the entry stop of a SYSEMU request. Without
 * TRACESYSGOOD it looks like any SIGTRAP; then a call that was made meanwhile tells, and
 * the -ENOSYS that the trace entry puts into eax. */
static bool is_emulation_stop(const struct trace *t, const sysemu_counts *before)
{
	sysemu_counts d = cli_counts_since(&t->e.counts, before);

	if (t->request != SYSEMU_PTRACE_SYSEMU && t->request != SYSEMU_PTRACE_SYSEMU_SINGLESTEP)
		return false;
	if (!(d.int80 + d.sysenter) || t->e.eax != (uint32_t)-38)
		return false;
	return cli_is_syscall_stop(&t->e) || (t->e.status == 0x057f && !t->o->ptrace_options);
}

/* Runs to the next event and prints it; false: the library failed. */
static bool next_line(struct trace *t)
{
	if (sysemu_run(t->m, t->o->max_insns.value, &t->e) != SYSEMU_OK) {
		cli_fail(t->m, "run");
		return false;
	}
	put_line(t, &(struct line){ .event = sysemu_event_name(t->e.kind),
				    .request = sysemu_request_name(t->request) });
	return true;
}

static int refused(struct trace *t, int request, int32_t error)
{
	t->e.status = 0; /* wait4 would have nothing to report */
	sysemu_get_counts(t->m, &t->e.counts);
	put_line(t, &(struct line){ .event = "error",
				    .request = sysemu_request_name(request),
				    .error = error });
	return CLI_FAILED;
}

/* CLI_OK: the kernel has accepted the request. */
static int request(struct trace *t, int number, uint32_t data)
{
	sysemu_status status;
	int32_t result;

	t->path.paused = true; /* the tracer's own way is not the program's */
	status = sysemu_ptrace(t->m, number, 0, data, &result);
	t->path.paused = false;
	if (status != SYSEMU_OK)
		return cli_fail(t->m, sysemu_request_name(number));
	return result < 0 ? refused(t, number, result) : CLI_OK;
}

/* Answers the stop as the list says, but for a program that has ended by a served call. */
static int answer(struct trace *t, const sysemu_counts *before)
{
	const struct cli_request *r = cli_request_for(&t->o->requests, t->stops);
	uint32_t signal = cli_request_signal(r, &t->e, t->stops);
	sysemu_served served = { 0 };
	int number = r->number;

	if (t->o->serve && is_emulation_stop(t, before) && !cli_serve(t->m, t->e.orig_eax, &served))
		return CLI_INTERNAL;
	if (served.ended)
		number = SYSEMU_PTRACE_KILL;
	t->stops++;
	t->request = number;
	return request(t, number, signal);
}

static int trace_program(struct trace *t)
{
	sysemu_counts before = { 0 };

	if (!next_line(t))
		return CLI_INTERNAL;
	while (t->e.kind == SYSEMU_EVENT_STOP) {
		int code = CLI_OK;

		if (t->stops == 0 && t->o->ptrace_options)
			code = request(t, SYSEMU_PTRACE_SETOPTIONS, t->o->ptrace_options);
		if (code == CLI_OK && t->stops + 1 >= t->o->max_stops.value) {
			t->e.status = 0;
			put_line(t, &(struct line){ .event = "limit" });
			return CLI_OK;
		}
		if (code == CLI_OK)
			code = answer(t, &before);
		if (code != CLI_OK)
			return code;
		before = t->e.counts;
		if (!next_line(t))
			return CLI_INTERNAL;
	}
	return t->e.kind == SYSEMU_EVENT_FAULT ? CLI_FAILED : CLI_OK;
}

static bool load(struct trace *t, char **operands)
{
	static char *no_environment[] = { NULL }; /* the same trace in every shell */

	if (!t->o->code.size)
		return cli_load_file(t->m, operands, no_environment);
	if (sysemu_load_code(t->m, t->o->code.bytes, t->o->code.size) == SYSEMU_OK)
		return true;
	cli_fail(t->m, "--code");
	return false;
}

/* Lines of people; false: said on stderr. */
static bool begin_text(struct trace *t)
{
	terminal_open(&t->t, stdout, t->o->color);
	t->t.indent = 7;
	if (!terminal_words(&t->t)) {
		cli_say("out of memory");
		return false;
	}
	if (!t->o->follow)
		return true;
	t->lined = cli_lines_of_kernel(&t->lines, t->o->machine.kernel);
	if (sysemu_on_insn(t->m, cli_path_add, &t->path) == SYSEMU_OK)
		return true;
	cli_fail(t->m, "--follow");
	return false;
}

static void end_text(struct trace *t)
{
	terminal_close(&t->t);
	cli_path_free(&t->path);
	if (t->lined)
		cli_lines_free(&t->lines);
}

static int trace_main(int argc, char **argv)
{
	static struct trace_options o;
	struct trace t = { .o = &o, .request = -1 };
	int code;
	int first = cli_parse(&cli_trace, argc, argv, &o, &code);

	if (first < 0)
		return code;
	code = cli_open(&o.machine, SYSEMU_START_TRACED, &t.m);
	if (code != CLI_OK)
		return code;
	if (!load(&t, argv + first))
		code = CLI_USAGE;
	else if (!begin_text(&t) || !cli_set_host(t.m, NULL, STDERR_FILENO))
		code = CLI_INTERNAL;
	else
		code = trace_program(&t);
	if (!cli_profile_end())
		code = CLI_INTERNAL;
	end_text(&t);
	sysemu_close(t.m);
	return code;
}

const struct cli_command cli_trace = {
	.name = "trace",
	.operands = "PROGRAM",
	.min_operands = 1,
	.max_operands = 1,
	.instead = "code",
	.about = "print the events of a program under a list of ptrace requests",
	.notes =
		"Requests: SYSEMU, SYSCALL, SINGLESTEP, SYSEMU_SINGLESTEP, CONT, DETACH, KILL; SYSCALL:11\n"
		"or SYSCALL:SEGV passes that signal, otherwise a stop's own signal is passed, but for\n"
		"SIGTRAP and the first SIGSTOP. Events: stop, exit, killed, fault, limit, and error for\n"
		"a refused request (exit 1). The program's environment is empty.\n",
	.options = options,
	.main = trace_main,
};
