/* SPDX-License-Identifier: GPL-2.0-only */
/* signals.c: handlers, masks and their order, as a program sees them that sends itself
 * signals. Prints one line for each thing that is as POSIX says, and dies of SIGABRT. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int calls, last, depth, deepest;
static volatile siginfo_t info;
static char *volatile stack_at;
static sigjmp_buf back;

static void handler(int signal)
{
	char here;

	depth++;
	deepest = depth > deepest ? depth : deepest;
	stack_at = &here;
	calls++;
	last = last * 100 + signal;
	if (signal == SIGUSR2)
		raise(SIGUSR1); /* not blocked: runs now */
	depth--;
}

static void informed(int signal, siginfo_t *si, void *context)
{
	info = *si;
	calls += context != NULL;
	last = signal;
}

/* Whatever the program has in its FPU and SSE registers, it must find again. */
static void calculator(int signal)
{
	volatile double x = signal;
	unsigned short control = 0x7f, fresh;

	__asm__ volatile("fnstcw %0" : "=m"(fresh));
	calls = fresh == 0x37f;
	__asm__ volatile("fldcw %0\n\tfldz\n\tfldz\n\tfldz" : : "m"(control));
	__asm__ volatile("pxor %xmm5, %xmm5");
	x = x * x;
}

static int fpu_is_kept(void)
{
	static const double in = 1.0 / 3;
	double out, out5;
	unsigned short control = 0xb7f, after;

	__asm__ volatile("fldcw %0" : : "m"(control));
	__asm__ volatile("fldl %0\n\tmovsd %0, %%xmm5" : : "m"(in));
	raise(SIGUSR1); /* a call may change these registers, but this one does not */
	__asm__ volatile("movsd %%xmm5, %0\n\tfstpl %1" : "=m"(out5), "=m"(out));
	__asm__ volatile("fnstcw %0" : "=m"(after));
	control = 0x37f;
	__asm__ volatile("fldcw %0" : : "m"(control));
	return calls == 1 && out == in && out5 == in && (after & 0xf3f) == 0xb3f;
}

static void jumper(int signal)
{
	siglongjmp(back, signal);
}

static void set(int signal, void (*fn)(int), int flags)
{
	struct sigaction action = { .sa_handler = fn, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

static void check(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "yes" : "NO");
	fflush(stdout);
}

static void reset(void)
{
	calls = last = depth = deepest = 0;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = informed, .sa_flags = SA_SIGINFO }, old;
	static char alternate[32768];
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	sigset_t mask, pending;

	set(SIGUSR1, handler, 0);
	set(SIGUSR2, handler, 0);
	check("a handler runs before raise returns", raise(SIGUSR1) == 0 && calls == 1);
	reset();
	raise(SIGUSR2);
	check("handlers nest", deepest == 2 && last == SIGUSR2 * 100 + SIGUSR1);

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	reset();
	raise(SIGUSR2);
	raise(SIGUSR1);
	raise(SIGUSR1);
	sigpending(&pending);
	check("blocked signals wait", calls == 0 && sigismember(&pending, SIGUSR1) == 1);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	sigpending(&pending);
	check("and run once when they may", calls == 3 && sigisemptyset(&pending));

	reset();
	sigaction(SIGUSR1, &action, &old);
	raise(SIGUSR1);
	check("siginfo tells the sender", info.si_signo == SIGUSR1 && info.si_code == SI_TKILL &&
						  info.si_pid == getpid() && calls == 1);
	check("the old action was the handler", old.sa_handler == handler);

	sigaltstack(&stack, NULL);
	set(SIGUSR1, handler, SA_ONSTACK | SA_RESETHAND);
	raise(SIGUSR1);
	check("a handler may have its own stack",
	      stack_at > alternate && stack_at < alternate + sizeof(alternate));
	sigaction(SIGUSR1, NULL, &old);
	check("and may be gone after one use", old.sa_handler == SIG_DFL);

	set(SIGUSR1, calculator, 0);
	check("a handler has an FPU of its own", fpu_is_kept());

	set(SIGUSR1, jumper, 0);
	if (sigsetjmp(back, 1) == 0)
		raise(SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	check("a handler may be left by a jump", sigisemptyset(&mask));

	reset();
	signal(SIGTERM, SIG_IGN);
	check("ignored signals are lost", raise(SIGTERM) == 0 && raise(SIGCHLD) == 0);
	check("SIGKILL cannot be caught", sigaction(SIGKILL, &action, NULL) == -1);
	abort();
}
