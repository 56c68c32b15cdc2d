/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.h: what the files of the `sysemu` command share.
 *
 * The command is written on the public header alone. One file per subcommand
 * (run.c, trace.c, count.c, kernels.c), each with its table of options; main.c
 * chooses, options/options.c parses, options/help.c prints --help. Read next: main.c, run.c.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libsysemu/process.h"
#include "libsysemu/sysemu.h"

/* Exit codes. `run` hands on the program's own and has its own two failures. */
enum {
	CLI_OK = 0,
	CLI_FAILED = 1, /* the answer is no: a refused request, an endless path, ... */
	CLI_USAGE = 2,
	CLI_BUDGET = 3, /* a budget is broken */
	CLI_INTERNAL = 4,
	CLI_RUN_FAILED = 125,
	CLI_RUN_NOT_LOADABLE = 126,
};

/* ---- options/: one table per command; help.c shows it, types.c knows the values ---- */

struct cli_option;

/* Why a value is refused: a sentence with the value and what is possible. */
struct cli_why {
	char text[4096];
};
bool cli_refuse(struct cli_why *why, const char *format, ...)
	__attribute__((format(printf, 2, 3))); /* false */

/* What values an option takes, and what is kept of one. */
struct cli_type {
	const char *name; /* "number": for `sysemu help --options` */
	/* Takes the value to `field`; false: not acceptable, by cli_refuse. */
	bool (*take)(const struct cli_option *o, const char *value, void *field,
		     struct cli_why *why);
	/* What a shell may offer: value number `index`, from 0, until the next call; "": a gap;
	 * NULL: no more. The function may be NULL, too. */
	const char *(*offer)(const struct cli_option *o, size_t index);
};

struct cli_number {
	uint64_t value;
	bool given; /* on the command line: a given 0 is not an absent one */
};

extern const struct cli_type cli_switch;   /* bool; the option stands alone */
extern const struct cli_type cli_text;     /* const char *; as all below, not "" */
extern const struct cli_type cli_file;     /* the same: of a file to read */
extern const struct cli_type cli_output;   /* the same: of a file to write */
extern const struct cli_type cli_folder;   /* the same: of a directory */
extern const struct cli_type cli_number;   /* struct cli_number, decimal or 0x, min to max */
extern const struct cli_type cli_address;  /* the same, up to 2^32 - 1 */
extern const struct cli_type cli_call;     /* the same; or the name of a system call */
extern const struct cli_type cli_choice;   /* unsigned: which word of `arg`, "text|json" */
extern const struct cli_type cli_kernel;   /* const char *: a kernel's name, or a file's */
extern const struct cli_type cli_model;    /* const char *: a timing model, or `also` */
extern const struct cli_type cli_flags;    /* uint32_t: names.c */
extern const struct cli_type cli_requests; /* struct cli_requests: options/requests.c */
extern const struct cli_type cli_variable; /* struct cli_variables */
extern const struct cli_type cli_code;     /* struct cli_code */
/* A kernel by its name, or out of a file, which is opened: its name; NULL: neither. */
const char *cli_kernel_named(const char *value, struct cli_why *why);
const char *cli_offer_kernel(const struct cli_option *o, size_t index);

#define CLI_VARIABLES_MAX 1000
struct cli_variables {
	size_t n;
	const char *list[CLI_VARIABLES_MAX]; /* "NAME=VALUE" */
};

#define CLI_CODE_MAX 4096
struct cli_code {
	size_t size;
	unsigned char bytes[CLI_CODE_MAX];
};

/*
 * A row: getopt_long's entry, the checks, the synopsis, the line of --help and of `sysemu help
 * --options` come from it. A list of options, in `not_with` and `needs`, is "code|format=json":
 * an option, or an option with that value; "schedule=random:" with one that begins so.
 */
struct cli_option {
	const char *name; /* "kernel" for --kernel */
	const char *arg;  /* "K"; NULL: a switch; "[=FILE]": may be left out */
	const struct cli_type *type;
	size_t field;         /* its offset in the command's options */
	const char *help;     /* to which the preset is added */
	const char *preset;   /* what it is without the option; NULL: nothing */
	const char *bare;     /* what it is if its value is left out */
	const char *also;     /* a value beyond the type's */
	uint64_t min, max;    /* of a number */
	const char *not_with; /* none of these may be given with it */
	const char *needs;    /* one of these must be given with it; of each group: "code,to|at" */
	bool required;        /* the command is nothing without it */
	bool repeats;         /* each adds one; else the last one counts */
};

