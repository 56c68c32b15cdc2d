/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * terminal.h: lines for people: in colour where a terminal reads them, and no wider than it is. For whoever else
 * reads, a pipe or a file, each is the plain text, as wide as it is. Implemented by terminal.c.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "cli/cli.h"

enum tone {
	TONE_PLAIN,
	TONE_BOLD,
	TONE_FAINT,
	TONE_GOOD,
	TONE_BAD,
	TONE_NOTE,
	TONE_NAME,
	TONE_CODE
};

struct terminal {
	FILE *out;
	bool color;
	unsigned width;  /* columns; 0: as many as there are */
	unsigned at;     /* so many of this line are used */
	unsigned indent; /* of a line that goes on */
	FILE *words;     /* see terminal_words */
	char *text;
	size_t size;
};

/* `color` is the option's word. NO_COLOR, TERM=dumb and what is no terminal have none, but for `always`. */
#define CLI_COLOR_OPTION(type, member, ...)                                         \
	{                                                                           \
		"color", "auto|always|never", &cli_choice, offsetof(type, member),  \
			.help = "colours: auto is on a terminal, without NO_COLOR", \
			.preset = "auto", __VA_ARGS__                               \
	}
void terminal_open(struct terminal *t, FILE *out, unsigned color);
void terminal_close(struct terminal *t);

/* Text that is cut where the line ends. */
void terminal_put(struct terminal *t, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Behind `before`, or if there is no room for it, on a line of its own. */
void terminal_field(struct terminal *t, enum tone tone, const char *before, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* A stream for text whose words go on in another line if need be: terminal_said puts it. NULL: no memory. */
FILE *terminal_words(struct terminal *t);
void terminal_said(struct terminal *t, enum tone tone);
void terminal_line(struct terminal *t);

#endif
