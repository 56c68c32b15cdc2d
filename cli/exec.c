/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec.c: `sysemu exec`: a program and whatever processes it makes, inside, on the guest's own
 * kernel: nobody outside traces them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

struct exec_options {
	struct cli_machine machine;
	const char *root;
	struct cli_variables variables;
	bool clean;
	struct cli_number max_insns; /* 0: no end */
};

static const struct cli_option options[] = {
	CLI_KERNEL_OPTION(struct exec_options, machine),
	CLI_ENTRY_OPTION(struct exec_options, machine),
	{ "root", "DIR", &cli_folder, offsetof(struct exec_options, root),
	  .help = "host directory that the programs see as /, read-only", .preset = "/" },
	{ "max-insns", "N", &cli_number, offsetof(struct exec_options, max_insns),
	  .help = "give up after N instructions of programs and kernel", .min = 1,
	  .max = UINT64_MAX },
	{ "env", "NAME=VALUE", &cli_variable, offsetof(struct exec_options, variables),
	  .help = "one more variable in the program's environment, or another value",
	  .repeats = true },
	{ "clean-env", NULL, &cli_switch, offsetof(struct exec_options, clean),
	  .help = "nothing in its environment but what --env says" },
	{ 0 },
};

#define EXEC_DEADLOCK 124

static int finish(sysemu_machine *m, const sysemu_event *e, const struct exec_options *o)
{
	switch (e->kind) {
	case SYSEMU_EVENT_EXIT: return (int)(e->status >> 8 & 0xff);
	case SYSEMU_EVENT_KILLED: return 128 + (int)(e->status & 0x7f);
	case SYSEMU_EVENT_LIMIT:
		cli_say("gave up after %" PRIu64 " instructions", o->max_insns.value);
		return CLI_RUN_FAILED;
	case SYSEMU_EVENT_DEADLOCK:
		cli_say("deadlock: all wait, and no timer runs");
		return EXEC_DEADLOCK;
	default: cli_say("the machine cannot go on: %s", sysemu_errmsg(m)); return CLI_RUN_FAILED;
	}
}

static int run(sysemu_machine *m, const struct exec_options *o, char **argv)
{
	size_t n;
	const char **environment = cli_environment(&o->variables, o->clean, &n);
	sysemu_status status;
	sysemu_event e;

	if (!environment) {
		cli_say("out of memory");
		return CLI_RUN_FAILED;
	}
	if (!cli_set_host(m, o->root, 1) || !cli_set_input(m)) {
		free(environment);
		return CLI_RUN_FAILED;
	}
	status = sysemu_exec(m, argv[0], argv, (char **)environment);
	free(environment);
	if (status != SYSEMU_OK) {
		cli_say("%s", sysemu_errmsg(m));
		return CLI_RUN_NOT_LOADABLE;
	}
	if (sysemu_run(m, o->max_insns.value, &e) != SYSEMU_OK) {
		cli_fail(m, "exec");
		return CLI_RUN_FAILED;
	}
	return finish(m, &e, o);
}

static int exec_main(int argc, char **argv)
{
	static struct exec_options o;
	sysemu_machine *m;
	int code;
	int first = cli_parse(&cli_exec, argc, argv, &o, &code);

	if (first < 0)
		return code;
	o.machine.processes = true;
	code = cli_open(&o.machine, SYSEMU_START_UNTRACED, &m);
	if (code != CLI_OK)
		return code == CLI_INTERNAL ? CLI_RUN_FAILED : code;
	code = run(m, &o, argv + first);
	sysemu_close(m);
	return code;
}

const struct cli_command cli_exec = {
	.name = "exec",
	.operands = "PROGRAM [ARG...]",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about = "run programs that fork, execute and trace each other, all inside",
	.options = options,
	.notes =
		"PROGRAM is a file below the root, static or with its dynamic loader there, or a script.\n"
		"It keeps this command's standard input, output and environment; the exit status is its\n"
		"own, 128+n when signal n killed it, 124 for a deadlock, 125 for a failure of sysemu\n"
		"itself, 126 if it cannot be loaded.\n",
	.options_first = true,
	.main = exec_main,
};
