/* SPDX-License-Identifier: GPL-2.0-only */
/* process.h: tasks: who runs (sched.c), signals, their frames, the FPU. */
/* clang-format off */
#ifndef ASM_PROCESS_H
#define ASM_PROCESS_H

#include "guest.h"

/* ---- sched.c ---- */
extern struct task_struct *fpu_owner;	/* whose FPU registers the CPU holds, or NULL */
void schedule(void);
void save_segments(struct thread_struct *t);
asmlinkage void do_exit(int32_t code) __attribute__((noreturn));
void panic(const char *text) __attribute__((noreturn));
struct task_struct *new_task(struct task_struct *parent);
asmlinkage void schedule_tail(struct task_struct *previous);
struct task_struct *switch_to(struct task_struct *previous, struct task_struct *next);
asmlinkage void resched_task(struct task_struct *t);

/* ---- signal.c ---- */
void do_notify_resume(struct pt_regs *regs, void *oldset, uint32_t flags);
void ptrace_notify(int32_t exit_code);
void notify_syscall_stop(struct task_struct *self);
void send_sigtrap(struct task_struct *t, struct pt_regs *regs, int error_code);
int send_sig(int sig, struct task_struct *t);
int kill_task(int sig, struct task_struct *t);
void notify_parent(struct task_struct *self, int code, int32_t status);
void force_sig(int sig, struct task_struct *t);
void force_sig_info(int sig, const struct siginfo *info, struct task_struct *t);
void recalc_sigpending(struct task_struct *t);

/* ---- sigframe.c: 0, or -EFAULT and nothing of the frame can be relied on ---- */
int setup_frame(int sig, const struct siginfo *info, struct pt_regs *regs);

/* ---- fpu.c ---- */
void fpu_save(struct task_struct *t);
void fpu_load(struct task_struct *t);
int32_t getfpregs(struct task_struct *child, uint32_t data);
int32_t setfpregs(struct task_struct *child, uint32_t data);
int32_t getfpxregs(struct task_struct *child, uint32_t data);
int32_t setfpxregs(struct task_struct *child, uint32_t data);

#endif
