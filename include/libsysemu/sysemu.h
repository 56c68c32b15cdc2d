/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysemu.h: the whole public interface of libsysemu.
 *
 * A *machine* is an emulated i386 with a small Linux-2.6-like kernel of our own
 * in it, one user program, and its tracer: you. The program's system calls run
 * through the kernel's real entry path (int $0x80 or SYSENTER), instruction by
 * instruction, and every stop is the guest kernel's own doing.
 *
 *	sysemu_open ─► sysemu_load_elf ─► sysemu_run ──► event ──┐
 *	               sysemu_load_code       ▲                  │ STOP: look, change,
 *	                                      └── sysemu_ptrace ◄┘ answer with a resume
 *
 * A minimal program: stop the program at each of its calls and print them.
 *
 *	sysemu_machine *m;
 *	sysemu_event e;
 *
 *	sysemu_open(NULL, &m);
 *	sysemu_load_elf(m, elf, size, argv, envp);
 *	sysemu_run(m, 0, &e);                    // the first stop: SIGSTOP
 *	while (e.kind == SYSEMU_EVENT_STOP) {
 *		sysemu_ptrace(m, SYSEMU_PTRACE_SYSEMU, 0, 0, NULL);
 *		sysemu_run(m, 0, &e);            // stopped at a call, not executed
 *		printf("call %d\n", e.orig_eax);
 *	}
 *	sysemu_close(m);
 *
 * Rules that hold everywhere
 *   - A function returns SYSEMU_OK or the reason why not, and then it changed
 *     nothing and left its out-parameters alone; sysemu_errmsg(m) says it in a
 *     sentence. What happens *inside* the machine is an event, never an error.
 *   - Addresses, registers and flag words are the guest's: 32-bit, host order.
 *   - What you pass in is read during the call only; strings handed out live
 *     until the next call on the same machine, names for ever.
 *   - Thread safety: one machine, one thread at a time. Different machines share
 *     nothing that is written, and may run in different threads.
 *   - Deterministic: the same calls give the same events, counts and digests, on
 *     any host. Time, CPUID and random bytes inside are made up by the machine.
 *   - Every thread flag is written by guest instructions, but for
 *     sysemu_set_tif, which says so in the event log.
 */
#ifndef LIBSYSEMU_SYSEMU_H
#define LIBSYSEMU_SYSEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define SYSEMU_VERSION "0.1.0"

/* ---- 1. status --------------------------------------------------------- */

#define SYSEMU_STATUS_MAP(X)                                                            \
	X(0, OK, "success")                                                             \
	X(1, ENOMEM, "out of memory")                                                   \
	X(2, EINVAL, "invalid argument")                                                \
	X(3, EENGINE, "the CPU engine failed its self-test")                            \
	X(4, EKERNEL, "no such kernel")                                                 \
	X(5, ELOAD, "not a loadable i386 program")                                      \
	X(6, EDYNAMIC, "a dynamically linked program: static only")                     \
	X(7, ESTATE, "not possible in the machine's present state")                     \
	X(8, EFAULT, "bad guest address")                                               \
	X(9, EMISMATCH, "the snapshot belongs to another kind of machine")              \
	X(10, ENOENT, "no such task, symbol or entry")                                  \
	X(11, EHOST, "the host refused a file operation")

typedef enum sysemu_status {
#define X(value, name, text) SYSEMU_##name = value,
	SYSEMU_STATUS_MAP(X)
#undef X
} sysemu_status;

/* The text of a status; never NULL. */
const char *sysemu_strstatus(sysemu_status status);

/* ---- 2. open a machine ------------------------------------------------- */

typedef struct sysemu_machine sysemu_machine;

/* The flavour of the vsyscall page, which AT_SYSINFO leads to. A program's own
 * `int $0x80` stays int $0x80 under either. */
typedef enum sysemu_entry { SYSEMU_ENTRY_INT80 = 0, SYSEMU_ENTRY_SYSENTER = 1 } sysemu_entry;

typedef enum sysemu_start {
	/* Before the program's first instruction the task calls ptrace(TRACEME) and
	 * kill(getpid(), SIGSTOP); the first event is that stop. */
	SYSEMU_START_TRACED = 0,
	SYSEMU_START_UNTRACED = 1,
} sysemu_start;

typedef enum sysemu_counting {
	SYSEMU_COUNT_BLOCKS = 0, /* exact, per basic block */
	SYSEMU_COUNT_NONE = 1,   /* counters stay 0, budgets and guest time do not work */
} sysemu_counting;

typedef struct sysemu_config {
	const char *kernel;        /* a name from sysemu_kernel_at; NULL: "sysemu" */
	sysemu_entry entry;
	sysemu_start start;
	sysemu_counting counting;
	uint32_t user_pages;       /* the most 4 KiB pages of user memory; 0: 32768 (128 MiB) */
	uint32_t log_events;       /* how many of the latest log entries are kept; 0: 4096 */
	uint64_t seed;             /* of AT_RANDOM and getrandom */
	int64_t epoch;             /* seconds since 1970 at instruction 0; 0: 1109764800, 2005-03-02 */
	uint32_t debug_junk;       /* what do_debug and do_int3 leave in eax; up to 2.6.12-rc3 their
				    * stubs test it, and with anything but 0 the SIGTRAP is late */
} sysemu_config;

/* The kernels, in historical order; NULL beyond the last. `about`, if not NULL,
 * receives one line on what it is. */
const char *sysemu_kernel_at(size_t index, const char **about);
/* Its other name; NULL if it has none, or is unknown. */
const char *sysemu_kernel_alias(const char *kernel);
/* 32 hex digits: XXH3-128 of the kernel image and both vsyscall pages;
 * NULL for an unknown name. */
