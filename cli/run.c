/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.c: `sysemu run`: a whole program under PTRACE_SYSEMU, its calls served
 * from outside as UML's userspace() does. A kernel that refuses the request gets
 * UML's older way: SYSCALL, with getpid put in the call's place. A kernel that
 * accepts it and never stops is found out at the end, by what it did.
 * Read next: machine/serve.c, log.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "output.h"

#define OPTION_TRACESYSGOOD 1
#define NR_GETPID           20
#define UNSAID              UINT_MAX /* an entry that no option has named */

struct run_options {
	struct cli_machine machine;
	const char *root;
	const char *log; /* NULL: none, "-": stderr */
	struct cli_variables variables;
	bool clean;
	struct cli_number max_insns; /* 0: no end */
	unsigned ndjson;
};

static const struct cli_option options[] = {
	CLI_KERNEL_OPTION(struct run_options, machine),
	{ "entry", "int80|sysenter", &cli_choice, offsetof(struct run_options, machine.entry),
	  .help = "the flavour of the vsyscall page (sysenter; int80 if the CPU of --timing has none)" },
	{ "root", "DIR", &cli_folder, offsetof(struct run_options, root),
	  .help = "host directory that the program sees as /, read-only (no files)" },
	{ "log", "[=FILE]", &cli_output, offsetof(struct run_options, log),
	  .help = "each stop, and the calls per entry, to FILE (stderr)", .bare = "-" },
	{ "log-format", "text|ndjson", &cli_choice, offsetof(struct run_options, ndjson),
	  .help = "of the log", .preset = "text", .needs = "log" },
	CLI_TIMING_OPTION(struct run_options, machine.timing, .needs = "log|profile"),
	{ "max-insns", "N", &cli_number, offsetof(struct run_options, max_insns),
	  .help = "give up after N instructions of program and kernel", .min = 1,
	  .max = UINT64_MAX },
	{ "env", "NAME=VALUE", &cli_variable, offsetof(struct run_options, variables),
	  .help = "one more variable in the program's environment, or another value",
	  .repeats = true },
	{ "clean-env", NULL, &cli_switch, offsetof(struct run_options, clean),
	  .help = "nothing in its environment but what --env says" },
	CLI_COVER_OPTION,
	CLI_PROFILE_OPTION(),
	{ 0 },
};

struct run {
	sysemu_machine *m;
	uint64_t max_insns;
	sysemu_event e;     /* the latest */
	sysemu_counts base; /* at the launch stop: what came before is not the program's */
	bool launched;
	bool emulates; /* the kernel knows PTRACE_SYSEMU */
	bool inside;   /* without it: getpid runs in place of call `nr` */
	int32_t nr;
	uint64_t syscall_stops;
	struct run_log log;
};

/* ---- the machine goes on to its next event ---- */

static bool next_event(struct run *r)
{
	uint64_t budget = r->max_insns;

	if (budget && r->launched) {
		sysemu_counts used = cli_counts_since(&r->e.counts, &r->base);
		uint64_t n = sysemu_kernel_insns(&used) + used.insns[SYSEMU_REGION_USER];

		if (n >= budget) {
			r->e.kind = SYSEMU_EVENT_LIMIT;
			return true;
		}
		budget -= n;
	}
	if (sysemu_run(r->m, budget, &r->e) == SYSEMU_OK)
		return true;
	cli_fail(r->m, "run");
	return false;
}

/* A request that the kernel must accept. */
static bool request(struct run *r, int number, uint32_t data)
{
	int32_t result;

	if (sysemu_ptrace(r->m, number, 0, data, &result) != SYSEMU_OK) {
		cli_fail(r->m, sysemu_request_name(number));
		return false;
	}
	if (result == 0)
		return true;
	cli_say("PTRACE_%s: %s", sysemu_request_name(number), strerror(-result));
	return false;
}

static bool resume(struct run *r, uint32_t signal)
{
	const int number = r->emulates ? SYSEMU_PTRACE_SYSEMU : SYSEMU_PTRACE_SYSCALL;

	r->log.request = sysemu_request_name(number);
	return request(r, number, signal) && next_event(r);
}

