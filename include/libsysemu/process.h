/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h: processes: programs that fork, execute others, wait for and trace each other, all inside.
 *
 * A machine that is opened with sysemu_open_processes has a guest kernel that lives with them: whatever
 * decides an order (life, signals, waits, stops, scheduling, pipes, futexes) is done by guest code;
 * what only gives data (bytes of files, maps, the clock) is answered by the host, which is
 * asked from the call table of the guest.
 *
 *	sysemu_config config = { .start = SYSEMU_START_UNTRACED };
 *	sysemu_host host = { .root = "/", .write = ... };
 *
 *	sysemu_open_processes(&config, &m);
 *	sysemu_set_host(m, &host);              // before the program, which is found below the root
 *	sysemu_exec(m, "/bin/sh", argv, envp);
 *	sysemu_run(m, 0, &e);                   // EXIT or KILLED of that program, DEADLOCK, FAULT
 *
 * Time is counted instructions, a nanosecond each, and what all sleep through at once; a tick comes
 * each million instructions. Nothing in it depends on the host's clock.
 */
/* clang-format off */
#ifndef LIBSYSEMU_PROCESS_H
#define LIBSYSEMU_PROCESS_H

#include <libsysemu/sysemu.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- 22. processes ------------------------------------------------------ */

/* As sysemu_open; closed by sysemu_close. EINVAL for a machine that counts nothing: its clock is the
 * count. A snapshot of such a machine has all of its processes and files, and goes back only into that
 * machine (EMISMATCH): files that were written are shared by what it was and what it is. */
sysemu_status sysemu_open_processes(const sysemu_config *config, sysemu_machine **out);

/* How the host waits for input: fn returns when a read of descriptor 0 would not wait, 0 or -errno.
 * It is asked only when all processes wait, so when input arrives does not depend on the host's
 * clock. Without it (NULL) a read waits, and everything with it. */
typedef int32_t (*sysemu_input_fn)(void *user);
sysemu_status sysemu_on_input(sysemu_machine *m, sysemu_input_fn fn, void *user);

/* Loads the program `path` of the host's root, static or with its ELF interpreter, or a script with
 * the interpreter that its first line names. Once, in place of sysemu_load_elf. ESTATE without
 * processes; ELOAD: the sentence has the reason. */
sysemu_status sysemu_exec(sysemu_machine *m, const char *path, char *const argv[],
			  char *const envp[]);

typedef enum sysemu_task_state {
	SYSEMU_TASK_READY,   /* it runs, or could */
	SYSEMU_TASK_WAITS,
	SYSEMU_TASK_STOPPED, /* by a signal */
	SYSEMU_TASK_TRACED,  /* its tracer has it */
	SYSEMU_TASK_ENDED,   /* nobody has waited for it yet */
} sysemu_task_state;

typedef struct sysemu_process_task {
	int32_t pid, process;  /* of the thread, and of its group's leader */
	int32_t parent;        /* of the process */
	int32_t tracer;        /* 0: none */
	sysemu_task_state state;
	bool runs;             /* it has the CPU */
	int32_t call;          /* the system call that it is in; -1: none */
	uint32_t tif;          /* thread_info.flags */
	uint32_t eip, esp;     /* of the program, as last saved */
	uint64_t pending;      /* signals: bit n - 1 for signal n */
	char name[16];
} sysemu_process_task;

/* The processes' tasks, in the order of the guest's table: at most `most` of them, and *n how many there
 * are. In the middle of a fork, where a run of so many instructions can end, the child still has its parent's numbers. A task's registers: sysemu_ptrace(GETREGS) of a stopped one. ESTATE: no processes. */
sysemu_status sysemu_get_tasks(sysemu_machine *m, sysemu_process_task *tasks, size_t most, size_t *n);
/* "ready", "waits", "stopped", "traced", "ended"; NULL: no such state. */
const char *sysemu_task_state_name(sysemu_task_state state);

/* What happens, as it happens, by the names that Linux's own tracepoints have. */
typedef enum sysemu_tracepoint_kind {
	SYSEMU_SYS_ENTER,      /* a program's call: nr and arg, as the program made it */
	SYSEMU_SYS_EXIT,       /* it goes back to its program: nr, arg, eax, restarts */
	SYSEMU_SIGNAL_DELIVER, /* its program is led to the handler of `signal` */
	SYSEMU_SCHED_SWITCH,   /* pid, which is in `state`, gives the CPU to `next` */
} sysemu_tracepoint_kind;

