/* SPDX-License-Identifier: GPL-2.0-only */
/* here.c: which of a program's two builds this machine's own kernel runs. */
#include "bench/bench.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Without arguments it ends at once, with 2. */
static bool runs_i386(void)
{
	static enum { UNKNOWN, NO, YES } known;
	int status;
	pid_t pid;

	if (known == UNKNOWN) {
		pid = fork();
		if (pid == 0) {
			execl(BENCH_INSIDE, BENCH_INSIDE, NULL);
			_exit(127);
		}
		known = pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
					WEXITSTATUS(status) == 2 ?
				YES :
				NO;
	}
	return known == YES;
}

const char *program_here(const char *i386, const char *x86_64)
{
	return !*x86_64 || runs_i386() ? i386 : x86_64;
}

const char *programs_here(void)
{
	return strcmp(program_here(BENCH_INSIDE, BENCH_INSIDE_64), BENCH_INSIDE) ?
		       "x86-64, since i386 ones do not run here" :
		       "i386";
}
