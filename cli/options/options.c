/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.c: getopt_long driven by a command's option table, and what the table says of
 * options together: which exclude each other, which need another, how many operands.
 *
 * Usage errors go to stderr with the synopsis and end with 2; --help goes to
 * stdout and ends with 0. Read next: types.c, the table in cli/run.c.
 */
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "cli/cli.h"

#define OPTIONS_MAX  24
#define FIRST_OPTION 256 /* getopt's value of row 0: above every character */

struct parsing {
	const struct cli_command *command;
	const char *given[OPTIONS_MAX]; /* each row's value as typed; NULL: not given */
	void *into;
};

int cli_usage(const struct cli_command *c, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "sysemu %s: ", c->name);
	va_start(args, format);
	cli_vmessage(format, args);
	va_end(args);
	putc('\n', stderr);
	cli_put_synopsis(stderr, c);
	return CLI_USAGE;
}

static void fill_long_options(const struct cli_command *c, struct option *out)
{
	size_t n = 0;

	for (; c->options[n].name && n < OPTIONS_MAX; n++) {
		const struct cli_option *o = &c->options[n];

		out[n] = (struct option){ .name = o->name,
					  .has_arg = o->bare ? optional_argument :
						     o->arg  ? required_argument :
							       no_argument,
					  .val = FIRST_OPTION + (int)n };
	}
	out[n] = (struct option){ .name = "help", .has_arg = no_argument, .val = 'h' };
	out[n + 1] = (struct option){ 0 };
}

/* ---- values ---- */

static int take(struct parsing *p, size_t row, const char *value)
{
	const struct cli_option *o = &p->command->options[row];
	struct cli_why why;

	if (o->type->take(o, value, (char *)p->into + o->field, &why))
		return CLI_OK;
	return cli_usage(p->command, "--%s: %s", o->name, why.text);
}

static int take_presets(struct parsing *p)
{
	int code = CLI_OK;

	for (size_t i = 0; p->command->options[i].name && code == CLI_OK; i++)
		if (p->command->options[i].preset)
			code = take(p, i, p->command->options[i].preset);
	return code;
}

static int take_given(struct parsing *p, size_t row, const char *value)
{
	const struct cli_option *o = &p->command->options[row];
	int code;

	if (!value)
		value = o->bare ? o->bare : "";
	code = take(p, row, value);
	p->given[row] = value;
	if (o->type == &cli_number || o->type == &cli_address || o->type == &cli_call)
		((struct cli_number *)(void *)((char *)p->into + o->field))->given = true;
	return code;
}

/* What getopt did not like: '?' or ':'. */
static int refuse_option(const struct parsing *p, int chosen, char **argv)
{
	const struct cli_option *o = NULL;

	if (optopt >= FIRST_OPTION)
		o = &p->command->options[optopt - FIRST_OPTION];
	if (chosen == ':' && o)
		return cli_usage(p->command, "--%s needs a value: %s", o->name, o->arg);
	if (optopt == 'h' || o)
		return cli_usage(p->command, "--%s takes no value", o ? o->name : "help");
	if (optopt)
		return cli_usage(p->command, "unknown option: -%c", optopt);
	return cli_usage(p->command, "unknown option: %s", argv[optind - 1]);
}

/* ---- options together ---- */

#define ITEM_ENDS "|,"

/* "json", or what begins with "random:". */
static bool is_value(const char *value, const char *wanted, size_t length)
{
	bool begins = length && wanted[length - 1] == ':';

	return (begins || strlen(value) == length) && !strncasecmp(value, wanted, length);
}

/* Is the list's first item, "code" or "format=json", among what was given? */
static bool is_given(const struct parsing *p, const char *list)
{
	size_t length = strcspn(list, ITEM_ENDS), name = strcspn(list, ITEM_ENDS "=");

	for (size_t i = 0; p->command->options[i].name; i++) {
		if (!p->given[i] || strlen(p->command->options[i].name) != name ||
		    strncmp(p->command->options[i].name, list, name) != 0)
			continue;
		return name == length || is_value(p->given[i], list + name + 1, length - name - 1);
	}
	return false;
}

/* The alternative behind the list's first one, or NULL. */
static const char *next_item(const char *list)
{
	list += strcspn(list, ITEM_ENDS);
	return *list == '|' ? list + 1 : NULL;
}

