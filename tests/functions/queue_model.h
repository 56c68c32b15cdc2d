/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * queue_model.h: signals as Linux 2.6.11 and 2.6.14 send, queue, take and forget them (docs/kernels.md §7, signal(7), kill(2),
 * sigqueue(3)), as a function of what is in eight tasks. A queue is a list of what waits there; where the guest keeps its
 * entries is the guest's own affair. Written from those pages, not from asm/.
 */
#ifndef TESTS_QUEUE_MODEL_H
#define TESTS_QUEUE_MODEL_H

#include "tests/helpers/function.h"
#include "tests/helpers/names.h" /* before the guest's own, which are macros */

#include "asm/abi.h"

enum { QUEUE_TASKS = 8, QUEUE_HANDS = 3, QUEUE_LONGEST = 12, QUEUE_SELF = TASK_PROGRAM };

/* Real-time signals in a row. */
struct waiting {
	unsigned n;
	struct siginfo info[QUEUE_LONGEST];
};

struct signals {
	struct caller caller;
	const char *kernel;
	uint32_t tasks, pool, hands, infos; /* where they lie */
	bool processes;
	struct task_struct task[QUEUE_TASKS];
	uint32_t tif[QUEUE_TASKS]; /* thread_info.flags */
	struct waiting own[QUEUE_TASKS], shared[QUEUE_TASKS];
	struct sighand hand[QUEUE_HANDS];
	unsigned elsewhere; /* entries that others have */
};

struct signals queue_open(const char *kernel);
/* The entries of the queues at places that are drawn; and compared word by word, without them. */
void queue_write(struct signals *w);
void queue_expect(const struct signals *w, const char *what);
uint32_t queue_task_at(const struct signals *w, unsigned i);
/* Number of the task there; QUEUE_TASKS: none. */
unsigned queue_index(const struct signals *w, uint32_t at);

bool queue_has_handler(const struct signals *w, unsigned i);
struct sigaction *queue_action(struct signals *w, unsigned i, int sig);
uint64_t queue_bit(int sig);

void queue_recalc(struct signals *w, unsigned i);
void queue_wake_up(struct signals *w, unsigned i, bool even_stopped);
void queue_block(struct signals *w, unsigned i, uint64_t mask);
int32_t queue_take(struct signals *w, unsigned i, uint64_t blocked, struct siginfo *info);
void queue_flush(struct signals *w, unsigned i);
void queue_forget(struct signals *w, unsigned i, int sig);
int32_t queue_send(struct signals *w, int sig, const struct siginfo *info, unsigned i);
void queue_force(struct signals *w, int sig, const struct siginfo *info, unsigned i);
int32_t queue_send_group(struct signals *w, int sig, const struct siginfo *info, unsigned i);
void queue_stop_or_continue(struct signals *w, int sig, unsigned i);

/* kill(2); and to a thread, with tgid 0 for tkill. */
int32_t queue_kill(struct signals *w, int32_t pid, int32_t sig);
int32_t queue_kill_thread(struct signals *w, int32_t tgid, int32_t tid, int32_t sig,
			  const struct siginfo *info);
int32_t queue_sigqueue(struct signals *w, int32_t pid, int32_t sig, const struct siginfo *info);
struct siginfo queue_from_user(const struct signals *w, int sig, int code);

#endif