const char *sysemu_kernel_digest(const char *kernel);
/* "unicorn 2.0.1, capstone 4.0.2, guest compiler gcc-12 12.2.0 ..." */
const char *sysemu_engines(void);

/* NULL config: the defaults. Fills *out; sysemu_close releases it. If it fails,
 * sysemu_errmsg(NULL) tells why (per thread). */
sysemu_status sysemu_open(const sysemu_config *config, sysemu_machine **out);
void sysemu_close(sysemu_machine *m); /* NULL is allowed */
/* One sentence on the last failure of this machine, with its place; "" if none.
 * NULL: the last failure of sysemu_open in this thread. */
const char *sysemu_errmsg(const sysemu_machine *m);

/* ---- 3. load a program (once a machine) -------------------------------- */

/* A static i386 ELF executable in memory. argv and envp end with NULL; NULL means
 * empty. Stack, auxiliary vector (with AT_SYSINFO and AT_SYSINFO_EHDR) and brk are
 * laid out as execve does. ELOAD and EDYNAMIC name the offset in the file. */
sysemu_status sysemu_load_elf(sysemu_machine *m, const void *elf, size_t size,
			      char *const argv[], char *const envp[]);
/* Raw code, for tests: `size` bytes at SYSEMU_CODE_BASE (readable, writable,
 * executable, rounded up to pages), eip at its first byte, all registers 0, esp at
 * the top of a stack of 16 pages. */
sysemu_status sysemu_load_code(sysemu_machine *m, const void *code, size_t size);
#define SYSEMU_CODE_BASE 0x08048000u

/* ---- 4. counts --------------------------------------------------------- */

/* Where an instruction lies. `rep` counts once; an instruction that faults does not
 * count. entry: entry.S alone. See docs/counting.md. */
#define SYSEMU_REGION_MAP(X)                                                            \
	X(USER, "user")     /* below PAGE_OFFSET and on the vsyscall page */            \
	X(ENTRY, "entry")   /* entry.S */                                               \
	X(TRACE, "trace")   /* do_syscall_trace */                                      \
	X(PTRACE, "ptrace") /* sys_ptrace and what serves it */                         \
	X(SIGNAL, "signal") /* signals, ptrace_notify, do_notify_resume */              \
	X(TRAPS, "traps")   /* the C side of the exceptions */                          \
	X(LEAF, "leaf")     /* the system calls themselves */                           \
	X(SCHED, "sched")   /* schedule, exit and the stop port */                      \
	X(BOOT, "boot")     /* start-up */                                              \
	X(OTHER, "other")   /* kernel code that belongs to none of these */

typedef enum sysemu_region {
#define X(name, text) SYSEMU_REGION_##name,
	SYSEMU_REGION_MAP(X)
#undef X
	SYSEMU_REGIONS
} sysemu_region;

typedef struct sysemu_counts {
	uint64_t insns[SYSEMU_REGIONS]; /* instructions retired, by region */
	uint64_t int80;                 /* `int $0x80` taken from user mode */
	uint64_t sysenter;              /* SYSENTER taken from user mode */
} sysemu_counts;

/* The counters now; an event carries those of its moment. */
sysemu_status sysemu_get_counts(sysemu_machine *m, sysemu_counts *out);
const char *sysemu_region_name(sysemu_region region); /* NULL beyond the last */
/* The sum over all regions but user. */
uint64_t sysemu_kernel_insns(const sysemu_counts *counts);

/* ---- 5. run ------------------------------------------------------------ */

#define SYSEMU_EVENT_MAP(X)                                                             \
	X(NONE, "none")                                                                 \
	X(STOP, "stop")     /* a ptrace stop or a group stop; status as wait4 gives it */ \
	X(EXIT, "exit")     /* the program ended by itself; status = code << 8 */       \
	X(KILLED, "killed") /* a signal ended it; status = signal | 0x80 if core */     \
	X(BREAK, "break")   /* a breakpoint, before its instruction */                  \
	X(LIMIT, "limit")   /* max_insns reached */                                     \
	X(FAULT, "fault")   /* the kernel or the CPU cannot go on (panic, triple fault) */

typedef enum sysemu_event_kind {
#define X(name, text) SYSEMU_EVENT_##name,
	SYSEMU_EVENT_MAP(X)
#undef X
} sysemu_event_kind;

typedef struct sysemu_event {
	sysemu_event_kind kind;
	int32_t pid;            /* whose event */
	uint32_t status;        /* 16-bit wait status of STOP, EXIT, KILLED; else 0 */
	/* STOP, EXIT, KILLED: the saved user registers; BREAK, LIMIT, FAULT: the CPU's
	 * (orig_eax still from the frame). */
	uint32_t eip, eax, esp, eflags;
	int32_t orig_eax;
	uint32_t tif;           /* thread_info.flags of that task */
	sysemu_counts counts;   /* since sysemu_open */
} sysemu_event;

/*
 * Tasks. The program may fork; its children share its CPU and its memory (QUIRKS.md). An
 * event names its task, and that task is then *in focus*: sysemu_ptrace, the registers below
 * and pid 0 mean it, until the next event or sysemu_focus.
 */

/* Runs to the next event. max_insns: how many more instructions at the most, in all
 * regions, 0 for no limit; the run ends at the last basic block that fits, or after
 * at least one. ESTATE while the program is stopped (answer with a request first) or
 * gone. */
sysemu_status sysemu_run(sysemu_machine *m, uint64_t max_insns, sysemu_event *out);

const char *sysemu_event_name(sysemu_event_kind kind); /* "stop", ...; NULL if unknown */

/* ---- 6. the tracer ----------------------------------------------------- */

