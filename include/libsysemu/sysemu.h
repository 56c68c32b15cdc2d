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
 *     sentence. What happens *inside* the machine is an event, never an error. (EENGINE
 *     alone leaves a machine that only a restore mends.)
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
/* clang-format off */
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
	X(3, EENGINE, "the CPU engine failed")                            \
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

/* In a function of the caller's that a machine calls (sysemu_host's, sysemu_on_insn's and its kind), whatever would run
 * or change that machine, or save it, is ESTATE. */

/* The text of a status; never NULL. */
const char *sysemu_strstatus(sysemu_status status);

/* ---- 2. open a machine ------------------------------------------------- */

typedef struct sysemu_machine sysemu_machine;

/* The flavour of the vsyscall page, which AT_SYSINFO leads to, and with it the CPU that a
 * kernel of 2005 takes that page for. Under INT80 it has no SYSENTER: CPUID and AT_HWCAP say so,
 * and a program's own is #UD, SIGILL. A program's own `int $0x80` is that under either. */
typedef enum sysemu_entry { SYSEMU_ENTRY_INT80 = 0, SYSEMU_ENTRY_SYSENTER = 1 } sysemu_entry;

typedef enum sysemu_start {
	/* Before the program's first instruction the task calls ptrace(TRACEME) and
	 * kill(getpid(), SIGSTOP); the first event is that stop. */
	SYSEMU_START_TRACED = 0,
	SYSEMU_START_UNTRACED = 1,
} sysemu_start;

typedef enum sysemu_counting {
	SYSEMU_COUNT_BLOCKS = 0, /* exact, per basic block */
	/* Faster (docs/performance.md). Counts of instructions stay 0, sysemu_run takes no
	 * max_insns, and time stands still but for sleeps: each rdtsc is 1 more. */
	SYSEMU_COUNT_NONE = 1,
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
	const char *timing;        /* a timing model with options, "i386dx,cli=9" (timing.h); NULL: no
				    * clocks. With entry SYSENTER its CPU must have that, and it needs
				    * counting: else EINVAL */
} sysemu_config;

/* The kernels, in historical order; NULL beyond the last. `about`, if not NULL,
 * receives one line on what it is. */
const char *sysemu_kernel_at(size_t index, const char **about);
/* Its other name; NULL if it has none, or is unknown. */
const char *sysemu_kernel_alias(const char *kernel);
/* 32 hex digits: XXH3-128 of the kernel image and both vsyscall pages;
 * NULL for an unknown name. */
const char *sysemu_kernel_digest(const char *kernel);
/* The ELF image that it is loaded from, with its symbols; NULL for an unknown name. */
const void *sysemu_kernel_image(const char *kernel, size_t *size);
/* What is said of a name that no kernel has, with those that there are; returns buf. */
const char *sysemu_kernel_unknown(const char *name, char *buf, size_t size);
/* "unicorn 2.0.1, capstone 4.0.2, ring change in place, guest compiler gcc-12 12.2.0 ..."; by CR0
 * where the engine's registers were not found, which is slower. */
const char *sysemu_engines(void);

/* NULL config: the defaults. Fills *out; sysemu_close releases it. If it fails,
 * sysemu_errmsg(NULL) tells why. */
sysemu_status sysemu_open(const sysemu_config *config, sysemu_machine **out);
/* NULL is allowed. In a function that the machine calls it does nothing. */
void sysemu_close(sysemu_machine *m);
/* One sentence on the last failure of this machine, with its place; "" if none. NULL: the last
 * failure in this thread of a call that has no machine: sysemu_open, those of timing.h and
 * explore.h, and any that was given NULL for one. */
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
	X(KILLED, "killed") /* a signal ended it; status = signal (no core is written) */     \
	X(BREAK, "break")   /* a breakpoint, before its instruction */                  \
	X(LIMIT, "limit")   /* max_insns reached */                                     \
	X(FAULT, "fault")   /* the kernel or the CPU cannot go on (panic, triple fault) */ \
	X(DEADLOCK, "deadlock") /* with processes: all wait, and no timer runs (process.h) */ \
	X(CHOICE, "choice")     /* with processes: whoever chooses wants to later (process.h) */ \
	X(RETURN, "return")     /* the tracer's call has ended, eax is its result (step.h) */

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
	uint64_t clocks;        /* the same, in all; 0 without a timing model */
} sysemu_event;

/*
 * Tasks. The program may fork; its children share its CPU and its memory (QUIRKS.md). An
 * event names its task, and that task is then *in focus*: sysemu_ptrace, the registers below
 * and pid 0 mean it, until the next event or sysemu_focus.
 */

/* Runs to the next event. max_insns: how many more instructions at the most, in all
 * regions, 0 for no limit; the run ends at the last basic block that fits, or after
 * at least one. ESTATE while the program is stopped (answer with a request first) or
 * gone. EINVAL for a max_insns where nothing is counted (SYSEMU_COUNT_NONE). */
