/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * output.h: where a command writes a file. What is no regular file (a device, a pipe) is written
 * through; a regular file is replaced at once by one that is complete, or written as it goes.
 * Symbolic links are followed. "-" is standard output, for a log standard error.
 * Implemented by output.c.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct cli_output {
	FILE *out;        /* NULL: not open */
	const char *path; /* as the user named it */
	char *real;       /* the regular file behind it; NULL: written through */
	char *part;       /* what is to replace it; NULL: written through */
	int at_end;       /* its place among those that an interruption ends */
};

/* Both say on stderr what is wrong, and are then false. `path` must outlive the output. */

/* For all or nothing: whatever was there stays until cli_output_close. */
bool cli_output_open(struct cli_output *o, const char *path);
/* For a log: every line is written when it is complete; `last_line` (a constant) when a signal
 * such as SIGINT or SIGTERM ends the command. */
bool cli_output_open_log(struct cli_output *o, const char *path, const char *last_line);

/* Would both become one regular file? Both are open. */
bool cli_output_same(const struct cli_output *a, const struct cli_output *b);

/* Are both there, and one file? */
bool cli_same_file(const char *a, const char *b);

/* True: all is written, and in its place. */
bool cli_output_close(struct cli_output *o);
/* Leaves what was there. One that is not open is allowed, here alone. */
void cli_output_drop(struct cli_output *o);

/* 0, or the errno of whatever of the stream could not be written. */
int cli_flush(FILE *out);

#endif