/* Numbers as in <sys/ptrace.h>, and those that libc does not name. */
#define SYSEMU_REQUEST_MAP(X)                                                           \
	X(0, TRACEME) X(1, PEEKTEXT) X(2, PEEKDATA) X(3, PEEKUSR) X(4, POKETEXT)        \
	X(5, POKEDATA) X(6, POKEUSR) X(7, CONT) X(8, KILL) X(9, SINGLESTEP)             \
	X(12, GETREGS) X(13, SETREGS) X(14, GETFPREGS) X(15, SETFPREGS) X(16, ATTACH)   \
	X(17, DETACH) X(18, GETFPXREGS) X(19, SETFPXREGS) X(21, OLDSETOPTIONS)          \
	X(24, SYSCALL) X(25, GET_THREAD_AREA) X(26, SET_THREAD_AREA) X(31, SYSEMU)      \
	X(32, SYSEMU_SINGLESTEP) X(0x4200, SETOPTIONS) X(0x4201, GETEVENTMSG)           \
	X(0x4202, GETSIGINFO) X(0x4203, SETSIGINFO)

enum {
#define X(value, name) SYSEMU_PTRACE_##name = value,
	SYSEMU_REQUEST_MAP(X)
#undef X
};

/* "SYSEMU" for 31, NULL if unnamed; and back, -1 if unknown. */
const char *sysemu_request_name(int request);
int sysemu_request_number(const char *name);

/* The raw ptrace system call on the task in focus, executed by the guest's
 * sys_ptrace in a tracer task of the same machine. `data` may point into the tracer's
 * window, from SYSEMU_WINDOW on. *result (may be NULL) is what the kernel returned:
 * 0 or -errno; a raw PEEK stores its word at `data`. A refused request is a result,
 * not an error. After a resume request, go on with sysemu_run. */
sysemu_status sysemu_ptrace(sysemu_machine *m, int request, uint32_t addr, uint32_t data,
			    int32_t *result);
/* The same with any pid, as the kernel takes it: 0 and negative ones name nobody. */
sysemu_status sysemu_ptrace_pid(sysemu_machine *m, int request, int32_t pid, uint32_t addr,
				uint32_t data, int32_t *result);

/* The tracer's window: guest addresses that only the tracer's requests can use. */
#define SYSEMU_WINDOW 0xB8000000u
#define SYSEMU_WINDOW_SIZE 0x10000u

/* The 17 words of PTRACE_GETREGS, in its order. */
typedef struct sysemu_regs {
	uint32_t ebx, ecx, edx, esi, edi, ebp, eax, ds, es, fs, gs;
	int32_t orig_eax;
	uint32_t eip, cs, eflags, esp, ss;
} sysemu_regs;

/* The registers of the stopped task in focus, straight from the saved frame: what GETREGS and
 * SETREGS do, without running the guest, and with SETREGS' rules (EFLAGS mask, RPL 3
 * selectors; EINVAL names the register, and then nothing is written). ESTATE unless
 * it is stopped. */
sysemu_status sysemu_get_regs(sysemu_machine *m, sysemu_regs *out);
sysemu_status sysemu_set_regs(sysemu_machine *m, const sysemu_regs *regs);
/* One of them by its word number in that struct: cheaper. */
sysemu_status sysemu_set_reg(sysemu_machine *m, unsigned word, uint32_t value);

/* From outside, by guest functions, whatever the task is doing; pid 0: the one in focus. A
 * task that runs in user mode is interrupted by the next sysemu_run, as by another CPU. */
/* kill(2) by the tracer: *result (may be NULL) is 0, -EINVAL, -ESRCH, -EPERM. */
sysemu_status sysemu_signal(sysemu_machine *m, int32_t pid, int signal, int32_t *result);
/* Sets NEED_RESCHED. */
sysemu_status sysemu_need_resched(sysemu_machine *m, int32_t pid);
/* Gives the task an audit context and sets AUDIT, or takes both away. */
sysemu_status sysemu_set_audit(sysemu_machine *m, int32_t pid, bool on);
/* wait4(2) by the tracer: *result is the pid that *status is of, 0 or -errno; -ERESTARTSYS
 * (-512) where the kernel would sleep. A status is given once. Events give it, too. */
sysemu_status sysemu_wait(sysemu_machine *m, int32_t pid, uint32_t options, uint32_t *status,
			  int32_t *result);

/* ---- 7. look and change ------------------------------------------------ */

/* Bytes at any mapped guest address, user's, kernel's or the tracer's window,
 * whatever the page's protection; a write goes through read-only pages, as POKETEXT
 * does, and code that changes is translated anew. EFAULT names the first address
 * that is not mapped, and nothing is transferred. */
sysemu_status sysemu_read(sysemu_machine *m, uint32_t addr, void *buf, size_t size);
sysemu_status sysemu_write(sysemu_machine *m, uint32_t addr, const void *buf, size_t size);

/* User memory: `pages` fresh zeroed pages at `addr` (a multiple of 4096), replacing
 * what was there; prot 0 none, 1 read, 3 read and write. ENOMEM beyond user_pages,
 * EINVAL outside user space or over the tracer's window. */
sysemu_status sysemu_map(sysemu_machine *m, uint32_t addr, uint32_t pages, int prot);
sysemu_status sysemu_protect(sysemu_machine *m, uint32_t addr, uint32_t pages, int prot);
sysemu_status sysemu_unmap(sysemu_machine *m, uint32_t addr, uint32_t pages);
/* -1 where nothing is mapped, else its prot. */
int sysemu_page_prot(sysemu_machine *m, uint32_t addr);

/* The CPU's registers now, in user or kernel mode. orig_eax from the frame. */
sysemu_status sysemu_get_cpu(sysemu_machine *m, sysemu_regs *out);
/* The program goes on at `eip`, as if it had jumped there without an instruction. ESTATE while
 * the CPU is in the kernel: of a stopped task, set its eip. */
