/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * leaf.c: the few system calls that this kernel executes itself. The rest of the table says
 * -ENOSYS: a program's calls are meant to be served by its tracer. Read next: syscalls.S.
 */
#include "process/process.h"

#define EBADF 9

extern void ret_from_fork(void);

asmlinkage int32_t sys_ni_syscall(void);
asmlinkage int32_t sys_restart_syscall(void);
asmlinkage int32_t sys_exit(uint32_t code);
asmlinkage int32_t sys_fork(struct pt_regs regs);
asmlinkage int32_t sys_write(uint32_t fd, uint32_t buf, uint32_t count);
asmlinkage int32_t sys_getpid(void);
asmlinkage int32_t sys_getppid(void);
asmlinkage int32_t sys_kill(int32_t pid, int32_t sig);
asmlinkage int32_t sys_test_restartsys(void);
asmlinkage int32_t sys_test_restartnointr(void);
asmlinkage int32_t sys_test_restartnohand(void);
asmlinkage int32_t sys_test_restartblock(void);

asmlinkage int32_t sys_ni_syscall(void)
{
	return -ENOSYS;
}

/* No call of this kernel leaves a restart block behind. */
asmlinkage int32_t sys_restart_syscall(void)
{
	return -EINTR;
}

asmlinkage int32_t sys_exit(uint32_t code)
{
	do_exit((int32_t)(code & 0xff) << 8);
}

/*
 * The child's frame is the parent's with eax = 0. It is not traced: T (and E) and P are
 * cleared, S and TF are not, so a child forked under SINGLESTEP starts with both. It runs in
 * its parent's memory (QUIRKS.md), and when the parent stops, ends or has NEED_RESCHED.
 */
asmlinkage int32_t sys_fork(struct pt_regs regs)
{
	struct task_struct *child = new_task(current);
	struct pt_regs *frame;
	uint32_t *stack;

	if (!child)
		return -EAGAIN;
	frame = task_regs(child);
	*frame = regs;
	frame->eax = 0;
	stack = (uint32_t *)frame - 5; /* what switch_to pops: four registers, then where to */
	stack[4] = (uint32_t)ret_from_fork;
	child->thread.esp = (uint32_t)stack;
	child->ptrace = 0;
	child->exit_code = 0;
	child->sigpending = 0;
	child->sigshared = 0;
	child->audit_entries = 0;
	child->audit_exits = 0;
	child->audit_call = -1;
	child->last_siginfo = NULL;
	clear_tsk_thread_flags(child, FORK_CLEARS | _TIF_SIGPENDING);
	return child->pid;
}

static inline void console_putc(uint32_t fd, uint8_t c)
{
	__asm__ volatile("outb %b0, %w1" : : "a"(c), "d"(CONSOLE_PORT + fd - 1));
}

/* To the console, for standard output and error. */
asmlinkage int32_t sys_write(uint32_t fd, uint32_t buf, uint32_t count)
{
	if (fd != 1 && fd != 2)
		return -EBADF;
	if ((int32_t)count < 0)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t c;

		if (get_user_byte(&c, buf + i))
			return i ? (int32_t)i : -EFAULT;
		console_putc(fd, c);
	}
	return (int32_t)count;
}

asmlinkage int32_t sys_getpid(void)
{
	return current->tgid;
}

asmlinkage int32_t sys_getppid(void)
{
	return current->real_parent->tgid;
}

/* One process at a time; init is not to be killed. */
asmlinkage int32_t sys_kill(int32_t pid, int32_t sig)
{
	struct task_struct *t = find_task_by_pid(pid);

	if (!MIN_MAX(sig, 0, _NSIG))
		return -EINVAL;
	if (!t)
		return -ESRCH;
	if (t->pid == PID_INIT)
		return -EPERM;
	return sig ? kill_task(sig, t) : 0;
}

/* What an interrupted call hands to the way out (abi.h). */
asmlinkage int32_t sys_test_restartsys(void)
{
	return -ERESTARTSYS;
}

asmlinkage int32_t sys_test_restartnointr(void)
{
	return -ERESTARTNOINTR;
}

asmlinkage int32_t sys_test_restartnohand(void)
{
	return -ERESTARTNOHAND;
}

asmlinkage int32_t sys_test_restartblock(void)
{
	return -ERESTART_RESTARTBLOCK;
}
