/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_world.h: a table of tasks that are drawn at random, for tests that call one function of the guest by itself, and what
 * Linux of 2005 does to them in words: a signal that is sent, whoever sleeps woken, a parent told. Written from manual pages and
 * docs/kernels.md, not from asm/.
 */
#ifndef TESTS_TASK_WORLD_H
#define TESTS_TASK_WORLD_H

#include "tests/helpers/function.h"
#include "tests/helpers/names.h"

#include "asm/abi.h"

enum { WORLD_TASKS = 9 };

struct task_world {
	const char *kernel;
	struct caller caller;
	uint32_t tasks;
	bool processes;
	unsigned n, self; /* slots; who runs */
	struct task_struct task[WORLD_TASKS];
	uint32_t tif[WORLD_TASKS];
	struct sighand hand
		[WORLD_TASKS]; /* each slot's place for one; task_struct.sighand says whose it has */
	uint32_t restart[5];
};

/* ---- drawing ---- */

/* A machine whose program calls getpid, again and again. */
struct task_world open_world(const char *kernel);
void close_world(struct task_world *w);
/* Processes, threads, parents, tracers, ids, states, handlers, flags; who runs is one of them. */
void draw_world(struct task_world *w);
void put_world(const struct task_world *w);
void get_world(struct task_world *w);
void expect_world(const struct task_world *w);

/* ---- words that are addresses ---- */
uint32_t task_at(const struct task_world *w, unsigned slot);
unsigned slot_of(const struct task_world *w, uint32_t at);
struct task_struct *leader_of(struct task_world *w, unsigned slot);
struct sigaction *action_of(struct task_world *w, unsigned slot, int sig);
uint32_t hand_at(const struct task_world *w, unsigned slot);
uint32_t info_at(const struct task_world *w, unsigned slot); /* its thread_info */
/* From schedule back to whoever has called it; the world as it is now is put before. */
void leave_schedule(const struct task_world *w);
void expect_at(const struct task_world *w, const char *name);
/* It comes to that function, whose work is another test's, and goes on with its answer; the registers it was called with. */
struct sim_regs expect_call(const struct task_world *w, const char *name, uint32_t answer);

/* ---- who is who ---- */
bool is_there(const struct task_world *w, unsigned slot);
bool lives(const struct task_world *w, unsigned slot);
bool same_process(const struct task_world *w, unsigned a, unsigned b);
bool is_first(const struct task_world *w, unsigned slot);    /* of its process */
bool others_live(const struct task_world *w, unsigned slot); /* threads beside it */

/* ---- what is done to them ---- */
void model_look_for_signals(struct task_world *w, unsigned slot); /* P, anew */
void model_wake_for_signal(struct task_world *w, unsigned slot, bool even_stopped);
void model_signal_process(struct task_world *w, unsigned slot, const struct siginfo *info);
void model_signal_task(struct task_world *w, unsigned slot, const struct siginfo *info);
void model_kill(struct task_world *w, unsigned slot, int sig); /* by who runs */
void model_kernel_kill(struct task_world *w, unsigned slot, int sig);
void model_wake_parent(struct task_world *w, unsigned parent);
/* A stop, or that it goes on, as its parent hears of it. */
void model_tell_parent(struct task_world *w, unsigned slot, unsigned parent, int code, int status);
/* An end. exit_signal becomes -1 where nobody is going to wait. */
void model_tell_end(struct task_world *w, unsigned slot, int sig);
void model_release(struct task_world *w, unsigned slot);
bool model_is_orphaned(struct task_world *w, int32_t pgrp);

#endif
