/* SPDX-License-Identifier: GPL-2.0-only */
/* tree.c: JSON (RFC 8259), read in place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show/tree.h"

#define DEPTH_MAX 64

struct reading {
	struct tree *t;
	char *text;
	size_t at, size;
	unsigned depth;
};

static bool fail(struct reading *r, const char *why)
{
	r->t->why = why;
	r->t->at = r->at;
	return false;
}

static int here(const struct reading *r)
{
	return r->at < r->size ? (unsigned char)r->text[r->at] : -1;
}

static void skip_blanks(struct reading *r)
{
	while (r->at < r->size && strchr(" \t\r\n", r->text[r->at]) && r->text[r->at])
		r->at++;
}

static bool add(struct reading *r, enum tree_kind kind, uint32_t *out)
{
	struct tree *t = r->t;

	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 256;
		struct tree_value *more =
			room < UINT32_MAX ? realloc(t->value, room * sizeof(*more)) : NULL;

		if (!more)
			return fail(r, "no memory");
		t->value = more;
		t->room = room;
	}
	t->value[t->n] = (struct tree_value){ .kind = kind };
	*out = (uint32_t)t->n++;
	return true;
}

/* ---- strings ---- */

static int hex4(const struct reading *r, size_t at)
{
	int value = 0;

	if (at + 4 > r->size)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		const char *digits = "0123456789abcdef", *d;
		char c = r->text[i] >= 'A' && r->text[i] <= 'F' ? (char)(r->text[i] | 0x20) :
								  r->text[i];

		d = c ? strchr(digits, c) : NULL;
		if (!d)
			return -1;
		value = value << 4 | (int)(d - digits);
	}
	return value;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* Behind "\u"; two of them are one character above 0xffff. A NUL and half a pair become U+FFFD. */
static bool take_unicode(struct reading *r, char **to)
{
	int code = hex4(r, r->at), low;
	uint32_t c;

	if (code < 0)
		return fail(r, "\\u without four digits");
	r->at += 4;
	c = (uint32_t)code;
	if (code >= 0xd800 && code < 0xdc00 && r->at + 6 <= r->size && r->text[r->at] == '\\' &&
	    r->text[r->at + 1] == 'u' && (low = hex4(r, r->at + 2)) >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + (((uint32_t)code & 0x3ff) << 10) + ((uint32_t)low & 0x3ff);
		r->at += 6;
	} else if (!code || (code >= 0xd800 && code < 0xe000)) {
		c = 0xfffd;
	}
	*to = put_utf8(*to, c);
	return true;
}

static bool take_escape(struct reading *r, char **to)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	int c = here(r);
	const char *name = c > 0 ? strchr(names, c) : NULL;

	r->at++;
	if (c == 'u')
		return take_unicode(r, to);
	if (!name)
		return fail(r, "a \\ before something unknown");
	*(*to)++ = values[name - names];
	return true;
}

static bool take_string(struct reading *r, const char **out)
{
	char *to;

	if (here(r) != '"')
		return fail(r, "a string is missing");
	*out = to = r->text + ++r->at;
	for (int c; (c = here(r)) != '"';) {
		if (c < 0x20)
			return fail(r, c < 0 ? "a string without its end" :
					       "a control character in a string");
		r->at++;
		if (c != '\\')
			*to++ = (char)c;
		else if (!take_escape(r, &to))
			return false;
	}
	r->at++;
	*to = '\0';
	return true;
}

/* ---- values ---- */

static bool take_value(struct reading *r, uint32_t *out);

