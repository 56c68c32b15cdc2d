/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h: tasks: who runs (sched.c, sleep.c), their life (fork.c, exec.c, exit.c, wait.c), signals
 * (queue.c, signal.c, sigframe.c, sigcalls.c), the FPU.
 */
/* clang-format off */
#ifndef ASM_PROCESS_H
#define ASM_PROCESS_H

#include "file/file.h"
#include "guest.h"

/* ---- threads: a group is its leader and whoever has it as leader ---- */
static inline int same_group(const struct task_struct *a, const struct task_struct *b)
{
	return a->leader == b->leader;
}

static inline int is_leader(const struct task_struct *t)
{
	return t->leader == t;
}

int group_is_alone(const struct task_struct *t);	/* no other thread of it lives */

/* ---- sched.c ---- */
extern struct task_struct *fpu_owner;	/* whose FPU registers the CPU holds, or NULL */
extern uint32_t asks_who_runs;		/* the host sets it */
extern uint32_t time_jumps;		/* and this: a tick comes when the next timer rings */
void schedule(void);
void yield(void);			/* to whoever can run */
void save_segments(struct thread_struct *t);
void panic(const char *text) __attribute__((noreturn));
asmlinkage void schedule_tail(struct task_struct *previous);
struct task_struct *switch_to(struct task_struct *previous, struct task_struct *next);
asmlinkage void resched_task(struct task_struct *t);
void load_own_tls(const struct task_struct *self);	/* what its thread_struct has */
void flush_thread(struct task_struct *self);	/* execve's: TLS, debug registers, FPU as at the start */

/* ---- sleep.c ---- */
asmlinkage int32_t sys_sched_yield(void);
extern uint64_t clock_skew;		/* nanoseconds slept through; the host reads it */
extern uint32_t sleeps;			/* that have begun */
void schedule_for_ever(struct task_struct *self, int told) __attribute__((noreturn));
int run_timers(void);			/* those that are due; how many */
int next_timer(uint64_t *when);		/* 0: there is none */
void skip_time(uint64_t when);		/* up to then, if it is to come */
void do_timer_interrupt(struct pt_regs *regs, int error_code);
int32_t restart_sleep(void);		/* the sleep that a signal interrupted, up to the same time */
void timers_forget(struct task_struct *leader);	/* a process that ends has none */

/* ---- timer.c: timers that timer_create has made ---- */
#define NR_TIMERS	32
extern struct timer {
	uint64_4 until, interval;	/* until 0: it does not run */
	struct task_struct *leader;	/* NULL: free */
	struct task_struct *thread;	/* the signal is its alone; NULL: the process's */
	uint32_t sig, value;		/* sig 0: nobody is told */
	uint32_t realtime, overrun;
} posix_timers[NR_TIMERS];
uint64_t first_timer(void);	/* when; NO_TIMEOUT: there is none */
int ring_timers(uint64_t now);	/* those that are due; how many */
void forget_timers(struct task_struct *leader);

/* ---- fork.c, exit.c, exec.c ---- */
void do_exit(int32_t code) __attribute__((noreturn));
void do_group_exit(int32_t code) __attribute__((noreturn));
void release_task(struct task_struct *t);	/* its slot is free */
void leave_space(struct task_struct *self);	/* exit's and execve's: whoever waits for it hears of it */
void drop_space(uint32_t space);	/* the last user is gone: the host's pages, too */
struct sighand *sighand_new(const struct sighand *like);	/* NULL: no room */
void sighand_put(struct sighand *s);
void ptrace_event(int event, uint32_t message);	/* a stop, if the tracer has asked for it */

/* ---- wait.c ---- */
void wake_parent(struct task_struct *parent);

/* ---- group stops: who has to stop. Up to 3.0 all that look, while one is to; from then on who has been told ---- */
#define JOBCTL_STOP_SIGMASK	0xffff		/* the signal of the last one */
#define JOBCTL_STOP_PENDING	(1 << 17)
#define JOBCTL_STOP_CONSUME	(1 << 18)	/* and is counted */
#ifdef JOBCTL
static inline uint32_t has_to_stop(const struct task_struct *t)
{
	return JOBCTL(t) & JOBCTL_STOP_PENDING;
}

static inline void is_to_stop(struct task_struct *t, int sig, uint32_t how)
{
	JOBCTL(t) = (uint32_t)sig | how;
}

static inline int stop_signal(const struct task_struct *t)
{
	int sig = JOBCTL(t) & JOBCTL_STOP_SIGMASK;

	return sig ? sig : SIGSTOP;
}

