/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * play.c: `sysemu play FILE…`: plays scenario files and says whether every kernel fared as
 * stated. The format: docs/scenarios.md. Read next: lib/scenario/script.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "play.h"
#include "report/report.h"

#define SCRIPT_MAX (4u << 20)

enum play_format { PLAY_TEXT, PLAY_JSON };

struct play_options {
	const char *kernel, *scenario;
	unsigned format; /* a play_format */
	bool verbose, list;
	struct cli_reports reports;
};

/* What goes on over all files. */
struct play_run {
	struct play_options *o;
	struct report report;
	bool quiet; /* a report has standard output */
	struct json j;
	const char *file;
	const sysemu_scenario *s;
	const char *kernel;
	sysemu_entry entry;
	uint64_t scenarios, played, wrong;
	uint64_t not_played; /* scenarios that say nothing of the kernel that was asked for */
	bool json_begun;
	bool broken; /* a machine could not be made */
};

/* ---- files ---- */

sysemu_scenarios *cli_play_parse(const char *path)
{
	sysemu_scenarios *all = NULL;
	sysemu_script_error error;
	size_t size;
	char *text = cli_read_file(path, SCRIPT_MAX, &size);

	if (!text)
		return NULL;
	if (sysemu_scenarios_parse(text, size, &all, &error) != SYSEMU_OK)
		cli_message("%s:%" PRIu32 ":%" PRIu32 ": %s\n", path, error.line, error.column,
			    error.text);
	free(text);
	return all;
}

bool cli_play_program(const char *file, const sysemu_scenario *s, char **elf, size_t *size)
{
	const char *slash = strrchr(file, '/');
	size_t folder =
		slash && s->program && s->program[0] != '/' ? (size_t)(slash - file) + 1 : 0;
	char *path;

	*elf = NULL;
	*size = 0;
	if (!s->program)
		return true;
	path = malloc(folder + strlen(s->program) + 1);
	if (!path)
		return false;
	memcpy(path, file, folder);
	strcpy(path + folder, s->program);
	*elf = cli_read_file(path, CLI_PROGRAM_MAX, size);
	free(path);
	return *elf != NULL;
}

/* ---- a playing ---- */

static const char *entry_text(sysemu_entry entry)
{
	return entry == SYSEMU_ENTRY_INT80 ? "int80" : "sysenter";
}

static void show_event(void *user, size_t row, const sysemu_seen *seen)
{
	struct play_run *r = user;
	const sysemu_row *rows = r->s->by_entry[r->entry].rows;
	char flags[128];

	printf("%s:%" PRIu32 ": %s (%s, %s): %s", r->file, rows[row].line, r->s->name, r->kernel,
	       entry_text(r->entry), sysemu_event_name(seen->event.kind));
	if (seen->event.kind == SYSEMU_EVENT_STOP)
		printf(" %s %s", cli_signal_text(seen->event.status >> 8 & 0x7f),
		       sysemu_place_name(seen->place));
	printf(" status 0x%04" PRIx32 " eip %08" PRIx32 " eax %" PRId32 " orig_eax %" PRId32
	       " tif %s calls %" PRIu32 "\n",
	       seen->event.status, seen->event.eip, (int32_t)seen->event.eax, seen->event.orig_eax,
	       cli_flags_text(seen->event.tif, flags, sizeof(flags)), seen->calls);
}

/* "next", or "row 3" where there is no label. */
static const char *row_text(const struct play_run *r, size_t row, char *buf, size_t size)
{
	const sysemu_staging *st = &r->s->by_entry[r->entry];

	if (row < st->n_rows && st->rows[row].label)
		return st->rows[row].label;
	snprintf(buf, size, "row %zu", row + 1);
	return buf;
}

