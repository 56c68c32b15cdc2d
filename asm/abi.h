/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * abi.h: the numbers and layouts of our kernels, as the guest's assembly (__ASSEMBLER__) and C
 * (__GUEST__) have them. The library learns them from each kernel's profile (profile/), which is
 * made from here; host tests may look. Linux i386, 2.6.11 to 2.6.14, unless a line says "ours".
 * Read next: uapi.h, entry/entry.S.
 */
/* clang-format off */
#ifndef ASM_ABI_H
#define ASM_ABI_H

#include "host.h"
#include "uapi.h"
/* Kernels from 2.6.20 on have another frame: kernels/K/layout.h says which. */
#if __has_include("layout.h")
#include "layout.h"
#else
#define FRAME_SEGMENTS		0		/* saved beside ds and es */
#define FRAME_MORE
#endif
#ifndef TASK_MORE
#define TASK_MORE
#endif

/* ---- the address space (linear = physical, but see QUIRKS.md) ---- */
#define PAGE_OFFSET		0xC0000000
#define TASK_SIZE		PAGE_OFFSET
#define KERNEL_BASE		0xC0100000	/* where every kernel image is linked */
#define STACK_TOP		PAGE_OFFSET	/* the program's stack grows down from here */
#define TRACER_WINDOW		0xB8000000	/* ours: the tracer's user memory, hidden from the tracee */
#define TRACER_WINDOW_SIZE	0x10000
#define LAUNCH_PAGE		0xB7FFF000	/* ours: user code that runs up to the first SIGSTOP */
#define PAGE_TABLES		0xFF000000	/* ours: 1024 page tables in a row: the PTE of A is at +4*(A>>12) */
#define PAGE_DIRECTORY		0xFF400000	/* ours */
#define FIRMWARE_PAGE		0xFF401000	/* ours: the computer's own few instructions */
#define VSYSCALL_BASE		0xFFFFE000
#define VSYSCALL_ENTRY		0xFFFFE400	/* __kernel_vsyscall, AT_SYSINFO */
#define VSYSCALL_SIGRETURN	0xFFFFE420	/* where a handler without SA_RESTORER returns to */
#define VSYSCALL_RT_SIGRETURN	0xFFFFE440
#define SYSENTER_RETURN		0xFFFFE410

#define PTE_PRESENT		0x001
#define PTE_WRITE		0x002
#define PTE_USER		0x004

/* ---- selectors ---- */
#define GDT_ENTRIES		32
#define GDT_ENTRY_TSS		16
#define KERNEL_CS		0x60
#define KERNEL_DS		0x68
#define USER_CS			0x73
#define USER_DS			0x7b

#define TIMER_VECTOR		0x20		/* the tick, with processes */
#define RESCHEDULE_VECTOR	0xfc		/* another CPU has set a flag of the task that runs here */

/* ---- EFLAGS ---- */
#define EFLAGS_PTRACE_MASK	0x00044dd5	/* what a tracer may write: CF PF AF ZF SF TF DF OF NT AC */

/* ---- struct pt_regs: the frame on the kernel stack ---- */
#define PT_EBX			0x00
#define PT_ECX			0x04
#define PT_EDX			0x08
#define PT_ESI			0x0c
#define PT_EDI			0x10
#define PT_EBP			0x14
#define PT_EAX			0x18
#define PT_DS			0x1c
#define PT_ES			0x20
#define PT_FS			0x24		/* and gs behind it, as far as FRAME_SEGMENTS says */
#define PT_ORIG_EAX		(0x24 + 4 * FRAME_SEGMENTS)
#define PT_EIP			(PT_ORIG_EAX + 0x04)
#define PT_CS			(PT_ORIG_EAX + 0x08)
#define PT_EFLAGS		(PT_ORIG_EAX + 0x0c)
#define PT_OLDESP		(PT_ORIG_EAX + 0x10)
#define PT_OLDSS		(PT_ORIG_EAX + 0x14)
#define PT_REGS_SIZE		(PT_ORIG_EAX + 0x18)

