/* SPDX-License-Identifier: GPL-2.0-only */
/* reports.c: --report KIND[=FILE]: which reports are wanted, and their files. */
#include <stdlib.h>
#include <string.h>

#include "writers.h"

enum { KIND_GITHUB = 5 }; /* its place below */

static const struct kind {
	const char *name;
	report_writer write;
} kinds[] = {
	{ "text", report_write_text },     { "json", report_write_json },
	{ "junit", report_write_junit },   { "tap", report_write_tap },
	{ "ktap", report_write_ktap },     [KIND_GITHUB] = { "github", report_write_github },
	{ "gitlab", report_write_gitlab },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool no_such_kind(const char *value, struct cli_why *why)
{
	size_t used = (size_t)snprintf(why->text, sizeof(why->text),
				       "\"%.40s\" is no KIND or KIND=FILE: there are", value);

	for (size_t i = 0; i < KINDS; i++)
		used += (size_t)snprintf(why->text + used, sizeof(why->text) - used, " %s",
					 kinds[i].name);
	return false;
}

static bool take_report(const struct cli_option *o, const char *value, void *field,
			struct cli_why *why)
{
	struct cli_reports *reports = field;
	size_t length = strcspn(value, "=");
	const char *path = value[length] ? value + length + 1 : "-";

	(void)o;
	if (reports->n == CLI_REPORTS_MAX)
		return cli_refuse(why, "more than %d reports", CLI_REPORTS_MAX);
	if (!*path)
		return cli_refuse(why, "\"%.40s\" has no FILE behind =", value);
	for (unsigned i = 0; i < KINDS; i++) {
		if (strlen(kinds[i].name) != length || strncmp(kinds[i].name, value, length) != 0)
			continue;
		reports->list[reports->n].kind = i;
		reports->list[reports->n++].path = path;
		return true;
	}
	return no_such_kind(value, why);
}

static const char *offer_report(const struct cli_option *o, size_t index)
{
	(void)o;
	return index < KINDS ? kinds[index].name : NULL;
}

const struct cli_type cli_report = { "report", take_report, offer_report };

/* ---- files ---- */

/* What may stand between other lines: GitHub looks for lines that begin with "::". */
static bool mixes(unsigned kind)
{
	return kind == KIND_GITHUB;
}

static bool is_stdout(const struct cli_reports *reports, size_t i)
{
	return !strcmp(reports->list[i].path, "-");
}

bool cli_reports_take_stdout(const struct cli_reports *reports)
{
	for (size_t i = 0; i < reports->n; i++)
		if (is_stdout(reports, i) && !mixes(reports->list[i].kind))
			return true;
	return false;
}

static bool wants_annotations(const struct cli_reports *reports)
{
	const char *actions = getenv("GITHUB_ACTIONS");

	if (!actions || strcmp(actions, "true") != 0 || reports->n == CLI_REPORTS_MAX)
		return false;
	for (size_t i = 0; i < reports->n; i++)
		if (reports->list[i].kind == KIND_GITHUB ||
		    (is_stdout(reports, i) && strcmp(kinds[reports->list[i].kind].name, "text")))
			return false;
	return true;
}

static bool same_place(const struct cli_reports *reports, size_t a, size_t b)
{
	if (is_stdout(reports, a) && is_stdout(reports, b))
		return !mixes(reports->list[a].kind) && !mixes(reports->list[b].kind);
	return cli_output_same(&reports->list[a].output, &reports->list[b].output);
}

bool cli_reports_use(const struct cli_reports *reports, const struct cli_output *output)
{
	for (size_t i = 0; i < reports->n; i++)
		if (cli_output_same(&reports->list[i].output, output))
			return true;
	return false;
}

int cli_reports_open(const struct cli_command *command, struct cli_reports *reports)
{
	if (wants_annotations(reports)) {
		reports->list[reports->n].kind = KIND_GITHUB;
		reports->list[reports->n++].path = "-";
	}
	for (size_t i = 0; i < reports->n; i++) {
		if (!cli_output_open(&reports->list[i].output, reports->list[i].path))
			return CLI_INTERNAL;
		for (size_t k = 0; k < i; k++)
			if (same_place(reports, k, i))
				return cli_usage(command, "--report: %s and %s are one file",
						 kinds[reports->list[k].kind].name,
						 kinds[reports->list[i].kind].name);
	}
	return CLI_OK;
}

int cli_reports_write(struct cli_reports *reports, const struct report *r)
{
	int code = CLI_OK;

	if (r->failed) {
		cli_say("no memory for a report");
		return CLI_INTERNAL;
	}
	for (size_t i = 0; i < reports->n; i++) {
		struct cli_output *output = &reports->list[i].output;

		kinds[reports->list[i].kind].write(output->out, r);
		if (!cli_output_close(output))
			code = CLI_INTERNAL;
	}
	return code;
}

void cli_reports_drop(struct cli_reports *reports)
{
	for (size_t i = 0; i < reports->n; i++)
		cli_output_drop(&reports->list[i].output);
}
