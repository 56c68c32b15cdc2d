/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lines.c: a scenario file as lines and words, each of which knows its place, and the
 * memory of what is made of them. Read next: script.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/scenario/play.h"

/* ---- memory ---- */

struct play_chunk {
	struct play_chunk *next;
	size_t used, size;
	_Alignas(16) unsigned char bytes[];
};

#define CHUNK 16384

void *play_alloc(struct play_arena *arena, size_t size)
{
	struct play_chunk *c = arena->chunks;
	void *at;

	size = (size + 15) & ~(size_t)15;
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;

		if (room > PLAY_MEMORY_MAX - arena->total)
			return NULL;
		c = calloc(1, sizeof(*c) + room);
		if (!c)
			return NULL;
		c->size = room;
		c->next = arena->chunks;
		arena->chunks = c;
		arena->total += room;
	}
	at = c->bytes + c->used;
	c->used += size;
	return at;
}

char *play_copy(struct play_arena *arena, const char *text, size_t length)
{
	char *copy = play_alloc(arena, length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

void play_arena_free(struct play_arena *arena)
{
	struct play_chunk *c = arena->chunks, *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
	*arena = (struct play_arena){ 0 };
}

/* ---- errors ---- */

static bool set_error(struct play_parser *p, uint32_t line, uint32_t column, const char *format,
		      va_list args)
{
	p->error->line = line;
	p->error->column = column;
	vsnprintf(p->error->text, sizeof(p->error->text), format, args);
	return false;
}

bool play_error(struct play_parser *p, uint32_t line, uint32_t column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_error(p, line, column, format, args);
	va_end(args);
	return false;
}

bool play_error_at(struct play_parser *p, const struct play_word *word, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_error(p, p->words.line, word->column, format, args);
	va_end(args);
	return false;
}

bool play_no_memory(struct play_parser *p)
{
	p->out_of_memory = true;
	return play_error(p, p->line, 1, "out of memory");
}

/* ---- lines ---- */

bool play_next_line(struct play_parser *p, struct play_line *out)
{
	const char *lf;

	if (p->text == p->end)
		return false;
	lf = memchr(p->text, '\n', (size_t)(p->end - p->text));
	out->text = p->text;
	out->length = (uint32_t)((lf ? lf : p->end) - p->text);
	out->number = ++p->line;
	p->text = lf ? lf + 1 : p->end;
	if (out->length && out->text[out->length - 1] == '\r')
		out->length--;
	return true;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool ends_word(char c, bool row)
{
	return blank(c) || (row && (c == '|' || c == ';'));
}

static bool add_word(struct play_parser *p, const struct play_line *line, uint32_t from,
		     uint32_t to)
{
	struct play_words *w = &p->words;

	if (w->n == PLAY_WORDS_MAX)
		return play_error(p, line->number, from + 1, "too many words in a line");
	w->list[w->n++] = (struct play_word){ line->text + from, to - from, from + 1 };
	return true;
}

bool play_split(struct play_parser *p, const struct play_line *line, bool row)
{
	uint32_t i = 0;

	p->words.line = line->number;
	p->words.n = p->words.at = 0;
	if (line->length > PLAY_LINE_MAX)
		return play_error(p, line->number, PLAY_LINE_MAX, "a line of more than %d bytes",
				  PLAY_LINE_MAX);
	while (i < line->length && line->text[i] != '#') {
		uint32_t from = i;

		if (blank(line->text[i])) {
			i++;
			continue;
		}
		if ((unsigned char)line->text[i] < ' ')
			return play_error(p, line->number, i + 1, "a control character, 0x%02x",
					  (unsigned char)line->text[i]);
		do
			i++;
		while (!ends_word(line->text[from], row) && i < line->length &&
		       !ends_word(line->text[i], row));
		if (!add_word(p, line, from, i))
			return false;
	}
	return true;
}

/* ---- words ---- */

const struct play_word *play_peek(const struct play_parser *p)
{
	return p->words.at < p->words.n ? &p->words.list[p->words.at] : NULL;
}

const struct play_word *play_take(struct play_parser *p)
{
	return p->words.at < p->words.n ? &p->words.list[p->words.at++] : NULL;
}

const struct play_word *play_need(struct play_parser *p, const char *what)
{
	const struct play_word *word = play_take(p), *last = &p->words.list[p->words.n - 1];

	if (!word)
		play_error(p, p->words.line, p->words.n ? last->column + last->length : 1,
			   "%s is missing", what);
	return word;
}

bool play_is(const struct play_word *word, const char *text)
{
	return word && word->length == strlen(text) && !memcmp(word->text, text, word->length);
}

bool play_same(const struct play_word *a, const struct play_word *b)
{
	return a->length == b->length && !memcmp(a->text, b->text, a->length);
}

bool play_begins(const struct play_word *word, const char *text, struct play_word *rest)
{
	uint32_t n = (uint32_t)strlen(text);

	if (!word || word->length < n || memcmp(word->text, text, n) != 0)
		return false;
	*rest = (struct play_word){ word->text + n, word->length - n, word->column + n };
	return true;
}

bool play_done(struct play_parser *p)
{
	const struct play_word *word = play_peek(p);

	return !word || play_error_at(p, word, "unexpected: %.*s", (int)word->length, word->text);
}

static bool label_character(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

bool play_take_label(struct play_parser *p, struct play_word *label)
{
	const struct play_word *word = play_peek(p);

	*label = (struct play_word){ 0 };
	if (!word || word->length == 0 || word->text[word->length - 1] != ':')
		return true;
	for (uint32_t i = 0; i + 1 < word->length || i == 0; i++)
		if (!label_character(word->text[i], i == 0))
			return play_error_at(p, word, "not a label: %.*s", (int)word->length,
					     word->text);
	*label = *word;
	label->length--;
	p->words.at++;
	return true;
}