struct cli_command {
	const char *name;
	const char *operands; /* as the synopsis shows them */
	unsigned min_operands, max_operands;
	const char *operands_with; /* only with this option; NULL: always */
	const char *instead;       /* this option stands in their place */
	const char *about;
	const char *notes;                /* lines behind the options in --help */
	const struct cli_option *options; /* the last row has no name */
	bool options_first;               /* options end at the first operand */
	int (*main)(int argc, char **argv);
};

#define CLI_ANY_OPERANDS 100000u

extern const struct cli_command cli_exec, cli_schedules, cli_run, cli_trace, cli_count, cli_kernels;
extern const struct cli_command cli_play, cli_inject, cli_explore, cli_timing, cli_dis;
extern const struct cli_command cli_gdb, cli_check, cli_cover, cli_lint, cli_kernel_command;
extern const struct cli_command cli_diff, cli_bisect, cli_conformance, cli_report_command;

/* Fills `into` and returns the index of the first operand, or -1 when the command is to
 * end with *code: after --help, or a usage error that has been printed. */
int cli_parse(const struct cli_command *command, int argc, char **argv, void *into, int *code);
/* Prints what is wrong and the synopsis on stderr; CLI_USAGE. */
int cli_usage(const struct cli_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- options/types.c ---- */

/* Decimal or 0x; false: not all of it is a number, or it has more than 64 bits. */
bool cli_number_of(const char *text, uint64_t *out);

/* ---- help.c ---- */

void cli_put_synopsis(FILE *out, const struct cli_command *command);
void cli_put_help(const struct cli_command *command);
/* A line for each option: all that its row says, between tabs. */
void cli_put_options(const struct cli_command *command);

/* ---- options/man.c, options/completion.c: what `sysemu help` makes of the tables ---- */

void cli_put_man(const struct cli_command *command);
void cli_put_man_index(const struct cli_command *const *commands, size_t n, const char *notes);
/* A script for "bash", "zsh" or "fish"; false: another shell. */
bool cli_put_completion(const char *shell, const struct cli_command *const *commands, size_t n);

#define CLI_DEFAULT_KERNEL "sysemu"

/* Which machine: the options that run, trace and count have in common. */
struct cli_machine {
	const char *kernel;
	unsigned entry;     /* a sysemu_entry */
	const char *timing; /* CLI_TIMING_OPTION; NULL: none */
	bool processes;
};

/* More of a row may follow, as of CLI_TIMING_OPTION: `.not_with = "code"`. */
#define CLI_KERNEL_OPTION(type, member, ...)                                               \
	{                                                                                  \
		"kernel", "K", &cli_kernel, offsetof(type, member.kernel),                 \
			.help = "the guest kernel: a name of `sysemu kernels`, or a file", \
			.preset = CLI_DEFAULT_KERNEL, __VA_ARGS__                          \
	}
#define CLI_ENTRY_OPTION(type, member, ...)                                                        \
	{                                                                                          \
		"entry", "int80|sysenter", &cli_choice, offsetof(type, member.entry),              \
			.help = "the flavour of the vsyscall page", .preset = "int80", __VA_ARGS__ \
	}
#define CLI_FORMAT_OPTION(type, member, words)                                                \
	{                                                                                     \
		"format", words, &cli_choice, offsetof(type, member), .help = "how to print", \
								      .preset = "text"        \
	}

/* cover/data.c: collects the coverage of all machines that the command opens. */
extern const struct cli_type cli_cover_file;
#define CLI_COVER_OPTION                                                              \
	{                                                                             \
		"cover", "FILE", &cli_cover_file, 0,                                  \
			.help = "write what the kernels executed, for `sysemu cover`" \
	}
/* Before the work, by cli_parse: can it be written? And at the end: writes it, or drops it. False: said on stderr. */
bool cli_cover_begin(void);
bool cli_cover_end(bool write);

/* profile/profile.c: a profile of the machine that cli_open opens. */
extern const struct cli_type cli_profile_kind;
#define CLI_PROFILE_OPTION(...)                                                      \
	{                                                                            \
		"profile", "callgrind|folded|annotate[=FILE]", &cli_profile_kind, 0, \
			.help = "write what each instruction cost to FILE (stderr)", \
			.repeats = true, __VA_ARGS__                                 \
	}
/* The model that the machine is opened with: the command's, or what a profile needs. */
const char *cli_profile_timing(const char *timing);
bool cli_profile_begin(sysemu_machine *m, const struct cli_machine *which);
/* Before the machine is closed; false: said on stderr. */
bool cli_profile_end(void);

/* ---- machine/message.c: complaining ---- */

/* What a terminal would obey, in a file's name or in one that a program gave itself, becomes \xHH. */
void cli_put_name(FILE *out, const char *name);
/* The whole of a message on stderr, so. */
void cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_vmessage(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
/* "sysemu: ...\n" on stderr. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- machine/machine.c: opening, loading ---- */

/* Says what failed with the machine's own sentence behind it; CLI_INTERNAL. */
int cli_fail(sysemu_machine *m, const char *doing);
/* sysemu_errmsg(NULL) says why not; that is to end with cli_open_code. */
sysemu_status cli_try_open(const struct cli_machine *which, sysemu_start start,
			   sysemu_machine **out);
/* CLI_USAGE for an unknown kernel or timing model, else CLI_INTERNAL. */
int cli_open_code(sysemu_status status);
/* Both; CLI_OK, or said on stderr. */
int cli_open(const struct cli_machine *which, sysemu_start start, sysemu_machine **out);
/* The bytes of a file, which may be a pipe, in malloc'ed memory, and a NUL behind them; NULL: said on
 * stderr. */
char *cli_read_file(const char *path, size_t limit, size_t *size);
#define CLI_PROGRAM_MAX (64u << 20) /* of a file of code, too */
/* Loads the static ELF file argv[0]; false: said on stderr. */
bool cli_load_file(sysemu_machine *m, char *const argv[], char *const envp[]);

/* ---- names.c: flags, signals and counts as text ---- */

/* "TRACE+EMU", or "-"; cut to fit. */
const char *cli_flags_text(uint32_t tif, char *buf, size_t size);
/* A list "TRACE,EMU" of the flags that a person may set, or "none". */
bool cli_flags_number(const char *text, uint32_t *flags, struct cli_why *why);
/* "SIGSEGV" or "signal 40", in a static buffer. */
const char *cli_signal_text(unsigned signal);
/* 11 for "11", "SEGV" and "sigsegv"; false: none of these, or a number above `most`. */
bool cli_signal_number(const char *text, uint32_t most, uint32_t *out, struct cli_why *why);

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

/* ---- options/requests.c: lists of ptrace requests ---- */

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

/* ---- machine/serve.c: the program's outside world ---- */

/* Descriptors 0, 1 and 2 become ours; program output goes to descriptor `out` where the
 * program writes to 1. root may be NULL. false: said on stderr. */
bool cli_set_host(sysemu_machine *m, const char *root, int out);
/* The same, with a digest of all output in *digest; quiet: and nothing else becomes of it. */
bool cli_set_host_digest(sysemu_machine *m, const char *root, uint64_t *digest, bool quiet);
/* With processes: input that may be long in coming is waited for when all else waits. */
bool cli_set_input(sysemu_machine *m);
/* environment.c: this command's environment, unless `clean`, with `more` in it. Ends with NULL, *n
 * are before it; NULL: no memory. Its strings are others'; the list is freed by free(). */
const char **cli_environment(const struct cli_variables *more, bool clean, size_t *n);
/* Serves call `nr` at its stop and leaves orig_eax = -1, as UML does, so that the guest's
 * signal code has no call to restart. false: said on stderr. */
bool cli_serve(sysemu_machine *m, int32_t nr, sysemu_served *out);

/* ---- machine/path.c: the way of a call, for count --disasm ---- */

struct cli_path {
	struct cli_path_step {
		uint32_t addr, size;
	} * steps;
	size_t n, capacity;
	bool paused; /* the tracer's own instructions are no part of it */
	bool failed; /* out of memory: the rest is missing */
};

void cli_path_add(void *path, uint32_t addr, uint32_t size); /* a sysemu_insn_fn */
struct cli_lines;
struct terminal;
/* `lines`: and where each comes from, with the text of an entry path's line; NULL: not. */
void cli_path_print(struct terminal *t, sysemu_machine *m, const struct cli_path *path,
		    const struct cli_lines *lines);
void cli_path_free(struct cli_path *path);
/* The kernel's functions, in the order in which the path comes to them, with what each retired. */
struct cli_functions {
	size_t n;
	struct cli_function {
		char name[72];
		uint64_t insns;
	} * list; /* to be freed */
};
bool cli_path_functions(sysemu_machine *m, const struct cli_path *path, struct cli_functions *out);

/* `sysemu --version` (kernels.c). */
int cli_version(void);

#endif