sysemu_status sysemu_jump(sysemu_machine *m, uint32_t eip);

/* thread_info.flags: bit names in bit order, NULL for a bit without a name. */
#define SYSEMU_TIF_MAP(X)                                                               \
	X(0, SYSCALL_TRACE, "TRACE") X(1, NOTIFY_RESUME, "NOTIFY_RESUME")               \
	X(2, SIGPENDING, "SIGPENDING") X(3, NEED_RESCHED, "NEED_RESCHED")               \
	X(4, SINGLESTEP, "SINGLESTEP") X(5, IRET, "IRET") X(6, SYSCALL_EMU, "EMU")      \
	X(7, SYSCALL_AUDIT, "AUDIT") X(8, SECCOMP, "SECCOMP")                           \
	X(16, POLLING_NRFLAG, "POLLING_NRFLAG") X(17, MEMDIE, "MEMDIE")
enum {
#define X(bit, name, text) SYSEMU_TIF_##name = 1 << bit,
	SYSEMU_TIF_MAP(X)
#undef X
};
const char *sysemu_tif_name(unsigned bit);

typedef struct sysemu_task {
	int32_t pid, ppid;      /* ppid: the real parent */
	int32_t tracer;         /* pid of the tracer, 0 if not traced */
	uint32_t state;         /* 0 running, 4 stopped, 8 traced, 16 zombie */
	uint32_t tif;           /* thread_info.flags */
	uint32_t ptrace;        /* PT_PTRACED 1, PT_DTRACE 2, PT_TRACESYSGOOD 4, ... */
	uint32_t sigpending;    /* bit n-1: signal n queued */
	int32_t exit_code;      /* what wait4 would take */
	uint32_t eflags;        /* of its saved frame: a fork's child has one too */
	uint32_t audit_entries, audit_exits; /* calls whose start and end audit was told of */
	uint32_t sigown;        /* sigpending by queue: the task's own, taken from first, */
	uint32_t sigshared;     /* and the process's, for kill(2) */
	bool audit;             /* it has an audit context */
} sysemu_task;

/* A task by pid; 0: the one in focus. ENOENT if there is none. init is 1, the tracer 100, the
 * program 101, its children 102 and on. */
sysemu_status sysemu_task_info(sysemu_machine *m, int32_t pid, sysemu_task *out);
sysemu_status sysemu_focus(sysemu_machine *m, int32_t pid);

/* What ATTACH asks before it attaches. A new task has 0, has_mm and dumpable. */
typedef struct sysemu_task_attr {
	uint32_t uid, euid, suid, gid, egid, sgid;
	bool cap_sys_ptrace, has_mm, dumpable;
} sysemu_task_attr;
sysemu_status sysemu_set_attr(sysemu_machine *m, int32_t pid, const sysemu_task_attr *attr);

/* Injects thread_info.flags of the task in focus: the one way in which the host
 * writes a flag. It leaves an entry in the log. */
sysemu_status sysemu_set_tif(sysemu_machine *m, uint32_t tif);

/* A kernel symbol's address. ENOENT. */
sysemu_status sysemu_symbol(sysemu_machine *m, const char *name, uint32_t *addr);
/* "syscall_trace_entry+0x8", or "" outside every symbol; into `buf`, cut to fit. */
void sysemu_describe(sysemu_machine *m, uint32_t addr, char *buf, size_t size);
/* One instruction at addr in AT&T syntax: its length, 0 if undecodable or unmapped. */
size_t sysemu_disasm(sysemu_machine *m, uint32_t addr, char *buf, size_t size);

/* ---- 8. breakpoints and steps ------------------------------------------ */

/* At most 64; the run ends before the instruction. Set or cleared between runs. */
sysemu_status sysemu_break_set(sysemu_machine *m, uint32_t addr);
sysemu_status sysemu_break_clear(sysemu_machine *m, uint32_t addr);
/* Called before each instruction while set (about 5 times slower); NULL ends it.
 * The callback may read the machine (regions 7), not run or change it. */
typedef void (*sysemu_insn_fn)(void *user, uint32_t addr, uint32_t size);
sysemu_status sysemu_on_insn(sysemu_machine *m, sysemu_insn_fn fn, void *user);

/* ---- 9. save, restore, digest ------------------------------------------ */

typedef struct sysemu_snapshot sysemu_snapshot;
typedef struct sysemu_digest { uint8_t bytes[16]; } sysemu_digest;

/* Memory, CPU with FPU and SSE, counters, and the server's state (below). A snapshot
 * may be restored many times, by any machine opened with an equal config, and
 * outlives the machine; breakpoints, callbacks and the event log are not in it.
 * Pages are shared between snapshots and copied only where they changed. */
sysemu_status sysemu_save(sysemu_machine *m, sysemu_snapshot **out);
sysemu_status sysemu_restore(sysemu_machine *m, const sysemu_snapshot *s);
void sysemu_snapshot_free(sysemu_snapshot *s); /* NULL is allowed */
/* Equal state gives an equal digest, on every host. */
sysemu_status sysemu_get_digest(sysemu_machine *m, sysemu_digest *out);

/* ---- 10. the event log ------------------------------------------------- */

typedef enum sysemu_log_kind {
	SYSEMU_LOG_EVENT,   /* sysemu_run returned it: `event` */
	SYSEMU_LOG_REQUEST, /* sysemu_ptrace: `request`, `addr`, `data`, `result` */
	SYSEMU_LOG_SET_TIF, /* the host injected flags: `data` */
} sysemu_log_kind;

typedef struct sysemu_log_entry {
	uint64_t number;      /* 0 for the first since sysemu_open */
	sysemu_log_kind kind;
	sysemu_event event;
	int request;
	uint32_t addr, data;
	int32_t result;
} sysemu_log_entry;

