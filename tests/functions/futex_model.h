/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * futex_model.h: who waits on which word, as futex(2) has it, drawn at random; and who is woken.
 */
#ifndef TESTS_FUTEX_MODEL_H
#define TESTS_FUTEX_MODEL_H

#include "tests/files/file_world.h"

enum { WAITERS_MOST = 10 };

#define USER     0x50000000u /* two pages that are there, the next one is not */
#define USER_END (USER + 2 * SIM_PAGE)

/* futex.c's struct waiter. */
struct guest_waiter {
	uint32_t key[2], offset, bits, next, task, woken;
};

/* Which word that is, wherever it is mapped. */
struct futex_key {
	uint32_t page[2], offset;
};

extern struct file_world futex_world; /* for what it says of memory and calls alone */
extern uint32_t futex_queue_at;       /* where the guest keeps the first one's address */
extern struct guest_waiter futex_queue[WAITERS_MOST];
extern unsigned futex_order[WAITERS_MOST], futex_waiting; /* the oldest first */

void futex_open(const char *kernel);
void futex_draw(void);
void futex_expect(void);
uint32_t futex_draw_bits(void);
extern uint32_t futex_place[3]; /* in its page, of the words that somebody waits on */
uint32_t futex_draw_word(void); /* one of these */

bool futex_is_there(uint32_t at, uint32_t bytes);
uint32_t futex_waiter_at(unsigned i);
/* The host is asked, and may have an answer; 0, -EINVAL, -EFAULT. */
int32_t futex_key(uint32_t addr, struct futex_key *k);
bool futex_waits_on(const struct guest_waiter *q, const struct futex_key *k);
void futex_take_out(unsigned place); /* in the order */
/* How many. */
int32_t futex_wakes(const struct futex_key *k, int32_t most, uint32_t bits);

#endif
