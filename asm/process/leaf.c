/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * leaf.c: the few system calls that this kernel executes itself. The rest of the table says
 * -ENOSYS: a program's calls are meant to be served by its tracer. Read next: syscalls.S.
 */
#include "process/process.h"

#define EBADF 9

asmlinkage int32_t sys_ni_syscall(void);
asmlinkage int32_t sys_restart_syscall(void);
asmlinkage int32_t sys_write(uint32_t fd, uint32_t buf, uint32_t count);
asmlinkage int32_t sys_getpid(void);
asmlinkage int32_t sys_getppid(void);
asmlinkage int32_t sys_gettid(void);
asmlinkage int32_t sys_test_restartsys(void);
asmlinkage int32_t sys_test_restartnointr(void);
asmlinkage int32_t sys_test_restartnohand(void);
asmlinkage int32_t sys_test_restartblock(void);

asmlinkage int32_t sys_ni_syscall(void)
{
	return -ENOSYS;
}

/* Only a sleep leaves a restart block behind. */
asmlinkage int32_t sys_restart_syscall(void)
{
	return restart_sleep();
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
	return current->leader->real_parent->tgid;
}

asmlinkage int32_t sys_gettid(void)
{
	return current->pid;
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
