/* SPDX-License-Identifier: GPL-2.0-only */
/* terminal.c: colours (ECMA-48) and widths. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/terminal/terminal.h"

#define WIDTH_LEAST 20 /* of what says less nothing is believed */

static unsigned width_of(int fd)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	uint64_t n;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
	if (columns && cli_number_of(columns, &n) && n >= WIDTH_LEAST && n < 10000)
		return (unsigned)n;
	return 80;
}

void terminal_open(struct terminal *t, FILE *out, unsigned color)
{
	const char *none = getenv("NO_COLOR"), *kind = getenv("TERM");
	bool there = out && isatty(fileno(out)) == 1;

	*t = (struct terminal){ .out = out };
	t->width = there ? width_of(fileno(out)) : 0;
	t->color = color == 1 ||
		   (color == 0 && there && (!none || !*none) && !(kind && !strcmp(kind, "dumb")));
}

void terminal_close(struct terminal *t)
{
	if (t->words)
		fclose(t->words);
	free(t->text);
	*t = (struct terminal){ 0 };
}

static void put(struct terminal *t, enum tone tone, const char *text, size_t n)
{
	static const char *const codes[] = { "", "1", "2", "32", "1;31", "33", "36", "34" };

	if (t->color && tone != TONE_PLAIN && n)
		fprintf(t->out, "\033[%sm%.*s\033[m", codes[tone], (int)n, text);
	else
		fwrite(text, 1, n, t->out);
	t->at += (unsigned)n;
}

void terminal_put(struct terminal *t, enum tone tone, const char *format, ...)
{
	char text[1024];
	va_list args;
	size_t n, room;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n = strlen(text);
	room = t->width > t->at ? t->width - t->at : 0;
	put(t, tone, text, t->width && n > room ? room : n);
}

/* Another line, unless this one has nothing but what it begins with. */
static bool make_room(struct terminal *t, size_t n)
{
	if (!t->width || t->at + n <= t->width || t->at <= t->indent)
		return true;
	terminal_line(t);
	fprintf(t->out, "%*s", (int)t->indent, "");
	t->at = t->indent;
	return false;
}

void terminal_field(struct terminal *t, enum tone tone, const char *before, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (make_room(t, strlen(before) + strlen(text)))
		put(t, TONE_PLAIN, before, strlen(before));
	put(t, tone, text, strlen(text));
}

FILE *terminal_words(struct terminal *t)
{
	if (t->words)
		rewind(t->words);
	else
		t->words = open_memstream(&t->text, &t->size);
	return t->words;
}

void terminal_said(struct terminal *t, enum tone tone)
{
	const char *at, *end;

	fflush(t->words); /* which says where the text is */
	at = t->text;
	end = at + ftell(t->words);
	if (!t->width) {
		put(t, tone, at, (size_t)(end - at));
		return;
	}
	for (bool first = true; at < end; first = false) {
		const char *blank = memchr(at, ' ', (size_t)(end - at));
		size_t n = (size_t)((blank ? blank : end) - at);

		if (make_room(t, n + !first) && !first)
			put(t, TONE_PLAIN, " ", 1);
		put(t, tone, at, n);
		at += n + 1;
	}
}

void terminal_line(struct terminal *t)
{
	putc('\n', t->out);
	t->at = 0;
}
