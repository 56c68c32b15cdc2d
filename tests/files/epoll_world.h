/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * epoll_world.h: epoll sets that are drawn at random, in each other, too, and what a change of a file does to them in words.
 * Written from epoll(7), epoll_ctl(2) and epoll_wait(2). Files 0 to WORLD_SETS - 1 of file_world.h are the sets, a set is in those of
 * lower numbers alone; the last two are the host's.
 */
#ifndef TESTS_EPOLL_WORLD_H
#define TESTS_EPOLL_WORLD_H

#include "tests/files/file_world.h"

enum { WORLD_SETS = 7, POOL_SETS = 32, POOL_WATCHES = 512, HOST_FILES = WORLD_FILES - 2 };
enum { EPOLL_FILES = 0x30000 }; /* what fstat sees of them; + which */

#define EPOLLONESHOT (1u << 30)
#define EPOLLET      (1u << 31)

/* epoll.c's; set 0: a free one. The three lists: of its file, of its set, of what is to be looked at. */
enum { OF_FILE, OF_SET, QUEUE };

struct guest_watch {
	uint32_t set, file, fd, events, data[2], queued, next[3];
};

struct guest_set {
	uint32_t used, file, watches, queue;
};

struct watch_list {
	unsigned n;
	uint16_t at[POOL_WATCHES];
};

struct epoll_world {
	struct file_world files;
	uint32_t sets, watches, set_ops;
	struct guest_watch watch[POOL_WATCHES];
	struct guest_set set[POOL_SETS];
	struct watch_list of_set[POOL_SETS], queue[POOL_SETS], of_file[WORLD_FILES];
};

void open_epoll_world(struct epoll_world *w, const char *kernel);
void draw_epoll(struct epoll_world *w);
void put_epoll(const struct epoll_world *w);
void expect_epoll(const struct epoll_world *w);

bool is_set(const struct epoll_world *w, unsigned file);
bool is_host_file(const struct epoll_world *w, unsigned file);
unsigned set_of(const struct epoll_world *w, unsigned file);     /* its slot */
unsigned file_of_set(const struct epoll_world *w, unsigned set); /* and back */
uint32_t set_at(const struct epoll_world *w, unsigned set);
/* Into its lists; it is not queued. */
void link_watch(struct epoll_world *w, unsigned i, unsigned set, unsigned file, uint32_t fd);
void draw_into_queue(struct epoll_world *w, unsigned i);

/* What the host says of one of its files, which it is asked now. */
uint32_t model_ask(const struct epoll_world *w, uint32_t nr, unsigned file, uint32_t answer);
/* What holds of a file; the guest asks now whom it has to ask. */
uint32_t model_poll(struct epoll_world *w, unsigned file);
void model_tell(struct epoll_world *w, unsigned i);
void model_changed(struct epoll_world *w, unsigned file);
void model_queue_again(struct epoll_world *w, unsigned i); /* behind all others */
void model_unqueue(struct epoll_world *w, unsigned i);
void model_remove(struct epoll_world *w, unsigned i);
void model_release_file(struct epoll_world *w, unsigned file); /* nobody has it any more */
/* How many sets it is in, one in the other; and how many are in it. */
unsigned model_above(const struct epoll_world *w, unsigned file);
unsigned model_below(const struct epoll_world *w, unsigned file);
bool model_contains(const struct epoll_world *w, unsigned outer, unsigned inner);

#endif
