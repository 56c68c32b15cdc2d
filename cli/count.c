/* SPDX-License-Identifier: GPL-2.0-only */
/* count.c: `sysemu count`: the instructions of one system call. Read next: machine/syscall.c. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "lines.h"
#include "machine/syscall.h"
#include "terminal/terminal.h"

struct count_options {
	struct cli_syscall call;
	unsigned json;
	bool disasm, follow, functions;
	unsigned color;
};

static const struct cli_option options[] = {
	CLI_SYSCALL_OPTIONS(struct count_options, call),
	CLI_FORMAT_OPTION(struct count_options, json, "text|json"),
	CLI_TIMING_OPTION(struct count_options, call.machine.timing, .also = "all"),
	{ "disasm", NULL, &cli_switch, offsetof(struct count_options, disasm),
	  .help = "print the path taken as well; text only", .not_with = "format=json|timing=all" },
	{ "follow", NULL, &cli_switch, offsetof(struct count_options, follow),
	  .help = "the same with the source line of each instruction",
	  .not_with = "format=json|timing=all|disasm" },
	CLI_COLOR_OPTION(struct count_options, color, .not_with = "format=json"),
	{ "functions", NULL, &cli_switch, offsetof(struct count_options, functions),
	  .help = "the instructions of each function as well, in the order of their first",
	  .not_with = "timing=all" },
	{ 0 },
};

struct count {
	const struct count_options *o;
	struct cli_syscall_run run;
	struct cli_path path;
	struct cli_functions functions;
	struct terminal t;
};

/* ---- printing ---- */

static const char *entry_name(const struct count_options *o)
{
	return o->call.machine.entry == SYSEMU_ENTRY_INT80 ? "int80" : "sysenter";
}

/* Of somebody's whole kernel: what its code is like, the file's or a booted machine's, since no count
 * means anything without it; NULL: it is none. */
static const char *whole_kernel(const struct count *c)
{
	const char *like = sysemu_kernel_like(c->o->call.machine.kernel), *name, *about;

	for (size_t i = 0; like && !strcmp(like, "modern") && (name = sysemu_kernel_at(i, &about));
	     i++)
		if (!strcmp(name, c->o->call.machine.kernel))
			return about;
	return NULL;
}

static void put_json(const struct count *c)
{
	const sysemu_counts *counts = &c->run.counts;
	struct json j = { .out = stdout };

	json_open(&j, '{');
	json_key(&j, "kernel");
	json_string(&j, c->o->call.machine.kernel);
	if (whole_kernel(c)) {
		json_key(&j, "about");
		json_string(&j, whole_kernel(c));
	}
	json_key(&j, "entry");
	json_string(&j, entry_name(c->o));
	json_key(&j, "nr");
	json_uint(&j, c->o->call.nr.value);
	json_key(&j, "flags");
	cli_json_flags(&j, c->o->call.flags);
	json_key(&j, "requests");
	json_open(&j, '[');
	for (size_t i = 0; i < c->o->call.requests.n; i++) {
		char text[48];

		cli_request_text(&c->o->call.requests.list[i], text, sizeof(text));
		json_string(&j, text);
	}
	json_close(&j, ']');
	json_key(&j, "entry_insns");
	json_uint(&j, counts->insns[SYSEMU_REGION_ENTRY]);
	json_key(&j, "insns");
	json_uint(&j, sysemu_kernel_insns(counts));
	json_key(&j, "regions");
	cli_json_regions(&j, counts);
	if (c->o->functions) {
		json_key(&j, "functions");
		json_open(&j, '[');
		for (size_t i = 0; i < c->functions.n; i++) {
			json_open(&j, '{');
			json_key(&j, "name");
			json_string(&j, c->functions.list[i].name);
			json_key(&j, "insns");
			json_uint(&j, c->functions.list[i].insns);
			json_close(&j, '}');
		}
		json_close(&j, ']');
	}
	if (c->o->call.machine.timing) {
		json_key(&j, "timing");
		json_string(&j, c->o->call.machine.timing);
		json_key(&j, "clocks");
		cli_json_clocks(&j, &c->run.clocks);
		json_key(&j, "odd_forms");
		cli_json_odd_forms(&j, c->run.m, &c->run.odd_before);
	}
	json_close(&j, '}');
	json_end(&j);
}

