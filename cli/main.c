/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c: `sysemu COMMAND …`: chooses the command and checks that all output
 * was written. Read next: cli.h, then run.c.
 */
#include <errno.h>
#include <string.h>

#include "cli.h"

static const struct cli_command *const commands[] = { &cli_run,     &cli_trace,  &cli_count,
						      &cli_kernels, &cli_play,   &cli_inject,
						      &cli_explore, &cli_timing, &cli_dis };
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void put_help(FILE *out)
{
	fputs("usage: sysemu COMMAND [OPTION...] ...\n"
	      "       sysemu --version | --help\n\n"
	      "An i386 with a Linux 2.6 kernel entry path, and a ptrace tracer.\n\n",
	      out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->about);
	fputs("\n`sysemu COMMAND --help` tells more. Exit codes: 0 ok, 1 check failed, 2 usage,\n"
	      "4 internal; `run` ends as its program does.\n",
	      out);
}

static int dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!name) {
		put_help(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(name, "--version"))
		return cli_version();
	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		put_help(stdout);
		return CLI_OK;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i]->main(argc - 1, argv + 1);
	cli_say("unknown %s: %s", name[0] == '-' ? "option" : "command", name);
	fputs("usage: sysemu COMMAND [OPTION...] ..., see sysemu --help\n", stderr);
	return CLI_USAGE;
}

int main(int argc, char **argv)
{
	int code = dispatch(argc, argv);

	/* A full disk must not look like a complete answer. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_say("cannot write standard output: %s", strerror(errno));
		return CLI_INTERNAL;
	}
	return code;
}
