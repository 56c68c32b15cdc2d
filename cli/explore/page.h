/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.h: `sysemu explore --page`: explored graphs as a page in which the reader is the tracer: one file
 * that needs nothing else. page.c collects and packs, page_write.c writes, page.js shows.
 */
#ifndef CLI_EXPLORE_PAGE_H
#define CLI_EXPLORE_PAGE_H

#include "cli/explore/explore.h"
#include "cli/page/page.h"

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