/* It stops, or it need not any more. Not 0: it was counted. */
static inline uint32_t stop_taken(struct task_struct *t)
{
	uint32_t had = JOBCTL(t);

	JOBCTL(t) = had & JOBCTL_STOP_SIGMASK;
	return had & JOBCTL_STOP_CONSUME;
}
#else
static inline uint32_t has_to_stop(const struct task_struct *t)
{
	return t->leader->group.stop_count;
}

static inline void is_to_stop(struct task_struct *t, int sig, uint32_t how)
{
	(void)t, (void)sig, (void)how;
}

static inline int stop_signal(const struct task_struct *t)
{
	return t->leader->group.exit_code;
}

static inline uint32_t stop_taken(struct task_struct *t)
{
	(void)t;
	return 1;
}
#endif

/* Of a task that its tracer has in a stop: alone it knows of its own group stop only. */
static inline int group_is_stopped(const struct task_struct *t)
{
	const struct group *g = &t->leader->group;

	return with_processes ? (g->flags & GROUP_STOPPED) || g->stop_count : !t->last_siginfo;
}

/* ---- queue.c ---- */
int send_sig(int sig, struct task_struct *t);
int send_sig_info(int sig, const struct siginfo *info, struct task_struct *t);	/* to that one task */
int kill_task(int sig, struct task_struct *t);
int32_t kill_one(struct task_struct *t, int32_t sig);	/* if it may */
int group_signal(int sig, const struct siginfo *info, struct task_struct *t);
void force_sig(int sig, struct task_struct *t);
void force_sig_info(int sig, const struct siginfo *info, struct task_struct *t);
void recalc_sigpending(struct task_struct *t);
int dequeue_signal(struct task_struct *self, uint64_t blocked, struct siginfo *info);
void queue_again(int sig, const struct siginfo *info, struct task_struct *t);
void forget_signal(int sig, struct task_struct *self);	/* its process does not want it any more, if it waits */
void flush_queues(struct task_struct *t);	/* nothing is pending */
int valid_signal(int sig);
void set_blocked(struct task_struct *self, uint64_t mask);
void signal_wake_up(struct task_struct *t, int even_stopped);

#define IGNORED_BY_DEFAULT (SIGBIT(SIGCONT) | SIGBIT(SIGCHLD) | SIGBIT(SIGWINCH) | SIGBIT(SIGURG))
#define STOPS_BY_DEFAULT   (SIGBIT(SIGSTOP) | SIGBIT(SIGTSTP) | SIGBIT(SIGTTIN) | SIGBIT(SIGTTOU))

/* ---- signal.c ---- */
void do_notify_resume(struct pt_regs *regs, void *oldset, uint32_t flags);
void ptrace_notify(int32_t exit_code);
void notify_syscall_stop(struct task_struct *self);
void send_sigtrap(struct task_struct *t, struct pt_regs *regs, int error_code);
void notify_parent(struct task_struct *self, int code, int32_t status);	/* of a stop */
void notify_exit(struct task_struct *self, int sig);	/* sig: its exit_signal, or SIGCHLD */

/* ---- sigframe.c: 0, or -EFAULT and nothing of the frame can be relied on ---- */
int setup_frame(int sig, const struct siginfo *info, struct pt_regs *regs, uint64_t mask);

/* ---- sigcalls.c: the stack for handlers ---- */
uint32_t altstack_state(const struct task_struct *self, uint32_t esp);	/* SS_ONSTACK, SS_DISABLE, or 0 */
int32_t set_altstack(struct task_struct *self, uint32_t stack, uint32_t flags, uint32_t size, uint32_t esp);

/* ---- tls.c ---- */
int32_t get_tls(const struct thread_struct *t, int32_t index, uint32_t data);
int32_t set_tls(struct thread_struct *t, int32_t index, uint32_t data);

/* ---- futex.c ---- */
int futex_wake(uint32_t addr, int most);	/* of the present space; how many */
void exit_robust_list(struct task_struct *self);

/* ---- ids.c ---- */
void hang_up_orphans(int32_t pgrp);	/* SIGHUP and SIGCONT, if one of them is stopped */

/* ---- fpu.c ---- */
void fpu_save(struct task_struct *t);
void fpu_load(struct task_struct *t);
void fpu_init(struct task_struct *t);
int32_t getfpregs(struct task_struct *child, uint32_t data);
int32_t setfpregs(struct task_struct *child, uint32_t data);
int32_t getfpxregs(struct task_struct *child, uint32_t data);
int32_t setfpxregs(struct task_struct *child, uint32_t data);
#define FPSTATE_SIZE	(112 + 512)	/* fsave's form and a status word, then fxsave's */
int save_fpstate(struct task_struct *self, uint32_t at);	/* into a signal's frame: 0 or -EFAULT */
int restore_fpstate(struct task_struct *self, uint32_t at);

#endif
