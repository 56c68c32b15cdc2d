/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eras.h: what signals, stops and ptrace do otherwise in kernels behind 2.6.14: a name each, that says what
 * the later ones do, and here what the first ones do. A kernel.h, or a header of history/ that it includes,
 * has defined its own before. Included by guest.h.
 */
/* clang-format off */
#ifndef ASM_ERAS_H
#define ASM_ERAS_H

/* ---- single steps ---- */
#ifndef FORCED_TF
#define FORCED_TF		0	/* 2.6.25: a flag says that TF is ptrace's, which GETREGS does not show */
#endif
#ifndef IRET_SETS_TF
#define IRET_SETS_TF		0	/* 2.6.19: a step over iret, too, has its TF from the program's stack */
#endif
#ifndef STEP_FORGETS_TF
#define STEP_FORGETS_TF		0	/* 2.6.25, 2.6.26: a TF that SYSENTER has taken away is not the program's */
#endif
#ifndef NOTIFY_SETS_TF
#define NOTIFY_SETS_TF		1	/* up to 2.6.26: S on the way to signals becomes TF */
#endif
#ifndef HANDLER_ENDS_STEP
#define HANDLER_ENDS_STEP	0	/* 4.2, not yet 3.18: a handler begins unstepped; the tracer hears of it behind the mask */
#endif
#ifndef HANDLER_EFLAGS
#define HANDLER_EFLAGS		X86_EFLAGS_TF	/* clear when a handler begins; 2.6.25: DF, too; 3.13, not yet 3.6: RF, too */
#endif
#ifndef SIGRETURN_RF
#define SIGRETURN_RF		0	/* 2.6.17: sigreturn takes RF from the frame, too */
#endif
#ifndef FORK_ENDS_STEP
#define FORK_ENDS_STEP		0	/* 2.6.33: a child is not stepped */
#endif

/* ---- exceptions ---- */
/* 2.6.28: SIGILL for an iret that faults, where a 64-bit kernel has SIGSEGV. */
#define IRET_FAULT_SIGNAL	(KERNEL_ERA >= 0x02061c ? SIGILL : SIGSEGV)

/* ---- stops ---- */
#ifndef FATAL_ENDS_STOP
#define FATAL_ENDS_STOP		0	/* 2.6.27: with SIGKILL in its queue a task does not stop */
#endif
/* From 3.1 on, where a task has this word: each thread knows for itself that it is to stop with its group, and a traced
 * one traps for it: SIGCONT does not wake it, and a tracer that leaves leaves it stopped. */
#ifdef JOBCTL
#define GROUP_STOP_IS_A_TRAP	1
#else
#define GROUP_STOP_IS_A_TRAP	0
#endif
/* 2.6.14: SIGKILL by kill wakes a stopped task for which another signal waits already, too. */
#define KILL_IS_ALWAYS_TAKEN	(KERNEL_ERA >= 0x02060e)
#ifndef STOP_KEEPS_P
#define STOP_KEEPS_P		0	/* 2.6.22: P is set behind a stop, and never cleared there */
#endif
#ifndef SYNCHRONOUS_LOWER
#define SYNCHRONOUS_LOWER	0	/* 2.6.33: SEGV, BUS, ILL, TRAP, FPE, SYS go before others, whoever sends them */
#endif
#ifndef SYNCHRONOUS_FIRST
#define SYNCHRONOUS_FIRST	0	/* 4.20: of those what an instruction has raised, the first that came */
#endif
#ifndef ARRIVED
#define ARRIVED(t, sig)			/* 4.20: among those the first that came, not the lowest */
#endif
#ifndef REQUEUED_WHERE_IT_WAS
#define REQUEUED_WHERE_IT_WAS	0	/* 5.17: a signal that the tracer has changed to a blocked one; before: own */
#endif
#ifndef NO_CALL
#define NO_CALL(nr)		((nr) < 0)	/* 5.14: -1 alone is no call; nothing is restarted */
#endif

/* ---- ptrace ---- */
#ifndef KILL_IS_A_SIGNAL
#define KILL_IS_A_SIGNAL	0	/* 6.0: PTRACE_KILL sends SIGKILL, and kills whoever is stopped in any way */
#endif
#ifndef UNKNOWN_OPTIONS_FIRST
#define UNKNOWN_OPTIONS_FIRST	0	/* 3.4: refused before anything is set */
#endif
#ifndef OPTIONS_KNOWN
#define OPTIONS_KNOWN		PTRACE_O_MASK
#endif
#ifndef INIT_IS_LIKE_OTHERS
#define INIT_IS_LIKE_OTHERS	0	/* 2.6.26 */
#endif

/* ---- terminals ---- */
/* 2.6.27: TCSBRK, of a pseudo terminal, too, asks whether one is in the foreground. */
#define BREAK_ASKS		(KERNEL_ERA >= 0x02061b)

/* ---- the way in ---- */
#ifndef INT80_GATE
#define INT80_GATE		GATE_TRAP	/* 4.6: an interrupt gate */
#endif
#ifndef CALL_FRAME
#define CALL_FRAME(regs)	(&(regs))	/* 4.4: a call's arguments are a copy of the frame's first words */
#endif
#ifndef OWN_FS
#define OWN_FS()		read_fs()	/* 2.6.20: fs lies in the frame (layout.h) */
#define LOAD_OWN_FS(value)	LOAD_SEGMENT(fs, value)
#endif

/* ---- what is to be done about calls: T, E and A, and from 5.11 on in a word of its own ---- */
#ifndef CALL_FLAGS
#define CALL_FLAGS(ti)		((ti)->flags)
#define CALL_TRACE		_TIF_SYSCALL_TRACE
#define CALL_EMU		_TIF_SYSCALL_EMU
#define CALL_AUDIT		_TIF_SYSCALL_AUDIT
#define CALL_EXIT_TRAP		0
#define CALL_WORD(value)	0xffffffff	/* of the profile: there is no such word */
#endif
#define CALLS_IN_A_WORD		(CALL_WORD(0) == 0)

#endif
