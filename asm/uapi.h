/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uapi.h: what Linux i386 promises to programs and their tracers, whatever the kernel: numbers of
 * errors, signals, calls and ptrace requests, EFLAGS, and what lies in their memory. For the
 * guest's assembly (__ASSEMBLER__) and C (__GUEST__), and for the library, which has no other
 * header of asm/. It may include nothing but <stdint.h>/<stddef.h> on the host's side.
 */
/* clang-format off */
#ifndef ASM_UAPI_H
#define ASM_UAPI_H

#define PAGE_SIZE		0x1000
#define GDT_ENTRY_TLS_MIN	6
#define GDT_ENTRY_TLS_MAX	8

/* ---- EFLAGS ---- */
#define X86_EFLAGS_TF		0x00000100
#define X86_EFLAGS_IF		0x00000200
#define X86_EFLAGS_DF		0x00000400
#define X86_EFLAGS_NT		0x00004000
#define X86_EFLAGS_RF		0x00010000
#define X86_EFLAGS_VM		0x00020000
#define X86_EFLAGS_AC		0x00040000
#define X86_EFLAGS_FIXED	0x00000002	/* bit 1 reads as 1 */

/* ---- the ptrace user area: word numbers ---- */
#define USER_EBX		0
#define USER_ECX		1
#define USER_EDX		2
#define USER_ESI		3
#define USER_EDI		4
#define USER_EBP		5
#define USER_EAX		6
#define USER_DS_WORD		7
#define USER_ES_WORD		8
#define USER_FS_WORD		9
#define USER_GS_WORD		10
#define USER_ORIG_EAX		11
#define USER_EIP		12
#define USER_CS_WORD		13
#define USER_EFL		14
#define USER_UESP		15
#define USER_SS_WORD		16
#define USER_REGS		17		/* words of GETREGS */
#define USER_DEBUGREG		252		/* byte offset of DR0 */
#define USER_AREA_SIZE		284		/* bytes; the last word is at 280 */

/* ---- ptrace requests ---- */
#define PTRACE_TRACEME		0
#define PTRACE_PEEKTEXT		1
#define PTRACE_PEEKDATA		2
#define PTRACE_PEEKUSR		3
#define PTRACE_POKETEXT		4
#define PTRACE_POKEDATA		5
#define PTRACE_POKEUSR		6
#define PTRACE_CONT		7
#define PTRACE_KILL		8
#define PTRACE_SINGLESTEP	9
#define PTRACE_GETREGS		12
#define PTRACE_SETREGS		13
#define PTRACE_GETFPREGS	14
#define PTRACE_SETFPREGS	15
#define PTRACE_ATTACH		16
#define PTRACE_DETACH		17
#define PTRACE_GETFPXREGS	18
#define PTRACE_SETFPXREGS	19
#define PTRACE_OLDSETOPTIONS	21
#define PTRACE_SYSCALL		24
#define PTRACE_GET_THREAD_AREA	25
#define PTRACE_SET_THREAD_AREA	26
#define PTRACE_SYSEMU		31
#define PTRACE_SYSEMU_SINGLESTEP 32
#define PTRACE_SETOPTIONS	0x4200
#define PTRACE_GETEVENTMSG	0x4201
#define PTRACE_GETSIGINFO	0x4202
#define PTRACE_SETSIGINFO	0x4203
#define PTRACE_EVENT_FORK	1
#define PTRACE_EVENT_VFORK	2
#define PTRACE_EVENT_CLONE	3
#define PTRACE_EVENT_EXEC	4
#define PTRACE_EVENT_VFORK_DONE	5
#define PTRACE_EVENT_EXIT	6
#define PTRACE_O_MASK		0x7f
#define PTRACE_O_TRACESYSGOOD	0x01

/* ---- errno, signals, siginfo codes ---- */
#define EPERM			1
#define ESRCH			3
#define EINTR			4
#define EIO			5
#define ECHILD			10
#define EAGAIN			11
#define ENOMEM			12
#define EACCES			13
#define EFAULT			14
#define EINVAL			22
#define ENOSYS			38
#define ETIME			62
#define ETIMEDOUT		110
#define ERESTARTSYS		512
#define ERESTARTNOINTR		513
#define ERESTARTNOHAND		514
#define ERESTART_RESTARTBLOCK	516

