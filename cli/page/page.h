/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.h: pages that a reader opens from a file: one file, which asks nobody for anything, with its data packed in
 * it. pack.c packs, frame.c writes; page.css and page.js are of all pages, the rest is its command's.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes that grow; `failed`: there was no memory for some. */
struct bytes {
	unsigned char *data;
	size_t n, room;
	bool failed;
};
void bytes_add(struct bytes *b, const void *data, size_t n);
void bytes_number(struct bytes *b, uint64_t value); /* seven bits a byte, low ones first */

/* Rows that are equal are one; each has a number, from 0. */
struct rows {
	struct bytes data; /* each with its size before it */
	uint32_t *table;   /* by hash: row + 1 */
	size_t *at;        /* of each row */
	size_t n, room, table_size;
};
uint32_t rows_find(struct rows *r, const void *row, size_t n); /* adds it if it is new */
/* Of a row as text, cut to fit. */
void rows_text(const struct rows *r, uint32_t row, char *text, size_t size);
void rows_free(struct rows *r);

/* Deflate's format without a head (RFC 1951): what a browser unpacks by itself. False: no memory. */
bool deflate(const unsigned char *data, size_t n, struct bytes *out);

void bytes_rows(struct bytes *b,
		const struct rows *r); /* how many, and each with its size before it */

/* What is of one page alone. */
struct page_parts {
	const char *title, *style, *text;
	const char *const *scripts; /* one behind the other; NULL behind the last */
};
/* Writes it; unpack() of page.js gives scripts the bytes of `data`. False: no memory. */
bool page_frame(FILE *out, const struct page_parts *parts, const struct bytes *data);

/* The text of a source of an entry path, "asm/entry/entry.S"; NULL: pages have no such source. */
const char *page_source(const char *file);

#endif
