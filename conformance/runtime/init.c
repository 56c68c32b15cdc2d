/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * init.c: the first program of a kernel that has nothing else: runs what /list names, a line each,
 * with the era of its first line as argument, and powers off. Made by `make initramfs`.
 */
#include "machine.h"

#define LIST_MAX 65536
#define AT_FDCWD (-100)

static char list[LIST_MAX];

static void run(char *program, char *era)
{
	char *const arguments[] = { program, era, 0 };
	char *const nothing[] = { 0 };
	int status;
	long pid = sys_fork();

	if (pid == 0) {
		sys(NR_execve, (long)program, (long)arguments, (long)nothing, 0);
		say("not ok 0 "), say(program), say(" cannot be executed\n");
		sys(NR_exit, 1, 0, 0, 0);
	}
	while (sys(NR_wait4, pid, (long)&status, 0, 0) > 0)
		;
}

START;

void conformance_start(long *stack);
void __attribute__((used)) conformance_start(long *stack)
{
	long file = sys(NR_openat, AT_FDCWD, (long)"/list", 0, 0);
	long n = sys(NR_read, file, (long)list, LIST_MAX - 1, 0);
	char *era = 0, *at = list;

	(void)stack;
	while (n > 0 && at < list + n) {
		char *line = at;

		while (at < list + n && *at != '\n')
			at++;
		*at++ = 0;
		if (era)
			run(line, era);
		else
			era = line;
	}
	say("== the end\n");
	sys(NR_reboot, (int)0xfee1dead, 672274793, 0x4321fedc, 0);
	for (;;)
		;
}