/* Up to the launch stop, and from there into the program. */
static bool launch(struct run *r)
{
	int32_t result;

	if (!next_event(r))
		return false;
	if (r->e.kind != SYSEMU_EVENT_STOP)
		return true;
	log_stop(&r->log, r->m, &r->e, cli_signal_text(cli_stop_signal(&r->e)));
	r->base = r->e.counts;
	r->launched = true;
	if (!request(r, SYSEMU_PTRACE_SETOPTIONS, OPTION_TRACESYSGOOD))
		return false;
	if (sysemu_ptrace(r->m, SYSEMU_PTRACE_SYSEMU, 0, 0, &result) != SYSEMU_OK) {
		cli_fail(r->m, "SYSEMU");
		return false;
	}
	r->emulates = result != -EIO;
	if (result == 0) {
		r->log.request = sysemu_request_name(SYSEMU_PTRACE_SYSEMU);
		return next_event(r);
	}
	return resume(r, 0);
}

/* ---- stops ---- */

/* The program has ended itself by a call that was served: tell the machine so, and keep
 * what it asked for as its end. */
static bool end_program(struct run *r, uint32_t status)
{
	r->log.request = sysemu_request_name(SYSEMU_PTRACE_KILL);
	if (!request(r, SYSEMU_PTRACE_KILL, 0) || !next_event(r))
		return false;
	r->e.kind = status & 0x7f ? SYSEMU_EVENT_KILLED : SYSEMU_EVENT_EXIT;
	r->e.status = status;
	return true;
}

static bool serve_and_resume(struct run *r, int32_t nr)
{
	sysemu_served served = { 0 };
	char text[64];

	if (!cli_serve(r->m, nr, &served))
		return false;
	log_stop(&r->log, r->m, &r->e,
		 log_call_text(nr, served.ended ? NULL : &served.result, text, sizeof(text)));
	return served.ended ? end_program(r, served.status) : resume(r, 0);
}

/* Without SYSEMU: at the entry something harmless takes the call's place, at the exit the
 * call is served. */
static bool replace_and_resume(struct run *r)
{
	char text[64];

	r->inside = true;
	r->nr = r->e.orig_eax;
	log_stop(&r->log, r->m, &r->e, log_call_text(r->nr, NULL, text, sizeof(text)));
	if (sysemu_set_reg(r->m, SYSEMU_REG_ORIG_EAX, NR_GETPID) != SYSEMU_OK) {
		cli_fail(r->m, "ORIG_EAX");
		return false;
	}
	return resume(r, 0);
}

static bool answer_stop(struct run *r)
{
	if (!cli_is_syscall_stop(&r->e)) {
		log_stop(&r->log, r->m, &r->e, cli_signal_text(cli_stop_signal(&r->e)));
		return resume(r, cli_stop_signal(&r->e));
	}
	r->syscall_stops++;
	if (r->emulates)
		return serve_and_resume(r, r->e.orig_eax);
	if (!r->inside)
		return replace_and_resume(r);
	r->inside = false;
	return serve_and_resume(r, r->nr);
}

/* ---- the end ---- */

static int finish(struct run *r)
{
	unsigned code = r->e.status >> 8 & 0xff, signal = r->e.status & 0x7f;
	char text[64];
	int result;

	switch (r->e.kind) {
	case SYSEMU_EVENT_EXIT:
		snprintf(text, sizeof(text), "exit %u", code);
		result = (int)code;
		break;
	case SYSEMU_EVENT_KILLED:
		snprintf(text, sizeof(text), "killed by %s", cli_signal_text(signal));
		result = 128 + (int)signal;
		break;
	case SYSEMU_EVENT_LIMIT:
		snprintf(text, sizeof(text), "limit");
		cli_say("gave up after %" PRIu64 " instructions", r->max_insns);
		result = CLI_RUN_FAILED;
		break;
	default:
		snprintf(text, sizeof(text), "%s", sysemu_event_name(r->e.kind));
		cli_say("the machine cannot go on: %s", sysemu_errmsg(r->m));
		result = CLI_RUN_FAILED;
	}
	log_end(&r->log, r->m, &r->e, &r->base, text);
	return result;
}

