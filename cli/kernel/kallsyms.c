/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kallsyms.c: the names that a kernel carries for its own use, out of an image without symbols: kallsyms,
 * and what it exports to modules (which has data, too, where kallsyms has functions alone).
 *
 * Names are strings of tokens. The table of the 256 tokens is found by its digits, which stand for
 * themselves; the names by their count before them and by the markers behind them, one for each
 * 256 names; the places before or behind all, as two orders of the tables are known:
 *
 *	up to 6.4    offsets, base, count, names, markers, tokens, token index
 *	then         count, names, markers, tokens, token index, offsets, base
 */
#define _GNU_SOURCE /* memmem */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/whole.h"

#define TOKENS    256
#define DIGITS    '0'
#define LEAST     200 /* names: fewer are no kernel's */
#define MOST      (1u << 20)
#define NAME_MOST 512

/* One segment, in which all tables lie. */
struct tables {
	const uint8_t *bytes;
	size_t size;
	uint32_t addr;
	size_t tokens, index, index_end; /* offsets in it */
	const char *token[TOKENS];
	size_t names, names_end;
	uint32_t n;
};

static uint32_t word(const struct tables *t, size_t at)
{
	uint32_t value;

	memcpy(&value, t->bytes + at, 4);
	return value;
}

static size_t up4(const struct tables *t, size_t at)
{
	return ((t->addr + at + 3) & ~(size_t)3) - t->addr;
}

/* ---- tokens ---- */

/* With the digits at `digits`: are the strings around them those that the index behind them names? */
static bool take_tokens(struct tables *t, size_t digits)
{
	size_t at = digits;
	uint16_t place;

	for (unsigned n = DIGITS; n < TOKENS; n++) {
		const uint8_t *end = memchr(t->bytes + at, 0, t->size - at);

		if (!end)
			return false;
		at = (size_t)(end - t->bytes) + 1;
		if (at == t->size)
			return false;
	}
	t->index = up4(t, at);
	t->index_end = t->index + TOKENS * sizeof(place);
	if (t->index_end > t->size)
		return false;
	memcpy(&place, t->bytes + t->index + DIGITS * sizeof(place), sizeof(place));
	if (place > digits)
		return false;
	t->tokens = digits - place;
	for (unsigned n = 0; n < TOKENS; n++) {
		memcpy(&place, t->bytes + t->index + n * sizeof(place), sizeof(place));
		if (t->tokens + place >= at || (place && t->bytes[t->tokens + place - 1]))
			return false;
		t->token[n] = (const char *)t->bytes + t->tokens + place;
	}
	return true;
}

static bool find_tokens(struct tables *t)
{
	static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
	const uint8_t *at = t->bytes, *end = t->bytes + t->size;

	while ((at = memmem(at, (size_t)(end - at), digits, sizeof(digits))) != NULL) {
		if (take_tokens(t, (size_t)(at - t->bytes)))
			return true;
		at++;
	}
	return false;
}

/* ---- names ---- */

/* The next name's length in tokens; false: it is not in the segment. */
static bool take_length(const struct tables *t, size_t *at, unsigned *length)
{
	if (*at >= t->tokens)
		return false;
	*length = t->bytes[(*at)++];
	if (*length & 0x80) { /* from 6.1 on: two bytes */
		if (*at >= t->tokens)
			return false;
		*length = (*length & 0x7f) | (unsigned)t->bytes[(*at)++] << 7;
	}
	return *length && *length <= t->tokens - *at;
}

/* Do n names begin there, and their markers lie behind them? */
static bool is_names(const struct tables *t, size_t names, uint32_t n, size_t *end)
{
	uint32_t markers[8];
	size_t at = names;

	for (uint32_t i = 0; i < n; i++) {
		unsigned length;

		if (i % 256 == 0 && i / 256 < 8)
			markers[i / 256] = (uint32_t)(at - names);
		if (!take_length(t, &at, &length))
			return false;
		if (i < 64 && !strchr("AaBbDdGgRrSsTtVvWwNn", t->token[t->bytes[at]][0]))
			return false;
		at += length;
	}
	*end = at;
	at = up4(t, at);
	for (uint32_t i = 0; i < (n + 255) / 256 && i < 8; i++, at += 4)
		if (at + 4 > t->tokens || word(t, at) != markers[i])
			return false;
	return true;
}

static bool find_names(struct tables *t)
{
	for (size_t at = up4(t, 0); at + 4 < t->tokens; at += 4) {
		t->n = word(t, at);
		t->names = at + 4;
		if (t->n >= LEAST && t->n < MOST && t->n < t->tokens - at &&
		    is_names(t, t->names, t->n, &t->names_end))
			return true;
	}
	return false;
}

