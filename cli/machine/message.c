/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * message.c: what goes to stderr. A message repeats names that others chose, and a terminal is not to
 * do what a name says.
 */
#define _GNU_SOURCE /* vasprintf */
#include <stdarg.h>
#include <stdlib.h>

#include "cli/cli.h"

/* Controls, and those of C1 as UTF-8 writes them (c2 80 to c2 9f). Lines and tabs are our own as well. */
static bool obeyed(const unsigned char *at)
{
	return (*at < ' ' && *at != '\n' && *at != '\t') || *at == 127 ||
	       (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0);
}

void cli_put_name(FILE *out, const char *name)
{
	for (const unsigned char *at = (const unsigned char *)name; *at; at++) {
		if (!obeyed(at))
			putc(*at, out);
		else if (*at == 0xc2)
			fprintf(out, "\\x%02x\\x%02x", at[0], at[1]), at++;
		else
			fprintf(out, "\\x%02x", *at);
	}
}

void cli_vmessage(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	cli_put_name(stderr, text ? text : "out of memory");
	free(text);
}

void cli_message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cli_vmessage(format, args);
	va_end(args);
}

void cli_say(const char *format, ...)
{
	va_list args;

	fputs("sysemu: ", stderr);
	va_start(args, format);
	cli_vmessage(format, args);
	va_end(args);
	putc('\n', stderr);
}