sysemu_status sysemu_run(sysemu_machine *m, uint64_t max_insns, sysemu_event *out);
/* Is there a task that is neither stopped nor dead? Then sysemu_run goes on, behind a STOP of another, too. NULL: no. */
bool sysemu_can_run(const sysemu_machine *m);

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

/* The words of PTRACE_GETREGS, in its order. */
#define SYSEMU_REG_MAP(X)                                                               \
	X(0, EBX, "ebx") X(1, ECX, "ecx") X(2, EDX, "edx") X(3, ESI, "esi")             \
	X(4, EDI, "edi") X(5, EBP, "ebp") X(6, EAX, "eax") X(7, DS, "ds") X(8, ES, "es") \
	X(9, FS, "fs") X(10, GS, "gs") X(11, ORIG_EAX, "orig_eax") X(12, EIP, "eip")    \
	X(13, CS, "cs") X(14, EFLAGS, "eflags") X(15, ESP, "esp") X(16, SS, "ss")

enum sysemu_reg {
#define X(word, name, text) SYSEMU_REG_##name = word,
	SYSEMU_REG_MAP(X)
#undef X
	SYSEMU_REGS
};
const char *sysemu_reg_name(unsigned reg); /* "ebx", ...; NULL beyond the last */

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
/* One of them, SYSEMU_REG_EAX and so on (its word's number in that struct): cheaper. EINVAL
 * for a number beyond SYSEMU_REG_SS. */
sysemu_status sysemu_set_reg(sysemu_machine *m, unsigned reg, uint32_t value);

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
	uint32_t state;         /* 0 running, 1 sleeping in wait4, 4 stopped, 8 traced,
				 * 16 zombie, 32 waited for */
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

/* At most 64; sysemu_run ends before the instruction, in user or kernel mode, of whatever process. Set or
 * cleared between runs. The tracer's own calls (sysemu_ptrace, signal, need_resched, set_audit, wait)
 * pass them. */
sysemu_status sysemu_break_set(sysemu_machine *m, uint32_t addr);
sysemu_status sysemu_break_clear(sysemu_machine *m, uint32_t addr);
/* Called before each instruction, of all processes, while set (slower: docs/performance.md); NULL ends it.
 * The callback may read the machine (this section), not run or change it. */
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

/* For who restores again and again. With it on, the machine records what of CPU and memory a run
 * needed (sysemu_run, and each call of the guest's functions) and what came of it; one that
 * begins with the same is answered by that, and not executed. Nothing else differs: events, counts,
 * memory, registers, digests. How a record is proven, and what it costs: docs/exploration.md. The first
 * run of each kind takes some four times as long. EINVAL: with processes, a timing model or
 * SYSEMU_COUNT_NONE. EENGINE: where the engine keeps its registers was not found. */
sysemu_status sysemu_set_memo(sysemu_machine *m, bool on);
typedef struct sysemu_memo {
	uint64_t answered; /* runs: by a record, */
	uint64_t audited;  /* of these executed as well, each 1024th: were it not the same, a FAULT */
	uint64_t executed; /* and other runs */
	uint64_t recorded; /* of these */
	uint64_t refused;  /* a record of them could not be proven */
} sysemu_memo;
sysemu_status sysemu_get_memo(sysemu_machine *m, sysemu_memo *out); /* all 0 without one */

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
sysemu_status sysemu_log_get(sysemu_machine *m, uint64_t number, sysemu_log_entry *out);

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
	const char *root;     /* host directory that becomes "/", read-only; NULL: no files, but
			       * /dev/null, zero, full, random, urandom and tty are made up */
	bool terminal;        /* descriptors 0, 1, 2 answer TCGETS, and /dev/tty can be opened */
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
 * frame's arguments and writes eax. Never executes the call in the guest's kernel. ESTATE: not at such a
 * stop, or a machine with processes, whose calls that kernel serves. */
sysemu_status sysemu_serve(sysemu_machine *m, int32_t nr, sysemu_served *out);
/* "write" for 4; NULL if unknown. i386 numbers. */
const char *sysemu_call_name(int32_t nr);
/* How many arguments it takes: 0 to 6; 6 if unknown. */
unsigned sysemu_call_arguments(int32_t nr);

/* ---- 12. scenarios, 13. injection: scenario.h; 14. exploration: explore.h,
 * ---- 15. to 17. timing: timing.h; 18. coverage: cover.h; 22. processes: process.h;
 * ---- 23. kernels of files: kernel.h; 24. exact runs: step.h; 19. to 21., for users' tests and not included here: cmocka.h ---- */

#include "cover.h"
#include "explore.h"
#include "kernel.h"
#include "scenario.h"
#include "timing.h"

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
