/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * man.c: a command's option table as a manual page (`sysemu help --man COMMAND`), and the page
 * of them all (`sysemu help --man`). The build makes man1/ of it.
 */
#include <ctype.h>
#include <string.h>

#include "cli/cli.h"

/* As text of roff: a hyphen that may be copied, and nothing at a line's begin that is a request. */
static void put_text(const char *text)
{
	bool begins = true;

	for (; *text; text++) {
		if (begins && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
		begins = *text == '\n';
	}
}

/* What is written as it stands in bold, what it stands for in italics: `K`, `[=FILE]`. */
static void put_option(const struct cli_option *o)
{
	fputs("\\fB\\-\\-", stdout);
	put_text(o->name);
	fputs("\\fR", stdout);
	if (!o->arg)
		return;
	fputs(o->bare ? "\\fI" : " \\fI", stdout);
	put_text(o->arg);
	fputs("\\fR", stdout);
}

static void put_title(const char *name, const char *about)
{
	fputs(".\\\" Made by `sysemu help --man` from the table of options.\n.TH ", stdout);
	for (const char *at = name; *at; at++)
		putchar(toupper((unsigned char)*at));
	printf(" 1 \"\" \"libsysemu " SYSEMU_VERSION "\" \"libsysemu\"\n.SH NAME\n");
	put_text(name);
	fputs(" \\- ", stdout);
	put_text(about);
	putchar('\n');
}

/* An empty line ends a paragraph. */
static void put_paragraphs(const char *text)
{
	for (const char *end; *text; text = end) {
		char line[256];

		end = text + strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		if (*line)
			put_text(line);
		else
			fputs(".PP", stdout);
		putchar('\n');
		end += *end == '\n';
	}
}

static void put_row(const struct cli_option *o)
{
	puts(".TP");
	put_option(o);
	putchar('\n');
	put_text(o->help);
	if (o->preset) {
		fputs(" (", stdout);
		put_text(o->preset);
		putchar(')');
	}
	puts(o->required ? "; required" : "");
}

static const char see_also[] = ".BR sysemu\\-scenario (5),\n"
			       ".BR sysemu\\-budget (5),\n"
			       ".BR libsysemu (3)\n";

void cli_put_man(const struct cli_command *c)
{
	char name[64];

	snprintf(name, sizeof(name), "sysemu-%s", c->name);
	put_title(name, c->about);
	printf(".SH SYNOPSIS\n.B sysemu %s\n", c->name);
	for (const struct cli_option *o = c->options; o->name; o++) {
		fputs(o->required ? "" : "[", stdout);
		put_option(o);
		puts(o->required ? "" : "]");
	}
	if (c->operands[0]) {
		fputs("\\fI", stdout);
		put_text(c->operands);
		puts("\\fR");
	}
	puts(".SH OPTIONS");
	for (const struct cli_option *o = c->options; o->name; o++)
		put_row(o);
	puts(".TP\n\\fB\\-\\-help\\fR\na short form of this page");
	puts(".SH NOTES");
	put_paragraphs(c->notes);
	printf(".SH SEE ALSO\n.BR sysemu (1),\n%s", see_also);
}

void cli_put_man_index(const struct cli_command *const *commands, size_t n, const char *about)
{
	put_title("sysemu", "run and examine Linux's entry path and ptrace in an emulated i386");
	puts(".SH SYNOPSIS\n.B sysemu\n\\fICOMMAND\\fR [\\fIOPTION...\\fR] ...\n.br\n"
	     ".B sysemu help\n[\\fICOMMAND\\fR | \\fB\\-\\-options\\fR | \\fB\\-\\-man\\fR "
	     "[\\fICOMMAND\\fR] | \\fB\\-\\-completion\\fR \\fISHELL\\fR]\n.br\n"
	     ".B sysemu\n\\fB\\-\\-version\\fR | \\fB\\-\\-help\\fR\n.SH COMMANDS");
	for (size_t i = 0; i < n; i++) {
		printf(".TP\n.BR sysemu\\-%s (1)\n", commands[i]->name);
		put_text(commands[i]->about);
		putchar('\n');
	}
	puts(".SH NOTES");
	put_paragraphs(about);
	printf(".SH SEE ALSO\n%s", see_also);
}
