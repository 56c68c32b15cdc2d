/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transcript.h: scenarios played, and a line for each event with all registers: the same from a machine
 * of the library and from a process of the kernel that runs us, if both do the same.
 */
#ifndef TESTS_BOOTED_TRANSCRIPT_H
#define TESTS_BOOTED_TRANSCRIPT_H

#include <stdio.h>

#include "libsysemu/sysemu.h"

/* What is played of a scenario's rows: without what only the library can look at. */
enum transcript_checks { TRANSCRIPT_ALL, TRANSCRIPT_NATIVE };

struct transcript {
	FILE *out;
	const char *kernel;
	enum transcript_checks checks;
	uint32_t returns; /* where a SYSENTER returns to: "return" */
	unsigned played, failed, events;
};
/* All scenarios of a text that state `pass modern`, by each entry. False: it does not parse. */
bool transcript_play(struct transcript *t, const char *text, size_t size);

#endif
