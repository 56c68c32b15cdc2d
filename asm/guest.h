/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.h: what the guest kernel's C files share: who runs, user memory, prototypes.
 * Freestanding; arguments in eax, edx, ecx (-mregparm=3) unless `asmlinkage`.
 */
/* clang-format off */
#ifndef ASM_GUEST_H
#define ASM_GUEST_H

#include "abi.h"
#include "kernel.h"
#include "eras.h"

#define asmlinkage	__attribute__((regparm(0)))
#define NULL		((void *)0)
/* Of a set of signals; by words, since the i386 has no shift of 64 bits. */
#define SIGBIT(sig)	((uint64_t)((sig) <= 32 ? 1u << (((sig) - 1) & 31) : 0) | \
			 (uint64_t)((sig) > 32 ? 1u << (((sig) - 1) & 31) : 0) << 32)
/* One of a set that lies in memory: its half alone is looked at. */
typedef uint32_t __attribute__((may_alias)) half_set;
static inline uint32_t set_has(const void *set, int sig)
{
	return ((const half_set *)set)[(uint32_t)(sig - 1) / 32] & 1u << ((sig - 1) & 31);
}

static inline void set_add(void *set, int sig)
{
	((half_set *)set)[(uint32_t)(sig - 1) / 32] |= 1u << ((sig - 1) & 31);
}

static inline void set_drop(void *set, int sig)
{
	((half_set *)set)[(uint32_t)(sig - 1) / 32] &= ~(1u << ((sig - 1) & 31));
}

#define MIN_MAX(v, low, high) ((v) >= (low) && (v) <= (high))

/* ---- selectors ---- */

/* A selector that cannot be loaded (any more) becomes 0. */
#define LOAD_SEGMENT(seg, value)                                                \
	__asm__ volatile("1: movl %0, %%" #seg "\n"                             \
			 ".pushsection .fixup, \"ax\"\n"                        \
			 "2: pushl $0\n"                                        \
			 "popl %%" #seg "\n"                                    \
			 "jmp 3f\n"                                             \
			 ".popsection\n"                                        \
			 ".pushsection __ex_table, \"a\"\n"                     \
			 ".balign 4\n"                                          \
			 ".long 1b, 2b\n"                                       \
			 ".popsection\n"                                        \
			 "3:" : : "r"(value))

static inline uint32_t read_fs(void)
{
	uint32_t sel;

	__asm__ volatile("movl %%fs, %0" : "=r"(sel));
	return sel;
}

static inline uint32_t read_gs(void)
{
	uint32_t sel;

	__asm__ volatile("movl %%gs, %0" : "=r"(sel));
	return sel;
}

/* ---- who runs ---- */

static inline struct thread_info *current_thread_info(void)
{
	uint32_t esp;

	__asm__("movl %%esp, %0" : "=r"(esp));
	return (struct thread_info *)(esp & -THREAD_SIZE);
}

#define current (current_thread_info()->task)

/* A store costs forty loads on this engine: here and elsewhere, write what has changed. */
static inline void set_tsk_thread_flags(struct task_struct *t, uint32_t flags)
{
	if (~t->thread_info->flags & flags)
		t->thread_info->flags |= flags;
}

static inline void clear_tsk_thread_flags(struct task_struct *t, uint32_t flags)
{
	if (t->thread_info->flags & flags)
		t->thread_info->flags &= ~flags;
}

/* The same of T, E and A: in old kernels they are flags like others. */
static inline void set_call_flags(struct task_struct *t, uint32_t flags)
{
	if (~CALL_FLAGS(t->thread_info) & flags)
		CALL_FLAGS(t->thread_info) |= flags;
}

static inline void clear_call_flags(struct task_struct *t, uint32_t flags)
{
	if (CALL_FLAGS(t->thread_info) & flags)
		CALL_FLAGS(t->thread_info) &= ~flags;
}

static inline uint32_t test_thread_flag(uint32_t flag)
{
	return current_thread_info()->flags & flag;
}

/* The frame that the task's last entry from user mode built. */
static inline struct pt_regs *task_regs(const struct task_struct *t)
{
	return (struct pt_regs *)(t->thread.esp0 - sizeof(struct pt_regs));
}

static inline int user_mode(const struct pt_regs *regs)
{
	return (regs->xcs & 3) == 3 || (regs->eflags & X86_EFLAGS_VM);
}

static inline void clear_singlestep(struct task_struct *child)
{
	clear_tsk_thread_flags(child, _TIF_SINGLESTEP);
	if (CALL_EXIT_TRAP)
		clear_call_flags(child, CALL_EXIT_TRAP);
	if (FORCED_TF && (child->thread_info->flags & FORCED_TF)) {
		task_regs(child)->eflags &= ~(uint32_t)X86_EFLAGS_TF;
		clear_tsk_thread_flags(child, FORCED_TF);
	}
	if (!FORCED_TF && (child->ptrace & PT_DTRACE)) {
		task_regs(child)->eflags &= ~(uint32_t)X86_EFLAGS_TF;
		child->ptrace &= ~(uint32_t)PT_DTRACE;
	}
}