/* What happened, against what was stated; "" if it is the same. */
static void judge(const struct play_run *r, const sysemu_verdict *v, const sysemu_played *p,
		  char *buf, size_t size)
{
	char at[24], stated[24];

	buf[0] = '\0';
	if (sysemu_verdict_holds(v, p))
		return;
	if (p->passed)
		snprintf(buf, size, "is to fail at %s, and passed",
			 row_text(r, v->row, stated, sizeof(stated)));
	else if (!v->fails)
		snprintf(buf, size, "%s: %s", row_text(r, p->row, at, sizeof(at)), p->text);
	else
		snprintf(buf, size, "is to fail at %s, and failed otherwise: %s: %s",
			 row_text(r, v->row, stated, sizeof(stated)),
			 row_text(r, p->row, at, sizeof(at)), p->text);
}

static void begin_json(struct play_run *r)
{
	if (r->json_begun)
		return;
	r->json_begun = true;
	json_open(&r->j, '{');
	json_key(&r->j, "results");
	json_open(&r->j, '[');
}

static void put_json(struct play_run *r, const sysemu_verdict *v, const sysemu_played *p, bool good)
{
	struct json *j = &r->j;
	char at[24];

	begin_json(r);
	json_open(j, '{');
	json_key(j, "file");
	json_string(j, r->file);
	json_key(j, "scenario");
	json_string(j, r->s->name);
	json_key(j, "kernel");
	json_string(j, r->kernel);
	json_key(j, "entry");
	json_string(j, entry_text(r->entry));
	json_key(j, "stated");
	json_string(j, v->fails ? "fail" : "pass");
	json_key(j, "played");
	json_string(j, p->passed ? "pass" : "fail");
	json_key(j, "as_stated");
	json_string(j, good ? "yes" : "no");
	json_key(j, "at");
	json_string(j, p->passed ? NULL : row_text(r, p->row, at, sizeof(at)));
	json_key(j, "line");
	json_uint(j, p->line);
	json_key(j, "why");
	json_string(j, p->passed ? NULL : p->text);
	json_key(j, "insns");
	json_uint(j, p->insns);
	json_close(j, '}');
}

/* "name (kernel, entry)": once in a file. */
static const char *record_name(struct play_run *r)
{
	return report_text(&r->report, "%s (%s, %s)", r->s->name, r->kernel, entry_text(r->entry));
}

static void add_record(struct play_run *r, const sysemu_verdict *v, const sysemu_played *p,
		       const char *why)
{
	struct report_record *record = r->o->reports.n ? report_add(&r->report) : NULL;

	if (!record)
		return;
	record->suite = r->file;
	record->name = record_name(r);
	record->check = "verdict";
	record->kernel = v->kernel;
	record->entry = entry_text(r->entry);
	record->status = why[0] ? REPORT_FAIL : REPORT_PASS;
	record->place = (struct report_place){ r->file, p->line, p->column };
	record->message = why[0]     ? report_text(&r->report, "%s", why) :
			  !p->passed ? report_text(&r->report, "fails, as stated: %s", p->text) :
				       NULL;
}

static void put_text(const struct play_run *r, const sysemu_played *p, const char *why)
{
	if (why[0])
		printf("%s:%" PRIu32 ":%" PRIu32 ": %s (%s, %s): %s\n", r->file, p->line, p->column,
		       r->s->name, r->kernel, entry_text(r->entry), why);
	else if (r->o->verbose && !p->passed)
		printf("%s:%" PRIu32 ":%" PRIu32 ": %s (%s, %s) fails, as stated: %s\n", r->file,
		       p->line, p->column, r->s->name, r->kernel, entry_text(r->entry), p->text);
}

static void report(struct play_run *r, const sysemu_verdict *v, const sysemu_played *p)
{
	char why[700];

	judge(r, v, p, why, sizeof(why));
	r->played++;
	r->wrong += why[0] != '\0';
	add_record(r, v, p, why);
	if (r->quiet)
		return;
	if (r->o->format == PLAY_JSON)
		put_json(r, v, p, !why[0]);
	else
		put_text(r, p, why);
}

