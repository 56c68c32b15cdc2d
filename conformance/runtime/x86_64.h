/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86_64.h: calls and steps of x86-64, by syscall. i386's registers stand for those that do the same
 * in a call: eax is rax, the arguments' ebx ecx edx esi edi are rdi rsi rdx r10 r8.
 */
#ifndef CONFORMANCE_ARCH_H
#define CONFORMANCE_ARCH_H

#define MACHINE "x86-64"

#define NR_write   1
#define NR_alarm   37
#define NR_getpid  39
#define NR_fork    57
#define NR_exit    60
#define NR_wait4   61
#define NR_kill    62
#define NR_ptrace  101
#define NR_getppid 110

/* Of init.c alone. */
#define NR_read   0
#define NR_execve 59
#define NR_reboot 169
#define NR_openat 257

static long sys(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

static long sys_fork(void)
{
	return sys(NR_fork, 0, 0, 0, 0);
}

static void sys_alarm(long seconds)
{
	sys(NR_alarm, seconds, 0, 0, 0);
}

#define START                              \
	__asm__(".globl _start\n_start:\n" \
		"mov %rsp, %rdi\n"         \
		"and $-16, %rsp\n"         \
		"call conformance_start\n" \
		"hlt\n")

#define R_eax "rax"
#define R_ebx "rdi"
#define R_ecx "rsi"
#define R_edx "rdx"
#define R_esi "r10"
#define R_edi "r8"
#define R_ebp "r9"
#define R_esp "rsp"
#define ENTER "syscall\n"
#define OR_TF "orq $0x100, (%rsp)\n"
#define WORD  ".quad "

struct machine_regs {
	long word[27];
};

/* ebx ecx edx esi edi ebp eax, ds es fs gs, orig_eax eip cs eflags esp ss */
static const signed char machine_words[17] = { 14, 13, 12, 7,  9,  8,  10, 23, 24,
					       25, 26, 15, 16, 17, 18, 19, 20 };

#include "x86.h"

#endif