uint64_t sysemu_log_count(const sysemu_machine *m);
/* ENOENT for entries not yet written or already dropped. */
sysemu_status sysemu_log_get(const sysemu_machine *m, uint64_t number, sysemu_log_entry *out);

/* ---- 11. the server: a UML-like tracer that serves a program's calls ---- */

/* The program's outside world. Unset members: no input, output dropped, no files,
 * not a terminal. The callbacks belong to the caller and outlive the machine. */
typedef struct sysemu_host {
	void *user;
	/* As read(2) and write(2) on descriptors 0, 1, 2: a count or -errno. */
	int32_t (*read)(void *user, int fd, void *buf, uint32_t size);
	int32_t (*write)(void *user, int fd, const void *buf, uint32_t size);
	/* A remark for a person, once each: an unknown call, a signal not delivered. */
	void (*note)(void *user, const char *text);
	const char *root;     /* host directory that becomes "/", read-only; NULL: no files */
	bool terminal;        /* descriptors 0, 1, 2 answer TCGETS */
} sysemu_host;

typedef struct sysemu_served {
	int32_t nr, result;   /* the call and what the program gets */
	bool ended;           /* exit, exit_group or a fatal signal: end it with KILL */
	uint32_t status;      /* then: its wait status */
	const char *name;     /* "write"; NULL if the server does not know the number */
} sysemu_served;

/* EHOST if root cannot be opened. Once, after the load, before the first sysemu_serve. */
sysemu_status sysemu_set_host(sysemu_machine *m, const sysemu_host *host);
/* At a stop where a call is to be emulated (a SYSEMU stop, or the exit stop of the
 * getpid that a tracer without SYSEMU puts in its place): serves call `nr` with the
 * frame's arguments and writes eax. Never executes the call in the guest's kernel. */
sysemu_status sysemu_serve(sysemu_machine *m, int32_t nr, sysemu_served *out);
/* "write" for 4; NULL if unknown. i386 numbers. */
const char *sysemu_call_name(int32_t nr);

/* ---- 12. scenarios ----------------------------------------------------- */

/*
 * A scenario is a program and rows of *expected event* and *tracer's answer*; its text form
 * is docs/scenarios.md, and these structures are what the parser makes of it. A C program may
 * write them down itself: everything but rows and their counts may be zero.
 */

/* Which stop it is, told by where the CPU is and not by what the stop looks like. */
#define SYSEMU_PLACE_MAP(X)                                                             \
	X(NONE, "none")                                                                 \
	X(ENTRY, "entry")   /* do_syscall_trace, before the call */                     \
	X(EXIT, "exit")     /* do_syscall_trace, behind it */                           \
	X(SIGNAL, "signal") /* a signal is about to be delivered */                     \
	X(NOTIFY, "notify") /* another ptrace_notify */                                 \
	X(GROUP, "group")   /* a group stop */

typedef enum sysemu_place {
#define X(name, text) SYSEMU_PLACE_##name,
	SYSEMU_PLACE_MAP(X)
#undef X
	SYSEMU_PLACES
} sysemu_place;

#define SYSEMU_RAN_MAX 8

/* An event and what is known at its moment. */
typedef struct sysemu_seen {
	sysemu_event event;
	sysemu_place place;
	uint32_t calls;              /* calls executed since the last event: the CPU was at the */
	int32_t ran[SYSEMU_RAN_MAX]; /* first instruction of a function of sys_call_table */
	sysemu_regs regs;            /* saved ones at a stop, else the CPU's */
	sysemu_task task;
	sysemu_counts since;         /* the last event, without the tracer's own instructions */
} sysemu_seen;

/* One thing to compare: (what & mask) == value. */
#define SYSEMU_CHECK_MAP(X)                                                             \
	X(KIND, "event")                                                                \
	X(STATUS, "status")                                                             \
	X(PID, "pid")                                                                   \
	X(PLACE, "place")   /* a sysemu_place */                                        \
	X(CALLS, "ran")     /* how many calls executed */                               \
	X(CALL, "ran")      /* index: which of them; its number */                      \
	X(REG, "reg")       /* index: word of sysemu_regs */                            \
	X(EFLAGS, "eflags")                                                             \
	X(TIF, "tif")                                                                   \
	X(PTRACE, "ptrace")                                                             \
	X(PENDING, "pending")                                                           \
	X(INSNS, "insns")   /* index: region; SYSEMU_REGIONS: all but user */           \
	X(INT80, "int80")                                                               \
	X(SYSENTER, "sysenter")                                                         \
	X(AUDIT_ENTRIES, "audit_entries")                                               \
	X(AUDIT_EXITS, "audit_exits")                                                   \
	X(RESULT, "result") /* no check: an action's result or word differs */          \
	X(RUN, "run")       /* no check: the machine does not run, the scenario is too long */

typedef enum sysemu_check_kind {
#define X(name, text) SYSEMU_CHECK_##name,
	SYSEMU_CHECK_MAP(X)
#undef X
	SYSEMU_CHECKS
} sysemu_check_kind;

typedef struct sysemu_check {
	sysemu_check_kind kind;
	uint32_t index, mask, value;
} sysemu_check;

/* What the tracer does. `result` is compared, unless any_result. */
#define SYSEMU_ACTION_MAP(X)                                                            \
	X(PTRACE)  /* request, addr, data; with `compare`, a PEEK's word is `word` */   \
	X(SET_REG) /* addr: the word's number; (old & mask) + data */                   \
	X(POKE)    /* addr, data */                                                     \
	X(PEEK)    /* addr; compared with `word` */                                     \
	X(SIGNAL)  /* data */                                                           \
	X(RESCHED)                                                                      \
	X(AUDIT)   /* data: 0 or 1 */                                                   \
	X(TIF)     /* injection: (old & mask) | data */                                 \
	X(WAIT)    /* data: options; result: the status, 0 or -errno */                 \
	X(FOCUS)   /* data: a pid; 0: the newest child */                               \
	X(BREAK)   /* addr: stop there once */

