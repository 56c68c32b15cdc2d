/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.h: `sysemu explore --page`: explored graphs as a page in which the reader is the tracer: one file
 * that needs nothing else. page.c collects and packs, page_write.c writes, page.js shows.
 */
#ifndef CLI_EXPLORE_PAGE_H
#define CLI_EXPLORE_PAGE_H

#include "cli/explore/explore.h"

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
void rows_free(struct rows *r);

/* Deflate's format without a head (RFC 1951): what a browser unpacks by itself. False: no memory. */
bool deflate(const unsigned char *data, size_t n, struct bytes *out);

#define PAGE_GRAPHS_MAX 64

struct page {
	struct rows nodes, outcomes, paths, lists, places;
	struct bytes graphs; /* of each: nodes, lists, where edges lead, outcomes */
	char *meta;          /* JSON of each graph, joined */
	size_t n;
	const char *kernels[PAGE_GRAPHS_MAX];
};

/* Takes over what is needed of it. False: said on stderr. */
bool page_add(struct page *p, const struct explore_report *r);
/* Writes it; false: said on stderr. */
bool page_write(struct page *p, struct cli_output *out);
void page_free(struct page *p);

#endif
