/* SPDX-License-Identifier: GPL-2.0-only */
/* i386.h: calls and steps of a 32-bit x86, by int $0x80. */
#ifndef CONFORMANCE_ARCH_H
#define CONFORMANCE_ARCH_H

#define MACHINE  "i386"
#define HAS_I386 1

#define NR_exit      1
#define NR_fork      2
#define NR_write     4
#define NR_getpid    20
#define NR_ptrace    26
#define NR_alarm     27
#define NR_kill      37
#define NR_getppid   64
#define NR_sigaction 67
#define NR_wait4     114

/* Of init.c alone. */
#define NR_read   3
#define NR_execve 11
#define NR_reboot 88
#define NR_openat 295

static long sys(long nr, long a, long b, long c, long d)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d)
			 : "memory");
	return result;
}

/* Each kernel has a code segment of its own for programs of 32 bits. */
static int machine_kernel_is_64(void)
{
	unsigned short cs;

	__asm__("movw %%cs, %0" : "=r"(cs));
	return cs == 0x23;
}

static long sys_fork(void)
{
	return sys(NR_fork, 0, 0, 0, 0);
}

static void sys_alarm(long seconds)
{
	sys(NR_alarm, seconds, 0, 0, 0);
}

/* Where the C library starts nothing. */
#define START                              \
	__asm__(".globl _start\n_start:\n" \
		"mov %esp, %eax\n"         \
		"and $-16, %esp\n"         \
		"sub $12, %esp\n"          \
		"push %eax\n"              \
		"call conformance_start\n" \
		"hlt\n")

#define R_eax "eax"
#define R_ebx "ebx"
#define R_ecx "ecx"
#define R_edx "edx"
#define R_esi "esi"
#define R_edi "edi"
#define R_ebp "ebp"
#define R_esp "esp"
/* -DVSYSCALL: by the page that the kernel names in AT_SYSINFO, so by SYSENTER where there is that. */
#ifdef VSYSCALL
#define ENTER "call *conformance_vsyscall\n"
#else
#define ENTER "int $0x80\n"
#endif
#define OR_TF       "orl $0x100, (%esp)\n"
#define WORD        ".long "
#define BYTES(list) ".byte " list "\n"
#define WORDS(list) ".long " list "\n"

struct machine_regs {
	long word[17];
};

/* As they are numbered. */
static const signed char machine_words[17] = { 0, 1,  2,  3,  4,  5,  6,  7, 8,
					       9, 10, 11, 12, 13, 14, 15, 16 };

#include "x86.h"

#endif
