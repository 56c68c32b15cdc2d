/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.c: getopt_long and --help, both driven by a command's option table.
 *
 * Usage errors go to stderr with the synopsis and end with 2; --help goes to
 * stdout and ends with 0. Read next: the table in run.c.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define OPTIONS_MAX  16
#define FIRST_OPTION 256 /* getopt's value of row 0: above every character */

static bool optional(const struct cli_option *o)
{
	return o->arg && o->arg[0] == '[';
}

/* "--kernel K", "--log[=FILE]", "--serve" */
static int format_option(char *buf, size_t size, const struct cli_option *o)
{
	return snprintf(buf, size, "--%s%s%s", o->name, o->arg && !optional(o) ? " " : "",
			o->arg ? o->arg : "");
}

/* One line, or more with an indent behind column 88. */
static void put_synopsis(FILE *out, const struct cli_command *c)
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

static void put_help(const struct cli_command *c)
{
	char text[128];

	put_synopsis(stdout, c);
	printf("\n%s\n\n", c->about);
	for (const struct cli_option *o = c->options; o->name; o++) {
		format_option(text, sizeof(text), o);
		if (strlen(text) > 28)
			printf("  %s\n  %-28s  %s\n", text, "", o->help);
		else
			printf("  %-28s  %s\n", text, o->help);
	}
	printf("  %-28s  %s\n\n%s", "--help", "this text", c->notes);
}

int cli_usage(const struct cli_command *c, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "sysemu %s: ", c->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
	put_synopsis(stderr, c);
	return CLI_USAGE;
}

static void fill_long_options(const struct cli_command *c, struct option *out)
{
	size_t n = 0;

	for (; c->options[n].name && n < OPTIONS_MAX; n++) {
		const struct cli_option *o = &c->options[n];

		out[n] = (struct option){ .name = o->name,
					  .has_arg = optional(o) ? optional_argument :
						     o->arg      ? required_argument :
								   no_argument,
					  .val = FIRST_OPTION + (int)n };
	}
	out[n] = (struct option){ .name = "help", .has_arg = no_argument, .val = 'h' };
	out[n + 1] = (struct option){ 0 };
}

int cli_parse(const struct cli_command *c, int argc, char **argv, void *into, int *code)
{
	struct option long_options[OPTIONS_MAX + 2];
	int chosen;

	fill_long_options(c, long_options);
	opterr = 0; /* the messages are ours, with the synopsis */
	while ((chosen = getopt_long(argc, argv, c->options_first ? "+:h" : ":h", long_options,
				     NULL)) != -1) {
		if (chosen == 'h') {
			put_help(c);
			*code = CLI_OK;
			return -1;
		}
		if (chosen == '?' || chosen == ':') {
			*code = cli_usage(c,
					  chosen == ':' ? "%s needs a value" : "unknown option: %s",
					  argv[optind - 1]);
			return -1;
		}
		const struct cli_option *o = &c->options[chosen - FIRST_OPTION];

		if (!o->take(optarg, (char *)into + o->field)) {
			*code = cli_usage(c, "--%s takes %s, not \"%s\"", o->name,
					  o->arg ? o->arg : "nothing", optarg ? optarg : "");
			return -1;
		}
	}
	return optind;
}

bool cli_take_string(const char *value, void *field)
{
	*(const char **)field = value;
	return true;
}

bool cli_take_switch(const char *value, void *field)
{
	(void)value;
	*(bool *)field = true;
	return true;
}

bool cli_take_u64(const char *value, void *field)
{
	char *end;

	if (value[0] < '0' || value[0] > '9') /* strtoull takes signs and blanks */
		return false;
	errno = 0;
	*(uint64_t *)field = strtoull(value, &end, 0);
	return errno == 0 && *end == '\0';
}

bool cli_take_entry(const char *value, void *field)
{
	sysemu_entry *entry = field;

	if (!strcmp(value, "int80"))
		*entry = SYSEMU_ENTRY_INT80;
	else if (!strcmp(value, "sysenter"))
		*entry = SYSEMU_ENTRY_SYSENTER;
	else
		return false;
	return true;
}

/* "text" or the one other format that a command has. */
static bool take_format(const char *value, bool *other, const char *name)
{
	*other = !strcmp(value, name);
	return *other || !strcmp(value, "text");
}

bool cli_take_json(const char *value, void *field)
{
	return take_format(value, field, "json");
}

bool cli_take_ndjson(const char *value, void *field)
{
	return take_format(value, field, "ndjson");
}
