/* SPDX-License-Identifier: GPL-2.0-only */
/* command.c: `sysemu report`: what other commands wrote, as a page. docs/report.md. Read next: show.h, read.c. */
#include <string.h>

#include "cli/show/show.h"

struct report_options {
	const char *output, *history, *append;
	unsigned perfetto;
};

static const struct cli_option options[] = {
	{ "output", "FILE", &cli_output, offsetof(struct report_options, output),
	  .help = "the file to write, - is standard output", .required = true },
	{ "format", "html|perfetto", &cli_choice, offsetof(struct report_options, perfetto),
	  .help = "a page, or the timelines alone as Chrome's trace events", .preset = "html" },
	{ "history", "FILE", &cli_output, offsetof(struct report_options, history),
	  .help = "an SQLite file with the numbers of earlier commits, shown as lines" },
	{ "append", "COMMIT", &cli_text, offsetof(struct report_options, append),
	  .help = "keep this report's numbers there by that name, behind the others",
	  .needs = "history" },
	{ 0 },
};

static int make(struct show *s, const struct report_options *o, char **files)
{
	struct cli_output out;

	for (; *files; files++)
		if (!show_read(s, *files))
			return CLI_USAGE;
	if (o->perfetto && !s->ntimelines) {
		cli_say("--format perfetto: no FILE is a log");
		return CLI_USAGE;
	}
	if (s->ntimelines == 2)
		show_compare(&s->timelines[0], &s->timelines[1]);
	if (o->append && !show_history_append(s, o->history, o->append))
		return CLI_USAGE;
	if (o->history && !show_history_read(s, o->history, o->append))
		return CLI_USAGE;
	if (!cli_output_open(&out, o->output))
		return CLI_INTERNAL;
	if ((o->perfetto ? show_write_perfetto : show_write_page)(s, &out))
		return CLI_OK;
	cli_output_drop(&out);
	return CLI_INTERNAL;
}

static int report_main(int argc, char **argv)
{
	static struct report_options o;
	struct show s = { .report.command = "report" };
	int code, first = cli_parse(&cli_report_command, argc, argv, &o, &code);

	if (first < 0)
		return code;
	for (int i = first; i < argc; i++)
		if (cli_same_file(o.output, argv[i]))
			return cli_usage(&cli_report_command, "--output: \"%s\" is what is read",
					 o.output);
	if (o.history && (!strcmp(o.output, o.history) || cli_same_file(o.output, o.history)))
		return cli_usage(&cli_report_command, "--output: \"%s\" is the history", o.output);
	code = make(&s, &o, argv + first);
	show_free(&s);
	return code;
}

const struct cli_command cli_report_command = {
	.name = "report",
	.operands = "FILE...",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about =
		"show what other commands wrote as a page: timelines, costs, the entry path, history",
	.notes =
		"FILE: exec --log FILE --log-format ndjson; trace --format ndjson; count --format json;\n"
		"check, play, explore, inject, lint --report json; what --cover and --outcomes write.\n"
		"The page is one file and needs nothing else. Of two logs it shows where they part.\n",
	.options = options,
	.main = report_main,
};