/* "[1, 2]" or "{"a": 1}" */
static bool take_members(struct reading *r, uint32_t of, char end)
{
	uint32_t last = 0, v;

	r->at++;
	skip_blanks(r);
	if (here(r) == end) {
		r->at++;
		return true;
	}
	for (;;) {
		const char *key = NULL;

		skip_blanks(r);
		if (end == '}') {
			if (!take_string(r, &key))
				return false;
			skip_blanks(r);
			if (here(r) != ':')
				return fail(r, "a : is missing");
			r->at++;
		}
		if (!take_value(r, &v))
			return false;
		r->t->value[v].key = key;
		if (last)
			r->t->value[last].next = v;
		else
			r->t->value[of].first = v;
		last = v;
		skip_blanks(r);
		if (here(r) == end)
			break;
		if (here(r) != ',')
			return fail(r, here(r) < 0 ? "it is cut off" : "a , is missing");
		r->at++;
	}
	r->at++;
	return true;
}

static bool take_word(struct reading *r, uint32_t *out)
{
	static const struct {
		const char *word;
		enum tree_kind kind;
	} words[] = { { "null", TREE_NULL }, { "false", TREE_FALSE }, { "true", TREE_TRUE } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].word);

		if (r->size - r->at < n || memcmp(r->text + r->at, words[i].word, n) != 0)
			continue;
		r->at += n;
		return add(r, words[i].kind, out);
	}
	return fail(r, r->at < r->size ? "no value" : "it is cut off");
}

/* The text of a number ends where the separator stands, which is read before it ends: so it is not put an
 * end to. */
static bool take_number(struct reading *r, uint32_t *out)
{
	if (!add(r, TREE_NUMBER, out))
		return false;
	r->t->value[*out].text = r->text + r->at;
	while (r->at < r->size && strchr("+-.0123456789eE", r->text[r->at]) && r->text[r->at])
		r->at++;
	return true;
}

static bool take_value(struct reading *r, uint32_t *out)
{
	const char *text;
	bool ok;
	int c;

	skip_blanks(r);
	c = here(r);
	if (c == '"')
		return take_string(r, &text) && add(r, TREE_STRING, out) &&
		       (r->t->value[*out].text = text, true);
	if (c == '-' || (c >= '0' && c <= '9'))
		return take_number(r, out);
	if (c != '[' && c != '{')
		return take_word(r, out);
	if (r->depth == DEPTH_MAX)
		return fail(r, "too many brackets within each other");
	r->depth++;
	ok = add(r, c == '[' ? TREE_LIST : TREE_OBJECT, out) &&
	     take_members(r, *out, c == '[' ? ']' : '}');
	r->depth--;
	return ok;
}

bool tree_read(struct tree *t, char *text, size_t size)
{
	struct reading r = { .t = t, .text = text, .size = size };
	uint32_t v;

	t->n = 0;
	t->why = NULL;
	if (!take_value(&r, &v))
		return false;
	skip_blanks(&r);
	return r.at == size || fail(&r, "something stands behind it");
}

void tree_free(struct tree *t)
{
	free(t->value);
	*t = (struct tree){ 0 };
}

/* ---- asked ---- */

const struct tree_value *tree_first(const struct tree *t, const struct tree_value *of)
{
	return of && of->first ? &t->value[of->first] : NULL;
}

const struct tree_value *tree_next(const struct tree *t, const struct tree_value *v)
{
	return v->next ? &t->value[v->next] : NULL;
}

const struct tree_value *tree_get(const struct tree *t, const struct tree_value *of,
				  const char *key)
{
	const struct tree_value *v = of && of->kind == TREE_OBJECT ? tree_first(t, of) : NULL;

	while (v && strcmp(v->key, key) != 0)
		v = tree_next(t, v);
	return v;
}

const char *tree_text(const struct tree *t, const struct tree_value *of, const char *key)
{
	const struct tree_value *v = tree_get(t, of, key);

	return v && v->kind == TREE_STRING ? v->text : NULL;
}

int64_t tree_int(const struct tree *t, const struct tree_value *of, const char *key, int64_t preset)
{
	const struct tree_value *v = tree_get(t, of, key);
	char *end;
	long long value;

	if (!v || v->kind != TREE_NUMBER)
		return preset;
	errno = 0;
	value = strtoll(v->text, &end, 10);
	return errno || end == v->text || *end == '.' || *end == 'e' || *end == 'E' ? preset :
										      value;
}
