/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * order.c SEED: two children make a few random calls; what comes of it depends on their order. For
 * schedules: its exit status and output are an outcome. Not a test of itself.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned state;

static unsigned next(unsigned n)
{
	state = state * 1103515245 + 12345;
	return (state >> 16) % n;
}

static void child(int number, const int out[2], pid_t brother)
{
	char c = (char)('a' + number);

	for (int i = 0; i < 3; i++) {
		switch (next(7)) {
		case 0:
		case 1: (void)!write(out[1], &c, 1); break;
		case 2: syscall(SYS_getpid); break;
		case 3: sbrk(4096); break;
		case 4:
			if (brother)
				kill(brother, SIGTERM);
			break;
		case 5: (void)!read(out[0], &c, 1); break;
		default: syscall(SYS_sched_yield); break;
		}
	}
	_exit(c);
}

int main(int argc, char **argv)
{
	int out[2], status = 0, sum = 0;
	pid_t first;
	char c;

	state = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
	if (pipe(out))
		return 125;
	/* So that a read does not wait for ever. */
	(void)!write(out[1], "12", 2);
	first = fork();
	if (!first)
		child(0, out, 0);
	next(7);
	if (!fork())
		child(1, out, first);
	close(out[1]);
	while (wait(&status) > 0)
		sum = sum * 3 + status % 251;
	while (read(out[0], &c, 1) == 1)
		(void)!write(1, &c, 1);
	return sum & 0x7f;
}