typedef enum sysemu_action_kind {
#define X(name) SYSEMU_ACTION_##name,
	SYSEMU_ACTION_MAP(X)
#undef X
} sysemu_action_kind;

typedef struct sysemu_action {
	sysemu_action_kind kind;
	int32_t request;
	uint32_t addr, data, mask, word;
	bool compare, any_result;
	int32_t result;
	uint32_t line, column; /* of its text, for messages */
} sysemu_action;

typedef struct sysemu_row {
	const char *label; /* or NULL */
	uint32_t line, column;
	const sysemu_check *checks;
	size_t n_checks;
	const sysemu_action *actions;
	size_t n_actions;
} sysemu_row;

/* How a kernel is to fare. */
typedef struct sysemu_verdict {
	const char *kernel;
	bool fails;          /* at row `row` */
	size_t row;
	bool on_field;       /* and there in a check of this kind and, of REG, this index */
	sysemu_check_kind on;
	uint32_t on_index;
} sysemu_verdict;

/* A scenario for one flavour of entry: addresses of the program differ. */
typedef struct sysemu_staging {
	const void *code;    /* for sysemu_load_code; NULL if `program` names a file */
	size_t code_size;
	const sysemu_row *rows;
	size_t n_rows;       /* 0: not played with this entry */
} sysemu_staging;

typedef struct sysemu_scenario {
	const char *name, *about, *good, *bad, *source; /* all but name may be NULL */
	const char *program; /* an ELF file's name, or NULL */
	sysemu_start start;
	uint32_t budget;     /* instructions to an event; 0: 100000 */
	uint32_t debug_junk;
	uint32_t line;
	const sysemu_verdict *verdicts;
	size_t n_verdicts;
	sysemu_staging by_entry[2]; /* index: sysemu_entry */
} sysemu_scenario;

/* A parsed file owns its scenarios until sysemu_scenarios_free. */
typedef struct sysemu_scenarios sysemu_scenarios;
typedef struct sysemu_script_error {
	uint32_t line, column; /* from 1 */
	char text[200];
} sysemu_script_error;

/* EINVAL and ENOMEM fill *error. */
sysemu_status sysemu_scenarios_parse(const char *text, size_t size, sysemu_scenarios **out,
				     sysemu_script_error *error);
size_t sysemu_scenarios_count(const sysemu_scenarios *s);
/* NULL beyond the last. */
const sysemu_scenario *sysemu_scenarios_at(const sysemu_scenarios *s, size_t index);
void sysemu_scenarios_free(sysemu_scenarios *s); /* NULL is allowed */

typedef struct sysemu_played {
	bool passed;
	size_t row;            /* that failed, or n_rows */
	uint32_t line, column; /* of that row or action */
	uint32_t differs;      /* 1 << sysemu_check_kind: what differs there */
	uint32_t regs_differ;  /* 1 << word: which registers */
	sysemu_seen seen;      /* the last event */
	uint64_t insns;        /* executed in all */
	char text[480];        /* "place: expected entry, got exit" */
} sysemu_played;

/* Called for each event, before it is compared. */
typedef void (*sysemu_seen_fn)(void *user, size_t row, const sysemu_seen *seen);

/* Plays rows on a machine with a program loaded, from its present state. The machine's
 * sysemu_on_insn is in use meanwhile, and breakpoints of others end the play. Budget 0: as
 * above. A row that fails is an answer in *out, not an error. */
sysemu_status sysemu_play(sysemu_machine *m, const sysemu_row *rows, size_t n, uint32_t budget,
			  sysemu_seen_fn on_event, void *user, sysemu_played *out);
/* Opens a machine for it first. elf: the bytes of the file that `program` names. EINVAL if
 * it is not played with this entry. The reason why not is in out->text, too. */
sysemu_status sysemu_scenario_play(const sysemu_scenario *s, const char *kernel,
				   sysemu_entry entry, const void *elf, size_t size,
				   sysemu_seen_fn on_event, void *user, sysemu_played *out);
/* Did it go as stated? */
bool sysemu_verdict_holds(const sysemu_verdict *verdict, const sysemu_played *played);
const char *sysemu_place_name(sysemu_place place); /* NULL beyond the last */

/* ---- 13. injection ----------------------------------------------------- */

/*
 * One event from outside, injected before each instruction of the kernel in turn while a
 * scenario is played; the tracer goes on as the rows say, whatever comes. What then comes is
 * compared with what comes without: a *window* is a run of neighbouring boundaries at which
 * the injection leads to one and the same other outcome.
 */
typedef enum sysemu_injection_kind {
	SYSEMU_INJECT_TIF,     /* sysemu_set_tif: (old & ~clear) | set */
	SYSEMU_INJECT_SIGNAL,  /* kill(2) */
	SYSEMU_INJECT_RESCHED, /* NEED_RESCHED */
	SYSEMU_INJECT_KILL,    /* the tracer's PTRACE_KILL */
} sysemu_injection_kind;

typedef struct sysemu_injection {
	sysemu_injection_kind kind;
	uint32_t set, clear;
	int signal;
} sysemu_injection;

typedef struct sysemu_window {
	size_t row;           /* on the way to whose event */
	uint64_t first, last; /* boundaries, numbered along the whole play */
	uint32_t from, to;    /* the instructions before which they lie */
	char from_name[64], to_name[64]; /* "do_syscall_trace+0x2a" */
	char from_text[64], to_text[64]; /* "testb $0x40, %al" */
	size_t event;         /* the first row whose event differs */
	uint32_t differs;     /* 1 << sysemu_check_kind: what differs, in all events */
	char text[200];       /* how it differs: "ran: expected none, got getpid; ..." */
} sysemu_window;

