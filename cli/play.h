/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * play.h: what `play` and `inject` share: reading scenario files. Implemented by play.c.
 */
#ifndef CLI_PLAY_H
#define CLI_PLAY_H

#include "cli.h"

/* NULL: said on stderr, with its place. */
sysemu_scenarios *cli_play_parse(const char *path);
/* The program that a scenario of `file` names: *elf is malloc'ed, or NULL if it names none. */
bool cli_play_program(const char *file, const sysemu_scenario *s, char **elf, size_t *size);

#endif
