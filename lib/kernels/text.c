/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.c: a profile as a text that a person can write (docs/real-kernels.md): a line a word, its
 * name and its value, which is a number, a symbol of the image with a distance, or `none`. Nothing in
 * it is believed. Read next: sound.c, file.c.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kernels/kernels.h"

static const char first_line[] = "sysemu-profile 1";

static bool refuse(struct profile_error *e, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool refuse(struct profile_error *e, uint32_t line, const char *format, ...)
{
	va_list args;

	e->line = line;
	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	return false;
}

/* ---- lines ---- */

struct line {
	uint32_t number;
	const char *key, *value; /* value: without blanks around it */
	size_t key_length, value_length;
};

struct reader {
	const char *at, *end;
	uint32_t number;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next line that says something; false: there is none. A '#' begins a comment. */
static bool next_line(struct reader *r, struct line *out)
{
	while (r->at < r->end) {
		const char *line = r->at, *end = memchr(line, '\n', (size_t)(r->end - line));
		const char *stop = end ? end : r->end, *hash;

		r->at = end ? end + 1 : r->end;
		r->number++;
		hash = memchr(line, '#', (size_t)(stop - line));
		if (hash)
			stop = hash;
		while (line < stop && is_blank(*line))
			line++;
		while (stop > line && is_blank(stop[-1]))
			stop--;
		if (line == stop)
			continue;
		*out = (struct line){ .number = r->number, .key = line };
		while (line < stop && !is_blank(*line))
			line++;
		out->key_length = (size_t)(line - out->key);
		while (line < stop && is_blank(*line))
			line++;
		out->value = line;
		out->value_length = (size_t)(stop - line);
		return true;
	}
	return false;
}

static bool begin(struct reader *r, const char *text, size_t size, struct profile_error *error)
{
	struct line l;

	*r = (struct reader){ text, text + size, 0 };
	if (size > PROFILE_TEXT_MAX)
		return refuse(error, 0, "a profile of more than %u bytes", PROFILE_TEXT_MAX);
	if (!next_line(r, &l) ||
	    (size_t)(l.value + l.value_length - l.key) != sizeof(first_line) - 1 ||
	    memcmp(l.key, first_line, sizeof(first_line) - 1) != 0)
		return refuse(error, r->number ? r->number : 1,
			      "a profile begins with the line \"%s\"", first_line);
	return true;
}

static bool is_key(const struct line *l, const char *key)
{
	return strlen(key) == l->key_length && memcmp(l->key, key, l->key_length) == 0;
}

/* ---- the head ---- */

static bool take_text(const struct line *l, char **out, struct profile_error *error)
{
	if (*out)
		return refuse(error, l->number, "a second %.*s", (int)l->key_length, l->key);
	if (!l->value_length)
		return refuse(error, l->number, "%.*s: a value is missing", (int)l->key_length,
			      l->key);
	if (memchr(l->value, 0, l->value_length))
		return refuse(error, l->number, "%.*s: it has a byte 0", (int)l->key_length,
			      l->key);
	*out = strndup(l->value, l->value_length);
	return *out || refuse(error, 0, "out of memory");
}

static bool good_name(const char *name)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n > 0 && n < 32 && !name[n];
}

bool profile_read_head(const char *text, size_t size, struct profile_head *out,
		       struct profile_error *error)
{
	struct reader r;
	struct line l;
	bool good = begin(&r, text, size, error);

	*out = (struct profile_head){ .name = NULL };
	while (good && next_line(&r, &l)) {
		if (is_key(&l, "name")) {
			out->name_line = l.number;
			good = take_text(&l, &out->name, error);
		} else if (is_key(&l, "like")) {
			out->like_line = l.number;
			good = take_text(&l, &out->like, error);
		} else if (is_key(&l, "about")) {
			good = take_text(&l, &out->about, error);
		} else if (is_key(&l, "image")) {
			out->image_line = l.number;
			good = take_text(&l, &out->image, error);
		}
	}
	if (good && !out->name)
		good = refuse(error, 0, "no line `name NAME`");
	if (good && !good_name(out->name))
		good = refuse(error, out->name_line,
			      "name \"%.40s\": letters, digits, '.', '_' and '-', at most 31",
			      out->name);
	if (!good)
		profile_head_free(out);
	return good;
}

void profile_head_free(struct profile_head *h)
{
	free(h->name);
	free(h->like);
	free(h->about);
	free(h->image);
	*h = (struct profile_head){ .name = NULL };
}

/* ---- words ---- */

/* Decimal or 0x, of 32 bits, all of it. */
static bool number_of(const char *text, size_t length, uint32_t *out)
{
	char digits[24];
	char *end;
	unsigned long long value;

	if (!length || length >= sizeof(digits) || text[0] < '0' || text[0] > '9')
		return false;
	memcpy(digits, text, length);
	digits[length] = 0;
	value = strtoull(digits, &end, digits[0] == '0' && (digits[1] | 32) == 'x' ? 16 : 10);
	*out = (uint32_t)value;
	return !*end && value <= UINT32_MAX;
}

/* A symbol that is there twice, at two places, names none. */
static bool symbol_of(const struct sim_image *image, const struct line *l, size_t length,
		      uint32_t *out, struct profile_error *error)
{
	const struct sim_symbol *found = NULL;

	for (size_t i = 0; i < image->nsymbols; i++) {
		const struct sim_symbol *s = &image->symbols[i];

		if (strncmp(s->name, l->value, length) != 0 || s->name[length])
			continue;
		if (found && found->value != s->value)
			return refuse(
				error, l->number,
				"%.*s: the image has %.*s twice, at 0x%x and 0x%x: give the address",
				(int)l->key_length, l->key, (int)length, l->value, found->value,
				s->value);
		found = s;
	}
	if (!found)
		return refuse(error, l->number,
			      "%.*s: \"%.*s\" is neither a number nor a symbol of the image",
			      (int)l->key_length, l->key, (int)(length < 60 ? length : 60),
			      l->value);
	*out = found->value;
	return true;
}

static bool value_of(const struct sim_image *image, const struct line *l, uint32_t *out,
		     struct profile_error *error)
{
	const char *plus = memchr(l->value, '+', l->value_length);
	size_t length = plus ? (size_t)(plus - l->value) : l->value_length;
	uint32_t more = 0;

	if (!l->value_length)
		return refuse(error, l->number, "%.*s: a value is missing", (int)l->key_length,
			      l->key);
	if (number_of(l->value, l->value_length, out))
		return true;
	if (l->value_length == 4 && memcmp(l->value, "none", 4) == 0) {
		*out = PROFILE_NONE;
		return true;
	}
	if (plus && !number_of(plus + 1, l->value_length - length - 1, &more))
		return refuse(error, l->number, "%.*s: behind '+' a number is missing",
			      (int)l->key_length, l->key);
	if (!symbol_of(image, l, length, out, error))
		return false;
	*out += more;
	return true;
}

/* `none GROUP`, for all words of the group. */
static bool leave_out(const char *text, size_t size, struct profile *out, uint32_t *lines,
		      struct profile_error *error)
{
	struct reader r;
	struct line l;
	bool good = begin(&r, text, size, error);

	while (good && next_line(&r, &l)) {
		bool found = !is_key(&l, "none");

		for (size_t n = 0; n < profile_words() && is_key(&l, "none"); n++) {
			const char *group = profile_word(n).group;

			if (!group || strlen(group) != l.value_length ||
			    memcmp(group, l.value, l.value_length) != 0)
				continue;
			profile_set(out, n, PROFILE_NONE);
			lines[n] = l.number;
			found = true;
		}
		if (!found)
			return refuse(error, l.number, "none: no group of words is named \"%.*s\"",
				      (int)(l.value_length < 40 ? l.value_length : 40), l.value);
	}
	return good;
}

bool profile_read_words(const char *text, size_t size, const struct sim_image *image,
			struct profile *out, uint32_t *lines, struct profile_error *error)
{
	struct reader r;
	struct line l;

	memset(out, 0, sizeof(*out));
	memset(lines, 0, profile_words() * sizeof(*lines));
	if (!begin(&r, text, size, error))
		return false;
	while (next_line(&r, &l)) {
		size_t n = profile_word_named(l.key, l.key_length);
		uint32_t value = 0;

		if (is_key(&l, "name") || is_key(&l, "like") || is_key(&l, "about") ||
		    is_key(&l, "image") || is_key(&l, "none"))
			continue;
		if (n == profile_words())
			return refuse(error, l.number, "unknown in a profile: %.*s",
				      (int)(l.key_length < 60 ? l.key_length : 60), l.key);
		if (lines[n])
			return refuse(error, l.number, "%.*s: it is in line %u already",
				      (int)l.key_length, l.key, lines[n]);
		if (!value_of(image, &l, &value, error))
			return false;
		lines[n] = l.number;
		profile_set(out, n, value);
	}
	if (!leave_out(text, size, out, lines, error))
		return false;
	for (size_t n = 0; n < profile_words(); n++)
		if (!lines[n]) {
			struct word w = profile_word(n);

			return refuse(error, 0, "no line for %s%s%s%s", w.name,
				      *w.about ? ": " : "", w.about,
				      w.group ? " (`none` if the kernel has nothing of it)" : "");
		}
	return true;
}

/* ---- writing ---- */

static const struct sim_symbol *name_of(const struct sim_image *image, const struct word *w,
					uint32_t value)
{
	const struct sim_symbol *s = w->symbol ? sim_image_symbol(image, w->symbol) : NULL;

	if (w->kind != WORD_PLACE)
		return NULL;
	return s && s->value == value ? s : sim_image_at(image, value);
}

char *profile_write(const struct kernel *k, const struct sim_image *image)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool failed;

	if (!out)
		return NULL;
	fprintf(out, "%s\nname %s\n", first_line, k->name);
	if (k->like || !k->path)
		fprintf(out, "like %s\n", k->like ? k->like : k->name);
	fprintf(out, "about %s\nimage %s.elf\n", k->about, k->name);
	for (size_t n = 0; n < profile_words(); n++) {
		struct word w = profile_word(n);
		uint32_t value = profile_get(k->profile, n);
		const struct sim_symbol *s = name_of(image, &w, value);
		char text_of[80];

		if (value == PROFILE_NONE)
			snprintf(text_of, sizeof(text_of), "none");
		else if (s && s->value == value)
			snprintf(text_of, sizeof(text_of), "%.60s", s->name);
		else if (s)
			snprintf(text_of, sizeof(text_of), "%.60s+0x%x", s->name, value - s->value);
		else
			snprintf(text_of, sizeof(text_of), value < 10 ? "%u" : "0x%x", value);
		fprintf(out, *w.about ? "%-22s %-18s # %s\n" : "%-22s %s\n", w.name, text_of,
			w.about);
	}
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(text);
		return NULL;
	}
	return text;
}
