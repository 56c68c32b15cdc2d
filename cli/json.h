/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json.h: a streaming JSON writer. It keeps no tree: each call writes at once,
 * commas are its business, nesting is the caller's. Implemented by json.c.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool comma; /* the next value or key follows another one */
};

void json_open(struct json *j, char bracket);  /* '{' or '[' */
void json_close(struct json *j, char bracket); /* '}' or ']' */
void json_key(struct json *j, const char *key);
void json_string(struct json *j, const char *text); /* NULL: null */
void json_int(struct json *j, int64_t value);
void json_uint(struct json *j, uint64_t value);
/* A key and its value. */
void json_put_text(struct json *j, const char *key, const char *text);
void json_put_number(struct json *j, const char *key, uint64_t number);
void json_bool(struct json *j, bool value);
void json_double(struct json *j, double value); /* six decimals */
void json_end(struct json *j); /* the end of a line; the next value starts a new document */

#endif
