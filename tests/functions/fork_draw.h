/* SPDX-License-Identifier: GPL-2.0-only */
/* fork_draw.h: a call of fork, vfork or clone as it is drawn at random, by one of the tasks of task_world.h. */
#ifndef TESTS_FORK_DRAW_H
#define TESTS_FORK_DRAW_H

#include "tests/functions/task_world.h"

enum { STACK = 8192, INFO_WORDS = TI_SIZE / 4 };

/* In the program's page: the parent's word for the child's number, and a thread's descriptor. */
enum { TID_AT = SYSEMU_CODE_BASE + 0x800, TLS_AT = TID_AT + 0x20 };

enum { FIRST_TLS = 6, LAST_TLS = 8 };

enum call { FORK, DO_VFORK, CLONE };

struct fork {
	enum call call;
	uint32_t flags, stack; /* 0: its parent's */
	struct pt_regs frame;
	unsigned child;
	int32_t pid;
	uint32_t end, room; /* in slots: those that are used, and all that there are */
	uint32_t info[INFO_WORDS];
	uint32_t below[5]; /* under the child's frame: what switch_to takes from there */
	uint32_t tid, fs, gs;
	uint32_t image[128]; /* what the FPU has, if it is its parent's */
	bool has_fpu, born;
	struct user_desc tls;
};

/* A world with free slots, the call, and what lies in memory before it. */
void fork_draw(struct task_world *w, struct fork *f);
void fork_put(const struct task_world *w, const struct fork *f);
/* fxsave leaves words of an image as they are: this is what it makes of that one. */
void fork_look_at_fpu(const struct task_world *w, struct fork *f);
void fork_put_name(const struct task_world *w, const char *name, uint32_t word);
/* 2.6.14 leaves two words above the frame: an exception in the kernel has no esp and ss there. */
uint32_t fork_frame_end(const struct task_world *w, const struct fork *f);

#endif