/* On a terminal a line each, with a bar, as of a diffstat. */
static void put_regions(struct terminal *t, const sysemu_counts *counts)
{
	static const char bar[] = "++++++++++++++++++++++++++++++++++++++++";
	const unsigned room = t->width < 34 + sizeof(bar) ? 10 : sizeof(bar) - 1;
	uint64_t most = 1, n;

	for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
		if (r != SYSEMU_REGION_USER && counts->insns[r] > most)
			most = counts->insns[r];
	for (unsigned r = 0, shown = 0; r < SYSEMU_REGIONS; r++) {
		if (r == SYSEMU_REGION_USER || !(n = counts->insns[r]))
			continue;
		if (shown++) {
			terminal_line(t);
			terminal_put(t, TONE_PLAIN, "%13s", "");
		}
		terminal_put(t, TONE_NAME, "%-8s", sysemu_region_name(r));
		terminal_put(t, TONE_BOLD, "%8" PRIu64 " ", n);
		terminal_put(t, TONE_GOOD, "%.*s", (int)((n * room + most - 1) / most), bar);
	}
}

/* "insns        42" */
static void put_number(struct terminal *t, const char *name, uint64_t number)
{
	terminal_put(t, TONE_PLAIN, "%-13s", name);
	terminal_put(t, TONE_BOLD, "%" PRIu64, number);
	terminal_line(t);
}

static void put_call(FILE *out, const struct count *c)
{
	const char *name = sysemu_call_name((int32_t)c->o->call.nr.value);
	char text[128];

	fprintf(out, "kernel %s, entry %s, call %" PRIu64 "%s%s", c->o->call.machine.kernel,
		entry_name(c->o), c->o->call.nr.value, name ? " " : "", name ? name : "");
	for (size_t i = 0; i < c->o->call.requests.n; i++)
		fprintf(out, "%s%s", i ? "," : ", requests ",
			cli_request_text(&c->o->call.requests.list[i], text, sizeof(text)));
	if (!c->o->call.requests.n)
		fprintf(out, ", flags %s",
			!c->o->call.flags ? "none" :
					    cli_flags_text(c->o->call.flags, text, sizeof(text)));
}

static void put_timing(struct count *c)
{
	struct terminal *t = &c->t;
	FILE *words = terminal_words(t);

	terminal_put(t, TONE_PLAIN, "timing       ");
	fprintf(words, "%s: ", c->o->call.machine.timing);
	cli_put_clocks(words, &c->run.clocks);
	terminal_said(t, TONE_PLAIN);
	terminal_line(t);
	cli_put_odd_forms(t->out, c->run.m, &c->run.odd_before);
}

static bool put_text(struct count *c)
{
	const sysemu_counts *counts = &c->run.counts;
	struct terminal *t = &c->t;
	FILE *words = terminal_words(t);

	if (!words)
		return false;
	put_call(words, c);
	terminal_said(t, TONE_PLAIN);
	t->indent = 13;
	if (whole_kernel(c)) {
		terminal_line(t);
		terminal_put(t, TONE_PLAIN, "about        %s", whole_kernel(c));
	}
	terminal_line(t);
	put_number(t, "entry_insns", counts->insns[SYSEMU_REGION_ENTRY]);
	put_number(t, "insns", sysemu_kernel_insns(counts));
	terminal_put(t, TONE_PLAIN, "regions      ");
	if (t->width)
		put_regions(t, counts);
	else
		cli_put_regions(t->out, counts);
	terminal_line(t);
	for (size_t i = 0; i < c->functions.n; i++) {
		terminal_put(t, TONE_PLAIN, "%-11s  ", i ? "" : "functions");
		terminal_put(t, TONE_BOLD, "%6" PRIu64 "  ", c->functions.list[i].insns);
		terminal_put(t, TONE_NAME, "%s", c->functions.list[i].name);
		terminal_line(t);
	}
	if (c->o->call.machine.timing)
		put_timing(c);
	return true;
}

static void put_path(struct count *c)
{
	struct cli_lines lines;
	bool lined = c->o->follow && cli_lines_of_kernel(&lines, c->o->call.machine.kernel);

	cli_path_print(&c->t, c->run.m, &c->path, lined ? &lines : NULL);
	if (lined)
		cli_lines_free(&lines);
}

