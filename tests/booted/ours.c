/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ours.c: the same transcript as init.c's, of the library's machine:
 *
 *	booted_ours KERNEL-FILE SCENARIOS
 */
#include <stdlib.h>

#include "libsysemu/kernel.h"
#include "tests/booted/transcript.h"

#define TEXT_MAX (1u << 20)

int main(int argc, char **argv)
{
	struct transcript t = { .out = stdout, .returns = 0xffffe410u };
	FILE *in = argc == 3 ? fopen(argv[2], "r") : NULL;
	char *text = malloc(TEXT_MAX);
	size_t size = in && text ? fread(text, 1, TEXT_MAX, in) : 0;

	if (!size) {
		fprintf(stderr, "usage: booted_ours KERNEL-FILE SCENARIOS\n");
		return 2;
	}
	if (sysemu_kernel_open(argv[1], &t.kernel) != SYSEMU_OK) {
		fprintf(stderr, "%s\n", sysemu_errmsg(NULL));
		return 2;
	}
	transcript_play(&t, text, size);
	printf("== end: played %u, not as stated %u, events %u\n", t.played, t.failed, t.events);
	fclose(in);
	free(text);
	return t.failed ? 1 : 0;
}