/* Its letter, and its name into text[NAME_MOST]; moves `at` behind it. */
static char take_name(const struct tables *t, size_t *at, char *text)
{
	unsigned length = 0;
	size_t used = 0;
	char letter = 0;

	take_length(t, at, &length);
	for (unsigned i = 0; i < length; i++)
		for (const char *c = t->token[t->bytes[*at + i]]; *c; c++) {
			if (!letter)
				letter = *c;
			else if (used < NAME_MOST - 1)
				text[used++] = *c;
		}
	text[used] = 0;
	*at += length;
	return letter;
}

/* ---- places ---- */

static uint32_t place_of(const struct tables *t, size_t offsets, uint32_t base, uint32_t i)
{
	return base + word(t, offsets + 4 * (size_t)i);
}

/* In order, and of this kernel's segments? */
static bool are_places(const struct whole *w, const struct tables *t, size_t offsets, uint32_t base)
{
	uint32_t before = 0, inside = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t place = place_of(t, offsets, base, i);

		if (place < before)
			return false;
		before = place;
		inside += whole_bytes(w, place, 1) != NULL;
	}
	return inside > t->n / 2;
}

static bool find_places(const struct whole *w, const struct tables *t, size_t *offsets,
			uint32_t *base)
{
	size_t all = 4 * (size_t)t->n, behind = up4(t, t->index_end);

	if (t->names >= all + 8) { /* before all, with a base */
		*offsets = t->names - 8 - all;
		*base = word(t, t->names - 8);
		if (are_places(w, t, *offsets, *base))
			return true;
	}
	if (t->names >= all + 4) { /* without */
		*offsets = t->names - 4 - all;
		*base = 0;
		if (are_places(w, t, *offsets, *base))
			return true;
	}
	if (behind + all + 4 > t->size)
		return false;
	*offsets = behind;
	*base = word(t, behind + all);
	return are_places(w, t, *offsets, *base);
}

/* The names in w->texts[0], one after the other. */
static bool add_names(struct whole *w, const struct tables *t, size_t offsets, uint32_t base)
{
	char text[NAME_MOST];
	size_t at = t->names, used = 0, total = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		take_name(t, &at, text);
		total += strlen(text) + 1;
	}
	w->texts[0] = malloc(total + 1);
	if (!w->texts[0])
		return link_refuse(w->path, "out of memory");
	at = t->names;
	for (uint32_t i = 0; i < t->n; i++) {
		char letter = take_name(t, &at, text);
		uint32_t place = place_of(t, offsets, base, i);
		bool code = letter == 't' || letter == 'T' || letter == 'w' || letter == 'W';

		memcpy(w->texts[0] + used, text, strlen(text) + 1);
		if (letter != 'a' && letter != 'A' && *text &&
		    !whole_add_name(w, w->texts[0] + used, place, 0, code ? STT_FUNC : STT_OBJECT))
			return false;
		used += strlen(text) + 1;
	}
	return true;
}

/* ---- what it exports ---- */

static bool is_identifier(const char *name, size_t room)
{
	size_t n = strnlen(name, room);

	if (!n || n == room)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
			    name[i]))
			return false;
	return true;
}

/* Does kallsyms, by place, have it, too? */
static bool is_known(const struct whole *w, size_t n, uint32_t place)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (w->names[middle].value == place)
			return true;
		if (w->names[middle].value < place)
			low = middle + 1;
		else
			n = middle;
	}
	return false;
}

/* Entries of three distances, each from its own place: to what is exported, its name, its namespace. */
static bool add_exports(struct whole *w, size_t known, uint32_t table, uint32_t size)
{
	for (uint32_t at = table; at + 12 <= table + size; at += 12) {
		uint32_t value, name;
		const uint8_t *text;

		if (!whole_word(w, at, &value) || !whole_word(w, at + 4, &name))
			return true;
		text = whole_bytes(w, at + 4 + name, 2);
		if (!text || !is_identifier((const char *)text, (size_t)(w->data + w->size - text)))
			return true; /* of another form */
		if (!is_known(w, known, at + value) &&
		    !whole_add_name(w, (const char *)text, at + value, 0, STT_OBJECT))
			return false;
	}
	return true;
}

/* ---- all of it ---- */

bool kallsyms_take(struct whole *w)
{
	size_t known;

	for (size_t i = 0; i < w->n_segments; i++) {
		const struct link_segment *s = &w->segments[i];
		struct tables t = { .bytes = s->bytes, .size = s->size, .addr = s->addr };
		uint32_t base;
		size_t offsets;

		if (!find_tokens(&t))
			continue;
		if (!find_names(&t))
			return link_refuse(w->path,
					   "0x%zx: tokens of kallsyms, and no names that fit them",
					   t.addr + t.tokens);
		if (!find_places(w, &t, &offsets, &base))
			return link_refuse(
				w->path, "0x%zx: %u names of kallsyms, and no places that fit them",
				t.addr + t.names, t.n);
		if (!add_names(w, &t, offsets, base))
			return false;
		w->from = "its kallsyms";
		break;
	}
	known = w->n_names;
	for (unsigned n = 0; n < 2; n++)
		if (!add_exports(w, known, w->exports[n][0], w->exports[n][1]))
			return false;
	return true;
}