static int report(struct count *c)
{
	if (c->path.failed ||
	    (c->o->functions && !cli_path_functions(c->run.m, &c->path, &c->functions))) {
		cli_say("out of memory");
		return CLI_INTERNAL;
	}
	if (c->o->json) {
		put_json(c);
	} else if (!put_text(c)) {
		cli_say("out of memory");
		return CLI_INTERNAL;
	}
	if (c->o->disasm || c->o->follow)
		put_path(c);
	return CLI_OK;
}

static bool all_models(const struct count_options *o)
{
	return o->call.machine.timing && !strcmp(o->call.machine.timing, "all");
}

static bool begin_path(void *count, sysemu_machine *m)
{
	struct count *c = count;

	return (!c->o->disasm && !c->o->follow && !c->o->functions) ||
	       sysemu_on_insn(m, cli_path_add, &c->path) == SYSEMU_OK;
}

static void pause_path(void *count, bool begins)
{
	((struct count *)count)->path.paused = begins;
}

static int count_once(struct count *c)
{
	int code;

	c->run = (struct cli_syscall_run){
		.call = &c->o->call, .begin = begin_path, .answer = pause_path, .user = c
	};
	code = cli_syscall_run(&c->run);
	if (code != CLI_OK)
		cli_say("%s", c->run.why);
	return code;
}

/* ---- --timing all ---- */

static void put_model_text(const struct count *c)
{
	uint64_t causes[SYSEMU_CAUSES];

	cli_clocks_causes(&c->run.clocks, causes);
	printf("%-12s %6" PRIu64 "  ", c->o->call.machine.timing,
	       sysemu_clocks_total(&c->run.clocks));
	cli_put_causes(stdout, causes);
	if (c->run.clocks.foreign)
		printf(", foreign instructions %" PRIu64, c->run.clocks.foreign);
	if (c->run.clocks.ruled)
		printf(", by rule %" PRIu64, c->run.clocks.ruled);
	putchar('\n');
}

static void put_model_json(struct json *j, const struct count *c)
{
	json_open(j, '{');
	json_key(j, "timing");
	json_string(j, c->o->call.machine.timing);
	json_key(j, "clocks");
	cli_json_clocks(j, &c->run.clocks);
	json_close(j, '}');
}

/* The same call by every model whose CPU has this entry. */
static int count_all(struct count_options *o)
{
	struct json j = { .out = stdout };
	const char *name;
	int code = CLI_OK;
	bool sysenter, begun = false;

	for (size_t i = 0; code == CLI_OK && (name = sysemu_timing_at(i, NULL)) != NULL; i++) {
		struct count c = { .o = o };

		if (sysemu_timing_check(name, &sysenter) != SYSEMU_OK ||
		    (o->call.machine.entry == SYSEMU_ENTRY_SYSENTER && !sysenter))
			continue;
		o->call.machine.timing = name;
		code = count_once(&c);
		if (code == CLI_OK && o->json && !begun)
			json_open(&j, '[');
		begun |= code == CLI_OK;
		if (code == CLI_OK && o->json)
			put_model_json(&j, &c);
		else if (code == CLI_OK)
			put_model_text(&c);
		cli_syscall_end(&c.run);
	}
	if (o->json && begun) {
		json_close(&j, ']');
		json_end(&j);
	}
	return code;
}

static int count_main(int argc, char **argv)
{
	static struct count_options o;
	struct count c = { .o = &o };
	int code;

	if (cli_parse(&cli_count, argc, argv, &o, &code) < 0)
		return code;
	if (all_models(&o))
		return count_all(&o);
	terminal_open(&c.t, stdout, o.color);
	code = count_once(&c);
	if (code == CLI_OK)
		code = report(&c);
	cli_path_free(&c.path);
	free(c.functions.list);
	terminal_close(&c.t);
	cli_syscall_end(&c.run);
	return code;
}

const struct cli_command cli_count = {
	.name = "count",
	.operands = "",
	.about = "count the instructions of one system call, from user mode and back",
	.notes =
		"Flags: TRACE, EMU, SINGLESTEP, SIGPENDING (no signal queued), NEED_RESCHED, IRET,\n"
		"AUDIT (no audit context), NOTIFY_RESUME. entry_insns: those of entry.S, to iret or\n"
		"sysexit; insns: all of the kernel's, with those of the tracer's requests, so it depends\n"
		"on the guest's compiler. --timing all: a line for each model whose CPU has the entry.\n"
		"A call that does not return is reported with the flags that are still set, and exit 1.\n",
	.options = options,
	.main = count_main,
};