typedef struct sysemu_injected {
	uint64_t boundaries;
	uint64_t untried;     /* of them: the task had said that it stops, and not yet stopped */
	size_t n;
	sysemu_window *windows;
	char text[200];       /* why not, if it failed */
} sysemu_injected;

/* Takes a few milliseconds a boundary. ESTATE if the play without injection does not come to
 * its last row. `out` is filled in any case, and sysemu_injected_free
 * releases what it holds. */
sysemu_status sysemu_inject(const sysemu_scenario *s, const char *kernel, sysemu_entry entry,
			    const void *elf, size_t size, const sysemu_injection *what,
			    sysemu_injected *out);
void sysemu_injected_free(sysemu_injected *injected);

/* ---- 14. exploration --------------------------------------------------- */

/*
 * Breadth-first through all that a tracer, its tracee and their surroundings can do, each
 * step on the guest's code from a restored snapshot. Two moments with the same fields are
 * one *node*; a choice made in a node and what came of it is an *edge*. Fields, choices and
 * properties, and what was left out: docs/exploration.md.
 */
#define SYSEMU_FIELD_MAP(X)                                                             \
	X(PLACE, "place")       /* a sysemu_node_place */                               \
	X(WHERE, "where")       /* a sysemu_node_where: the user's eip */               \
	X(FLAGS, "flags")       /* thread_info.flags, bits 0 to 7 */                    \
	X(TF, "tf")             /* the user's TF */                                     \
	X(DTRACE, "dtrace")     /* PT_DTRACE */                                         \
	X(SYSGOOD, "sysgood")   /* PT_TRACESYSGOOD */                                   \
	X(TRACED, "traced")     /* PT_PTRACED */                                        \
	X(ENTRY, "entry")       /* of a call's frame: 1 int $0x80, 2 SYSENTER; 0: no call */ \
	X(ORIG, "orig_eax")     /* of a call's frame: a sysemu_node_class */            \
	X(EAX, "eax")           /* a sysemu_node_class, where something will look at it */ \
	X(PENDING, "pending")   /* TRAP 1, USR1 2, STOP 4, another 8 in the task's queue; */ \
	X(CODE, "exit_code")    /* in the process's: the same times 16 */               \
	X(AUDIT, "audit")       /* an audit context */                                  \
	X(MODE, "mode")         /* the request that last resumed it; where nothing asks: 0 */ \
	X(CALL, "call")         /* of a call's frame: 1 it was to run, 2 to be emulated */

enum {
#define X(name, text) SYSEMU_FIELD_##name,
	SYSEMU_FIELD_MAP(X)
#undef X
	SYSEMU_FIELDS
};

#define SYSEMU_NODE_PLACE_MAP(X)                                                        \
	X(HOME, "user")     /* runs in user mode */                                     \
	X(ENTRY, "entry")   /* syscall stop, before the call */                         \
	X(EXIT, "exit")     /* syscall stop, behind it */                               \
	X(SIGNAL, "signal") /* signal stop */                                           \
	X(GROUP, "group")   /* group stop */                                            \
	X(OTHER, "other")   /* another stop: none is expected; no choices from here on */ \
	X(FORKED, "forked") /* it has a child */                                        \
	X(DEAD, "dead")                                                                 \
	X(HANG, "hang")     /* no end within the budget */                              \
	X(FAULT, "fault")   /* the kernel cannot go on */

enum sysemu_node_place {
#define X(name, text) SYSEMU_NODE_##name,
	SYSEMU_NODE_PLACE_MAP(X)
#undef X
};

#define SYSEMU_NODE_WHERE_MAP(X)                                                        \
	X(HOME, "home")         /* between two steps; of a call's frame: behind it */   \
	X(INT80, "at-int80")    /* before an int $0x80 */                               \
	X(SYSENTER, "at-sysenter")                                                      \
	X(BACK0, "back-0")      /* the page's way back to sysenter: the jump, */        \
	X(BACK1, "back-1")      /* the move */                                          \
	X(TAIL0, "tail-0")      /* behind SYSENTER, three pops and a ret to do */       \
	X(TAIL1, "tail-1")                                                              \
	X(TAIL2, "tail-2")                                                              \
	X(TAIL3, "tail-3")                                                              \
	X(ELSEWHERE, "elsewhere")

enum sysemu_node_where {
#define X(name, text) SYSEMU_WHERE_##name,
	SYSEMU_NODE_WHERE_MAP(X)
#undef X
};

#define SYSEMU_NODE_CLASS_MAP(X)                                                        \
	X(NONE, "-")                                                                    \
	X(SERVED, "served")         /* getpid */                                        \
	X(UNKNOWN, "unknown")       /* in the table, but no such call */                \
	X(OUT, "out")               /* beyond the table */                              \
	X(FORK, "fork")                                                                 \
	X(RESTART, "restart")       /* restart_syscall */                               \
	X(NEGATIVE, "negative")     /* beyond the table, and never restarted */         \
	X(OTHER, "other")                                                               \
	X(PLAIN, "plain")           /* a result that nothing asks for */                \
	X(ERESTARTSYS, "-ERESTARTSYS")                                                  \
	X(ERESTART_BLOCK, "-ERESTART_RESTARTBLOCK")

enum sysemu_node_class {
#define X(name, text) SYSEMU_CLASS_##name,
	SYSEMU_NODE_CLASS_MAP(X)
#undef X
};

typedef struct sysemu_node {
	uint8_t field[SYSEMU_FIELDS];
} sysemu_node;

