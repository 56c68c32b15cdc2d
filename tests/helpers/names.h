/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names.h: the short names in which tests of the whole machine tell their stories. The numbers
 * are the guest's, i386's; so not for a file that includes <signal.h>, <errno.h> or <sys/wait.h>.
 */
#ifndef TESTS_NAMES_H
#define TESTS_NAMES_H

#include <libsysemu/sysemu.h>

/* Thread flags, in the letters of docs/kernels.md. */
enum {
	T = SYSEMU_TIF_SYSCALL_TRACE,
	N = SYSEMU_TIF_NOTIFY_RESUME,
	P = SYSEMU_TIF_SIGPENDING,
	R = SYSEMU_TIF_NEED_RESCHED,
	S = SYSEMU_TIF_SINGLESTEP,
	I = SYSEMU_TIF_IRET,
	E = SYSEMU_TIF_SYSCALL_EMU,
	A = SYSEMU_TIF_SYSCALL_AUDIT
};

/* Requests, as the rows of a story name them. */
enum {
	CONT = SYSEMU_PTRACE_CONT,
	SYSCALL = SYSEMU_PTRACE_SYSCALL,
	SYSEMU = SYSEMU_PTRACE_SYSEMU,
	STEP = SYSEMU_PTRACE_SINGLESTEP,
	SYSEMU_STEP = SYSEMU_PTRACE_SYSEMU_SINGLESTEP,
	ATTACH = SYSEMU_PTRACE_ATTACH,
	DETACH = SYSEMU_PTRACE_DETACH
};

enum { EPERM = 1, ESRCH = 3, EINTR = 4, EIO = 5, ECHILD = 10, EAGAIN = 11 };
enum { EFAULT = 14, EINVAL = 22, ENOSYS = 38 };
enum { RESTARTSYS = 512, RESTARTNOINTR = 513, RESTARTNOHAND = 514, RESTARTBLOCK = 516 };

enum { SIGINT = 2, SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGUSR1 = 10 };
enum { SIGSEGV = 11, SIGUSR2 = 12, SIGTERM = 15, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19 };
enum { SIGTSTP = 20, SIGTTIN = 21, SIGTTOU = 22, SIGURG = 23, SIGWINCH = 28 };
#define STOP_OF(sig) ((uint32_t)(sig) << 8 | 0x7f) /* a wait status */
#define BIT(sig)     (1u << ((sig)-1))             /* in a set of signals */

enum {
	NR_RESTART = 0,
	NR_EXIT = 1,
	NR_FORK = 2,
	NR_WRITE = 4,
	NR_GETPID = 20,
	NR_KILL = 37,
	NR_GETPPID = 64
};
enum { NR_WAIT4 = 114, NR_SIGRETURN = 119, NR_SIGPROCMASK = 126, NR_RT_SIGRETURN = 173 };

enum { INIT = 1, TRACER = 100, PROGRAM = 101, CHILD = 102 }; /* pids */
enum { RUNNING = 0, STOPPED = 4, TRACED = 8, ZOMBIE = 16 };  /* a task's state */
enum { PTRACED = 1, DTRACE = 2, SYSGOOD = 4, PTRACE_CAP = 8, ATTACHED = 0x400 }; /* its PT flags */

enum { TF = 0x100 };

/* Where tests that catch a signal have their handler, in the program's page. */
#define HANDLER    0x400u
#define HANDLER_AT (SYSEMU_CODE_BASE + HANDLER)

#endif
