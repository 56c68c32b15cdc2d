/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json.c: the JSON writer of --format json and ndjson. See json.h.
 */
#include "json.h"

#include <inttypes.h>
#include <stddef.h>

#include "report/utf8.h"

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

static void put_string(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	putc('"', out);
	for (; *s; s += length) {
		length = cli_utf8_length(s);
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

void json_bool(struct json *j, bool value)
{
	separate(j);
	fputs(value ? "true" : "false", j->out);
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

void json_put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_string(j, text);
}

void json_put_number(struct json *j, const char *key, uint64_t number)
{
	json_key(j, key);
	json_uint(j, number);
}