typedef struct sysemu_tracepoint {
	sysemu_tracepoint_kind kind;
	uint64_t time;            /* instructions since the machine was opened; a nanosecond each */
	int32_t pid;
	int32_t nr;               /* of the call that was made last */
	uint32_t arg[6];          /* the same, as the program made it */
	int32_t eax;
	bool restarts;            /* the program makes the call again, by itself */
	int32_t signal;
	int32_t next;
	sysemu_task_state state;
	uint32_t status;          /* of one that is stopped, traced or ended: as wait would tell it */
} sysemu_tracepoint;

/* fn may look at the machine, not run or change it; NULL: none. What it is told is no part of a snapshot: of a
 * call that was under way when a machine went back, only its end may be missing. Counts, digests and
 * the order of all are what they are without it. ESTATE: no processes; ENOENT: the kernel has no such
 * symbol (setup_frame, switch_to), ENOMEM. Breakpoints at these places are not reported meanwhile. */
typedef void (*sysemu_tracepoint_fn)(void *user, const sysemu_tracepoint *p);
sysemu_status sysemu_on_tracepoint(sysemu_machine *m, sysemu_tracepoint_fn fn, void *user);
/* "sys_enter", "sys_exit", "signal_deliver", "sched_switch"; NULL: no such kind. */
const char *sysemu_tracepoint_name(sysemu_tracepoint_kind kind);

/* ---- 23. schedules ------------------------------------------------------ */

/*
 * Without a chooser the order is one: a task runs until it waits or its tick comes, then the next one
 * in a ring. With one, the machine asks at choice points; each has two options at least, and option
 * 0 is always what would happen without a chooser.
 */
typedef enum sysemu_choice_kind {
	SYSEMU_CHOICE_NEXT,    /* the running task waits, gives way or has had its tick: who is next? */
	SYSEMU_CHOICE_PREEMPT, /* it has come to the end of a system call: does another go on? */
	SYSEMU_CHOICE_TICK,    /* does a tick fall before this instruction? Asked where it matters */
} sysemu_choice_kind;

#define SYSEMU_OPTIONS 66 /* no choice has more */

typedef struct sysemu_choice {
	sysemu_choice_kind kind;
	uint64_t number;                /* from 0: the order in which they come; of a TICK: so many
					 * instructions have run */
	int32_t pid;                    /* of the task that runs, or ran last */
	unsigned options;
	int32_t next[SYSEMU_OPTIONS];   /* whom each option leads to; 0: time passes, up to the next timer */
} sysemu_choice;

/* Where a machine asks, besides who is next: bits. */
#define SYSEMU_CHOOSE_CALLS  1u /* at the end of system calls that others can notice, or that notice them */
#define SYSEMU_CHOOSE_TIMERS 2u /* at these points, if a timer runs: may time pass up to it? */
#define SYSEMU_CHOOSE_KERNEL 4u /* before each instruction of the kernel that an interrupt can come to */
#define SYSEMU_CHOOSE_USER   8u /* before each instruction of programs */
#define SYSEMU_CHOOSE_LOCAL  16u /* with CALLS: of all other system calls, too */

/* An option (another number ends the run in a FAULT), or SYSEMU_CHOOSE_LATER: sysemu_run returns with the event CHOICE, the machine can be
 * saved, and asks the same again when it runs. fn may not run or change the machine. */
#define SYSEMU_CHOOSE_LATER (-1)
typedef int (*sysemu_choose_fn)(void *user, const sysemu_choice *choice);

/* A TICK is asked for before the instruction with that number, or as soon after it as an interrupt can
 * come, once, whatever `where` says; 0: not any more. ESTATE: nobody chooses. Part of no snapshot. */
sysemu_status sysemu_ask_tick(sysemu_machine *m, uint64_t number);

/* fn NULL: nobody chooses, and option 0 is taken. EINVAL: unknown bits; ESTATE: no processes. The
 * chooser is no part of a snapshot, but the choice that is to be made is, and how many were. */
sysemu_status sysemu_on_choice(sysemu_machine *m, unsigned where, sysemu_choose_fn fn, void *user);
/* Where it asks: as it was told; and LOCAL as soon as a program has a handler of a signal or attaches
 * to another, for then it is seen where a task is. No part of a snapshot. ESTATE: nobody chooses. */
sysemu_status sysemu_get_where(sysemu_machine *m, unsigned *out);
/* The one of the last CHOICE event. ESTATE: there is none. */
sysemu_status sysemu_get_choice(sysemu_machine *m, sysemu_choice *out);
/* The digest of what goes on from here, whatever led to it: the machine's without counts, the clock
 * (timers by what is left of them) and what dead stacks and tasks have left behind. Machines that are
 * alike go on alike, but for programs that read the clock, and for where the tick of each million
 * instructions falls in a program that computes so long. ESTATE: no processes. */
sysemu_status sysemu_get_likeness(sysemu_machine *m, sysemu_digest *out);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
