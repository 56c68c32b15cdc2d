/* SPDX-License-Identifier: GPL-2.0-only */
/* tree.h: JSON that is read: a document as values in a row. Implemented by tree.c; json.h writes. */
#ifndef CLI_SHOW_TREE_H
#define CLI_SHOW_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tree_kind {
	TREE_NULL,
	TREE_FALSE,
	TREE_TRUE,
	TREE_NUMBER,
	TREE_STRING,
	TREE_LIST,
	TREE_OBJECT
};

struct tree_value {
	enum tree_kind kind;
	const char *key;  /* in an object */
	const char *text; /* of a string, or of a number as it stands there */
	uint32_t first;   /* of a list's or object's values; 0: it has none */
	uint32_t next;    /* beside it; 0: no more */
};

/* Values and texts are there until the next is read, or the document's memory is changed. */
struct tree {
	struct tree_value *value; /* 0 is the document itself */
	size_t n, room;
	const char *why; /* it is no JSON, in the text at `at` */
	size_t at;
};

/* `text` is changed: texts end in it. It has a byte behind it. False: why and at say it. */
bool tree_read(struct tree *t, char *text, size_t size);
void tree_free(struct tree *t);

/* What of is NULL, or has no such value, is NULL; of a value of another kind, too. */
const struct tree_value *tree_get(const struct tree *t, const struct tree_value *of,
				  const char *key);
const char *tree_text(const struct tree *t, const struct tree_value *of, const char *key);
/* The preset stands for what is not there or is no such number. */
int64_t tree_int(const struct tree *t, const struct tree_value *of, const char *key,
		 int64_t preset);
/* The first value of a list or object, and the one beside it. */
const struct tree_value *tree_first(const struct tree *t, const struct tree_value *of);
const struct tree_value *tree_next(const struct tree *t, const struct tree_value *v);

#endif