/* It was not played, and must not look as if nobody had asked. */
static void add_error(struct play_run *r, const char *name, uint32_t line, const char *why)
{
	struct report_record *record = report_add(&r->report);

	if (!record)
		return;
	record->suite = r->file;
	record->name = name;
	record->check = "verdict";
	record->status = REPORT_ERROR;
	record->place = (struct report_place){ r->file, line, 0 };
	record->message = report_text(&r->report, "%s", why);
}

static void cannot_play(struct play_run *r, const char *why)
{
	cli_say("%s: %s (%s): %s", r->file, r->s->name, r->kernel, why);
	r->broken = true;
	add_error(r, record_name(r), r->s->line, why);
}

static void play_verdict(struct play_run *r, const sysemu_verdict *v, const char *elf, size_t size)
{
	for (unsigned entry = 0; entry < 2; entry++) {
		sysemu_played played;

		if (!r->s->by_entry[entry].n_rows)
			continue;
		r->kernel = v->kernel;
		r->entry = (sysemu_entry)entry;
		if (sysemu_scenario_play(r->s, v->kernel, r->entry, elf, size,
					 r->o->verbose && !r->quiet ? show_event : NULL, r,
					 &played) != SYSEMU_OK) {
			cannot_play(r, played.text);
		} else {
			report(r, v, &played);
		}
	}
}

static bool wanted_kernel(const struct play_run *r, const sysemu_verdict *v)
{
	const char *alias = sysemu_kernel_alias(v->kernel);

	return !r->o->kernel || !strcmp(r->o->kernel, v->kernel) ||
	       (alias && !strcmp(r->o->kernel, alias));
}

/* Why a scenario is not played on the kernel that was asked for. */
static void not_played(struct play_run *r)
{
	const char *kernel = r->o->kernel, *like = sysemu_kernel_like(kernel);
	const sysemu_verdict *v = r->s->verdicts;
	bool lacks = false;

	r->not_played++;
	if (!r->o->verbose || r->quiet)
		return;
	for (size_t i = 0; like && i < r->s->n_verdicts; i++)
		lacks |= !strcmp(v[i].kernel, like);
	printf("%s:%" PRIu32 ": %s: not played: ", r->file, r->s->line, r->s->name);
	if (lacks)
		printf("%s has not what it needs: see `sysemu kernels`\n", kernel);
	else if (r->s->n_verdicts)
		printf("it states nothing of %s%s%s, but of %s to %s\n", kernel,
		       like ? ", which is like " : "", like ? like : "", v[0].kernel,
		       v[r->s->n_verdicts - 1].kernel);
	else
		printf("it is of no kernel that is here\n");
}

static bool play_scenario(struct play_run *r)
{
	bool wanted = !r->o->kernel;
	char *elf;
	size_t size;

	if (!cli_play_program(r->file, r->s, &elf, &size))
		return false;
	r->scenarios++;
	for (size_t i = 0; i < r->s->n_verdicts; i++) {
		if (!wanted_kernel(r, &r->s->verdicts[i]))
			continue;
		wanted = true;
		play_verdict(r, &r->s->verdicts[i], elf, size);
	}
	free(elf);
	if (!wanted)
		not_played(r);
	return true;
}

static void put_text_line(const char *name, const char *text)
{
	if (text)
		printf("    %-7s %s\n", name, text);
}

static void list_scenario(const struct play_run *r)
{
	printf("%s\n", r->s->name);
	put_text_line("about", r->s->about);
	put_text_line("good", r->s->good);
	put_text_line("bad", r->s->bad);
	put_text_line("source", r->s->source);
	for (int fails = 0; fails < 2; fails++) {
		const char *head = fails ? "fail" : "pass";

		for (size_t i = 0; i < r->s->n_verdicts; i++) {
			if (r->s->verdicts[i].fails != fails)
				continue;
			printf(*head ? "    %-7s %s" : "%s %s", head, r->s->verdicts[i].kernel);
			head = "";
		}
		if (!*head)
			putchar('\n');
	}
}

