/* SPDX-License-Identifier: GPL-2.0-only */
/* level.h: one level of the exploration, and who works on it. See explore.c. */
#ifndef LIB_EXPLORE_LEVEL_H
#define LIB_EXPLORE_LEVEL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "lib/choice/explore.h"

#define LEVEL_THREADS 64

/* What a choice led to. */
struct found {
	sysemu_edge edge;
	sysemu_node to;
	sysemu_snapshot *snapshot; /* NULL: nobody may want it */
	uint32_t *path;            /* malloc'ed; NULL: nobody asks */
	size_t n_path;
};

struct item {
	uint32_t node, by_edge;
	bool again;       /* not the node's first: its edges are compared */
	uint32_t way_out; /* world_way_out */
	sysemu_snapshot *snapshot;
	struct found *found;
	size_t n_found;
};

/* The nodes that a thread has met in this level, and how many snapshots it took of each. */
struct seen {
	struct seen_slot {
		sysemu_node node;
		uint32_t count; /* 0: free */
	} * slots;
	size_t size, used;
};

struct level;

struct worker {
	struct level *level;
	struct world world;
	struct seen seen;
	struct path_log log;
	pthread_t thread;
	bool ok;
};

struct level {
	const sysemu_explore_config *config;
	sysemu_exploration *x; /* only read while threads work */
	struct item *items, *next;
	size_t n_items, n_next, room_next;
	size_t first, behind; /* the batch of items that is worked on */
	atomic_size_t taken;
	bool only_again;
	struct worker workers[LEVEL_THREADS];
	unsigned n_workers;
	char text[256];
};

/* A thread: takes items until there are none. `worker` as void *. */
void *level_work(void *worker);

#endif
