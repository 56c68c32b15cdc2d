/* SPDX-License-Identifier: GPL-2.0-only */
/* machine.h: calls of the kernel, and where in a machine's registers what is; a header a machine. */
#ifndef CONFORMANCE_MACHINE_H
#define CONFORMANCE_MACHINE_H

#define STRING_(x) #x
#define STRING(x)  STRING_(x)
#define ENOSYS     38

/* In the order of i386's registers, as ptrace hands them over. */
enum {
	REG_EBX,
	REG_ECX,
	REG_EDX,
	REG_ESI,
	REG_EDI,
	REG_EBP,
	REG_EAX,
	REG_DS,
	REG_ES,
	REG_FS,
	REG_GS,
	REG_ORIG_EAX,
	REG_EIP,
	REG_CS,
	REG_EFLAGS,
	REG_ESP,
	REG_SS
};

static long ptrace(long request, long pid, long addr, void *data);

#if defined(__i386__)
#include "i386.h"
#elif defined(__x86_64__)
#include "x86_64.h"
#elif defined(__aarch64__)
#include "aarch64.h"
#else
#error "no steps for this machine: write runtime/MACHINE.h"
#endif

#ifdef VSYSCALL
#define BY_VSYSCALL 1
#else
#define BY_VSYSCALL 0
#endif
#ifndef HAS_I386
static int machine_kernel_is_64(void)
{
	return 1;
}
#define HAS_I386 0
#endif
#ifndef HAS_X86
#define HAS_X86 0
#endif

static long ptrace(long request, long pid, long addr, void *data)
{
	return sys(NR_ptrace, request, pid, addr, (long)data);
}

static long length(const char *text)
{
	long n = 0;

	while (text[n])
		n++;
	return n;
}

static void say(const char *text)
{
	sys(NR_write, 1, (long)text, length(text), 0);
}

#ifdef NO_LIBC
/* The compiler may call them. */
void *memset(void *to, int byte, unsigned long n);
void *memset(void *to, int byte, unsigned long n)
{
	for (volatile char *at = to; n--;)
		*at++ = (char)byte;
	return to;
}

void *memcpy(void *to, const void *from, unsigned long n);
void *memcpy(void *to, const void *from, unsigned long n)
{
	const char *b = from;

	for (volatile char *a = to; n--;)
		*a++ = *b++;
	return to;
}
#endif

#endif