/* A kernel on which PTRACE_SYSEMU has no effect betrays itself by calls without stops. */
static int judge(struct run *r, const char *kernel)
{
	sysemu_counts used = cli_counts_since(&r->e.counts, &r->base);
	int result = finish(r);

	if (r->e.kind != SYSEMU_EVENT_EXIT && r->e.kind != SYSEMU_EVENT_KILLED)
		return result;
	if (!r->emulates || r->syscall_stops || !(used.int80 + used.sysenter))
		return result;
	cli_say("kernel %s: SYSEMU accepted, %" PRIu64
		" calls executed by the kernel, none stopped",
		kernel, used.int80 + used.sysenter);
	return CLI_FAILED;
}

/* ---- the command ---- */

static bool load(struct run *r, const struct run_options *o, int argc, char **argv)
{
	size_t variables;
	const char **environment = cli_environment(&o->variables, o->clean, &variables);
	bool ok;

	if (!environment) {
		cli_say("out of memory");
		return false;
	}
	r->log.arguments = (size_t)argc;
	r->log.variables = variables;
	ok = cli_load_file(r->m, argv, (char **)environment);
	free(environment);
	return ok;
}

static int run_program(struct run *r, const struct run_options *o, int argc, char **argv)
{
	if (!load(r, o, argc, argv))
		return CLI_RUN_NOT_LOADABLE;
	if (!cli_set_host(r->m, o->root, STDOUT_FILENO) || !launch(r))
		return CLI_RUN_FAILED;
	while (r->e.kind == SYSEMU_EVENT_STOP)
		if (!answer_stop(r))
			return CLI_RUN_FAILED;
	return judge(r, o->machine.kernel);
}

/* A machine of 2005 had SYSENTER, but the CPU of a timing model need not have it. */
static void choose_entry(struct cli_machine *which)
{
	bool sysenter = true;

	if (which->timing)
		sysemu_timing_check(which->timing, &sysenter);
	which->entry = sysenter ? SYSEMU_ENTRY_SYSENTER : SYSEMU_ENTRY_INT80;
}

static int run_main(int argc, char **argv)
{
	static struct run_options o = { .machine.entry = UNSAID };
	struct cli_output log = { 0 };
	struct run r = { 0 };
	int code;
	int first = cli_parse(&cli_run, argc, argv, &o, &code);

	if (first < 0)
		return code;
	if (o.machine.entry == UNSAID)
		choose_entry(&o.machine);
	if (o.log && cli_same_file(o.log, argv[first]))
		return cli_usage(&cli_run, "--log: \"%s\" is the program itself", o.log);
	if (o.log &&
	    !cli_output_open_log(&log, o.log, o.ndjson ? LOG_INTERRUPTED_NDJSON : LOG_INTERRUPTED))
		return CLI_RUN_FAILED;
	r.log.out = log.out;
	r.log.ndjson = o.ndjson;
	r.max_insns = o.max_insns.value;
	r.log.timing = o.machine.timing;
	code = cli_open(&o.machine, SYSEMU_START_TRACED, &r.m);
	if (code == CLI_OK)
		code = run_program(&r, &o, argc - first, argv + first);
	else if (code == CLI_INTERNAL)
		code = CLI_RUN_FAILED;
	if (!cli_profile_end())
		code = CLI_RUN_FAILED;
	sysemu_close(r.m);
	return !log.out || cli_output_close(&log) ? code : CLI_RUN_FAILED;
}

const struct cli_command cli_run = {
	.name = "run",
	.operands = "PROGRAM [ARG...]",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about = "run a static i386 program, its calls stopped by PTRACE_SYSEMU and served here",
	.options = options,
	.notes =
		"PROGRAM keeps this command's standard input, output and environment; the exit status\n"
		"is its own, 128+n when signal n killed it, 126 if it cannot be loaded, 125 for a\n"
		"failure of sysemu itself, and 1 if the kernel accepts SYSEMU but stops no call.\n"
		"\n"
		"The log is written line by line; SIGINT or SIGTERM ends it with what there is. Only it\n"
		"has clocks. A stop's counts are those since the stop before; the total has those from\n"
		"the first stop to the program's end. The digest is of the whole machine at its end:\n"
		"registers, memory, counts. So it depends on the arguments (PROGRAM as it was given, too)\n"
		"and on the environment: --clean-env and the same PROGRAM give the same one everywhere.\n",
	.options_first = true,
	.main = run_main,
};