/* ---- struct thread_info, at the bottom of each kernel stack ---- */
#define THREAD_SIZE		8192
#define TI_TASK			0
#define TI_EXEC_DOMAIN		4
#define TI_FLAGS		8
#define TI_STATUS		12
#define TI_CPU			16
#define TI_PREEMPT_COUNT	20
#define TI_ADDR_LIMIT		24
#define TI_RESTART_BLOCK	28
#define TI_PREVIOUS_ESP		48
#define TI_SIZE			52

#define TIF_SYSCALL_TRACE	0
#define TIF_NOTIFY_RESUME	1
#define TIF_SIGPENDING		2
#define TIF_NEED_RESCHED	3
#define TIF_SINGLESTEP		4
#define TIF_IRET		5
#define TIF_SYSCALL_EMU		6
#define TIF_SYSCALL_AUDIT	7
#define TIF_SECCOMP		8		/* from 2.6.12 on */
#define TIF_POLLING_NRFLAG	16
#define TIF_MEMDIE		17
#define TIF_FORCED_TF		24		/* from 2.6.25 on: ptrace, not the program, has set TF */

#define _TIF_SYSCALL_TRACE	(1 << TIF_SYSCALL_TRACE)
#define _TIF_NOTIFY_RESUME	(1 << TIF_NOTIFY_RESUME)
#define _TIF_SIGPENDING		(1 << TIF_SIGPENDING)
#define _TIF_NEED_RESCHED	(1 << TIF_NEED_RESCHED)
#define _TIF_SINGLESTEP		(1 << TIF_SINGLESTEP)
#define _TIF_IRET		(1 << TIF_IRET)
#define _TIF_SYSCALL_EMU	(1 << TIF_SYSCALL_EMU)
#define _TIF_SYSCALL_AUDIT	(1 << TIF_SYSCALL_AUDIT)
#define _TIF_SECCOMP		(1 << TIF_SECCOMP)
#define _TIF_FORCED_TF		(1 << TIF_FORCED_TF)

/* ---- thread_info.syscall_work, from 5.11 on ---- */
#define TI_SYSCALL_WORK		TI_EXEC_DOMAIN
#define WORK_SECCOMP		(1 << 0)
#define WORK_SYSCALL_TRACE	(1 << 2)
#define WORK_SYSCALL_EMU	(1 << 3)
#define WORK_SYSCALL_AUDIT	(1 << 4)
#define WORK_EXIT_TRAP		(1 << 6)	/* a step's trap behind the call */

/* ---- task->ptrace ---- */
#define PT_PTRACED		0x001
#define PT_DTRACE		0x002		/* the kernel, not the program, set TF */
#define PT_TRACESYSGOOD		0x004
#define PT_PTRACE_CAP		0x008
#define PT_TRACE_FORK		0x010
#define PT_TRACE_VFORK		0x020
#define PT_TRACE_CLONE		0x040
#define PT_TRACE_EXEC		0x080
#define PT_TRACE_VFORK_DONE	0x100
#define PT_TRACE_EXIT		0x200
#define PT_ATTACHED		0x400
#define PT_OPTIONS		0x3f4		/* what SETOPTIONS clears first */

/* ---- system calls (those of programs: uapi.h) ---- */
#define NR_SYSCALLS_2_6_11	289
#define NR_SYSCALLS_2_6_14	294
#define MAX_CALLS		512		/* ours: with processes, the table goes on for programs of today */
/* ours: four holes of the 2005 table answer with the restart codes */
#define __NR_test_restartsys	284		/* -512; hole 284 */
#define __NR_test_restartnointr	285		/* -513; hole 285 */
#define __NR_test_restartnohand	286		/* -514 */
#define __NR_test_restartblock	287		/* -516 */

/* ---- the stop port: how the guest tells the host something (ours) ----
 * The guest halts at CPL 0 in stop_port() with the reason in eax and a task
 * or a value in edx. The host goes on behind the hlt.
 */
#define STOP_BOOTED		1		/* descriptor tables are loaded, tasks exist */
#define STOP_TASK		2		/* edx = task, which gave up the CPU in schedule() */
#define STOP_DEAD		3		/* edx = task, a zombie now */
#define STOP_RETURN		4		/* a function the host called has returned; edx = its value */
#define STOP_PANIC		5		/* the kernel cannot go on; edx = address of a text */
#define STOP_IDLE		6		/* no task can run */
#define STOP_HOST		7		/* edx = struct host_call, which the host answers */
#define STOP_SPACE		8		/* edx = struct host_space, where the CPU goes on: our mov to cr3 */
#define CONSOLE_PORT		0xe9		/* outb: a byte of an executed write(1, ...); the next port: 2 */

