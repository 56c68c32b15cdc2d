/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c: `sysemu COMMAND …`: chooses the command and checks that all output
 * was written. Read next: cli.h, then run.c.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "output.h"

static const struct cli_command *const commands[] = {
	&cli_run,    &cli_exec,    &cli_schedules,   &cli_trace,
	&cli_count,  &cli_gdb,     &cli_kernels,     &cli_play,
	&cli_inject, &cli_explore, &cli_timing,      &cli_dis,
	&cli_check,  &cli_cover,   &cli_lint,        &cli_kernel_command,
	&cli_diff,   &cli_bisect,  &cli_conformance, &cli_report_command
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char notes[] =
	"`sysemu help COMMAND` tells more; `sysemu help --options` lists all options, one a\n"
	"line between tabs: command, option, type, argument, least, most, preset, options that\n"
	"it excludes, options that it needs, required or repeats, text. `--man` is a manual page,\n"
	"`--completion bash`, zsh or fish a script for that shell. Exit codes: 0 ok, 1 check\n"
	"failed, 2 usage, 3 a budget is broken, 4 internal; `run` ends as its program does.\n";

static void put_help(FILE *out)
{
	fputs("usage: sysemu COMMAND [OPTION...] ...\n"
	      "       sysemu help [COMMAND | --options | --man [COMMAND] | --completion SHELL]\n"
	      "       sysemu --version | --help\n\n"
	      "An i386 with a Linux 2.6 kernel entry path, and a ptrace tracer.\n\n",
	      out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->about);
	fprintf(out, "\n%s", notes);
}

static const struct cli_command *command_named(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static int refuse(const char *name, const char *possible)
{
	if (possible)
		cli_say("\"%s\": %s", name, possible);
	else
		cli_say("unknown %s: %s", name[0] == '-' ? "option" : "command", name);
	fputs("usage: sysemu COMMAND [OPTION...] ..., see sysemu --help\n", stderr);
	return CLI_USAGE;
}

/* `sysemu help --options`, `--man [COMMAND]`, `--completion SHELL`: what is made of the tables. */
static int help_made(const char *what, const char *of)
{
	const struct cli_command *command = of ? command_named(of) : NULL;

	if (!strcmp(what, "--man") && !of)
		cli_put_man_index(commands, COMMANDS, notes);
	else if (!strcmp(what, "--man") && command)
		cli_put_man(command);
	else if (!strcmp(what, "--completion"))
		return of && cli_put_completion(of, commands, COMMANDS) ?
			       CLI_OK :
			       refuse(of ? of : what, "bash, zsh or fish is the shell");
	else if (!strcmp(what, "--options") && !of)
		for (size_t i = 0; i < COMMANDS; i++)
			cli_put_options(commands[i]);
	else
		return refuse(of ? of : what, NULL);
	return CLI_OK;
}

/* `sysemu help`, `sysemu help COMMAND`, and those above */
static int help(int argc, char **argv)
{
	const struct cli_command *command;

	if (!argc || (argc == 1 && !strcmp(argv[0], "help"))) {
		put_help(stdout);
		return CLI_OK;
	}
	if (argc <= 2 && argv[0][0] == '-')
		return help_made(argv[0], argv[1]);
	if (argc > 1)
		return refuse(argv[1], NULL);
	command = command_named(argv[0]);
	if (!command)
		return refuse(argv[0], NULL);
	cli_put_help(command);
	return CLI_OK;
}

static int dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct cli_command *command;
	int code;

	if (!name) {
		put_help(stderr);
		return CLI_USAGE;
	}
	if (argc > 2 && name[0] == '-') {
		fprintf(stderr, "sysemu: %s stands alone: \"%s\"\n", name, argv[2]);
		return CLI_USAGE;
	}
	if (!strcmp(name, "--version"))
		return cli_version();
	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		put_help(stdout);
		return CLI_OK;
	}
	if (!strcmp(name, "help"))
		return help(argc - 2, argv + 2);
	command = command_named(name);
	if (!command)
		return refuse(name, NULL);
	code = command->main(argc - 1, argv + 1);
	return cli_cover_end(code != CLI_USAGE) ? code : CLI_INTERNAL;
}

#define LINE_MAX_BYTES 65536 /* longer than any line of ours */

/* A descriptor that is closed must not become that of a file which we open: what is printed
 * would get into it. Reading and writing it stay errors. */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int main(int argc, char **argv)
{
	int code, error;

	keep_standard_descriptors();

	/* Line by line: what is interrupted ends with a whole line. */
	setvbuf(stdout, NULL, _IOLBF, LINE_MAX_BYTES);
	code = dispatch(argc, argv);
	/* A full disk must not look like a complete answer. */
	error = cli_flush(stdout);
	if (error) {
		cli_say("cannot write standard output: %s", strerror(error));
		return CLI_INTERNAL;
	}
	return code;
}
