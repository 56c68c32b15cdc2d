/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * init.c: the first and only program of a booted kernel (scripts/boot-kernel): it plays /scenarios.play with
 * real processes, writes what they did to the console, and leaves process 101 looping for a snapshot.
 * Lines that are not the kernel's begin with "== ", or stand between two of these. With a
 * script's path it plays that where it is called, for what a kernel of 64 bits shows of it: that it can be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tests/booted/native.h"
#include "tests/booted/transcript.h"

#define TEXT_MAX (1u << 20)

int main(int argc, char **argv)
{
	bool booted = getpid() == 1; /* whose arguments are words of the kernel's command line */
	struct transcript t = { .out = stdout, .kernel = "modern", .checks = TRANSCRIPT_NATIVE };
	FILE *in = fopen(booted || argc < 2 ? "/scenarios.play" : argv[1], "r");
	char *text = malloc(TEXT_MAX);
	struct utsname name;
	size_t size = in && text ? fread(text, 1, TEXT_MAX, in) : 0;

	uname(&name);
	printf("== kernel %s %s\n", name.release, name.version);
	if (!size)
		printf("== failed: no scenarios\n");
	else if (!native_find_page())
		printf("== failed: no sysenter in its vDSO\n");
	else {
		t.returns = native_page.returns;
		printf("== transcript\n");
		transcript_play(&t, text, size);
		printf("== end: played %u, not as stated %u, events %u\n", t.played, t.failed,
		       t.events);
	}
	if (!booted)
		return t.played ? 0 : 1;
	if (native_loop() < 0)
		printf("== failed: no process 101\n");
	printf("== snapshot\n");
	fflush(stdout);
	for (;;)
		pause();
}