/* ---- tasks ---- */
#define THREAD_ESP		516		/* task_struct.thread.esp */
#define TASK_RUNNING		0
#define TASK_INTERRUPTIBLE	1
#define TASK_UNINTERRUPTIBLE	2
#define TASK_STOPPED		4
#define TASK_TRACED		8
#define TASK_ZOMBIE		16
#define TASK_DEAD		32		/* a zombie that was waited for, or that nobody will wait for */
#define NR_TASKS		64		/* ours: 0 init, 1 the tracer, 2 the program, then its children */
#define NR_TASKS_ALONE		8		/* those that there are without processes */
#define TASK_INIT		0
#define TASK_TRACER		1
#define TASK_PROGRAM		2
#define PID_INIT		1
#define PID_TRACER		100
#define PID_PROGRAM		101
#define CAP_SYS_PTRACE_BIT	0x00080000
#define ALL_CAPABILITIES	0xfffffeff	/* root's, but for CAP_SETPCAP */

#ifndef __ASSEMBLER__

struct pt_regs {
	uint32_t ebx, ecx, edx, esi, edi, ebp, eax;
	uint32_t xds, xes FRAME_MORE;
	int32_t orig_eax;
	uint32_t eip, xcs, eflags, esp, xss;
};

typedef uint64_t sigset64 __attribute__((aligned(4)));	/* as the i386 has it */
typedef uint64_t uint64_4 __attribute__((aligned(4)));

struct task_struct;

struct thread_info {
	GUEST_PTR(struct task_struct) task;
	union {
		uint32_t exec_domain;
		uint32_t syscall_work;	/* from 5.11 on: what is to be done about calls */
	};
	uint32_t flags;
	uint32_t status;
	uint32_t cpu;
	uint32_t preempt_count;
	uint32_t addr_limit;
	uint32_t restart_block[5];
	uint32_t previous_esp;
};

struct thread_struct {
	_Alignas(16) uint32_t i387[128];	/* fxsave's image, valid unless the CPU holds it */
	uint32_t esp0;				/* what tss.esp0 is while this task runs */
	uint32_t esp;				/* in switch_to, while another one runs */
	uint32_t fs, gs;			/* valid while the task is not running */
	uint32_t tls_array[6];			/* GDT entries 6 to 8 */
	uint32_t debugreg[8];
	uint32_t cr2, trap_no, error_code;
};

struct sighand {				/* CLONE_SIGHAND shares it */
	uint32_t users;
	struct sigaction action[_NSIG];
};

struct sigqueue {				/* a real-time signal that waits */
	uint32_t used;
	GUEST_PTR(struct sigqueue) next;
	struct siginfo info;
};
#define NR_SIGQUEUE		256

struct tty;

struct group {					/* what the threads of a process have in common: in their leader */
	int32_t pgrp, session;
	uint32_t flags;				/* GROUP_* */
	int32_t exit_code;			/* under GROUP_EXIT; of the stop, under GROUP_STOPPED */
	uint32_t stop_count;			/* so many threads have still to stop */
	uint64_4 alarm, interval;		/* ITIMER_REAL: when, 0: not; how often */
	uint32_t virt[2], prof[2];		/* ITIMER_VIRTUAL and ITIMER_PROF: ticks left, interval */
	GUEST_PTR(struct tty) tty;		/* the process's own terminal; NULL: none (file/pty.c) */
	int32_t tty_old_pgrp;			/* of a session's leader: who was in front when that hung up */
};
#define GROUP_EXIT		1		/* all are to die */
#define GROUP_STOPPED		2		/* all have stopped */
#define GROUP_CONTINUED		4		/* SIGCONT came, and no WCONTINUED has told it */