enum { SYSEMU_BROKE_REGS = 1, SYSEMU_BROKE_EFLAGS = 2, SYSEMU_BROKE_STACK = 4 };

typedef struct sysemu_edge {
	uint32_t from, to;     /* nodes, numbered as they were found; the first is 0 */
	uint16_t choice;       /* a name: sysemu_choice_name */
	uint8_t event;         /* a sysemu_event_kind; NONE: nothing ran */
	uint8_t entered;       /* a call was begun: 1 by int $0x80, 2 by SYSENTER */
	uint16_t status;       /* the event's */
	int16_t result;        /* the request's: 0 or -errno */
	uint16_t ran_before;   /* instructions of system calls themselves, before a call was begun: */
	uint16_t ran_after;    /* so of the call that the task was in; and behind that */
	uint16_t user, entry;  /* instructions by region */
	uint8_t mode;          /* the resume request in force as it ran; 0: none, or detached */
	uint8_t audit_entries, audit_exits;
	uint8_t broke;         /* SYSEMU_BROKE_...: what the program finds changed */
	uint8_t child_flags;   /* FORKED: thread_info.flags of the child */
	uint8_t reserved[3];   /* 0 */
} sysemu_edge;

/* A property speaks of single edges; what came before is in the nodes (mode, call). */
typedef struct sysemu_property {
	const char *name, *about, *source;
	bool (*holds)(void *user, const sysemu_node *from, const sysemu_edge *edge,
		      const sysemu_node *to);
	void *user;
	/* What a script asks of the last event: fields ("ran=none"), or a whole event ("stop
	 * TRAP entry"), with @ for the label of the next step; NULL: the script states what was. */
	const char *demand;
} sysemu_property;

typedef struct sysemu_exploration sysemu_exploration;

typedef struct sysemu_explore_config {
	const char *kernel;    /* NULL: "sysemu" */
	sysemu_entry entry;
	uint32_t depth;        /* so many choices deep; 0: until nothing is new */
	uint32_t threads;      /* 0: 1. The result is the same */
	uint32_t again;        /* from so many other ways into each node its edges are run again */
	int32_t first;         /* only this first choice of the root; -1: all */
	/* After each level, from the calling thread; false ends it with ESTATE. Or NULL. */
	bool (*progress)(void *user, uint32_t level, size_t nodes, size_t edges);
	void *user;
} sysemu_explore_config;

typedef struct sysemu_explored {
	const char *kernel;
	sysemu_entry entry;
	uint32_t depth;        /* of the deepest node */
	bool closed;           /* every node's edges are there */
	size_t nodes, edges;
	size_t runs;           /* transitions executed: edges, and those run again */
	size_t ways;           /* other ways from which the edges of a node were run again */
	size_t differences;    /* edges that went otherwise there: a field is missing */
	char difference[200];  /* the first of them */
} sysemu_explored;

/* Explores; *out is released by sysemu_exploration_free. If it fails, `text` (may be NULL)
 * receives the sentence. */
sysemu_status sysemu_explore(const sysemu_explore_config *config, sysemu_exploration **out,
			     char text[256]);
void sysemu_exploration_free(sysemu_exploration *x); /* NULL is allowed */
void sysemu_explored_facts(const sysemu_exploration *x, sysemu_explored *out);

/* By number, in order of discovery; ENOENT. The edges of a node follow each other, in the
 * order of their choices. */
sysemu_status sysemu_node_at(const sysemu_exploration *x, size_t number, sysemu_node *out);
sysemu_status sysemu_edge_at(const sysemu_exploration *x, size_t number, sysemu_edge *out);

/* All edges in order, past each property, in the calling thread. broken[i] is the number of
 * the edge that ends the shortest way to a failure of properties[i], or SYSEMU_HOLDS; how
 * many fail is in count[i] (may be NULL). */
#define SYSEMU_HOLDS ((size_t)-1)
sysemu_status sysemu_exploration_check(const sysemu_exploration *x,
				       const sysemu_property *properties, size_t n,
				       size_t broken[], size_t count[]);
/* The properties of docs/exploration.md; NULL beyond the last. */
const sysemu_property *sysemu_property_at(size_t index);
/* What the facts say of it, with the fact: 1 holds, 0 fails, -1 says nothing there. */
int sysemu_property_expected(const sysemu_property *p, const char *kernel, sysemu_entry entry,
			     const char **fact);

/* The shortest way to an edge, as a scenario that fails there (docs/scenarios.md) for the
 * property's demand; malloc'ed, for the caller to free. Property NULL: it states what was. */
sysemu_status sysemu_exploration_script(const sysemu_exploration *x, size_t edge,
					const sysemu_property *property, char **text);

/* The independent model (docs/exploration.md): what node it expects of a choice. False: it
 * says that there is no such choice. */
bool sysemu_model_step(const char *kernel, const sysemu_node *from, unsigned choice,
		       sysemu_node *to, sysemu_edge *edge);

/* An exploration as bytes (malloc'ed) and back: to split the work and join it. Joining wants
 * the same kernel and entry; the numbers are those of one exploration of all. */
sysemu_status sysemu_exploration_save(const sysemu_exploration *x, void **bytes, size_t *size);
sysemu_status sysemu_exploration_load(const void *bytes, size_t size, sysemu_exploration **out);
sysemu_status sysemu_exploration_join(sysemu_exploration *const parts[], size_t n,
				      sysemu_exploration **out);

/* "SYSCALL", "SYSEMU USR1", "eip -= 2", ...; NULL beyond the last. */
const char *sysemu_choice_name(unsigned choice);
const char *sysemu_field_name(unsigned field);
/* A field's value as text, into `buf`; returns buf. */
const char *sysemu_field_text(unsigned field, unsigned value, char *buf, size_t size);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
