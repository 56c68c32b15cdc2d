/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json.c: the JSON writer of --format json and ndjson. See json.h.
 */
#include "json.h"

#include <inttypes.h>
#include <stddef.h>

static void separate(struct json *j)
{
	if (j->comma)
		putc(',', j->out);
	j->comma = true;
}

void json_open(struct json *j, char bracket)
{
	separate(j);
	putc(bracket, j->out);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	putc(bracket, j->out);
	j->comma = true;
}

/* The length of the well-formed UTF-8 sequence at `s`, 0 if there is none: overlong
 * forms, surrogates and what lies above U+10FFFF are not well-formed (RFC 3629). */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high;
		size_t length;
	} forms[] = {
		{ 0x20, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s[0] < forms[i].first_low || s[0] > forms[i].first_high)
			continue;
		if (forms[i].length == 1)
			return 1;
		if (s[1] < forms[i].second_low || s[1] > forms[i].second_high)
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

static void put_string(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	putc('"', out);
	for (; *s; s += length) {
		length = utf8_length(s);
		if (*s == '"' || *s == '\\') {
			putc('\\', out);
			putc(*s, out);
		} else if (length) {
			fwrite(s, 1, length, out);
		} else {
			/* A control character, or a byte that JSON cannot carry. */
			fprintf(out, "\\u%04x", *s < 0x20 ? *s : 0xfffd);
			length = 1;
		}
	}
	putc('"', out);
}

void json_key(struct json *j, const char *key)
{
	separate(j);
	put_string(j->out, key);
	putc(':', j->out);
	j->comma = false;
}

void json_string(struct json *j, const char *text)
{
	separate(j);
	if (text)
		put_string(j->out, text);
	else
		fputs("null", j->out);
}

void json_int(struct json *j, int64_t value)
{
	separate(j);
	fprintf(j->out, "%" PRId64, value);
}

void json_uint(struct json *j, uint64_t value)
{
	separate(j);
	fprintf(j->out, "%" PRIu64, value);
}

void json_double(struct json *j, double value)
{
	separate(j);
	fprintf(j->out, "%.6f", value);
}

void json_end(struct json *j)
{
	putc('\n', j->out);
	j->comma = false;
}