struct task_struct {				/* ours: only what the entry path and ptrace look at */
	struct thread_struct thread;
	uint32_t state;
	GUEST_PTR(struct thread_info) thread_info;
	uint32_t ptrace;
	int32_t pid, tgid;
	GUEST_PTR(struct task_struct) parent;
	GUEST_PTR(struct task_struct) real_parent;
	int32_t exit_code, exit_signal;
	uint32_t ptrace_message;
	GUEST_PTR(struct siginfo) last_siginfo;	/* of the stop; of no meaning otherwise */
	struct siginfo notice;			/* what ptrace_notify tells */
	uint32_t uid, euid, suid, gid, egid, sgid, cap_effective;
	uint32_t mm, dumpable;
	uint32_t audit_context;			/* 0: none, so the audit hooks are not called */
	uint32_t audit_entries, audit_exits;	/* what they were told */
	int32_t audit_call;			/* the call they think is running, -1: none */
	sigset64 sigpending, sigblocked;	/* bit n-1 for signal n */
	sigset64 sigshared;			/* sent by kill, to the group: the leader's; the task's own go first */
	struct siginfo siginfo[SIGRTMIN], shared_siginfo[SIGRTMIN];
	GUEST_PTR(struct sigqueue) queued;	/* the real-time ones: the task's own, the oldest first, */
	GUEST_PTR(struct sigqueue) shared_queued; /* and the group's */
	GUEST_PTR(struct sighand) sighand;
	GUEST_PTR(struct task_struct) leader;	/* of its thread group, whose own things are there */
	struct group group;
	sigset64 real_blocked;			/* what a wait for signals has unblocked for as long: it is not fatal */
	sigset64 saved_mask;			/* to come back behind a handler, if */
	uint32_t mask_is_saved;
	uint32_t altstack, altstack_size;
	GUEST_PTR(const void) channel;		/* what it sleeps on, and */
	uint64_4 until;				/* how long */
	uint32_t asleep_since;			/* those that sleep longest are woken first */
	uint32_t woken;
	GUEST_PTR(struct task_struct) vfork_child; /* while it waits for it */
	uint32_t set_child_tid, clear_child_tid, robust_list;
	uint32_t pdeath_signal, exec_count, parent_exec_count;
	uint32_t utime, stime;			/* ticks */
	GUEST_PTR(struct files) files;		/* file/file.h */
	uint32_t space;				/* the number of its address space; 0: none any more */
	char comm[16];
	TASK_MORE
};

static_assert(sizeof(struct pt_regs) == PT_REGS_SIZE, "pt_regs");
static_assert(offsetof(struct pt_regs, eax) == PT_EAX, "pt_regs.eax");
static_assert(offsetof(struct pt_regs, xds) == PT_DS, "pt_regs.xds");
static_assert(offsetof(struct pt_regs, orig_eax) == PT_ORIG_EAX, "pt_regs.orig_eax");
static_assert(offsetof(struct pt_regs, eip) == PT_EIP, "pt_regs.eip");
static_assert(offsetof(struct pt_regs, xcs) == PT_CS, "pt_regs.xcs");
static_assert(offsetof(struct pt_regs, eflags) == PT_EFLAGS, "pt_regs.eflags");
static_assert(offsetof(struct pt_regs, esp) == PT_OLDESP, "pt_regs.esp");
static_assert(offsetof(struct pt_regs, xss) == PT_OLDSS, "pt_regs.xss");
static_assert(sizeof(struct thread_info) == TI_SIZE, "thread_info");
static_assert(offsetof(struct task_struct, thread.esp) == THREAD_ESP, "thread.esp");
static_assert(offsetof(struct thread_info, flags) == TI_FLAGS, "thread_info.flags");
static_assert(offsetof(struct thread_info, addr_limit) == TI_ADDR_LIMIT, "thread_info.addr_limit");
static_assert(offsetof(struct thread_info, restart_block) == TI_RESTART_BLOCK, "thread_info.restart_block");
static_assert(offsetof(struct thread_info, previous_esp) == TI_PREVIOUS_ESP, "thread_info.previous_esp");
/* The three bits that the entry path tests lie in one byte, so `testb` suffices. */
static_assert((_TIF_SYSCALL_EMU | _TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT) < 0x100, "testb suffices");

#endif /* !__ASSEMBLER__ */
#endif