/* A call's arguments are the program's registers in the frame: a jump to another function, which
 * would build its own arguments there, must not take the place of a call. */
static inline int32_t no_jump(int32_t result)
{
	__asm__ volatile("" : "+r"(result));
	return result;
}

void first_tasks(void);	/* process/first.c, once */

extern struct task_struct tasks[NR_TASKS];
extern uint8_t stacks[NR_TASKS][THREAD_SIZE];

/* NR_TASKS_ALONE in a machine without processes; else NR_TASKS. The host sets it. */
extern uint32_t nr_tasks;
/* Behind the last slot that has a pid: most programs have few tasks, and all that look for one look here. */
extern struct task_struct *tasks_end;
void slot_free(struct task_struct *t);	/* it has none any more, and is TASK_DEAD: who asks for a state need not ask for a pid */

/* There always is one: the first program's slot keeps its pid. So the compiler asks after each task, and not before.
 * The end stays where it is: whoever frees slots on the way has a loop of its own (exit.c). */
static inline struct task_struct *first_task(struct task_struct *t)
{
	if (t >= tasks_end)
		__builtin_unreachable();
	return t;
}

#define for_each_task(t) for (struct task_struct *t = first_task(tasks); t != tasks_end; t++)
#define for_each_program(t) for (struct task_struct *t = first_task(&tasks[TASK_PROGRAM]); t != tasks_end; t++)

static inline struct task_struct *find_task_by_pid(int32_t pid)
{
	for_each_task(t) if (t->pid == pid && t->state != TASK_DEAD) return t;
	return NULL;
}

static inline void wake_up_process(struct task_struct *t)
{
	t->state = TASK_RUNNING;
}

/* ---- sleeping and waking (process/sleep.c) ----
 * The kernel is never preempted and has one CPU: what is looked at before sleep_on is still so when
 * the task sleeps.
 */
#define NO_TIMEOUT	(~(uint64_t)0)

/* Until somebody wakes the channel (any address), a signal comes, or the clock says `until`, in
 * nanoseconds. 0: woken, look again; -ERESTARTSYS: a signal; -ETIME. Each may come at any time. */
int sleep_on(const void *channel, uint64_t until);
void wake_up(const void *channel);	/* all that sleep on it */
/* What poll, select and epoll sleep on: whoever makes a file ready wakes it, too. */
extern const char poll_channel;
/* A time of 2 words, or of 4 with 64-bit ones, in nanoseconds: 0, -EFAULT, -EINVAL. */
int get_user_time(uint32_t at, unsigned words, uint64_t *ns);
int put_user_time(uint32_t at, unsigned words, uint64_t ns);
int put_user_timeval(uint32_t at, uint64_t ns);	/* in seconds and microseconds */
uint64_t clock_ns(void);		/* instructions since the boot, and what all slept through */
static inline int signal_pending(void)
{
	return (test_thread_flag(_TIF_SIGPENDING)) != 0;
}
static inline int fatal_signal_pending(const struct task_struct *t)
{
	return (t->sigpending & SIGBIT(SIGKILL)) != 0;
}
/* For a call that waits under another mask: the old one is back when it is over, behind the
 * handler of the signal that ended it. `restore`: none came. */
void set_saved_sigmask(const uint32_t mask[2]);
void restore_saved_sigmask(void);
int send_sig(int sig, struct task_struct *t);	/* the kernel's own signal, to this one task, */
int kernel_signal(int sig, struct task_struct *t);	/* to its process, */
void signal_group(int32_t pgrp, int sig);	/* and to all of a process group */
int32_t session_of_group(int32_t pgrp);	/* 0: there is none such */
int group_is_orphaned(int32_t pgrp, const struct task_struct *without);

/* ---- the host, for what is but data (boot/ask.c) ---- */
/* Up to six arguments; its answer. -ENOSYS in a machine without processes. */
int32_t ask_host(int32_t nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f);
extern uint32_t with_processes;		/* the host sets it before the first program */

/* ---- user memory: 0 or -EFAULT; nothing is assumed of the address ---- */

int access_ok(uint32_t addr, uint32_t size);		/* below TASK_SIZE; says nothing of pages */
int get_user(uint32_t *value, uint32_t addr);		/* *value = 0 on a fault */
int put_user(uint32_t value, uint32_t addr);
int get_user_byte(uint8_t *value, uint32_t addr);
int copy_from_user(void *to, uint32_t from, uint32_t words);	/* whole words */
int copy_to_user(uint32_t to, const void *from, uint32_t words);
/* Any number of bytes: those that could not be moved. */
uint32_t get_user_bytes(void *to, uint32_t from, uint32_t bytes);
uint32_t put_user_bytes(uint32_t to, const void *from, uint32_t bytes);
/* Bytes moved between the kernel and a *stopped* task's memory, as far as it is mapped. */
uint32_t access_process_vm(struct task_struct *t, uint32_t addr, void *buf, uint32_t len, int write);

#endif