/* "--code or --captures", of the alternatives that begin here */
static void alternatives_text(const char *list, char *buf, size_t size)
{
	size_t used = 0;

	for (const char *item = list; item && used < size; item = next_item(item))
		used += (size_t)snprintf(buf + used, size - used, "%s--%.*s",
					 item == list ? "" : " or ", (int)strcspn(item, ITEM_ENDS),
					 item);
}

/* One of each group of alternatives. */
static int check_needs(const struct parsing *p, const struct cli_option *o)
{
	for (const char *group = o->needs; group; group = strchr(group, ',')) {
		bool met = false;
		char text[128];

		group += *group == ',';
		for (const char *item = group; item && !met; item = next_item(item))
			met = is_given(p, item);
		if (met)
			continue;
		alternatives_text(group, text, sizeof(text));
		return cli_usage(p->command, "--%s is nothing without %s", o->name, text);
	}
	return CLI_OK;
}

static int check_not_with(const struct parsing *p, const struct cli_option *o)
{
	for (const char *item = o->not_with; item; item = next_item(item))
		if (is_given(p, item))
			return cli_usage(p->command, "--%s and --%.*s exclude each other", o->name,
					 (int)strcspn(item, "|"), item);
	return CLI_OK;
}

static int check_row(const struct parsing *p, size_t row)
{
	const struct cli_option *o = &p->command->options[row];
	int code;

	if (!p->given[row])
		return o->required ? cli_usage(p->command, "--%s %s is missing", o->name, o->arg) :
				     CLI_OK;
	code = check_not_with(p, o);
	return code == CLI_OK ? check_needs(p, o) : code;
}

/* "FILE..." of "[FILE...]", "PROGRAM" of "PROGRAM [ARG...]" */
static void operand_text(const struct cli_command *c, char *buf, size_t size)
{
	const char *text = c->operands + (c->operands[0] == '[');

	snprintf(buf, size, "%.*s", (int)strcspn(text, " ]"), text);
}

static int check_operands(const struct parsing *p, unsigned n, char **operands)
{
	const struct cli_command *c = p->command;
	bool replaced = c->instead && is_given(p, c->instead);
	bool wanted = !replaced && (!c->operands_with || is_given(p, c->operands_with));
	char text[32];

	operand_text(c, text, sizeof(text));
	if (wanted && n < c->min_operands)
		return cli_usage(c, c->instead ? "%s is missing, or --%s" : "%s is missing", text,
				 c->instead);
	if (n && replaced)
		return cli_usage(c, "\"%s\": --%s stands in the place of %s", operands[0],
				 c->instead, text);
	if (n && !wanted)
		return cli_usage(c, "\"%s\": %s is for --%s alone", operands[0], text,
				 c->operands_with);
	if (n > c->max_operands)
		return cli_usage(c, "too many arguments: \"%s\"", operands[c->max_operands]);
	return CLI_OK;
}

static int check(const struct parsing *p, int n, char **operands)
{
	int code = CLI_OK;

	for (size_t i = 0; p->command->options[i].name && code == CLI_OK; i++)
		code = check_row(p, i);
	return code == CLI_OK ? check_operands(p, (unsigned)n, operands) : code;
}

/* What -o is short for; '?' without it. */
static int short_output(const struct cli_command *c, int *unknown)
{
	for (int i = 0; c->options[i].name; i++)
		if (!strcmp(c->options[i].name, "output"))
			return FIRST_OPTION + i;
	*unknown = 'o';
	return '?';
}

int cli_parse(const struct cli_command *c, int argc, char **argv, void *into, int *code)
{
	struct option long_options[OPTIONS_MAX + 2];
	struct parsing p = { .command = c, .into = into };
	int chosen;

	fill_long_options(c, long_options);
	opterr = 0; /* the messages are ours, with the synopsis */
	*code = take_presets(&p);
	while (*code == CLI_OK &&
	       (chosen = getopt_long(argc, argv, c->options_first ? "+:ho:" : ":ho:", long_options,
				     NULL)) != -1) {
		if (chosen == 'h') {
			cli_put_help(c);
			return -1;
		}
		if (chosen == 'o') /* of the commands that have an --output */
			chosen = short_output(c, &optopt);
		if (chosen == '?' || chosen == ':')
			*code = refuse_option(&p, chosen, argv);
		else
			*code = take_given(&p, (size_t)(chosen - FIRST_OPTION), optarg);
	}
	if (*code == CLI_OK)
		*code = check(&p, argc - optind, argv + optind);
	if (*code == CLI_OK && !cli_cover_begin())
		*code = CLI_INTERNAL;
	return *code == CLI_OK ? optind : -1;
}