#define SIGHUP			1
#define SIGINT			2
#define SIGQUIT			3
#define SIGILL			4
#define SIGTRAP			5
#define SIGABRT			6
#define SIGBUS			7
#define SIGFPE			8
#define SIGKILL			9
#define SIGSEGV			11
#define SIGPIPE			13
#define SIGALRM			14
#define SIGCHLD			17
#define SIGCONT			18
#define SIGSTOP			19
#define SIGTSTP			20
#define SIGTTIN			21
#define SIGTTOU			22
#define SIGURG			23
#define SIGXCPU			24
#define SIGXFSZ			25
#define SIGVTALRM		26
#define SIGPROF			27
#define SIGWINCH		28
#define SIGSYS			31
#define SIGRTMIN		32		/* the kernel's; the C library keeps the first for itself */
#define _NSIG			64
#define SIG_DFL			0
#define SIG_IGN			1
#define SIG_BLOCK		0
#define SIG_UNBLOCK		1
#define SIG_SETMASK		2
#define SA_NOCLDSTOP		0x00000001
#define SA_NOCLDWAIT		0x00000002
#define SA_SIGINFO		0x00000004
#define SA_RESTORER		0x04000000
#define SA_ONSTACK		0x08000000
#define SA_RESTART		0x10000000
#define SA_NODEFER		0x40000000
#define SA_RESETHAND		0x80000000

#define SI_USER			0
#define SI_KERNEL		0x80
#define SI_QUEUE		(-1)
#define SI_TKILL		(-6)
#define TRAP_BRKPT		1
#define CLD_EXITED		1
#define CLD_KILLED		2
#define CLD_DUMPED		3
#define CLD_TRAPPED		4
#define CLD_STOPPED		5
#define CLD_CONTINUED		6

/* ---- clone's flags ---- */
#define CSIGNAL			0x000000ff	/* the signal by which its end is told */
#define CLONE_VM		0x00000100
#define CLONE_FS		0x00000200
#define CLONE_FILES		0x00000400
#define CLONE_SIGHAND		0x00000800
#define CLONE_PTRACE		0x00002000
#define CLONE_VFORK		0x00004000
#define CLONE_PARENT		0x00008000
#define CLONE_THREAD		0x00010000
#define CLONE_NEWNS		0x00020000
#define CLONE_SETTLS		0x00080000
#define CLONE_PARENT_SETTID	0x00100000
#define CLONE_CHILD_CLEARTID	0x00200000
#define CLONE_UNTRACED		0x00800000
#define CLONE_CHILD_SETTID	0x01000000
#define CLONE_STOPPED		0x02000000

/* ---- system calls ---- */
#define __NR_restart_syscall	0
#define __NR_exit		1
#define __NR_fork		2
#define __NR_read		3
#define __NR_write		4
#define __NR_close		6
#define __NR_getpid		20
#define __NR_getuid		24
#define __NR_ptrace		26
#define __NR_kill		37
#define __NR_brk		45
#define __NR_getgid		47
#define __NR_signal		48
#define __NR_geteuid		49
#define __NR_getegid		50
#define __NR_ioctl		54
#define __NR_getppid		64
#define __NR_sigaction		67
#define __NR_munmap		91
#define __NR_wait4		114
#define __NR_sigreturn		119
#define __NR_uname		122
#define __NR_mprotect		125
#define __NR_sigprocmask	126
#define __NR_readv		145
#define __NR_writev		146
#define __NR_prctl		172
#define __NR_rt_sigreturn	173
#define __NR_rt_sigaction	174
#define __NR_rt_sigprocmask	175
#define __NR_ugetrlimit		191
#define __NR_mmap2		192
#define __NR_getuid32		199
#define __NR_getgid32		200
#define __NR_geteuid32		201
#define __NR_getegid32		202
#define __NR_fcntl64		221
#define __NR_gettid		224
#define __NR_set_thread_area	243
#define __NR_get_thread_area	244
#define __NR_exit_group		252
#define __NR_set_tid_address	258
#define __NR_set_robust_list	311

#ifndef __ASSEMBLER__

#ifdef __GUEST__
typedef unsigned char	uint8_t;
typedef unsigned short	uint16_t;
typedef unsigned int	uint32_t;
typedef int		int32_t;
typedef unsigned long long uint64_t;
typedef long long	int64_t;
#define GUEST_PTR(type)	type *
#define offsetof(t, m)	__builtin_offsetof(t, m)
#define static_assert	_Static_assert
#else
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#define GUEST_PTR(type)	uint32_t
#endif

struct siginfo {
	int32_t si_signo, si_errno, si_code;
	uint32_t si_pid, si_uid;		/* or si_addr in si_pid's place */
	int32_t si_status;
};
#define SIGINFO_SIZE		128		/* as user space sees it; the rest is 0 */

struct sigaction {
	uint32_t handler, flags, restorer, mask[2];
};

struct user_desc {				/* set_thread_area's */
	uint32_t entry_number, base_addr, limit;
	uint32_t bits;				/* seg_32bit, contents:2, read_exec_only, limit_in_pages, seg_not_present, useable */
};

#endif /* !__ASSEMBLER__ */
#endif
