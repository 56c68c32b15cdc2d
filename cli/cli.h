/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.h: what the files of the `sysemu` command share.
 *
 * The command is written on the public header alone. One file per subcommand
 * (run.c, trace.c, count.c, kernels.c), each with its table of options; main.c
 * chooses, options.c parses and prints --help. Read next: main.c, run.c.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libsysemu/sysemu.h"

/* Exit codes. `run` hands on the program's own and has its own two failures. */
enum {
	CLI_OK = 0,
	CLI_FAILED = 1, /* the answer is no: a refused request, an endless path, ... */
	CLI_USAGE = 2,
	CLI_INTERNAL = 4,
	CLI_RUN_FAILED = 125,
	CLI_RUN_NOT_LOADABLE = 126,
};

/* ---- options.c: one table per command ---- */

/* A row: getopt_long's entry, the synopsis and the line of --help come from it. */
struct cli_option {
	const char *name; /* "kernel" for --kernel */
	const char *arg;  /* "K"; NULL: a switch; "[=FILE]": may be left out */
	const char *help;
	/* Takes the value (NULL if the option stands alone) to `field`; false: not acceptable. */
	bool (*take)(const char *value, void *field);
	size_t field; /* its offset in the command's options */
};

struct cli_command {
	const char *name;
	const char *operands; /* as the synopsis shows them */
	const char *about;
	const char *notes;                /* lines behind the options in --help */
	const struct cli_option *options; /* the last row has no name */
	bool options_first;               /* options end at the first operand */
	int (*main)(int argc, char **argv);
};

extern const struct cli_command cli_run, cli_trace, cli_count, cli_kernels;
extern const struct cli_command cli_play, cli_inject, cli_explore, cli_timing, cli_dis;

/* Fills `into` and returns the index of the first operand, or -1 when the command is to
 * end with *code: after --help, or a usage error that has been printed. */
int cli_parse(const struct cli_command *command, int argc, char **argv, void *into, int *code);
/* Prints what is wrong and the synopsis on stderr; CLI_USAGE. */
int cli_usage(const struct cli_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool cli_take_string(const char *value, void *field); /* const char * */
bool cli_take_switch(const char *value, void *field); /* bool */
bool cli_take_u64(const char *value, void *field);    /* uint64_t, decimal or 0x */
bool cli_take_entry(const char *value, void *field);  /* sysemu_entry */
bool cli_take_json(const char *value, void *field);   /* bool: json, not text */
bool cli_take_ndjson(const char *value, void *field); /* bool: ndjson, not text */

#define CLI_DEFAULT_KERNEL "sysemu"

/* Which machine: the options that run, trace and count have in common. */
struct cli_machine {
	const char *kernel;
	sysemu_entry entry;
	const char *timing; /* CLI_TIMING_OPTION; NULL: none */
};

#define CLI_MACHINE_OPTIONS(type, member)                                                       \
	{ "kernel", "K", "the guest kernel, one of `sysemu kernels` (sysemu)", cli_take_string, \
	  offsetof(type, member.kernel) },                                                      \
	{                                                                                       \
		"entry", "int80|sysenter", "the flavour of the vsyscall page (int80)",          \
			cli_take_entry, offsetof(type, member.entry)                            \
	}

/* ---- machine.c: opening, loading, complaining ---- */

/* "sysemu: ...\n" on stderr. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with the machine's own sentence behind it; CLI_INTERNAL. */
int cli_fail(sysemu_machine *m, const char *doing);
/* false: no such kernel, which has been said on stderr as cli_open says it. */
bool cli_known_kernel(const char *name);
/* CLI_OK, CLI_USAGE for an unknown kernel or timing model, CLI_INTERNAL; said on stderr. */
int cli_open(const struct cli_machine *which, sysemu_start start, sysemu_machine **out);
/* The bytes of a regular file in malloc'ed memory; NULL with errno. */
char *cli_read_file(const char *path, size_t *size);
/* Loads the static ELF file argv[0]; false: said on stderr. */
bool cli_load_file(sysemu_machine *m, char *const argv[], char *const envp[]);

/* ---- names.c: flags, signals and counts as text ---- */

/* "TRACE+EMU", or "-"; cut to fit. */
const char *cli_flags_text(uint32_t tif, char *buf, size_t size);
/* A list "TRACE,EMU" of the flags a person may set, or "none"; for option tables: uint32_t. */
bool cli_take_flags(const char *value, void *field);
/* "SIGSEGV" or "signal 40", in a static buffer. */
const char *cli_signal_text(unsigned signal);
/* 11 for "11", "SEGV" and "SIGSEGV"; false: none of these. */
bool cli_signal_number(const char *text, size_t length, uint32_t *out);

/* What happened from `before` to `after`. */
sysemu_counts cli_counts_since(const sysemu_counts *after, const sysemu_counts *before);
/* "entry 49, trace 93": kernel regions with instructions in them */
void cli_put_regions(FILE *out, const sysemu_counts *counts);
/* "kernel 142 (entry 49, trace 93), user 12" */
void cli_put_counts(FILE *out, const sysemu_counts *counts);

struct json;
void cli_json_flags(struct json *j, uint32_t tif);
/* An object: every kernel region with its instructions. */
void cli_json_regions(struct json *j, const sysemu_counts *counts);

/* ---- requests.c: lists of ptrace requests ---- */

#define CLI_REQUESTS_MAX 1000

struct cli_request {
	int number;
	bool has_signal;
	uint32_t signal;
};

struct cli_requests {
	size_t n;
	struct cli_request list[CLI_REQUESTS_MAX];
};

bool cli_take_requests(const char *value, void *field); /* struct cli_requests */
/* The request that answers stop number `stop` (from 0): the last one repeats. */
const struct cli_request *cli_request_for(const struct cli_requests *requests, uint64_t stop);
/* The signal that it passes at stop `e`: its own; else the stop's, but for SIGTRAP and the
 * SIGSTOP of stop 0. */
uint32_t cli_request_signal(const struct cli_request *r, const sysemu_event *e, uint64_t stop);
/* "CONT" or "CONT:11". */
const char *cli_request_text(const struct cli_request *r, char *buf, size_t size);

static inline unsigned cli_stop_signal(const sysemu_event *e)
{
	return e->status >> 8 & 0x7f;
}

/* The stop of a call under TRACESYSGOOD: SIGTRAP | 0x80. */
static inline bool cli_is_syscall_stop(const sysemu_event *e)
{
	return e->kind == SYSEMU_EVENT_STOP && e->status == 0x857f;
}

/* ---- serve.c: the program's outside world ---- */

/* Descriptors 0, 1 and 2 become ours; program output goes to descriptor `out` where the
 * program writes to 1. root may be NULL. false: said on stderr. */
bool cli_set_host(sysemu_machine *m, const char *root, int out);
/* Serves call `nr` at its stop and leaves orig_eax = -1, as UML does, so that the guest's
 * signal code has no call to restart. false: said on stderr. */
bool cli_serve(sysemu_machine *m, int32_t nr, sysemu_served *out);

/* ---- path.c: the way of a call, for count --disasm ---- */

struct cli_path {
	struct cli_path_step {
		uint32_t addr, size;
	} * steps;
	size_t n, capacity;
	bool paused; /* the tracer's own instructions are no part of it */
	bool failed; /* out of memory: the rest is missing */
};

void cli_path_add(void *path, uint32_t addr, uint32_t size); /* a sysemu_insn_fn */
void cli_path_print(FILE *out, sysemu_machine *m, const struct cli_path *path);
void cli_path_free(struct cli_path *path);

/* `sysemu --version` (kernels.c). */
int cli_version(void);

#endif
