/* SPDX-License-Identifier: GPL-2.0-only */
/* queue_draw.h: what is drawn of tasks, signals and queues for the tests against queue_model.h. */
#ifndef TESTS_QUEUE_DRAW_H
#define TESTS_QUEUE_DRAW_H

#include "tests/functions/queue_model.h"

enum { SIGNALS = 64, QUEUE_BY_PROGRAM = -1, BY_KERNEL = 0x80, BY_TKILL = -6 };

uint64_t any_set(void);

int draw_signal(void);
struct siginfo draw_info(int sig);
/* All that there is, and into the machine. */
void queue_draw_world(struct signals *w);
unsigned draw_one(void); /* of the programs */
/* Where something of a program's own may lie: all of it is there, or not all. */
uint32_t draw_place(uint32_t size, bool *is_there);

#endif
