/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario.h: scenarios (expected events and a tracer's answers) and injection.
 * A part of sysemu.h, which includes it.
 */
/* clang-format off */
#ifndef LIBSYSEMU_SYSEMU_H
#include "sysemu.h" /* it includes this file in its turn */
#elif !defined(LIBSYSEMU_SCENARIO_H)
#define LIBSYSEMU_SCENARIO_H

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
	X(REG, "reg")       /* index: a sysemu_reg */                                   \
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

/* A step of the program, as it was written, and its addresses: docs/scenarios.md. */
typedef struct sysemu_program_step {
	const char *label; /* or NULL */
	uint32_t at, into, after, next;
	const char *const *words; /* "call", "getpid" */
	size_t n_words;
} sysemu_program_step;

/* A scenario for one flavour of entry: addresses of the program differ. */
typedef struct sysemu_staging {
	const void *code;    /* for sysemu_load_code; NULL if `program` names a file */
	size_t code_size;
	const sysemu_row *rows;
	size_t n_rows;       /* 0: not played with this entry */
	const sysemu_program_step *steps; /* what the code was made of, to read; may be NULL */
	size_t n_steps;
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

/* What a play shows to who watches it; each function may be NULL. */
typedef struct sysemu_observer {
	void *user;
	void (*opened)(void *user, sysemu_machine *m); /* the program is loaded, nothing has run */
	sysemu_seen_fn on_event;
	/* done: it could be carried out; then its result and, of a PEEK, the word. */
	void (*on_action)(void *user, size_t row, size_t action, bool done, int32_t result,
			  uint32_t word);
	sysemu_insn_fn on_insn; /* what runs from event to event: no request's instructions */
} sysemu_observer;
/* The same machine and answers, but nothing is compared: the tracer answers event n as row n
 * says, whatever it is, up to the last row or until the machine cannot run (out->text). Who puts
 * two kernels side by side needs what comes behind the first difference, too. */
sysemu_status sysemu_scenario_observe(const sysemu_scenario *s, const char *kernel,
				      sysemu_entry entry, const void *elf, size_t size,
				      const sysemu_observer *observer, sysemu_played *out);
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

#endif
