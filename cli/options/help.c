/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * help.c: a command's option table as a person reads it (the synopsis, --help), and as a
 * program does (`sysemu help --options`).
 */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"

/* "--kernel K", "--log[=FILE]", "--serve" */
static int format_option(char *buf, size_t size, const struct cli_option *o)
{
	return snprintf(buf, size, "--%s%s%s", o->name, o->arg && !o->bare ? " " : "",
			o->arg ? o->arg : "");
}

/* One line, or more with an indent behind column 88. */
void cli_put_synopsis(FILE *out, const struct cli_command *c)
{
	char text[128];
	int column = fprintf(out, "usage: sysemu %s", c->name);

	for (const struct cli_option *o = c->options; o->name; o++) {
		if (column + format_option(text, sizeof(text), o) > 85) {
			fputc('\n', out);
			column = fprintf(out, "%14s", "");
		}
		column += fprintf(out, " [%s]", text);
	}
	fprintf(out, "%s%s\n", c->operands[0] ? " " : "", c->operands);
}

void cli_put_help(const struct cli_command *c)
{
	char text[128];

	cli_put_synopsis(stdout, c);
	printf("\n%s\n\n", c->about);
	for (const struct cli_option *o = c->options; o->name; o++) {
		format_option(text, sizeof(text), o);
		if (strlen(text) > 28)
			printf("  %s\n  %-28s  %s", text, "", o->help);
		else
			printf("  %-28s  %s", text, o->help);
		if (o->preset)
			printf(" (%s)", o->preset);
		putchar('\n');
	}
	printf("  %-28s  %s\n\n%s", "--help", "this text", c->notes);
}

static const char *text_or_dash(const char *text)
{
	return text ? text : "-";
}

void cli_put_options(const struct cli_command *c)
{
	for (const struct cli_option *o = c->options; o->name; o++) {
		printf("%s\t%s\t%s\t%s\t", c->name, o->name, o->type->name, text_or_dash(o->arg));
		if (o->max)
			printf("%" PRIu64 "\t%" PRIu64, o->min, o->max);
		else
			printf("-\t-");
		printf("\t%s\t%s\t%s\t%s\t%s\n", text_or_dash(o->preset), text_or_dash(o->not_with),
		       text_or_dash(o->needs),
		       o->required ? "required" :
		       o->repeats  ? "repeats" :
				     "-",
		       o->help);
	}
}