static bool play_file(struct play_run *r, const char *path)
{
	sysemu_scenarios *all = cli_play_parse(path);
	bool good = all != NULL;

	r->file = path;
	if (!all)
		add_error(r, "file", 0, "it cannot be read, or is not understood");
	for (size_t i = 0; good && i < sysemu_scenarios_count(all); i++) {
		r->s = sysemu_scenarios_at(all, i);
		if (r->o->scenario && strcmp(r->o->scenario, r->s->name) != 0)
			continue;
		if (r->o->list) {
			r->scenarios++;
			list_scenario(r);
		} else {
			good = play_scenario(r);
		}
	}
	sysemu_scenarios_free(all);
	return good;
}

/* ---- the command ---- */

static const struct cli_option options[] = {
	{ "kernel", "K", &cli_kernel, offsetof(struct play_options, kernel),
	  .help = "on this kernel alone (all that a scenario names)" },
	{ "scenario", "NAME", &cli_text, offsetof(struct play_options, scenario),
	  .help = "this scenario alone" },
	CLI_FORMAT_OPTION(struct play_options, format, "text|json"),
	CLI_REPORT_OPTION(struct play_options, reports),
	{ "verbose", NULL, &cli_switch, offsetof(struct play_options, verbose),
	  .help = "print every event, too; text only", .not_with = "format=json|list" },
	{ "list", NULL, &cli_switch, offsetof(struct play_options, list),
	  .help = "tell what the scenarios are, and play none; text only",
	  .not_with = "format=json|kernel|report" },
	CLI_COVER_OPTION,
	{ 0 },
};

/* Nothing was read, nothing is summed up: "0 not as stated" would look like success. */
static void end_text(struct play_run *r)
{
	if (r->o->list || !r->scenarios || r->quiet)
		return;
	if (r->o->format == PLAY_JSON) {
		begin_json(r);
		json_close(&r->j, ']');
		json_key(&r->j, "played");
		json_uint(&r->j, r->played);
		json_key(&r->j, "not_as_stated");
		json_uint(&r->j, r->wrong);
		json_key(&r->j, "not_played");
		json_uint(&r->j, r->not_played);
		json_key(&r->j, "schema");
		json_int(&r->j, 1);
		json_close(&r->j, '}');
		json_end(&r->j);
	} else {
		printf("%" PRIu64 " scenarios, played %" PRIu64 " times, %" PRIu64 " not as stated",
		       r->scenarios, r->played, r->wrong);
		if (r->not_played)
			printf("; %" PRIu64 " not for this kernel%s", r->not_played,
			       r->o->verbose ? "" : " (--verbose: why)");
		putchar('\n');
	}
}

static int end_play(struct play_run *r)
{
	end_text(r);
	return r->report.n || r->scenarios ? cli_reports_write(&r->o->reports, &r->report) : CLI_OK;
}

static int play_main(int argc, char **argv)
{
	static struct play_options o;
	struct play_run r = { .o = &o, .report = { .command = "play" }, .j = { .out = stdout } };
	bool good = true;
	int code;
	int first = cli_parse(&cli_play, argc, argv, &o, &code);

	if (first < 0)
		return code;
	code = cli_reports_open(&cli_play, &o.reports);
	r.quiet = cli_reports_take_stdout(&o.reports);
	for (int i = first; i < argc && code == CLI_OK; i++)
		good = play_file(&r, argv[i]) && good;
	if (code == CLI_OK)
		code = end_play(&r);
	cli_reports_drop(&o.reports);
	report_free(&r.report);
	if (code != CLI_OK || r.broken)
		return code != CLI_OK ? code : CLI_INTERNAL;
	if (good && !r.scenarios) {
		cli_say("no such scenario: %s", o.scenario);
		good = false;
	}
	return !good ? CLI_USAGE : r.wrong ? CLI_FAILED : CLI_OK;
}

const struct cli_command cli_play = {
	.name = "play",
	.operands = "FILE...",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about = "play scenario scripts and compare each event with what is expected",
	.notes =
		"The format of FILE is told in docs/scenarios.md. Exit codes: 0 all kernels fared as\n"
		"stated, 1 not so, 2 a usage error or a script that cannot be understood.\n",
	.options = options,
	.main = play_main,
};
