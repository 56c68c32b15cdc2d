/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.c: any words as the options of a command, which is not carried out: understood, with
 * operands that are words of the line, or refused by 2 (by 0: --help). The first byte chooses
 * the command, words end at a newline.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS = 64, LONGEST = 1024 };

static const struct cli_command *const commands[] = { &cli_run,     &cli_trace,  &cli_count,
						      &cli_kernels, &cli_play,   &cli_inject,
						      &cli_explore, &cli_timing, &cli_dis,
						      &cli_check };

/* The parser's own words go nowhere. */
static int parse_silently(const struct cli_command *c, int argc, char **argv, void *into, int *code)
{
	static FILE *nowhere;
	FILE *out = stdout, *err = stderr;
	int first;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	FUZZ_CHECK(nowhere);
	stdout = stderr = nowhere;
	optind = 0; /* glibc's getopt begins anew */
	first = cli_parse(c, argc, argv, into, code);
	stdout = out;
	stderr = err;
	return first;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static max_align_t into[4096]; /* more than any command's options */
	char line[LONGEST + 1], *argv[WORDS + 1], *at = line;
	int argc = 0, code = -1, first;
	const struct cli_command *c;

	if (!size)
		return 0;
	c = commands[data[0] % (sizeof(commands) / sizeof(commands[0]))];
	size = size - 1 < LONGEST ? size - 1 : LONGEST;
	memcpy(line, data + 1, size);
	line[size] = '\0';
	argv[argc++] = (char *)c->name;
	while (argc < WORDS && (argv[argc] = strsep(&at, "\n")) != NULL)
		argc++;
	argv[argc] = NULL;
	memset(into, 0, sizeof(into));
	first = parse_silently(c, argc, argv, into, &code);
	if (first < 0)
		FUZZ_CHECK(code == CLI_OK || code == CLI_USAGE);
	else
		FUZZ_CHECK(first >= 1 && first <= argc);
	return 0;
}
