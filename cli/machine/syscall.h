/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syscall.h: one system call, from the int or sysenter to the first user instruction behind it:
 * what `sysemu count` counts, and a row of `sysemu check`. Implemented by syscall.c.
 */
#ifndef CLI_SYSCALL_H
#define CLI_SYSCALL_H

#include "cli/machine/clocks.h"

/* The longest path is a few thousand; what needs more runs in a circle. */
#define CLI_SYSCALL_ENDLESS 1000000

/* What is called, and how: the options that `count` and a budget's row have in common. */
struct cli_syscall {
	struct cli_machine machine;
	struct cli_number nr;
	uint32_t flags;
	struct cli_requests requests;
};

#define CLI_SYSCALL_OPTIONS(type, member)                                                         \
	CLI_KERNEL_OPTION(type, member.machine), CLI_ENTRY_OPTION(type, member.machine),          \
		{ "nr",                                                                           \
		  "N|NAME",                                                                       \
		  &cli_call,                                                                      \
		  offsetof(type, member.nr),                                                      \
		  .help = "the call's number or name",                                            \
		  .preset = "getpid",                                                             \
		  .max = UINT32_MAX },                                                            \
		{ "flags",                                                                        \
		  "none|F1,F2,...",                                                               \
		  &cli_flags,                                                                     \
		  offsetof(type, member.flags),                                                   \
		  .help = "thread flags set just before the call, without a tracer",              \
		  .preset = "none",                                                               \
		  .not_with = "requests" },                                                       \
	{                                                                                         \
		"requests", "R1,R2,...", &cli_requests, offsetof(type, member.requests),          \
			.help = "traced: R1 answers the SIGSTOP stop, R2 the next one, the last " \
				"repeats"                                                         \
	}

/* A machine with the call loaded, for the next run that wants the same one: opening takes most
 * of a run's time. What it was used for does not show: it goes back to a snapshot. */
struct cli_syscall_kept {
	struct cli_machine which;
	sysemu_start start;
	uint64_t nr;
	sysemu_machine *m; /* NULL: none, or in use */
	sysemu_snapshot *loaded;
};

struct cli_syscall_run {
	const struct cli_syscall *call;
	struct cli_syscall_kept *kept; /* may be NULL */
	/* Called before the call's first instruction; may be NULL. False ends the run: internal. */
	bool (*begin)(void *user, sysemu_machine *m);
	void (*answer)(void *user, bool begins); /* around a request; may be NULL */
	void *user;
	sysemu_machine *m; /* of cli_syscall_run; cli_syscall_end closes it */
	sysemu_event e;    /* the latest */
	sysemu_counts before, counts;
	sysemu_clocks clocks_before, clocks; /* with a model */
	struct cli_odd_forms odd_before;
	uint64_t stops; /* so many have been answered */
	char why[640];  /* it is not CLI_OK */
};

/* CLI_OK; CLI_FAILED: it does not return, or a request is refused; CLI_USAGE, CLI_INTERNAL. */
int cli_syscall_run(struct cli_syscall_run *r);
/* The machine of a run that was CLI_OK may be kept. */
void cli_syscall_end(struct cli_syscall_run *r);
void cli_syscall_keep(struct cli_syscall_kept *kept, sysemu_machine *m);
void cli_syscall_forget(struct cli_syscall_kept *kept);

#endif
