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

#define asmlinkage	__attribute__((regparm(0)))
#define NULL		((void *)0)
#define SIGBIT(sig)	(1u << ((sig) - 1))
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
	if (child->ptrace & PT_DTRACE) {
		task_regs(child)->eflags &= ~(uint32_t)X86_EFLAGS_TF;
		child->ptrace &= ~(uint32_t)PT_DTRACE;
	}
}

extern struct task_struct tasks[NR_TASKS];
extern uint8_t stacks[NR_TASKS][THREAD_SIZE];

static inline struct task_struct *find_task_by_pid(int32_t pid)
{
	for (unsigned i = 0; pid > 0 && i < NR_TASKS; i++)
		if (tasks[i].pid == pid && tasks[i].state != TASK_DEAD)
			return &tasks[i];
	return NULL;
}

static inline void wake_up_process(struct task_struct *t)
{
	t->state = TASK_RUNNING;
}

/* ---- user memory: 0 or -EFAULT; nothing is assumed of the address ---- */

int access_ok(uint32_t addr, uint32_t size);		/* below TASK_SIZE; says nothing of pages */
int get_user(uint32_t *value, uint32_t addr);		/* *value = 0 on a fault */
int put_user(uint32_t value, uint32_t addr);
int get_user_byte(uint8_t *value, uint32_t addr);
int copy_from_user(void *to, uint32_t from, uint32_t words);	/* whole words */
int copy_to_user(uint32_t to, const void *from, uint32_t words);
/* Bytes moved between the kernel and a *stopped* task's memory, as far as it is mapped. */
uint32_t access_process_vm(struct task_struct *t, uint32_t addr, void *buf, uint32_t len, int write);
int fixup_exception(struct pt_regs *regs);

#endif
